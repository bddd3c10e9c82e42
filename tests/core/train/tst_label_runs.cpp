// SPDX-License-Identifier: GPL-3.0-or-later
// Whole runs whose labels are numbers, or several names: that they learn, what they tell, and that their
// results know what they are.
#include <ATen/Parallel.h>

#include "core/base/files.h"
#include "core/catalog/catalog.h"
#include "core/data/read/cell_text.h"
#include "core/data/roles/columns.h"
#include "core/data/roles/labels.h"
#include "core/evaluate/evaluate_target.h"
#include "core/reinforce/model_reward.h"
#include "core/run/store/run_store.h"
#include "core/target/target_recipe.h"
#include "tests/support/seen_events.h"
#include "tests/support/tiny_base.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

/// 48 texts about one of two things, good or bad; the label says both, or how good.
std::string rowsOf(LabelKind kind, const TemporaryFolder& folder) {
    std::string text;
    for (int i = 0; i < 48; ++i) {
        const bool good = i % 2 == 0, film = i % 3 > 0;
        Json row{{"text", std::string("the ") + (film ? "film" : "tea") + " was " + (i % 7 ? "very " : "") +
                              (good ? "good" : "bad")}};
        std::vector<std::string> names;
        if (good) names.push_back("praise");
        if (film) names.push_back("film");
        if (kind == LabelKind::Several)
            row["label"] = names;
        else
            row["label"] = (good ? 2.0 : -1.0) + (film ? 0.5 : 0);
        text += row.dump() + "\n";
    }
    return folder.write("rows.jsonl", text).string();
}

/// With weights that tell words apart.
std::string baseIn(const TemporaryFolder& folder) {
    Json config = smallBertConfig();
    config["hidden_dropout_prob"] = config["attention_probs_dropout_prob"] = 0.0;
    config["hidden_size"] = 16;
    const auto model = bertArchitecture().build(config, {HeadKind::SequenceClassification, 2});
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(1);
    const at::NoGradGuard noGrad;
    for (auto& item : model->named_parameters())
        item.value().normal_(item.key().ends_with("LayerNorm.weight") ? 1 : 0, 0.5, generator);
    return writeTinyBase(folder, *model, config).string();
}

Recipe makeRecipe(LabelKind kind, const std::string& method, const TemporaryFolder& folder) {
    Recipe recipe;
    recipe.task = "classification";
    setLabelKind(recipe.objective.values, kind);
    recipe.base = baseIn(folder);
    recipe.data.train = rowsOf(kind, folder);
    recipe.data.validation = "0.25";
    recipe.data.maxLength = 16;
    recipe.methods.front().name = method;
    if (method == "lora") recipe.methods.front().values["target_modules"] = names({"all-linear"});
    recipe.train.batchSize = 12;
    recipe.train.maxSteps = 200;
    recipe.train.evalEvery = 0;
    recipe.train.saveEvery = 0;
    recipe.train.learningRate = 5e-3;
    recipe.device = "cpu";
    LATHE_CHECK(checkRecipe(recipe, engineCatalog()).empty());
    return recipe;
}

}  // namespace

class TestLabelRuns : public QObject {
    Q_OBJECT

    /// As a judge of answers it gives its number, or how sure it is of a label.
    void checkReward(const fs::path& judge, LabelKind kind) {
        Settings settings{{"model", judge.string()}};
        if (kind == LabelKind::Several) settings["label"] = std::string("praise");
        const auto reward = makeModelReward(settings, "cpu");
        LATHE_VERIFY_OK(reward);
        const SampledAnswer answers[] = {{nullptr, "the film was very good"},
                                         {nullptr, "the tea was very bad"}};
        const auto scores = reward.value()->score(answers);
        LATHE_VERIFY_OK(scores);
        const double good = scores.value()[0], bad = scores.value()[1];
        QVERIFY(kind == LabelKind::Number ? good > 2 && bad < -0.5 : good > 0.5 && good < 1 && bad < 0.5);
    }

