// SPDX-License-Identifier: GPL-3.0-or-later
// Whole runs on a tiny BERT: the run folder, who owns it, stopping, failing.
#include "core/train/run_session.h"

#include <ATen/Parallel.h>

#include <set>

#include <array>
#include <thread>

#include "core/evaluate/evaluate_target.h"
#include "core/run/store/run_lock.h"
#include "core/run/store/run_store.h"
#include "core/target/loaded_model.h"
#include "tests/support/tiny_bert_runs.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

class TestRunSession : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    // Tiny tensors are slower on several threads, above all on a busy machine.
    void initTestCase() { at::set_num_threads(1); }

    void ofTwoThatTrainIntoOneFolderAtOnceOneDoes() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.train.maxSteps = 2;
        for (int round = 0; round < 20; ++round) {
            const fs::path run = folder.path() / std::to_string(round);
            std::array<FinishedEvent, 2> ends;
            {
                std::array<std::thread, 2> threads;
                for (std::size_t i = 0; i < 2; ++i)
                    threads[i] = std::thread([&, i] {
                        RunControl control;
                        ends[i] = runRecipe(recipe, run, control, {});
                    });
                for (std::thread& thread : threads) thread.join();
            }
            const bool first = ends[0].status == RunStatus::Done;
            QVERIFY2(first != (ends[1].status == RunStatus::Done), textOf(ends[0]));
            QCOMPARE(ends[first ? 1 : 0].error->code, ErrorCode::BadArgument);
            std::size_t steps = 0;
            const auto log = readMetrics(run);
            LATHE_VERIFY_OK(log);
            for (const Event& event : log.value()) steps += std::holds_alternative<StepEvent>(event);
            QCOMPARE(steps, std::size_t(2));
        }
    }
    void aRunThatSomebodyOwnsIsLeftAlone() {
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, true);
        const auto before = filesOf(run);
        {
            const auto owner = RunLock::own(run);
            LATHE_VERIFY_OK(owner);
            const FinishedEvent end = resumed(run);
            QCOMPARE(end.status, RunStatus::Failed);
            QVERIFY2(end.error->message.find("is being trained by process") != std::string::npos,
                     textOf(end));
            QCOMPARE(readRunRecord(run).value().status, RunStatus::Stopped);
            QCOMPARE(LoadedModel::open(run.string(), {}, "cpu").error().code, ErrorCode::BadArgument);
            Recipe recipe = makeRecipe(folder);
            recipe.base = run.string();
            RunControl control;
            QCOMPARE(runRecipe(recipe, folder.path() / "on", control, {}).status, RunStatus::Failed);
        }
        QCOMPARE(filesOf(run), before);
        QCOMPARE(resumed(run).status, RunStatus::Done);
    }
    void aRunThatCannotLearnSaysSoBeforeItsFirstStep() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.train.maxSteps = recipe.train.warmupSteps = 1;
        RunControl control;
        Seen seen;
        QCOMPARE(runRecipe(recipe, folder.path() / "run", control, seen.sink()).status, RunStatus::Done);
        const auto isWarning = [](const Event& event) {
            const auto* warning = std::get_if<WarningEvent>(&event);
            return warning && warning->code == "nothing_learned" &&
                   warning->message.find("0 at every step") != std::string::npos;
        };
        const auto isStep = [](const Event& event) { return std::holds_alternative<StepEvent>(event); };
        const auto& events = seen.events;
        const auto warned = std::find_if(events.begin(), events.end(), isWarning);
        QVERIFY(warned < std::find_if(events.begin(), events.end(), isStep));
        const auto log = readMetrics(folder.path() / "run");
        LATHE_VERIFY_OK(log);
        QCOMPARE(std::count_if(log.value().begin(), log.value().end(), isWarning), std::ptrdiff_t(1));
        QVERIFY(std::holds_alternative<FinishedEvent>(events.back()));
        // Nothing changed, and its end says that, too.
        const auto warnings = seen.all<WarningEvent>();
        QVERIFY(std::any_of(warnings.begin(), warnings.end(),
                            [](const WarningEvent& warning) { return warning.code == "ended_worse"; }));
    }
    void labelsOfOneKindAreNamedBeforeTheFirstStep() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        std::string rows = "text\tlabel\n";
        for (int i = 0; i < 30; ++i) rows += "the film was good\tpositive\n";
        rows += " \tnegative\n";  // left out: it has no text
        recipe.data.train = folder.write("one-kind.tsv", rows).string();
        recipe.data.validation = "none";
        recipe.train.maxSteps = 2;
        recipe.train.warmupSteps = 0;
        RunControl control;
        Seen seen;
        const FinishedEvent end = runRecipe(recipe, folder.path() / "run", control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        const WarningEvent last = seen.all<WarningEvent>().back();
        QVERIFY2(last.message.find("all 30 training examples have the same label, positive") == 0,
                 last.message.c_str());
    }
    void learnsAndLeavesARunFolder() {
        const TemporaryFolder folder;
        const fs::path run = folder.path() / "run";
        RunControl control;
        Seen seen;
        Recipe recipe = makeRecipe(folder, "full");
        recipe.train.maxSteps = 80;
        const FinishedEvent end = runRecipe(recipe, run, control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, end.error ? end.error->text().c_str() : "");
        QCOMPARE(end.steps, int64_t(80));
        QCOMPARE(seen.all<StepEvent>().size(), std::size_t(80));
        QCOMPARE(seen.all<EvalEvent>().size(), std::size_t(9));
        QCOMPARE(seen.all<EvalEvent>().front().step, int64_t(0));
        QVERIFY(seen.all<SampleEvent>().size() == 27);
        QVERIFY2(end.metrics.at("accuracy") > 0.9, std::to_string(end.metrics.at("accuracy")).c_str());
        QVERIFY(seen.all<EvalEvent>().front().loss > 2 * end.metrics.at("loss"));
        QVERIFY(std::holds_alternative<FinishedEvent>(seen.events.back()));
        QCOMPARE(readMetrics(run).value().size(), seen.events.size());
        const RunRecord record = readRunRecord(run).value();
        QCOMPARE(record.status, RunStatus::Done);
        QCOMPARE(record.labels, (std::vector<std::string>{"negative", "positive"}));
        QCOMPARE(record.trainable, seen.all<ParametersEvent>().front().trainable);
        QVERIFY(record.before.contains("accuracy") && record.baseSha256.size() == 64);
        QVERIFY(fs::exists(run / "model" / "model.safetensors"));
        QCOMPARE(latestCheckpoint(run).value().filename().string(), std::string("step-80"));
    }
    void questionsBetweenStepsChangeNothing() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.train.maxSteps = 6;
        RunControl quiet, asked;
        int64_t questions = 0;
        asked.betweenSteps = [&](LoadedModel& loaded) {
            ++questions;
            loaded.model->eval();
            (void)at::rand({3});
        };
        Seen a, b;
        runRecipe(recipe, folder.path() / "a", quiet, a.sink());
        runRecipe(recipe, folder.path() / "b", asked, b.sink());
        QCOMPARE(questions, int64_t(6));
        QCOMPARE(b.losses(), a.losses());
    }
    void fullWritesAModelAndGoesOnFromIt() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder, "full");
        recipe.train.maxSteps = 10;
        RunControl control;
        Seen first, second;
        const FinishedEvent end = runRecipe(recipe, folder.path() / "full", control, first.sink());
        QVERIFY2(end.status == RunStatus::Done, end.error ? end.error->text().c_str() : "");
        QVERIFY(fs::exists(folder.path() / "full" / "model" / "model.safetensors"));
        recipe.base = (folder.path() / "full").string();
        const FinishedEvent more = runRecipe(recipe, folder.path() / "more", control, second.sink());
        QVERIFY2(more.status == RunStatus::Done, more.error ? more.error->text().c_str() : "");
        QVERIFY(std::abs(second.all<EvalEvent>().front().loss - first.all<EvalEvent>().back().loss) < 1e-5);
    }
    void anAdapterIsContinuedOrMerged() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.train.maxSteps = 10;
        RunControl control;
        Seen first, continued, merged;
        runRecipe(recipe, folder.path() / "one", control, first.sink());
        const double loss = first.all<EvalEvent>().back().loss;
        recipe.base = (folder.path() / "one").string();
        const FinishedEvent more = runRecipe(recipe, folder.path() / "two", control, continued.sink());
        QVERIFY2(more.status == RunStatus::Done, more.error ? more.error->text().c_str() : "");
        QVERIFY(std::abs(continued.all<EvalEvent>().front().loss - loss) < 1e-5);
        recipe.methods = {MethodSettings{"full", {}}};
        QVERIFY(checkRecipe(recipe, engineCatalog()).empty());
        const FinishedEvent full = runRecipe(recipe, folder.path() / "three", control, merged.sink());
        QVERIFY2(full.status == RunStatus::Done, full.error ? full.error->text().c_str() : "");
        QVERIFY(std::abs(merged.all<EvalEvent>().front().loss - loss) < 1e-5);
        // Another adapter alone would be the answer to other weights than those of the base it names.
        recipe.methods = {MethodSettings{"bottleneck", {}}};
        QVERIFY(checkRecipe(recipe, engineCatalog()).empty());
        const FinishedEvent refused = runRecipe(recipe, folder.path() / "four", control, {});
        QCOMPARE(refused.error->code, ErrorCode::Unsupported);
        QVERIFY(refused.error->hint.find("--to hf") != std::string::npos);
    }
    void combinedMethodsKeepTheirSettingsApart() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.train.maxSteps = 1;
        recipe.methods.front().values["rank"] = int64_t(2);
        recipe.methods.push_back({"bottleneck", {{"placement", std::string("houlsby")}}});
        RunControl control;
        const auto settingsOf = [&](const char* name) {
            const FinishedEvent end = runRecipe(recipe, folder.path() / name, control, {});
            LATHE_CHECK(end.status == RunStatus::Done);
            return readRunRecord(folder.path() / name).value().settings;
        };
        const Json both = settingsOf("both");
        QCOMPARE(both["method.name"].get<std::string>(), std::string("lora+bottleneck"));
        QCOMPARE(both["method.lora.rank"].get<int>(), 2);
        QCOMPARE(both["method.bottleneck.placement"].get<std::string>(), std::string("houlsby"));
        QVERIFY(!both.contains("method.rank"));
        recipe.methods.pop_back();
        const Json one = settingsOf("one");
        QCOMPARE(one["method.name"].get<std::string>(), std::string("lora"));
        QCOMPARE(one["method.rank"].get<int>(), 2);
    }
    void aQuantisedBaseIsTheSameWhenOpenedAgain() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.train.maxSteps = 20;
        Seen plain;
        RunControl control;
        runRecipe(recipe, folder.path() / "plain", control, plain.sink());
        for (const char* kind : {"int8", "nf4"}) {
            recipe.train.quantization = kind;
            Seen seen;
            const fs::path run = folder.path() / kind;
            const FinishedEvent end = runRecipe(recipe, run, control, seen.sink());
            QVERIFY2(end.status == RunStatus::Done, end.error ? end.error->text().c_str() : "");
            QCOMPARE(seen.all<ParametersEvent>().front().total, plain.all<ParametersEvent>().front().total);
            QVERIFY(seen.all<EvalEvent>().back().loss < seen.all<EvalEvent>().front().loss);
            QVERIFY(seen.losses() != plain.losses());

            auto opened = LoadedModel::open(run.string(), {}, "cpu");
            LATHE_VERIFY_OK(opened);
            const auto again = evaluateTarget(opened.value(), recipe, {.data = recipe.data.validation});
            LATHE_VERIFY_OK(again);
            QVERIFY(std::abs(again.value().now.loss - seen.all<EvalEvent>().back().loss) < 1e-5);
            const auto report =
                exportTarget(opened.value(), {"hf"}, folder.path() / (std::string(kind) + "-merged"));
            LATHE_VERIFY_OK(report);
            QVERIFY(report.value().largestLogitDifference < 1e-4);
        }
    }
    void partsLearnAtTheirOwnRates() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.train.maxSteps = 1;
        recipe.train.warmupSteps = 0;
        recipe.train.schedule = "constant";
        recipe.methods.front().values["dropout"] = 0.0;
        recipe.train.learningRates = {{"classifier", "0.05"},
                                      {"layer.1.attention.self.query.lora_B", "0.02"}};
        QVERIFY(checkRecipe(recipe, engineCatalog()).empty());
        RunControl control;
        Seen seen;
        const FinishedEvent end = runRecipe(recipe, folder.path() / "run", control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, end.error ? end.error->text().c_str() : "");
        auto opened = LoadedModel::open((folder.path() / "run").string(), {}, "cpu");
        LATHE_VERIFY_OK(opened);
        const auto after = opened.value().model->named_parameters();
        const auto largest = [&](const std::string& name) {
            return after["bert.encoder." + name].abs().max().item<double>();
        };
        // B and the bias start at 0 and Adam's first step is the rate.
        QVERIFY(std::abs(largest("layer.0.attention.self.query.lora_B.weight") - 5e-3) < 1e-5);
        QVERIFY(std::abs(largest("layer.1.attention.self.query.lora_B.weight") - 0.02) < 1e-5);
        QVERIFY(std::abs(after["classifier.bias"].abs().max().item<double>() - 0.05) < 1e-4);

        recipe.train.learningRates = {{"qurey", "0.05"}};
        const FinishedEvent wrong = runRecipe(recipe, folder.path() / "wrong", control, seen.sink());
        QVERIFY(wrong.error && wrong.error->code == ErrorCode::RecipeInvalid);
        recipe.train.learningRates = {{"query", "fast"}};
        QCOMPARE(checkRecipe(recipe, engineCatalog()).size(), std::size_t(1));
    }
    void whatIsRemovedWhileItTrainsIsWrittenAgain() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.train.maxSteps = 6;
        recipe.train.saveEvery = 4;
        RunControl control, whole;
        const fs::path run = folder.path() / "run";
        Seen seen;
        const EventSink sink = seen.sink();
        runRecipe(recipe, folder.path() / "whole", whole, {});
        const FinishedEvent end = runRecipe(recipe, run, control, [&](const Event& event) {
            sink(event);
            const auto* step = std::get_if<StepEvent>(&event);
            if (step && step->step == 3)
                for (const char* name : {"run.json", "recipe.yaml", "metrics.jsonl"}) fs::remove(run / name);
        });
        QCOMPARE(end.status, RunStatus::Done);
        std::set<std::string> told;
        for (const WarningEvent& warning : seen.all<WarningEvent>())
            if (warning.code == "file_restored")
                told.insert(warning.message.substr(0, warning.message.find(' ')));
        QCOMPARE(told, (std::set<std::string>{"run.json", "recipe.yaml", "metrics.jsonl"}));
        QCOMPARE(readTextFile(run / "recipe.yaml").value(),
                 readTextFile(folder.path() / "whole" / "recipe.yaml").value());
        QCOMPARE(readRunRecord(run).value().status, RunStatus::Done);
        int steps = 0;
        const auto events = readMetrics(run);
        for (const Event& event : events.value()) steps += std::holds_alternative<StepEvent>(event);
        QCOMPARE(steps, 6);
    }
    void discardRemovesTheFolder() {
        const TemporaryFolder folder;
        RunControl control;
        control.stop = control.discard = true;
        Seen seen;
        QCOMPARE(runRecipe(makeRecipe(folder), folder.path() / "run", control, seen.sink()).status,
                 RunStatus::Stopped);
        QVERIFY(!fs::exists(folder.path() / "run"));
    }
    void failuresAreRecorded() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.data.train = (folder.path() / "missing.tsv").string();
        RunControl control;
        Seen seen;
        const FinishedEvent end = runRecipe(recipe, folder.path() / "run", control, seen.sink());
        QCOMPARE(end.status, RunStatus::Failed);
        QVERIFY(end.error.has_value());
        QCOMPARE(end.error->code, ErrorCode::FileMissing);
        const RunRecord record = readRunRecord(folder.path() / "run").value();
        QCOMPARE(record.status, RunStatus::Failed);
        QCOMPARE(record.failure->code, ErrorCode::FileMissing);
        QCOMPARE(resumeRun(folder.path() / "run", control, seen.sink()).error->code, ErrorCode::FileMissing);
    }
};

LATHE_TEST(TestRunSession)
#include "tst_run_session.moc"
