// SPDX-License-Identifier: GPL-3.0-or-later
// The window program `lathe`: its command line, the engine opened after the first frame, screenshots
// offscreen.
#include <unistd.h>

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QIcon>
#include <QSettings>
#include <QSocketNotifier>
#include <QTemporaryDir>
#include <QThread>
#include <QThreadPool>
#include <QTimer>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <variant>

#include "app/process_guard.h"
#include "app/wait_policy.h"
#include "core/base/resource_folder.h"
#include "core/config/recipe_yaml.h"
#include "core/run/store/run_store.h"
#include "ui/bridge/engine_loader.h"
#include "ui/bridge/language.h"
#include "ui/pages/evaluate/evaluate_page.h"
#include "ui/pages/try/try_page.h"
#include "ui/shell/main_window.h"
#include "ui/theme/theme.h"

namespace lathe {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitStopped = 3;

struct Options {
    QStringList paths, runs;
    QString screenshotPage, out, theme, language, prompt;
    QSize size{1280, 800};
};

int complain(const QString& message, int code) {
    std::fprintf(stderr, "lathe: %s\n", qPrintable(message));
    return code;
}

/// The options, or the reason why the command line makes no sense.
std::variant<Options, QString> readOptions(const QApplication& application) {
    QCommandLineParser parser;
    parser.setApplicationDescription("Fine-tunes language models in a window.");
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument("path", "Recipes, run folders, models or data to open.", "[path...]");
    const QCommandLineOption screenshot("screenshot", "Draw one page and exit.", "page");
    const QCommandLineOption out("out", "Where the picture goes.", "file.png");
    const QCommandLineOption size("size", "Size of the window.", "1280x800");
    const QCommandLineOption theme("theme", "light, dark or system.", "theme");
    const QCommandLineOption language("language", "en or zh_CN.", "language");
    const QCommandLineOption run("run", "A run folder to show; may be given several times.", "folder");
    const QCommandLineOption prompt("prompt", "What the picture of the page try asks the run.", "text");
    parser.addOptions({screenshot, out, size, theme, language, run, prompt});
    parser.process(application);

    Options options;
    options.paths = parser.positionalArguments();
    options.screenshotPage = parser.value(screenshot);
    options.out = parser.value(out);
    for (const QString& folder : parser.values(run))
        options.runs << QDir::cleanPath(QFileInfo(folder).absoluteFilePath());
    options.theme = parser.value(theme);
    options.language = parser.value(language);
    options.prompt = parser.value(prompt);
    if (!options.screenshotPage.isEmpty() && options.out.isEmpty())
        return QString("--screenshot needs --out FILE.png");
    if (!QStringList{"", "light", "dark", "system"}.contains(options.theme))
        return QString("--theme is light, dark or system");
    if (!QStringList{"", "en", "zh_CN"}.contains(options.language))
        return QString("--language is en or zh_CN");
    if (parser.isSet(size)) {
        const QStringList sides = parser.value(size).split('x');
        options.size = sides.size() == 2 ? QSize(sides[0].toInt(), sides[1].toInt()) : QSize();
        if (options.size.width() < 640 || options.size.height() < 480 || options.size.width() > 8192 ||
            options.size.height() > 8192)
            return QString("--size is WIDTHxHEIGHT, such as 1280x720");
    }
    return options;
}

ThemeKind themeKind(const QString& name) {
    if (name == "light") return ThemeKind::Light;
    if (name == "dark") return ThemeKind::Dark;
    return ThemeKind::System;
}

/// Lets the event loop turn until `ready` or the time is over.
void waitUntil(const std::function<bool()>& ready, int limitMs) {
    QElapsedTimer clock;
    clock.start();
    while (!ready() && clock.elapsed() < limitMs) {
        QCoreApplication::processEvents(QEventLoop::AllEvents, 20);
        QThread::msleep(5);
    }
}

/// True when the pages have every answer that they wait for from the pool. To be called between two turns of
/// the event loop: an answer may ask for more.
bool nothingInBackground() {
    if (!QThreadPool::globalInstance()->waitForDone(0)) return false;
    QCoreApplication::processEvents();
    return QThreadPool::globalInstance()->waitForDone(0);
}

/// What the page shows when nothing else was asked for: the run's own recipe, else the starter.
void fillDraft(MainWindow& window, const Options& options, const Catalog& catalog) {
    std::filesystem::path recipe;
    if (!options.runs.isEmpty())
        recipe = std::filesystem::path(options.runs.first().toStdString()) / "recipe.yaml";
    const std::optional<std::filesystem::path> resources = resourceFolder();
    if (recipe.empty() && resources) recipe = *resources / "recipes" / "sentiment.yaml";
    if (std::error_code ignored; !recipe.empty() && std::filesystem::exists(recipe, ignored))
        window.draft().setRecipe(readRecipe(recipe, {}, catalog).recipe);
}

int takeScreenshot(MainWindow& window, std::unique_ptr<RunBackend>& engine, const Options& options) {
    constexpr int kAnswersMs = 30000;
    if (!window.page(options.screenshotPage))
        return complain("there is no page " + options.screenshotPage, kExitUsage);
    Result<std::unique_ptr<RunBackend>> opened = openEngine();
    if (!opened) return complain(QString::fromStdString(opened.error().text()), kExitFailed);
    engine = std::move(opened).value();
    window.setBackend(engine.get());
    for (const QString& path : options.paths) window.openPath(path);
    if (options.paths.isEmpty()) fillDraft(window, options, engine->catalog());
    if (!options.runs.isEmpty()) window.page(options.screenshotPage)->showRuns(options.runs);
    window.goTo(options.screenshotPage);
    window.resize(options.size);
    window.show();
    const auto settle = [&] {
        waitUntil([&] { return window.estimates().settled() && nothingInBackground(); }, kAnswersMs);
    };
    settle();
    if (auto* page = qobject_cast<TryPage*>(window.page(options.screenshotPage));
        page && !options.prompt.isEmpty()) {
        page->askBoth(options.prompt);
        waitUntil([&] { return !page->answering(); }, kAnswersMs);
    }
    if (auto* page = qobject_cast<EvaluatePage*>(window.page(options.screenshotPage));
        page && !options.runs.isEmpty()) {
        constexpr int kEvaluationMs = 300'000;
        page->evaluate();
        waitUntil([&] { return !page->evaluating(); }, kEvaluationMs);
        settle();
    }
    return window.grab().save(options.out) ? 0 : complain("could not write " + options.out, kExitFailed);
}

int g_signalPipe[2] = {-1, -1};  ///< a handler may only write

void onEndSignal(int) {
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(g_signalPipe[1], "", 1);
    errno = error;
}

/// Ctrl-C, SIGTERM and a closed terminal or session close the window without a question: a run in progress is
/// stopped and keeps a checkpoint. `stopped` is set when there was one.
void closeOnSignals(MainWindow& window, bool& stopped) {
    if (::pipe2(g_signalPipe, O_CLOEXEC | O_NONBLOCK) != 0) return;
    auto* notifier = new QSocketNotifier(g_signalPipe[0], QSocketNotifier::Read, &window);
    QObject::connect(notifier, &QSocketNotifier::activated, &window, [&window, &stopped] {
        char bytes[16];
        while (::read(g_signalPipe[0], bytes, sizeof bytes) > 0) {
        }
        stopped = stopped || window.controller().busy();
        window.stopAndClose(StopMode::Keep);
    });
    std::signal(SIGINT, onEndSignal);
    std::signal(SIGTERM, onEndSignal);
    if (heedsHangup()) std::signal(SIGHUP, onEndSignal);
}

int runWindow(MainWindow& window, std::unique_ptr<RunBackend>& engine, const Options& options) {
    bool stopped = false;
    closeOnSignals(window, stopped);
    EngineLoader loader;
    QObject::connect(&loader, &EngineLoader::loaded, &window, [&] {
        engine = loader.take();
        window.setBackend(engine.get());
        window.keepDraft();
        for (const QString& path : options.paths) window.openPath(path);
        if (!options.runs.isEmpty()) window.showRun(options.runs.first());
    });
    QObject::connect(&loader, &EngineLoader::failed, &window, &MainWindow::showEngineError);
    QObject::connect(&window, &MainWindow::engineWanted, &loader, &EngineLoader::start);
    window.show();
    // After the first frame: the engine's libraries take up to seconds to load.
    QTimer::singleShot(0, &loader, [&] { loader.start(); });
    const int code = QApplication::exec();
    return code == 0 && stopped ? kExitStopped : code;
}

/// Everything is on disk. A preview, an opening model or a download that nobody waits for any more would hold
/// up the end for as long as it takes.
[[noreturn]] void endNow(int code) {
    constexpr int kDownloadMs = 500;  ///< for one that was asked to end, and clears up after itself
    QThreadPool::globalInstance()->waitForDone(kDownloadMs);
    std::fflush(nullptr);
    std::_Exit(code);
}

int run(int argc, char** argv) {
    for (int i = 1; i < argc; ++i)
        if (QByteArray(argv[i]).startsWith("--screenshot") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
            qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    QApplication::setApplicationName("Lathe");
    QApplication::setOrganizationName("Lathe");
    QApplication::setApplicationVersion(LATHE_VERSION);
    QApplication::setStyle("Fusion");
    QApplication::setWindowIcon(QIcon(":/icons/lathe.svg"));
    QSettings::setDefaultFormat(QSettings::IniFormat);

    const auto parsed = readOptions(application);
    if (const auto* fault = std::get_if<QString>(&parsed)) return complain(*fault, kExitUsage);
    const Options& options = std::get<Options>(parsed);
    const bool pictured = !options.screenshotPage.isEmpty();

    // Pictures do not depend on what somebody set in the window.
    const QTemporaryDir apart;
    if (pictured) QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, apart.path());
    const QSettings settings;
    const ThemeKind stored =
        pictured ? ThemeKind::Light
                 : static_cast<ThemeKind>(std::clamp(settings.value("window/theme", 0).toInt(), 0, 2));
    Theme theme;
    theme.apply(application, options.theme.isEmpty() ? stored : themeKind(options.theme));
    Language language;
    const QString storedLanguage = pictured ? "en" : settings.value("window/language").toString();
    language.apply(options.language.isEmpty() ? storedLanguage : options.language);

    // The engine outlives the window, whose pages refer to it to their end.
    std::unique_ptr<RunBackend> engine;
    // A picture of a run shows the runs beside it, wherever they lie.
    const std::filesystem::path runsFolder =
        pictured && !options.runs.isEmpty()
            ? std::filesystem::path(QFileInfo(options.runs.first()).absolutePath().toStdString())
            : defaultRunsFolder();
    auto window = std::make_unique<MainWindow>(theme, language, runsFolder);
    if (pictured) return takeScreenshot(*window, engine, options);
    const int code = runWindow(*window, engine, options);
    window.reset();
    endNow(code);
}

}  // namespace
}  // namespace lathe

int main(int argc, char** argv) {
    lathe::guardProcess();
    if (!lathe::hasWaitPolicy(environ)) ::putenv(const_cast<char*>(lathe::kWaitPolicy));
    return lathe::run(argc, argv);
}
