// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/compare/compare_page.h"

#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QTableView>
#include <QTableWidget>
#include <algorithm>

#include "core/base/files.h"
#include "ui/bridge/background.h"
#include "ui/charts/curve_plot.h"
#include "ui/charts/scatter_plot.h"
#include "ui/text/number_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/plain_table.h"
#include "ui/widgets/run_table.h"

namespace lathe {
namespace {

constexpr double kSmoothing = 0.9;
constexpr int kOffered = 6;  // as many as there are colours

}  // namespace

void ComparePage::showExportProblem(const QString& file) {
    auto* box = new QMessageBox(QMessageBox::Warning, tr("Export"),
                                tr("The file could not be written: %1").arg(file), QMessageBox::Ok, this);
    box->setTextFormat(Qt::PlainText);
    box->setAttribute(Qt::WA_DeleteOnClose);
    box->open();
}

ComparePage::ComparePage(const PageContext& context, QWidget* parent)
    : Page(context, parent), m_library(context.library), m_model(m_library) {
    m_model.setCheckable(true);
    m_filter.setSourceModel(&m_model);
    buildChooser();
    buildPlots();
    buildTables();
    body()->addStretch(1);
    connectRuns();
    retranslate();
    showAll();
    m_library.refresh();
}

void ComparePage::buildChooser() {
    m_choose = new Chip;
    m_choose->setCheckable(true);
    m_what = new Chip;
    m_what->setCheckable(true);
    m_export = new Chip;
    m_exportMenu = new QMenu(m_export);
    for (Export format : {Export::Png, Export::Svg, Export::Pdf, Export::Csv})
        connect(m_exportMenu->addAction(QString()), &QAction::triggered, this,
                [this, format] { exportAs(format); });
    m_export->setMenu(m_exportMenu);
    m_export->setPopupMode(QToolButton::InstantPopup);
    for (Chip* chip : {m_choose, m_what, m_export}) headerActions()->addWidget(chip);

    m_chooser = new Card;
    m_search = new QLineEdit;
    m_search->setClearButtonEnabled(true);
    m_list = makeRunTable(m_filter, context().theme);
    m_list->setFixedHeight(220);
    m_chooser->body()->addWidget(m_search);
    m_chooser->body()->addWidget(m_list);
    m_chooser->hide();
    body()->addWidget(m_chooser);
    m_empty = new QLabel;
    m_empty->setProperty("role", "muted");
    m_empty->setWordWrap(true);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setMinimumHeight(120);
    body()->addWidget(m_empty);
}

void ComparePage::buildPlots() {
    m_verdictCard = new Card;
    m_verdictCard->setTone("accent");
    m_sentence = new QLabel;
    m_sentence->setTextFormat(Qt::PlainText);
    m_sentence->setWordWrap(true);
    m_verdictCard->body()->addWidget(m_sentence);
    body()->addWidget(m_verdictCard);
    m_plots = new QWidget;
    auto* row = new QHBoxLayout(m_plots);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    auto* left = new Card;
    m_curvePlot = new CurvePlot(context().theme);
    m_curvePlot->setEndLabels(true);
    m_curvePlot->setMinimumHeight(300);
    left->body()->addWidget(m_curvePlot);
    auto* right = new Card;
    m_qualityPlot = new ScatterPlot(context().theme);
    m_qualityPlot->setMinimumHeight(300);
    m_noQuality = new QLabel;
    m_noQuality->setProperty("role", "muted");
    m_noQuality->setWordWrap(true);
    m_noQuality->setAlignment(Qt::AlignCenter);
    right->body()->addWidget(m_qualityPlot, 1);
    right->body()->addWidget(m_noQuality, 1);
    row->addWidget(left, 4);
    row->addWidget(right, 3);
    body()->addWidget(m_plots);
}

void ComparePage::buildTables() {
    m_numbersCard = new Card;
    m_numbers = makePlainTable();
    m_differencesCard = new Card;
    m_differences = makePlainTable();
    m_numbersCard->body()->addWidget(m_numbers);
    m_differencesCard->body()->addWidget(m_differences);
    body()->addWidget(m_numbersCard);
    body()->addWidget(m_differencesCard);
}

void ComparePage::connectRuns() {
    TrainingController& controller = context().controller;
    connect(m_choose, &Chip::toggled, m_chooser, &QWidget::setVisible);
    connect(m_what, &Chip::toggled, this, &ComparePage::showCurves);
    connect(m_search, &QLineEdit::textChanged, &m_filter, &RunFilterModel::setSearch);
    connect(&m_model, &RunListModel::checkedChanged, this, &ComparePage::readChosen);
    connect(&m_library, &RunLibrary::runsChanged, this, [this] {
        if (!m_pending.isEmpty()) {
            showRuns(std::exchange(m_pending, {}));
        } else {
            offerNewest();
        }
        if (choiceChanged()) readChosen();
    });
    connect(&controller, &TrainingController::runStarted, this, [this](const QString& folder) {
        // The runs of a race join the comparison as they start; a new race starts a new one.
        if (this->context().controller.raceSize() == 0) return;
        QStringList folders = this->context().controller.raceIndex() == 0 ? QStringList() : m_model.checked();
        folders.append(folder);
        m_model.setChecked(folders);
        m_library.refresh();
    });
    connect(&controller, &TrainingController::eventsArrived, this, &ComparePage::growLive);
    connect(&controller, &TrainingController::runFinished, this, [this] { m_library.refresh(); });
    connect(&controller, &TrainingController::raceFinished, this, [this] { m_library.refresh(); });
    connect(&context().theme, &Theme::changed, this, &ComparePage::showNumbers);
}

void ComparePage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_library.refresh();
}

