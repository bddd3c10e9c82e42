// SPDX-License-Identifier: GPL-3.0-or-later
#include <QAbstractItemModelTester>
#include <QDateTime>
#include <QLocale>
#include <QSignalSpy>
#include <fstream>

#include "core/run/store/run_lock.h"
#include "tests/ui/page_fixture.h"
#include "ui/models/run_list_model.h"
#include "ui/state/run_follower.h"
#include "ui/text/run_text.h"

using namespace lathe;

namespace {

/// Another process that trains: its lock is held, its events come when the test says so.
class Trainer {
  public:
    explicit Trainer(const std::filesystem::path& run) : m_run(run) {
        std::filesystem::create_directories(run);
        if (auto lock = RunLock::own(run); lock.ok()) m_lock.emplace(std::move(lock).value());
        RunRecord record;
        record.name = "elsewhere";
        record.task = "classification";
        record.started = "2026-01-01T10:00:00Z";
        test::PageFixture::writeRecord(run, record);
        if (auto log = MetricLog::open(run); log.ok()) m_log.emplace(std::move(log).value());
    }
    bool step(int64_t number) {
        StepEvent event;
        event.step = number;
        event.maxSteps = 20;
        event.loss = 1.0 / double(number);
        return m_log->append(event).ok();
    }
    /// As kill -9 does.
    void die() { m_lock.reset(); }

  private:
    std::filesystem::path m_run;
    std::optional<RunLock> m_lock;
    std::optional<MetricLog> m_log;
};

}  // namespace

class TestRunLibrary : public QObject {
    Q_OBJECT

    static bool read(RunLibrary& library) {
        const QSignalSpy refreshed(&library, &RunLibrary::refreshed);
        library.refresh();
        return QTest::qWaitFor([&] { return !refreshed.isEmpty(); });
    }

  private Q_SLOTS:
    void whatHasNotChangedIsNotToldAgain() {
        const test::PageFixture fixture;
        fixture.writeRun("one", 4, 1000, 0.8);
        RunLibrary library(fixture.runsFolder());
        QSignalSpy changed(&library, &RunLibrary::runsChanged), reset(&library, &RunLibrary::wasReset);
        QVERIFY(read(library) && read(library) && read(library));
        QCOMPARE(changed.size(), 1);
        QVERIFY(library.find(fixture.runsFolder() / "one"));
        QVERIFY(library.find(fixture.runsFolder() / "one" / ""));
        QVERIFY(!library.find(fixture.runsFolder() / "two"));

        fixture.writeRun("two", 8, 2000, 0.9);
        QVERIFY(read(library));
        QCOMPARE(changed.size(), 2);
        QCOMPARE(reset.size(), 2);
        std::filesystem::remove_all(fixture.runsFolder() / "one");
        QVERIFY(read(library));
        QCOMPARE(library.runs().size(), std::size_t(1));
        QCOMPARE(changed.size(), 3);
    }

    void aListThatStaysTheSameKeepsItsRows() {
        const test::PageFixture fixture;
        fixture.writeRun("one", 4, 1000, 0.8);
        RunLibrary library(fixture.runsFolder());
        RunListModel model(library);
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QVERIFY(read(library));
        const QPersistentModelIndex row(model.index(0, 0));
        auto record = readRunRecord(fixture.runsFolder() / "one");
        LATHE_VERIFY_OK(record);
        record.value().name = "renamed";
        test::PageFixture::writeRecord(fixture.runsFolder() / "one", record.value());
        QVERIFY(read(library));
        QVERIFY(row.isValid());
        QCOMPARE(row.data().toString(), QString("renamed"));
        fixture.writeRun("two", 8, 2000, 0.9);
        QVERIFY(read(library));
        QCOMPARE(model.rowCount(), 2);
    }

