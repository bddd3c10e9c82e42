// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/roles/labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/base/ascii.h"
#include "core/data/read/cell_text.h"
#include "core/data/read/lines.h"
#include "core/data/read/list_text.h"
#include "core/data/roles/columns.h"

namespace lathe {
namespace {

/// The words that pandas takes for a missing value, and those of JavaScript and C.
constexpr std::string_view kMissing[] = {"",        "NaN",     "nan",      "-NaN",  "-nan", "None",
                                         "null",    "NULL",    "NA",       "<NA>",  "N/A",  "#N/A",
                                         "#NA",     "n/a",     "#N/A N/A", "NAN",   "NaT",  "undefined",
                                         "-1.#IND", "1.#QNAN", "-1.#QNAN", "1.#IND"};

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> names;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        if (std::string name = labelName(text.substr(begin, end - begin)); !name.empty())
            names.push_back(std::move(name));
        begin = end + 1;
    }
    return names;
}

/// The names in a text that is not a list.
std::vector<std::string> namesIn(const std::string& text, const IsLabel& isLabel) {
    if (isLabel && isLabel(text)) return {text};
    auto names = split(text, '|');
    if (!isLabel || names.size() > 1) return names;
    for (const char separator : kLabelSeparators)
        if (auto others = split(text, separator);
            !others.empty() && std::all_of(others.begin(), others.end(), isLabel))
            return others;
    return names;
}

}  // namespace

std::string labelKey(std::string_view text) {
    std::string name = labelName(text);
    if (name.size() != 4 && name.size() != 5) return name;
    std::string lower = lowerAscii(name);
    return lower == "true" || lower == "false" ? lower : name;
}

bool sameLabels(const std::vector<std::string>& left, const std::vector<std::string>& right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](const auto& a, const auto& b) { return labelKey(a) == labelKey(b); });
}

bool isMissingLabel(std::string_view text) {
    return std::find(std::begin(kMissing), std::end(kMissing), trimmed(text)) != std::end(kMissing);
}

std::vector<std::string> labelNames(const OrderedJson& cell, LabelKind kind, const IsLabel& isLabel) {
    if (kind == LabelKind::Number) return {};
    std::vector<std::string> names;
    const std::string text = cell.is_array() ? std::string() : labelText(cell);
    if (kind == LabelKind::One) {
        names = {labelText(cell)};
    } else if (cell.is_array()) {
        for (const OrderedJson& name : cell) names.push_back(labelText(name));
    } else if (const auto list = listInText(text, true)) {
        for (const std::string& name : list->items) names.push_back(labelName(name));
    } else {
        names = namesIn(text, isLabel);
    }
    std::set<std::string> known;
    std::erase_if(names, [&](const std::string& name) { return name.empty() || !known.insert(name).second; });
    return names;
}

Result<double> labelNumber(const OrderedJson& cell, const std::string& place) {
    const std::string text = labelText(cell);
    const auto number = numberOf(text);
    if (number && std::isfinite(static_cast<float>(*number))) return *number;
    return Error{ErrorCode::DataInvalid, "the label \"" + text + "\" is no number that can be learnt", place,
                 "correct the label, or turn objective.regression off where labels are names"};
}

std::string labelList(const std::vector<std::string>& names) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : " | ") + name;
    return list.empty() ? "–" : list;
}

std::string labelList(std::span<const int32_t> ids, const std::vector<std::string>& labels) {
    std::vector<std::string> names;
    for (const int32_t id : ids) names.push_back(labels[static_cast<std::size_t>(id)]);
    return labelList(names);
}

std::string numberText(double value) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::general, 6).ptr};
}

}  // namespace lathe
