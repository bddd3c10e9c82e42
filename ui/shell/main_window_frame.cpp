// SPDX-License-Identifier: GPL-3.0-or-later
// MainWindow's widgets: built once, texts set by retranslate().
#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QToolButton>

#include "ui/shell/bill_panel.h"
#include "ui/shell/main_window.h"
#include "ui/shell/rail.h"
#include "ui/shell/resume_bar.h"

namespace lathe {
namespace {
constexpr QSize kSmallest(800, 480);  ///< 960 × 540 is a Full-HD screen at 200 %, less its panels
constexpr int kTopBarHeight = 40;
constexpr int kNameWidth = 220;
constexpr int kStatusBarHeight = 26;
}  // namespace

void MainWindow::build() {
    auto* frame = new QWidget;
    auto* all = new QVBoxLayout(frame);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(buildTopBar());
    m_resumeBar = new ResumeBar;
    all->addWidget(m_resumeBar);

    auto* middle = new QHBoxLayout;
    middle->setSpacing(0);
    m_rail = new Rail(m_theme);
    m_stack = new QStackedWidget;
    m_bill = new BillPanel(m_context);
    middle->addWidget(m_rail);
    middle->addWidget(m_stack, 1);
    middle->addWidget(m_bill);
    all->addLayout(middle, 1);
    all->addWidget(buildStatusBar());

    buildRail();
    setCentralWidget(frame);
    // Else the first button holds the focus and looks pressed from the start.
    m_stack->setFocusPolicy(Qt::ClickFocus);
    m_stack->setFocus();
    setMinimumSize(kSmallest);
    resize(QSize(1280, 800).boundedTo(screen()->availableSize()));
}

QWidget* MainWindow::buildTopBar() {
    auto* bar = new QFrame;
    bar->setObjectName("topBar");
    bar->setFixedHeight(kTopBarHeight);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(8, 0, 14, 0);
    row->setSpacing(8);
    auto* menuButton = new QToolButton;
    menuButton->setObjectName("menuButton");
    menuButton->setText(QStringLiteral("☰"));
    menuButton->setPopupMode(QToolButton::InstantPopup);
    menuButton->setShortcut(Qt::Key_F10);
    m_menu = new QMenu(this);
    menuButton->setMenu(m_menu);
    m_brand = new QLabel;
    m_brand->setProperty("role", "strong");
    m_name = new QLineEdit;
    m_name->setObjectName("name");
    m_name->setMaximumWidth(kNameWidth);
    m_run = new QLabel;
    m_run->setObjectName("runTitle");
    m_run->setProperty("role", "strong");
    m_run->setTextFormat(Qt::PlainText);
    m_missing = new QLabel;
    m_missing->setProperty("role", "muted");
    m_missing->setTextFormat(Qt::PlainText);
    m_missing->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_missing->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_pause = new QPushButton;
    m_step = new QPushButton;
    m_stop = new QPushButton;
    m_start = new QPushButton;
    m_start->setObjectName("start");
    m_pause->setObjectName("pause");
    m_stop->setObjectName("stop");
    m_start->setProperty("primary", true);
    row->addWidget(menuButton);
    row->addWidget(m_brand);
    row->addWidget(m_name);
    row->addWidget(m_run);
    row->addWidget(m_missing, 1);
    row->addStretch(0);
    for (QPushButton* button : {m_pause, m_step, m_stop, m_start}) row->addWidget(button);
    connect(m_name, &QLineEdit::editingFinished, this,
            [this] { m_draft.setValue("name", m_name->text().trimmed().toStdString()); });
    connect(m_start, &QPushButton::clicked, this, &MainWindow::start);
    connect(m_stop, &QPushButton::clicked, this, &MainWindow::askStop);
    connect(m_step, &QPushButton::clicked, &m_controller, &TrainingController::stepOnce);
    connect(m_pause, &QPushButton::clicked, this, [this] { m_actions["pause"]->trigger(); });
    return bar;
}

QWidget* MainWindow::buildStatusBar() {
    auto* bar = new QFrame;
    bar->setObjectName("statusBar");
    bar->setFixedHeight(kStatusBarHeight);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(14, 0, 14, 0);
    row->setSpacing(16);
    for (QLabel** label : {&m_device, &m_status}) {
        *label = new QLabel;
        (*label)->setProperty("role", "small");
        (*label)->setTextFormat(Qt::PlainText);
        row->addWidget(*label);
    }
    m_status->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    row->setStretch(1, 1);
    return bar;
}

void MainWindow::buildRail() {
    m_pages = makePages(m_context, m_stack);
    QString section;
    int number = 0;
    for (const PageEntry& entry : m_pages) {
        if (entry.section != section) m_rail->addSection(entry.section);
        section = entry.section;
        m_rail->addStep(entry.name, section == "library" ? 0 : ++number);
        m_stack->addWidget(entry.page);
        connect(entry.page, &Page::goTo, this, &MainWindow::goTo);
        connect(entry.page, &Page::startRequested, this, &MainWindow::start);
        connect(entry.page, &Page::railChanged, this, [this, entry] { updateStep(entry); });
        connect(entry.page, &Page::runsChosen, this, [this](const QStringList& folders, const QString& name) {
            if (Page* wanted = page(name)) wanted->showRuns(folders);
            goTo(name);
        });
    }
    connect(m_rail, &Rail::chosen, this, &MainWindow::goTo);
}

QAction* MainWindow::addAction(const char* name, const QKeySequence& shortcut, std::function<void()> work) {
    auto* action = new QAction(this);
    action->setShortcut(shortcut);
    connect(action, &QAction::triggered, this, std::move(work));
    m_actions[name] = action;
    QWidget::addAction(action);
    return action;
}

void MainWindow::buildActions() {
    addAction("new", QKeySequence::New, [this] { newRecipe(); });
    addAction("open", QKeySequence::Open, [this] { chooseFile(); });
    addAction("save", QKeySequence::Save, [this] { saveRecipe(); });
    addAction("copy", QKeySequence("Ctrl+Shift+C"), [this] { copyAsCommand(); });
    addAction("undo", QKeySequence::Undo, [this] { m_draft.undoStack()->undo(); });
    addAction("redo", QKeySequence::Redo, [this] { m_draft.undoStack()->redo(); });
    addAction("start", QKeySequence("Ctrl+Return"), [this] { start(); });
    addAction("pause", QKeySequence("Ctrl+P"), [this] {
        if (m_controller.state() == TrainingController::State::Paused)
            m_controller.unpause();
        else
            m_controller.pause();
    });
    addAction("help", QKeySequence::HelpContents, [this] { showHelp(); });
    addAction("about", QKeySequence(), [this] { showAbout(); });
    addAction("quit", QKeySequence::Quit, [this] { close(); });
    // Alt+1 … Alt+9 go to the pages in their order.
    for (std::size_t i = 0; i < m_pages.size() && i < 9; ++i) {
        const QString name = m_pages[i].name;
        auto* action = new QAction(this);
        action->setShortcut(QKeySequence(QString("Alt+%1").arg(i + 1)));
        connect(action, &QAction::triggered, this, [this, name] {
            goTo(name);
            page(name)->setFocus(Qt::ShortcutFocusReason);
        });
        QWidget::addAction(action);
    }
}

void MainWindow::buildMenu() {
    m_menu->addAction(m_actions["new"]);
    m_menu->addAction(m_actions["open"]);
    m_recent = m_menu->addMenu(QString());
    m_menu->addAction(m_actions["save"]);
    m_menu->addAction(m_actions["copy"]);
    m_menu->addSeparator();
    m_menu->addAction(m_actions["undo"]);
    m_menu->addAction(m_actions["redo"]);
    m_menu->addSeparator();
    m_themeMenu = m_menu->addMenu(QString());
    m_languageMenu = m_menu->addMenu(QString());

    auto* themes = new QActionGroup(this);
    const auto addTheme = [&](const char* name, ThemeKind kind) {
        QAction* action = addAction(name, {}, [this, kind] {
            m_theme.apply(*qApp, kind);
            QSettings().setValue("window/theme", int(kind));
        });
        action->setCheckable(true);
        action->setChecked(m_theme.kind() == kind);
        themes->addAction(action);
        m_themeMenu->addAction(action);
    };
    addTheme("theme-system", ThemeKind::System);
    addTheme("theme-light", ThemeKind::Light);
    addTheme("theme-dark", ThemeKind::Dark);

    auto* languages = new QActionGroup(this);
    const auto addLanguage = [&](const QString& title, const QString& code) {
        QAction* action = m_languageMenu->addAction(title, this, [this, code] {
            m_language.apply(code);
            QSettings().setValue("window/language", code);
        });
        action->setCheckable(true);
        action->setChecked(m_language.code() == code);
        languages->addAction(action);
    };
    // Each language is named in itself, whatever the window speaks.
    addLanguage(QStringLiteral("English"), "en");
    addLanguage(QStringLiteral("简体中文"), "zh_CN");

    m_menu->addSeparator();
    m_menu->addAction(m_actions["help"]);
    m_menu->addAction(m_actions["about"]);
    m_menu->addAction(m_actions["quit"]);
}

}  // namespace lathe
