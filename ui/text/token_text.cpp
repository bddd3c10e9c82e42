// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/token_text.h"

#include <QStringDecoder>
#include <array>

namespace lathe {
namespace {

/// GPT-2's table: printable Latin-1 bytes stand for themselves, the others for the letters from U+0100 on.
int byteOf(char32_t letter) {
    static const std::array<int, 324> table = [] {
        std::array<int, 324> bytes{};
        bytes.fill(-1);
        char32_t next = 256;
        for (int byte = 0; byte < 256; ++byte) {
            const bool printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
            bytes[printable ? std::size_t(byte) : std::size_t(next++)] = byte;
        }
        return bytes;
    }();
    return letter < table.size() ? table[letter] : -1;
}

QString visible(QString text) {
    text.replace(QLatin1Char(' '), QChar(0x00B7));
    text.replace(QChar(0x2581), QChar(0x00B7));
    text.replace(QLatin1Char('\n'), QChar(0x23CE));
    text.replace(QLatin1Char('\t'), QChar(0x21E5));
    text.remove(QLatin1Char('\r'));
    return text;
}

bool isIdeograph(char32_t letter) {
    return (letter >= 0x3040 && letter <= 0x30FF) || (letter >= 0x3400 && letter <= 0x9FFF) ||
           (letter >= 0xF900 && letter <= 0xFAFF) || (letter >= 0x20000 && letter <= 0x3FFFF);
}

}  // namespace

QString pieceText(const std::string& piece, bool byteLevel) {
    const QString stored = QString::fromStdString(piece);
    if (!byteLevel) return visible(stored);
    QByteArray bytes;
    for (const char32_t letter : stored.toUcs4()) {
        const int byte = byteOf(letter);
        if (byte < 0) return visible(stored);  // a special token written plainly
        bytes.append(char(byte));
    }
    QStringDecoder decode(QStringDecoder::Utf8, QStringConverter::Flag::Stateless);
    const QString text = decode(bytes);
    if (decode.hasError()) return QStringLiteral("‹%1›").arg(QString::fromLatin1(bytes.toHex(' ').toUpper()));
    return visible(text);
}

QStringList wordsOf(const QString& text) {
    QStringList words;
    QString word;
    const auto finish = [&] {
        if (!word.isEmpty()) words.append(std::exchange(word, {}));
    };
    for (const char32_t letter : text.toUcs4()) {
        if (letter == U'\n') {
            finish();
            words.append(QString(QChar(0x23CE)));
        } else if (QChar::isSpace(letter)) {
            finish();
        } else if (isIdeograph(letter)) {
            finish();
            words.append(QString::fromUcs4(&letter, 1));
        } else {
            word.append(QString::fromUcs4(&letter, 1));
        }
    }
    finish();
    return words;
}

}  // namespace lathe
