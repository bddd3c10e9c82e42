// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/step_bench.h"

#include <algorithm>
#include <chrono>

#include "core/base/split_mix.h"
#include "core/run/base_model.h"
#include "core/train/catalog.h"
#include "core/train/device.h"
#include "core/train/objectives/classify.h"
#include "core/train/objectives/language.h"
#include "core/train/optimizer.h"
#include "core/train/trainer.h"

namespace lathe {
namespace {

constexpr uint64_t kSeed = 1;
constexpr double kRate = 1e-4;

std::unique_ptr<Objective> usualObjective(const Architecture& architecture) {
    if (architecture.canHave(HeadKind::LanguageModel))
        return std::make_unique<LanguageObjective>(HeadKind::LanguageModel);
    return std::make_unique<ClassifyObjective>();
}

std::vector<Example> randomRows(const ModelShape& shape, int64_t count, int64_t length) {
    SplitMix random(kSeed);
    std::vector<Example> rows(static_cast<std::size_t>(count));
    for (Example& row : rows) {
        for (int64_t i = 0; i < length; ++i)
            row.ids.push_back(static_cast<int32_t>(random.below(static_cast<uint64_t>(shape.vocabulary))));
        if (shape.labels > 0)
            row.label = static_cast<int64_t>(random.below(static_cast<uint64_t>(shape.labels)));
        else
            row.targets = row.ids;
    }
    return rows;
}

/// Of the base's own parameters and of what is packed.
int64_t weightBytes(LanguageModel& model) {
    int64_t bytes = 0;
    const auto parameters = model.named_parameters();
    for (const ParameterShape& about : model.shape().parameters)
        bytes += static_cast<int64_t>(parameters[about.name].nbytes());
    for (const auto& [name, projection] : model.projections()) bytes += projection->packedBytes();
    return bytes;
}

struct Workbench {
    std::shared_ptr<LanguageModel> model;
    std::unique_ptr<Objective> objective;
    std::unique_ptr<AdamW> optimizer;
    StepAids aids;
};

Result<Workbench> makeWorkbench(const Recipe& recipe, at::Device device, int64_t totalSteps) {
    LATHE_TRY(const BaseModel base, openBase(recipe.base));
    LATHE_TRY(const std::string type, jsonString(base.source.config, "model_type", "", base.source.path.string()));
    LATHE_TRY(const Architecture* architecture, findArchitecture(type));
    LATHE_TRY(const auto methods, chooseMethods(recipe.methods));
    LATHE_TRY(const at::ScalarType precision, choosePrecision(recipe.train.precision, device));
    Workbench bench;
    bench.objective = usualObjective(*architecture);
    const bool classifies = bench.objective->head() == HeadKind::SequenceClassification;
    const HeadChoice head{bench.objective->head(), classifies ? 2 : 0};
    LATHE_TRY(const ModelShape shape, architecture->shape(base.source.config, head));
    BaseQuantization quantization{quantizationOf(recipe.train.quantization), {}};
    LATHE_TRY(quantization.plain, trainedOfBase(methods, shape));
    bench.model = architecture->build(base.source.config, head);
    if (const auto fresh = loadWeights(*bench.model, *base.source.weights, kSeed, quantization); !fresh.ok())
        return fresh.error();
    bench.model->to(device);
    LATHE_TRY_VOID(attachMethods(methods, *bench.model, {kSeed, base.tokenizer.get()}));
    bench.model->setGradientCheckpointing(recipe.train.gradientCheckpointing);
    castFrozenParameters(*bench.model, precision);
    bench.optimizer = std::make_unique<AdamW>(trainedParameters(*bench.model, precision), AdamWSettings{});
    for (const auto& [method, settings] : methods)
        if (auto aid = method->stepAid(settings, *bench.model, totalSteps)) bench.aids.push_back(std::move(aid));
    bench.model->train();
    return bench;
}

}  // namespace

Result<StepBenchResult> benchStep(const StepBenchCase& what, const StepBenchSettings& how) {
    LATHE_TRY(const at::Device device, chooseDevice(what.recipe.device));
    LATHE_TRY(Workbench bench, makeWorkbench(what.recipe, device, how.warmup + how.steps));
    if (how.length > bench.model->room())
        return Error{ErrorCode::BadArgument,
                     "rows of " + std::to_string(how.length) + " tokens are longer than the model's context of " +
                         std::to_string(bench.model->room()),
                     "--length", ""};
    const auto rows = randomRows(bench.model->shape(), what.recipe.train.batchSize, how.length);
    std::vector<const Example*> chosen;
    for (const Example& row : rows) chosen.push_back(&row);
    const Batch batch = makeBatch(chosen, batchSettingsFor(*bench.model, 0, device));

    std::vector<double> times;
    for (int64_t step = 0; step < how.warmup + how.steps; ++step) {
        const auto begin = std::chrono::steady_clock::now();
        // Reading the loss waits for the device.
        (void)trainStep(*bench.model, *bench.objective, *bench.optimizer, {batch}, kRate, bench.aids).item<double>();
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
        if (step >= how.warmup) times.push_back(taken.count());
    }
    std::nth_element(times.begin(), times.begin() + std::ptrdiff_t(times.size() / 2), times.end());
    StepBenchResult result;
    result.name = what.name;
    result.stepMs = times[times.size() / 2];
    result.tokensPerSecond = double(what.recipe.train.batchSize * how.length) * 1000 / result.stepMs;
    result.weightBytes = weightBytes(*bench.model);
    result.peakBytes = peakMemoryBytes(device);
    return result;
}

}  // namespace lathe
