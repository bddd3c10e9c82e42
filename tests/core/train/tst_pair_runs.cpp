// SPDX-License-Identifier: GPL-3.0-or-later
// Whole runs on preference rows with tiny bases: a reward model and DPO learn, resume exactly, answer and are
// judged.
#include <ATen/Parallel.h>

#include "core/base/files.h"
#include "core/catalog/catalog.h"
#include "core/evaluate/evaluate_target.h"
#include "core/reinforce/model_reward.h"
#include "core/run/store/run_store.h"
#include "core/target/loaded_model.h"
#include "tests/support/seen_events.h"
#include "tests/support/tiny_base.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

/// The better answer says "good" or "fine", the worse one "bad" or "poor".
std::string makePairs(const TemporaryFolder& folder, const std::string& name, int count,
                      bool margins = false) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        const std::string rest = i % 3 ? " film" : " book was the book";
        Json row{{"prompt", i % 2 ? "the film was" : "a very red book was"},
                 {"chosen", (i % 4 ? "fine" : "good") + rest},
                 {"rejected", (i % 5 ? "bad" : "poor") + rest + (i % 7 ? "" : " not")}};
        if (margins) row["margin"] = i % 2 ? 0.5 : 0.0;
        text += row.dump() + "\n";
    }
    return folder.write(name, text).string();
}

/// Writes the one number of a float32 tensor into a safetensors file.
void setFloat(const std::filesystem::path& file, const std::string& name, float value) {
    std::string bytes = readTextFile(file).value();
    uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    const Json json = Json::parse(bytes.substr(8, header));
    const auto offset = json.at(name).at("data_offsets").at(0).get<uint64_t>();
    std::memcpy(bytes.data() + 8 + header + offset, &value, sizeof value);
    LATHE_CHECK(writeFile(file, bytes).ok());
}

Recipe makeRecipe(const TemporaryFolder& folder, const std::string& task, const std::string& method) {
    Recipe recipe;
    recipe.task = task;
    if (task == "reward_model") {
        recipe.base = writeTinyBase(folder, *smallBert(), smallBertConfig()).string();
    } else {
        const auto model = smallLlama();
        recipe.base = writeTinyBase(folder, *model, smallLlamaConfig()).string();
    }
    recipe.data.train = makePairs(folder, "train.jsonl", 40);
    recipe.data.validation = makePairs(folder, "dev.jsonl", 12);
    recipe.data.maxLength = 16;
    recipe.methods.front().name = method;
    if (method == "lora") recipe.methods.front().values["target_modules"] = names({"all-linear"});
    recipe.train.batchSize = 8;
    recipe.train.maxSteps = 24;
    recipe.train.learningRate = 2e-2;
    recipe.train.evalEvery = 12;
    recipe.train.saveEvery = 7;
    recipe.device = "cpu";
    return recipe;
}

}  // namespace

