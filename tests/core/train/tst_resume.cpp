// SPDX-License-Identifier: GPL-3.0-or-later
// Runs on a tiny BERT that are taken up again: as if never stopped, and without loss where that cannot be.
#include "core/train/run_session.h"

#include <ATen/Parallel.h>

#include "core/base/files.h"
#include "core/config/recipe_yaml.h"
#include "core/run/store/run_store.h"
#include "tests/support/tiny_bert_runs.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

/// Of the warning with this code; empty without one.
std::string messageOf(const Seen& seen, const std::string& code) {
    for (const WarningEvent& warning : seen.all<WarningEvent>())
        if (warning.code == code) return warning.message;
    return {};
}

}  // namespace

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
        QCOMPARE(stopped.status, RunStatus::Stopped);
        QCOMPARE(resumeRun(run, again, rest.sink()).status, RunStatus::Done);
        const auto evaluations = [](const fs::path& from) {
            std::map<int64_t, std::vector<double>> found;
            const auto events = readMetrics(from);
            for (const Event& event : events.value())
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
        QCOMPARE(stopped.status, RunStatus::Stopped);
        QCOMPARE(stopped.steps, int64_t(20));
        QVERIFY(fs::exists(folder.path() / "b" / "adapter" / "adapter_model.safetensors"));
        RunControl again;
        at::manual_seed(999);
        (void)at::randn({5});
        const FinishedEvent end = resumeRun(folder.path() / "b", again, second.sink());
        QVERIFY2(end.status == RunStatus::Done, end.error ? end.error->text().c_str() : "");
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
        QCOMPARE(end.status, RunStatus::Done);
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
        QCOMPARE(resumed(run).status, RunStatus::Failed);
        QCOMPARE(filesOf(run), files);  // a finished run stays one
        fs::rename(folder.path() / "elsewhere", folder.path() / "base");
        const FinishedEvent end = resumed(run);
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
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
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        QCOMPARE(filesOf(run / "adapter"), whole);
        for (const auto& file : fs::directory_iterator(run / "adapter")) fs::remove(file);
        QVERIFY(!runResult(run).ok());
        QVERIFY(resumed(run).status == RunStatus::Done);
        QCOMPARE(filesOf(run / "adapter"), whole);
    }
    void aFailedResumeLosesNothing() {
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, true);
        RunRecord record = readRunRecord(run).value();
        QVERIFY(record.before.contains("accuracy") && record.metrics.contains("accuracy"));
        record.status = RunStatus::Running;  // as a killed process leaves it
        LATHE_VERIFY_OK(writeRunRecord(run, record));
        auto files = filesOf(run);
        fs::rename(folder.path() / "base", folder.path() / "elsewhere");
        QCOMPARE(resumed(run).status, RunStatus::Failed);
        const RunRecord failed = readRunRecord(run).value();
        QCOMPARE(failed.status, RunStatus::Failed);
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
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
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
        QCOMPARE(end.status, RunStatus::Failed);
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
        const FinishedEvent end = resumed(run);
        QCOMPARE(end.error->code, ErrorCode::ModelMismatch);
        QVERIFY2(end.error->message == "the base's weights changed since the run began", textOf(end));
        QVERIFY(end.error->hint.find("base=") == std::string::npos);  // its adapter is to other weights
        QVERIFY(readRunRecord(run).value().before.contains("accuracy"));
    }
    void otherInputsAreNamed_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("noun");
        QTest::newRow("rows") << "train.tsv" << "the training data";
        QTest::newRow("held-out rows") << "dev.tsv" << "the validation data";
        QTest::newRow("vocabulary") << "base/vocab.txt" << "the tokenizer";
        QTest::newRow("settings of the base") << "base/config.json" << "the base's config.json";
    }
    void otherInputsAreNamed() {
        QFETCH(QString, file);
        QFETCH(QString, noun);
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, true);
        const fs::path changed = folder.path() / file.toStdString();
        const std::string bytes = readTextFile(changed).value();
        folder.write(file.toStdString(), bytes + "\n");
        auto files = filesOf(run);
        const FinishedEvent end = resumed(run);
        QCOMPARE(end.status, RunStatus::Failed);
        QCOMPARE(end.error->code, ErrorCode::ModelMismatch);
        QCOMPARE(end.error->message, noun.toStdString() + " changed since the run began");
        const bool onBase = end.error->hint.find("base=" + run.string()) != std::string::npos;
        QVERIFY2(onBase == file.endsWith(".tsv"), textOf(end));
        files[(run / "run.json").string()] = readTextFile(run / "run.json").value();
        QCOMPARE(filesOf(run), files);
        LATHE_VERIFY_OK(writeFile(changed, bytes));
        QCOMPARE(resumed(run).status, RunStatus::Done);
    }
    void otherDataAreTrainedOnFromTheRunsWeights() {
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, true);
        makeRows(folder, "train.tsv", 70);
        QCOMPARE(resumed(run).status, RunStatus::Failed);
        // As the hint says.
        Recipe recipe = readRunRecipe(run, engineCatalog()).recipe;
        recipe.base = run.string();
        RunControl control;
        Seen seen;
        const FinishedEvent end = runRecipe(recipe, folder.path() / "new", control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        QVERIFY(readRunRecord(folder.path() / "new").value().identity.contains("adapter_sha256"));
    }
    void anotherNumberOfThreadsIsTold() {
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, true);
        RunRecord record = readRunRecord(run).value();
        QCOMPARE(record.identity["threads"].get<int>(), 1);
        QVERIFY(record.identity["lathe"].is_string() && record.identity["libtorch"].is_string());
        record.identity["threads"] = 3;
        LATHE_VERIFY_OK(writeRunRecord(run, record));
        RunControl control;
        Seen seen;
        QCOMPARE(resumeRun(run, control, seen.sink()).status, RunStatus::Done);
        const std::string said = messageOf(seen, "resume_inexact");
        QVERIFY2(said.find("threads (3, now 1)") != std::string::npos, said.c_str());
    }
    void aDamagedLogIsMendedAndTold_data() {
        QTest::addColumn<QString>("damage");
        QTest::addColumn<QString>("code");
        QTest::newRow("a line") << "line" << "metrics_damaged";
        QTest::newRow("zeros") << "zeros" << "metrics_damaged";
        QTest::newRow("gone") << "gone" << "metrics_incomplete";
        QTest::newRow("empty") << "empty" << "metrics_incomplete";
    }
    void aDamagedLogIsMendedAndTold() {
        QFETCH(QString, damage);
        QFETCH(QString, code);
        const TemporaryFolder folder;
        const fs::path run = shortRun(folder, true), log = run / "metrics.jsonl";
        const std::string text = readTextFile(log).value();
        if (damage == "gone") fs::remove(log);
        if (damage == "empty") fs::resize_file(log, 0);
        if (damage == "line") folder.write("run/metrics.jsonl", "{\"event\":7}\n" + text);
        if (damage == "zeros") folder.write("run/metrics.jsonl", std::string(text.size(), '\0'));
        RunControl control;
        Seen seen;
        const FinishedEvent end = resumeRun(run, control, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        QStringList codes;
        for (const WarningEvent& warning : seen.all<WarningEvent>())
            codes.append(QString::fromStdString(warning.code));
        QVERIFY2(codes.contains(code), qPrintable(codes.join(" ")));
        if (damage == "zeros") QVERIFY(codes.contains("metrics_incomplete"));
        const auto events = readMetrics(run);
        LATHE_VERIFY_OK(events);
        QVERIFY(std::holds_alternative<FinishedEvent>(events.value().back()));  // nothing damaged is left
    }
    void aDamagedCheckpointIsTold() {
        const TemporaryFolder folder;
        Recipe recipe = makeRecipe(folder);
        recipe.train.maxSteps = 6;
        recipe.train.saveEvery = 2;
        RunControl control, again;
        runRecipe(recipe, folder.path() / "run", control, [&](const Event& event) {
            const auto* step = std::get_if<StepEvent>(&event);
            if (step && step->step == 5) control.stop = true;
        });
        const fs::path run = folder.path() / "run";
        fs::resize_file(run / "checkpoints/step-5/optimizer.safetensors", 100);
        Seen seen;
        const FinishedEvent end = resumeRun(run, again, seen.sink());
        QVERIFY2(end.status == RunStatus::Done, textOf(end));
        QCOMPARE(seen.losses().size(), std::size_t(2));  // from step 4
        const std::string said = messageOf(seen, "checkpoint_damaged");
        QVERIFY2(said.find("step-5") != std::string::npos, said.c_str());
    }
};

LATHE_TEST(TestResume)
#include "tst_resume.moc"
