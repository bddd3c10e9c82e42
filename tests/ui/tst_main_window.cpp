// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/run_store.h"
#include "tests/support/support.h"
#include "tests/ui/fake_backend.h"
#include "tests/ui/user_input.h"
#include "ui/main_window.h"

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
        QCOMPARE(m_window->currentPage(), QString("train"));
        QCOMPARE(m_backend->started.size(), std::size_t(1));
        m_backend->finish("done");
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
        QVERIFY(m_window->draft().missing().first().contains("Enter a number."));

        epochs->selectAll();
        QTest::keyClicks(epochs, "2");
        QTest::keyClick(epochs, Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(m_backend->started.size(), std::size_t(1));
        QCOMPARE(m_backend->started.front().train.epochs, 2.0);
        m_backend->finish("done");
        QTRY_VERIFY(!m_window->controller().busy());
    }

    void controlReturnAsksOnTryAndStartsElsewhere() {
        const std::filesystem::path run = m_folder->path() / "answers";
        std::filesystem::create_directories(run);
        RunRecord record;
        record.status = "done";
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
        QCOMPARE(m_backend->started.size(), std::size_t(1));
        m_backend->finish("done");
        QTRY_VERIFY(!m_window->controller().busy());
    }

    void noTwoShortcutsOfAPageAreTheSame() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        for (const bool paused : {false, true}) {
            if (paused) {
                m_window->controller().start(m_window->draft().recipe());
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
        m_backend->finish("done");
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
        m_backend->finish("stopped");
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
        m_backend->finish("stopped");
        QTRY_VERIFY(!m_window->isVisible());
    }

    void outOfMemoryOffersASmallerBatch() {
        m_window->setBackend(&*m_backend);
        m_window->draft().setRecipe(completeRecipe());
        m_window->draft().setValue("train.batch_size", int64_t(8));
        m_window->goTo("train");
        m_window->controller().start(m_window->draft().recipe());
        m_backend->finish("failed", {}, Error{ErrorCode::OutOfMemory, "no memory for 3 GiB", "", ""});
        QTRY_COMPARE(m_window->controller().state(), State::Failed);
        auto* smaller = m_window->page("train")->findChild<QPushButton*>("smallerBatch");
        QVERIFY(smaller && smaller->isVisible());
        smaller->click();
        QCOMPARE(m_window->draft().recipe().train.batchSize, 4);
        QCOMPARE(m_window->draft().recipe().train.gradientAccumulation, 2);
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

    QPushButton* primaryButton() const { return m_window->findChild<QPushButton*>("start"); }

    std::optional<test::TemporaryFolder> m_folder;
    std::optional<FakeBackend> m_backend;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<Language> m_language;
    std::unique_ptr<MainWindow> m_window;
};

LATHE_TEST_IN(QApplication, TestMainWindow)
#include "tst_main_window.moc"
