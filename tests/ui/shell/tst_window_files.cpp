// SPDX-License-Identifier: GPL-3.0-or-later
// What the window opens, keeps and offers again.
#include "core/run/store/run_store.h"
#include "tests/ui/window_fixture.h"
#include "ui/text/number_text.h"

#include <QAction>
#include <QClipboard>
#include <QMessageBox>

using namespace lathe;
using test::completeRecipe;
using State = TrainingController::State;

class TestWindowFiles : public QObject, protected test::WindowFixture {
    Q_OBJECT

  private Q_SLOTS:
    void init() { open(); }
    void cleanup() { close(); }

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
};

LATHE_TEST_IN(QApplication, TestWindowFiles)
#include "tst_window_files.moc"
