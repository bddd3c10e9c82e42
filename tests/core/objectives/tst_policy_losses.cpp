// SPDX-License-Identifier: GPL-3.0-or-later
// The losses of reinforcement against golden and hand-computed values (methods.md, "PPO"; methods.md, "GRPO";
// methods.md, "Golden values: losses").
#include "core/objectives/policy.h"
#include "core/reinforce/advantages.h"
#include "tests/support/tiny_training.h"

using namespace lathe;
using namespace lathe::test;

namespace {

at::Tensor doubles(std::initializer_list<double> values) {
    return at::tensor(std::vector<double>(values), at::kDouble);
}

bool near(const std::vector<double>& found, const std::vector<double>& wanted, double tolerance) {
    if (found.size() != wanted.size()) return false;
    for (std::size_t i = 0; i < found.size(); ++i)
        if (std::abs(found[i] - wanted[i]) > tolerance) return false;
    return true;
}

}  // namespace

class TestPolicyLosses : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void groupAdvantagesAreTheGoldenOnes() {
        const std::vector<double> rewards{1, 0, 0, 1, 0.5, 0, 1, 0};
        QVERIFY(near(groupAdvantages(rewards, 8, RewardScale::Group),
                     {1.134952, -0.882741, -0.882741, 1.134952, 0.126106, -0.882741, 1.134952, -0.882741},
                     1e-6));
        QVERIFY(near(groupAdvantages(rewards, 4, RewardScale::None),
                     {0.5, -0.5, -0.5, 0.5, 0.125, -0.375, 0.625, -0.375}, 1e-12));
        // Over the whole step the spread is that of all eight.
        const double spread = 0.49551560448255744 + 1e-4;
        QVERIFY(near(groupAdvantages(rewards, 4, RewardScale::Batch),
                     {0.5 / spread, -0.5 / spread, -0.5 / spread, 0.5 / spread, 0.125 / spread,
                      -0.375 / spread, 0.625 / spread, -0.375 / spread},
                     1e-12));
        QCOMPARE(groupAdvantages({2, 2, 2}, 3, RewardScale::Group), (std::vector<double>{0, 0, 0}));
        QCOMPARE(noSignalShare({2, 2, 1, 2}, 2), 0.5);
    }

    void generalisedAdvantagesByHand() {
        // With λ = 1 and γ = 1 the return is the sum of what is still to come, whatever the values say.
        const auto whole = generalisedAdvantages({1, 2, 3}, {0.5, -1, 4}, 1, 1);
        QVERIFY(near(whole.returns, {6, 5, 3}, 1e-12));
        QVERIFY(near(whole.advantages, {5.5, 6, -1}, 1e-12));
        // With λ = 0 it is the surprise of one token.
        const auto single = generalisedAdvantages({1, 2, 3}, {0.5, -1, 4}, 0.9, 0);
        QVERIFY(near(single.advantages, {1 + 0.9 * -1 - 0.5, 2 + 0.9 * 4 + 1, 3 - 4}, 1e-12));
        const auto both = generalisedAdvantages({0, 1}, {0.25, 0.5}, 1, 0.95);
        QVERIFY(near(both.advantages, {0.25 + 0.95 * 0.5, 0.5}, 1e-12));
    }

    void whiteningGivesMeanZeroAndVarianceOne() {
        std::vector<double> values{3, -1, 4, 1, -5};
        std::vector<double*> places;
        for (double& value : values) places.push_back(&value);
        whiten(places);
        const at::Tensor white = at::tensor(values, at::kDouble);
        QVERIFY(std::abs(white.mean().item<double>()) < 1e-12);
        QVERIFY(std::abs(white.var(true).item<double>() - 1) < 1e-8);
    }

    void theKlTermIsTheGoldenOne() {
        PolicySettings settings;
        settings.klCoefficient = 1;
        const at::Tensor none = doubles({0, 0}),
                         found = policyLosses(settings, doubles({0.5, -0.5}), {}, none, none);
        QVERIFY(largestDifference(found, doubles({0.10653065971263342, 0.1487212707001282})) < 1e-12);
    }

    void theRatioIsClippedOnItsWayUpOnly() {
        PolicySettings settings;
        settings.clipHigh = 0.3;
        const auto loss = [&](double ratio, double advantage) {
            return policyLosses(settings, doubles({std::log(ratio)}), doubles({0}), {}, doubles({advantage}))
                .item<double>();
        };
        QVERIFY(std::abs(loss(1.5, 2) - -2.6) < 1e-12);  // no more is gained above 1.3
        QVERIFY(std::abs(loss(0.5, 2) - -1.0) < 1e-12);  // below, it is pulled back in full
        QVERIFY(std::abs(loss(0.5, -2) - 1.6) < 1e-12);  // no more is gained below 0.8
        QVERIFY(std::abs(loss(1.5, -2) - 3.0) < 1e-12);
    }

    void theFirstUpdateHasTheGradientOfLogProbabilities() {
        const at::Tensor fresh = doubles({-1, -2, -3}).requires_grad_(), advantages = doubles({0.5, -1, 2});
        policyLosses({}, fresh, {}, {}, advantages).sum().backward();
        QVERIFY(largestDifference(fresh.grad(), -advantages) < 1e-12);
    }

    void valuesMoveWithinTheirRange() {
        const at::Tensor found =
            valueLosses({}, doubles({1, 1, 0.1}), doubles({0, 0, 0}), doubles({1, 0, 0.3}));
        // Clipped to 0.2 the first would still be 0.8 away; the second is worst as it is; the third is
        // within.
        QVERIFY(largestDifference(found, doubles({0.32, 0.5, 0.02})) < 1e-12);
    }

    void theObjectiveWeighsTokens() {
        const auto made = PolicyObjective::make({{"algorithm", std::string("ppo")}, {"temperature", 0.7}});
        LATHE_VERIFY_OK(made);
        auto& objective = static_cast<PolicyObjective&>(*made.value());
        const auto model = tinyLlama();
        objective.prepare(*model);
        QCOMPARE(objective.ownParameters().size(), std::size_t(2));
        const auto rows = tinyRows(3);
        std::vector<const Example*> chosen;
        for (const Example& row : rows) chosen.push_back(&row);
        Batch batch = makeBatch(chosen, {});
        const at::Tensor logits = headLogits(*model, batch).detach().reshape({-1, 31}) / 0.7;
        const at::Tensor wanted = logits.log_softmax(1)
                                      .index_select(0, batch.lossRows)
                                      .gather(1, batch.lossTargets.unsqueeze(1))
                                      .squeeze(1);
        const auto tokens = objective.tokensOf(*model, batch);
        QVERIFY(largestDifference(tokens.logProbabilities.detach(), wanted) < 1e-5);
        QCOMPARE(tokens.values.abs().max().item<float>(), 0.0F);  // the value head starts at 0
        batch.advantages = at::ones_like(wanted);
        batch.sampledLogProbabilities = wanted;
        batch.sampledValues = at::zeros_like(wanted);
        batch.returns = at::full_like(wanted, 2);
        batch.weights = at::zeros_like(wanted);
        batch.weights[0] = 3;
        // Ratio 1: -1 for the policy, 0.1 · ½ · 2² for the value head.
        QVERIFY(std::abs(objective.lossSum(*model, batch).item<double>() - 3 * (-1 + 0.2)) < 1e-4);
    }

    void oneAnswerIsNoGroup() {
        const auto made = PolicyObjective::make({{"generations", int64_t(1)}});
        QCOMPARE(made.error().code, ErrorCode::RecipeInvalid);
    }
};

LATHE_TEST(TestPolicyLosses)
#include "tst_policy_losses.moc"
