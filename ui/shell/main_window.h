// SPDX-License-Identifier: GPL-3.0-or-later
// The frame around the pages: rail, top bar, Bill, status bar, menu, drag and drop, closing during a run.
#pragma once

#include <QMainWindow>
#include <QMap>
#include <QPointer>
#include <QTimer>
#include <filesystem>
#include <vector>

#include "ui/bridge/language.h"
#include "ui/pages/page_context.h"
#include "ui/shell/page_list.h"
#include "ui/state/run_progress.h"

class QAction;
class QLabel;
class QLineEdit;
class QMenu;
class QMessageBox;
class QPushButton;
class QStackedWidget;

namespace lathe {

class BillPanel;
class HelpWindow;
class Rail;
class ResumeBar;

class MainWindow : public QMainWindow {
    Q_OBJECT

  public:
    /// `theme` and `language` belong to the program and outlive the window.
    MainWindow(Theme& theme, Language& language, std::filesystem::path runsFolder);
    ~MainWindow() override;

    /// The engine is there; it must outlive the window.
    void setBackend(RunBackend* backend);
    void showEngineError(const Error& error);

    /// Fills the form with what it had when the window was last used, and keeps it from now on.
    void keepDraft();
    void goTo(const QString& page);
    QString currentPage() const { return m_current; }
    /// Opens what a path is: a recipe, a run folder, a model, a data file. Recipes and runs wait for the
    /// engine, which knows their settings.
    void openPath(const QString& path);
    /// The run's curves on the Train page and its recipe in the form; not while another is in progress.
    void showRun(const QString& folder);
    /// Stops the run, if one is in progress, and closes the window once it has ended.
    void stopAndClose(StopMode mode);

    RecipeDraft& draft() { return m_draft; }
    TrainingController& controller() { return m_controller; }
    Estimates& estimates() { return m_estimates; }
    RunLibrary& library() { return m_library; }
    Page* page(const QString& name) const;

  Q_SIGNALS:
    /// The user wants loading the engine to be tried again.
    void engineWanted();

  protected:
    void closeEvent(QCloseEvent* event) override;
    void changeEvent(QEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    void build();
    QWidget* buildTopBar();
    QWidget* buildStatusBar();
    void buildRail();
    void buildActions();
    void buildMenu();
    QAction* addAction(const char* name, const QKeySequence& shortcut, std::function<void()> work);
    void connectModels();
    void retranslate();
    void updateRail();
    void updateStep(const PageEntry& entry);
    void updateControls();
    void updateTitle();
    void updateMissing();
    void updateUndo();
    void updateStatus();
    void fillRecent();
    void remember(const QString& path);
    void restoreSettings();
    void saveGeometryNow();
    void saveDraft();
    void offerResume();
    void dismiss(const QString& run);
    void repeatRun(const QString& folder);
    void resumeRun(const QString& folder);

    /// Takes what is still being typed: editors write when they are left.
    void commitEdits();
    /// Says under `title` what is typed but is no value; true when there is such a thing.
    bool tellRefusals(const QString& title);
    void start();
    /// To the page and the field where the first of what is missing is mended.
    void goToLack(const Lack& lack);
    /// Keeps the focus on the page when the widget that has it is disabled or hidden.
    void keepFocus(QWidget* before, QWidget* now);
    void askStop();
    void askClose();
    void newRecipe();
    void chooseFile();
    void openRecipe(const QString& path);
    void saveRecipe();
    void copyAsCommand();
    void showAbout();
    /// The help page that goes with the page shown.
    void showHelp();
    void say(const QString& message);
    void showProblem(const QString& title, const QString& text);
    /// The question goes when the run that it is about has ended.
    void ask(QMessageBox* question);

    Theme& m_theme;
    Language& m_language;
    RecipeDraft m_draft;
    TrainingController m_controller;
    Estimates m_estimates;
    RunLibrary m_library;
    PageContext m_context;
    RunProgress m_progress;
    std::vector<PageEntry> m_pages;
    QString m_current, m_engineText, m_message;
    QStringList m_waiting;  ///< paths to open when the engine is there
    QTimer m_draftTimer, m_messageTimer;
    QPointer<QMessageBox> m_question;
    bool m_closeWhenFinished = false;
    bool m_startAsked = false;  ///< starts when the draft has been checked
    bool m_keepsDraft = false, m_offered = false;

    Rail* m_rail = nullptr;
    BillPanel* m_bill = nullptr;
    QStackedWidget* m_stack = nullptr;
    ResumeBar* m_resumeBar = nullptr;
    HelpWindow* m_help = nullptr;  ///< once it was asked for
    QLineEdit* m_name = nullptr;   ///< of the draft
    QLabel *m_brand = nullptr, *m_run = nullptr, *m_missing = nullptr, *m_status = nullptr,
           *m_device = nullptr;
    QPushButton *m_start = nullptr, *m_pause = nullptr, *m_step = nullptr, *m_stop = nullptr;
    QMenu *m_menu = nullptr, *m_recent = nullptr, *m_themeMenu = nullptr, *m_languageMenu = nullptr;
    QMap<QString, QAction*> m_actions;
};

}  // namespace lathe
