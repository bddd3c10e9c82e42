// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/labels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/data/columns.h"

namespace lathe {
namespace {

/// The JSON list that a text is; null otherwise.
Json listIn(const std::string& text) {
    if (!text.starts_with('[')) return {};
    auto parsed = parseJson(text, "");
    return parsed.ok() && parsed.value().is_array() ? std::move(parsed).value() : Json();
}

}  // namespace

std::vector<std::string> labelNames(const Json& cell, LabelKind kind) {
    std::vector<std::string> names;
    std::set<std::string> known;
    const auto add = [&](const Json& value) {
        std::string name = labelText(value);
        if (!name.empty() && known.insert(name).second) names.push_back(std::move(name));
    };
    if (kind == LabelKind::One) add(cell);
    if (kind != LabelKind::Several) return names;
    const std::string text = cell.is_array() ? std::string() : labelText(cell);
    if (const Json list = cell.is_array() ? cell : listIn(text); list.is_array()) {
        for (const Json& name : list) add(name);
        return names;
    }
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find('|', begin), text.size());
        add(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return names;
}

Result<double> labelNumber(const Json& cell, const std::string& place) {
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

std::string labelWords(const Example& row, const std::vector<std::string>& labels) {
    if (row.value) return numberText(*row.value);
    if (row.labels) return labelList(*row.labels, labels);
    return row.label < 0 ? std::string() : labels[static_cast<std::size_t>(row.label)];
}

}  // namespace lathe
