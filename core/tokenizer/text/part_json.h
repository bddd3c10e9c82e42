// SPDX-License-Identifier: GPL-3.0-or-later
// Small helpers to read the parts of a tokenizer.json without trusting it.
#pragma once

#include "core/base/json.h"

namespace lathe::tok {

inline Error malformed(std::string message, const std::string& place) {
    return {ErrorCode::FileMalformed, std::move(message), place, ""};
}

inline Error unsupportedPart(const std::string& part, const std::string& type, const std::string& place) {
    return {ErrorCode::Unsupported, "the " + part + " \"" + type + "\" is not known to Lathe", place,
            "use a base with another tokenizer, or the slow tokenizer files (vocab.txt, vocab.json + "
            "merges.txt)"};
}

inline Result<std::string> partType(const Json& part, const std::string& place) {
    if (!part.is_object()) return malformed("a tokenizer part must be an object", place);
    LATHE_TRY(auto type, jsonString(part, "type", "", place));
    if (type.empty()) return malformed("a tokenizer part has no \"type\"", place);
    return type;
}

/// The array under `key`; an error when it is absent or something else.
inline Result<const Json*> partArray(const Json& part, const char* key, const std::string& place) {
    const auto it = part.find(key);
    if (it == part.end() || !it->is_array())
        return malformed(std::string("\"") + key + "\" must be a list", place);
    return &*it;
}

}  // namespace lathe::tok
