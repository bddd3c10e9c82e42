// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a CoNLL file: a word and its tag per line.
#pragma once

#include <string_view>

#include "core/data/read/row_source.h"

namespace lathe {

/// Words with a tag each, a word a line, blank lines between sentences, "-DOCSTART-" lines left out. The tag
/// is the last column, the word the first, or the second where the first counts the words; columns are
/// separated by blanks or tabs. Comments of CoNLL-U are left out and noted. Rows get the columns
/// "tokens" and "tags", lists of text, the tags as they are. DataInvalid with file:line for a line without a
/// tag.
Result<void> readConll(SourceText& source, RowSink& sink);

/// Whether the first lines look like such a file: two columns or more, every last one a BIO tag.
bool looksLikeConll(std::string_view text);

}  // namespace lathe
