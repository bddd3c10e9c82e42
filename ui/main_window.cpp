// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QStackedWidget>

#include "core/run/run_store.h"
#include "ui/bridge/core_text.h"
#include "ui/models/number_text.h"
#include "ui/widgets/bill_panel.h"
#include "ui/widgets/rail.h"
#include "ui/widgets/wheel_guard.h"

namespace lathe {
namespace {

/// Messages for people stay this long in the status bar.
constexpr int kMessageMs = 6000;

QString pageTitle(const QString& name) {
    if (name == "task") return MainWindow::tr("Task");
    if (name == "data") return MainWindow::tr("Data");
    if (name == "base") return MainWindow::tr("Base");
    if (name == "method") return MainWindow::tr("Method");
    if (name == "train") return MainWindow::tr("Train");
    if (name == "evaluate") return MainWindow::tr("Evaluate");
    if (name == "compare") return MainWindow::tr("Compare");
    if (name == "try") return MainWindow::tr("Try");
    if (name == "runs") return MainWindow::tr("Runs");
    return name;
}

}  // namespace

MainWindow::MainWindow(Theme& theme, Language& language, std::filesystem::path runsFolder)
    : m_theme(theme),
      m_language(language),
      m_controller(std::move(runsFolder)),
      m_estimates(m_draft, m_controller),
      m_context{m_draft, nullptr, m_controller, theme, m_estimates} {
    setAcceptDrops(true);
    new WheelGuard(this);
    build();
    buildActions();
    buildMenu();
    connectModels();
    restoreSettings();
    retranslate();
    goTo(m_pages.front().name);
}

// The pages hold references to the members above them, so they go first.
MainWindow::~MainWindow() {
    delete takeCentralWidget();
}

void MainWindow::connectModels() {
    connect(&m_draft, &RecipeDraft::changed, this, [this] {
        updateRail();
        updateControls();
    });
    connect(&m_draft, &RecipeDraft::baseFactsChanged, this, [this] {
        updateRail();
        updateControls();
    });
    connect(&m_estimates, &Estimates::previewChanged, this, &MainWindow::updateRail);
    connect(&m_estimates, &Estimates::billsChanged, this, &MainWindow::updateRail);
    connect(&m_controller, &TrainingController::stateChanged, this, [this] {
        updateControls();
        updateStatus();
    });
    connect(&m_controller, &TrainingController::runStarted, this, [this] { m_progress.reset(); });
    connect(&m_controller, &TrainingController::eventsArrived, this,
            [this](const std::vector<Event>& events) {
                for (const Event& event : events) m_progress.add(event);
                updateStatus();
            });
    connect(&m_controller, &TrainingController::runFinished, this, [this](const FinishedEvent& finished) {
        if (finished.status == "done")
            say(tr("The run is done: %1").arg(QFileInfo(m_controller.runFolder()).fileName()));
        else if (finished.error)
            say(errorText(*finished.error));
    });
    // Queued, so that a race has told its end before the window goes.
    connect(
        &m_controller, &TrainingController::runFinished, this,
        [this] {
            if (m_closeWhenFinished && !m_controller.busy()) close();
        },
        Qt::QueuedConnection);
}

void MainWindow::setBackend(RunBackend* backend) {
    m_context.backend = backend;
    m_engineText = QString::fromStdString(backend->deviceText());
    m_draft.setCatalog(&backend->catalog());
    m_controller.setBackend(backend);
    updateControls();
    updateStatus();
    updateRail();
}

void MainWindow::showEngineError(const Error& error) {
    m_engineText = tr("no engine");
    updateStatus();
    showProblem(tr("The engine could not be loaded"), errorText(error) + "\n" + errorHint(error));
}

Page* MainWindow::page(const QString& name) const {
    for (const PageEntry& entry : m_pages)
        if (entry.name == name) return entry.page;
    return nullptr;
}

void MainWindow::goTo(const QString& name) {
    Page* wanted = page(name);
    if (!wanted) return;
    m_current = name;
    m_stack->setCurrentWidget(wanted);
    m_rail->setCurrent(name);
    updateControls();
}

void MainWindow::showRun(const QString& folder) {
    if (Page* train = page("train")) train->showRuns({folder});
    goTo("train");
}

void MainWindow::retranslate() {
    m_brand->setText(QStringLiteral("Lathe"));
    m_rail->setAccessibleName(tr("Steps"));
    m_rail->setSectionTitle("fine-tune", tr("Fine-tune"));
    m_rail->setSectionTitle("look", tr("Look"));
    m_rail->setSectionTitle("library", tr("Library"));
    for (const PageEntry& entry : m_pages) {
        m_rail->setStepTitle(entry.name, pageTitle(entry.name));
        entry.page->retranslate();
    }
    m_bill->retranslate();
    m_step->setText(tr("Step"));
    m_step->setToolTip(tr("One step, then pause again."));
    m_stop->setText(tr("Stop…"));
    m_stop->setToolTip(tr("Ends the run after its step; you choose what is kept."));
    const QMap<QString, QString> names = {
        {"new", tr("New")},
        {"open", tr("Open…")},
        {"save", tr("Save recipe as…")},
        {"copy", tr("Copy as command")},
        {"undo", tr("Undo")},
        {"redo", tr("Redo")},
        {"start", tr("Start")},
        {"pause", tr("Pause or continue")},
        {"about", tr("About Lathe")},
        {"quit", tr("Quit")},
        {"theme-system", tr("As the system")},
        {"theme-light", tr("Light")},
        {"theme-dark", tr("Dark")},
    };
    for (auto name = names.begin(); name != names.end(); ++name) m_actions[name.key()]->setText(name.value());
    m_recent->setTitle(tr("Open recent"));
    m_themeMenu->setTitle(tr("Appearance"));
    m_languageMenu->setTitle(tr("Language"));
    updateRail();
    updateControls();
    updateStatus();
}

void MainWindow::updateRail() {
    for (const PageEntry& entry : m_pages)
        m_rail->setStepState(entry.name, entry.page->railNote(), entry.page->complete(),
                             entry.page->faultCount());
}

void MainWindow::updateControls() {
    using State = TrainingController::State;
    const State state = m_controller.state();
    const bool busy = m_controller.busy();
    const std::string& name = m_draft.recipe().name;
    m_name->setText(name.empty() ? tr("untitled") : QString::fromStdString(name));
    setWindowTitle(tr("%1 – Lathe").arg(m_name->text()));

    for (QPushButton* button : {m_pause, m_step, m_stop}) button->setVisible(busy);
    m_start->setVisible(!busy);
    m_pause->setText(state == State::Paused ? tr("Continue") : tr("Pause"));
    m_pause->setToolTip(tr("The model stays loaded: try it on the Try page, then go on."));
    const bool runs = state == State::Running || state == State::Paused || state == State::Starting;
    m_pause->setEnabled(runs);
    m_step->setEnabled(runs);
    m_stop->setEnabled(runs);

    // On Try the keys ask the model.
    const bool keysStart = m_current != "try";
    m_actions["start"]->setEnabled(!busy && keysStart);
    const QStringList missing = m_draft.missing();
    m_start->setText(tr("▶ Start"));
    m_start->setToolTip(!missing.isEmpty() ? missing.join("\n").toHtmlEscaped()
                        : keysStart        ? tr("Starts the run (Ctrl+Return)")
                                           : tr("Starts the run"));
    m_missing->setVisible(!busy);
    m_missing->setText(missing.isEmpty() ? tr("Nothing missing") : missing.first());
    m_missing->setToolTip(missing.join("\n").toHtmlEscaped());
    m_actions["pause"]->setEnabled(busy);
    for (const char* edit : {"new", "open"}) m_actions[edit]->setEnabled(!busy);
    m_actions["undo"]->setEnabled(m_draft.undoStack()->canUndo());
    m_actions["redo"]->setEnabled(m_draft.undoStack()->canRedo());
}

void MainWindow::updateStatus() {
    using State = TrainingController::State;
    m_device->setText(m_engineText.isEmpty() ? tr("The engine is loading…") : m_engineText);
    QStringList parts;
    switch (m_controller.state()) {
        case State::Starting:
            parts << phaseText(m_progress.phase());
            break;
        case State::Running:
            parts << tr("Training");
            break;
        case State::Paused:
            parts << tr("Paused");
            break;
        case State::Stopping:
            parts << tr("Stopping after this step");
            break;
        default:
            parts << tr("Ready");
    }
    if (m_controller.busy() && m_progress.checkpointStep() > 0)
        parts << tr("checkpoint at step %1").arg(m_progress.checkpointStep());
    if (m_controller.busy() && m_progress.last().memoryBytes > 0)
        parts << bytesText(m_progress.last().memoryBytes);
    if (m_controller.raceSize() > 0)
        parts << tr("race: run %1 of %2").arg(m_controller.raceIndex() + 1).arg(m_controller.raceSize());
    if (!m_message.isEmpty()) parts = {m_message};
    m_status->setText(parts.join(" · "));
}

void MainWindow::say(const QString& message) {
    m_message = message;
    updateStatus();
    QTimer::singleShot(kMessageMs, this, [this, message] {
        if (m_message != message) return;
        m_message.clear();
        updateStatus();
    });
}

void MainWindow::showProblem(const QString& title, const QString& text) {
    auto* box = new QMessageBox(QMessageBox::Warning, title, text, QMessageBox::Ok, this);
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void MainWindow::commitEdits() {
    QWidget* editor = focusWidget();
    if (!editor) return;
    editor->clearFocus();
    if (editor->isVisible()) editor->setFocus();
}

bool MainWindow::tellRefusals(const QString& title) {
    commitEdits();
    const QStringList refusals = m_draft.refusals();
    if (!refusals.isEmpty()) showProblem(title, refusals.join('\n'));
    return !refusals.isEmpty();
}

void MainWindow::start() {
    commitEdits();
    const QStringList missing = m_draft.missing();
    if (!missing.isEmpty()) {
        say(tr("Before the start: %1").arg(missing.join("; ")));
        const Recipe& recipe = m_draft.recipe();
        if (recipe.task.empty())
            goTo("task");
        else if (recipe.data.train.empty())
            goTo("data");
        else if (recipe.base.empty())
            goTo("base");
        else
            goTo("method");
        return;
    }
    goTo("train");
    m_controller.start(m_draft.recipe());
}

void MainWindow::askStop() {
    auto* box = new QMessageBox(QMessageBox::Question, tr("Stop the run?"),
                                tr("Stop the run after this step?"), QMessageBox::NoButton, this);
    box->setInformativeText(
        tr("Kept: the result so far and a checkpoint to go on from. Discarded: the whole run."));
    QPushButton* keep = box->addButton(tr("Stop and keep"), QMessageBox::AcceptRole);
    QPushButton* discard = box->addButton(tr("Discard"), QMessageBox::DestructiveRole);
    box->addButton(tr("Go on"), QMessageBox::RejectRole);
    box->setDefaultButton(keep);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(keep, &QPushButton::clicked, this, [this] { m_controller.stop(StopMode::Keep); });
    connect(discard, &QPushButton::clicked, this, [this] { m_controller.stop(StopMode::Discard); });
    box->open();
}

void MainWindow::closeEvent(QCloseEvent* event) {
    if (!m_controller.busy()) {
        saveSettings();
        event->accept();
        return;
    }
    event->ignore();
    if (!m_closeWhenFinished) askClose();
}

void MainWindow::askClose() {
    auto* box = new QMessageBox(QMessageBox::Question, tr("A run goes on"),
                                tr("A run goes on. Stop it and close?"), QMessageBox::NoButton, this);
    QPushButton* keep = box->addButton(tr("Keep and close"), QMessageBox::AcceptRole);
    QPushButton* discard = box->addButton(tr("Discard and close"), QMessageBox::DestructiveRole);
    box->addButton(tr("Go on"), QMessageBox::RejectRole);
    box->setDefaultButton(keep);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(keep, &QPushButton::clicked, this, [this] { stopAndClose(StopMode::Keep); });
    connect(discard, &QPushButton::clicked, this, [this] { stopAndClose(StopMode::Discard); });
    box->open();
}

void MainWindow::stopAndClose(StopMode mode) {
    m_closeWhenFinished = true;
    m_controller.stop(mode);
    // The run may have ended while the user was asked.
    if (!m_controller.busy()) close();
}

void MainWindow::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange && m_rail) retranslate();
    QMainWindow::changeEvent(event);
}

void MainWindow::restoreSettings() {
    const QSettings settings;
    restoreGeometry(settings.value("window/geometry").toByteArray());
    fillRecent();
}

void MainWindow::saveSettings() {
    QSettings settings;
    settings.setValue("window/geometry", saveGeometry());
    settings.setValue("window/theme", int(m_theme.kind()));
    settings.setValue("window/language", m_language.code());
}

}  // namespace lathe
