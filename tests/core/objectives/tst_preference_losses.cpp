// SPDX-License-Identifier: GPL-3.0-or-later
// The losses of preference pairs against golden and hand-computed values, and what must hold for any logits.
#include "core/objectives/preference.h"
#include "core/objectives/reference_logprobs.h"
#include "core/objectives/reward_model.h"
#include "tests/support/tiny_training.h"

using namespace lathe;
using namespace lathe::test;

namespace {

at::Tensor doubles(std::initializer_list<double> values) {
    return at::tensor(std::vector<double>(values), at::kDouble);
}

/// The loss of one pair with these log-ratios and lengths.
double lossOf(const PreferenceSettings& settings, double chosen, double rejected, double tokens = 1,
              double otherTokens = 1) {
    return preferenceLosses(settings, doubles({chosen, rejected}), doubles({tokens, otherTokens}))
        .item<double>();
}

/// Pairs that share their first two tokens.
std::vector<Example> tinyPairs(std::size_t count) {
    std::vector<Example> rows = tinyRows(2 * count);
    std::vector<Example> pairs;
    for (std::size_t i = 0; i < count; ++i) {
        Example pair = rows[2 * i];
        Example& other = rows[2 * i + 1];
        for (Example* side : {&pair, &other}) {
            side->ids.insert(side->ids.begin(), {1, 2});
            side->targets.insert(side->targets.begin(), {kNoTarget, kNoTarget});
        }
        pair.rejected = {other.ids, {}, other.targets, ""};
        pair.promptLength = 2;
        pairs.push_back(std::move(pair));
    }
    return pairs;
}

Batch batchOf(const std::vector<Example>& pairs, const BatchSettings& settings = {}) {
    std::vector<const Example*> rows;
    for (const Example& pair : pairs) rows.push_back(&pair);
    return makeBatch(rows, settings);
}

void takeReference(LanguageModel& model, std::vector<Example>& pairs, int64_t batchSize = 3) {
    std::vector<Example*> rows;
    for (Example& pair : pairs) rows.push_back(&pair);
    QVERIFY(fillReference(model, rows, batchSize, {}));
}

}  // namespace

