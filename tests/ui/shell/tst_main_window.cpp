// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/store/run_store.h"
#include "tests/support/support.h"
#include "tests/ui/fake_backend.h"
#include "tests/ui/user_input.h"
#include "ui/shell/main_window.h"
#include "ui/text/number_text.h"

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QShortcut>

using namespace lathe;
using test::completeRecipe;
using test::FakeBackend;
using State = TrainingController::State;

class TestMainWindow : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void init() {
        m_folder.emplace();
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope,
                           QString::fromStdString(m_folder->path().string()));
        m_backend.emplace();
        m_theme = std::make_unique<Theme>();
        m_theme->apply(*qApp, ThemeKind::Light);
        m_language = std::make_unique<Language>();
        m_window = std::make_unique<MainWindow>(*m_theme, *m_language, m_folder->path());
        m_window->resize(1280, 720);
        m_window->show();
    }
    void cleanup() {
        m_window.reset();
        m_language.reset();
    }

    void theWindowWorksBeforeTheEngineIsThere() {
        QVERIFY(!m_window->draft().missing().isEmpty());
        for (const char* page : kPages) m_window->goTo(page);
        QVERIFY(!m_window->grab().isNull());
    }

    void everyPageFitsASmallScreenInBothLanguagesAndThemes() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        QTRY_VERIFY(m_window->estimates().settled());
        for (const char* code : {"en", "zh_CN"}) {
            m_language->apply(code);
            for (const ThemeKind kind : {ThemeKind::Light, ThemeKind::Dark}) {
                m_theme->apply(*qApp, kind);
                for (const char* page : kPages) {
                    m_window->goTo(page);
                    QCoreApplication::processEvents();
                    m_window->grab();
                    const QSize size = m_window->size();
                    QVERIFY2(
                        size.width() <= 1280 && size.height() <= 720,
                        qPrintable(
                            QString("%1 %2: %3x%4").arg(code, page).arg(size.width()).arg(size.height())));
                }
            }
        }
    }

    void theWheelOverAPageChangesNoSetting() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        QTRY_VERIFY(m_window->estimates().settled());
        QVERIFY(activate());
        int editors = 0;
        for (const char* page : kPages) {
            m_window->goTo(page);
            QCoreApplication::processEvents();
            for (QWidget* editor : m_window->findChildren<QWidget*>()) {
                const QString before = test::settingOf(editor);
                if (before.isNull() || !editor->isVisible()) continue;
                ++editors;
                if (QWidget* focused = m_window->focusWidget()) focused->clearFocus();
                for (const int angle : {120, -120}) {
                    test::turnWheel(editor, angle);
                    QVERIFY2(test::settingOf(editor) == before,
                             qPrintable(QString("%1: %2").arg(page, editor->accessibleName())));
                    QVERIFY(!editor->hasFocus());
                }
            }
        }
        QVERIFY(editors > 10);
    }

    void theBillMovesAsTheFormMoves() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        QTRY_COMPARE(m_window->estimates().bills().size(), std::size_t(4));
        const int64_t before = m_window->estimates().bills().front().trainable;
        const int asked = m_backend->billsAsked;
        for (int64_t rank = 9; rank <= 16; ++rank) m_window->draft().setMethodValue("rank", rank);
        QTRY_COMPARE(m_window->estimates().bills().front().trainable, before * 2);
        QCOMPARE(m_backend->billsAsked, asked + 1);  // eight edits, one question
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

    void controlReturnAsksOnTryAndStartsElsewhere() {
        const std::filesystem::path run = m_folder->path() / "answers";
        std::filesystem::create_directories(run);
        RunRecord record;
        record.status = RunStatus::Done;
        record.task = "instruction";
        LATHE_VERIFY_OK(writeRunRecord(run, record));
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->goTo("try");
        QVERIFY(activate());
        auto* prompt = m_window->findChild<QPlainTextEdit*>("tryPrompt");
        prompt->setPlainText("Name a lathe tool");
        QTRY_VERIFY(m_window->findChild<QPushButton*>("tryAsk")->isEnabled());
        prompt->setFocus();
        QTest::keyClick(prompt, Qt::Key_Return, Qt::ControlModifier);
        const auto answered = [&] {
            for (const QPlainTextEdit* text : m_window->page("try")->findChildren<QPlainTextEdit*>())
                if (text->toPlainText() == "tuned: Name a lathe tool") return true;
            return false;
        };
        QTRY_VERIFY(answered());
        QCOMPARE(prompt->toPlainText(), QString("Name a lathe tool"));
        QVERIFY(m_backend->started.empty());

        m_window->goTo("task");
        QTest::keyClick(m_window.get(), Qt::Key_Return, Qt::ControlModifier);
        QTRY_COMPARE(m_backend->started.size(), std::size_t(1));
        m_backend->finish(RunStatus::Done);
        QTRY_VERIFY(!m_window->controller().busy());
    }

    void noTwoShortcutsOfAPageAreTheSame() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        for (const bool paused : {false, true}) {
            if (paused) {
                m_window->controller().start(m_window->draft().recipe());
                m_backend->emitStep(1, 10, 0.5);
                QTRY_COMPARE(m_window->controller().state(), State::Running);
                m_window->controller().pause();
                QCOMPARE(m_window->controller().state(), State::Paused);
            }
            for (const char* page : kPages) {
                m_window->goTo(page);
                QStringList keys = activeShortcuts();
                QVERIFY(keys.size() > 10);
                QVERIFY2(keys.removeDuplicates() == 0, page);
            }
        }
        m_backend->finish(RunStatus::Done);
        QTRY_VERIFY(!m_window->controller().busy());
    }

    void aCommandIsNotCopiedWithoutWhatIsShown() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->draft().setValue("train.epochs", std::string("abc"));
        QApplication::clipboard()->setText("before");
        for (QAction* action : m_window->actions())
            if (action->shortcut() == QKeySequence("Ctrl+Shift+C")) action->trigger();
        const auto* problem = m_window->findChild<QMessageBox*>();
        QVERIFY(problem && problem->text().contains("Enter a number."));
        QCOMPARE(QApplication::clipboard()->text(), QString("before"));
    }

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

    void undoAndRedoAreThereWhenTheyCanBeUsed() {
        m_window->setBackend(&*m_backend);
        const auto action = [&](QKeySequence::StandardKey key) {
            for (QAction* each : m_window->actions())
                if (each->shortcut() == QKeySequence(key)) return each;
            return static_cast<QAction*>(nullptr);
        };
        QAction *undo = action(QKeySequence::Undo), *redo = action(QKeySequence::Redo);
        QVERIFY(!undo->isEnabled() && !redo->isEnabled());
        m_window->draft().setValue("train.epochs", 7.0);
        QVERIFY(undo->isEnabled() && !redo->isEnabled());
        QCOMPARE(undo->text(), QString("Undo: change Epochs"));
        undo->trigger();
        QVERIFY(!undo->isEnabled() && redo->isEnabled());
        redo->trigger();
        QCOMPARE(m_window->draft().recipe().train.epochs, 7.0);
        QVERIFY(undo->isEnabled() && !redo->isEnabled());
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

    void layersAreNamedAnewForAnotherBase() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->draft().setMethodValue("target_modules", std::vector<std::string>{"query", "value"});
        QTRY_VERIFY(m_window->estimates().settled());
        m_window->draft().setValue("base", std::string("a-llama"));
        const auto targets = [&] {
            const FieldValue value = m_window->draft().methodValue("target_modules");
            return std::get<std::vector<std::string>>(value);
        };
        QTRY_COMPARE(targets(), std::vector<std::string>({"q_proj", "v_proj"}));
        QTRY_VERIFY(m_window->estimates().settled());
        // What no base has is the user's own affair.
        m_window->draft().setMethodValue("target_modules", std::vector<std::string>{"mine"});
        m_window->draft().setValue("base", std::string("bert"));
        QTRY_VERIFY(m_window->estimates().settled());
        QCOMPARE(targets(), std::vector<std::string>({"mine"}));
    }

    void aRecipeThatIsOpenedEarlyWaitsForTheEngine() {
        const QString file = recipeFile();
        m_window->openPath(file);
        QVERIFY(m_window->draft().recipe().base.empty());
        m_window->setBackend(&*m_backend);
        QCOMPARE(m_window->draft().recipe().base, std::string("b"));
        QCOMPARE(std::get<int64_t>(m_window->draft().methodValue("rank")), int64_t(5));
    }

    void whatIsNoRecipeLeavesTheForm() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        for (const char* text : {"{", "\xff\xfe", "project: helpful\nstages: []\n", "[1, 2]"}) {
            m_window->openPath(QString::fromStdString(m_folder->write("x.yaml", text).string()));
            QCOMPARE(m_window->draft().recipe().base, completeRecipe().base);
            const auto boxes = m_window->findChildren<QMessageBox*>();
            QVERIFY(!boxes.isEmpty());
            qDeleteAll(boxes);
        }
    }

    void aFileOpensTheSameWayEverywhere() {
        m_window->setBackend(&*m_backend);
        m_window->openPath(QString::fromStdString(m_folder->write("rows.csv", "text,label\na,b\n").string()));
        QCOMPARE(m_window->draft().recipe().data.validation, std::string("0.1"));
    }

    void openingStaysPossibleDuringARun() {
        m_window->setBackend(&*m_backend);
        m_window->openPath(QString::fromStdString(m_folder->write("rows.csv", "text,label\na,b\n").string()));
        m_window->draft().setRecipe(completeRecipe());
        m_window->controller().start(m_window->draft().recipe());
        m_backend->emitStep(1, 10, 0.5);
        QTRY_COMPARE(m_window->controller().state(), State::Running);
        const std::vector<QKeySequence> keys{QKeySequence::Open, QKeySequence::New};
        for (const QAction* action : m_window->findChildren<QAction*>())
            if (std::find(keys.begin(), keys.end(), action->shortcut()) != keys.end())
                QVERIFY2(action->isEnabled(), qPrintable(action->text()));
        for (const QMenu* menu : m_window->findChildren<QMenu*>())
            if (menu->title() == "Open recent") QVERIFY(menu->isEnabled() == !menu->isEmpty());
        m_backend->finish(RunStatus::Done);
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

    void theFormIsThereAgainAfterARestart() {
        m_window->setBackend(&*m_backend);
        m_window->keepDraft();
        m_window->draft().setRecipe(completeRecipe());
        m_window->draft().setValue("name", std::string("kept"));
        m_window->close();
        MainWindow next(*m_theme, *m_language, m_folder->path());
        next.setBackend(&*m_backend);
        QVERIFY(next.draft().recipe().base.empty());
        next.keepDraft();
        QCOMPARE(next.draft().recipe().name, std::string("kept"));
        QCOMPARE(next.draft().recipe().base, completeRecipe().base);
        QVERIFY(!next.draft().undoStack()->canUndo());
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

    void aRunThatWasCutOffIsOffered() {
        const auto run = m_folder->path() / "cut";
        std::filesystem::create_directories(run / "checkpoints" / "step-4");
        RunRecord record;
        record.name = "cut";
        record.task = "classification";
        record.started = "2026-01-01T10:00:00Z";
        record.steps = 5;
        record.maxSteps = 20;  // "running", and nobody owns it: what kill -9 leaves
        LATHE_VERIFY_OK(writeRunRecord(run, record));
        MainWindow next(*m_theme, *m_language, m_folder->path());
        next.setBackend(&*m_backend);
        next.show();
        auto* resume = next.findChild<QPushButton*>("resumeInterrupted");
        auto* dismiss = next.findChild<QPushButton*>("dismissInterrupted");
        QTRY_VERIFY(dismiss->isVisible());
        QVERIFY(!resume->isVisible());  // nothing to go on from
        m_folder->write("cut/checkpoints/step-4/MANIFEST.json", "{}");
        QTRY_VERIFY(resume->isVisible());
        resume->click();
        QCOMPARE(m_backend->calls.last(), QString("resume"));
        QVERIFY(!dismiss->isVisible());
        m_backend->finish(RunStatus::Stopped);
        QTRY_VERIFY(!next.controller().busy());

        MainWindow third(*m_theme, *m_language, m_folder->path());
        third.show();
        dismiss = third.findChild<QPushButton*>("dismissInterrupted");
        QTRY_VERIFY(dismiss->isVisible());
        dismiss->click();
        QVERIFY(!dismiss->isVisible());
        MainWindow fourth(*m_theme, *m_language, m_folder->path());
        fourth.show();
        QTRY_VERIFY(fourth.library().loaded());
        QVERIFY(!fourth.findChild<QPushButton*>("dismissInterrupted")->isVisible());
    }

    void anEngineThatFailedIsSaidAndTriedAgain() {
        const QSignalSpy wanted(m_window.get(), &MainWindow::engineWanted);
        m_window->showEngineError(Error{ErrorCode::FileUnreadable, "no libtorch", "module", ""});
        m_window->goTo("task");
        QVERIFY(shows("could not be loaded"));
        QVERIFY(!shows("The engine is loading"));
        auto* box = m_window->findChild<QMessageBox*>();
        box->buttons().first()->click();
        QCOMPARE(wanted.size(), 1);
        m_window->setBackend(&*m_backend);
        QVERIFY(!shows("could not be loaded"));
    }

    void aFocusThatIsTakenAwayStaysOnThePage() {
        m_window->setBackend(&*m_backend);
        m_window->goTo("method");
        QVERIFY(activate());
        QWidget* page = m_window->page("method");
        auto* button = new QPushButton("x", page);
        button->show();
        button->setFocus();
        QVERIFY(button->hasFocus());
        button->setEnabled(false);
        QVERIFY(page->hasFocus() || page->isAncestorOf(m_window->focusWidget()));
    }

    void numbersGoWithTheWords() {
        m_language->apply("zh_CN");
        QCOMPARE(QLocale().language(), QLocale::Chinese);
        m_language->apply("en");
        QCOMPARE(QLocale().language(), QLocale::English);
        QCOMPARE(countText(1234567), QString("1,234,567"));
        QCOMPARE(QCoreApplication::translate("lathe::RunsPage", "Move %n runs to the trash?", nullptr, 1),
                 QString("Move 1 run to the trash?"));
    }

    void aMissingBaseIsSaidInTheBill() {
        m_backend->baseError =
            Error{ErrorCode::FileMissing, "no config.json", "base-folder", "choose another"};
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        QTRY_VERIFY(m_window->estimates().baseError());
        QVERIFY(m_window->estimates().bills().empty());
        bool said = false;
        for (const QLabel* label : m_window->findChildren<QLabel*>())
            said = said || (label->isVisible() && label->text().contains("no config.json"));
        QVERIFY(said);
    }

    void droppedThingsAreRecognised() {
        m_window->setBackend(&*m_backend);
        m_window->openPath(QString::fromStdString(m_folder->write("rows.csv", "text,label\na,b\n").string()));
        QVERIFY(m_window->draft().recipe().data.train.ends_with("rows.csv"));
        m_window->openPath(QString::fromStdString(m_folder->write("model.gguf", "").string()));
        QVERIFY(m_window->draft().recipe().base.ends_with("model.gguf"));
        m_window->openPath(
            QString::fromStdString(m_folder->write("Modelfile", "FROM ./model.gguf").string()));
        QVERIFY(m_window->draft().recipe().base.ends_with("Modelfile"));
        m_window->openPath("hub:org/tiny");
        QCOMPARE(m_window->draft().recipe().base, std::string("hub:org/tiny"));
        m_window->openPath(QString::fromStdString(
            m_folder->write("r.yaml", "lathe: 1\ntask: classification\nbase: b\ndata: {train: t.csv}\n")
                .string()));
        QCOMPARE(m_window->draft().recipe().base, std::string("b"));
    }

  private:
    static constexpr const char* kPages[] = {"task",     "data",    "base", "method", "train",
                                             "evaluate", "compare", "try",  "runs"};

    /// Keys and the focus need a window that is active.
    bool activate() const {
        m_window->activateWindow();
        return QTest::qWaitForWindowActive(m_window.get());
    }

    QStringList activeShortcuts() const {
        QStringList keys;
        for (const QAction* action : m_window->findChildren<QAction*>())
            if (action->isEnabled())
                for (const QKeySequence& each : action->shortcuts()) keys << each.toString();
        for (const QShortcut* shortcut : m_window->findChildren<QShortcut*>())
            if (shortcut->isEnabled() && qobject_cast<QWidget*>(shortcut->parent())->isVisible())
                keys << shortcut->key().toString();
        for (const QAbstractButton* button : m_window->findChildren<QAbstractButton*>())
            if (button->isEnabled() && button->isVisible()) keys << button->shortcut().toString();
        keys.removeAll(QString());
        return keys;
    }

    /// Whether a label on the screen has the text in it.
    bool shows(const QString& text) const {
        for (const QLabel* label : m_window->findChildren<QLabel*>())
            if (label->isVisible() && label->text().contains(text)) return true;
        return false;
    }

    QString recipeFile() const {
        return QString::fromStdString(
            m_folder
                ->write("r.yaml",
                        "lathe: 1\ntask: classification\nbase: b\ndata: {train: t.csv}\n"
                        "method: {name: lora, rank: 5}\n")
                .string());
    }

    QPushButton* primaryButton() const { return m_window->findChild<QPushButton*>("start"); }

    std::optional<test::TemporaryFolder> m_folder;
    std::optional<FakeBackend> m_backend;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Language> m_language;
    std::unique_ptr<MainWindow> m_window;
};

LATHE_TEST_IN(QApplication, TestMainWindow)
#include "tst_main_window.moc"
