// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/encode/label_ids.h"

#include <algorithm>

#include "core/data/read/cell_text.h"
#include "core/data/roles/columns.h"
#include "core/data/roles/labels.h"

namespace lathe {

LabelIds::LabelIds(const std::vector<std::string>& names, LabelKind kind) : m_names(names), m_kind(kind) {
    for (std::size_t i = 0; i < names.size(); ++i) m_ids.emplace(names[i], static_cast<int64_t>(i));
    for (std::size_t i = 0; i < names.size(); ++i) m_ids.emplace(labelKey(names[i]), static_cast<int64_t>(i));
}

bool LabelIds::knows(const std::string& name) const {
    return m_ids.contains(name) || m_ids.contains(labelKey(name));
}

Result<std::string> LabelIds::read(const OrderedJson& cell, const std::string& place, Example& example,
                                   DataReport& report) const {
    const std::string text = cell.is_array() ? std::string() : labelText(cell);
    const bool none = m_kind == LabelKind::Several && text.empty();  // a row may have no label at all
    if (!none && !cell.is_array() && isMissingLabel(text) && !knows(text)) {
        const std::string what =
            text.empty() ? "the label is empty" : "the label \"" + text + "\" means that there is none";
        addNote(report.notes, {"labels_missing", what + ": the row is left out", "", place, 1});
        return text.empty() ? std::string("empty label") : "missing label \"" + text + "\"";
    }
    if (m_kind == LabelKind::Number) {
        LATHE_TRY(example.value, labelNumber(cell, place));
        return std::string();
    }
    std::vector<int32_t> ids;
    for (const std::string& label :
         labelNames(cell, m_kind, [this](const std::string& name) { return knows(name); })) {
        LATHE_TRY(const int64_t number, id(label, place));
        ids.push_back(static_cast<int32_t>(number));
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    for (const int32_t number : ids) ++report.labelCounts[name(number)];
    if (m_kind == LabelKind::One)
        example.label = ids.front();
    else
        example.labels = std::move(ids);
    return std::string();
}

Result<int64_t> LabelIds::id(const std::string& label, const std::string& place) const {
    for (const std::string& name : {label, labelKey(label)})
        if (const auto known = m_ids.find(name); known != m_ids.end()) return known->second;
    std::string names;
    for (std::size_t i = 0; i < std::min<std::size_t>(m_names.size(), 10); ++i)
        names += (i > 0 ? ", " : "") + m_names[i];
    return Error{ErrorCode::DataInvalid, "the label \"" + label + "\" does not occur in the training data",
                 place,
                 "correct the label or add training rows that have it; there are " + names +
                     (m_names.size() > 10 ? ", …" : "")};
}

std::string labelWords(const Example& row, const std::vector<std::string>& labels) {
    if (row.value) return numberText(*row.value);
    if (row.labels) return labelList(*row.labels, labels);
    return row.label < 0 ? std::string() : labels[static_cast<std::size_t>(row.label)];
}

}  // namespace lathe
