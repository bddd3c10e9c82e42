// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/roles/column_guess.h"

#include <algorithm>
#include <unordered_set>

#include "core/data/read/cell_text.h"
#include "core/data/read/usual_columns.h"
#include "core/data/roles/label_columns.h"

namespace lathe {
namespace {

std::optional<std::size_t> findByNames(const RecordSet& records, const std::vector<std::string_view>& names) {
    for (const auto wanted : names)
        for (std::size_t i = 0; i < records.columns.size(); ++i)
            if (plainColumnName(records.columns[i]) == wanted) return i;
    return std::nullopt;
}

/// What the first rows hold in one column.
struct ColumnContent {
    std::size_t rows = 0, filled = 0, numbers = 0, characters = 0;
    std::unordered_set<std::string> values;
    double averageLength() const { return filled ? double(characters) / double(filled) : 0; }
};

constexpr std::size_t kLookedAtRows = 500;

ColumnContent contentOf(const RecordSet& records, std::size_t column) {
    ColumnContent content;
    content.rows = std::min(records.records.size(), kLookedAtRows);
    for (std::size_t i = 0; i < content.rows; ++i) {
        const OrderedJson& value = records.records[i].values[column];
        std::string text = value.is_structured() ? std::string() : cellText(value);
        if (text.empty()) continue;
        ++content.filled;
        content.numbers += isNumber(text);
        content.characters += text.size();
        content.values.insert(std::move(text));
    }
    return content;
}

/// The column with the longest texts that are not numbers.
std::optional<std::size_t> textByContent(const RecordSet& records, std::optional<std::size_t> taken) {
    std::optional<std::size_t> best;
    double bestLength = 0;
    for (std::size_t i = 0; i < records.columns.size(); ++i) {
        const auto content = contentOf(records, i);
        if (i == taken || content.numbers == content.filled || content.averageLength() <= bestLength)
            continue;
        best = i;
        bestLength = content.averageLength();
    }
    return best;
}

/// The column of short values that come back most often.
std::optional<std::size_t> labelByContent(const RecordSet& records, const std::vector<std::size_t>& taken) {
    std::optional<std::size_t> best;
    std::size_t fewest = 0;
    for (std::size_t i = 0; i < records.columns.size(); ++i) {
        if (std::find(taken.begin(), taken.end(), i) != taken.end()) continue;
        const auto content = contentOf(records, i);
        if (content.values.size() < 2 || content.averageLength() > 40) continue;
        if (content.values.size() * 2 > content.filled && content.rows > 4) continue;
        if (best && content.values.size() >= fewest) continue;
        best = i;
        fewest = content.values.size();
    }
    return best;
}

bool holdsLists(const RecordSet& records, std::size_t column) {
    for (const auto& record : records.records) {
        const OrderedJson& value = record.values[column];
        if (value.is_null()) continue;
        return value.is_array() || cellText(value).starts_with('[');
    }
    return false;
}

void takeByName(const RecordSet& records, const char* role, ColumnMap& columns) {
    const auto column = findByNames(records, usualColumns(role));
    if (column) columns.emplace(role, *column);
}

/// The columns that hold what comes before an answer, for an answer in a column of its own.
void guessQuestion(const RecordSet& records, ColumnMap& columns) {
    takeByName(records, "tools", columns);
    takeByName(records, "prompt", columns);
    if (columns.contains("prompt")) return;
    for (const char* role : {"instruction", "input", "history"}) takeByName(records, role, columns);
}

/// A column that holds the whole conversation; true when there is one.
bool guessList(const RecordSet& records, ColumnMap& columns) {
    takeByName(records, "system", columns);
    takeByName(records, "tools", columns);
    for (const char* list : {"messages", "conversations"}) {
        const auto column = findByNames(records, usualColumns(list));
        if (!column || !holdsLists(records, *column)) continue;
        columns.emplace(list, *column);
        return true;
    }
    return false;
}

/// A question in a column that is usually beside the question.
void promoteInput(ColumnMap& columns) {
    if (columns.contains("instruction") || columns.contains("prompt") || !columns.contains("input")) return;
    columns["instruction"] = columns["input"];
    columns.erase("input");
}

ColumnMap guessInstruction(const RecordSet& records) {
    ColumnMap columns;
    if (guessList(records, columns)) return columns;
    guessQuestion(records, columns);
    takeByName(records, columns.contains("prompt") ? "completion" : "output", columns);
    if (columns.contains("output")) promoteInput(columns);
    return columns;
}

ColumnMap guessPreference(const RecordSet& records, const std::string& task) {
    ColumnMap columns;
    if (task == kRewardTask) takeByName(records, "margin", columns);
    takeByName(records, "chosen", columns);
    takeByName(records, "rejected", columns);
    if (guessList(records, columns)) return columns;
    guessQuestion(records, columns);
    promoteInput(columns);
    return columns;
}

/// A file of one column, such as a line of plain text each, is prompts.
ColumnMap guessPrompt(const RecordSet& records) {
    ColumnMap columns;
    if (!guessList(records, columns)) {
        guessQuestion(records, columns);
        promoteInput(columns);
        if (records.columns.size() == 1 && columns.empty()) columns.emplace("prompt", 0);
    }
    const auto answer = findByNames(records, usualColumns("answer"));
    const auto taken = [&](const auto& column) { return column.second == *answer; };
    if (answer && std::none_of(columns.begin(), columns.end(), taken)) columns.emplace("answer", *answer);
    return columns;
}

ColumnMap guessClassification(const RecordSet& records, LabelKind kind) {
    auto text = findByNames(records, usualColumns("text"));
    auto label = findByNames(records, usualColumns("label"));
    if (!text) text = textByContent(records, label);
    const auto second = findByNames(records, usualColumns("text2"));
    ColumnMap columns;
    std::vector<std::size_t> taken;
    if (text) {
        columns.emplace("text", *text);
        taken.push_back(*text);
    }
    if (second && second != text) {
        columns.emplace("text2", *second);
        taken.push_back(*second);
    }
    if (!label)
        for (const std::size_t column : labelColumns(records, taken, kind))
            columns.emplace(std::string(kLabelColumn) + records.columns[column], column);
    if (!label && columns.size() == taken.size()) label = labelByContent(records, taken);
    if (label) columns.emplace("label", *label);
    return columns;
}

/// Two roles by their usual names; in a file of two columns the one that is left takes the other.
ColumnMap guessTwo(const RecordSet& records, const char* first, const char* second) {
    ColumnMap columns;
    const auto from = findByNames(records, usualColumns(first));
    const auto to = findByNames(records, usualColumns(second));
    if (from) columns.emplace(first, *from);
    if (to && to != from) columns.emplace(second, *to);
    if (records.columns.size() != 2) return columns;
    if (columns.empty()) return {{first, 0}, {second, 1}};
    if (columns.size() == 1) {
        const auto [role, column] = *columns.begin();
        columns.emplace(role == first ? second : first, 1 - column);
    }
    return columns;
}

}  // namespace

ColumnMap guessColumnMap(const RecordSet& records, const std::string& task, LabelKind kind) {
    switch (rowShapeOf(task).value_or(RowShape::Text)) {
        case RowShape::Conversation:
            return guessInstruction(records);
        case RowShape::Labelled:
            return guessClassification(records, kind);
        case RowShape::Tagged:
            return guessTwo(records, "tokens", "tags");
        case RowShape::Pair:
            return guessTwo(records, "source", "target");
        case RowShape::Preference:
            return guessPreference(records, task);
        case RowShape::Prompt:
            return guessPrompt(records);
        case RowShape::Text:
            break;
    }
    auto text = findByNames(records, usualColumns("text"));
    if (!text) text = textByContent(records, std::nullopt);
    return text ? ColumnMap{{"text", *text}} : ColumnMap{};
}

std::map<std::string, std::string> guessColumns(const RecordSet& records, const std::string& task,
                                                LabelKind kind) {
    std::map<std::string, std::string> names;
    for (const auto& [role, column] : guessColumnMap(records, task, kind))
        names.emplace(role, records.columns[column]);
    return names;
}

}  // namespace lathe
