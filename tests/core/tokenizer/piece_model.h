// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of a sentencepiece model, field by field, as protocol buffers write them.
#pragma once

#include <cstring>
#include <string>

namespace lathe::test {

/// `type` 2: the body with its length before it; else the body as it is.
inline std::string field(int number, int type, const std::string& body) {
    std::string out(1, static_cast<char>((number << 3) | type));
    if (type == 2) {
        std::size_t size = body.size();
        for (; size > 127; size >>= 7) out += static_cast<char>((size & 127) | 128);
        out += static_cast<char>(size);
    }
    return out + body;
}

inline std::string piece(const std::string& text, float score, int type) {
    std::string bytes(sizeof score, '\0');
    std::memcpy(bytes.data(), &score, sizeof score);
    return field(
        1, 2, field(1, 2, text) + field(2, 5, bytes) + field(3, 0, std::string(1, static_cast<char>(type))));
}

}  // namespace lathe::test
