// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/runs/runs_page.h"

#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTableView>

#include "core/config/recipe_yaml.h"
#include "core/run/store/run_lock.h"
#include "ui/bridge/background.h"
#include "ui/pages/chain_strip.h"
#include "ui/text/catalog_text.h"
#include "ui/text/core_text.h"
#include "ui/text/number_text.h"
#include "ui/text/run_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/run_table.h"

namespace lathe {

RunsPage::RunsPage(const PageContext& context, QWidget* parent)
    : Page(context, parent), m_library(context.library), m_model(m_library) {
    m_filter.setSourceModel(&m_model);
    buildList();
    buildDetail();
    connectActions();
    retranslate();
    m_library.refresh();
}

void RunsPage::buildList() {
    m_search = new QLineEdit;
    m_search->setClearButtonEnabled(true);
    m_search->setMinimumWidth(240);
    m_refresh = new QPushButton;
    headerActions()->addWidget(m_search);
    headerActions()->addWidget(m_refresh);
    m_listCard = new Card;
    m_table = makeRunTable(m_filter, context().theme);
    m_table->setMinimumHeight(280);
    m_empty = new QLabel;
    m_empty->setProperty("role", "muted");
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setMinimumHeight(120);
    m_listCard->body()->addWidget(m_table);
    m_listCard->body()->addWidget(m_empty);
    body()->addWidget(m_listCard, 1);
}

void RunsPage::buildDetail() {
    m_detail = new Card;
    m_failure = new QLabel;
    m_failure->setProperty("role", "warn");
    m_facts = new QLabel;
    m_facts->setProperty("role", "muted");
    m_error = new QLabel;
    m_error->setProperty("role", "warn");
    for (QLabel* label : {m_failure, m_facts, m_error}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        m_detail->body()->addWidget(label);
    }
    m_error->hide();
    m_note = new QLineEdit;
    m_noteLabel = new QLabel;
    m_noteLabel->setBuddy(m_note);
    auto* noteLine = new QHBoxLayout;
    noteLine->setSpacing(8);
    noteLine->addWidget(m_noteLabel);
    noteLine->addWidget(m_note, 1);
    m_detail->body()->addLayout(noteLine);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    m_show = new QPushButton;
    m_show->setObjectName("showRun");
    m_evaluate = new QPushButton;
    m_compare = new QPushButton;
    m_try = new QPushButton;
    m_repeat = new QPushButton;
    m_resume = new QPushButton;
    m_trash = new QPushButton;
    for (QPushButton* button : {m_show, m_evaluate, m_compare, m_try, m_repeat, m_resume})
        buttons->addWidget(button);
    buttons->addStretch(1);
    buttons->addWidget(m_trash);
    m_detail->body()->addLayout(buttons);
    body()->addWidget(m_detail);
    m_chain = new ChainStrip(context());
    body()->addWidget(m_chain);
}

void RunsPage::connectActions() {
    TrainingController& controller = context().controller;
    connect(m_search, &QLineEdit::textChanged, &m_filter, &RunFilterModel::setSearch);
    connect(m_refresh, &QPushButton::clicked, &m_library, &RunLibrary::refresh);
    connect(&m_library, &RunLibrary::wasReset, this, [this] { select(m_selected); });
    connect(&m_library, &RunLibrary::runsChanged, this, [this] {
        showSelection();
        Q_EMIT railChanged();
    });
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
        m_selected = selectedFolders();
        showSelection();
    });
    connect(&m_model, &RunListModel::renamed, this, [this](const QString& folder, const QString& name) {
        changeRecord(folder, [name](RunRecord& record) { record.name = name.toStdString(); });
    });
    connect(m_note, &QLineEdit::editingFinished, this, &RunsPage::saveNote);
    connect(m_show, &QPushButton::clicked, this, [this] { Q_EMIT runsChosen(selectedFolders(), "train"); });
    connect(m_evaluate, &QPushButton::clicked, this,
            [this] { Q_EMIT runsChosen(selectedFolders(), "evaluate"); });
    connect(m_chain, &ChainStrip::nextDrafted, this, [this] { Q_EMIT goTo("task"); });
    connect(m_compare, &QPushButton::clicked, this,
            [this] { Q_EMIT runsChosen(selectedFolders(), "compare"); });
    connect(m_try, &QPushButton::clicked, this, [this] { Q_EMIT runsChosen(selectedFolders(), "try"); });
    connect(m_repeat, &QPushButton::clicked, this, &RunsPage::repeatRun);
    connect(m_resume, &QPushButton::clicked, this, &RunsPage::resumeRun);
    connect(m_trash, &QPushButton::clicked, this, &RunsPage::trashRuns);
    connect(&controller, &TrainingController::runStarted, &m_library, &RunLibrary::refresh);
    connect(&controller, &TrainingController::runFinished, &m_library, &RunLibrary::refresh);
    connect(&controller, &TrainingController::stateChanged, this, &RunsPage::showSelection);
}

void RunsPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_library.refresh();
}

void RunsPage::showRuns(const QStringList& folders) {
    m_search->clear();
    m_selected = folders;
    select(folders);
}

void RunsPage::select(const QStringList& folders) {
    QItemSelection rows;
    for (int row = 0; row < m_filter.rowCount(); ++row) {
        const QModelIndex index = m_filter.index(row, 0);
        if (folders.contains(index.data(RunListModel::FolderRole).toString())) rows.select(index, index);
    }
    m_table->selectionModel()->select(rows, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    if (!rows.isEmpty()) m_table->scrollTo(rows.indexes().first());
}

QStringList RunsPage::selectedFolders() const {
    // By ranges: asking for each selected cell takes half a second where thousands are.
    QStringList folders;
    for (const QItemSelectionRange& range : m_table->selectionModel()->selection())
        for (int row = range.top(); row <= range.bottom(); ++row)
            folders.append(m_filter.index(row, 0).data(RunListModel::FolderRole).toString());
    return folders;
}

const RunRow* RunsPage::selectedRun() const {
    return m_selected.size() == 1 ? m_library.find(m_selected.first().toStdString()) : nullptr;
}

void RunsPage::showSelection() {
    const bool any = m_library.loaded() && !m_library.runs().empty();
    m_table->setVisible(any);
    m_empty->setVisible(!any);
    m_empty->setText(m_library.loaded() ? tr("No run yet. The first one appears here as soon as it starts.")
                                        : tr("Reading the runs…"));
    const QStringList& folders = m_selected;
    const RunRow* run = selectedRun();
    m_detail->setVisible(any);
    const bool busy = context().controller.busy();
    const RunStatus status = run ? run->summary.record.status : RunStatus::Incomplete;
    m_compare->setEnabled(!folders.isEmpty());
    for (QPushButton* button : {m_evaluate, m_try}) button->setEnabled(hasResult(status));
    m_repeat->setEnabled(run != nullptr);
    m_show->setEnabled(run && !busy);
    m_resume->setEnabled(!busy && run && run->resumable);
    m_resume->setToolTip(run && !run->resumable ? tr("This run has no checkpoint to go on from")
                                                : tr("Go on from the last checkpoint, exactly"));
    bool going = false;
    for (const QString& folder : folders) {
        const RunRow* row = m_library.find(folder.toStdString());
        going = going || (row && row->summary.record.status == RunStatus::Running);
    }
    m_trash->setEnabled(!folders.isEmpty() && !going);
    m_note->setEnabled(run && status != RunStatus::Running);
    const QSignalBlocker blocker(m_note);
    m_failure->hide();
    if (!run) {
        m_detail->setTitle(folders.isEmpty() ? tr("Select a run")
                                             : tr("%n runs selected", nullptr, int(folders.size())));
        m_facts->setText(folders.isEmpty() ? tr("Its settings and what can be done with it appear here.")
                                           : QString());
        m_note->clear();
        m_chain->clear();
        return;
    }
    m_chain->showRun(folders.first());
    const RunRecord& record = run->summary.record;
    m_detail->setTitle(runTitle(run->summary));
    QStringList facts{taskTitle(record.task, record.task), QString::fromStdString(record.base),
                      methodText(record),
                      record.maxSteps > 0 ? tr("%1 of %2 steps").arg(record.steps).arg(record.maxSteps)
                                          : statusText(record.status),
                      durationText(record.seconds)};
    const std::string metric = mainMetric(record);
    if (const auto before = record.before.find(metric); before != record.before.end() && !metric.empty()) {
        facts.append(tr("%1 before %2, after %3")
                         .arg(metricTitle(metric), metricText(metric, before->second),
                              metricText(metric, record.metrics.at(metric))));
    }
    m_facts->setText(facts.join(tr(" · ")));
    m_failure->setVisible(record.failure.has_value());
    if (record.failure) {
        const QString hint = errorHint(*record.failure);
        m_failure->setText(errorText(*record.failure) +
                           (hint.isEmpty() ? QString() : QLatin1Char('\n') + hint));
    }
    if (!m_note->hasFocus()) m_note->setText(QString::fromStdString(record.note));
}

void RunsPage::repeatRun() {
    const RunRow* run = selectedRun();
    if (!run || !context().draft.catalog()) return;
    const ParsedRecipe parsed = readRunRecipe(run->summary.folder, *context().draft.catalog());
    // A recipe with faults still fills the form: every fault is shown at its field.
    context().draft.setRecipe(parsed.recipe);
    Q_EMIT goTo("method");
}

void RunsPage::resumeRun() {
    const RunRow* run = selectedRun();
    if (!run) return;
    context().controller.resume(QString::fromStdString(run->summary.folder.string()));
    Q_EMIT goTo("train");
}

void RunsPage::trashRuns() {
    const QStringList folders = selectedFolders();
    auto* box = new QMessageBox(QMessageBox::Question, tr("Move to trash"),
                                tr("Move %n runs to the trash?", nullptr, int(folders.size())),
                                QMessageBox::NoButton, this);
    QPushButton* move = box->addButton(tr("Move to trash"), QMessageBox::DestructiveRole);
    box->addButton(tr("Keep"), QMessageBox::RejectRole);
    box->setAttribute(Qt::WA_DeleteOnClose);
    connect(move, &QPushButton::clicked, this, [this, folders] { moveToTrash(folders); });
    box->open();
}

void RunsPage::moveToTrash(const QStringList& folders) {
    runInBackground(
        this,
        [folders] {
            QStringList kept;
            for (const QString& folder : folders) {
                if (!QFile::moveToTrash(folder)) kept.append(folder);
            }
            return kept;
        },
        [this](const QStringList& kept) {
            m_error->setVisible(!kept.isEmpty());
            m_error->setText(
                tr("No trash can take these folders, so they stay: %1").arg(kept.join(tr(", "))));
            m_library.refresh();
        });
}

void RunsPage::saveNote() {
    const RunRow* run = selectedRun();
    const std::string note = m_note->text().toStdString();
    if (!run || run->summary.record.note == note) return;
    changeRecord(QString::fromStdString(run->summary.folder.string()),
                 [note](RunRecord& record) { record.note = note; });
}

void RunsPage::changeRecord(const QString& folder, std::function<void(RunRecord&)> change) {
    runInBackground(
        this,
        [folder = std::filesystem::path(folder.toStdString()), change]() -> Result<void> {
            LATHE_TRY(RunRecord record, readRunRecord(folder));
            if (record.status == RunStatus::Running) {
                return Error{ErrorCode::BadArgument, "the run is still going on", folder.string(),
                             "change it when it has ended"};
            }
            LATHE_TRY(const RunLock lock, RunLock::own(folder));  // no process takes it up meanwhile
            change(record);
            return writeRunRecord(folder, record);
        },
        [this](const Result<void>& done) {
            m_error->setVisible(!done.ok());
            if (!done.ok()) report(done.error());
            m_library.refresh();
        });
}

void RunsPage::report(const Error& error) {
    m_error->setText(errorText(error));
    m_error->show();
}

void RunsPage::retranslate() {
    setHeading(tr("Runs"), tr("every run on this computer"));
    m_search->setPlaceholderText(tr("Search name, method, task, note"));
    m_search->setAccessibleName(tr("Search runs"));
    m_refresh->setText(tr("Read again"));
    m_refresh->setToolTip(tr("Look for runs on disk again"));
    m_table->setAccessibleName(tr("Runs"));
    m_table->setToolTip(tr("Double-click a name to change it"));
    m_noteLabel->setText(tr("Note"));
    m_note->setAccessibleName(tr("Note"));
    m_note->setToolTip(tr("Anything worth remembering about this run"));
    m_show->setText(tr("Curves"));
    m_show->setToolTip(tr("Show this run's curves; one that is being trained is followed live"));
    m_evaluate->setText(tr("Evaluate"));
    m_evaluate->setToolTip(tr("Judge this run on rows it has not learnt from"));
    m_compare->setText(tr("Compare"));
    m_compare->setToolTip(tr("Show the selected runs side by side"));
    m_try->setText(tr("Try"));
    m_try->setToolTip(tr("Ask the result of this run"));
    m_repeat->setText(tr("Run again with changes"));
    m_repeat->setToolTip(tr("Fill the form with this run's recipe"));
    m_resume->setText(tr("Resume"));
    m_trash->setText(tr("Move to trash"));
    m_trash->setToolTip(tr("Move the folders of the selected runs to the trash"));
    m_model.retranslate();
    m_chain->retranslate();
    showSelection();
}

QString RunsPage::railNote() const {
    return m_library.runs().empty() ? QString() : countText(int64_t(m_library.runs().size()));
}

}  // namespace lathe
