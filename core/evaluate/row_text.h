// SPDX-License-Identifier: GPL-3.0-or-later
// Rows and what a model makes of them in words that people read.
#pragma once

#include <string>
#include <vector>

#include "core/data/roles/columns.h"
#include "core/data/task_data.h"
#include "core/objectives/objective.h"
#include "core/run/evaluation.h"
#include "core/tokenizer/chat/chat_format.h"

namespace lathe {

class RowText {
  public:
    /// `labels`: classes or tags by id, as the rows have them. The arguments must outlive this.
    RowText(const std::string& task, const std::vector<std::string>& labels, const Tokenizer& tokenizer);
    /// A single question in this format is then told without what the format writes around it.
    void hideMarks(const ChatFormat& format);

    /// Line, text and what is expected: the label, labels or number, the tagged words, the answer, the better
    /// of two answers, the hidden tokens; nothing for plain text.
    EvaluatedRow describe(const Example& row) const;
    /// Loss and what came out of the row, in the words of `describe`; nothing where text is written.
    RowOutcome outcome(const Example& row, const RowScore& score) const;
    /// Tokens side by side, as they stand for hidden ones.
    std::string pieces(const std::vector<int32_t>& ids) const;

  private:
    std::string learnt(const std::vector<int32_t>& targets) const;
    /// The words that have another tag than O, each with its tag; `tags` has one entry a word.
    std::string tagged(const Example& row, const std::vector<int32_t>& tags) const;

    std::string question(const std::string& prompt) const;

    RowShape m_shape;
    bool m_hidden;
    const std::vector<std::string>& m_labels;
    const Tokenizer& m_tokenizer;
    std::string m_opening, m_ending;  ///< around a single question
};

}  // namespace lathe
