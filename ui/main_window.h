// SPDX-License-Identifier: GPL-3.0-or-later
// The frame around the pages: rail, top bar, Bill, status bar, menu, drag and drop, closing during a run.
#pragma once

#include <QMainWindow>
#include <QMap>
#include <filesystem>
#include <vector>

#include "ui/bridge/language.h"
#include "ui/bridge/page_context.h"
#include "ui/models/run_progress.h"
#include "ui/pages/page_list.h"

class QAction;
class QLabel;
class QMenu;
class QPushButton;
class QStackedWidget;

namespace lathe {

class BillPanel;
class Rail;

class MainWindow : public QMainWindow {
    Q_OBJECT

  public:
    /// `theme` and `language` belong to the program and outlive the window.
    MainWindow(Theme& theme, Language& language, std::filesystem::path runsFolder);
    ~MainWindow() override;

    /// The engine is there; it must outlive the window.
    void setBackend(RunBackend* backend);
    void showEngineError(const Error& error);

    void goTo(const QString& page);
    QString currentPage() const { return m_current; }
    /// Opens what a path is: a recipe, a run folder, a model, a data file.
    void openPath(const QString& path);
    void showRun(const QString& folder);
    /// Stops the run, if one is in progress, and closes the window once it has ended.
    void stopAndClose(StopMode mode);

    RecipeDraft& draft() { return m_draft; }
    TrainingController& controller() { return m_controller; }
    Estimates& estimates() { return m_estimates; }
    Page* page(const QString& name) const;

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
    void updateControls();
    void updateStatus();
    void fillRecent();
    void remember(const QString& path);
    void restoreSettings();
    void saveSettings();

    /// Takes what is still being typed: editors write when they are left.
    void commitEdits();
    /// Says under `title` what is typed but is no value; true when there is such a thing.
    bool tellRefusals(const QString& title);
    void start();
    void askStop();
    void askClose();
    void newRecipe();
    void chooseFile();
    void openRecipe(const QString& path);
    void saveRecipe();
    void copyAsCommand();
    void showAbout();
    void say(const QString& message);
    void showProblem(const QString& title, const QString& text);

    Theme& m_theme;
    Language& m_language;
    RecipeDraft m_draft;
    TrainingController m_controller;
    Estimates m_estimates;
    PageContext m_context;
    RunProgress m_progress;
    std::vector<PageEntry> m_pages;
    QString m_current, m_engineText, m_message;
    bool m_closeWhenFinished = false;

    Rail* m_rail = nullptr;
    BillPanel* m_bill = nullptr;
    QStackedWidget* m_stack = nullptr;
    QLabel *m_brand = nullptr, *m_name = nullptr, *m_missing = nullptr, *m_status = nullptr,
           *m_device = nullptr;
    QPushButton *m_start = nullptr, *m_pause = nullptr, *m_step = nullptr, *m_stop = nullptr;
    QMenu *m_menu = nullptr, *m_recent = nullptr, *m_themeMenu = nullptr, *m_languageMenu = nullptr;
    QMap<QString, QAction*> m_actions;
};

}  // namespace lathe