void ComparePage::showRuns(const QStringList& folders) {
    if (!m_library.loaded()) m_pending = folders;
    m_model.setChecked(folders);
}

void ComparePage::offerNewest() {
    if (m_model.checked() != m_offered) return;
    QStringList folders;
    const RunRecord* first = nullptr;
    for (const RunRow& row : m_library.runs()) {
        const RunRecord& record = row.summary.record;
        if (record.status != RunStatus::Done || folders.size() == kOffered) continue;
        if (!first) first = &record;
        if (record.task == first->task && record.problemType == first->problemType)
            folders.append(QString::fromStdString(row.summary.folder.string()));
    }
    m_offered = folders;
    m_model.setChecked(folders);
}

void ComparePage::readChosen() {
    if (m_reading) {
        m_again = true;
        return;
    }
    std::vector<RunSummary> chosen;
    for (const QString& folder : m_model.checked())
        if (const RunRow* row = m_library.find(folder.toStdString())) chosen.push_back(row->summary);
    m_reading = true;
    runInBackground(
        this,
        [chosen = std::move(chosen), known = m_curves, going = going()] {
            std::vector<RunCurve> curves;
            for (const RunSummary& run : chosen) {
                const auto same = std::find_if(known.begin(), known.end(), [&](const RunCurve& curve) {
                    return curve.run.folder == run.folder &&
                           (run.folder == going || (curve.run.record.status == RunStatus::Done &&
                                                    curve.run.record.ended == run.record.ended));
                });
                curves.push_back(same == known.end() ? readRunCurve(run) : *same);
                curves.back().run = run;
            }
            return curves;
        },
        [this](const std::vector<RunCurve>& curves) {
            m_reading = false;
            take(curves);
            if (std::exchange(m_again, false)) readChosen();
        });
}

std::filesystem::path ComparePage::going() const {
    const TrainingController& controller = context().controller;
    return controller.busy() ? controller.runFolder().toStdString() : std::string();
}

