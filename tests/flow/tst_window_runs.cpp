// SPDX-License-Identifier: GPL-3.0-or-later
// Runs and windows that live apart: a window killed during a run, and a run that lathe-run trains while the
// window looks on.
#include <signal.h>

#include <QElapsedTimer>
#include <QFile>
#include <QLabel>
#include <QProcess>
#include <QPushButton>
#include <QRegularExpression>
#include <QSettings>

#include "core/run/store/run_store.h"
#include "tests/flow/lathe_run.h"
#include "tests/support/support.h"
#include "ui/bridge/engine_loader.h"
#include "ui/shell/main_window.h"

using namespace lathe;
using State = TrainingController::State;

namespace {

constexpr int kLongestMs = 120'000;
constexpr char kFolder[] = "LATHE_TEST_KILLED_WINDOW";  ///< set for the process that is killed

/// A window with the engine.
struct Window {
    explicit Window(const std::filesystem::path& folder) : runs(folder / "runs") {
        QSettings::setDefaultFormat(QSettings::IniFormat);
        QSettings::setPath(QSettings::IniFormat, QSettings::UserScope,
                           QString::fromStdString(folder.string()));
        theme.apply(*qApp, ThemeKind::Light);
        window = std::make_unique<MainWindow>(theme, language, runs);
        window->resize(1280, 720);
        window->show();
        Result<std::unique_ptr<RunBackend>> opened = openEngine();
        LATHE_CHECK(opened.ok());
        engine = std::move(opened).value();
        window->setBackend(engine.get());
    }
    ~Window() { window.reset(); }

    void openStarter() {
        window->openPath(QString::fromStdString(test::resourceFile("recipes/sentiment.yaml").string()));
        window->draft().setValue("train.max_steps", int64_t(400));
        window->draft().setValue("train.eval_every", int64_t(400));
        window->draft().setValue("train.save_every", int64_t(2));
    }
    TrainingController& controller() const { return window->controller(); }
    void press(const char* name) const {
        QTest::mouseClick(window->findChild<QPushButton*>(name), Qt::LeftButton);
    }

    std::filesystem::path runs;
    Theme theme;
    Language language;
    std::unique_ptr<RunBackend> engine;
    std::unique_ptr<MainWindow> window;
};

/// The only run in the folder; empty while there is none or several.
std::filesystem::path onlyRun(const std::filesystem::path& runs) {
    const std::vector<RunSummary> all = listRuns(runs);
    return all.size() == 1 ? all.front().folder : std::filesystem::path();
}

/// The step that the Train page names: "step 12 of 400"; 0 without one.
int shownStep(const MainWindow& window) {
    static const QRegularExpression step("step (\\d+) of \\d+");
    for (const QLabel* label : window.page("train")->findChildren<QLabel*>())
        if (const auto match = step.match(label->text()); match.hasMatch()) return match.captured(1).toInt();
    return 0;
}

}  // namespace

