// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/path_text.h"

#include <QDir>

namespace lathe {

QString pathText(const QString& path) {
    const QString home = QDir::homePath() + QLatin1Char('/');
    return path.startsWith(home) ? QLatin1String("~/") + path.mid(home.size()) : path;
}

QString typedPath(const QString& text) {
    return text.startsWith(QLatin1String("~/")) ? QDir::home().filePath(text.mid(2)) : text;
}

}  // namespace lathe
