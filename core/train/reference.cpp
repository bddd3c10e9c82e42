// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/reference.h"

#include "core/model/evaluation_mode.h"
#include "core/train/evaluation_batches.h"
#include "core/train/objectives/preference.h"

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
