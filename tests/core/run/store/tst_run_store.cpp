// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/store/run_store.h"

#include <unistd.h>

#include "core/base/files.h"
#include "core/run/events/metric_log.h"
#include "core/run/race.h"
#include "core/run/store/run_lock.h"
#include "tests/support/support.h"

using namespace lathe;

namespace {

std::vector<Event> sampleEvents() {
    StepEvent step;
    step.step = 1;
    step.maxSteps = 2;
    step.loss = 0.6931471805599453;
    step.learningRate = 1e-3;
    StepEvent second = step;
    second.step = 2;
    return {
        PhaseEvent{"train"},
        ParametersEvent{"lora", 74498, 22787714, 0.3269},
        EvalEvent{0, 0.7, {{"accuracy", 0.5}}},
        step,
        second,
        SampleEvent{2, "p \"q\"\n", "中文"},
        CheckpointEvent{2, "checkpoints/step-2"},
        WarningEvent{"c", "m", "h"},
        FinishedEvent{RunStatus::Failed, "run", 2, 1.5, {}, Error{ErrorCode::DiskFull, "full", "p", "h"}}};
}

}  // namespace

class TestRunStore : public QObject {
    Q_OBJECT
  private slots:
    void eventsSurviveTheFile() {
        test::TemporaryFolder folder;
        {
            auto log = MetricLog::open(folder.path());
            LATHE_VERIFY_OK(log);
            for (const auto& event : sampleEvents()) LATHE_VERIFY_OK(log.value().append(event));
        }
        const auto events = readMetrics(folder.path());
        LATHE_VERIFY_OK(events);
        QCOMPARE(events.value().size(), sampleEvents().size());
        for (std::size_t i = 0; i < events.value().size(); ++i)
            QCOMPARE(eventToJson(events.value()[i]).dump(), eventToJson(sampleEvents()[i]).dump());
    }
    void tornLastLineIsIgnored() {
        test::TemporaryFolder folder;
        folder.write("metrics.jsonl", "{\"event\":\"phase\",\"name\":\"train\"}\n{\"event\":\"st");
        QCOMPARE(readMetrics(folder.path()).value().size(), std::size_t(1));
    }
    void resumeCutsLaterSteps() {
        test::TemporaryFolder folder;
        {
            auto log = MetricLog::open(folder.path());
            for (const auto& event : sampleEvents()) LATHE_VERIFY_OK(log.value().append(event));
        }
        LATHE_VERIFY_OK(MetricLog::open(folder.path(), 1));
        QCOMPARE(readMetrics(folder.path()).value().size(), std::size_t(4));
    }
    void anEvaluationThatIsDueIsCutFromTheLog() {
        test::TemporaryFolder folder;
        const std::string kept = R"({"event":"step","step":3,"loss":1})"
                                 "\n"
                                 R"({"event":"eval","step":2})"
                                 "\n";
        folder.write("metrics.jsonl", kept + R"({"event":"eval","step":3})"
                                             "\n"
                                             R"({"event":"sample","step":3})"
                                             "\n");
        LATHE_VERIFY_OK(MetricLog::open(folder.path(), 3, true));
        QCOMPARE(readTextFile(folder.path() / "metrics.jsonl").value(), kept);
    }
    void fullDiskIsAnError() {
        if (!std::filesystem::exists("/dev/full")) QSKIP("no /dev/full here");
        test::TemporaryFolder folder;
        std::filesystem::create_symlink("/dev/full", folder.path() / "metrics.jsonl");
        auto log = MetricLog::open(folder.path());
        LATHE_VERIFY_OK(log);
        const auto result = log.value().append(PhaseEvent{"train"});
        QVERIFY(!result.ok());
        QCOMPARE(result.error().code, ErrorCode::DiskFull);
    }
    void recordsSurviveTheFile() {
        test::TemporaryFolder folder;
        RunRecord record;
        record.status = RunStatus::Failed;
        record.name = "a";
        record.trainable = 74498;
        record.metrics = {{"accuracy", 0.85}};
        record.labels = {"negative", "positive"};
        record.failure = Error{ErrorCode::OutOfMemory, "m", "p", "h"};
        LATHE_VERIFY_OK(writeRunRecord(folder.path(), record));
        const auto read = readRunRecord(folder.path());
        LATHE_VERIFY_OK(read);
        QCOMPARE(read.value().trainable, int64_t(74498));
        QCOMPARE(read.value().labels.size(), std::size_t(2));
        QCOMPARE(read.value().failure->code, ErrorCode::OutOfMemory);
        QCOMPARE(read.value().metrics.at("accuracy"), 0.85);
    }
    void aRunThatNobodyOwnsReadsInterrupted() {
        test::TemporaryFolder folder;
        RunRecord record;
        record.processId = ::getpid();  // of the machine before it was restarted
        LATHE_VERIFY_OK(writeRunRecord(folder.path(), record));
        QCOMPARE(readRunRecord(folder.path()).value().status, RunStatus::Interrupted);
        const auto owner = RunLock::own(folder.path());
        QCOMPARE(readRunRecord(folder.path()).value().status, RunStatus::Running);
    }
    void foldersAreNeverReused() {
        test::TemporaryFolder folder;
        Recipe recipe;
        recipe.name = "../../evil name";
        const auto first = createRunFolder(folder.path(), recipe);
        LATHE_VERIFY_OK(first);
        const auto second = createRunFolder(folder.path(), recipe);
        QVERIFY(first.value() != second.value());
        QCOMPARE(first.value().parent_path(), folder.path());
        QVERIFY(std::filesystem::is_empty(first.value()));
    }
    void runsOfProjectsAreListed() {
        test::TemporaryFolder folder;
        RunRecord record;
        for (const auto& [name, started] :
             std::map<std::string, std::string>{{"alone", "2026-01-01"},
                                                {"project/first", "2026-01-02"},
                                                {"project/second", "2026-01-03"},
                                                {"alone/checkpoints/step-1", "2026-01-04"},
                                                {"a/b/too-deep", "2026-01-05"}}) {
            record.name = name;
            record.started = started;
            std::filesystem::create_directories(folder.path() / name);
            LATHE_VERIFY_OK(writeRunRecord(folder.path() / name, record));
        }
        QStringList names;
        for (const RunSummary& run : listRuns(folder.path()))
            names.append(QString::fromStdString(run.record.name));
        QCOMPARE(names, QStringList({"project/second", "project/first", "alone"}));
    }
    void onlyCompleteCheckpointsCount() {
        test::TemporaryFolder folder;
        QVERIFY(!latestCheckpoint(folder.path()).ok());
        folder.write("checkpoints/step-20/MANIFEST.json", "{}");
        folder.write("checkpoints/step-100/MANIFEST.json", "{}");
        folder.write("checkpoints/step-300/state.json", "{}");
        folder.write("checkpoints/step-x/MANIFEST.json", "{}");
        QCOMPARE(latestCheckpoint(folder.path()).value().filename().string(), std::string("step-100"));
    }
    void hostileRecordsAreErrors() {
        test::TemporaryFolder folder;
        for (const char* text : {"", "[]", "{\"status\":3}", "{\"steps\":\"many\"}", "{\"seconds\":[]}"}) {
            folder.write("run.json", text);
            QVERIFY2(!readRunRecord(folder.path()).ok(), text);
        }
        QVERIFY(listRuns(folder.path().parent_path() / "nowhere").empty());
    }
    void aRunWithoutAReadableRecordIsListed() {
        const test::TemporaryFolder folder;
        folder.write("torn/run.json", "{\"status\": \"do");
        folder.write("none/metrics.jsonl", "");
        const auto runs = listRuns(folder.path());
        QCOMPARE(runs.size(), std::size_t(1));
        QCOMPARE(runs[0].record.status, RunStatus::Incomplete);
        QCOMPARE(runs[0].record.name, std::string("torn"));
        QVERIFY(runs[0].record.failure &&
                runs[0].record.failure->place.find("run.json") != std::string::npos);
    }
    void aFailedResumeChangesStatusAndFailureOnly() {
        const Error moved{ErrorCode::FileMissing, "the base is gone", "base", "put it back"};
        const test::TemporaryFolder folder;
        const auto bytes = [&] { return readTextFile(folder.path() / "run.json").value(); };
        RunRecord record;
        record.before = {{"accuracy", 0.5}};
        record.metrics = {{"accuracy", 0.85}};
        record.labels = {"negative", "positive"};
        record.settings["method.rank"] = 8;
        record.started = "2026-11-30T10:00:00Z";
        record.steps = 20;
        LATHE_VERIFY_OK(writeRunRecord(folder.path(), record));  // running in a process that is gone
        Json wanted = parseJson(bytes(), "run.json").value();
        wanted["of a later version"] = {1, 2};
        folder.write("run.json", wanted.dump());
        LATHE_VERIFY_OK(recordFailedResume(folder.path(), moved));
        const RunRecord failed = readRunRecord(folder.path()).value();
        QCOMPARE(failed.status, RunStatus::Failed);
        QCOMPARE(failed.failure->text(), moved.text());
        Json found = parseJson(bytes(), "run.json").value();
        found.erase("failure");
        wanted["status"] = "failed";
        QCOMPARE(found.dump(), wanted.dump());

        record.status = RunStatus::Done;
        LATHE_VERIFY_OK(writeRunRecord(folder.path(), record));
        const std::string kept = bytes();
        LATHE_VERIFY_OK(recordFailedResume(folder.path(), moved));
        QCOMPARE(bytes(), kept);
        record.status = RunStatus::Stopped;  // its result is there still
        LATHE_VERIFY_OK(writeRunRecord(folder.path(), record));
        LATHE_VERIFY_OK(recordFailedResume(folder.path(), moved));
        QCOMPARE(readRunRecord(folder.path()).value().status, record.status);
        QCOMPARE(readRunRecord(folder.path()).value().failure->text(), moved.text());
        const std::string unreadable = R"({"status": "stopped", "steps": "many", "labels": ["a", "b"]})";
        folder.write("run.json", unreadable);
        QVERIFY(!recordFailedResume(folder.path(), moved).ok());
        QCOMPARE(bytes(), unreadable);
    }
    void raceNamesTheSmallestGoodValue() {
        std::vector<RaceEntry> entries;
        for (const auto& [value, accuracy] : std::vector<std::pair<std::string, double>>{
                 {"16", 0.851}, {"8", 0.850}, {"4", 0.835}, {"32", 0.853}, {"1", 0.799}}) {
            RaceEntry entry;
            entry.value = value;
            entry.metrics["accuracy"] = accuracy;
            entries.push_back(entry);
        }
        const auto report = judgeRace(entries, "method.rank", "accuracy", true, kRaceMargin);
        QCOMPARE(report.best, std::string("32"));
        QCOMPARE(report.smallest, std::string("8"));
        QVERIFY(report.sentence.rfind("rank 8 is enough", 0) == 0);
        QVERIFY(judgeRace({}, "method.rank", "accuracy", true, kRaceMargin).smallest.empty());
    }
};

LATHE_TEST(TestRunStore)
#include "tst_run_store.moc"
