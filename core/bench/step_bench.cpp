// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bench/step_bench.h"

#include <algorithm>
#include <chrono>

#include "core/batches/device.h"
#include "core/bench/bench_parts.h"
#include "core/train/run_memory.h"
#include "core/train/trainer.h"
#include "core/train/training_setup.h"

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

/// Everything a run with the recipe trains with, on random rows.
Result<void> setUp(TrainingSetup& setup, int64_t length) {
    LATHE_TRY_VOID(setup.chooseDevice());
    LATHE_TRY_VOID(setup.openBase());
    if (length > setup.recipe().data.maxLength)
        return Error{ErrorCode::BadArgument,
                     "rows of " + std::to_string(length) + " tokens are longer than the " +
                         std::to_string(setup.recipe().data.maxLength) + " that the model reads",
                     "--length", ""};
    const HeadKind head = setup.objective->head();
    if (head == HeadKind::SequenceClassification) setup.loaded.labels = {"one", "other"};
    const HeadChoice choice{head, static_cast<int64_t>(setup.loaded.labels.size())};
    LATHE_TRY(const ModelShape shape, setup.architecture->shape(setup.source.config, choice));
    setup.data.train = randomRows(shape, setup.recipe().train.batchSize, length);
    return setup.buildModel();
}

}  // namespace

Result<StepBenchResult> benchStep(const StepBenchCase& what, const StepBenchSettings& how) {
    Recipe recipe = what.recipe;
    recipe.data.maxLength = how.length;
    recipe.train.maxSteps = how.warmup + how.steps;
    LATHE_TRY(const at::Device device, chooseDevice(recipe.device));
    const RunMemory memory(device);
    TrainingSetup setup(recipe);
    LATHE_TRY_VOID(setUp(setup, how.length));
    LanguageModel& model = *setup.loaded.model;
    model.train();
    std::vector<double> times;
    for (int64_t step = 0; step < recipe.train.maxSteps; ++step) {
        LATHE_TRY(const StepBatches batches, setup.loader->next(step + 1));
        const auto begin = std::chrono::steady_clock::now();
        // Reading the loss waits for the device.
        (void)trainStep(model, *setup.objective, *setup.optimizer, batches.updates.front(), kRate, setup.aids)
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
