// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA against PEFT 0.21 on a tiny Llama and a tiny BERT. Every tensor, A and B too, comes from the formula
// of model_helpers.h under Lathe's own names; PEFT printed the numbers (transformers 5.23, eager attention,
// float32).
#include "core/peft/methods/lora.h"

#include "tests/core/peft/method_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

std::shared_ptr<LanguageModel> withLora(std::shared_ptr<LanguageModel> model, const Settings& changes) {
    const auto attached = attachTo(*model, loraMethod(), settingsOf(loraMethod(), changes));
    if (!attached.ok()) qFatal("%s", attached.error().text().c_str());
    return model;
}

/// Trainable parameters of a plan; -1 when it is refused.
int64_t planned(const ModelShape& shape, const Settings& changes) {
    const auto plan = loraMethod().plan(settingsOf(loraMethod(), changes), shape);
    if (!plan.ok()) return -1;
    int64_t count = 0;
    for (const auto& added : plan.value().added) count += added.shape[0] * added.shape[1];
    for (const auto& name : plan.value().trainedBase)
        for (const auto& parameter : shape.parameters)
            if (parameter.name == name) count += c10::multiply_integers(parameter.shape);
    return count;
}

double awayFrom(const at::Tensor& row, const std::vector<float>& golden) {
    return largestDifference(row.narrow(0, 0, static_cast<int64_t>(golden.size())), at::tensor(golden));
}

}  // namespace

