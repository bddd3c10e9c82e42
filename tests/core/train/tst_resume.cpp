// SPDX-License-Identifier: GPL-3.0-or-later
// Runs on a tiny BERT that are taken up again: as if never stopped, and without loss where that cannot be.
#include "core/train/run_session.h"

#include <ATen/Parallel.h>

#include "core/base/files.h"
#include "core/run/run_store.h"
#include "tests/core/train/tiny_bert_runs.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

class TestResume : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    // Tiny tensors are slower on several threads, above all on a busy machine.
    void initTestCase() { at::set_num_threads(1); }
    void anEvaluationThatWasStoppedIsMadeOnResume() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.train.maxSteps = 12;
        recipe.train.evalEvery = 4;
        RunControl free, stopping, again;
        Seen straight, rest;
        runRecipe(recipe, folder.path() / "a", free, straight.sink());
        int64_t step = 0;
        const fs::path run = folder.path() / "b";
        const FinishedEvent stopped = runRecipe(recipe, run, stopping, [&](const Event& event) {
            if (const auto* now = std::get_if<StepEvent>(&event)) step = now->step;
            const auto* phase = std::get_if<PhaseEvent>(&event);
            if (step == 4 && phase && phase->name == "evaluate") stopping.stop = true;
        });
        QCOMPARE(stopped.status, std::string("stopped"));
        QCOMPARE(resumeRun(run, again, rest.sink()).status, std::string("done"));
        const auto evaluations = [](const fs::path& from) {
            std::map<int64_t, std::vector<double>> found;
            for (const Event& event : readMetrics(from).value())
                if (const auto* eval = std::get_if<EvalEvent>(&event))
                    found[eval->step].push_back(eval->loss);
            return found;
        };
        QCOMPARE(evaluations(run), evaluations(folder.path() / "a"));
        QCOMPARE(evaluations(run).at(4).size(), std::size_t(1));
    }
    void stoppedAndResumedEqualsStraight() {
        const TemporaryFolder folder;
        const Recipe recipe = makeRecipe(folder);
        RunControl free, stopping;
        Seen straight, first, second;
        runRecipe(recipe, folder.path() / "a", free, straight.sink());
        const EventSink firstSink = first.sink();
        const FinishedEvent stopped =
            runRecipe(recipe, folder.path() / "b", stopping, [&](const Event& event) {
                firstSink(event);
                const auto* step = std::get_if<StepEvent>(&event);
                if (step && step->step == 20) stopping.stop = true;
            });
        QCOMPARE(stopped.status, std::string("stopped"));
        QCOMPARE(stopped.steps, int64_t(20));
        QVERIFY(fs::exists(folder.path() / "b" / "adapter" / "adapter_model.safetensors"));
        RunControl again;
        at::manual_seed(999);
        (void)at::randn({5});
        const FinishedEvent end = resumeRun(folder.path() / "b", again, second.sink());
        QVERIFY2(end.status == "done", end.error ? end.error->text().c_str() : "");
        std::vector<double> joined = first.losses();
        for (const double loss : second.losses()) joined.push_back(loss);
        QCOMPARE(joined, straight.losses());
        QCOMPARE(second.all<EvalEvent>().back().metrics, straight.all<EvalEvent>().back().metrics);
        // The log reads as if nothing had happened.
        std::vector<int64_t> steps;
        const auto logged = readMetrics(folder.path() / "b");
        LATHE_VERIFY_OK(logged);
        for (const Event& event : logged.value())
            if (const auto* step = std::get_if<StepEvent>(&event)) steps.push_back(step->step);
        QCOMPARE(steps.size(), std::size_t(40));
        QVERIFY(std::is_sorted(steps.begin(), steps.end()));
    }
    void aFinishedRunIsNotResumed() {
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, false);
        fs::rename(folder.path() / "base", folder.path() / "elsewhere");
        const auto files = filesOf(run);
        const RunRecord record = readRunRecord(run).value();
        RunControl control;
        Seen seen;
        const FinishedEvent end = resumeRun(run, control, seen.sink());
        QCOMPARE(end.status, std::string("done"));
        QCOMPARE(end.steps, int64_t(6));
        QCOMPARE(end.metrics, record.metrics);
        QCOMPARE(seen.all<WarningEvent>().at(0).code, std::string("already_finished"));
        QCOMPARE(seen.all<FinishedEvent>().size(), std::size_t(1));
        QCOMPARE(filesOf(run), files);
    }
    void aMissingResultIsMadeAgain() {
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, false);
        const auto whole = filesOf(run / "adapter");
        const RunRecord record = readRunRecord(run).value();
        fs::remove_all(run / "adapter");
        const auto files = filesOf(run);
        fs::rename(folder.path() / "base", folder.path() / "elsewhere");
        QCOMPARE(resumed(run).status, std::string("failed"));
        QCOMPARE(filesOf(run), files);  // a finished run stays one
        fs::rename(folder.path() / "elsewhere", folder.path() / "base");
        const FinishedEvent end = resumed(run);
        QVERIFY2(end.status == "done", textOf(end));
        QCOMPARE(filesOf(run / "adapter"), whole);
        QCOMPARE(readRunRecord(run).value().metrics, record.metrics);
        QCOMPARE(readRunRecord(run).value().before, record.before);
    }
    void aDamagedResultIsMadeAgain() {
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, false);
        const auto whole = filesOf(run / "adapter");
        fs::resize_file(run / "adapter" / "adapter_model.safetensors", 0);
        QVERIFY(!runResult(run).ok());
        const FinishedEvent end = resumed(run);
        QVERIFY2(end.status == "done", textOf(end));
        QCOMPARE(filesOf(run / "adapter"), whole);
        for (const auto& file : fs::directory_iterator(run / "adapter")) fs::remove(file);
        QVERIFY(!runResult(run).ok());
        QVERIFY(resumed(run).status == "done");
        QCOMPARE(filesOf(run / "adapter"), whole);
    }
    void aFailedResumeLosesNothing() {
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, true);
        RunRecord record = readRunRecord(run).value();
        QVERIFY(record.before.contains("accuracy") && record.metrics.contains("accuracy"));
        record.status = "running";  // as a killed process leaves it
        LATHE_VERIFY_OK(writeRunRecord(run, record));
        auto files = filesOf(run);
        fs::rename(folder.path() / "base", folder.path() / "elsewhere");
        QCOMPARE(resumed(run).status, std::string("failed"));
        const RunRecord failed = readRunRecord(run).value();
        QCOMPARE(failed.status, std::string("failed"));
        QVERIFY(failed.failure.has_value());
        QCOMPARE(failed.before, record.before);
        QCOMPARE(failed.metrics, record.metrics);
        QCOMPARE(failed.steps, int64_t(3));
        QCOMPARE(failed.baseSha256, record.baseSha256);
        QCOMPARE(failed.settings.dump(), record.settings.dump());
        files[(run / "run.json").string()] = readTextFile(run / "run.json").value();
        QCOMPARE(filesOf(run), files);

        fs::rename(folder.path() / "elsewhere", folder.path() / "base");
        const FinishedEvent end = resumed(run);
        QVERIFY2(end.status == "done", textOf(end));
        QCOMPARE(end.steps, int64_t(6));
        QCOMPARE(readRunRecord(run).value().before, record.before);
    }
    void anUnreadableRecordIsLeftAsItIs() {
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, true);
        Json record = parseJson(readTextFile(run / "run.json").value(), "run.json").value();
        record["steps"] = "many";
        folder.write("run/run.json", record.dump());
        const auto files = filesOf(run);
        const FinishedEvent end = resumed(run);
        QCOMPARE(end.status, std::string("failed"));
        QCOMPARE(end.error->code, ErrorCode::FileMalformed);
        QCOMPARE(filesOf(run), files);
    }
    void aChangedBaseIsNotResumed() {
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, true);
        const fs::path weights = folder.path() / "base" / "model.safetensors";
        std::string bytes = readTextFile(weights).value();
        bytes.back() = static_cast<char>(bytes.back() ^ 1);
        LATHE_VERIFY_OK(writeFile(weights, bytes));
        QCOMPARE(resumed(run).error->code, ErrorCode::ModelMismatch);
        QVERIFY(readRunRecord(run).value().before.contains("accuracy"));
    }
};

LATHE_TEST(TestResume)
#include "tst_resume.moc"
