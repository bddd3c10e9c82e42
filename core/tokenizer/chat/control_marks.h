// SPDX-License-Identifier: GPL-3.0-or-later
// Spellings of control tokens inside the contents of messages, which are text and must stay text.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/tokenizer/chat/chat_message.h"

namespace lathe {

/// The spellings of a tokenizer's control tokens.
class ControlMarks {
  public:
    explicit ControlMarks(const Tokenizer& tokenizer);

    /// The length in bytes of the longest spelling that begins at `at`; 0 where none does.
    std::size_t lengthAt(std::string_view text, std::size_t at) const;
    /// One past the last byte of the last spelling in the text; 0 when there is none.
    std::size_t endOfLast(std::string_view text) const;

  private:
    std::array<std::vector<std::string>, 256> m_byFirstByte;  ///< the longest first
};

/// Marks the control tokens spelled out in the values given to a template, so that they can be told from
/// those that the template writes: a noncharacter of Unicode that the values do not hold is put before each.
class HiddenMarks {
  public:
    explicit HiddenMarks(const ControlMarks& marks) : m_marks(marks) {}

    /// Marks all texts within the value, but not the keys of objects.
    void hide(OrderedJson& value);
    bool any() const { return !m_sentinel.empty(); }
    /// Takes the noncharacters out of the rendered text, and enters what follows them as plain.
    void reveal(RenderedChat& chat) const;

  private:
    void hideIn(OrderedJson& value);

    const ControlMarks& m_marks;
    std::string m_sentinel;
};

}  // namespace lathe
