// SPDX-License-Identifier: GPL-3.0-or-later
// What a column of labels or tags holds: which names there are, how they are written, what is missing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/note.h"
#include "core/config/label_kind.h"
#include "core/data/read/record_reader.h"

namespace lathe {

/// Class names in id order: numbers by value, texts by their bytes.
std::vector<std::string> sortedLabels(std::vector<std::string> labels);

/// Gathers the labels of rows, one name or several of them a cell.
class LabelScan {
  public:
    explicit LabelScan(LabelKind kind) : m_kind(kind) {}

    /// The cell of the next row; `place` is where it is.
    void add(const OrderedJson& cell, const std::string& place);
    /// DataInvalid where every row holds a list of 0 and 1, one for each label, instead of the labels' names.
    Result<void> check() const;
    /// Of several labels: those of every row, where two rows or more all have the same.
    std::optional<std::string> onlyLabels() const;
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

    /// Lists of 0 and 1 that may be one number for each label.
    struct Vectors {
        bool all = true;        ///< so far every row is one, all of the same length
        bool repeated = false;  ///< one of them holds a number twice, as no list of names does
        std::size_t length = 0;
        std::string first{}, place{};
    };

    Seen* addName(const std::string& text);
    void addVector(const std::vector<std::string>& items, const std::string& place);
    void addList(const std::vector<std::string>& items, const std::string& place);
    void addRow(std::vector<std::string> keys);
    void noteSplit(char between, std::vector<Note>& notes) const;
    /// Whether a word for a missing label is the name of a class of its own, as "None" may be.
    bool isClass(const Seen& seen) const;
    bool separates(char separator) const;
    char separator() const;
    void noteSpellings(std::vector<Note>& notes) const;

    LabelKind m_kind;
    std::map<std::string, Seen> m_names;     ///< by labelKey
    std::map<std::string, int64_t> m_texts;  ///< of several labels: cells that are not lists
    std::string m_spelling, m_listPlace;     ///< of the first list that is written as text
    Vectors m_vectors;
    std::set<std::vector<std::string>> m_combinations;  ///< of labels in a row, two at most
    int64_t m_labelled = 0;                             ///< rows of several labels or none
    std::vector<int32_t> m_rows;
};

}  // namespace lathe
