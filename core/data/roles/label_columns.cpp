// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/roles/label_columns.h"

#include <algorithm>
#include <set>

#include "core/base/ascii.h"
#include "core/data/read/cell_text.h"
#include "core/data/read/lines.h"
#include "core/data/read/list_text.h"
#include "core/data/roles/labels.h"

namespace lathe {
namespace {

constexpr std::size_t kLookedAtRows = 500;
constexpr std::size_t kRowsToCompare = 3;  ///< in fewer rows columns hold the same two values by chance

bool isIn(const std::vector<std::size_t>& columns, std::size_t column) {
    return std::find(columns.begin(), columns.end(), column) != columns.end();
}

bool isFraction(const OrderedJson& cell) {
    const auto number = numberOf(labelText(cell));
    return number && *number > 0 && *number < 1;
}

/// Whether a column holds 0 or 1 but for some cells: up to half missing or between, a fifth something else.
bool holdsZeroOrOne(const RecordSet& records, std::size_t column) {
    const std::size_t rows = std::min(records.records.size(), kLookedAtRows);
    std::size_t on = 0, fit = 0, unclear = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        const OrderedJson& cell = records.records[row].values[column];
        const auto value = zeroOrOne(cell);
        fit += value.has_value();
        on += value.value_or(isFraction(cell));
        unclear += !value && !cell.is_structured() && (isMissingLabel(cellText(cell)) || isFraction(cell));
    }
    const std::size_t other = rows - fit - unclear;
    return on > 0 && unclear * 2 <= rows && other * 5 <= rows;
}

bool oneInEachRow(const RecordSet& records, const std::vector<std::size_t>& columns) {
    const std::size_t rows = std::min(records.records.size(), kLookedAtRows);
    for (std::size_t row = 0; row < rows; ++row) {
        std::size_t on = 0, fit = 0;
        for (const std::size_t column : columns) {
            const auto value = zeroOrOne(records.records[row].values[column]);
            fit += value.has_value();
            on += value.value_or(false);
        }
        if (fit == columns.size() && on != 1) return false;
    }
    return true;
}

std::string inQuotes(const std::string& text) {
    return text.empty() ? "nothing" : "\"" + text.substr(0, 60) + (text.size() > 60 ? "…" : "") + "\"";
}

/// The two values of a column, one of them empty where it is one value or none; nothing for others.
std::optional<std::set<std::string>> twoValues(const RecordSet& records, std::size_t column) {
    std::set<std::string> values;
    bool missing = false;
    const std::size_t rows = std::min(records.records.size(), kLookedAtRows);
    for (std::size_t row = 0; row < rows; ++row) {
        const OrderedJson& cell = records.records[row].values[column];
        if (cell.is_structured()) return std::nullopt;
        const std::string value = labelText(cell);
        missing = missing || isMissingLabel(value);
        if (!isMissingLabel(value)) values.insert(lowerAscii(value));
        if (values.size() > 2) return std::nullopt;
    }
    if (values.size() == 1 && missing) values.insert("");
    return values.size() == 2 ? std::optional(values) : std::nullopt;
}

Result<bool> isOn(const OrderedJson& cell, const std::string& what, const std::string& name,
                  const std::string& place) {
    if (const auto on = zeroOrOne(cell)) return *on;
    return Error{ErrorCode::DataInvalid,
                 "the " + what + " of a label holds " + inQuotes(cellText(cell)) + ", not 0 or 1", place,
                 "write 1 where a row has the label and 0 where it has not, or name the columns that are "
                 "labels: data: {columns: {\"" +
                     std::string(kLabelColumn) + name + "\": NAME}}"};
}

Result<OrderedJson> labelsOfKeys(const OrderedJson& object, const std::string& place) {
    OrderedJson names = OrderedJson::array();
    for (const auto& [name, value] : object.items()) {
        LATHE_TRY(const bool on, isOn(value, "key \"" + name + "\"", name, place));
        if (on) names.push_back(name);
    }
    return names;
}

Result<OrderedJson> labelsOfColumns(const RecordSet& records, const Record& record, const ColumnMap& columns,
                                    const std::string& place) {
    OrderedJson names = OrderedJson::array();
    for (const auto& [role, column] : columns) {
        if (!role.starts_with(kLabelColumn)) continue;
        const std::string name = role.substr(kLabelColumn.size());
        const std::string what = "column \"" + records.columns[column] + "\"";
        LATHE_TRY(const bool on, isOn(record.values[column], what, name, place));
        if (on) names.push_back(name);
    }
    return names;
}

/// A cell that is an object, as a text of JSON too.
Result<std::optional<OrderedJson>> objectIn(const OrderedJson& cell, const std::string& place) {
    if (cell.is_object()) return std::optional(cell);
    const std::string text = cell.is_string() ? cell.get<std::string>() : std::string();
    const std::string_view view = text;
    const auto inside = trimmed(view);
    if (!inside.starts_with('{') || !inside.ends_with('}') || listInText(text, false))
        return std::optional<OrderedJson>();
    if (auto parsed = parseOrderedJson(inside, ""); parsed.ok() && parsed.value().is_object())
        return std::optional(std::move(parsed).value());
    if (inside.find(':') == std::string_view::npos) return std::optional<OrderedJson>();
    return Error{ErrorCode::DataInvalid, "the label " + inQuotes(text) + " is neither an object nor a list",
                 place, "write it as JSON, {\"food\": 1, \"price\": 0}, or as a list of names"};
}

}  // namespace

