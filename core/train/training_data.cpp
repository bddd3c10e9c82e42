// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/training_data.h"

#include "core/data/roles/columns.h"
#include "core/estimate/bills.h"
#include "core/run/base_labels.h"
#include "core/run/base_model.h"
#include "core/run/store/run_store.h"

namespace lathe {
namespace {

/// The outputs of a base that is a classifier already.
struct BaseOutputs {
    std::optional<std::vector<std::string>> labels;
    LabelKind kind = LabelKind::One;
    bool ofAdapter = false;  ///< the base is a run with an adapter, which brings the head
};

Result<std::optional<std::vector<std::string>>> labelsInConfig(const OpenedBase& base) {
    return labelsOfHead(base.source.config, classSuffix(base.objective->head()), base.source.path.string());
}

Result<BaseOutputs> outputsOf(const OpenedBase& base) {
    BaseOutputs outputs;
    if (adapterFolderOf(base.recipe.base)) {
        LATHE_TRY(const RunRecord before, readRunRecord(base.recipe.base));
        if (!before.labels.empty()) outputs.labels = before.labels;
        outputs.kind = labelKindOf(before.problemType);
        outputs.ofAdapter = true;
        return outputs;
    }
    const auto problem = base.source.config.find("problem_type");
    if (problem != base.source.config.end() && problem->is_string())
        outputs.kind = labelKindOf(problem->get<std::string>());
    LATHE_TRY(outputs.labels, labelsInConfig(base));
    return outputs;
}

/// The labels of the data as the base's outputs, where it is a classifier already.
Result<void> matchBase(const OpenedBase& base, TrainingData& data) {
    if (data.labels.names.empty()) return {};
    LATHE_TRY(const BaseOutputs outputs, outputsOf(base));
    if (!outputs.labels) return {};
    // A single output has no names to match.
    const bool named = data.labels.names == data.rows.labels;
    const LabelMatch match = named ? matchLabels(*outputs.labels, data.labels.names)
                                   : matchOutputs(*outputs.labels, data.labels.names);
    if (match.newHead && outputs.ofAdapter)
        return Error{ErrorCode::ModelMismatch,
                     "the rows have other labels than the run they are to go on from", base.recipe.base,
                     "use rows with the same labels, or start from the base itself"};
    data.notes.insert(data.notes.end(), match.notes.begin(), match.notes.end());
    if (match.newHead) data.outputs = HeadOutputs::New;
    if (!named || match.newHead) return {};
    const bool tags = rowShapeOf(base.recipe.task) == RowShape::Tagged;
    if (const auto note = otherKindNote(outputs.kind, data.labels.kind); note && !tags)
        data.notes.push_back(*note);
    useOutputs(match, tags, data.rows);
    data.labels.names = data.rows.labels;
    if (!outputs.ofAdapter) return {};
    // The adapter's head was trained on the outputs that the base of its run had.
    LATHE_TRY(const auto own, labelsInConfig(base));
    if (own && !keepsOutputs(*own, *outputs.labels)) data.outputs = HeadOutputs::New;
    return {};
}

void noteRows(const DataReport& report, const DataSettings& settings, const std::string& part,
              std::vector<Note>& notes) {
    for (const Note& note : rowNotes(report, settings))
        notes.push_back({note.code, part + " rows: " + noteText(note), note.hint});
}

}  // namespace

Result<TrainingData> openTrainingData(const OpenedBase& base) {
    const Recipe& recipe = base.recipe;
    TrainingData data;
    LATHE_TRY(data.rows, loadTaskData(recipe, *base.tokenizer));
    if (data.rows.train.empty())
        return Error{ErrorCode::DataInvalid, "no row is left to train on", recipe.data.train,
                     "look at the rows with lathe-run preview"};
    data.labels = {base.objective->outputNames(data.rows.labels), labelKindOf(recipe.objective.values)};
    LATHE_TRY_VOID(matchBase(base, data));
    noteRows(data.rows.trainReport, recipe.data, "training", data.notes);
    noteRows(data.rows.validationReport, recipe.data, "validation", data.notes);
    if (const auto note = memoryNoteFor(recipe, data.rows.train)) data.notes.push_back(*note);
    return data;
}

}  // namespace lathe
