// SPDX-License-Identifier: GPL-3.0-or-later
// A file's bytes as UTF-8 text: byte order marks, UTF-16, GB18030, Big5, Latin-1 and others are recognised.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace lathe {

class SourceText;

struct DecodedText {
    std::string encoding = "UTF-8";
    std::optional<std::string> converted;  ///< set when the bytes were not UTF-8 already
    std::string_view original;             ///< borrowed from the caller, without a byte order mark
    std::string_view text() const { return converted ? std::string_view(*converted) : original; }
};

/// `encoding`: auto, utf-8, utf-16, gb18030, big5 or latin-1 (with Windows' additions). DataInvalid for bytes
/// that a named encoding does not have, for binary files and for text that is UTF-8 but for a few broken
/// bytes (placed as file:line:column).
Result<DecodedText> decodeText(SourceText& source, const std::string& place,
                               const std::string& encoding = "auto");

/// "file:line:column" of a byte position; columns count characters from 1.
std::string textPlace(const std::string& file, std::string_view text, std::size_t position);

}  // namespace lathe