class TestLora : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void logitsAndGradientsAreThoseOfPeft() {
        auto model = withLora(smallLlama(), {{"rank", int64_t(4)}});
        fillByFormula(*model);
        const at::Tensor logits = answers(*model);
        QVERIFY(awayFrom(logits[5].detach(), {-0.91957331f, 0.2792553f, 0.76931542f, -0.69319791f,
                                              -0.39632902f, 0.9064492f, -0.09140063f, -0.85726959f}) < 1e-5);
        const at::Tensor targets = at::tensor({7, 1, 20, 11, 5}, at::kLong);
        at::cross_entropy_loss(logits.narrow(0, 0, 5), targets, {}, at::Reduction::Sum).backward();
        for (const GoldenGradient& golden :
             {GoldenGradient{"model.layers.0.self_attn.q_proj.lora_A.weight", 0.34868514, -0.11253234},
              GoldenGradient{"model.layers.0.self_attn.q_proj.lora_B.weight", 0.38567360, 0.04014003},
              GoldenGradient{"model.layers.1.self_attn.v_proj.lora_A.weight", 1.02940908, 0.43791576},
              GoldenGradient{"model.layers.1.self_attn.v_proj.lora_B.weight", 2.03616079, -0.80892852}})
            QVERIFY(gradientAgrees(*model, golden, 1e-5));
        QVERIFY(!model->named_parameters()["model.layers.0.self_attn.q_proj.weight"].grad().defined());
    }
    void rankStabilisedOnAllLinearLayersIsThatOfPeft() {
        auto model =
            withLora(smallLlama(),
                     {{"rank", int64_t(4)}, {"use_rslora", true}, {"target_modules", names({"all-linear"})}});
        fillByFormula(*model);
        QVERIFY(awayFrom(answers(*model)[5].detach(), {-0.09875356f, -0.05091857f, 0.12615111f, -0.01695907f,
                                                       -0.117026f, 0.07992683f, 0.0740201f, -0.11975451f}) <
                1e-5);
    }
    void classifierIsThatOfPeft() {
        auto model = withLora(smallBert(), {{"rank", int64_t(4)}, {"alpha", 8.0}});
        fillByFormula(*model);
        QVERIFY(awayFrom(answers(*model)[0].detach(), {0.09361247f, 0.200418f, 0.08317816f}) < 1e-5);
    }
    void targetsAreChosenAsPeftDoes() {
        const ModelShape llama = smallLlama()->shape(), bert = smallBert()->shape();
        QCOMPARE(planned(llama, {{"rank", int64_t(4)}}), 320);
        QCOMPARE(planned(llama, {{"rank", int64_t(3)}, {"target_modules", names({"all-linear"})}}), 1056);
        QCOMPARE(planned(llama, {{"rank", int64_t(5)},
                                 {"target_modules", names({".*\\.1\\.mlp\\.(up|down)_proj"})}}),
                 320);
        QCOMPARE(planned(llama, {{"rank", int64_t(4)},
                                 {"target_modules", names({"model.layers.1.self_attn.q_proj"})}}),
                 96);
        QCOMPARE(planned(bert, {{"rank", int64_t(4)}}), 283);
        QCOMPARE(planned(bert, {{"rank", int64_t(2)}, {"target_modules", names({"all-linear"})}}), 475);
        QCOMPARE(planned(bert, {{"rank", int64_t(2)}, {"target_modules", names({"output.dense"})}}), 171);
        QCOMPARE(planned(bert, {{"rank", int64_t(2)},
                                {"target_modules", names({"query"})},
                                {"bias", std::string("lora_only")}}),
                 107);
        QCOMPARE(planned(bert, {{"rank", int64_t(2)},
                                {"target_modules", names({"query"})},
                                {"bias", std::string("all")}}),
                 243);
    }
    void countsOnRealBasesAreThoseOfPeft() {
        const Settings queryValue{{"target_modules", names({"query", "value"})}};
        const std::pair<int64_t, int64_t> golden[] = {{1, 9'986}, {8, 74'498}, {16, 148'226}, {32, 295'682}};
        for (const auto& [rank, count] : golden) {
            Settings settings = queryValue;
            settings["rank"] = rank;
            QCOMPARE(planned(miniLmShape(), settings), count);
        }
        QCOMPARE(planned(smolLmShape(), {}), 460'800);
    }
    void unknownTargetsAreNamed() {
        for (const char* target : {"q_prjo", "norm", ".*nothing.*", "("}) {
            const auto plan = loraMethod().plan(
                settingsOf(loraMethod(), {{"target_modules", names({target})}}), smallLlama()->shape());
            QVERIFY2(!plan.ok(), target);
        }
    }
    void everyRankAttaches() {
        for (const int64_t rank : {1, 3, 13, 4096}) {
            auto model = withLora(smallLlama(), {{"rank", rank}});
            QCOMPARE(trainableCount(*model), 80 * rank);
        }
    }
    void startsAsTheBaseBitForBit() {
        const at::Tensor base = answers(*smallLlama());
        for (const char* init : {"default", "gaussian"}) {
            auto model = withLora(smallLlama(),
                                  {{"init", std::string(init)}, {"target_modules", names({"all-linear"})}});
            QVERIFY(at::equal(answers(*model).detach(), base));
        }
    }
    void startValuesFollowTheSeed() {
        const auto values = [](uint64_t seed, const std::string& init) {
            auto model = smallLlama();
            const auto done =
                attachTo(*model, loraMethod(),
                         settingsOf(loraMethod(), {{"rank", int64_t(500)}, {"init", init}}), seed);
            LATHE_CHECK(done.ok());
            return model->named_parameters()["model.layers.0.self_attn.q_proj.lora_A.weight"].detach();
        };
        QVERIFY(at::equal(values(3, "default"), values(3, "default")));
        QVERIFY(!at::equal(values(3, "default"), values(4, "default")));
        // U(-1/√12, 1/√12) has the deviation 1/6; N(0, 1/500²) has 0.002.
        const double bound = 1 / std::sqrt(12.0);
        QVERIFY(values(3, "default").abs().max().item<double>() <= bound);
        QVERIFY(std::abs(values(3, "default").std().item<double>() - 1.0 / 6) < 0.005);
        QVERIFY(std::abs(values(3, "gaussian").std().item<double>() - 0.002) < 1e-4);
    }
    void mergingGivesTheSameOutputs() {
        auto model = withLora(smallLlama(), {{"target_modules", names({"all-linear"})}});
        fillByFormula(*model);
        const at::NoGradGuard noGrad;
        const at::Tensor before = answers(*model);
        for (const auto& [name, projection] : model->projections()) {
            projection->weight.copy_(projection->mergedWeight());
            projection->detach();
        }
        QVERIFY(largestDifference(answers(*model), before) < 1e-5);
    }
    void switchedOffIsTheBase() {
        const at::Tensor base = answers(*smallLlama());
        auto model = withLora(smallLlama(), {});
        fillByFormula(*model);
        QVERIFY(largestDifference(answers(*model).detach(), base) > 1e-3);
        for (const auto& [name, projection] : model->projections()) projection->setAdapterEnabled(false);
        QVERIFY(at::equal(answers(*model).detach(), base));
    }
    void dropoutActsInTrainingOnly() {
        auto model = withLora(smallLlama(), {{"dropout", 0.5}});
        fillByFormula(*model);
        const at::Tensor calm = answers(*model).detach();
        QVERIFY(at::equal(answers(*model).detach(), calm));
        model->train();
        QVERIFY(!at::equal(answers(*model).detach(), calm));
    }
    void secondAdapterInOneSlotIsRefused() {
        auto model = withLora(smallLlama(), {});
        QVERIFY(!attachTo(*model, loraMethod(), settingsOf(loraMethod())).ok());
    }
    void settingsSurviveTheConfig() {
        const MethodSettings before =
            settingsOf(loraMethod(), {{"rank", int64_t(5)},
                                      {"alpha", 7.5},
                                      {"dropout", 0.25},
                                      {"use_rslora", true},
                                      {"bias", std::string("lora_only")},
                                      {"target_modules", names({"k_proj", "up_proj"})}});
        const OrderedJson config = loraMethod().adapterConfig(before, smallLlama()->shape(), "some/base");
        QCOMPARE(config["task_type"].get<std::string>(), std::string("CAUSAL_LM"));
        QVERIFY(config["modules_to_save"].is_null());
        const auto after = loraMethod().settingsFromAdapter(config);
        LATHE_VERIFY_OK(after);
        Settings values = after.value().values;
        QCOMPARE(int(values.erase(kFromFile)), 1);
        QVERIFY(values == before.values);
    }
    void whatIsNotSupportedIsNamed() {
        const OrderedJson good =
            loraMethod().adapterConfig(settingsOf(loraMethod()), smallLlama()->shape(), "b");
        const std::pair<const char*, Json> asked[] = {
            {"layer_replication", Json::array({Json::array({0, 1})})},
            {"trainable_token_indices", Json::array({1, 2})},
            {"target_parameters", Json::array({"x"})},
            {"init_lora_weights", "pissa"},
            {"lora_bias", true}};
        for (const auto& [key, value] : asked) {
            OrderedJson config = good;
            config[key] = value;
            const auto settings = loraMethod().settingsFromAdapter(config);
            QVERIFY2(!settings.ok(), key);
            QCOMPARE(settings.error().code, ErrorCode::Unsupported);
            QVERIFY2(settings.error().message.find(key) != std::string::npos,
                     settings.error().message.c_str());
        }
        for (const auto& [key, value] :
             std::initializer_list<std::pair<const char*, Json>>{{"r", 0},
                                                                 {"r", "8"},
                                                                 {"r", 1e9},
                                                                 {"bias", "some"},
                                                                 {"target_modules", 3},
                                                                 {"lora_dropout", 2}}) {
            OrderedJson config = good;
            config[key] = value;
            QVERIFY2(!loraMethod().settingsFromAdapter(config).ok(), key);
        }
    }
};

LATHE_TEST(TestLora)
#include "tst_lora.moc"
