// SPDX-License-Identifier: GPL-3.0-or-later
// What is told when a run does not fit, and what the bill takes from the rows.
#include "core/estimate/memory_advice.h"

#include "core/estimate/run_facts.h"
#include "tests/core/peft/method_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

constexpr int64_t kMiB = int64_t(1) << 20;

/// 100 MiB of weights, a fourth when packed; 20 MiB a row of 256 tokens, a tenth of that when recomputed.
Result<int64_t> needOf(const Recipe& recipe) {
    const int64_t weights = recipe.train.quantization == "none" ? 100 : 25;
    const int64_t row = recipe.data.maxLength * 20 / 256;
    return (weights + recipe.train.batchSize * row / (recipe.train.gradientCheckpointing ? 10 : 1)) * kMiB;
}

Recipe recipeOf(int64_t batch) {
    Recipe recipe;
    recipe.train.batchSize = batch;
    recipe.data.maxLength = 256;
    return recipe;
}

std::string adviceFor(int64_t batch, int64_t roomMiB) {
    const Recipe recipe = recipeOf(batch);
    const auto note = memoryNote(recipe, needOf(recipe).value(), {roomMiB * kMiB, "the machine"}, needOf);
    return note ? note->hint : "";
}

}  // namespace

class TestMemoryAdvice : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void whatFitsIsNotSpokenOf() {
        QCOMPARE(adviceFor(8, 300), std::string());
        const Recipe recipe = recipeOf(8);
        QVERIFY(!memoryNote(recipe, 1 << 30, {}, needOf));  // nothing is known of the machine
    }
    void theSmallestChangeThatFitsIsNamed() {
        QCOMPARE(adviceFor(8, 250),
                 std::string("train.batch_size=4 train.gradient_accumulation=2 would take about 180 MiB"));
        QCOMPARE(adviceFor(8, 150),
                 std::string("train.batch_size=1 train.gradient_accumulation=8 would take about 120 MiB"));
        QCOMPARE(adviceFor(1, 120),
                 std::string("train.gradient_checkpointing=true would take about 102 MiB"));
        QCOMPARE(adviceFor(1, 60), std::string("train.quantization=nf4 would take about 45 MiB"));
    }
    void whereNothingFitsTheLeastIsNamed() {
        QVERIFY(adviceFor(8, 10).starts_with("take a smaller base"));
        QVERIFY(adviceFor(8, 10).find("about 25 MiB") != std::string::npos);
    }
    void theNoteSaysWhatIsNeededAndWhatThereIs() {
        const auto note = memoryNote(recipeOf(8), 4096 * kMiB, {1000 * kMiB, "the control group"}, needOf);
        QVERIFY(note);
        QCOMPARE(note->code, std::string("memory_short"));
        QCOMPARE(note->message,
                 std::string("this needs about 4.0 GiB of memory, and the control group has 1000 MiB left"));
    }
    void theRowsThatAreThereCount() {
        std::vector<Example> rows(3);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            rows[i].ids.assign(10 * (i + 1), 1);
            rows[i].targets.assign(10 * (i + 1), kNoTarget);
            for (std::size_t t = 0; t < i + 1; ++t) rows[i].targets[t] = 1;
        }
        const RowSummary summary = summaryOf(rows);
        QCOMPARE(summary.longest, int64_t(30));
        QCOMPARE(summary.targets, (std::vector<int64_t>{3, 2, 1}));
        Recipe recipe = recipeOf(2);
        recipe.task = "instruction";
        recipe.device = "cpu";
        const RunFacts facts = runFacts(recipe, smolLmShape(), Json::object(), summary);
        QCOMPARE(facts.length, int64_t(30));
        QCOMPARE(facts.targets, int64_t(5));
        QCOMPARE(facts.sequences, int64_t(2));
        QCOMPARE(runFacts(recipe, smolLmShape(), Json::object(), {}).length, int64_t(256));
        const Json dropping{{"attention_probs_dropout_prob", 0.2}, {"hidden_dropout_prob", 0.3}};
        recipe.task = "classification";
        QCOMPARE(runFacts(recipe, miniLmShape(), dropping, {}).attentionDropout, 0.2);
        recipe.task = "reward_model";
        QCOMPARE(runFacts(recipe, miniLmShape(), dropping, {}).hiddenDropout, 0.0);
    }
};

LATHE_TEST(TestMemoryAdvice)
#include "tst_memory_advice.moc"
