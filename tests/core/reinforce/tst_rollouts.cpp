// SPDX-License-Identifier: GPL-3.0-or-later
// Whole runs of reinforcement with a tiny base: rewards rise, the reference stays, resuming and looking
// change nothing.
#include "core/reinforce/rollouts.h"

#include <ATen/Parallel.h>

#include "core/catalog/catalog.h"
#include "core/evaluate/evaluate_target.h"
#include "core/run/store/run_store.h"
#include "core/target/loaded_model.h"
#include "tests/support/seen_events.h"
#include "tests/support/tiny_base.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

Recipe makeRecipe(const TemporaryFolder& folder, const std::string& algorithm, const std::string& method) {
    std::string prompts;
    for (const char* prompt : {"the film was", "a very red book was", "the book", "a film was not very"})
        for (const char* end : {"", " the"})
            prompts += Json{{"prompt", std::string(prompt) + end}}.dump() + "\n";
    Recipe recipe;
    recipe.task = "reinforcement";
    const auto model = smallLlama();
    recipe.base = writeTinyBase(folder, *model, smallLlamaConfig()).string();
    recipe.data.train = folder.write("prompts.jsonl", prompts).string();
    recipe.data.validation = recipe.data.train;
    recipe.data.maxLength = 16;
    recipe.methods.front().name = method;
    if (method == "lora") recipe.methods.front().values["target_modules"] = names({"all-linear"});
    recipe.objective.values = {{"algorithm", algorithm},
                               {"reward", std::vector<NamedTexts>{{{"rule", "contains"}, {"text", "good"}}}},
                               {"generations", int64_t(8)},
                               {"max_new_tokens", int64_t(6)},
                               {"kl_coefficient", 0.01}};
    recipe.train.batchSize = 4;
    recipe.train.maxSteps = 30;
    recipe.train.learningRate = 5e-3;
    recipe.train.schedule = "constant";
    recipe.train.evalEvery = 15;
    recipe.train.saveEvery = 7;
    recipe.device = "cpu";
    LATHE_CHECK(checkRecipe(recipe, engineCatalog()).empty());
    return recipe;
}

/// What must not differ between two runs; times do.
std::vector<double> numbersOf(const Seen& seen) {
    std::vector<double> all = seen.losses();
    for (const RolloutEvent& event : seen.all<RolloutEvent>())
        all.insert(all.end(), {event.reward, event.kl, event.length});
    return all;
}

void listRuns() {
    QTest::addColumn<QString>("algorithm");
    QTest::addColumn<QString>("method");
    QTest::newRow("grpo, lora") << "grpo" << "lora";
    QTest::newRow("grpo, full") << "grpo" << "full";
    QTest::newRow("ppo, lora") << "ppo" << "lora";
    QTest::newRow("ppo, bottleneck") << "ppo" << "bottleneck";
}

}  // namespace

