// SPDX-License-Identifier: GPL-3.0-or-later
// Texts and tiny vocabularies that the tokenizer tests share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizer/files/gguf_tokenizer.h"
#include "core/tokenizer/text/unicode.h"
#include "core/tokenizer/tokenizer.h"

namespace lathe::test {

struct Golden {
    std::string_view text;
    std::vector<int32_t> ids;
};

/// 256 byte characters, a few merges and one control token, as a GGUF file with the given splitting rule has
/// them.
inline Json byteLevelMetadata(const std::string& pre) {
    const std::vector<std::string> merges = {"Ġ t", "h e",  "Ġt he", "i n", "Ġ Ġ", "e r",
                                             "l l", "Ġ w",  "o r",   "e n", "Ġ i", "Ġi t",
                                             "ä ½", "ä½ ł", "Ã ±",   "Ġ 1", "1 2", "3 4"};
    Json tokens = Json::array(), types = Json::array();
    for (const auto& character : tok::byteCharacters()) tokens.push_back(character);
    for (const auto& merge : merges) {
        const auto space = merge.find(' ');
        tokens.push_back(merge.substr(0, space) + merge.substr(space + 1));
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) types.push_back(1);
    tokens.push_back("<|end|>");
    types.push_back(3);
    return {{"tokenizer.ggml.model", "gpt2"},       {"tokenizer.ggml.pre", pre},
            {"tokenizer.ggml.tokens", tokens},      {"tokenizer.ggml.token_type", types},
            {"tokenizer.ggml.merges", merges},      {"tokenizer.ggml.eos_token_id", 274},
            {"tokenizer.ggml.add_bos_token", false}};
}

/// A tokenizer with the markers of all chat formats (ids from 277 on) and the given template.
inline std::unique_ptr<Tokenizer> chatTokenizer(const std::string& chatTemplate, bool markers = true) {
    Json metadata = byteLevelMetadata("gpt-2");
    std::vector<std::string> extra = {"<s>", "</s>"};
    if (markers) extra.insert(extra.end(), {"<|im_start|>", "<|im_end|>", "<|eot_id|>", "<end_of_turn>"});
    for (const auto& token : extra) {
        metadata["tokenizer.ggml.tokens"].push_back(token);
        metadata["tokenizer.ggml.token_type"].push_back(3);
    }
    metadata["tokenizer.ggml.bos_token_id"] = 275;
    metadata["tokenizer.ggml.eos_token_id"] = 276;
    metadata["tokenizer.chat_template"] = chatTemplate;
    auto made = openGgufTokenizer(metadata, "x.gguf");
    return made.ok() ? std::move(made).value() : nullptr;
}

inline constexpr std::string_view kWordPieces =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n##n\nhello\nworld\nit\n'\ns\nnino\ne\n##te\n你\n好\n,\n!"
    "\ngo\ni\n##ll\n"
    "123\n##45\na\nb\nc\nx\ndef\nf\n(\n)\n:\nreturn\n*\n2\nok\n";

}  // namespace lathe::test
