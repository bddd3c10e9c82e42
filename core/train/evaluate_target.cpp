// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/infer/generator.h"
#include "core/train/catalog.h"
#include "core/train/evaluator.h"
#include "core/train/loaded_model.h"
#include "core/train/objectives/objective.h"
#include "core/train/objectives/text_scores.h"
#include "core/train/reference.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

/// Rows learn what the target started from makes of them; a plain base is its own reference.
Result<void> takeReference(LoadedModel& target, std::vector<Example>& rows, int64_t batchSize) {
    std::vector<Example*> all;
    for (Example& row : rows) all.push_back(&row);
    if (target.startedFrom.empty()) {
        fillReference(*target.model, all, batchSize, target.batchSettings());
        return {};
    }
    LATHE_TRY(const LoadedModel reference, LoadedModel::open(target.startedFrom, {}, target.device.str()));
    if (reference.model->shape().head != target.model->shape().head)
        return Error{ErrorCode::ModelMismatch, "the model that the run started from has another head",
                     target.startedFrom, ""};
    fillReference(*reference.model, all, batchSize, reference.batchSettings());
    return {};
}

/// BLEU and chrF of what the model writes greedily, against the rows' target texts.
Result<void> addTextScores(LoadedModel& target, const std::vector<Example>& rows, EvaluationResult& result) {
    GeneratorSettings how;
    if (const auto end = target.tokenizer->specialTokens().eos) how.stopIds.push_back(*end);
    TextScores scores;
    for (const Example& row : rows) {
        // Room for a text half as long again as the wanted one: what runs on is no better for it.
        how.maxNewTokens = static_cast<int64_t>(row.decoderTargets.size()) * 3 / 2 + 8;
        const std::vector<int64_t> source(row.ids.begin(), row.ids.end());
        LATHE_TRY(const auto written, generate(*target.model, source, how, {}));
        const std::vector<int32_t> ids(written.begin(), written.end());
        scores.add(target.tokenizer->decode(ids, true), target.tokenizer->decode(row.decoderTargets, true));
    }
    result.metrics["bleu"] = scores.bleu();
    result.metrics["chrf"] = scores.chrf();
    return {};
}

}  // namespace

Result<EvaluationResult> evaluateTarget(LoadedModel& target, const Recipe& recipe, const fs::path& dataFile) {
    LATHE_TRY(const auto objective, makeObjective(recipe.task, recipe.objective.values));
    if (objective->head() != target.model->shape().head)
        return Error{ErrorCode::BadArgument, "the model cannot be judged on the task " + recipe.task,
                     target.basePath, "it has another head"};
    objective->useLabels(target.labels);
    Recipe fitting = recipe;
    fitting.data.maxLength = std::min(fitting.data.maxLength, target.model->room());
    DataReport report;
    LATHE_TRY(auto rows, loadRows(fitting, dataFile, target.labels, true, *target.tokenizer, report));
    if (rows.empty()) return Error{ErrorCode::DataInvalid, "no row can be used", dataFile.string(), ""};
    const EvaluationSettings how{recipe.train.batchSize, target.batchSettings(), {}};
    if (objective->needsReference()) LATHE_TRY_VOID(takeReference(target, rows, how.batchSize));
    EvaluationResult result;
    result.metrics = evaluateRows(*target.model, *objective, rows, how);
    result.loss = result.metrics["loss"];
    result.metrics.erase("loss");
    result.rows = static_cast<int64_t>(rows.size());
    if (objective->head() == HeadKind::SequenceToSequence) LATHE_TRY_VOID(addTextScores(target, rows, result));
    return result;
}

}  // namespace lathe
