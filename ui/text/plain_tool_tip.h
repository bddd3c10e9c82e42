// SPDX-License-Identifier: GPL-3.0-or-later
// Tool tips of a stranger's text.
#pragma once

#include <QString>

namespace lathe {

/// A tool tip that shows the text letter by letter, lines kept: without the tags Qt would look for markup in
/// it itself, and show the escapes of a text that has none.
inline QString plainToolTip(const QString& text) {
    if (text.isEmpty()) return {};
    return QStringLiteral("<qt>%1</qt>").arg(text.toHtmlEscaped().replace('\n', QLatin1String("<br>")));
}

}  // namespace lathe
