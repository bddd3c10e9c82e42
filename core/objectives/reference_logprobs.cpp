// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/objectives/reference_logprobs.h"

#include "core/batches/evaluation_batches.h"
#include "core/model/evaluation_mode.h"
#include "core/objectives/preference.h"

namespace lathe {

bool fillReference(LanguageModel& model, const std::vector<Example*>& rows, int64_t batchSize,
                   const BatchSettings& settings, const std::function<bool()>& stopAsked) {
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(model);
    for (const std::vector<Example*>& chosen : batchesByLength(rows, batchSize)) {
        if (stopAsked && stopAsked()) return false;
        const at::Tensor scores = answerLogProbabilities(model, makeBatch(chosen, settings)).cpu();
        const double* score = scores.const_data_ptr<double>();
        for (std::size_t i = 0; i < chosen.size(); ++i)
            chosen[i]->reference = {score[i], score[chosen.size() + i]};
    }
    return true;
}

}  // namespace lathe
