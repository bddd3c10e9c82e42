// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/data/encode/label_ids.h"
#include "core/data/encode/packing.h"
#include "core/data/read/cell_text.h"
#include "core/data/roles/column_guess.h"
#include "core/data/roles/columns.h"
#include "core/data/roles/labels.h"
#include "core/run/base_model.h"

namespace lathe {
namespace {

/// Enough rows to tell a header and to see every column of JSON rows in practice.
constexpr int64_t kRowsForColumns = 500;

PreviewTokens tokensOf(const std::vector<int32_t>& ids, const std::vector<int32_t>& targets,
                       const Tokenizer& tokenizer) {
    PreviewTokens tokens;
    tokens.ids = ids;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        tokens.pieces.push_back(readablePiece(tokenizer, ids[i]));
        tokens.trained.push_back(i < targets.size() && targets[i] != kNoTarget);
    }
    return tokens;
}

PreviewRow previewRow(const Example& example, const std::vector<std::string>& labels,
                      const Tokenizer& tokenizer) {
    PreviewRow row;
    static_cast<PreviewTokens&>(row) = tokensOf(example.ids, example.targets, tokenizer);
    row.rejected = tokensOf(example.rejected.ids, example.rejected.targets, tokenizer);
    row.text = example.text;
    if (!example.rejected.text.empty()) row.text += "\n" + example.rejected.text;
    row.prompt = example.prompt;
    row.label = labelWords(example, labels);
    return row;
}

/// Before a base is chosen there are words but no tokens.
Preview previewOfWords(const Recipe& recipe, const RecordSet& records, int64_t rows) {
    Preview preview;
    preview.format = records.format;
    preview.encoding = records.encoding;
    preview.availableColumns = records.columns;
    preview.columns = guessColumns(records, recipe.task, labelKindOf(recipe.objective.values));
    preview.train.notes = records.notes;
    for (const auto& [role, name] : recipe.data.columns) preview.columns[role] = name;
    preview.train.rows = preview.sequences = static_cast<int64_t>(records.rows);
    for (const auto& record : records.records) {
        if (preview.rows.size() == static_cast<std::size_t>(std::max<int64_t>(rows, 0))) break;
        PreviewRow row;
        for (std::size_t i = 0; i < record.values.size(); ++i) {
            const std::string text = cellText(record.values[i]);
            if (text.empty()) continue;
            if (!row.text.empty()) row.text += "\n";
            row.text += records.columns.size() > 1 ? records.columns[i] + ": " + text : text;
        }
        preview.rows.push_back(std::move(row));
    }
    return preview;
}

}  // namespace

Result<Preview> makePreview(const Recipe& asked, int64_t rows, const FitToBase& fitToBase) {
    Recipe recipe = asked;
    if (recipe.base.empty()) {
        const int64_t keep = std::max(rows, kRowsForColumns);
        LATHE_TRY(const auto records, readRecords(recipe.data.train, {.format = recipe.data.format,
                                                                      .encoding = recipe.data.encoding,
                                                                      .limit = recipe.data.limit,
                                                                      .keep = keep}));
        return previewOfWords(recipe, records, rows);
    }
    LATHE_TRY(const auto base, openBase(recipe.base));
    if (fitToBase) fitToBase(recipe, base.source);
    // All rows are encoded: the histogram and the counts of what is cut or dropped must be of the whole file.
    const bool packs = recipe.data.packing != "none";
    const auto kept = packs ? SIZE_MAX : static_cast<std::size_t>(std::max<int64_t>(rows, 1));
    LATHE_TRY(auto data, loadTaskData(recipe, *base.tokenizer, {kept, 0}));

    Preview preview;
    preview.sequences = packs ? static_cast<int64_t>(bestFit(data.train, recipe.data.maxLength).size())
                              : data.trainReport.rows;
    const auto shown = std::min(data.train.size(), static_cast<std::size_t>(std::max<int64_t>(rows, 0)));
    for (std::size_t i = 0; i < shown; ++i)
        preview.rows.push_back(previewRow(data.train[i], data.labels, *base.tokenizer));
    const int64_t cut = data.trainReport.cut + data.validationReport.cut;
    if (recipe.data.maxLengthOfBase && cut > 0)
        addNote(data.trainReport.notes,
                {"max_length_lowered",
                 "rows are cut at " + std::to_string(recipe.data.maxLength) +
                     " tokens, the room in the base's context, not at data.max_length " +
                     std::to_string(asked.data.maxLength),
                 "split long texts, or choose a base with a longer context"});
    preview.train = std::move(data.trainReport);
    preview.validation = std::move(data.validationReport);
    preview.columns = std::move(data.columns);
    preview.availableColumns = std::move(data.availableColumns);
    preview.format = data.format;
    preview.encoding = data.encoding;
    if (data.chat) preview.chatFormat = data.chat->name();
    preview.labels = std::move(data.labels);
    return preview;
}

}  // namespace lathe
