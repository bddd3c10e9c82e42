// SPDX-License-Identifier: GPL-3.0-or-later
#include <QComboBox>
#include <QPlainTextEdit>
#include <QPushButton>

#include "tests/ui/page_fixture.h"
#include "ui/charts/probability_bars.h"
#include "ui/pages/try/try_page.h"

using namespace lathe;

class TestTryPage : public QObject {
    Q_OBJECT

    static QPushButton* button(const QWidget& page) { return page.findChild<QPushButton*>(); }

    static QPlainTextEdit* text(const QWidget& page, const char* name) {
        for (QPlainTextEdit* edit : page.findChildren<QPlainTextEdit*>()) {
            if (edit->accessibleName() == name) return edit;
        }
        return nullptr;
    }

    /// What the engine writes to the folder of the run that was started last.
    static void writeStatus(const test::PageFixture& fixture, RunStatus status) {
        RunRecord record;
        record.status = status;
        record.task = "instruction";
        record.started = "2026-02-01T10:00:00Z";
        record.processId = QCoreApplication::applicationPid();
        test::PageFixture::writeRecord(fixture.backend.folders.back(), record);
    }

    /// A finished run of the task.
    static void writeTaskRun(const test::PageFixture& fixture, const std::string& name,
                             const std::string& task) {
        const auto run = fixture.writeRun(name, 8, 1000, 0.8);
        RunRecord record = readRunRecord(run).value();
        record.task = task;
        test::PageFixture::writeRecord(run, record);
    }

  private Q_SLOTS:
    void bothModelsAnswerOnePrompt() {
        test::PageFixture fixture;
        fixture.loadEngine();
        writeTaskRun(fixture, "answers", "instruction");
        TryPage page(fixture.context, nullptr);
        QVERIFY(!button(page)->isEnabled());
        text(page, "Prompt")->setPlainText("Name a lathe tool");
        QTRY_VERIFY(button(page)->isEnabled());
        button(page)->click();
        text(page, "Prompt")->setPlainText("Something else");  // both were asked already
        QTRY_COMPARE(text(page, "Answer of the tuned model")->toPlainText(),
                     QString("tuned: Name a lathe tool"));
        QCOMPARE(text(page, "Answer of the base")->toPlainText(), QString("base: Name a lathe tool"));
        QVERIFY(button(page)->isEnabled());
    }

    void anAnswerIsStoppedAndWhatWasWrittenStays() {
        test::PageFixture fixture;
        fixture.loadEngine();
        fixture.backend.writesForEver = true;
        writeTaskRun(fixture, "answers", "instruction");
        TryPage page(fixture.context, nullptr);
        text(page, "Prompt")->setPlainText("Name a lathe tool");
        QTRY_VERIFY(button(page)->isEnabled());
        button(page)->click();
        QTRY_COMPARE(text(page, "Answer of the base")->toPlainText(), QString("base: Name "));
        QCOMPARE(button(page)->text(), QString("Stop"));
        button(page)->click();
        QVERIFY(fixture.backend.calls.contains("stop answers"));
        QTRY_COMPARE(button(page)->text(), QString("Answer"));
        QVERIFY(button(page)->isEnabled());
        QCOMPARE(text(page, "Answer of the base")->toPlainText(), QString("base: Name "));
        QVERIFY(text(page, "Answer of the tuned model")->toPlainText().isEmpty());  // nor was it asked
    }

    void aClassifierShowsProbabilities() {
        test::PageFixture fixture;
        fixture.loadEngine();
        fixture.writeRun("labels", 8, 1000, 0.8);
        TryPage page(fixture.context, nullptr);
        page.show();
        text(page, "Prompt")->setPlainText("a fine film");
        QTRY_VERIFY(button(page)->isEnabled());
        button(page)->click();
        const auto bars = page.findChildren<ProbabilityBars*>();
        QCOMPARE(bars.size(), 2);
        QTRY_VERIFY(bars.last()->accessibleDescription().startsWith("positive 90"));
        QVERIFY(bars.first()->accessibleDescription().contains("50"));
        QVERIFY(bars.first()->isVisible());
    }

