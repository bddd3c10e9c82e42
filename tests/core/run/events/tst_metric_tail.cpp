// SPDX-License-Identifier: GPL-3.0-or-later
#include <fstream>

#include "core/base/files.h"
#include "core/run/events/metric_log.h"
#include "core/run/events/metric_tail.h"
#include "core/run/metrics.h"
#include "tests/support/support.h"

using namespace lathe;

class TestMetricTail : public QObject {
    Q_OBJECT

    static StepEvent step(int64_t number) {
        StepEvent event;
        event.step = number;
        event.maxSteps = 100;
        event.loss = 1.0 / double(number);
        return event;
    }

    static std::vector<int64_t> stepsOf(const MetricTail::Piece& piece) {
        std::vector<int64_t> steps;
        for (const Event& event : piece.events)
            if (const auto* each = std::get_if<StepEvent>(&event)) steps.push_back(each->step);
        return steps;
    }

    static MetricTail::Piece read(MetricTail& tail, std::size_t most = 1000) {
        auto piece = tail.read(most);
        return piece.ok() ? std::move(piece).value() : MetricTail::Piece{{}, true, true, -1};
    }

    static void write(const std::filesystem::path& run, const std::string& text, bool append = true) {
        std::ofstream(run / "metrics.jsonl", append ? std::ios::app : std::ios::trunc) << text;
    }

  private Q_SLOTS:
    void whatIsNewIsReadOnceAndInPieces() {
        const test::TemporaryFolder folder;
        MetricTail tail(folder.path());
        QVERIFY(read(tail).events.empty());  // the file is not there yet
        auto log = MetricLog::open(folder.path());
        LATHE_VERIFY_OK(log);
        for (int64_t i = 1; i <= 5; ++i) LATHE_VERIFY_OK(log.value().append(step(i)));
        const auto first = read(tail, 2);
        QCOMPARE(stepsOf(first), std::vector<int64_t>({1, 2}));
        QVERIFY(first.more && !first.restarted);
        const auto rest = read(tail);
        QCOMPARE(stepsOf(rest), std::vector<int64_t>({3, 4, 5}));
        QVERIFY(!rest.more);
        QVERIFY(read(tail).events.empty());
        LATHE_VERIFY_OK(log.value().append(step(6)));
        QCOMPARE(stepsOf(read(tail)), std::vector<int64_t>({6}));
    }

    void aLineThatIsBeingWrittenWaits() {
        const test::TemporaryFolder folder;
        MetricTail tail(folder.path());
        write(folder.path(), R"({"event": "phase", "name": "train"})");
        QVERIFY(read(tail).events.empty());
        write(folder.path(), "\n");
        QCOMPARE(read(tail).events.size(), std::size_t(1));
    }

    void damagedLinesArePassedOverAndCounted() {
        const test::TemporaryFolder folder;
        write(folder.path(),
              "{\"event\": \"phase\", \"name\": \"train\"}\n{\n[]\nnonsense\n"
              "{\"event\": \"phase\", \"name\": \"save\"}\n");
        MetricTail tail(folder.path());
        const auto piece = read(tail);
        QCOMPARE(piece.events.size(), std::size_t(2));
        QCOMPARE(piece.damaged, int64_t(3));
    }

    void aFileThatWasReplacedOrCutIsReadAgain() {
        const test::TemporaryFolder folder;
        auto log = MetricLog::open(folder.path());
        LATHE_VERIFY_OK(log);
        for (int64_t i = 1; i <= 4; ++i) LATHE_VERIFY_OK(log.value().append(step(i)));
        MetricTail tail(folder.path());
        QCOMPARE(read(tail).events.size(), std::size_t(4));
        LATHE_VERIFY_OK(MetricLog::open(folder.path(), 2));  // as a resumed run does
        const auto again = read(tail);
        QVERIFY(again.restarted);
        QCOMPARE(stepsOf(again), std::vector<int64_t>({1, 2}));
        write(folder.path(), "{\"event\": \"phase\", \"name\": \"train\"}\n", false);
        const auto cut = read(tail);
        QVERIFY(cut.restarted);
        QCOMPARE(cut.events.size(), std::size_t(1));
    }

    void linesLongerThanAPieceAreReadWhole() {
        const test::TemporaryFolder folder;
        auto log = MetricLog::open(folder.path());
        LATHE_VERIFY_OK(log);
        LATHE_VERIFY_OK(log.value().append(SampleEvent{1, "p", std::string(3'000'000, 'a')}));
        LATHE_VERIFY_OK(log.value().append(step(2)));
        MetricTail tail(folder.path());
        const auto piece = read(tail);
        QCOMPARE(piece.events.size(), std::size_t(2));
        write(folder.path(), std::string(17 * 1024 * 1024, ' '));
        const auto tooLong = tail.read(10);
        QVERIFY(!tooLong.ok() && tooLong.error().code == ErrorCode::FileMalformed);
    }

    void theMetricThatNamesARunIsItsTasksOwn() {
        const std::map<std::string, double> all{{"accuracy", 0}, {"f1", 0.5},     {"pearson", 0.5},
                                                {"loss", 1},     {"macro_f1", 0}, {"perplexity", 2}};
        QCOMPARE(headlineMetric("classification", "single_label_classification", all),
                 std::string("accuracy"));
        QCOMPARE(headlineMetric("classification", "multi_label_classification", all), std::string("f1"));
        QCOMPARE(headlineMetric("classification", "regression", all), std::string("pearson"));
        QCOMPARE(headlineMetric("token_classification", "", all), std::string("f1"));
        QCOMPARE(headlineMetric("instruction", "", {{"loss", 1}, {"perplexity", 2}}), std::string("loss"));
        QCOMPARE(headlineMetric("reinforcement", "", {{"loss", 1}, {"reward", 2}}), std::string("reward"));
        QCOMPARE(headlineMetric("instruction", "", {{"train_loss", 1}}), std::string("train_loss"));
        QVERIFY(headlineMetric("classification", "", {}).empty());
        QVERIFY(metricRises("f1") && !metricRises("loss") && !metricRises("mae"));
        QVERIFY(isShareMetric("win_rate") && !isShareMetric("reward"));
    }
};

LATHE_TEST(TestMetricTail)
#include "tst_metric_tail.moc"