    static void addKinds() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QString>("method");
        QTest::newRow("several, full") << int(LabelKind::Several) << "full";
        QTest::newRow("number, lora") << int(LabelKind::Number) << "lora";
    }

    void checkPredictions(LoadedModel& model, LabelKind kind) {
        const auto told = model.predict({"the film was very good", "the tea was very bad"});
        LATHE_VERIFY_OK(told);
        const Prediction &good = told.value()[0], &bad = told.value()[1];
        QVERIFY(good.kind == kind);
        if (kind == LabelKind::Number) {
            QVERIFY2(std::abs(good.value - 2.5) < 0.5 && std::abs(bad.value + 1) < 0.5, good.label.c_str());
            QCOMPARE(good.label, numberText(good.value));
            QVERIFY(good.probabilities.empty());
            return;
        }
        QCOMPARE(good.labels, (std::vector<std::string>{"film", "praise"}));
        QCOMPARE(good.label, std::string("film | praise"));
        QVERIFY(bad.labels.empty());
        QCOMPARE(bad.label, std::string("–"));
        QVERIFY(good.probabilities[0].second + good.probabilities[1].second > 1);  // each its own
    }

  private Q_SLOTS:
    void initTestCase() { at::set_num_threads(1); }

    void aRunLearnsAndItsResultKnowsWhatItIs_data() { addKinds(); }
    void aRunLearnsAndItsResultKnowsWhatItIs() {
        QFETCH(int, kind);
        QFETCH(QString, method);
        const TemporaryFolder folder;
        const auto wanted = static_cast<LabelKind>(kind);
        const bool number = wanted == LabelKind::Number;
        const fs::path run = folder.path() / "run";
        RunControl control;
        Seen seen;
        const Recipe recipe = makeRecipe(wanted, method.toStdString(), folder);
        const FinishedEvent end = runRecipe(recipe, run, control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        QVERIFY2(end.metrics.at("loss") < seen.all<EvalEvent>().front().loss / 4,
                 std::to_string(end.metrics.at("loss")).c_str());
        QVERIFY(end.metrics.at(number ? "pearson" : "f1") > 0.9);
        const auto samples = seen.all<SampleEvent>();
        QVERIFY(samples.size() == 6 && !samples.back().text.empty());
        QCOMPARE(isNumber(samples.back().text), number);
        const RunRecord record = readRunRecord(run).value();
        QCOMPARE(record.problemType, std::string(problemTypeOf(wanted)));
        QCOMPARE(record.labels,
                 number ? std::vector<std::string>{"LABEL_0"} : (std::vector<std::string>{"film", "praise"}));
        for (const bool exported : {false, true}) {
            auto opened = LoadedModel::open((exported ? folder.path() / "out" : run).string(), {}, "cpu");
            LATHE_VERIFY_OK(opened);
            QVERIFY(opened.value().labelKind == wanted && !opened.value().givesReward());
            QCOMPARE(opened.value().task, std::string("classification"));
            checkPredictions(opened.value(), wanted);
            checkReward(exported ? folder.path() / "out" : run, wanted);
            if (exported) return;
            LATHE_VERIFY_OK(exportTarget(opened.value(), {"hf"}, folder.path() / "out"));
            const Json config =
                parseJson(readTextFile(folder.path() / "out/config.json").value(), "").value();
            QCOMPARE(config["problem_type"].get<std::string>(), record.problemType);
        }
    }

    void anEvaluationTellsRowsAndNoConfusion_data() { addKinds(); }
    void anEvaluationTellsRowsAndNoConfusion() {
        QFETCH(int, kind);
        QFETCH(QString, method);
        const TemporaryFolder folder;
        const bool number = static_cast<LabelKind>(kind) == LabelKind::Number;
        Recipe recipe = makeRecipe(static_cast<LabelKind>(kind), method.toStdString(), folder);
        recipe.train.maxSteps = 10;
        RunControl control;
        const fs::path run = folder.path() / "run";
        QCOMPARE(runRecipe(recipe, run, control, {}).status, RunStatus::Done);
        auto target = LoadedModel::open(run.string(), {}, "cpu");
        LATHE_VERIFY_OK(target);
        const auto done = evaluateTarget(target.value(), recipeOfTarget(run.string(), "").value(),
                                         {.listedRows = 100, .before = true});
        LATHE_VERIFY_OK(done);
        const Evaluation& result = done.value();
        const RunRecord record = readRunRecord(run).value();
        for (const auto& [name, value] : result.now.metrics)
            QVERIFY2(std::abs(record.metrics.at(name) - value) < 1e-4, name.c_str());
        for (const auto& [name, value] : result.before->metrics)
            QVERIFY2(std::abs(record.before.at(name) - value) < 1e-4, name.c_str());
        QVERIFY(result.now.confusion.empty());
        QCOMPARE(result.now.labels.size(), std::size_t(number ? 0 : 2));
        QCOMPARE(result.worst.size(), std::size_t(12));
        for (const EvaluatedRow& row : result.worst) {
            QVERIFY(!row.expected.empty() && !row.now.got.empty() && !row.before->got.empty());
            QCOMPARE(isNumber(row.expected) && isNumber(row.now.got), number);
            QVERIFY(!row.now.probability);
        }
    }
    void bothKindsAtOnceAreAFault() {
        Recipe recipe;
        recipe.task = "classification";
        recipe.base = "b";
        recipe.data.train = "t";
        QVERIFY(checkRecipe(recipe, engineCatalog()).empty());
        recipe.objective.values[kRegressionKey] = recipe.objective.values[kMultiLabelKey] = true;
        const auto faults = checkRecipe(recipe, engineCatalog());
        QCOMPARE(faults.size(), std::size_t(1));
        QCOMPARE(faults[0].key, std::string("objective.multi_label"));
    }
    void everyKindOfLabelIsJudgedByItsOwnMetric() {
        const TaskEntry& task = *engineCatalog().task("classification");
        Settings settings;
        QCOMPARE(judgedBy(task, settings).metric, std::string("accuracy"));
        setLabelKind(settings, LabelKind::Several);
        QCOMPARE(judgedBy(task, settings).metric, std::string("f1"));
        setLabelKind(settings, LabelKind::Number);
        QCOMPARE(judgedBy(task, settings).metric, std::string("loss"));
        QVERIFY(!judgedBy(task, settings).rises);
    }
    void billsCountTheHeadsOutputs() {
        const auto trained = [](LabelKind kind) {
            const TemporaryFolder folder;
            return makeBills(makeRecipe(kind, "lora", folder), {"lora"}).value().front().trainable;
        };
        QCOMPARE(trained(LabelKind::Several) - trained(LabelKind::Number), int64_t(16 + 1));
    }
};

LATHE_TEST(TestLabelRuns)
#include "tst_label_runs.moc"
