// SPDX-License-Identifier: GPL-3.0-or-later
// Judges a target on the rows its run held out, or on a file, beside what it was before: the one way for
// window and command line.
#pragma once

#include <functional>

#include "core/run/evaluation.h"
#include "core/target/loaded_model.h"

namespace lathe {

struct EvaluationHooks {
    std::function<bool()> stopAsked{};  ///< asked between batches and between answers; may be empty
    std::function<void(const EvaluationProgress&)> progress{};  ///< told as often; may be empty
};

/// `recipe` says how rows are read (recipeOfTarget). Besides the rows themselves a number or a few tags a row
/// is kept, and what is listed. Texts of sequence_to_sequence are written for every row, greedily, for BLEU
/// and chrF. Errors: Stopped; BadArgument for a task of another head, without held-out rows, or with nothing
/// before; ModelMismatch when the run's data have other labels than the run; those of reading rows.
Result<Evaluation> evaluateTarget(LoadedModel& target, const Recipe& recipe, const EvaluationRequest& request,
                                  const EvaluationHooks& hooks = {});

}  // namespace lathe
