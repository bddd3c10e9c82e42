// SPDX-License-Identifier: GPL-3.0-or-later
// The window over the real engine on a real base (MiniLM): Start, Pause, Try, Continue, Stop, a race; and the
// UI thread stays free all the while.
#include <QComboBox>
#include <QLineEdit>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPointer>
#include <QPushButton>
#include <QSettings>

#include "core/run/store/run_store.h"
#include "tests/flow/lathe_run.h"
#include "tests/flow/watched_application.h"
#include "tests/support/support.h"
#include "tests/ui/user_input.h"
#include "ui/bridge/engine_loader.h"
#include "ui/shell/main_window.h"
#include "ui/text/number_text.h"
#include "ui/widgets/chip.h"

using namespace lathe;
using test::WatchedApplication;
using State = TrainingController::State;

class TestWindowFlow : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        if (test::shelfBase("minilm-l6").isEmpty())
            QSKIP("minilm-l6 is not on the shelf (lathe-run shelf get minilm-l6)");
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope,
                           QString::fromStdString(m_folder.path().string()));
        QApplication::setStyle("Fusion");
        m_theme.apply(*qApp, ThemeKind::Light);
        m_window = std::make_unique<MainWindow>(m_theme, m_language, m_folder.path() / "runs");
        m_window->resize(1280, 720);
        m_window->show();
        EngineLoader loader;
        QSignalSpy loaded(&loader, &EngineLoader::loaded), failed(&loader, &EngineLoader::failed);
        loader.start();
        QTRY_VERIFY_WITH_TIMEOUT(loaded.size() + failed.size() == 1, kLongestMs);
        QCOMPARE(failed.size(), 0);
        m_engine = loader.take();
        m_window->setBackend(m_engine.get());
        m_window->openPath(QString::fromStdString(test::resourceFile("recipes/sentiment.yaml").string()));
        m_window->draft().setValue("train.max_steps", int64_t(kSteps));
        m_window->draft().setValue("train.eval_every", int64_t(8));
        m_window->draft().setMethodValue("dropout", 0.1);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->estimates().settled(), kLongestMs);
        application().reset();
    }

    void cleanupTestCase() {
        if (!m_window) return;
        qInfo("longest event on the UI thread: %.1f ms (%s), of %d events", application().longestMs(),
              qPrintable(application().longestEvent()), application().events());
        m_window.reset();
        m_engine.reset();
    }

    void startTrainsToTheEnd() {
        press("start");
        QTRY_COMPARE_WITH_TIMEOUT(controller().state(), State::Running, kLongestMs);
        for (const char* page :
             {"task", "data", "base", "method", "evaluate", "compare", "try", "runs", "train"})
            visit(page);
        QTRY_COMPARE_WITH_TIMEOUT(controller().state(), State::Done, kLongestMs);
        m_whole = losses();
        QCOMPARE(m_whole.size(), std::size_t(kSteps));
    }

    void aPausedRunIsTriedAndGoesOnBitForBit() {
        press("start");
        QTRY_COMPARE_WITH_TIMEOUT(controller().state(), State::Running, kLongestMs);
        press("pause");
        QCOMPARE(controller().state(), State::Paused);
        visit("try");
        auto* runs = child<QComboBox>("tryRun");
        QTRY_VERIFY(runs->findData(controller().runFolder()) >= 0);
        runs->setCurrentIndex(runs->findData(controller().runFolder()));
        child<QPlainTextEdit>("tryPrompt")->setPlainText("A wonderful, warm film.");
        auto* ask = child<QPushButton>("tryAsk");
        QVERIFY(ask->isEnabled());
        press("tryAsk");
        QCOMPARE(ask->text(), QString("Stop"));
        QTRY_VERIFY_WITH_TIMEOUT(ask->text() != "Stop", kLongestMs);
        for (const QLabel* label : m_window->page("try")->findChildren<QLabel*>())
            QVERIFY2(!label->text().contains("failed"), qPrintable(label->text()));
        QCOMPARE(controller().state(), State::Paused);
        press("pause");
        QTRY_COMPARE_WITH_TIMEOUT(controller().state(), State::Done, kLongestMs);
        QCOMPARE(losses(), m_whole);
    }

    void theTrainedRunIsJudgedBeforeAndAfter() {
        visit("evaluate");
        auto* targets = child<QComboBox>("evaluateTarget");
        QTRY_COMPARE(targets->currentData().toString(), controller().runFolder());
        QTRY_VERIFY(child<QPushButton>("evaluateStart")->isEnabled());
        press("evaluateStart");
        QVERIFY(!child<QPushButton>("evaluateStart")->isVisible());
        press("evaluateCancel");
        QTRY_VERIFY_WITH_TIMEOUT(child<QPushButton>("evaluateStart")->isVisible(), kLongestMs);
        QVERIFY(!m_window->page("evaluate")->complete());
        press("evaluateStart");
        QTRY_VERIFY_WITH_TIMEOUT(m_window->page("evaluate")->complete(), kLongestMs);
        const double accuracy =
            readRunRecord(controller().runFolder().toStdString()).value().metrics.at("accuracy");
        QCOMPARE(m_window->page("evaluate")->railNote(), metricText("accuracy", accuracy));
    }

    void stopKeepsTheRun() {
        m_window->draft().setValue("train.max_steps", int64_t(500));
        press("start");
        QTRY_COMPARE_WITH_TIMEOUT(controller().state(), State::Running, kLongestMs);
        QMetaObject::invokeMethod(
            &controller(), [this] { controller().stop(StopMode::Keep); }, Qt::QueuedConnection);
        QTRY_COMPARE_WITH_TIMEOUT(controller().state(), State::Idle, kLongestMs);
        const std::filesystem::path run = controller().runFolder().toStdString();
        LATHE_VERIFY_OK(latestCheckpoint(run));
        QCOMPARE(readRunRecord(run).value().status, RunStatus::Stopped);
    }

    void aRaceRunsItsRanks() {
        m_window->draft().setValue("train.max_steps", int64_t(4));
        visit("method");
        for (Chip* chip : m_window->page("method")->findChildren<Chip*>())
            if (const int rank = chip->property("rank").toInt(); rank > 0)
                chip->setChecked(rank == 1 || rank == 4);
        QSignalSpy finished(&controller(), &TrainingController::raceFinished);
        press("raceStart");
        QCOMPARE(m_window->currentPage(), QString("compare"));
        QTRY_COMPARE_WITH_TIMEOUT(finished.size(), 1, kLongestMs);
        const auto entries = finished.first().at(1).value<std::vector<RaceEntry>>();
        QCOMPARE(entries.size(), std::size_t(2));
        QCOMPARE(entries[0].trainable, 9986);
        QCOMPARE(entries[1].trainable, 37634);
    }

    /// Every field of every form emptied and filled with rubbish: it is refused at its field, or is a value.
    void noTextInAnyFieldDoesHarm() {
        const Catalog& catalog = m_engine->catalog();
        visit("method");
        QWidget* page = m_window->page("method");
        for (Chip* chip : page->findChildren<Chip*>())
            if (chip->text() == "Advanced") chip->click();
        const Recipe usual = m_window->draft().recipe();
        int filled = 0;
        for (const MethodEntry& method : catalog.methods) {
            m_window->draft().setRecipe(usual);
            m_window->draft().setMethod(QString::fromStdString(method.name));
            filled += spoilFields(*page);
        }
        for (const TaskEntry& task : catalog.tasks) {
            m_window->draft().setRecipe(usual);
            m_window->draft().setTask(QString::fromStdString(task.name));
            filled += spoilFields(*page);
        }
        for (const char* name : {"data", "base", "evaluate", "try", "compare", "runs"}) {
            visit(name);
            filled += spoilFields(*m_window->page(name));
        }
        QVERIFY(filled > 500);
        m_window->draft().setRecipe(usual);
        QTRY_VERIFY_WITH_TIMEOUT(m_window->estimates().settled(), kLongestMs);
    }

    /// Everything above happened on this thread's event loop.
    void theWindowWasNeverBlocked() {
        QVERIFY(application().events() > 100);
        QVERIFY2(application().longestMs() < 100,
                 qPrintable(
                     QString("%1 ms: %2").arg(application().longestMs()).arg(application().longestEvent())));
    }

  private:
    /// Empties every line of the page and types rubbish into it; spin boxes, too. The number of texts typed.
    static int spoilFields(QWidget& page) {
        int typed = 0;
        QList<QPointer<QLineEdit>> lines;
        for (QLineEdit* line : page.findChildren<QLineEdit*>()) lines << line;
        for (const QPointer<QLineEdit>& line : lines) {
            if (!line || !line->isVisible() || !line->isEnabled() || line->isReadOnly()) continue;
            for (const char* text :
                 {"", "abc", "-1e999", "1,,2", "a:b:c, :", "{[(*", "999999999999999999999"}) {
                if (!line) break;  // an edit may change the form
                test::typeOver(line, text);
                ++typed;
            }
        }
        return typed;
    }

    static constexpr int kSteps = 16;
    static constexpr int kLongestMs = 120'000;

    static WatchedApplication& application() { return *static_cast<WatchedApplication*>(qApp); }
    TrainingController& controller() { return m_window->controller(); }

    template <class Widget>
    Widget* child(const char* name) const {
        return m_window->findChild<Widget*>(name);
    }
    void press(const char* name) const { QTest::mouseClick(child<QPushButton>(name), Qt::LeftButton); }
    /// By an event, so that the time it takes is counted.
    void visit(const char* page) const {
        QMetaObject::invokeMethod(
            m_window.get(), [this, page] { m_window->goTo(page); }, Qt::QueuedConnection);
        QTest::qWait(100);
    }

    /// Of the last run's steps, as its folder has them.
    std::vector<double> losses() {
        std::vector<double> values;
        const auto events = readMetrics(controller().runFolder().toStdString());
        if (!events.ok()) return values;
        for (const Event& event : events.value())
            if (const auto* step = std::get_if<StepEvent>(&event)) values.push_back(step->loss);
        return values;
    }

    test::TemporaryFolder m_folder;
    Theme m_theme;
    Language m_language;
    std::unique_ptr<RunBackend> m_engine;
    std::unique_ptr<MainWindow> m_window;
    std::vector<double> m_whole;
};

LATHE_TEST_IN(WatchedApplication, TestWindowFlow)
#include "tst_window_flow.moc"
