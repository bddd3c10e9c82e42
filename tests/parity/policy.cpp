// SPDX-License-Identifier: GPL-3.0-or-later
// For the parity suite: steps of reinforcement on given answers, all weights training.
//   parity_policy MODEL JOB.json
// JOB.json: {"settings": {text or number}, "steps", "learning_rate", "answers": [{"ids", "prompt",
// "advantages", "sampled", "reference", "values"?, "returns"?}]}; "prompt" counts tokens. Prints {"losses":
// […], "odds": […]}: the log-probabilities of all the answers' tokens at the end.
#include <cstdio>

#include "core/base/files.h"
#include "core/catalog/catalog.h"
#include "core/reinforce/policy_batch.h"
#include "core/run/base_model.h"
#include "core/train/trainer.h"

using namespace lathe;

namespace {

RolloutAnswer answerOf(const Json& json) {
    const std::vector<double> none;
    RolloutAnswer answer;
    answer.row.ids = json.at("ids").get<std::vector<int32_t>>();
    answer.promptTokens = json.at("prompt").get<std::size_t>();
    answer.row.targets = answer.row.ids;
    std::fill_n(answer.row.targets.begin(), answer.promptTokens, kNoTarget);
    answer.advantages = json.at("advantages").get<std::vector<double>>();
    answer.sampled = json.value("sampled", none);
    answer.reference = json.value("reference", none);
    answer.values = json.value("values", none);
    answer.returns = json.value("returns", none);
    return answer;
}

Settings settingsOf(const Json& json) {
    Settings settings;
    for (const auto& [key, value] : json.items())
        for (const Field& field : policyFields())
            if (field.key == key)
                settings[key] =
                    *fieldValueOf(value.is_string() ? value.get<std::string>() : value.dump(), field.kind);
    return settings;
}

Result<Json> train(const std::string& base, const std::string& file) {
    LATHE_TRY(const std::string text, readTextFile(file));
    LATHE_TRY(const Json job, parseJson(text, file));
    LATHE_TRY(const auto objective, PolicyObjective::make(settingsOf(job.at("settings"))));
    LATHE_TRY(const auto path, resolveBase(base));
    LATHE_TRY(const ModelSource source, openModel(path));
    LATHE_TRY(const std::string type, jsonString(source.config, "model_type", "", base));
    LATHE_TRY(const Architecture* architecture, findArchitecture(type));
    const auto model = architecture->build(source.config, {HeadKind::LanguageModel, 0});
    LATHE_TRY([[maybe_unused]] const auto fresh, loadWeights(*model, *source.weights, 0));
    model->eval();
    objective->prepare(*model);
    auto parameters = trainedParameters(*model, at::kFloat);
    for (TrainedParameter& own : objective->ownParameters()) parameters.push_back(std::move(own));
    AdamW optimizer(std::move(parameters), {});

    std::vector<RolloutAnswer> answers;
    for (const Json& one : job.at("answers")) answers.push_back(answerOf(one));
    std::vector<RolloutAnswer*> chosen;
    for (RolloutAnswer& answer : answers) chosen.push_back(&answer);
    const auto& settings = static_cast<const PolicyObjective&>(*objective).settings();
    const std::vector<Batch> batches{policyBatch(chosen, settings, batchSettingsFor(*model, 0, at::kCPU))};
    std::vector<double> losses;
    for (int64_t step = 0; step < job.at("steps").get<int64_t>(); ++step)
        losses.push_back(
            trainStep(*model, *objective, optimizer, batches, job.at("learning_rate").get<double>())
                .item<double>());
    const at::NoGradGuard noGrad;
    const at::Tensor odds = static_cast<const PolicyObjective&>(*objective)
                                .tokensOf(*model, batches.front())
                                .logProbabilities.contiguous();
    return Json{{"losses", losses},
                {"odds", std::vector<float>(odds.const_data_ptr<float>(),
                                            odds.const_data_ptr<float>() + odds.numel())}};
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) return 2;
    const auto outcome = train(arguments[1], arguments[2]);
    if (!outcome.ok()) {
        std::fprintf(stderr, "%s\n", outcome.error().text().c_str());
        return 1;
    }
    std::printf("%s\n", outcome.value().dump().c_str());
    return 0;
}
