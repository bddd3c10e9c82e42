// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/data_sample.h"

#include <algorithm>

#include "core/data/read/cell_text.h"
#include "core/data/read/data_rows.h"
#include "core/data/roles/columns.h"
#include "core/data/roles/conversation.h"
#include "core/data/roles/label_columns.h"
#include "core/data/roles/labels.h"
#include "core/data/roles/preference_pairs.h"
#include "core/data/roles/tagged_words.h"
#include "core/data/task_data.h"
#include "ui/text/token_text.h"

namespace lathe {
namespace {

/// Roles that hold what the model reads, in the order it reads them, and those it learns to write.
constexpr const char* kReadRoles[] = {"system", "history", "instruction", "input",
                                      "prompt", "text",    "text2",       "source"};
constexpr const char* kLearntRoles[] = {"output", "completion", "target"};
constexpr const char* kListRoles[] = {"messages", "conversations"};

void appendPieces(PreviewTokens& tokens, const std::string& text, bool trained) {
    for (const QString& word : wordsOf(QString::fromStdString(text))) {
        tokens.pieces.push_back(word.toStdString());
        tokens.trained.push_back(trained);
    }
}

void appendWords(PreviewRow& row, const std::string& text, bool trained) {
    if (text.empty()) return;
    if (!row.text.empty()) row.text += '\n';
    row.text += text;
    appendPieces(row, text, trained);
}

std::string textOf(const OrderedJson& message, const char* first, const char* second) {
    for (const char* key : {first, second}) {
        const auto it = message.find(key);
        if (it != message.end() && it->is_string()) return it->get<std::string>();
    }
    return {};
}

void appendMessages(PreviewRow& row, const OrderedJson& messages) {
    if (!messages.is_array()) return;
    for (const OrderedJson& message : messages) {
        if (!message.is_object()) continue;
        const std::string role = textOf(message, "role", "from");
        appendWords(row, textOf(message, "content", "value"), role == "assistant" || role == "gpt");
    }
}

/// Words, of which those with a tag of their own are marked.
void appendTagged(PreviewRow& row, const OrderedJson& words, const OrderedJson* tags) {
    row.pieces = wordsOf(words);
    row.text = sentenceOf(row.pieces);
    const auto names = tags ? wordsOf(*tags) : std::vector<std::string>();
    for (std::size_t i = 0; i < row.pieces.size(); ++i)
        row.trained.push_back(i < names.size() && names[i] != "O");
}

PreviewRow rowOf(const Record& record, const ColumnMap& columns, bool learnsText) {
    PreviewRow row;
    const auto cell = [&](const char* role) -> const OrderedJson* {
        const auto it = columns.find(role);
        return it == columns.end() ? nullptr : &record.values[it->second];
    };
    for (const char* role : kListRoles) {
        if (const OrderedJson* value = cell(role)) appendMessages(row, *value);
    }
    for (const char* role : kReadRoles) {
        if (const OrderedJson* value = cell(role)) appendWords(row, cellText(*value), learnsText);
    }
    for (const char* role : kLearntRoles) {
        if (const OrderedJson* value = cell(role)) appendWords(row, cellText(*value), true);
    }
    if (const OrderedJson* words = cell("tokens")) appendTagged(row, *words, cell("tags"));
    return row;
}

/// The prompt with each of the answers, which are marked.
Result<PreviewRow> preferenceRowOf(const RecordSet& records, const Record& record, const ColumnMap& columns) {
    LATHE_TRY(const Preference pair, preferenceOf(records, record, columns));
    PreviewRow row;
    for (const ChatMessage& turn : pair.prompt.messages) appendWords(row, turn.content, false);
    row.rejected = row;
    for (const ChatMessage& turn : pair.chosen) appendWords(row, turn.content, turn.role == "assistant");
    for (const ChatMessage& turn : pair.rejected) {
        row.text += '\n' + turn.content;
        appendPieces(row.rejected, turn.content, turn.role == "assistant");
    }
    return row;
}

/// The turns up to the last answer, of which nothing is learnt.
Result<PreviewRow> promptRowOf(const RecordSet& records, const Record& record, const ColumnMap& columns) {
    LATHE_TRY(auto asked, turnsBeforeAnswer(records, record, columns));
    while (!asked.messages.empty() && isAssistant(asked.messages.back())) asked.messages.pop_back();
    PreviewRow row;
    for (const ChatMessage& turn : asked.messages) appendWords(row, turn.content, false);
    return row;
}

void countRow(DataReport& report, const PreviewRow& row, const Record& record,
              const std::vector<std::string>& labels, const std::string& missing) {
    if (!missing.empty()) {
        ++report.dropped;
        if (report.reasons.size() < 5)
            report.reasons.push_back("line " + std::to_string(record.line) + ": " + missing);
        return;
    }
    ++report.rows;
    const auto bin = std::max(row.pieces.size(), row.rejected.pieces.size()) / std::size_t(kHistogramBin);
    // A single monstrous row must not make a histogram of millions of bins.
    const std::size_t capped = std::min<std::size_t>(bin, 4095);
    if (report.lengthHistogram.size() <= capped) report.lengthHistogram.resize(capped + 1, 0);
    ++report.lengthHistogram[capped];
    for (const PreviewTokens* tokens : {static_cast<const PreviewTokens*>(&row), &row.rejected}) {
        report.tokens += int64_t(tokens->pieces.size());
        report.trainedTokens += std::count(tokens->trained.begin(), tokens->trained.end(), true);
    }
    for (const std::string& label : labels) ++report.labelCounts[label];
}

}  // namespace

Result<Preview> sampleData(const Recipe& recipe, int rows) {
    LATHE_TRY(const DataRows data, DataRows::open(recipe.data.train, {.format = recipe.data.format,
                                                                      .encoding = recipe.data.encoding,
                                                                      .limit = recipe.data.limit}));
    const RecordSet& first = data.first();
    LATHE_TRY(const ColumnMap columns, resolveColumns(first, recipe.task, recipe.data.columns, true,
                                                      labelKindOf(recipe.objective.values)));
    Preview preview;
    preview.availableColumns = first.columns;
    preview.format = first.format;
    preview.encoding = first.encoding;
    preview.train.notes = first.notes;
    for (const auto& [role, column] : columns) preview.columns.emplace(role, first.columns[column]);
    const LabelKind kind = labelKindOf(recipe.objective.values);
    const auto shape = rowShapeOf(recipe.task);
    LATHE_TRY_VOID(data.each([&](const RecordSet& batch) -> Result<void> {
        for (const Record& record : batch.records) {
            PreviewRow row;
            if (shape == RowShape::Preference) {
                LATHE_TRY(row, preferenceRowOf(batch, record, columns));
            } else if (shape == RowShape::Prompt) {
                LATHE_TRY(row, promptRowOf(batch, record, columns));
            } else {
                row = rowOf(record, columns, shape == RowShape::Text);
            }
            std::vector<std::string> labels;
            std::string missing = row.pieces.empty() ? "empty text" : "";
            if (shape == RowShape::Labelled) {
                LATHE_TRY(const OrderedJson cell, labelCell(batch, record, columns, kind));
                labels = labelNames(cell, kind);
                row.label = kind == LabelKind::Several ? labelList(labels) : labelText(cell);
                if (missing.empty() && kind != LabelKind::Several && isMissingLabel(row.label))
                    missing = row.label.empty() ? "empty label" : "missing label \"" + row.label + "\"";
            }
            countRow(preview.train, row, record, labels, missing);
            if (missing.empty() && preview.rows.size() < std::size_t(rows))
                preview.rows.push_back(std::move(row));
        }
        return {};
    }));
    for (const auto& [label, count] : preview.train.labelCounts) preview.labels.push_back(label);
    preview.sequences = preview.train.rows;
    return preview;
}

}  // namespace lathe
