// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/task_data.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/split_mix.h"
#include "core/data/duplicate_rows.h"
#include "core/data/encode/masking.h"
#include "core/data/encode/row_encoder.h"
#include "core/data/read/cell_text.h"
#include "core/data/read/data_rows.h"
#include "core/data/roles/columns.h"
#include "core/data/split.h"
#include "core/data/training_labels.h"

namespace lathe {
namespace {

/// Fewer documents than this are too coarse to split; their blocks are split then.
constexpr std::size_t kMinDocumentsToSplit = 10;

/// Where validation rows come from.
struct ValidationSource {
    std::string file;     ///< empty: none, or a fraction
    double fraction = 0;  ///< 0: none, or a file
};

Result<ValidationSource> validationSource(const std::string& setting) {
    ValidationSource source;
    if (setting.empty() || setting == "none") return source;
    if (!isNumber(setting)) {
        source.file = setting;
        return source;
    }
    source.fraction = *numberOf(setting);
    if (!(source.fraction >= 0 && source.fraction < 1))
        return Error{ErrorCode::RecipeInvalid, "data.validation: a fraction must be at least 0 and below 1",
                     "", "0.1 keeps a tenth of the rows for validation"};
    return source;
}

Result<void> checkSupported(const Recipe& recipe) {
    if (!rowShapeOf(recipe.task))
        return Error{ErrorCode::Unsupported, "data for the task \"" + recipe.task + "\" cannot be prepared",
                     "", "lathe-run catalog lists the tasks"};
    return {};
}

Result<DataRows> rowsForTask(const Recipe& recipe, const std::filesystem::path& path,
                             const std::string& format, int64_t limit) {
    const bool documents = rowShapeOf(recipe.task) == RowShape::Text;
    return DataRows::open(
        path, {format, recipe.data.encoding, limit, documents ? TextUnit::Document : TextUnit::Line, 0});
}

/// The recipe's format was said of the training file; another file with another ending is looked at afresh.
std::string formatFor(const Recipe& recipe, const std::filesystem::path& path) {
    const bool sameKind = path.extension() == std::filesystem::path(recipe.data.train).extension();
    return sameKind ? recipe.data.format : "auto";
}

std::vector<std::size_t> allIndices(std::size_t count) {
    std::vector<std::size_t> indices(count);
    std::iota(indices.begin(), indices.end(), std::size_t(0));
    return indices;
}

Result<Masking> maskingOf(const Tokenizer& tokenizer) {
    if (const auto mask = tokenizer.specialTokens().mask) {
        LATHE_TRY_VOID(checkModelRows(tokenizer, {&*mask, 1}, "mask_token"));
        return Masking{*mask, std::min(tokenizer.vocabularySize(), tokenizer.modelRows())};
    }
    return Error{ErrorCode::Unsupported, "the tokenizer has no token for hidden words", "",
                 "choose an encoder as the base, or the task language_modeling"};
}

/// Hides the same tokens whenever these rows are judged.
void maskRows(std::vector<Example>& rows, const std::optional<Masking>& masking, int64_t seed) {
    if (!masking) return;
    SplitMix seeds(static_cast<uint64_t>(seed));
    for (Example& row : rows) maskTokens(row, *masking, seeds.next());
}

Error nothingLeft(const DataRows& rows, const DataReport& report, const char* what) {
    return {ErrorCode::DataInvalid, std::string("no usable ") + what + " row is left",
            rows.first().path.string(),
            report.reasons.empty() ? "" : "the first one left out: " + report.reasons.front()};
}

/// Moves a fraction of the blocks made from too few documents to the validation part and counts again.
void splitBlocks(TaskData& data, double fraction, int64_t seed) {
    const Split split = splitRows(data.train.size(), fraction, seed);
    std::vector<Example> train;
    for (const auto index : split.validation) data.validation.push_back(std::move(data.train[index]));
    for (const auto index : split.train) train.push_back(std::move(data.train[index]));
    data.train = std::move(train);
    for (auto* part : {&data.trainReport, &data.validationReport}) {
        const auto& blocks = part == &data.trainReport ? data.train : data.validation;
        part->rows = static_cast<int64_t>(blocks.size());
        part->tokens = 0;
        for (const auto& block : blocks) part->tokens += static_cast<int64_t>(block.ids.size());
        part->trainedTokens = part->tokens;
    }
}

/// Which rows of a file belong to which part.
class PartWalk {
  public:
    explicit PartWalk(const std::vector<std::size_t>& rows) : m_rows(rows) {}
    /// Those of the next `count` rows, counted from the first of these.
    std::vector<std::size_t> next(std::size_t count) {
        std::vector<std::size_t> within;
        for (; m_at < m_rows.size() && m_rows[m_at] < m_begin + count; ++m_at)
            within.push_back(m_rows[m_at] - m_begin);
        m_begin += count;
        return within;
    }