bool ComparePage::choiceChanged() const {
    const QStringList folders = m_model.checked();
    const auto same = [&](const QString& folder) {
        const std::filesystem::path path = folder.toStdString();
        const RunRow* row = m_library.find(path);
        const auto it = std::find_if(m_curves.begin(), m_curves.end(),
                                     [&](const RunCurve& curve) { return curve.run.folder == path; });
        if (!row || it == m_curves.end()) return !row && it == m_curves.end();
        const RunRecord &now = row->summary.record, &read = it->run.record;
        return now.status == read.status && now.ended == read.ended && now.name == read.name &&
               (path == going() || now.steps == read.steps);
    };
    return !std::all_of(folders.begin(), folders.end(), same);
}

void ComparePage::take(std::vector<RunCurve> curves) {
    // The run in progress may have gone on while the others were read.
    const std::filesystem::path live = going();
    for (RunCurve& curve : curves)
        for (RunCurve& shown : m_curves)
            if (curve.run.folder == live && shown.run.folder == live &&
                shown.steps.size() > curve.steps.size()) {
                shown.run = curve.run;
                curve = std::move(shown);
                break;
            }
    m_curves = std::move(curves);
    // From small to large, so that a race reads in its order; runs whose size is not known yet come last.
    std::stable_sort(m_curves.begin(), m_curves.end(), [](const RunCurve& a, const RunCurve& b) {
        return uint64_t(a.run.record.trainable) - 1 < uint64_t(b.run.record.trainable) - 1;
    });
    m_labels = runLabels(m_curves);
    m_judged = judgeRuns(m_curves);
    showAll();
    Q_EMIT railChanged();
}

void ComparePage::showAll() {
    const bool any = !m_curves.empty();
    m_empty->setVisible(!any);
    m_plots->setVisible(any);
    m_numbersCard->setVisible(any);
    m_export->setEnabled(any);
    m_what->setEnabled(any);
    showCurves();
    showQuality();
    showNumbers();
    showDifferences();
    showVerdict();
}

void ComparePage::showCurves() {
    const bool validation = m_what->isChecked();
    m_curvePlot->clear();
    const bool rewards =
        std::all_of(m_curves.begin(), m_curves.end(), [](const RunCurve& run) { return run.rewarded; });
    m_curvePlot->setTitle(rewards ? validation ? tr("reward of held-out prompts") : tr("reward, smoothed")
                          : validation ? tr("validation loss")
                                       : tr("training loss, smoothed"));
    m_smoothed.assign(m_curves.size(), MetricSeries());
    for (int i = 0; i < int(m_curves.size()); ++i) {
        const RunCurve& curve = m_curves[std::size_t(i)];
        if (validation) {
            m_curvePlot->setSeries(i, m_labels[i], i, i, CurvePlot::Style::Points);
            m_curvePlot->append(i, curve.evalSteps, curve.evalValues);
            continue;
        }
        // Six raw curves over each other hide what is to be seen: only the smoothed ones are drawn.
        MetricSeries& series = m_smoothed[std::size_t(i)];
        series.setSmoothing(kSmoothing);
        series.append(curve.steps, curve.values);
        m_curvePlot->setSeries(i, m_labels[i], i, i, CurvePlot::Style::Line);
        m_curvePlot->append(i, series.xs(), series.smoothed());
    }
}

void ComparePage::growLive(const std::vector<Event>& events) {
    const QString going = context().controller.runFolder();
    const std::filesystem::path folder = going.toStdString();
    const auto isGoing = [&](const RunCurve& curve) { return curve.run.folder == folder; };
    if (m_model.checked().contains(going) && std::none_of(m_curves.begin(), m_curves.end(), isGoing)) {
        // It was not on disk yet when it was ticked; now that it speaks, it is.
        m_library.refresh();
        return;
    }
    for (int i = 0; i < int(m_curves.size()); ++i) {
        RunCurve& curve = m_curves[std::size_t(i)];
        if (curve.run.folder != folder) continue;
        QList<double> xs, ys;
        const bool validation = m_what->isChecked();
        const CurvePart drawn = validation ? CurvePart::Validation : CurvePart::Training;
        for (const Event& event : events) {
            // What the file already gave is not drawn twice.
            if (addToCurve(curve, event) != drawn) continue;
            xs.append(validation ? curve.evalSteps.last() : curve.steps.last());
            ys.append(validation ? curve.evalValues.last() : curve.values.last());
        }
        if (validation) {
            m_curvePlot->append(i, xs, ys);
        } else {
            MetricSeries& series = m_smoothed[std::size_t(i)];
            const qsizetype first = series.append(xs, ys);
            m_curvePlot->append(i, series.xs().mid(first), series.smoothed().mid(first));
        }
    }
}

