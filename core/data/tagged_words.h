// SPDX-License-Identifier: GPL-3.0-or-later
// Sentences whose words have tags: CoNLL files and token/tag columns (spec §2.6, §5.7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/data/row_source.h"
#include "core/tokenizer/tokenizer.h"

namespace lathe {

/// Words with a tag each, a word a line, blank lines between sentences, "-DOCSTART-" lines left out. The tag
/// is the last column, the word the first, or the second where the first counts the words; columns are
/// separated by blanks or tabs. Comments of CoNLL-U are left out and noted. Rows get the columns
/// "tokens" and "tags", lists of text, the tags as they are. DataInvalid with file:line for a line without a
/// tag.
Result<void> readConll(SourceText& source, RowSink& sink);

/// Whether the first lines look like such a file: two columns or more, every last one a BIO tag.
bool looksLikeConll(std::string_view text);

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