    void aNumberIsShownAsOne() {
        test::PageFixture fixture;
        fixture.loadEngine();
        fixture.backend.predictedKind = LabelKind::Number;
        const auto run = fixture.writeRun("stars", 8, 1000, 0.8);
        auto record = readRunRecord(run);
        LATHE_VERIFY_OK(record);
        record.value().problemType = problemTypeOf(LabelKind::Number);
        test::PageFixture::writeRecord(run, record.value());
        TryPage page(fixture.context, nullptr);
        page.show();
        text(page, "Prompt")->setPlainText("a fine film");
        QTRY_VERIFY(button(page)->isEnabled());
        QCOMPARE(button(page)->text(), QString("Rate"));
        button(page)->click();
        QTRY_COMPARE(text(page, "Answer of the tuned model")->toPlainText(), QString("2.25"));
        QCOMPARE(text(page, "Answer of the base")->toPlainText(), QString("1.25"));
        for (const ProbabilityBars* bars : page.findChildren<ProbabilityBars*>()) QVERIFY(!bars->isVisible());
    }

    void aRewardModelJudgesAnAnswer() {
        test::PageFixture fixture;
        fixture.loadEngine();
        writeTaskRun(fixture, "judge", "reward_model");
        TryPage page(fixture.context, nullptr);
        page.show();
        QTRY_VERIFY(text(page, "Answer to judge")->isVisible());
        text(page, "Prompt")->setPlainText("ab");
        QVERIFY(!button(page)->isEnabled());
        text(page, "Answer to judge")->setPlainText("four");
        QTRY_VERIFY(button(page)->isEnabled());
        button(page)->click();
        QTRY_COMPARE(text(page, "Answer of the tuned model")->toPlainText(), QString("Reward 20.040"));
        QCOMPARE(text(page, "Answer of the base")->toPlainText(), QString("Reward 2.040"));
        fixture.backend.givesRewards = false;
        button(page)->click();
        QTRY_COMPARE(text(page, "Answer of the tuned model")->toPlainText(),
                     QString("This model gives no reward."));
    }

    void theRunThatWentLastIsTriedUntilAnotherIsChosen() {
        test::PageFixture fixture;
        fixture.loadEngine();
        const auto old = QString::fromStdString(fixture.writeRun("old", 8, 1000, 0.8).string());
        TryPage page(fixture.context, nullptr);
        auto* runs = page.findChild<QComboBox*>();
        QTRY_COMPARE(runs->currentData().toString(), old);
        fixture.controller.start(test::completeRecipe());
        writeStatus(fixture, RunStatus::Done);
        fixture.backend.finish(RunStatus::Done);
        QTRY_VERIFY(!fixture.controller.busy());
        QTRY_COMPARE(runs->currentData().toString(), fixture.controller.runFolder());

        runs->setCurrentIndex(runs->findData(old));
        Q_EMIT runs->activated(runs->currentIndex());
        fixture.controller.start(test::completeRecipe());
        writeStatus(fixture, RunStatus::Done);
        fixture.backend.finish(RunStatus::Done);
        QTRY_COMPARE(runs->count(), 3);
        QCOMPARE(runs->currentData().toString(), old);
    }

    void aPausedRunIsTriedAndSaysItsStep() {
        test::PageFixture fixture;
        fixture.loadEngine();
        fixture.writeRun("old", 8, 1000, 0.8);
        TryPage page(fixture.context, nullptr);
        auto* runs = page.findChild<QComboBox*>();
        fixture.controller.start(test::completeRecipe());
        writeStatus(fixture, RunStatus::Running);
        fixture.backend.emitStep(17, 20, 0.5);
        QTRY_COMPARE(fixture.controller.state(), TrainingController::State::Running);
        fixture.controller.pause();
        QTRY_COMPARE(runs->currentData().toString(), fixture.controller.runFolder());
        QVERIFY2(runs->currentText().endsWith("paused at step 17"), qPrintable(runs->currentText()));
        fixture.backend.emitStep(18, 20, 0.5);
        QTRY_VERIFY(runs->currentText().endsWith("paused at step 18"));
        fixture.backend.finish(RunStatus::Done);
        QTRY_VERIFY(!fixture.controller.busy());
    }

    void aRunChosenElsewhereIsTheOneTried() {
        test::PageFixture fixture;
        fixture.writeRun("first", 1, 1000, 0.8);
        const auto second = QString::fromStdString(fixture.writeRun("second", 2, 1000, 0.8).string());
        TryPage page(fixture.context, nullptr);
        page.showRuns({second});
        auto* runs = page.findChild<QComboBox*>();
        QTRY_COMPARE(runs->count(), 2);
        QCOMPARE(runs->currentData().toString(), second);
    }
};

LATHE_TEST_IN(QApplication, TestTryPage)
#include "tst_try_page.moc"
