// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <utility>

#include "ui/shell/bill_panel.h"
#include "ui/shell/help_window.h"
#include "ui/shell/rail.h"
#include "ui/shell/resume_bar.h"
#include "ui/shell/wheel_guard.h"
#include "ui/text/core_text.h"
#include "ui/text/number_text.h"
#include "ui/text/plain_tool_tip.h"

namespace lathe {
namespace {

/// Messages for people stay this long in the status bar.
constexpr int kMessageMs = 6000;
constexpr int kKeepDraftMs = 1000;

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
      m_library(m_controller.runsFolder()),
      m_context{m_draft, nullptr, m_controller, theme, m_estimates, m_library} {
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
    qApp->disconnect(this);
    m_draft.undoStack()->disconnect(this);  // it tells once more when it goes, after the actions have gone
    delete takeCentralWidget();
}

void MainWindow::connectModels() {
    const auto draftChanged = [this] {
        updateRail();
        updateControls();
    };
    connect(&m_draft, &RecipeDraft::changed, this, draftChanged);
    connect(&m_draft, &RecipeDraft::baseFactsChanged, this, draftChanged);
    connect(&m_draft, &RecipeDraft::changed, &m_draftTimer, qOverload<>(&QTimer::start));
    connect(&m_draft, &RecipeDraft::retargeted, this, [this](const QString& before, const QString& now) {
        say(tr("This base calls its layers otherwise: the method now changes %1 (before: %2)")
                .arg(now, before));
    });
    m_draftTimer.setSingleShot(true);
    m_draftTimer.setInterval(kKeepDraftMs);
    connect(&m_draftTimer, &QTimer::timeout, this, &MainWindow::saveDraft);
    QUndoStack* undo = m_draft.undoStack();
    for (const auto signal : {&QUndoStack::canUndoChanged, &QUndoStack::canRedoChanged})
        connect(undo, signal, this, &MainWindow::updateUndo);
    for (const auto signal : {&QUndoStack::undoTextChanged, &QUndoStack::redoTextChanged})
        connect(undo, signal, this, &MainWindow::updateUndo);
    connect(&m_estimates, &Estimates::checked, this, [this] {
        updateRail();
        updateMissing();
        if (m_startAsked && m_estimates.settled()) start();
    });
    connect(&m_estimates, &Estimates::runBillChanged, this, &MainWindow::updateRail);
    connect(&m_controller, &TrainingController::stateChanged, this, [this] {
        if (!m_controller.busy() && m_question) m_question->close();
        updateRail();
        updateControls();
        updateStatus();
    });
    connect(&m_controller, &TrainingController::runStarted, this, [this] {
        m_progress.reset();
        m_library.refresh();
    });
    connect(&m_controller, &TrainingController::eventsArrived, this,
            [this](const std::vector<Event>& events) {
                for (const Event& event : events) m_progress.add(event);
                updateStatus();
            });
    connect(&m_controller, &TrainingController::runFinished, this, [this](const FinishedEvent& finished) {
        m_library.refresh();
        if (finished.status == RunStatus::Done)
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
    connect(&m_library, &RunLibrary::runsChanged, this, &MainWindow::offerResume);
    connect(m_resumeBar, &ResumeBar::dismissed, this, &MainWindow::dismiss);
    connect(m_resumeBar, &ResumeBar::repeatAsked, this, &MainWindow::repeatRun);
    connect(m_resumeBar, &ResumeBar::resumeAsked, this, &MainWindow::resumeRun);
    connect(qApp, &QApplication::focusChanged, this, &MainWindow::keepFocus);
    m_messageTimer.setSingleShot(true);
    m_messageTimer.setInterval(kMessageMs);
    connect(&m_messageTimer, &QTimer::timeout, this, [this] {
        m_message.clear();
        updateStatus();
    });
    m_library.refresh();
}

void MainWindow::setBackend(RunBackend* backend) {
    m_context.backend = backend;
    m_context.engineError.reset();
    m_engineText = QString::fromStdString(backend->deviceText());
    m_draft.setCatalog(&backend->catalog());
    m_controller.setBackend(backend);
    updateControls();
    updateStatus();
    updateRail();
    for (const QString& path : std::exchange(m_waiting, {})) openPath(path);
}

void MainWindow::showEngineError(const Error& error) {
    m_context.engineError = error;
    m_engineText = tr("no engine");
    retranslate();  // every page says what it waits for
    auto* box = new QMessageBox(QMessageBox::Warning, tr("The engine could not be loaded"),
                                errorText(error) + "\n" + errorHint(error), QMessageBox::NoButton, this);
    QPushButton* again = box->addButton(tr("Try again"), QMessageBox::AcceptRole);
    box->addButton(QMessageBox::Close);
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(again, &QPushButton::clicked, this, [this] {
        m_context.engineError.reset();
        m_engineText.clear();
        retranslate();
        Q_EMIT engineWanted();
    });
    box->open();
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
    if (m_keepsDraft) QSettings().setValue("window/page", name);
    m_stack->setCurrentWidget(wanted);
    m_rail->setCurrent(name);
    updateControls();
}

void MainWindow::retranslate() {
    m_brand->setText(QStringLiteral("Lathe"));
    auto* menuButton = findChild<QToolButton*>("menuButton");
    menuButton->setAccessibleName(tr("Menu"));
    menuButton->setToolTip(tr("Menu (F10)"));
    m_rail->setAccessibleName(tr("Steps"));
    m_rail->setSectionTitle("fine-tune", tr("Fine-tune"));
    m_rail->setSectionTitle("look", tr("Look"));
    m_rail->setSectionTitle("library", tr("Library"));
    for (const PageEntry& entry : m_pages) {
        m_rail->setStepTitle(entry.name, pageTitle(entry.name));
        entry.page->retranslate();
    }
    m_bill->retranslate();
    m_resumeBar->retranslate();
    if (m_help) m_help->setLanguage(m_language.code());
    m_name->setPlaceholderText(tr("untitled"));
    m_name->setAccessibleName(tr("Name of the next run"));
    m_name->setToolTip(tr("Name of the run that the form makes; its folder is called so"));
    m_step->setText(tr("Step"));
    m_step->setToolTip(tr("One step, then pause again."));
    m_stop->setText(tr("Stop…"));
    m_stop->setToolTip(tr("Ends the run after its step; you choose what is kept."));
    const QMap<QString, QString> names = {
        {"new", tr("New")},
        {"open", tr("Open…")},
        {"save", tr("Save recipe as…")},
        {"copy", tr("Copy as command")},
        {"start", tr("Start")},
        {"pause", tr("Pause or continue")},
        {"help", tr("Help")},
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
    for (const PageEntry& entry : m_pages) updateStep(entry);
}

void MainWindow::updateStep(const PageEntry& entry) {
    const std::optional<Recipe>& run = m_controller.runRecipe();
    const QString ofForm = entry.page->railNote();
    const QString ofRun = m_controller.busy() && run ? entry.page->railNoteOf(*run) : QString();
    m_rail->setStepState(entry.name, ofRun.isEmpty() ? ofForm : ofRun, entry.page->complete(),
                         entry.page->faultCount(), ofRun.isEmpty() || ofRun == ofForm ? QString() : ofForm);
}

void MainWindow::updateTitle() {
    const QString name = QString::fromStdString(m_draft.recipe().name);
    if (!m_name->hasFocus() && m_name->text() != name) m_name->setText(name);
    const QString run = QFileInfo(m_controller.runFolder()).fileName();
    const bool busy = m_controller.busy();
    m_run->setVisible(busy);
    m_run->setText(busy ? tr("▶ %1").arg(run) : QString());
    m_name->setVisible(!busy);
    setWindowTitle(tr("%1 – Lathe").arg(busy ? run : name.isEmpty() ? tr("untitled") : name));
}

void MainWindow::updateControls() {
    using State = TrainingController::State;
    const State state = m_controller.state();
    const bool busy = m_controller.busy();
    updateTitle();
    for (QPushButton* button : {m_pause, m_step, m_stop}) button->setVisible(busy);
    m_start->setVisible(!busy);
    m_pause->setText(state == State::Paused ? tr("Continue") : tr("Pause"));
    m_pause->setToolTip(tr("The model stays loaded: try it on the Try page, then go on."));
    const bool steps = state == State::Running || state == State::Paused;
    m_pause->setEnabled(steps);
    m_step->setEnabled(steps);
    m_stop->setEnabled(steps || state == State::Starting);
    // On Try the keys ask the model.
    m_actions["start"]->setEnabled(!busy && m_current != "try");
    m_start->setText(tr("▶ Start"));
    m_actions["pause"]->setEnabled(steps);
    updateMissing();
    updateUndo();
}

void MainWindow::updateMissing() {
    QStringList lines;
    for (const Lack& lack : m_estimates.missing()) lines << lack.text;
    m_missing->setVisible(!m_controller.busy());
    m_missing->setText(!lines.isEmpty()         ? lines.first()
                       : m_context.engineError  ? tr("no engine")
                       : !m_context.backend     ? tr("the engine is still loading")
                       : !m_estimates.settled() ? tr("checking…")
                                                : tr("Nothing missing"));
    m_missing->setToolTip(plainToolTip(lines.join('\n')));
    m_start->setToolTip(!lines.isEmpty()     ? plainToolTip(lines.join('\n'))
                        : m_current != "try" ? tr("Starts the run (Ctrl+Return)")
                                             : tr("Starts the run"));
}

void MainWindow::updateUndo() {
    const QUndoStack* undo = m_draft.undoStack();
    const auto show = [](QAction* action, bool on, const QString& name, const QString& what) {
        action->setEnabled(on);
        action->setText(what.isEmpty() ? name : name + QStringLiteral(": ") + what);
    };
    show(m_actions["undo"], undo->canUndo(), tr("Undo"), undo->undoText());
    show(m_actions["redo"], undo->canRedo(), tr("Redo"), undo->redoText());
}

void MainWindow::updateStatus() {
    using State = TrainingController::State;
    m_device->setText(m_context.engineError    ? tr("no engine")
                      : m_engineText.isEmpty() ? tr("The engine is loading…")
                                               : m_engineText);
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
    m_messageTimer.start();
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
    m_startAsked = false;
    const QList<Lack> missing = m_estimates.missing();
    if (!missing.isEmpty()) {
        QStringList lines;
        for (const Lack& lack : missing) lines << lack.text;
        say(tr("Cannot start yet: %1").arg(lines.join("; ")));
        goToLack(missing.first());
        return;
    }
    if (!m_context.backend) {
        say(m_context.engineError ? errorText(*m_context.engineError) : tr("the engine is still loading"));
        return;
    }
    if (!m_estimates.settled()) {
        // A run that fails at its first row would leave a folder behind.
        m_startAsked = true;
        say(tr("Checking the data and the base before the start…"));
        return;
    }
    goTo("train");
    m_controller.start(m_draft.recipe());
}

void MainWindow::goToLack(const Lack& lack) {
    const QString page = lack.key == "task" || lack.key == "base" ? lack.key
                         : lack.key.startsWith("data.")           ? QString("data")
                                                                  : QString("method");
    goTo(page);
    if (Page* shown = this->page(page)) shown->showField(lack);
}

void MainWindow::keepFocus(QWidget* before, QWidget* now) {
    QWidget* shown = m_stack->currentWidget();
    if (!before || !now || !shown || now == shown || shown->isAncestorOf(now)) return;
    if (before->isEnabled() && before->isVisible()) return;  // the user went there
    shown->setFocus(Qt::OtherFocusReason);
}

void MainWindow::ask(QMessageBox* question) {
    m_question = question;
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->open();
}

void MainWindow::askStop() {
    auto* box = new QMessageBox(QMessageBox::Question, tr("Stop the run?"),
                                tr("Stop the run after this step?"), QMessageBox::NoButton, this);
    box->setInformativeText(
        tr("“Stop and keep” saves the result so far and a checkpoint to resume from. “Discard” deletes the "
           "run."));
    QPushButton* keep = box->addButton(tr("Stop and keep"), QMessageBox::AcceptRole);
    QPushButton* discard = box->addButton(tr("Discard"), QMessageBox::DestructiveRole);
    box->addButton(tr("Go on"), QMessageBox::RejectRole);
    box->setDefaultButton(keep);
    connect(keep, &QPushButton::clicked, this, [this] { m_controller.stop(StopMode::Keep); });
    connect(discard, &QPushButton::clicked, this, [this] { m_controller.stop(StopMode::Discard); });
    ask(box);
}

void MainWindow::closeEvent(QCloseEvent* event) {
    saveGeometryNow();
    if (m_draftTimer.isActive()) saveDraft();
    if (!m_controller.busy()) {
        event->accept();
        return;
    }
    event->ignore();
    if (!m_closeWhenFinished && !m_question) askClose();
}

void MainWindow::askClose() {
    auto* box = new QMessageBox(QMessageBox::Question, tr("A run is in progress"),
                                tr("A run is in progress. Stop it and close?"), QMessageBox::NoButton, this);
    QPushButton* keep = box->addButton(tr("Keep and close"), QMessageBox::AcceptRole);
    QPushButton* discard = box->addButton(tr("Discard and close"), QMessageBox::DestructiveRole);
    box->addButton(tr("Go on"), QMessageBox::RejectRole);
    box->setDefaultButton(keep);
    connect(keep, &QPushButton::clicked, this, [this] { stopAndClose(StopMode::Keep); });
    connect(discard, &QPushButton::clicked, this, [this] { stopAndClose(StopMode::Discard); });
    ask(box);
}

void MainWindow::stopAndClose(StopMode mode) {
    m_closeWhenFinished = true;
    m_controller.stop(mode);
    // The run may have ended while the user was asked.
    if (!m_controller.busy()) close();
}

void MainWindow::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange && m_rail) {
        setLocale(QLocale());  // numbers in the language of the words
        retranslate();
    }
    QMainWindow::changeEvent(event);
}

}  // namespace lathe