class TestPreferenceLosses : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void bradleyTerryIsGolden() {
        // methods.md, "Golden values: losses": r_c = 1.5, r_r = 0.25; then -ln σ(0.75) and the centring term
        // by hand.
        const auto loss = [](double margin, double centering) {
            return bradleyTerryLosses(doubles({1.5}), doubles({0.25}), doubles({margin}), centering)
                .item<double>();
        };
        QVERIFY(std::abs(loss(0, 0) - 0.2519290813453729) < 1e-15);
        QVERIFY(std::abs(loss(0.5, 0) - 0.38687100611489994) < 1e-15);
        QVERIFY(std::abs(loss(0, 0.01) - 0.2825540813453729) < 1e-15);
    }
    void dpoIsGolden() {
        // methods.md, "Golden values: losses": β = 0.1, log π - log π_ref = 2 and -5.
        QVERIFY(std::abs(lossOf({}, -20.0 + 22, -30.0 + 25) - 0.40318604888545784) < 1e-15);
        QVERIFY(std::abs(lossOf({PreferenceLoss::Sigmoid, 0.1, 0.1}, 2, -5) - 0.47318604888545784) < 1e-15);
    }
    void variantsAreAsComputedByHand() {
        QVERIFY(std::abs(lossOf({PreferenceLoss::Hinge, 0.1}, 2, -5) - 0.3) < 1e-15);
        QCOMPARE(lossOf({PreferenceLoss::Hinge, 0.2}, 2, -5), 0.0);
        // 2 / 4 - (-5) / 10 - 1 / 0.2 = -4
        QVERIFY(std::abs(lossOf({PreferenceLoss::Ipo, 0.1}, 2, -5, 4, 10) - 16) < 1e-12);
        // z = 2, z' = 0: ½ (1 - σ(0.2)) + ½ (1 - σ(0.7))
        QVERIFY(std::abs(lossOf({PreferenceLoss::Kto, 0.1}, 2, -5) - 0.39098911525967794) < 1e-15);
    }
    void ktoMeansCarryNoGradient() {
        const at::Tensor ratios = doubles({2, 1, -5, 3}).requires_grad_(true);
        preferenceLosses({PreferenceLoss::Kto, 0.1}, ratios, at::ones_like(ratios)).sum().backward();
        // z = 1.5, z' = 0; d/dr of ½ (1 - σ(β (r - z'))) is -½ β σ (1 - σ), of the worse answer's term +
        // that.
        const auto slope = [](double x) { return 0.05 / (1 + std::exp(-x)) / (1 + std::exp(x)); };
        const at::Tensor wanted = doubles({-slope(0.2), -slope(0.1), slope(0.65), slope(-0.15)});
        QVERIFY(largestDifference(ratios.grad(), wanted) < 1e-15);
    }
    void everyLossFallsAsTheLeadGrows() {
        for (const auto loss : {PreferenceLoss::Sigmoid, PreferenceLoss::Hinge, PreferenceLoss::Ipo}) {
            double before = lossOf({loss, 0.1}, -3, 3);
            for (const double lead : {-2.0, 0.0, 1.0, 2.0, 2.4}) {
                const double now = lossOf({loss, 0.1}, lead, -lead);
                QVERIFY(now < before);
                before = now;
            }
        }
    }
    void smoothingNeedsTheSigmoid() {
        const auto refused = PreferenceObjective::make(
            {{"loss", std::string("ipo")}, {"label_smoothing", 0.1}, {"beta", 0.1}});
        QCOMPARE(refused.error().code, ErrorCode::RecipeInvalid);
        QCOMPARE(refused.error().place, std::string("objective.label_smoothing"));
        LATHE_VERIFY_OK(PreferenceObjective::make({{"label_smoothing", 0.1}}));
    }

    void answersAreSummedByRow() {
        const auto model = tinyLlama();
        model->eval();
        const auto pairs = tinyPairs(4);
        const Batch batch = batchOf(pairs);
        const at::Tensor sums = answerLogProbabilities(*model, batch);
        const at::Tensor logs = headLogits(*model, batch).log_softmax(-1);
        for (std::size_t i = 0; i < 8; ++i) {
            const Example& pair = pairs[i % 4];
            const auto& targets = i < 4 ? pair.targets : pair.rejected.targets;
            double sum = 0;
            for (std::size_t t = 1; t < targets.size(); ++t)
                if (targets[t] != kNoTarget)
                    sum += logs[int64_t(i)][int64_t(t) - 1][targets[t]].item<double>();
            QVERIFY(std::abs(sums[int64_t(i)].item<double>() - sum) < 1e-5);
        }
    }
    void theStartLeadsNowhere() {
        // Held against itself a model prefers nothing: ln 2, and every pair a tie.
        const auto model = tinyLlama();
        model->eval();
        auto pairs = tinyPairs(5);
        takeReference(*model, pairs);
        const auto objective = PreferenceObjective::make({}).value();
        const Batch batch = batchOf(pairs);
        QVERIFY(std::abs(objective->lossSum(*model, batch).item<double>() / 5 - std::log(2.0)) < 1e-6);
        EvaluationSums sums;
        auto same = tinyPairs(1);
        takeReference(*model, same);
        objective->evaluate(*model, batchOf(same), sums);
        QCOMPARE(objective->metrics(sums).at("reward_accuracy"), 0.5);
        QCOMPARE(objective->metrics(sums).at("reward_margin"), 0.0);
    }
    void accumulationEqualsALargeBatch_data() {
        QTest::addColumn<QString>("loss");
        for (const char* loss : {"sigmoid", "hinge", "ipo"}) QTest::newRow(loss) << loss;
    }
    void accumulationEqualsALargeBatch() {
        QFETCH(QString, loss);
        const auto objective = PreferenceObjective::make({{"loss", loss.toStdString()}}).value();
        const auto model = tinyLlama();
        model->eval();
        auto pairs = tinyPairs(6);
        takeReference(*model, pairs);
        for (Example& pair : pairs) pair.reference.chosen -= 3;  // a lead to start with
        const double whole = objective->lossSum(*model, batchOf(pairs)).item<double>();
        double parts = 0;
        for (std::size_t first = 0; first < 6; first += 2)
            parts +=
                objective
                    ->lossSum(*model, batchOf({pairs.begin() + long(first), pairs.begin() + long(first) + 2}))
                    .item<double>();
        QVERIFY(std::abs(whole - parts) < 1e-5);
    }
    void gradientsRaiseTheBetterAnswer() {
        const auto model = tinyLlama();
        model->eval();
        auto pairs = tinyPairs(3);
        takeReference(*model, pairs);
        const auto objective = PreferenceObjective::make({{"beta", 1.0}}).value();
        AdamW optimizer(trainedParameters(*model, at::kFloat), AdamWSettings{});
        const Batch batch = batchOf(pairs);
        for (int i = 0; i < 10; ++i) (void)trainStep(*model, *objective, optimizer, {batch}, 1e-2);
        EvaluationSums sums;
        const at::NoGradGuard noGrad;
        objective->evaluate(*model, batch, sums);
        const auto metrics = objective->metrics(sums);
        QCOMPARE(metrics.at("reward_accuracy"), 1.0);
        QVERIFY(metrics.at("loss") < 0.3);
        QVERIFY(std::abs(metrics.at("reward_margin") -
                         (metrics.at("chosen_reward") - metrics.at("rejected_reward"))) < 1e-12);
    }
    void aStoppedReferenceSaysSo() {
        const auto model = tinyLlama();
        auto pairs = tinyPairs(2);
        QVERIFY(!fillReference(*model, {&pairs[0], &pairs[1]}, 1, {}, [] { return true; }));
    }
};

LATHE_TEST(TestPreferenceLosses)
#include "tst_preference_losses.moc"