  private:
    const std::vector<std::size_t>& m_rows;
    std::size_t m_at = 0, m_begin = 0;
};

Result<void> encodeParts(const DataRows& rows, const ColumnMap& columns, const RowEncoder& encoder,
                         const Split& split, EncodedPart& train, EncodedPart& validation,
                         DuplicateRows& duplicates) {
    PartWalk trainRows(split.train), validationRows(split.validation);
    const auto encodeBatch = [&](const RecordSet& batch) -> Result<void> {
        const std::size_t count = batch.records.size();
        const auto trained = trainRows.next(count), heldOut = validationRows.next(count);
        for (const std::size_t row : trained) duplicates.addTraining(batch.records[row], columns);
        for (const std::size_t row : heldOut) duplicates.addHeldOut(batch, batch.records[row], columns);
        LATHE_TRY_VOID(encoder.encode(batch, columns, trained, train));
        return encoder.encode(batch, columns, heldOut, validation);
    };
    LATHE_TRY_VOID(rows.each(encodeBatch));
    encoder.finish(train);
    encoder.finish(validation);
    return {};
}

/// All rows of a file as one part.
Result<void> encodeAll(const DataRows& rows, const ColumnMap& columns, const RowEncoder& encoder,
                       EncodedPart& part) {
    for (const Note& note : rows.first().notes) addNote(part.report.notes, note);
    LATHE_TRY_VOID(rows.each([&](const RecordSet& batch) {
        return encoder.encode(batch, columns, allIndices(batch.records.size()), part);
    }));
    encoder.finish(part);
    return {};
}

Result<void> loadValidationFile(const Recipe& recipe, const std::string& file, const RowEncoder& encoder,
                                EncodedPart& part, DuplicateRows& duplicates) {
    LATHE_TRY(const auto rows, rowsForTask(recipe, file, formatFor(recipe, file), 0));
    LATHE_TRY(const auto columns, resolveColumns(rows.first(), recipe.task, recipe.data.columns, true,
                                                 labelKindOf(recipe.objective.values)));
    noteUnusedColumns(rows.first(), columns, part.report.notes);
    LATHE_TRY_VOID(encodeAll(rows, columns, encoder, part));
    if (part.report.rows == 0) return nothingLeft(rows, part.report, "validation");
    return rows.each([&](const RecordSet& batch) -> Result<void> {
        for (const Record& record : batch.records) duplicates.addHeldOut(batch, record, columns);
        return {};
    });
}

/// The rows that are held out of the training file: by label where there is one a row.
Split splitOf(const Recipe& recipe, std::size_t count, double fraction, const std::vector<int32_t>& labels) {
    if (recipe.data.stratify == "auto" && labels.size() == count) {
        Split split = splitByLabel(labels, fraction, recipe.data.splitSeed);
        if (!split.validation.empty()) return split;
    }
    return splitRows(count, fraction, recipe.data.splitSeed);
}

/// What a recipe asks of its rows before they are encoded: labels, chat format, masking.
Result<void> prepareEncoder(const Recipe& recipe, const Tokenizer& tokenizer, const DataRows& rows,
                            const ColumnMap& columns, RowEncoder& encoder, TaskData& data,
                            std::vector<int32_t>& rowLabels) {
    const RowShape shape = *rowShapeOf(recipe.task);
    if (isConversational(shape)) {
        LATHE_TRY(auto chat, ChatFormat::open(chatSettingsOf(recipe.data), tokenizer));
        data.chat = chat;
        encoder.setChatFormat(std::move(chat));
    } else if (shape == RowShape::Labelled || shape == RowShape::Tagged) {
        const auto collect = shape == RowShape::Tagged ? collectTags : collectLabels;
        LATHE_TRY(TrainingLabels labels, collect(recipe, rows, columns, data.trainReport.notes));
        data.labels = std::move(labels.names);
        rowLabels = std::move(labels.rows);
        encoder.setLabels(data.labels);
    }
    if (recipe.task == kMaskedTask) {
        LATHE_TRY(data.masking, maskingOf(tokenizer));
    }
    return {};
}

}  // namespace

Result<TaskData> loadTaskData(const Recipe& recipe, const Tokenizer& tokenizer, const RowsKept& kept) {
    LATHE_TRY_VOID(checkSupported(recipe));
    LATHE_TRY(const auto source, validationSource(recipe.data.validation));
    LATHE_TRY(const auto rows, rowsForTask(recipe, recipe.data.train, recipe.data.format, recipe.data.limit));
    LATHE_TRY(const auto columns, resolveColumns(rows.first(), recipe.task, recipe.data.columns, true,
                                                 labelKindOf(recipe.objective.values)));

    TaskData data;
    data.trainReport.notes = rows.first().notes;
    noteGuesses(rows.first(), recipe.data.columns, columns, data.trainReport.notes);
    data.format = rows.first().format;
    data.encoding = rows.first().encoding;
    data.availableColumns = rows.first().columns;
    for (const auto& [role, column] : columns) data.columns.emplace(role, data.availableColumns[column]);
    noteUnusedColumns(rows.first(), columns, data.trainReport.notes);
    RowEncoder encoder(recipe, tokenizer);
    std::vector<int32_t> rowLabels;
    LATHE_TRY_VOID(prepareEncoder(recipe, tokenizer, rows, columns, encoder, data, rowLabels));

    const std::size_t count = rows.count();
    const bool byBlocks = rowShapeOf(recipe.task) == RowShape::Text && count < kMinDocumentsToSplit;
    Split split{allIndices(count), {}};
    if (source.fraction > 0 && !byBlocks) {
        if (count < 2)
            return Error{ErrorCode::DataInvalid, "one row cannot be split into training and validation rows",
                         rows.first().path.string(), "write validation: none"};
        split = splitOf(recipe, count, source.fraction, rowLabels);
    }
    const bool splitsBlocks = source.fraction > 0 && byBlocks;
    // Blocks are split when all of them are there.
    EncodedPart train{data.train, data.trainReport, splitsBlocks ? SIZE_MAX : kept.train},
        validation{data.validation, data.validationReport, kept.validation};
    DuplicateRows duplicates(recipe.task);
    LATHE_TRY_VOID(encodeParts(rows, columns, encoder, split, train, validation, duplicates));
    if (train.report.rows == 0) return nothingLeft(rows, train.report, "training");
    if (!source.file.empty()) {
        LATHE_TRY_VOID(loadValidationFile(recipe, source.file, encoder, validation, duplicates));
    } else if (!split.validation.empty()) {
        if (validation.report.rows == 0) return nothingLeft(rows, validation.report, "validation");
    } else if (splitsBlocks && data.train.size() > 1) {
        splitBlocks(data, source.fraction, recipe.data.splitSeed);
    }
    duplicates.report(data.validationReport);
    if (rowShapeOf(recipe.task) == RowShape::Labelled) noteRareLabels(data);
    data.train.resize(std::min(data.train.size(), kept.train));
    data.validation.resize(std::min(data.validation.size(), kept.validation));
    maskRows(data.validation, data.masking, recipe.data.splitSeed);
    return data;
}

std::vector<Note> rowNotes(const DataReport& report, const DataSettings& data) {
    std::vector<Note> notes;
    const std::string why = report.reasons.empty() ? "" : "; " + report.reasons.front();
    if (report.dropped > 0)
        notes.push_back({"rows_dropped", "left out" + why, "see lathe-run preview", "", report.dropped});
    if (report.cut > 0)
        notes.push_back({"rows_cut",
                         "cut at " + std::to_string(data.maxLength) + " tokens, " +
                             (data.maxLengthOfBase ? "the room in the base's context" : "data.max_length"),
                         data.maxLengthOfBase ? "split long texts, or choose a base with a longer context"
                                              : "raise data.max_length if their ends matter",
                         "", report.cut});
    notes.insert(notes.end(), report.notes.begin(), report.notes.end());
    return notes;
}

Result<std::vector<Example>> loadRows(const Recipe& recipe, const std::filesystem::path& file,
                                      const std::vector<std::string>& labels, bool needLabels,
                                      const Tokenizer& tokenizer, DataReport& report) {
    LATHE_TRY_VOID(checkSupported(recipe));
    LATHE_TRY(const auto rows, rowsForTask(recipe, file, formatFor(recipe, file), 0));
    LATHE_TRY(const auto columns, resolveColumns(rows.first(), recipe.task, recipe.data.columns, needLabels,
                                                 labelKindOf(recipe.objective.values)));
    noteUnusedColumns(rows.first(), columns, report.notes);
    RowEncoder encoder(recipe, tokenizer);
    if (isConversational(*rowShapeOf(recipe.task))) {
        LATHE_TRY(auto chat, ChatFormat::open(chatSettingsOf(recipe.data), tokenizer));
        encoder.setChatFormat(std::move(chat));
    } else if (needLabels) {
        encoder.setLabels(labels);
    }
    std::vector<Example> examples;
    EncodedPart part{examples, report};
    LATHE_TRY_VOID(encodeAll(rows, columns, encoder, part));
    if (examples.empty()) return nothingLeft(rows, report, "data");
    if (recipe.task == kMaskedTask) {
        LATHE_TRY(const Masking masking, maskingOf(tokenizer));
        maskRows(examples, masking, recipe.data.splitSeed);
    }
    return examples;
}

}  // namespace lathe
