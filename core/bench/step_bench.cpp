// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bench/step_bench.h"

#include <algorithm>
#include <chrono>

#include "core/bench/bench_parts.h"
#include "core/train/run_memory.h"
#include "core/train/trainable_model.h"
#include "core/train/trainer.h"

namespace lathe {
namespace {

constexpr double kRate = 1e-4;

/// Of the base's own parameters and of what is packed.
int64_t weightBytes(LanguageModel& model) {
    int64_t bytes = 0;
    const auto parameters = model.named_parameters();
    for (const ParameterShape& about : model.shape().parameters)
        bytes += static_cast<int64_t>(parameters[about.name].nbytes());
    for (const auto& [name, projection] : model.projections()) bytes += projection->packedBytes();
    return bytes;
}

/// Random rows of `length` tokens for the base.
Result<TrainingData> randomData(const OpenedBase& base, int64_t length) {
    if (length > base.recipe.data.maxLength)
        return Error{ErrorCode::BadArgument,
                     "rows of " + std::to_string(length) + " tokens are longer than the " +
                         std::to_string(base.recipe.data.maxLength) + " that the model reads",
                     "--length", ""};
    const HeadKind head = base.objective->head();
    TrainingData data;
    if (head == HeadKind::SequenceClassification) data.labels.names = {"one", "other"};
    const HeadChoice choice{head, static_cast<int64_t>(data.labels.names.size())};
    LATHE_TRY(const ModelShape shape, base.architecture->shape(base.source.config, choice));
    data.rows.train = randomRows(shape, base.recipe.train.batchSize, length);
    return data;
}

}  // namespace

Result<StepBenchResult> benchStep(const StepBenchCase& what, const StepBenchSettings& how) {
    Recipe recipe = what.recipe;
    recipe.data.maxLength = how.length;
    recipe.train.maxSteps = how.warmup + how.steps;
    LATHE_TRY(const Computing computing, chooseComputing(recipe));
    const RunMemory memory(computing.device);
    LATHE_TRY(OpenedBase base, openTrainingBase(recipe, computing));
    LATHE_TRY(const TrainingData data, randomData(base, how.length));
    LATHE_TRY(TrainableModel trained, makeTrainable(base, data));
    LanguageModel& model = *trained.loaded.model;
    model.train();
    std::vector<double> times;
    for (int64_t step = 0; step < recipe.train.maxSteps; ++step) {
        LATHE_TRY(const StepBatches batches, trained.batches->next(step + 1));
        const auto begin = std::chrono::steady_clock::now();
        // Reading the loss waits for the device.
        (void)trainStep(model, *base.objective, *trained.optimizer, batches.updates.front(), kRate,
                        trained.aids)
            .item<double>();
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
        if (step >= how.warmup) times.push_back(taken.count());
    }
    StepBenchResult result;
    result.name = what.name;
    result.stepMs = medianOf(times);
    result.tokensPerSecond = double(recipe.train.batchSize * how.length) * 1000 / result.stepMs;
    result.weightBytes = weightBytes(model);
    result.peakBytes = memory.peakBytes();
    return result;
}

}  // namespace lathe
