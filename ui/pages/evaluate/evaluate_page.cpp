// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/evaluate/evaluate_page.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QShortcut>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTableWidget>

#include "ui/bridge/answer.h"
#include "ui/charts/confusion_matrix.h"
#include "ui/text/core_text.h"
#include "ui/text/number_text.h"
#include "ui/text/plain_tool_tip.h"
#include "ui/text/run_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/plain_table.h"
#include "ui/widgets/run_box.h"
#include "ui/widgets/warning_list.h"

namespace lathe {
namespace {

constexpr int kListedRows = 50;
constexpr int kAnswers = 3;
constexpr int kTickMs = 80;
constexpr int kIsRunRole = Qt::UserRole + 1;
constexpr int kTaskRole = Qt::UserRole + 2;

enum DataChoice { kHeldOut, kChosenFile };

}  // namespace

EvaluatePage::EvaluatePage(const PageContext& context, QWidget* parent)
    : Page(context, parent), m_library(context.library) {
    setAcceptDrops(true);
    buildChoices();
    buildResults();
    connectRuns();
    retranslate();
    m_library.refresh();
}

void EvaluatePage::buildChoices() {
    m_targetLabel = new QLabel;
    m_targetLabel->setProperty("role", "muted");
    m_target = new RunBox;
    m_target->setObjectName("evaluateTarget");
    m_target->setMinimumContentsLength(22);
    m_targetLabel->setBuddy(m_target);
    m_export = new Chip;
    m_exportMenu = new QMenu(m_export);
    for (const Export format : {Export::Csv, Export::Png, Export::Svg})
        connect(m_exportMenu->addAction(QString()), &QAction::triggered, this,
                [this, format] { exportAs(format); });
    m_export->setMenu(m_exportMenu);
    m_export->setPopupMode(QToolButton::InstantPopup);
    headerActions()->addWidget(m_targetLabel);
    headerActions()->addWidget(m_target);
    headerActions()->addWidget(m_export);

    m_choices = new Card;
    m_dataLabel = new QLabel;
    m_data = new QComboBox;
    m_data->setObjectName("evaluateData");
    m_data->setMinimumContentsLength(20);
    m_data->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_dataLabel->setBuddy(m_data);
    m_choose = new QPushButton;
    m_before = new QCheckBox;
    m_before->setChecked(true);
    m_answersLabel = new QLabel;
    m_answerCount = new QSpinBox;
    m_answerCount->setRange(0, 50);
    m_answerCount->setValue(kAnswers);
    m_answersLabel->setBuddy(m_answerCount);
    m_evaluate = new QPushButton;
    m_evaluate->setObjectName("evaluateStart");
    m_cancel = new QPushButton;
    m_cancel->setObjectName("evaluateCancel");
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    for (QWidget* widget : {static_cast<QWidget*>(m_dataLabel), static_cast<QWidget*>(m_data),
                            static_cast<QWidget*>(m_choose), static_cast<QWidget*>(m_before),
                            static_cast<QWidget*>(m_answersLabel), static_cast<QWidget*>(m_answerCount)})
        line->addWidget(widget);
    line->addStretch(1);
    line->addWidget(m_cancel);
    line->addWidget(m_evaluate);
    m_hint = new QLabel;
    m_hint->setProperty("role", "muted");
    m_hint->setTextFormat(Qt::PlainText);
    m_hint->setWordWrap(true);
    m_problem = new QLabel;
    m_problem->setProperty("role", "warn");
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->hide();
    m_bar = new QProgressBar;
    m_bar->setTextVisible(false);
    m_choices->body()->addLayout(line);
    m_choices->body()->addWidget(m_bar);
    m_choices->body()->addWidget(m_hint);
    m_choices->body()->addWidget(m_problem);
    body()->addWidget(m_choices);
    connect(m_evaluate, &QPushButton::clicked, this, &EvaluatePage::evaluate);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        m_cancel->setEnabled(false);
        context().controller.backend()->stopAnswers();
    });
    connect(m_choose, &QPushButton::clicked, this, &EvaluatePage::chooseFile);
    connect(m_target, &QComboBox::currentIndexChanged, this, &EvaluatePage::showMode);
    connect(m_data, &QComboBox::currentIndexChanged, this, &EvaluatePage::showMode);
}

void EvaluatePage::connectRuns() {
    TrainingController& controller = context().controller;
    m_clock.setInterval(kTickMs);
    connect(&m_clock, &QTimer::timeout, this, &EvaluatePage::showProgress);
    connect(&m_library, &RunLibrary::runsChanged, this, &EvaluatePage::showTargets);
    connect(&context().draft, &RecipeDraft::changed, this, &EvaluatePage::showTargets);
    connect(&controller, &TrainingController::backendReady, this, &EvaluatePage::showMode);
    connect(&controller, &TrainingController::stateChanged, this, &EvaluatePage::showMode);
    connect(&controller, &TrainingController::runFinished, &m_library, &RunLibrary::refresh);
}

void EvaluatePage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_library.refresh();
}

