// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/roles/columns.h"

#include <algorithm>
#include <charconv>

#include "core/data/read/usual_columns.h"
#include "core/data/roles/column_guess.h"
#include "core/data/roles/label_columns.h"

namespace lathe {
namespace {

using Names = std::vector<std::string_view>;

Names rolesOf(RowShape shape) {
    switch (shape) {
        case RowShape::Conversation:
            return {"instruction", "input",         "output", "prompt",  "completion",
                    "messages",    "conversations", "system", "history", "tools"};
        case RowShape::Labelled:
            return {"text", "text2", "label"};
        case RowShape::Tagged:
            return {"tokens", "tags"};
        case RowShape::Pair:
            return {"source", "target"};
        case RowShape::Preference:
            return {"prompt",   "chosen",        "rejected", "instruction", "input",
                    "messages", "conversations", "system",   "history",     "tools"};
        case RowShape::Prompt:
            return {"prompt",        "answer", "instruction", "input", "messages",
                    "conversations", "system", "history",     "tools"};
        case RowShape::Text:
            break;
    }
    return {"text"};
}

Names rolesOf(const std::string& task) {
    Names names = rolesOf(rowShapeOf(task).value_or(RowShape::Text));
    if (task == kRewardTask) names.push_back("margin");
    return names;
}

/// What a row is to be learnt by, and so may lack where nothing is learnt.
bool isAnswerRole(std::string_view role) {
    return role == "label" || role == "tags" || role == "target" || role.starts_with(kLabelColumn);
}

std::string joined(const std::vector<std::string>& names) {
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(names.size(), 30); ++i)
        list += (i ? ", " : "") + names[i];
    return names.size() > 30 ? list + ", …" : list;
}

Result<std::size_t> columnNamed(const RecordSet& records, const std::string& role, const std::string& name) {
    const auto found = std::find(records.columns.begin(), records.columns.end(), name);
    if (found != records.columns.end()) return static_cast<std::size_t>(found - records.columns.begin());
    std::size_t index = 0;
    const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (failure == std::errc() && end == name.data() + name.size() && index < records.columns.size())
        return index;
    return Error{
        ErrorCode::DataInvalid,
        "there is no column \"" + name + "\" for the " + role + "; the file has the columns " +
            joined(records.columns),
        records.path.string(),
        "name the column that holds the " + role + " in the recipe: data: {columns: {" + role + ": NAME}}"};
}

Error missingRole(const RecordSet& records, const std::string& what, const std::string& example) {
    return {
        ErrorCode::DataInvalid,
        "no column is recognised as the " + what + "; the file has the columns " + joined(records.columns),
        records.path.string(), "name the columns in the recipe: data: {columns: {" + example + "}}"};
}

/// Roles for which a column is chosen by its contents or its place, where no name tells.
bool fromContent(std::string_view role) {
    constexpr std::string_view kRoles[] = {"text", "label", "tokens", "tags", "source", "target"};
    return std::find(std::begin(kRoles), std::end(kRoles), role) != std::end(kRoles);
}

bool hasLabelColumns(const ColumnMap& columns) {
    return std::any_of(columns.begin(), columns.end(),
                       [](const auto& role) { return role.first.starts_with(kLabelColumn); });
}

Result<void> checkComplete(const RecordSet& records, const std::string& task, const ColumnMap& columns,
                           bool needLabels) {
    const RowShape shape = rowShapeOf(task).value_or(RowShape::Text);
    if (shape == RowShape::Conversation) {
        if (columns.contains("messages") || columns.contains("conversations")) return {};
        if (!columns.contains("instruction") && !columns.contains("prompt"))
            return missingRole(records, "instruction", "instruction: NAME, output: NAME");
        if (!columns.contains("output") && !columns.contains("completion"))
            return missingRole(records, "answer", "output: NAME");
        return {};
    }
    if (shape == RowShape::Prompt) {
        for (const char* role : {"prompt", "instruction", "messages", "conversations"})
            if (columns.contains(role)) return {};
        return missingRole(records, "prompt", "prompt: NAME");
    }
    if (shape == RowShape::Preference) {
        for (const char* role : {"chosen", "rejected"})
            if (!columns.contains(role))
                return missingRole(records, std::string(role) + " answer",
                                   "prompt: NAME, chosen: NAME, rejected: NAME");
        return {};
    }
    std::string found;
    for (const std::string_view role : rolesOf(shape)) {
        const std::string name(role);
        const auto column = columns.find(name);
        if (name == "label" && hasLabelColumns(columns)) continue;
        if (column != columns.end())
            found += name + ": " + records.columns[column->second] + ", ";
        else if (name != "text2" && (needLabels || !isAnswerRole(role)))
            return missingRole(records, name, found + name + ": NAME");
    }
    return {};
}

}  // namespace