std::optional<bool> zeroOrOne(const OrderedJson& cell) {
    if (cell.is_structured()) return std::nullopt;
    const std::string value = lowerAscii(labelText(cell));
    if (value == "1" || value == "true" || value == "yes" || value == "y") return true;
    if (value == "0" || value == "false" || value == "no" || value == "n") return false;
    return std::nullopt;
}

std::vector<std::size_t> labelColumns(const RecordSet& records, const std::vector<std::size_t>& taken,
                                      LabelKind kind) {
    std::vector<std::size_t> found;
    if (kind == LabelKind::Number) return found;
    for (std::size_t i = 0; i < records.columns.size(); ++i)
        if (!isIn(taken, i) && holdsZeroOrOne(records, i)) found.push_back(i);
    if (found.size() < 2 || (kind == LabelKind::One && !oneInEachRow(records, found))) return {};
    return found;
}

Result<void> checkAlikeColumns(const RecordSet& records, const ColumnMap& columns) {
    if (records.records.size() < kRowsToCompare) return {};
    std::map<std::set<std::string>, std::vector<std::size_t>> alike;
    for (std::size_t i = 0; i < records.columns.size(); ++i) {
        const bool isText = std::any_of(columns.begin(), columns.end(), [&](const auto& role) {
            return role.second == i && role.first != "label";
        });
        if (isText) continue;
        if (const auto values = twoValues(records, i)) alike[*values].push_back(i);
    }
    const auto label = columns.find("label");
    for (const auto& [values, group] : alike) {
        if (group.size() < 2 || (label != columns.end() && !isIn(group, label->second))) continue;
        std::string names;
        for (std::size_t i = 0; i < std::min<std::size_t>(group.size(), 8); ++i)
            names += (i ? ", " : "") + records.columns[group[i]];
        return Error{ErrorCode::DataInvalid,
                     "the columns " + names + (group.size() > 8 ? ", …" : "") + " hold " +
                         inQuotes(*values.rbegin()) + " or " + inQuotes(*values.begin()) +
                         " each: any of them may be a label",
                     records.path.string(),
                     "name the one that holds the label: data: {columns: {label: NAME}}; where each is a "
                     "label, write 1 or 0 in them, with objective: {multi_label: true} for rows of several "
                     "labels or none"};
    }
    return {};
}

Result<OrderedJson> labelCell(const RecordSet& records, const Record& record, const ColumnMap& columns,
                              LabelKind kind) {
    const std::string place = recordPlace(records, record);
    const auto column = columns.find("label");
    const bool ofColumns = column == columns.end();
    OrderedJson cell;
    if (ofColumns) {
        LATHE_TRY(cell, labelsOfColumns(records, record, columns, place));
    } else {
        cell = record.values[column->second];
        if (kind != LabelKind::Number) {
            LATHE_TRY(const auto object, objectIn(cell, place));
            if (object) {
                LATHE_TRY(cell, labelsOfKeys(*object, place));
            }
        }
    }
    if (kind == LabelKind::Several) return cell;
    if (cell.is_string())
        if (const auto list = listInText(cell.get_ref<const std::string&>(), false);
            list && list->items.size() == 1)
            return OrderedJson(list->items.front());
    if (!cell.is_array() || (cell.empty() && !ofColumns)) return cell.is_array() ? OrderedJson() : cell;
    if (cell.size() == 1) return OrderedJson(cell.front());
    const std::string count = std::to_string(cell.size());
    return Error{ErrorCode::DataInvalid,
                 ofColumns ? count + " of the columns of labels hold 1 in this row, not one of them"
                           : "the label is a list of " + count + " items, " + inQuotes(dumpJson(cell)),
                 place,
                 kind == LabelKind::Number
                     ? "write one number per row"
                     : "write one label per row; for several labels: objective: {multi_label: true}"};
}

}  // namespace lathe
