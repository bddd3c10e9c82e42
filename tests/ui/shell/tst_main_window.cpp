// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/store/run_store.h"
#include "tests/ui/user_input.h"
#include "tests/ui/window_fixture.h"
#include "ui/shell/help_window.h"
#include "ui/text/number_text.h"

#include <QAction>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QShortcut>
#include <QTextBrowser>

using namespace lathe;
using test::completeRecipe;
using State = TrainingController::State;

class TestMainWindow : public QObject, protected test::WindowFixture {
    Q_OBJECT

  private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

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

    void theHelpGoesWithThePageAndTheLanguage() {
        m_window->goTo("method");
        for (QAction* action : m_window->findChildren<QAction*>())
            if (action->shortcut() == QKeySequence(QKeySequence::HelpContents)) action->trigger();
        auto* help = m_window->findChild<HelpWindow*>();
        QVERIFY(help && help->isVisible());
        const auto* text = help->findChild<QTextBrowser*>();
        QVERIFY(text->toPlainText().startsWith("Methods"));
        m_language->apply("zh_CN");
        QTRY_VERIFY(!text->toPlainText().startsWith("Methods"));
        QCOMPARE(help->windowTitle(), QString::fromUtf8("帮助"));
        m_language->apply("en");
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

  private:
    static constexpr const char* kPages[] = {"task",     "data",    "base", "method", "train",
                                             "evaluate", "compare", "try",  "runs"};

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
};

LATHE_TEST_IN(QApplication, TestMainWindow)
#include "tst_main_window.moc"
