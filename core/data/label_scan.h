// SPDX-License-Identifier: GPL-3.0-or-later
// What a column of labels or tags holds: which names there are, how they are written, what is missing.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/note.h"
#include "core/config/label_kind.h"
#include "core/data/record_reader.h"

namespace lathe {

/// Class names in id order: numbers by value, texts by their bytes.
std::vector<std::string> sortedLabels(std::vector<std::string> labels);

/// Gathers the labels of rows, one name or several of them a cell.
class LabelScan {
  public:
    explicit LabelScan(LabelKind kind) : m_kind(kind) {}

    /// The cell of the next row; `place` is where it is.
    void add(const OrderedJson& cell, const std::string& place);
    std::size_t different() const { return m_names.size() + m_texts.size(); }

    /// The names in id order. Notes say which labels are written in several ways, which words mean that a
    /// label is missing, and what separates several labels in one cell.
    std::vector<std::string> names(std::vector<Note>& notes) const;
    /// Of rows with one label each: a number for it by row, -1 for none; the same number, the same label.
    const std::vector<int32_t>& rows() const { return m_rows; }

  private:
    struct Seen {
        std::string name;
        int64_t rows = 0;
        int32_t number = 0;
        std::map<std::string, int64_t> written{};  ///< a few ways it is written in, with their rows
    };

    Seen* addName(const std::string& text);
    void addList(const std::vector<std::string>& items);
    /// Whether a word for a missing label is the name of a class of its own, as "None" may be.
    bool isClass(const Seen& seen) const;
    char separator() const;
    void noteSpellings(std::vector<Note>& notes) const;

    LabelKind m_kind;
    std::map<std::string, Seen> m_names;     ///< by labelKey
    std::map<std::string, int64_t> m_texts;  ///< of several labels: cells that are not lists
    std::string m_spelling, m_listPlace;     ///< of the first list that is written as text
    std::vector<int32_t> m_rows;
};

}  // namespace lathe