void noteGuesses(const RecordSet& records, const std::map<std::string, std::string>& given,
                 const ColumnMap& columns, std::vector<Note>& notes) {
    std::string own;
    for (const auto& [role, column] : columns) {
        const std::string& name = records.columns[column];
        if (given.contains(role)) continue;
        if (role.starts_with(kLabelColumn))
            own += (own.empty() ? "" : ", ") + name;
        else if (fromContent(role) && records.hasHeader && records.columns.size() > 1 &&
                 !isUsualName(name, role))
            addNote(notes, {"columns_guessed",
                            "the column \"" + name + "\" is taken as the " + role + " by what it holds",
                            "to name another one: data: {columns: {" + role + ": NAME}}"});
    }
    if (!own.empty())
        addNote(notes, {"columns_one_hot",
                        "the columns " + own + " hold 0 or 1 (or no or yes) and are taken as a label each",
                        "to name a column with the labels: data: {columns: {label: NAME}}"});
}

bool isConversational(RowShape shape) {
    return shape == RowShape::Conversation || shape == RowShape::Preference || shape == RowShape::Prompt;
}

std::optional<RowShape> rowShapeOf(const std::string& task) {
    static const std::map<std::string, RowShape> shapes{
        {"language_modeling", RowShape::Text},      {"masked_language_modeling", RowShape::Text},
        {"instruction", RowShape::Conversation},    {"classification", RowShape::Labelled},
        {"token_classification", RowShape::Tagged}, {"sequence_to_sequence", RowShape::Pair},
        {"preference", RowShape::Preference},       {"reward_model", RowShape::Preference},
        {"reinforcement", RowShape::Prompt},
    };
    const auto it = shapes.find(task);
    return it == shapes.end() ? std::nullopt : std::optional(it->second);
}

Result<ColumnMap> resolveColumns(const RecordSet& records, const std::string& task,
                                 const std::map<std::string, std::string>& given, bool needLabels,
                                 LabelKind kind) {
    const Names allowed = rolesOf(task);
    const bool allowsLabels = rowShapeOf(task) == RowShape::Labelled;
    ColumnMap named;
    for (const auto& [role, name] : given) {
        const bool ownColumn = kind != LabelKind::Number && role.starts_with(kLabelColumn) && allowsLabels;
        if (!ownColumn && std::find(allowed.begin(), allowed.end(), role) == allowed.end()) {
            std::vector<std::string> names(allowed.begin(), allowed.end());
            return Error{ErrorCode::RecipeInvalid,
                         "data.columns: \"" + role + "\" is no role of the task " + task +
                             "; its roles are " + joined(names),
                         "", ""};
        }
        if (isAnswerRole(role) && !needLabels) continue;
        LATHE_TRY(const auto column, columnNamed(records, role, name));
        named.emplace(role, column);
    }
    ColumnMap columns = guessColumnMap(records, task, kind);
    if (named.contains("label") || hasLabelColumns(named))
        std::erase_if(columns, [](const auto& guess) {
            return guess.first == "label" || guess.first.starts_with(kLabelColumn);
        });
    if (!needLabels) std::erase_if(columns, [](const auto& guess) { return isAnswerRole(guess.first); });
    const auto names = [&](std::string_view role) { return named.contains(std::string(role)); };
    // A recipe that names one shape of conversation does not want another one guessed beside it.
    if (names("messages") || names("conversations"))
        std::erase_if(columns, [](const auto& guess) {
            return guess.first != "chosen" && guess.first != "rejected" && guess.first != "margin" &&
                   guess.first != "answer" && guess.first != "system" && guess.first != "tools";
        });
    if (names("instruction") || names("output") || names("prompt") || names("completion")) {
        columns.erase("messages");
        columns.erase("conversations");
        if (names("instruction")) columns.erase("prompt");
        if (names("prompt")) columns.erase("instruction");
        if (names("output")) columns.erase("completion");
        if (names("completion")) columns.erase("output");
    }
    std::erase_if(columns, [&](const auto& guess) {
        return std::any_of(named.begin(), named.end(),
                           [&](const auto& own) { return own.second == guess.second; });
    });
    for (const auto& [role, column] : named) columns[role] = column;
    const auto label = columns.find("label");
    const bool byName = label != columns.end() && isUsualName(records.columns[label->second], "label");
    if (allowsLabels && needLabels && !names("label") && !byName && !hasLabelColumns(columns))
        LATHE_TRY_VOID(checkAlikeColumns(records, columns));
    LATHE_TRY_VOID(checkComplete(records, task, columns, needLabels));
    return columns;
}

void noteUnusedColumns(const RecordSet& records, const ColumnMap& columns, std::vector<Note>& notes) {
    std::vector<std::string> unused;
    for (std::size_t i = 0; i < records.columns.size(); ++i)
        if (std::none_of(columns.begin(), columns.end(), [&](const auto& used) { return used.second == i; }))
            unused.push_back(records.columns[i]);
    if (unused.empty()) return;
    addNote(notes, {"columns_unused",
                    (unused.size() == 1 ? "the column " : "the columns ") + joined(unused) +
                        (unused.size() == 1 ? " is" : " are") + " not used",
                    "name a column that matters in the recipe: data: {columns: {ROLE: NAME}}",
                    records.path.string()});
}

}  // namespace lathe
