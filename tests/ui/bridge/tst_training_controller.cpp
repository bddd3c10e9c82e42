// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/support.h"
#include "tests/ui/fake_backend.h"
#include "ui/bridge/training_controller.h"

#include <QSignalSpy>
#include <filesystem>
#include <thread>

using namespace lathe;
using test::completeRecipe;
using test::FakeBackend;
using State = TrainingController::State;

class TestTrainingController : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void init() {
        m_folder.emplace();
        m_backend.emplace();
        m_controller = std::make_unique<TrainingController>(m_folder->path());
        m_controller->setBackend(&*m_backend);
    }
    void cleanup() { m_controller.reset(); }

    void aRunGoesThroughItsStates() {
        m_controller->start(completeRecipe());
        QCOMPARE(m_controller->state(), State::Starting);
        QVERIFY(std::filesystem::exists(m_controller->runFolder().toStdString()));
        m_backend->emitStep(1, 10, 0.7);
        QTRY_COMPARE(m_controller->state(), State::Running);
        m_controller->pause();
        QCOMPARE(m_controller->state(), State::Paused);
        m_controller->stepOnce();
        m_controller->unpause();
        QCOMPARE(m_controller->state(), State::Running);
        m_controller->stop(StopMode::Keep);
        QCOMPARE(m_controller->state(), State::Stopping);
        m_backend->finish(RunStatus::Stopped);
        QTRY_COMPARE(m_controller->state(), State::Idle);
        QCOMPARE(m_backend->calls, (QStringList{"start", "pause", "step", "unpause", "stop keep"}));
    }

    void everyEventOfAnotherThreadArrivesOnceAndInOrder() {
        constexpr int kSteps = 5000;
        std::vector<int64_t> seen;
        connect(m_controller.get(), &TrainingController::eventsArrived, this,
                [&](const std::vector<Event>& events) {
                    for (const Event& event : events)
                        if (const auto* step = std::get_if<StepEvent>(&event)) seen.push_back(step->step);
                });
        const QSignalSpy finished(m_controller.get(), &TrainingController::runFinished);
        m_controller->start(completeRecipe());
        std::jthread worker([&] {
            for (int step = 1; step <= kSteps; ++step) m_backend->emitStep(step, kSteps, 1.0);
            m_backend->finish(RunStatus::Done);
        });
        QTRY_COMPARE(finished.count(), 1);
        QCOMPARE(seen.size(), std::size_t(kSteps));
        QVERIFY(std::is_sorted(seen.begin(), seen.end()));
        QCOMPARE(m_controller->state(), State::Done);
    }

    void aSecondStartIsIgnoredWhileOneRuns() {
        m_controller->start(completeRecipe());
        m_controller->start(completeRecipe());
        QCOMPARE(m_backend->started.size(), std::size_t(1));
        m_backend->finish(RunStatus::Done);
        QTRY_VERIFY(!m_controller->busy());
    }

    void aRaceRunsTheValuesOneAfterAnotherAndIsJudged() {
        RaceReport report;
        std::vector<RaceEntry> entries;
        connect(m_controller.get(), &TrainingController::raceFinished, this,
                [&](const RaceReport& newReport, const std::vector<RaceEntry>& newEntries) {
                    report = newReport;
                    entries = newEntries;
                });
        m_controller->startRace(completeRecipe(), "method.rank", {int64_t(1), int64_t(4), int64_t(16)});
        const double accuracies[] = {0.80, 0.895, 0.90};
        for (std::size_t i = 0; i < 3; ++i) {
            QTRY_COMPARE(m_backend->started.size(), i + 1);
            QVERIFY(m_controller->busy());
            ParametersEvent counts;
            counts.trainable = int64_t(1000 * (i + 1));
            m_backend->emitEvent(counts);
            m_backend->finish(RunStatus::Done, {{"accuracy", accuracies[i]}});
        }
        QTRY_COMPARE(entries.size(), std::size_t(3));
        QVERIFY(!m_controller->busy());
        QCOMPARE(std::get<int64_t>(m_backend->started[1].methods.front().values.at("rank")), 4);
        QCOMPARE(entries[2].trainable, 3000);
        QCOMPARE(QString::fromStdString(entries[1].entry), QString("method.rank=4"));
        QCOMPARE(QString::fromStdString(report.smallest), QString("4"));
        QCOMPARE(QString::fromStdString(report.best), QString("16"));
    }

    void aStoppedRunEndsItsRace() {
        const QSignalSpy raced(m_controller.get(), &TrainingController::raceFinished);
        m_controller->startRace(completeRecipe(), "method.rank", {int64_t(1), int64_t(4)});
        m_controller->stop(StopMode::Discard);
        m_backend->finish(RunStatus::Stopped);
        QTRY_COMPARE(raced.count(), 1);
        QCOMPARE(m_backend->started.size(), std::size_t(1));
        QVERIFY(!m_controller->busy());
    }

    void aFailedRunDoesNotEndItsRace() {
        std::vector<RaceEntry> entries;
        connect(m_controller.get(), &TrainingController::raceFinished, this,
                [&](const RaceReport&, const std::vector<RaceEntry>& all) { entries = all; });
        m_controller->startRace(completeRecipe(), "method.rank", {int64_t(1), int64_t(4), int64_t(16)});
        m_backend->finish(RunStatus::Done, {{"accuracy", 0.8}});
        QTRY_COMPARE(m_backend->started.size(), std::size_t(2));
        m_backend->finish(RunStatus::Failed, {}, Error{ErrorCode::OutOfMemory, "no memory", "", ""});
        QTRY_COMPARE(m_backend->started.size(), std::size_t(3));
        QCOMPARE(m_controller->raceIndex(), 2);
        m_backend->finish(RunStatus::Done, {{"accuracy", 0.9}});
        QTRY_COMPARE(entries.size(), std::size_t(2));
        QCOMPARE(QString::fromStdString(entries[1].value), QString("16"));
        QVERIFY(!m_controller->busy());
    }

    void pausingWaitsForTheFirstStep() {
        m_controller->start(completeRecipe());
        m_controller->pause();
        m_controller->stepOnce();
        QCOMPARE(m_controller->state(), TrainingController::State::Starting);
        QVERIFY(!m_backend->calls.contains("pause"));
        m_backend->emitStep(1, 10, 0.5);
        QTRY_COMPARE(m_controller->state(), TrainingController::State::Running);
        m_controller->pause();
        QCOMPARE(m_controller->state(), TrainingController::State::Paused);
        m_backend->finish(RunStatus::Done);
        QTRY_VERIFY(!m_controller->busy());
    }

    void aRaceOverValuesOfAnotherTypeFails() {
        const QSignalSpy raced(m_controller.get(), &TrainingController::raceFinished);
        m_controller->startRace(completeRecipe(), "train.epochs", {std::string("many"), std::string("few")});
        QCOMPARE(raced.count(), 1);
        QCOMPARE(m_controller->state(), State::Failed);
        QVERIFY(m_backend->started.empty() && !m_controller->busy());
    }

    void aRunFolderThatCannotBeMadeFailsTheRun() {
        const std::filesystem::path file = m_folder->write("in-the-way", "");
        TrainingController controller(file);
        controller.setBackend(&*m_backend);
        const QSignalSpy finished(&controller, &TrainingController::runFinished);
        controller.start(completeRecipe());
        QCOMPARE(finished.count(), 1);
        QCOMPARE(controller.state(), State::Failed);
        QVERIFY(m_backend->started.empty());
    }

  private:
    std::optional<test::TemporaryFolder> m_folder;
    std::optional<FakeBackend> m_backend;
    std::unique_ptr<TrainingController> m_controller;
};

LATHE_TEST_IN(QCoreApplication, TestTrainingController)
#include "tst_training_controller.moc"
