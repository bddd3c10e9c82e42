// SPDX-License-Identifier: GPL-3.0-or-later
// From Start to the end of a run: what the window says, asks and offers.
#include "tests/ui/user_input.h"
#include "tests/ui/window_fixture.h"
#include "ui/text/number_text.h"

#include <QLineEdit>
#include <QMessageBox>

using namespace lathe;
using test::completeRecipe;
using State = TrainingController::State;

class TestWindowTraining : public QObject, protected test::WindowFixture {
    Q_OBJECT

  private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

    void closingDuringARunAsksOnceAndWaitsForTheEnd() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->controller().start(m_window->draft().recipe());
        m_backend->emitStep(1, 10, 0.5);
        QTRY_COMPARE(m_window->controller().state(), State::Running);
        m_window->close();
        QVERIFY(m_window->isVisible());
        auto* question = m_window->findChild<QMessageBox*>();
        QVERIFY(question);
        question->buttons().first()->click();
        QVERIFY(m_backend->calls.contains("stop keep") || m_backend->calls.contains("stop discard"));
        m_window->close();
        QVERIFY(m_window->isVisible());
        m_backend->finish(RunStatus::Stopped);
        QTRY_VERIFY(!m_window->isVisible());
    }

    // What SIGTERM and a closed terminal do.
    void aRunIsStoppedWithoutAQuestion() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->controller().start(m_window->draft().recipe());
        m_backend->emitStep(1, 10, 0.5);
        QTRY_COMPARE(m_window->controller().state(), State::Running);
        m_window->stopAndClose(StopMode::Keep);
        m_window->stopAndClose(StopMode::Keep);
        QVERIFY(!m_window->findChild<QMessageBox*>());
        QCOMPARE(m_backend->calls.count("stop keep"), 1);
        QVERIFY(m_window->isVisible());
        m_backend->finish(RunStatus::Stopped);
        QTRY_VERIFY(!m_window->isVisible());
    }

    void outOfMemoryOffersASmallerBatch() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->draft().setValue("train.batch_size", int64_t(8));
        m_window->goTo("train");
        m_window->controller().start(m_window->draft().recipe());
        m_backend->finish(RunStatus::Failed, {},
                          Error{ErrorCode::OutOfMemory, "no memory for 3 GiB", "", ""});
        QTRY_COMPARE(m_window->controller().state(), State::Failed);
        auto* smaller = m_window->page("train")->findChild<QPushButton*>("smallerBatch");
        QVERIFY(smaller && smaller->isVisible());
        smaller->click();
        QCOMPARE(m_window->draft().recipe().train.batchSize, 4);
        QCOMPARE(m_window->draft().recipe().train.gradientAccumulation, 2);
    }

    void halvingTheBatchTakesTheRecipeThatFailed() {
        m_window->setBackend(&*m_backend);
        Recipe failed = completeRecipe();
        failed.train.batchSize = 8;
        m_window->draft().setRecipe(failed);
        m_window->goTo("train");
        m_window->controller().start(failed);
        m_window->draft().setValue("train.batch_size", int64_t(1));  // the form is for the next run by now
        m_window->draft().setValue("train.epochs", 9.0);
        m_backend->finish(RunStatus::Failed, {},
                          Error{ErrorCode::OutOfMemory, "no memory for 3 GiB", "", ""});
        QTRY_COMPARE(m_window->controller().state(), State::Failed);
        auto* smaller = m_window->page("train")->findChild<QPushButton*>("smallerBatch");
        QVERIFY(smaller->isVisible());
        smaller->click();
        QCOMPARE(m_window->draft().recipe().train.batchSize, 4);
        QCOMPARE(m_window->draft().recipe().train.epochs, failed.train.epochs);
    }

    void aFailureOnAnotherPageIsMarkedUntilItIsSeen() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->controller().start(m_window->draft().recipe());
        m_window->goTo("data");
        m_backend->finish(RunStatus::Failed, {}, Error{ErrorCode::DataInvalid, "no rows", "", ""});
        QTRY_COMPARE(m_window->page("train")->faultCount(), 1);
        m_window->goTo("train");
        QCOMPARE(m_window->page("train")->faultCount(), 0);
    }

    void whileARunGoesOnTheWindowIsAboutIt() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->draft().setMethodValue("rank", int64_t(3));
        QTRY_VERIFY(m_window->estimates().settled());
        const QString ofRun = countText(m_window->estimates().bills().front().trainable);
        primaryButton()->click();
        QTRY_COMPARE(m_window->controller().state(), State::Starting);
        QTRY_VERIFY(m_window->estimates().runBill());
        m_window->draft().setMethodValue("rank", int64_t(1));
        QTRY_VERIFY(m_window->estimates().settled());
        const QString ofForm = countText(m_window->estimates().bills().front().trainable);
        QVERIFY(ofRun != ofForm);
        QVERIFY(shows(ofRun));
        const auto* form = m_window->findChild<QLabel*>("billOfForm");
        QVERIFY(form->isVisible() && form->text().contains(ofForm));
        QCOMPARE(m_window->findChild<QLabel*>("runTitle")->text(), QString("▶ test"));
        QCOMPARE(m_window->windowTitle(), QString("test – Lathe"));
        QCOMPARE(m_window->page("method")->railNoteOf(*m_window->controller().runRecipe()),
                 QString("LoRA 3"));
        QCOMPARE(m_window->page("method")->railNote(), QString("LoRA 1"));
        m_backend->finish(RunStatus::Done);
        QTRY_VERIFY(!m_window->controller().busy());
        QVERIFY(!form->isVisible());
        QVERIFY(!shows(ofRun) && shows(ofForm));
    }

    void aRunsBillComesEvenWhenTheFormAsksAtTheSameTime() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        Recipe other = completeRecipe();
        other.methods.front().values["rank"] = int64_t(3);
        m_window->controller().start(other);
        m_window->draft().setMethodValue("rank", int64_t(5));
        QTRY_VERIFY(m_window->estimates().runBill() && m_window->estimates().settled());
        const int64_t run = m_window->estimates().runBill()->trainable,
                      form = m_window->estimates().bills().front().trainable;
        QCOMPARE(run * 5, form * 3);
        m_backend->finish(RunStatus::Done);
        QTRY_VERIFY(!m_window->controller().busy());
    }

    void theStopQuestionGoesWithTheRun() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->controller().start(m_window->draft().recipe());
        m_backend->emitStep(1, 10, 0.5);
        QTRY_COMPARE(m_window->controller().state(), State::Running);
        m_window->findChild<QPushButton*>("stop")->click();
        QPointer<QMessageBox> question = m_window->findChild<QMessageBox*>();
        QVERIFY(question);
        m_backend->finish(RunStatus::Done);
        QTRY_VERIFY(!question);
    }

    void aRunIsNamedBeforeItStarts() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        QVERIFY(activate());
        auto* name = m_window->findChild<QLineEdit*>("name");
        QCOMPARE(name->text(), QString("test"));
        name->setFocus();
        test::typeOver(name, "my run");
        primaryButton()->click();
        QTRY_COMPARE(m_backend->started.size(), std::size_t(1));
        QCOMPARE(m_backend->started.front().name, std::string("my run"));
        m_backend->finish(RunStatus::Done);
        QTRY_VERIFY(!m_window->controller().busy());
    }

    void startSaysWhatIsMissingAndGoesThere() {
        m_window->setBackend(&*m_backend);
        primaryButton()->click();
        QCOMPARE(m_window->currentPage(), QString("task"));
        QVERIFY(m_backend->started.empty());
        m_window->draft().setRecipe(completeRecipe());
        primaryButton()->click();
        QTRY_COMPARE(m_window->currentPage(), QString("train"));
        QTRY_COMPARE(m_backend->started.size(), std::size_t(1));
        m_backend->finish(RunStatus::Done);
        QTRY_COMPARE(m_window->controller().state(), State::Done);
    }

    void whatIsStillBeingTypedCountsBeforeTheStart() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->goTo("method");
        QVERIFY(activate());
        auto* epochs = m_window->page("method")->findChild<QLineEdit*>("train.epochs");
        epochs->setFocus();
        epochs->selectAll();
        QTest::keyClicks(epochs, "abc");
        QTest::keyClick(epochs, Qt::Key_Return, Qt::ControlModifier);
        QVERIFY(m_backend->started.empty());
        QCOMPARE(m_window->currentPage(), QString("method"));
        QCOMPARE(epochs->text(), QString("abc"));
        QVERIFY(m_window->draft().missing().first().text.contains("Enter a number."));

        epochs->selectAll();
        QTest::keyClicks(epochs, "2");
        QTest::keyClick(epochs, Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(m_backend->started.size(), std::size_t(1));
        QCOMPARE(m_backend->started.front().train.epochs, 2.0);
        m_backend->finish(RunStatus::Done);
        QTRY_VERIFY(!m_window->controller().busy());
    }

    void startLeadsToTheField() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->draft().setValue("train.epochs", -1.0);
        QVERIFY(activate());
        primaryButton()->click();
        QCOMPARE(m_window->currentPage(), QString("method"));
        auto* epochs = m_window->page("method")->findChild<QLineEdit*>("train.epochs");
        QVERIFY(epochs->hasFocus());
    }

    void whatReadingFindsIsMissingToo() {
        m_backend->previewError =
            Error{ErrorCode::DataInvalid, "the file has no rows", "rows.csv", "choose another"};
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        primaryButton()->click();  // before anything was read
        QTRY_COMPARE(m_window->currentPage(), QString("data"));
        QVERIFY(m_backend->started.empty());
        QTRY_VERIFY(m_window->estimates().settled());
        QVERIFY(m_window->estimates().missing().first().text.contains("the file has no rows"));
        QVERIFY(!shows("Nothing missing"));
        m_backend->previewError.reset();
        m_window->estimates().refresh();
        QTRY_VERIFY(shows("Nothing missing"));
    }
};

LATHE_TEST_IN(QApplication, TestWindowTraining)
#include "tst_window_training.moc"