void EvaluatePage::showRuns(const QStringList& folders) {
    if (folders.isEmpty()) return;
    m_target->choose(folders.first());
    showTargets();
}

void EvaluatePage::showTargets() {
    {
        const QSignalBlocker blocker(m_target);
        m_target->clear();
        const auto add = [this](const QString& title, const QString& path, bool run,
                                const std::string& task) {
            m_target->addItem(title, path);
            m_target->setItemData(m_target->count() - 1, run, kIsRunRole);
            m_target->setItemData(m_target->count() - 1, QString::fromStdString(task), kTaskRole);
        };
        for (const RunRow& row : m_library.runs()) {
            const RunRecord& record = row.summary.record;
            if (hasResult(record.status))
                add(choiceText(row.summary), QString::fromStdString(row.summary.folder.string()), true,
                    record.task);
        }
        const Recipe& recipe = context().draft.recipe();
        const QString base = QString::fromStdString(recipe.base);
        if (!base.isEmpty() && m_target->findData(base) < 0)
            add(tr("Base: %1").arg(QFileInfo(base).fileName()), base, false, recipe.task);
        m_target->settle(context().controller.runFolder());
    }
    showMode();
}

std::string EvaluatePage::target() const {
    return m_target->currentData().toString().toStdString();
}

bool EvaluatePage::isRun() const {
    return m_target->currentData(kIsRunRole).toBool();
}

std::string EvaluatePage::task() const {
    return m_target->currentData(kTaskRole).toString().toStdString();
}

bool EvaluatePage::writesText() const {
    const std::string name = task();
    return name == "instruction" || name == "language_modeling" || name == "preference" ||
           name == "reinforcement" || name == "sequence_to_sequence";
}

QString EvaluatePage::obstacle() const {
    if (!context().controller.backend()) return engineText();
    if (m_target->currentIndex() < 0) return tr("No finished run yet. Train one, then judge it here.");
    if (context().controller.busy())
        return tr("A run is going on. Its result can be judged when it has ended.");
    if (!isRun() && task().empty())
        return tr("A plain model is judged on a task: choose one on the Task page.");
    if (!isRun() && m_data->currentIndex() != kChosenFile)
        return tr("A plain model has held out no rows: choose a file, or drop one here.");
    return {};
}

void EvaluatePage::showMode() {
    const QString missing = obstacle();
    const bool going = evaluating();
    m_before->setVisible(isRun());
    for (QWidget* widget : {static_cast<QWidget*>(m_answersLabel), static_cast<QWidget*>(m_answerCount)})
        widget->setVisible(writesText());
    for (QWidget* widget :
         {static_cast<QWidget*>(m_target), static_cast<QWidget*>(m_data), static_cast<QWidget*>(m_choose),
          static_cast<QWidget*>(m_before), static_cast<QWidget*>(m_answerCount)})
        widget->setEnabled(!going);
    m_bar->setVisible(going);
    m_cancel->setVisible(going);
    m_evaluate->setVisible(!going);
    m_evaluate->setEnabled(missing.isEmpty());
    m_hint->setText(missing);
    m_hint->setVisible(!missing.isEmpty() && !going);
    m_export->setEnabled(m_evaluation.has_value());
    Q_EMIT railChanged();
}

void EvaluatePage::chooseFile() {
    const QString file =
        QFileDialog::getOpenFileName(this, tr("Rows to judge by"), {},
                                     tr("Data (*.json *.jsonl *.csv *.tsv *.txt *.conll);;All files (*)"));
    if (!file.isEmpty()) takeFile(file);
}

void EvaluatePage::takeFile(const QString& file) {
    m_file = file;
    if (m_data->count() <= kChosenFile) m_data->addItem(QString());
    m_data->setItemText(kChosenFile, QFileInfo(file).fileName());
    m_data->setItemData(kChosenFile, plainToolTip(file), Qt::ToolTipRole);
    m_data->setCurrentIndex(kChosenFile);
    showMode();
}

void EvaluatePage::dragEnterEvent(QDragEnterEvent* event) {
    const QList<QUrl> urls = event->mimeData()->urls();
    if (!evaluating() && urls.size() == 1 && urls.first().isLocalFile()) event->acceptProposedAction();
}

void EvaluatePage::dropEvent(QDropEvent* event) {
    takeFile(event->mimeData()->urls().first().toLocalFile());
    event->acceptProposedAction();
}

void EvaluatePage::evaluate() {
    if (evaluating() || !obstacle().isEmpty()) return;
    EvaluationRequest request;
    if (m_data->currentIndex() == kChosenFile) request.data = m_file.toStdString();
    if (!isRun()) request.task = task();
    request.listedRows = kListedRows;
    request.answers = writesText() ? m_answerCount->value() : 0;
    request.before = isRun() && m_before->isChecked();
    m_progress = std::make_shared<Progress>();
    m_askedTitle = m_target->currentText();
    m_problem->hide();
    m_cancel->setEnabled(true);
    m_bar->setRange(0, 0);  // until the model is open and its rows are counted
    m_clock.start();
    showMode();
    const auto progress = [shared = m_progress](const EvaluationProgress& now) {
        shared->total = now.total;
        shared->done = now.done;
    };
    context().controller.backend()->evaluate(
        target(), request, progress,
        onUiThread(this, [this](const Result<Evaluation>& result) { finish(result); }));
}

