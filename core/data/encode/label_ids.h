// SPDX-License-Identifier: GPL-3.0-or-later
// Labels of rows as numbers: what a label cell, or a tag, stands for among the names that are known.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "core/config/label_kind.h"
#include "core/data/encode/example.h"
#include "core/data/read/data_report.h"

namespace lathe {

class LabelIds {
  public:
    /// `names` by id; none where labels are numbers.
    LabelIds(const std::vector<std::string>& names, LabelKind kind);

    LabelKind kind() const { return m_kind; }
    const std::string& name(int64_t id) const { return m_names[static_cast<std::size_t>(id)]; }
    /// DataInvalid at `place` when there is none of that name.
    Result<int64_t> id(const std::string& label, const std::string& place) const;
    /// Gives the example its label and counts it in the report; else says why the row has none.
    Result<std::string> read(const OrderedJson& cell, const std::string& place, Example& example,
                             DataReport& report) const;

  private:
    bool knows(const std::string& name) const;

    std::vector<std::string> m_names;
    LabelKind m_kind;
    std::unordered_map<std::string, int64_t> m_ids;  ///< by name, and by labelKey
};

/// A row's label as people read it; empty where it has none. `labels`: names by id.
std::string labelWords(const Example& row, const std::vector<std::string>& labels);

}  // namespace lathe