    void aRunOfAnotherProcessIsSeenAndItsEnd() {
        const test::PageFixture fixture;
        Trainer trainer(fixture.runsFolder() / "elsewhere");
        RunLibrary library(fixture.runsFolder());
        QVERIFY(trainer.step(1) && read(library));
        QCOMPARE(library.runs().front().summary.record.status, RunStatus::Running);
        QVERIFY(trainer.step(2));
        QTRY_COMPARE(library.runs().front().curve.size(), 2);  // nobody asked
        QCOMPARE(library.runs().front().summary.record.steps, int64_t(2));
        trainer.die();
        QTRY_COMPARE(library.runs().front().summary.record.status, RunStatus::Interrupted);
        QCOMPARE(progressText(library.runs().front().summary.record), QString("interrupted at 2 of 20"));
        QVERIFY(!library.runs().front().resumable);
        const auto checkpoint = fixture.runsFolder() / "elsewhere" / "checkpoints" / "step-2";
        std::filesystem::create_directories(checkpoint);
        std::ofstream(checkpoint / "MANIFEST.json") << "{}";
        QTRY_VERIFY(library.runs().front().resumable);
    }

    void aRunIsFollowedToItsEnd() {
        const test::PageFixture fixture;
        const auto run = fixture.runsFolder() / "elsewhere";
        Trainer trainer(run);
        QVERIFY(trainer.step(1) && trainer.step(2));
        RunFollower follower;
        std::vector<int64_t> steps;
        int began = 0;
        connect(&follower, &RunFollower::began, this, [&] {
            ++began;
            steps.clear();
        });
        connect(&follower, &RunFollower::eventsArrived, this, [&](const std::vector<Event>& events) {
            for (const Event& event : events) steps.push_back(std::get<StepEvent>(event).step);
        });
        follower.follow(QString::fromStdString(run.string()));
        QVERIFY(!follower.isLive());  // not before its record was read
        QTRY_COMPARE(steps, std::vector<int64_t>({1, 2}));
        QTRY_VERIFY(follower.isLive());
        QVERIFY(trainer.step(3));
        QTRY_COMPARE(steps, std::vector<int64_t>({1, 2, 3}));
        trainer.die();
        QTRY_VERIFY(!follower.isLive());
        QCOMPARE(follower.record().status, RunStatus::Interrupted);
        QCOMPARE(began, 1);
    }

    void aFolderThatIsNoRunFails() {
        const test::TemporaryFolder folder;
        RunFollower follower;
        const QSignalSpy failed(&follower, &RunFollower::failed);
        follower.follow(QString::fromStdString(folder.path().string()));
        QTRY_COMPARE(failed.size(), 1);
        QVERIFY(follower.folder().isEmpty());
    }

    void datesAreWrittenAsTheLanguageWritesThem() {
        const test::TemporaryFolder folder;
        const auto run = folder.path() / "run";
        Trainer trainer(run);
        RunLibrary library(folder.path());
        RunListModel model(library);
        library.refresh();
        QTRY_COMPARE(model.rowCount(), 1);
        const QDateTime began = QDateTime::fromString("2026-01-01T10:00:00Z", Qt::ISODate).toLocalTime();
        const QLocale before;
        for (const char* name : {"en_US", "zh_CN", "de_DE"}) {
            const QLocale locale{QString(name)};
            QLocale::setDefault(locale);
            QCOMPARE(model.index(0, RunListModel::Started).data().toString(),
                     locale.toString(began, QLocale::ShortFormat));
        }
        QLocale::setDefault(before);
    }

    void aRunWithoutAnEvaluationAfterTrainingHasNoResult() {
        RunRecord record;
        record.task = "classification";
        record.status = RunStatus::Stopped;
        record.steps = 4;
        record.maxSteps = 20;
        record.before = {{"accuracy", 0.556}, {"loss", 0.69}};
        record.metrics = record.before;
        record.metrics["train_loss"] = 0.6;
        QVERIFY(!hasTrainedMetrics(record));
        QVERIFY(mainMetric(record).empty());
        QCOMPARE(resultText(record), QString("–, stopped at 4 of 20"));
        record.metrics["accuracy"] = 0.6;
        QCOMPARE(resultText(record), QString("accuracy 60.0 %"));
        record.status = RunStatus::Done;
        record.metrics = {};
        QCOMPARE(resultText(record), QString("–"));
    }
};

LATHE_TEST_IN(QApplication, TestRunLibrary)
#include "tst_run_library.moc"
