// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/starter_data.h"

#include <QDir>
#include <QFileInfo>

#include "core/base/resource_folder.h"

namespace lathe {

QStringList starterDataFiles() {
    const auto resources = resourceFolder();
    if (!resources) return {};
    const QDir data(QString::fromStdString((*resources / "datasets").string()));
    const QStringList patterns{"*.tsv", "*.csv", "*.json", "*.jsonl", "*.txt", "*.conll"};
    QStringList files;
    for (const QFileInfo& file : data.entryInfoList(patterns, QDir::Files, QDir::Name))
        files.append(file.canonicalFilePath());
    return files;
}

QString starterDataTitle(const QString& file) {
    QString title = QFileInfo(file).completeBaseName();
    return title.replace(QLatin1Char('_'), QLatin1Char(' ')).replace(QLatin1Char('-'), QLatin1Char(' '));
}

}  // namespace lathe