class TestWindowRuns : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void initTestCase() {
        if (test::shelfBase("minilm-l6").isEmpty())
            QSKIP("minilm-l6 is not on the shelf (lathe-run shelf get minilm-l6)");
        QApplication::setStyle("Fusion");
    }

    /// Not a test: the window that the next one kills.
    void trainsUntilItIsKilled() {
        if (!qEnvironmentVariableIsSet(kFolder)) return;
        Window killed(qEnvironmentVariable(kFolder).toStdString());
        killed.openStarter();
        QTRY_VERIFY_WITH_TIMEOUT(killed.window->estimates().settled(), kLongestMs);
        killed.press("start");
        QTest::qWait(kLongestMs);
        QFAIL("it was not killed");
    }

    void aKilledWindowOffersItsRunAtTheNextStart() {
        if (qEnvironmentVariableIsSet(kFolder)) return;
        const test::TemporaryFolder folder;
        QProcess window;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(kFolder, QString::fromStdString(folder.path().string()));
        window.setProcessEnvironment(environment);
        window.start(QCoreApplication::applicationFilePath(), {"tst_window_runs", "trainsUntilItIsKilled"});
        QVERIFY(window.waitForStarted());
        const std::filesystem::path runs = folder.path() / "runs";
        QTRY_VERIFY_WITH_TIMEOUT(latestCheckpoint(onlyRun(runs)).ok(), kLongestMs);
        ::kill(static_cast<pid_t>(window.processId()), SIGKILL);
        window.waitForFinished();
        QCOMPARE(window.exitStatus(), QProcess::CrashExit);

        Window next(folder.path());
        auto* bar = next.window->findChild<QWidget*>("resumeBar");
        QTRY_VERIFY_WITH_TIMEOUT(bar->isVisible(), kLongestMs);
        const std::filesystem::path run = onlyRun(runs);
        QCOMPARE(readRunRecord(run).value().status, RunStatus::Interrupted);
        const QList<QPushButton*> buttons = bar->findChildren<QPushButton*>();
        const auto resume = std::find_if(buttons.begin(), buttons.end(), [](const QPushButton* button) {
            return button->text().contains("Resume");
        });
        QVERIFY(resume != buttons.end());
        QTest::mouseClick(*resume, Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(next.controller().state(), State::Running, kLongestMs);
        QCOMPARE(next.controller().runFolder().toStdString(), run.string());
        next.controller().stop(StopMode::Keep);
        QTRY_COMPARE_WITH_TIMEOUT(next.controller().state(), State::Idle, kLongestMs);
        const RunRecord record = readRunRecord(run).value();
        QCOMPARE(record.status, RunStatus::Stopped);
        QVERIFY(record.steps >= 2);
    }

    void aRunOfATerminalIsFollowedLive() {
        if (qEnvironmentVariableIsSet(kFolder)) return;
        const test::TemporaryFolder folder;
        Window here(folder.path());
        const QString run = QString::fromStdString((here.runs / "terminal").string());
        std::filesystem::create_directories(here.runs);
        QProcess terminal;
        terminal.start(
            QString::fromStdString(test::runProgram().string()),
            {"train", QString::fromStdString(test::resourceFile("recipes/sentiment.yaml").string()),
             "train.max_steps=400", "train.eval_every=400", "--out", run, "--json"});
        QVERIFY(terminal.waitForStarted());
        QTRY_COMPARE_WITH_TIMEOUT(QString::fromStdString(onlyRun(here.runs).string()), run, kLongestMs);
        here.window->showRun(run);
        QCOMPARE(here.window->currentPage(), QString("train"));
        QTRY_VERIFY_WITH_TIMEOUT(shownStep(*here.window) >= 1, kLongestMs);
        const int first = shownStep(*here.window);
        QTRY_VERIFY_WITH_TIMEOUT(shownStep(*here.window) > first + 2, kLongestMs);
        QVERIFY(!here.controller().busy());
        ::kill(static_cast<pid_t>(terminal.processId()), SIGINT);
        QVERIFY(terminal.waitForFinished(kLongestMs));
        const RunRecord record = readRunRecord(run.toStdString()).value();
        QCOMPARE(record.status, RunStatus::Stopped);
        QTRY_COMPARE_WITH_TIMEOUT(shownStep(*here.window), static_cast<int>(record.steps), kLongestMs);
    }
    void closingWaitsForNoPreview() {
        if (qEnvironmentVariableIsSet(kFolder)) return;
        const test::TemporaryFolder folder;
        const QString data = QString::fromStdString((folder.path() / "rows.csv").string());
        QFile file(data);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("text,label\n");
        const QByteArray words = QByteArray("a fine film that was not too long ").repeated(40);
        for (int row = 0; row < 60'000; ++row) file.write(words + QByteArray::number(row) + ",good\n");
        file.close();
        QProcess window;
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("XDG_CONFIG_HOME", QString::fromStdString(folder.path().string()));
        window.setProcessEnvironment(environment);
        window.start(QString::fromStdString((test::runProgram().parent_path() / "lathe").string()),
                     {QString::fromStdString(test::resourceFile("recipes/sentiment.yaml").string()), data});
        QVERIFY(window.waitForStarted());
        QTest::qWait(6000);  // the engine is loaded, and reads the rows
        QElapsedTimer clock;
        clock.start();
        window.terminate();
        QVERIFY(window.waitForFinished(kLongestMs));
        QCOMPARE(window.exitStatus(), QProcess::NormalExit);
        QCOMPARE(window.exitCode(), 0);
        QVERIFY2(clock.elapsed() < 3000, qPrintable(QString("%1 ms").arg(clock.elapsed())));
    }
};

LATHE_TEST_IN(QApplication, TestWindowRuns)
#include "tst_window_runs.moc"