void ComparePage::exportAs(Export format) {
    const QString filters[] = {tr("PNG picture (*.png)"), tr("SVG drawing (*.svg)"),
                               tr("PDF document (*.pdf)"), tr("Table (*.csv)")};
    const QString endings[] = {"png", "svg", "pdf", "csv"};
    const int kind = int(format);
    QString file = QFileDialog::getSaveFileName(this, tr("Export the comparison"),
                                                "comparison." + endings[kind], filters[kind]);
    if (file.isEmpty()) return;
    if (!file.endsWith("." + endings[kind])) file += "." + endings[kind];
    const QString quality = file.chopped(4) + "-quality." + endings[kind];
    bool ok = false;
    switch (format) {
        case Export::Png:
            ok = m_curvePlot->exportPng(file) && (!verdict() || m_qualityPlot->exportPng(quality));
            break;
        case Export::Svg:
            ok = m_curvePlot->exportSvg(file) && (!verdict() || m_qualityPlot->exportSvg(quality));
            break;
        case Export::Pdf:
            ok = m_curvePlot->exportPdf(file) && (!verdict() || m_qualityPlot->exportPdf(quality));
            break;
        case Export::Csv:
            ok = writeFile(file.toStdString(), comparisonCsv(m_curves).toStdString()).ok();
            break;
    }
    if (!ok) showExportProblem(file);
}

void ComparePage::retranslate() {
    setHeading(tr("Compare"), tr("runs side by side"));
    m_choose->setText(tr("Choose runs"));
    m_choose->setToolTip(tr("Tick the runs to compare"));
    m_what->setText(tr("Validation"));
    m_what->setToolTip(tr("Show what held-out rows give instead of training"));
    m_export->setText(tr("Export"));
    m_export->setToolTip(tr("Save the plots or the table as a file"));
    const QString names[] = {tr("PNG picture…"), tr("SVG drawing…"), tr("PDF document…"), tr("CSV table…")};
    for (int i = 0; i < 4; ++i) m_exportMenu->actions().at(i)->setText(names[i]);
    m_chooser->setTitle(tr("Runs to compare"));
    m_search->setPlaceholderText(tr("Search name, method, task, note"));
    m_search->setAccessibleName(tr("Search runs"));
    m_list->setAccessibleName(tr("Runs"));
    m_empty->setText(
        tr("No run is chosen. Tick some under “Choose runs”, or start a race on the Method page."));
    m_curvePlot->setXLabel(tr("step"));
    m_curvePlot->setAccessibleName(tr("Curves of the chosen runs"));
    m_qualityPlot->setXLabel(tr("trained parameters"));
    m_qualityPlot->setAccessibleName(tr("Quality against trained parameters"));
    m_numbersCard->setTitle(tr("Numbers"));
    m_numbers->setAccessibleName(tr("Numbers of the runs"));
    m_differencesCard->setTitle(tr("What was set differently"));
    m_differences->setAccessibleName(tr("Settings that differ"));
    m_model.retranslate();
    m_labels = runLabels(m_curves);
    showAll();
}

QString ComparePage::railNote() const {
    return m_curves.empty() ? QString() : countText(int64_t(m_curves.size()));
}

}  // namespace lathe