class TestPairRuns : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void learns_data() {
        QTest::addColumn<QString>("task");
        QTest::addColumn<QString>("method");
        for (const char* task : {"reward_model", "preference"})
            for (const char* method : {"lora", "full", "bottleneck"})
                QTest::addRow("%s, %s", task, method) << task << method;
    }
    void learns() {
        QFETCH(QString, task);
        QFETCH(QString, method);
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, task.toStdString(), method.toStdString());
        const bool rewards = recipe.task == "reward_model";
        QVERIFY(checkRecipe(recipe, engineCatalog()).empty());
        const fs::path run = folder.path() / "run";
        RunControl control;
        Seen seen;
        const FinishedEvent end = runRecipe(recipe, run, control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        const auto phases = seen.all<PhaseEvent>();
        QCOMPARE(std::count_if(phases.begin(), phases.end(),
                               [](const auto& phase) { return phase.name == "reference"; }),
                 rewards ? 0 : 1);
        if (!rewards) {
            QVERIFY(std::abs(seen.losses().front() - std::log(2.0)) < 1e-5);
            QCOMPARE(seen.all<EvalEvent>().front().metrics.at("reward_accuracy"), 0.5);
        }
        QVERIFY2(end.metrics.at("reward_accuracy") > 0.8,
                 std::to_string(end.metrics.at("reward_accuracy")).c_str());
        QVERIFY(end.metrics.at("loss") < seen.all<EvalEvent>().front().loss);
        for (const char* name : {"chosen_reward", "rejected_reward", "reward_margin"})
            QVERIFY(end.metrics.count(name));
        QVERIFY(!seen.all<SampleEvent>().empty());

        // Saved, loaded and judged again it is the same model.
        auto loaded = LoadedModel::open(run.string(), {}, "cpu");
        LATHE_VERIFY_OK(loaded);
        QCOMPARE(loaded.value().task, recipe.task);
        const auto again = evaluateTarget(loaded.value(), recipe, {.data = recipe.data.validation});
        LATHE_VERIFY_OK(again);
        QVERIFY(std::abs(again.value().now.loss - end.metrics.at("loss")) < 1e-4);
        QCOMPARE(again.value().now.metrics.at("reward_accuracy"), end.metrics.at("reward_accuracy"));
        scores(loaded.value(), rewards);
    }

    void stoppedAndResumedEqualsStraight_data() {
        QTest::addColumn<QString>("task");
        QTest::addColumn<QString>("method");
        QTest::newRow("reward model") << "reward_model" << "lora";
        QTest::newRow("adapters off as the reference") << "preference" << "lora";
        QTest::newRow("the whole model, whose start is gone") << "preference" << "full";
    }
    void stoppedAndResumedEqualsStraight() {
        QFETCH(QString, task);
        QFETCH(QString, method);
        const TemporaryFolder folder;
        const Recipe recipe = makeRecipe(folder, task.toStdString(), method.toStdString());
        resumedEqualsStraight(recipe, folder.path(), 9);
    }

    void checkpointingChangesNothing() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, "preference", "lora");
        recipe.train.maxSteps = 6;
        RunControl control;
        Seen plain, saving;
        runRecipe(recipe, folder.path() / "plain", control, plain.sink());
        recipe.train.gradientCheckpointing = true;
        recipe.methods.front().values["dropout"] = 0.3;  // which this task leaves out
        runRecipe(recipe, folder.path() / "saving", control, saving.sink());
        QCOMPARE(plain.losses().size(), std::size_t(6));
        QCOMPARE(saving.losses(), plain.losses());
        const auto warnings = saving.all<WarningEvent>();
        QVERIFY(std::any_of(warnings.begin(), warnings.end(),
                            [](const auto& told) { return told.code == "dropout_off"; }));
    }

    void aRunGoesOnFromAnother() {
        // What the second run is held against is where it starts: the first run's result.
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, "preference", "lora");
        RunControl control;
        Seen seen;
        QCOMPARE(runRecipe(recipe, folder.path() / "first", control, {}).status, RunStatus::Done);
        recipe.base = (folder.path() / "first").string();
        const FinishedEvent end = runRecipe(recipe, folder.path() / "second", control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        QCOMPARE(seen.all<EvalEvent>().front().metrics.at("reward_accuracy"), 0.5);
        auto loaded = LoadedModel::open((folder.path() / "second").string(), {}, "cpu");
        LATHE_VERIFY_OK(loaded);
        const auto again = evaluateTarget(loaded.value(), recipe, {.data = recipe.data.validation});
        LATHE_VERIFY_OK(again);
        QVERIFY(std::abs(again.value().now.loss - end.metrics.at("loss")) < 1e-4);
    }

    void marginsAreAColumnOfRewardModels() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, "reward_model", "full");
        recipe.train.maxSteps = 1;
        recipe.train.batchSize = 40;
        const auto firstLoss = [&](const std::string& name) {
            RunControl control;
            Seen seen;
            const FinishedEvent end = runRecipe(recipe, folder.path() / name, control, seen.sink());
            return end.status == RunStatus::Done ? seen.losses().front() : -1;
        };
        const double without = firstLoss("without");
        recipe.data.train = makePairs(folder, "margins.jsonl", 40, true);
        const double with = firstLoss("with");
        QVERIFY(with > without && without > 0);
        recipe.data.columns = {{"chosen", "chosen"}, {"rejected", "rejected"}, {"margin", "prompt"}};
        RunControl control;
        const FinishedEvent end = runRecipe(recipe, folder.path() / "words", control, {});
        QCOMPARE(end.error->code, ErrorCode::DataInvalid);
        recipe.task = "preference";
        recipe.base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig()).string();
        QCOMPARE(runRecipe(recipe, folder.path() / "none", control, {}).error->code,
                 ErrorCode::RecipeInvalid);
    }

    // Rewards have no origin: where all are below 0, saying nothing must not be the best of all answers.
    void anEmptyAnswerIsScoredLikeAnyOther() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, "reward_model", "full");
        recipe.train.maxSteps = 4;
        RunControl control;
        QCOMPARE(runRecipe(recipe, folder.path() / "run", control, {}).status, RunStatus::Done);
        setFloat(folder.path() / "run/model/model.safetensors", "classifier.bias", -3);
        const std::string run = (folder.path() / "run").string();
        auto reward = makeModelReward({{"model", run}}, "cpu");
        LATHE_VERIFY_OK(reward);
        Example prompt;
        prompt.text = "the film was";
        const std::vector<SampledAnswer> answers{{&prompt, "good film"}, {&prompt, ""}, {&prompt, " \n"}};
        const auto scores = reward.value()->score(answers);
        LATHE_VERIFY_OK(scores);
        auto loaded = LoadedModel::open(run, {}, "cpu");
        LATHE_VERIFY_OK(loaded);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const auto alone = loaded.value().score(prompt.text, answers[i].text, false);
            LATHE_VERIFY_OK(alone);
            QCOMPARE(scores.value()[i], *alone.value().reward);
            QVERIFY2(scores.value()[i] < -1, std::to_string(scores.value()[i]).c_str());
        }
    }
    void rewardModelsGoOutAndComeBack() {
        const TemporaryFolder folder;
        const Recipe recipe = makeRecipe(folder, "reward_model", "full");
        RunControl control;
        QCOMPARE(runRecipe(recipe, folder.path() / "run", control, {}).status, RunStatus::Done);
        auto run = LoadedModel::open((folder.path() / "run").string(), {}, "cpu");
        LATHE_VERIFY_OK(run);
        LATHE_VERIFY_OK(exportTarget(run.value(), {"hf"}, folder.path() / "out"));
        auto back = LoadedModel::open((folder.path() / "out").string(), {}, "cpu");
        LATHE_VERIFY_OK(back);
        QCOMPARE(back.value().task, std::string("reward_model"));
        const auto reward = [](LoadedModel& model) {
            return model.score("the film was", "good film", false).value();
        };
        QVERIFY(std::abs(*reward(run.value()).reward - *reward(back.value()).reward) < 1e-5);
        QCOMPARE(back.value().predict({"good film"}).error().code, ErrorCode::BadArgument);
    }

  private:
    static void scores(LoadedModel& loaded, bool rewards) {
        const auto good = loaded.score("the film was", "good film", false),
                   bad = loaded.score("the film was", "bad film", false);
        LATHE_VERIFY_OK(good);
        LATHE_VERIFY_OK(bad);
        QCOMPARE(good.value().reward.has_value(), rewards);
        const auto nothing = loaded.score("the film was", " ", false);
        QCOMPARE(nothing.ok(), rewards);
        if (rewards) {
            QVERIFY(*good.value().reward > *bad.value().reward);
            return;
        }
        QVERIFY(good.value().tokens.size() >= 2);
        QCOMPARE(good.value().tokens.size(), good.value().logProbabilities.size());
        // The same number as the logits give.
        const auto raw = loaded.score("the film", " was good", true);
        LATHE_VERIFY_OK(raw);
        const Encoding encoding = loaded.tokenizer->encode("the film was good", true);
        const auto logits = loaded.logits({encoding.ids.begin(), encoding.ids.end()});
        LATHE_VERIFY_OK(logits);
        const auto was = std::find(encoding.ids.begin(), encoding.ids.end(), *loaded.tokenizer->idOf("was"));
        const int64_t at = was - encoding.ids.begin();
        const double wanted = logits.value()[at - 1].log_softmax(0)[*was].item<double>();
        QVERIFY(std::abs(raw.value().logProbabilities.front() - wanted) < 1e-5);
    }
};

LATHE_TEST(TestPairRuns)
#include "tst_pair_runs.moc"
