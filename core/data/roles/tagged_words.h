// SPDX-License-Identifier: GPL-3.0-or-later
// Sentences whose words have tags: columns of tokens and tags (methods.md, "Tags of words"; methods.md, "Data
// rows").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/result.h"
#include "core/tokenizer/tokenizer.h"

namespace lathe {

/// A cell as a list of words: a JSON list of texts or numbers, a list that is written as text (listInText),
/// or text separated by blanks.
std::vector<std::string> wordsOf(const OrderedJson& cell);
/// The tags of a row, as wordsOf. DataInvalid at `place` for an empty one, or null, in a list.
Result<std::vector<std::string>> tagsOf(const OrderedJson& cell, const std::string& place);
/// Whether the cell is a list of which only the beginning and the end are written.
bool isCutShort(const OrderedJson& cell);

/// The sentence with single blanks between its words, and for each token of `encoding` (of that sentence) the
/// word it begins, or -1: later parts of a word and special tokens begin none.
std::string sentenceOf(const std::vector<std::string>& words);
std::vector<int> wordStarts(const std::vector<std::string>& words, const Encoding& encoding);

}  // namespace lathe
