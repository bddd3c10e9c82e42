// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/text/base64.h"

#include <openssl/evp.h>

#include <climits>

namespace lathe::tok {

Result<std::string> decodeBase64(std::string_view text, const std::string& place) {
    const Error bad{ErrorCode::FileMalformed, "not valid base64", place, ""};
    if (text.size() % 4 != 0 || text.size() > INT_MAX) return bad;
    std::string bytes(text.size() / 4 * 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return bad;
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

}  // namespace lathe::tok