void EvaluatePage::showProgress() {
    if (!m_progress || m_progress->total == 0) return;
    m_bar->setRange(0, 1000);
    m_bar->setValue(int(1000 * m_progress->done / m_progress->total));
}

void EvaluatePage::finish(const Result<Evaluation>& result) {
    m_clock.stop();
    m_progress.reset();
    if (result.ok()) {
        m_evaluation = result.value();
        m_evaluatedTitle = m_askedTitle;
        showResults();
    } else if (result.error().code != ErrorCode::Stopped) {
        const QString hint = errorHint(result.error());
        m_problem->setText(errorText(result.error()) +
                           (hint.isEmpty() ? QString() : QLatin1Char('\n') + hint));
        m_problem->show();
    }
    showMode();
}

void EvaluatePage::showExportProblem(const QString& file) {
    auto* box = new QMessageBox(QMessageBox::Warning, tr("Export"),
                                tr("The file could not be written: %1").arg(file), QMessageBox::Ok, this);
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

void EvaluatePage::exportAs(Export format) {
    const QString filters[] = {tr("Table (*.csv)"), tr("PNG picture (*.png)"), tr("SVG drawing (*.svg)")};
    const QString endings[] = {"csv", "png", "svg"};
    const int kind = int(format);
    QString file = QFileDialog::getSaveFileName(this, tr("Export the evaluation"),
                                                "evaluation." + endings[kind], filters[kind]);
    if (file.isEmpty()) return;
    if (!file.endsWith("." + endings[kind])) file += "." + endings[kind];
    bool ok = false;
    switch (format) {
        case Export::Csv:
            ok = writeEvaluationCsv(*m_evaluation, file.toStdString()).ok();
            break;
        case Export::Png:
            ok = m_matrix->exportPng(file);
            break;
        case Export::Svg:
            ok = m_matrix->exportSvg(file);
            break;
    }
    if (!ok) showExportProblem(file);
}

void EvaluatePage::retranslate() {
    setHeading(tr("Evaluate"), tr("before and after, on rows the model has not learnt from"));
    m_targetLabel->setText(tr("Model"));
    m_notes->retranslate();
    m_target->setAccessibleName(tr("Run or model to judge"));
    m_target->setToolTip(tr("The run whose result is judged; the newest comes first"));
    m_target->setPlaceholderText(tr("no run yet"));
    m_export->setText(tr("Export"));
    m_export->setToolTip(tr("Save the rows as a table, or the matrix as a picture"));
    const QString names[] = {tr("CSV tables…"), tr("PNG picture of the matrix…"),
                             tr("SVG drawing of the matrix…")};
    for (int i = 0; i < 3; ++i) m_exportMenu->actions().at(i)->setText(names[i]);
    m_dataLabel->setText(tr("Data"));
    if (m_data->count() == 0) m_data->addItem(QString());
    m_data->setItemText(kHeldOut, tr("held out by the run"));
    m_data->setAccessibleName(tr("Rows to judge by"));
    m_data->setToolTip(tr("The rows that the run kept for validation, or a file of your own"));
    m_choose->setText(tr("File…"));
    m_choose->setToolTip(tr("Choose a data file of the same kind; it can also be dropped here"));
    m_before->setText(tr("Before, too"));
    m_before->setToolTip(
        tr("Judge the model as it was before its run on the same rows; takes twice the time"));
    m_answersLabel->setText(tr("Answers"));
    m_answerCount->setAccessibleName(tr("Rows that are answered"));
    m_answerCount->setToolTip(tr("So many rows are answered and shown side by side. Usual: 3 to 10."));
    m_evaluate->setText(tr("Evaluate"));
    m_evaluate->setToolTip(tr("Judges the model; training waits meanwhile"));
    m_cancel->setText(tr("Cancel"));
    m_bar->setAccessibleName(tr("Progress of the evaluation"));
    m_matrixCard->setTitle(tr("What is mixed up"));
    m_matrixBefore->setText(tr("Before"));
    m_matrixBefore->setToolTip(tr("Show what the model mixed up before its run"));
    m_matrix->setAccessibleName(tr("Confusion matrix"));
    m_labelTable->setAccessibleName(tr("Each label"));
    m_answerCard->setTitle(tr("Answers"));
    m_changed->setText(tr("Changed"));
    m_changed->setToolTip(tr("The rows that changed most since before, instead of the worst ones"));
    m_rows->setAccessibleName(tr("Rows"));
    m_row->setAccessibleName(tr("The chosen row"));
    showResults();
    showTargets();
}

QString EvaluatePage::railNote() const {
    if (!m_evaluation) return {};
    for (const char* metric : {"accuracy", "f1", "reward_accuracy", "perplexity", "pearson"})
        if (const auto found = m_evaluation->now.metrics.find(metric);
            found != m_evaluation->now.metrics.end())
            return metricText(metric, found->second);
    return {};
}

}  // namespace lathe
