// SPDX-License-Identifier: GPL-3.0-or-later
// Generation: greedy equals the whole forward's argmax, sampling follows the seed, ends where it must.
#include "core/infer/generator.h"

#include "core/model/llama.h"
#include "tests/support/engine_support.h"

using namespace lathe;

namespace {

std::shared_ptr<LanguageModel> tinyModel() {
    const Json config{{"vocab_size", 23},
                      {"hidden_size", 12},
                      {"num_hidden_layers", 2},
                      {"num_attention_heads", 3},
                      {"num_key_value_heads", 1},
                      {"intermediate_size", 20},
                      {"max_position_embeddings", 32}};
    auto model = llamaArchitecture().build(config, {HeadKind::LanguageModel});
    initialiseWeights(*model, 9);
    at::NoGradGuard noGrad;
    for (at::Tensor& parameter : model->parameters()) parameter.mul_(8);  // far from uniform
    return model;
}

const std::vector<int64_t> kPrompt{3, 14, 1};

std::vector<int64_t> slowGreedy(LanguageModel& model, std::vector<int64_t> ids, int64_t count) {
    model.eval();
    std::vector<int64_t> fresh;
    for (int64_t i = 0; i < count; ++i) {
        Batch batch;
        batch.ids = at::tensor(ids, at::kLong).unsqueeze(0);
        const at::Tensor last = model.hidden(batch).select(1, -1);
        fresh.push_back(languageLogits(last, model.languageHead()).argmax().item<int64_t>());
        ids.push_back(fresh.back());
    }
    return fresh;
}

}  // namespace

