// SPDX-License-Identifier: GPL-3.0-or-later
// Vocabulary pieces as people read them: byte-level letters turned back, blanks and line ends made visible.
#pragma once

#include <QString>
#include <QStringList>
#include <string>

namespace lathe {

/// `byteLevel` pieces hold one letter a byte ("Ġthe", "ä½ł"); others are shown as they are stored ("##ing",
/// "▁the"). Blanks read "·", line ends "⏎", bytes that are no whole character "‹E4 B8›".
QString pieceText(const std::string& piece, bool byteLevel);

/// Words of a text, for rows shown before a base is chosen: split at blanks, and a CJK letter is a word.
QStringList wordsOf(const QString& text);

}  // namespace lathe
