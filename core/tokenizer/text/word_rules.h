// SPDX-License-Identifier: GPL-3.0-or-later
// The three splitting expressions of the GPT family, walked by hand because they decide the speed of
// encoding.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/tokenizer/text/aligned_text.h"

namespace lathe::tok {

/// The expressions as they stand in tokenizer.json files (methods.md, "Byte-level BPE").
inline constexpr std::string_view kGpt2Expression =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view kLlama3Expression =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view kQwen2Expression =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

enum class WordRule { Gpt2, Llama3, Qwen2 };

/// The rule that does what the expression says, if there is one.
std::optional<WordRule> wordRuleOf(std::string_view expression);

/// Cuts valid UTF-8 into the matches of the rule's expression; they cover all of it. `base` is added to each.
void splitWords(WordRule rule, std::string_view text, uint32_t base, std::vector<Split>& out);

}  // namespace lathe::tok