class TestGenerator : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void greedyIsTheArgmaxOfTheWholeForward() {
        const auto model = tinyModel();
        const auto ids = generate(*model, kPrompt, {.maxNewTokens = 12}, {});
        LATHE_VERIFY_OK(ids);
        QCOMPARE(ids.value(), slowGreedy(*model, kPrompt, 12));
    }

    void tinyTopPIsGreedy() {
        const auto model = tinyModel();
        const auto ids = generate(*model, kPrompt, {.maxNewTokens = 8, .temperature = 1, .topP = 1e-6}, {});
        QCOMPARE(ids.value(), slowGreedy(*model, kPrompt, 8));
    }

    void samplingFollowsTheSeed() {
        const auto model = tinyModel();
        const auto run = [&](uint64_t seed) {
            return generate(*model, kPrompt, {.maxNewTokens = 20, .temperature = 3, .seed = seed}, {})
                .value();
        };
        QCOMPARE(run(1), run(1));
        QVERIFY(run(1) != run(2));
    }

    void samplingHasTheModelsFrequencies() {
        const auto model = tinyModel();
        model->eval();
        Batch batch;
        batch.ids = at::tensor(kPrompt, at::kLong).unsqueeze(0);
        const at::Tensor wanted =
            (languageLogits(model->hidden(batch).select(1, -1), model->languageHead())[0] / 2)
                .softmax(0)
                .detach();
        at::Tensor counts = at::zeros({23});
        const int draws = 2000;
        for (int seed = 0; seed < draws; ++seed) {
            const auto ids =
                generate(*model, kPrompt, {.maxNewTokens = 1, .temperature = 2, .seed = uint64_t(seed)}, {});
            counts[ids.value().front()] += 1;
        }
        // Five standard deviations of a frequency of one half.
        QVERIFY(test::largestDifference(counts / draws, wanted) < 5 * 0.5 / std::sqrt(double(draws)));
    }

    void asManyBeamsAsTokensFindTheLikeliestText() {
        const auto model = tinyModel();
        model->eval();
        const at::NoGradGuard noGrad;
        const auto logProbabilities = [&](std::vector<int64_t> ids) {
            Batch batch;
            batch.ids = at::tensor(ids, at::kLong).unsqueeze(0);
            return at::log_softmax(
                languageLogits(model->hidden(batch).select(1, -1), model->languageHead())[0], 0);
        };
        // Every text of two tokens, or of one that token 5 ends.
        for (const double penalty : {0.0, 1.0, 3.0}) {
            const at::Tensor first = logProbabilities(kPrompt);
            double best = -1e30;
            std::vector<int64_t> wanted;
            const auto consider = [&](double sum, int64_t length, const std::vector<int64_t>& ids) {
                const double score = sum / std::pow(double(length), penalty);
                if (score > best) {
                    best = score;
                    wanted = ids;
                }
            };
            for (int64_t one = 0; one < 23; ++one) {
                const double sum = first[one].item<double>();
                if (one == 5) {
                    consider(sum, 1, {});
                    continue;
                }
                std::vector<int64_t> ids = kPrompt;
                ids.push_back(one);
                const at::Tensor second = logProbabilities(ids);
                for (int64_t two = 0; two < 23; ++two) {
                    const double both = sum + second[two].item<double>();
                    consider(both, 2, two == 5 ? std::vector<int64_t>{one} : std::vector<int64_t>{one, two});
                }
            }
            GeneratorSettings settings{.maxNewTokens = 2, .stopIds = {5}};
            settings.beams = 23;
            settings.lengthPenalty = penalty;
            std::vector<int64_t> told;
            const auto ids = generate(*model, kPrompt, settings, [&](int64_t id) {
                told.push_back(id);
                return true;
            });
            LATHE_VERIFY_OK(ids);
            QCOMPARE(ids.value(), wanted);
            QCOMPARE(told, wanted);
        }
    }
    void endsAtStopIdCallbackAndContext() {
        const auto model = tinyModel();
        const std::vector<int64_t> all = slowGreedy(*model, kPrompt, 29);
        const auto firstStop = std::find(all.begin(), all.end(), all[4]);
        const auto stopped = generate(*model, kPrompt, {.maxNewTokens = 29, .stopIds = {all[4]}}, {});
        QCOMPARE(stopped.value(), std::vector<int64_t>(all.begin(), firstStop));

        std::vector<int64_t> seen;
        const auto cut = generate(*model, kPrompt, {.maxNewTokens = 29}, [&](int64_t id) {
            seen.push_back(id);
            return seen.size() < 3;
        });
        QCOMPARE(cut.value(), seen);
        QCOMPARE(seen.size(), size_t(3));

        QCOMPARE(generate(*model, kPrompt, {.maxNewTokens = 1000}, {}).value().size(), size_t(29));
    }

    void leavesTheModeAsItWas() {
        const auto model = tinyModel();
        model->train();
        LATHE_VERIFY_OK(generate(*model, kPrompt, {.maxNewTokens = 1}, {}));
        QVERIFY(model->is_training());
    }

    void refusesBadArguments() {
        const auto model = tinyModel();
        const auto code = [&](const std::vector<int64_t>& prompt, const GeneratorSettings& settings) {
            const auto result = generate(*model, prompt, settings, {});
            return result.ok() ? -1 : int(result.error().code);
        };
        const int bad = int(ErrorCode::BadArgument);
        QCOMPARE(code({}, {}), bad);
        QCOMPARE(code({23}, {}), bad);
        QCOMPARE(code({-1}, {}), bad);
        QCOMPARE(code(std::vector<int64_t>(32, 1), {}), bad);
        QCOMPARE(code(kPrompt, {.temperature = -1}), bad);
        QCOMPARE(code(kPrompt, {.topP = 0}), bad);
    }

    void saysWhenTheWeightsAreNoNumbers() {
        const auto model = tinyModel();
        at::NoGradGuard noGrad;
        model->named_parameters()["model.norm.weight"].fill_(std::nan(""));
        const auto result = generate(*model, kPrompt, {}, {});
        QVERIFY(!result.ok());
        QCOMPARE(result.error().code, ErrorCode::NonFinite);
    }
    void isStoppedBetweenTokens() {
        const auto model = tinyModel();
        for (const int64_t beams : {1, 2}) {
            GeneratorSettings settings;
            settings.maxNewTokens = 20;
            settings.beams = beams;
            int asked = 0;
            settings.stopAsked = [&] { return ++asked > 3; };
            const auto ids = generate(*model, {1, 2}, settings, {});
            QVERIFY(!ids.ok());
            QCOMPARE(ids.error().code, ErrorCode::Stopped);
            QCOMPARE(asked, 4);
        }
    }
};

LATHE_TEST(TestGenerator)
#include "tst_generator.moc"
