// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/duplicate_rows.h"

#include <algorithm>

#include "core/base/split_mix.h"
#include "core/data/read/cell_text.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe {
namespace {

constexpr uint64_t kSeed = 0xCBF29CE484222325;

/// FNV-1a (Fowler, Noll, Vo) by code point.
void mix(uint64_t& hash, char32_t c) {
    hash = (hash ^ c) * 0x100000001B3;
}

/// Whether the column is what a row is asked, not what is learned of it.
bool isAsked(RowShape shape, const std::string& role) {
    if (shape == RowShape::Labelled) return role == "text" || role == "text2";
    if (shape == RowShape::Tagged) return role == "tokens";
    if (shape == RowShape::Pair) return role == "source";
    if (shape == RowShape::Prompt) return role != "answer";
    return role != "margin";
}

}  // namespace

uint64_t textHash(std::span<const std::string> texts) {
    for (const bool plain : {true, false}) {  // a text of punctuation alone is compared as it is
        uint64_t hash = kSeed;
        bool any = false;
        for (const std::string& text : texts) {
            for (std::size_t at = 0; at < text.size();) {
                const char32_t c = tok::nextCodePoint(text, at);
                if (tok::isWhitespace(c) || (plain && tok::isPunctuation(c))) continue;
                any = true;
                tok::eachLowercase(c, [&](char32_t lower) { mix(hash, lower); });
            }
            mix(hash, U'\U0010FFFF');  // between texts
        }
        // FNV leaves the high bits of short texts alike.
        if (any) return std::max<uint64_t>(SplitMix(hash).next(), 1);
    }
    return 0;
}

DuplicateRows::DuplicateRows(const std::string& task) : m_shape(rowShapeOf(task).value_or(RowShape::Text)) {
}

uint64_t DuplicateRows::hashOf(const Record& record, const ColumnMap& columns) const {
    std::vector<std::string> texts;
    for (const auto& [role, column] : columns)
        if (isAsked(m_shape, role)) texts.push_back(cellText(record.values[column]));
    return textHash(texts);
}

void DuplicateRows::addTraining(const Record& record, const ColumnMap& columns) {
    if (const uint64_t hash = hashOf(record, columns)) m_training.push_back(hash);
}

void DuplicateRows::addHeldOut(const RecordSet& records, const Record& record, const ColumnMap& columns) {
    if (m_path.empty()) {
        m_path = records.path.string();
        m_counted = records.format == "json" || records.format == "folder";
    }
    if (const uint64_t hash = hashOf(record, columns)) m_heldOut.push_back({hash, record.line});
}

void DuplicateRows::report(DataReport& heldOut) {
    std::sort(m_training.begin(), m_training.end());
    int64_t rows = 0;
    uint64_t first = 0;
    for (const HeldOut& row : m_heldOut) {
        if (!std::binary_search(m_training.begin(), m_training.end(), row.hash)) continue;
        if (rows++ == 0) first = row.line;
    }
    if (rows == 0) return;
    addNote(
        heldOut.notes,
        {"rows_duplicate_across_split",
         "the text of a held-out row is among the training rows, too (compared without case, blanks and "
         "punctuation), so that its score says little",
         "remove the repeated rows", m_path + (m_counted ? ", row " : ":") + std::to_string(first), rows});
}

}  // namespace lathe