class TestRollouts : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void rewardsRise_data() { listRuns(); }
    void rewardsRise() {
        QFETCH(QString, algorithm);
        QFETCH(QString, method);
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, algorithm.toStdString(), method.toStdString());
        RunControl control;
        Seen seen;
        const fs::path run = folder.path() / "run";
        const FinishedEvent end = runRecipe(recipe, run, control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        const auto rollouts = seen.all<RolloutEvent>();
        const EvalEvent before = seen.all<EvalEvent>().front();
        QCOMPARE(rollouts.size(), std::size_t(30));
        // Nothing has moved before the first update; later something has, by little.
        QVERIFY(std::abs(rollouts.front().kl) < 1e-5);
        QVERIFY(std::abs(rollouts.back().kl) > 1e-4 && rollouts.back().kl < 20);
        const auto mean = [&](std::size_t from) {
            double sum = 0;
            for (std::size_t i = from; i < from + 5; ++i) sum += rollouts[i].reward / 5;
            return sum;
        };
        QVERIFY2(mean(25) > mean(0) + 0.1,
                 (std::to_string(mean(0)) + " " + std::to_string(mean(25))).c_str());
        QCOMPARE(before.metrics.at("win_rate"), 0.5);
        QVERIFY(end.metrics.at("reward") >= before.metrics.at("reward"));
        QVERIFY(end.metrics.at("win_rate") >= 0.5);
        QVERIFY(seen.all<SampleEvent>().size() >= 60 && seen.all<SampleEvent>().front().reward.has_value());
        for (const char* name : {"reward_std", "no_signal", "ended", "tokens_per_second"})
            QVERIFY(rollouts.front().metrics.contains(name));

        auto loaded = LoadedModel::open(run.string(), {}, "cpu");
        LATHE_VERIFY_OK(loaded);
        QVERIFY(loaded.value().readsConversations());
        LATHE_VERIFY_OK(loaded.value().generate("the film was", {}, {}));
        const auto again = evaluateTarget(loaded.value(), recipe, {.answers = 3, .before = true});
        LATHE_VERIFY_OK(again);
        QVERIFY(std::abs(again.value().now.metrics.at("reward") - end.metrics.at("reward")) < 1e-6);
        QVERIFY(std::abs(again.value().before->metrics.at("reward") - before.metrics.at("reward")) < 1e-6);
        QCOMPARE(again.value().answers.size(), std::size_t(3));
        QVERIFY(again.value().worst.front().now.loss >= again.value().worst.back().now.loss);
        QVERIFY(again.value().rowsBetter >= again.value().rowsWorse);
        // The log holds what was told.
        const auto logged = readMetrics(run);
        LATHE_VERIFY_OK(logged);
        QCOMPARE(
            std::count_if(logged.value().begin(), logged.value().end(),
                          [](const Event& event) { return std::holds_alternative<RolloutEvent>(event); }),
            30);
    }

    void stoppedAndResumedEqualsStraight_data() {
        listRuns();
        // Its reference reads rows without the positions in front.
        QTest::newRow("grpo, prompt") << "grpo" << "prompt";
    }
    void stoppedAndResumedEqualsStraight() {
        QFETCH(QString, algorithm);
        QFETCH(QString, method);
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, algorithm.toStdString(), method.toStdString());
        recipe.objective.values["minibatches"] = int64_t(2);
        recipe.train.maxSteps = 12;
        resumedEqualsStraight(recipe, folder.path(), 5);
    }

    void tryingTheModelBetweenStepsChangesNothing() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, "ppo", "lora");
        recipe.train.maxSteps = 8;
        RunControl free, tried;
        Seen straight, interrupted;
        runRecipe(recipe, folder.path() / "a", free, straight.sink());
        int answers = 0;
        tried.betweenSteps = [&](LoadedModel& model) {
            GenerateSettings how;
            how.temperature = 1;
            answers += model.generate("the film was", how, {}).ok();
            model.setAdapterEnabled(false);
            answers += model.generate("a book", how, {}).ok();
            model.setAdapterEnabled(true);
        };
        runRecipe(recipe, folder.path() / "b", tried, interrupted.sink());
        QVERIFY(answers >= 16);
        QCOMPARE(numbersOf(interrupted), numbersOf(straight));
    }

    void microBatchesAreOneStep_data() {
        QTest::addColumn<QString>("loss");
        for (const char* loss : {"dapo", "grpo", "bnpo", "dr_grpo"}) QTest::newRow(loss) << loss;
    }
    void microBatchesAreOneStep() {
        // Four prompts at once, or twice two: the same answers, and for all but bnpo the same mean.
        QFETCH(QString, loss);
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, "grpo", "lora");
        recipe.objective.values["loss_type"] = loss.toStdString();
        recipe.objective.values["clip_range"] = 10.0;
        recipe.train.maxSteps = 2;
        RunControl control;
        Seen whole, halves;
        runRecipe(recipe, folder.path() / "a", control, whole.sink());
        recipe.train.batchSize = 2;
        recipe.train.gradientAccumulation = 2;
        runRecipe(recipe, folder.path() / "b", control, halves.sink());
        QCOMPARE(whole.all<RolloutEvent>().front().reward, halves.all<RolloutEvent>().front().reward);
        if (loss != "bnpo") QVERIFY(std::abs(whole.losses()[0] - halves.losses()[0]) < 1e-6);
    }

    void aRunGoesOnFromAnotherAsItsReference() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, "grpo", "lora");
        recipe.train.maxSteps = 10;
        RunControl control;
        QCOMPARE(runRecipe(recipe, folder.path() / "first", control, {}).status, RunStatus::Done);
        recipe.base = (folder.path() / "first").string();
        Seen seen;
        const FinishedEvent end = runRecipe(recipe, folder.path() / "second", control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        QVERIFY(std::abs(seen.all<RolloutEvent>().front().kl) < 1e-5);  // held against where it starts
        // What it made holds what both runs learnt.
        auto loaded = LoadedModel::open((folder.path() / "second").string(), {}, "cpu");
        LATHE_VERIFY_OK(loaded);
        const auto again = evaluateTarget(loaded.value(), recipe, {});
        LATHE_VERIFY_OK(again);
        QVERIFY(std::abs(again.value().now.metrics.at("reward") - end.metrics.at("reward")) < 1e-6);
    }

    void aTrainedJudgeGivesTheReward() {
        const TemporaryFolder folder;
        std::string rows = "text\tlabel\n";
        for (int i = 0; i < 24; ++i)
            rows += std::string(i % 3 ? "the " : "a very ") +
                    (i % 2 ? "good film\tpositive\n" : "bad film\tnegative\n");
        Recipe judge;
        judge.task = "classification";
        judge.base = writeTinyBase(folder, *smallBert(), smallBertConfig()).string();
        judge.data.train = folder.write("rows.tsv", rows).string();
        judge.methods.front().name = "full";
        judge.train.maxSteps = 30;
        judge.device = "cpu";
        RunControl control;
        QCOMPARE(runRecipe(judge, folder.path() / "judge", control, {}).status, RunStatus::Done);
        Recipe recipe = makeRecipe(folder, "grpo", "lora");
        recipe.train.maxSteps = 3;
        const std::string run = (folder.path() / "judge").string();
        const auto with = [&](const NamedTexts& reward) {
            recipe.objective.values["reward"] = std::vector<NamedTexts>{reward};
            Seen seen;
            RunControl own;
            const FinishedEvent end = runRecipe(recipe, folder.path() / "run", own, seen.sink());
            fs::remove_all(folder.path() / "run");
            return std::pair(end, seen);
        };
        const auto [end, seen] = with({{"model", run}, {"label", "positive"}});
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        for (const RolloutEvent& event : seen.all<RolloutEvent>())
            QVERIFY(event.reward >= 0 && event.reward <= 1);
        QCOMPARE(with({{"model", run}, {"label", "great"}}).first.error->code, ErrorCode::BadArgument);
        QCOMPARE(with({{"model", run}}).first.error->code, ErrorCode::BadArgument);
    }
};

LATHE_TEST(TestRollouts)
#include "tst_rollouts.moc"
