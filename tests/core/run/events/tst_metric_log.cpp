// SPDX-License-Identifier: GPL-3.0-or-later
// Logs that a power cut, another program or another version has written in.
#include "core/run/events/metric_log.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "core/base/files.h"
#include "core/run/events/metric_tail.h"
#include "core/run/store/run_store.h"
#include "tests/support/support.h"

using namespace lathe;
namespace fs = std::filesystem;

namespace {

std::string stepLine(int64_t step) {
    StepEvent event;
    event.step = step;
    event.loss = 1;
    return eventToJson(event).dump() + "\n";
}

std::string stepLines(int64_t count) {
    std::string text;
    for (int64_t step = 1; step <= count; ++step) text += stepLine(step);
    return text;
}

ino_t inodeOf(const fs::path& file) {
    struct stat info {};
    return ::stat(file.c_str(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace

class TestMetricLog : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void damagedLinesArePassedOverAndCounted_data() {
        QTest::addColumn<QByteArray>("line");
        QTest::newRow("text of a program") << QByteArray("Opening the base …");
        QTest::newRow("zeros of a power cut") << QByteArray(4096, '\0');
        QTest::newRow("half a line") << QByteArray(R"({"event":"step","step":)");
        QTest::newRow("a step that is a text") << QByteArray(R"({"event":"step","step":"x"})");
        QTest::newRow("a step that is too large") << QByteArray(R"({"event":"step","step":1e300})");
        QTest::newRow("a kind that is a number") << QByteArray(R"({"event":7,"step":1})");
        QTest::newRow("without a kind") << QByteArray(R"({"step":1})");
        QTest::newRow("a list") << QByteArray("[1,2]");
        QTest::newRow("empty") << QByteArray("");
        QTest::newRow("deep") << QByteArray(100000, '[');
        QTest::newRow("longer than a line may be") << QByteArray(17 << 20, 'x');
    }
    void damagedLinesArePassedOverAndCounted() {
        QFETCH(QByteArray, line);
        const test::TemporaryFolder folder;
        const fs::path file = folder.write(
            "metrics.jsonl", stepLine(1) + line.toStdString() + "\n" + stepLine(2) + stepLine(3));
        const auto events = readMetrics(folder.path());
        LATHE_VERIFY_OK(events);
        QCOMPARE(events.value().size(), std::size_t(4));
        const auto& warning = std::get<WarningEvent>(events.value().back());
        QCOMPARE(warning.code, std::string("metrics_damaged"));
        QVERIFY2(warning.message.starts_with("1 line of metrics.jsonl cannot be read (the first is line 2)"),
                 warning.message.c_str());

        const auto log = MetricLog::open(folder.path(), 2);
        LATHE_VERIFY_OK(log);
        QCOMPARE(log.value().faults().damaged, int64_t(1));
        QCOMPARE(log.value().faults().firstDamaged, int64_t(2));
        QCOMPARE(log.value().faults().newestStep, int64_t(2));
        QCOMPARE(readTextFile(file).value(), stepLines(2));
    }
    void zerosAtTheEndAreDamage() {
        const test::TemporaryFolder folder;
        folder.write("metrics.jsonl", stepLines(2) + std::string(512, '\0'));
        QCOMPARE(std::get<WarningEvent>(readMetrics(folder.path()).value().back()).code,
                 std::string("metrics_damaged"));
        QCOMPARE(MetricLog::open(folder.path(), 2).value().faults().damaged, int64_t(1));
        QCOMPARE(readTextFile(folder.path() / "metrics.jsonl").value(), stepLines(2));
    }
    void whatAnotherVersionWroteIsKept() {
        const std::string later = "{\"event\":\"kept\",\"step\":1,\"metric\":0.5}\n";
        const test::TemporaryFolder folder;
        folder.write("metrics.jsonl", stepLine(1) + later + stepLine(2));
        const auto events = readMetrics(folder.path()).value();
        QCOMPARE(std::get<WarningEvent>(events.back()).code, std::string("metrics_unknown"));
        QCOMPARE(events.size(), std::size_t(3));
        LATHE_VERIFY_OK(MetricLog::open(folder.path(), 1));
        QCOMPARE(readTextFile(folder.path() / "metrics.jsonl").value(), stepLine(1) + later);
    }
    void aWholeLogIsCutInPlace() {
        const test::TemporaryFolder folder;
        const std::string phase = "{\"event\":\"phase\",\"name\":\"save\"}\n";
        const fs::path file =
            folder.write("metrics.jsonl", stepLines(3) + phase + stepLine(4) + phase + "{\"event\":\"st");
        const ino_t before = inodeOf(file);
        auto log = MetricLog::open(folder.path(), 3);
        LATHE_VERIFY_OK(log);
        QCOMPARE(log.value().faults().damaged, int64_t(0));
        LATHE_VERIFY_OK(log.value().append(PhaseEvent{"train"}));
        LATHE_VERIFY_OK(log.value().sync());
        QCOMPARE(inodeOf(file), before);
        QCOMPARE(readTextFile(file).value(),
                 stepLines(3) + phase + "{\"event\":\"phase\",\"name\":\"train\"}\n");
    }
    void whoeverFollowsTheLogSeesThatItWasCut() {
        const test::TemporaryFolder folder;
        folder.write("metrics.jsonl", stepLines(3));
        MetricTail tail(folder.path());
        QCOMPARE(tail.read(100).value().events.size(), std::size_t(3));
        auto log = MetricLog::open(folder.path(), 2);
        StepEvent step;
        for (step.step = 3; step.step <= 5; ++step.step) LATHE_VERIFY_OK(log.value().append(step));
        const auto piece = tail.read(100);  // the log is longer than it was
        LATHE_VERIFY_OK(piece);
        QVERIFY(piece.value().restarted);
        QCOMPARE(piece.value().events.size(), std::size_t(5));
        QCOMPARE(piece.value().damaged, int64_t(0));
        LATHE_VERIFY_OK(log.value().append(step));
        const auto next = tail.read(100);
        QVERIFY(!next.value().restarted);
        QCOMPARE(next.value().events.size(), std::size_t(1));
    }
    void aLogThatIsRemovedIsWrittenAgain_data() {
        QTest::addColumn<QString>("how");
        for (const char* how : {"removed", "replaced", "moved"}) QTest::newRow(how) << how;
    }
    void aLogThatIsRemovedIsWrittenAgain() {
        QFETCH(const QString, how);
        const test::TemporaryFolder folder;
        const fs::path file = folder.path() / "metrics.jsonl";
        folder.write("metrics.jsonl", stepLines(2));
        auto log = MetricLog::open(folder.path(), 2);
        StepEvent step;
        step.step = 3;
        LATHE_VERIFY_OK(log.value().append(step));
        QVERIFY(!log.value().takeRestored());
        if (how == "removed") fs::remove(file);
        if (how == "moved") fs::rename(file, folder.path() / "elsewhere");
        if (how == "replaced") fs::rename(folder.write("other", "another file\n"), file);
        step.step = 4;
        LATHE_VERIFY_OK(log.value().append(step));
        QVERIFY(log.value().takeRestored());
        step.step = 5;
        LATHE_VERIFY_OK(log.value().append(step));
        QVERIFY(!log.value().takeRestored());
        std::vector<int64_t> steps;
        const auto events = readMetrics(folder.path());
        LATHE_VERIFY_OK(events);
        for (const Event& event : events.value()) steps.push_back(std::get<StepEvent>(event).step);
        QCOMPARE(steps, (std::vector<int64_t>{1, 2, 3, 4, 5}));
        fs::remove_all(folder.path());
        QVERIFY(!log.value().append(step).ok());
    }
    void whatIsNotALogIsAnError() {
        const test::TemporaryFolder folder;
        const fs::path file = folder.path() / "metrics.jsonl";
        QCOMPARE(readMetrics(folder.path()).error().code, ErrorCode::FileMissing);
        fs::create_symlink("metrics.jsonl", file);  // a loop
        QVERIFY(!readMetrics(folder.path()).ok());
        QVERIFY(!MetricLog::open(folder.path(), 3).ok());
        fs::remove(file);
        QCOMPARE(::mkfifo(file.c_str(), 0600), 0);
        QVERIFY(!readMetrics(folder.path()).ok());
        QVERIFY(!MetricLog::open(folder.path(), 3).ok());
        fs::remove(file);
        LATHE_VERIFY_OK(MetricLog::open(folder.path(), 3));  // lost: the curves begin anew
    }
    void nothingRemainsOfALineThatDoesNotFit() {
        const test::TemporaryFolder folder;
        auto log = MetricLog::open(folder.path());
        LATHE_VERIFY_OK(log.value().append(PhaseEvent{"train"}));
        const std::string whole = readTextFile(folder.path() / "metrics.jsonl").value();
        rlimit limit{};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{whole.size() + 10, limit.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
        const auto failed = log.value().append(PhaseEvent{"evaluate"});
        ::setrlimit(RLIMIT_FSIZE, &limit);
        QVERIFY(!failed.ok());
        QCOMPARE(readTextFile(folder.path() / "metrics.jsonl").value(), whole);
        LATHE_VERIFY_OK(log.value().append(PhaseEvent{"train"}));
        QCOMPARE(readTextFile(folder.path() / "metrics.jsonl").value(), whole + whole);
    }
};

LATHE_TEST(TestMetricLog)
#include "tst_metric_log.moc"
