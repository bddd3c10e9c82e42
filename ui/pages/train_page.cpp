// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train_page.h"

#include <QFileInfo>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSlider>
#include <algorithm>

#include "core/data/columns.h"
#include "core/run/run_store.h"
#include "ui/bridge/core_text.h"
#include "ui/models/background.h"
#include "ui/models/catalog_text.h"
#include "ui/models/number_text.h"
#include "ui/models/run_list_model.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chain_strip.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/curve_plot.h"
#include "ui/widgets/rollout_view.h"
#include "ui/widgets/sample_table.h"
#include "ui/widgets/warning_list.h"

namespace lathe {
namespace {

enum SeriesId { kTraining, kValidation };
enum SeriesColor { kBlue = 0, kOrange = 1, kGreen = 2, kPink = 4 };
constexpr int kSmallPlotHeight = 128;
constexpr int kSmoothingSteps = 99;

using Style = CurvePlot::Style;

}  // namespace

TrainPage::TrainPage(const PageContext& context, QWidget* parent) : Page(context, parent) {
    m_bar = new QProgressBar;
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    body()->addWidget(m_bar);
    buildBanner();
    m_warnings = new WarningList;
    body()->addWidget(m_warnings);
    m_chain = new ChainStrip(context);
    body()->addWidget(m_chain);
    connect(m_chain, &ChainStrip::nextDrafted, this, [this] { Q_EMIT goTo("task"); });
    buildPlots();
    buildSamples();

    const TrainingController& controller = context.controller;
    connect(&controller, &TrainingController::runStarted, this, [this] {
        m_shownRun.clear();
        clearRun();
        const std::optional<Recipe>& recipe = this->context().controller.runRecipe();
        setRewarded(recipe && rowShapeOf(recipe->task) == RowShape::Prompt);
        updateHeading();
    });
    connect(&controller, &TrainingController::eventsArrived, this, &TrainPage::addEvents);
    connect(&controller, &TrainingController::runFinished, this, [this](const FinishedEvent& end) {
        finished(end);
        m_chain->showRun(this->context().controller.runFolder());
    });
    connect(&controller, &TrainingController::stateChanged, this, [this] {
        updateHeading();
        Q_EMIT railChanged();
    });
}

void TrainPage::buildBanner() {
    m_banner = new Card;
    m_banner->setTone("warn");
    m_bannerText = new QLabel;
    m_bannerText->setWordWrap(true);
    m_bannerText->setTextFormat(Qt::PlainText);
    m_bannerText->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_banner->body()->addWidget(m_bannerText);
    m_smaller = new QPushButton;
    m_smaller->setObjectName("smallerBatch");
    m_dismiss = new QPushButton;
    m_banner->header()->addWidget(m_smaller);
    m_banner->header()->addWidget(m_dismiss);
    m_banner->hide();
    body()->addWidget(m_banner);
    connect(m_dismiss, &QPushButton::clicked, m_banner, &QWidget::hide);
    connect(m_smaller, &QPushButton::clicked, this, &TrainPage::halveBatch);
}

void TrainPage::buildPlots() {
    const Theme& theme = context().theme;
    m_smoothingName = new QLabel;
    m_smoothingName->setProperty("role", "muted");
    m_smoothing = new QSlider(Qt::Horizontal);
    m_smoothing->setRange(0, kSmoothingSteps);
    m_smoothing->setValue(90);
    m_smoothing->setFixedWidth(110);
    m_smoothingName->setBuddy(m_smoothing);
    m_log = new Chip;
    for (QWidget* widget : {static_cast<QWidget*>(m_smoothingName), static_cast<QWidget*>(m_smoothing),
                            static_cast<QWidget*>(m_log)})
        headerActions()->addWidget(widget);

    m_lossCard = new Card;
    m_loss = new CurvePlot(theme);
    m_loss->setMinimumHeight(200);
    m_loss->setEndLabels(true);
    m_empty = new QLabel;
    m_empty->setProperty("role", "muted");
    m_empty->setWordWrap(true);
    m_empty->setAlignment(Qt::AlignCenter);
    m_lossCard->body()->addWidget(m_empty);
    m_lossCard->body()->addWidget(m_loss, 1);
    body()->addWidget(m_lossCard, 1);

    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    const auto smallPlot = [&](Card*& card) {
        card = new Card;
        auto* plot = new CurvePlot(theme);
        plot->setFixedHeight(kSmallPlotHeight);
        card->body()->addWidget(plot);
        row->addWidget(card, 1);
        return plot;
    };
    m_rate = smallPlot(m_rateCard);
    m_norm = smallPlot(m_normCard);
    m_quality = smallPlot(m_qualityCard);
    m_qualityCard->hide();
    body()->addLayout(row);
    m_rollouts = new RolloutView(theme);
    m_rollouts->hide();
    body()->addWidget(m_rollouts);

    connect(m_smoothing, &QSlider::valueChanged, this,
            [this](int value) { m_loss->setSmoothing(double(value) / 100); });
    connect(m_log, &Chip::toggled, m_loss, &CurvePlot::setLogScale);
}

void TrainPage::buildSamples() {
    m_sampleCard = new Card;
    m_sampleNote = new QLabel;
    m_sampleNote->setProperty("role", "muted");
    m_sampleCard->header()->addWidget(m_sampleNote);
    m_table = new SampleTable;
    m_table->setObjectName("samples");
    m_sampleCard->body()->addWidget(m_table);
    m_sampleCard->hide();
    body()->addWidget(m_sampleCard);
}

void TrainPage::retranslate() {
    m_smoothingName->setText(tr("Smoothing"));
    m_smoothing->setAccessibleName(tr("Smoothing"));
    m_smoothing->setToolTip(tr("How much the bold line averages over past steps. Usual: 90 of 99."));
    m_log->setText(tr("Log"));
    m_log->setToolTip(tr("Draw the loss on a logarithmic axis."));
    m_loss->setTitle(m_rewarded ? metricTitle("reward") : tr("loss"));
    m_loss->setXLabel(tr("step"));
    m_loss->setToolTip(tr("Wheel zooms, dragging moves, a double click shows everything again."));
    m_rate->setTitle(tr("learning rate"));
    m_norm->setTitle(tr("gradient norm"));
    m_quality->setTitle(m_metric.empty() ? QString() : metricTitle(m_metric));
    m_empty->setText(
        tr("The curves appear here as soon as a run starts. Validation is measured once before the "
           "first step, so that you see what training adds."));
    m_smaller->setText(tr("Halve the batch"));
    m_smaller->setToolTip(tr("Half the batch and twice the accumulation: the same result with less memory."));
    m_dismiss->setText(tr("Close"));
    m_sampleCard->setTitle(tr("The same prompts, as it learns"));
    m_rollouts->retranslate();
    m_warnings->retranslate();
    m_chain->retranslate();
    nameSeries();
    showSamples();
    updateHeading();
}

void TrainPage::nameSeries() {
    m_loss->setSeries(kTraining, tr("training %1"), kBlue, 0, Style::Smoothed);
    m_loss->setSeries(kValidation, tr("validation %1"), kOrange, 1, Style::Points);
    m_rate->setSeries(0, {}, kGreen, 0, Style::Line);
    m_norm->setSeries(0, {}, kPink, 0, Style::Line);
    m_quality->setSeries(0, {}, kBlue, 0, Style::Points);
    m_empty->setVisible(m_loss->isEmpty());
}

void TrainPage::clearRun() {
    m_progress.reset();
    m_finished.reset();
    m_metric.clear();
    m_samples.clear();
    m_sampleStep = 0;
    m_sampled = false;
    for (CurvePlot* plot : {m_loss, m_rate, m_norm, m_quality}) plot->clear();
    m_rollouts->clear();
    setRewarded(false);
    nameSeries();
    m_banner->hide();
    m_warnings->clear();
    m_chain->clear();
    m_qualityCard->hide();
    m_bar->setValue(0);
    showSamples();
}

void TrainPage::setRewarded(bool rewarded) {
    if (rewarded == m_rewarded) return;
    m_rewarded = rewarded;
    for (Card* card : {m_rateCard, m_normCard}) card->setVisible(!rewarded);
    m_qualityCard->hide();
    m_rollouts->setVisible(rewarded);
    // A reward may be below 0.
    m_log->setChecked(m_log->isChecked() && !rewarded);
    m_log->setVisible(!rewarded);
    retranslate();
}

void TrainPage::addEvents(const std::vector<Event>& events) {
    QList<double> steps, losses, rates, norms, rewardSteps, rewards;
    std::vector<RolloutEvent> rollouts;
    std::vector<SampleEvent> answers;
    for (const Event& event : events) {
        m_progress.add(event);
        if (const auto* step = std::get_if<StepEvent>(&event)) {
            steps << double(step->step);
            losses << step->loss;
            rates << step->learningRate;
            norms << step->gradNorm;
        } else if (const auto* rollout = std::get_if<RolloutEvent>(&event)) {
            m_sampled = true;
            rewardSteps << double(rollout->step);
            rewards << rollout->reward;
            rollouts.push_back(*rollout);
        } else if (const auto* eval = std::get_if<EvalEvent>(&event)) {
            m_sampled = false;
            addEval(*eval);
        } else if (const auto* sample = std::get_if<SampleEvent>(&event)) {
            if (m_sampled)
                answers.push_back(*sample);
            else
                addSample(*sample);
        } else if (const auto* warning = std::get_if<WarningEvent>(&event)) {
            m_loss->addMark(double(m_progress.last().step), tr("warning"));
            m_warnings->add(*warning, m_progress.last().step);
        }
    }
    if (!rollouts.empty()) {
        setRewarded(true);
        m_loss->append(kTraining, rewardSteps, rewards);
    }
    if (!rollouts.empty() || !answers.empty()) m_rollouts->append(rollouts, answers);
    if (!steps.isEmpty()) {
        if (!m_rewarded) m_loss->append(kTraining, steps, losses);
        m_rate->append(0, steps, rates);
        m_norm->append(0, steps, norms);
        for (CurvePlot* plot : {m_loss, m_rate, m_norm, m_quality})
            plot->setXEnd(double(m_progress.last().maxSteps));
        m_rollouts->setXEnd(double(m_progress.last().maxSteps));
    }
    m_empty->setVisible(m_loss->isEmpty());
    m_bar->setValue(int(m_progress.fraction() * 1000));
    updateHeading();
}

void TrainPage::addEval(const EvalEvent& eval) {
    const double step = double(eval.step);
    if (const auto reward = eval.metrics.find("reward"); reward != eval.metrics.end()) {
        setRewarded(true);
        m_loss->append(kValidation, {step}, {reward->second});
        return;
    }
    m_loss->append(kValidation, {step}, {eval.loss});
    const std::optional<Recipe>& recipe = context().controller.runRecipe();
    const TaskEntry* task =
        context().backend && recipe ? context().backend->catalog().task(recipe->task) : nullptr;
    if (m_metric.empty()) {
        const bool known = task && eval.metrics.contains(task->metric);
        const std::string metric = known ? task->metric : mainMetric(eval.metrics);
        if (metric.empty() || metric == "loss") return;
        m_metric = metric;
        m_quality->setTitle(metricTitle(m_metric));
        m_qualityCard->show();
    }
    const auto value = eval.metrics.find(m_metric);
    if (value == eval.metrics.end()) return;
    m_metricValue = value->second;
    m_quality->append(0, {step}, {value->second});
}

void TrainPage::addSample(const SampleEvent& sample) {
    const QString prompt = QString::fromStdString(sample.prompt);
    auto found = std::find_if(m_samples.begin(), m_samples.end(),
                              [&](const Sample& known) { return known.prompt == prompt; });
    if (found == m_samples.end()) {
        m_samples.append({prompt, {}, {}});
        found = std::prev(m_samples.end());
    }
    (sample.step == 0 ? found->before : found->now) = sample;
    m_sampleStep = std::max(m_sampleStep, sample.step);
    showSamples();
}

void TrainPage::showSamples() {
    m_sampleCard->setVisible(!m_samples.isEmpty());
    m_sampleNote->setText(tr("step %1").arg(m_sampleStep));
    QList<SampleTable::Column> columns{
        {tr("Prompt")}, {tr("Before")}, {tr("Reward"), true}, {tr("Now")}, {tr("Reward"), true}};
    const auto rewardOf = [](const SampleEvent& answer) {
        return answer.reward ? metricText("reward", *answer.reward) : QString();
    };
    QList<QStringList> lines;
    for (const Sample& sample : std::as_const(m_samples)) {
        const QString before = QString::fromStdString(sample.before.text),
                      now = QString::fromStdString(sample.now.text);
        if (m_rewarded)
            lines.append({sample.prompt, before, rewardOf(sample.before), now, rewardOf(sample.now)});
        else
            lines.append({sample.prompt, before, now});
    }
    if (!m_rewarded) columns.removeIf([](const SampleTable::Column& column) { return column.isNumber; });
    m_table->setColumns(columns);
    m_table->setLines(lines);
}

void TrainPage::finished(const FinishedEvent& finished) {
    m_finished = finished;
    if (finished.error) {
        const QString hint = errorHint(*finished.error);
        const QString text = errorText(*finished.error);
        showBanner(
            tr("The run failed"), hint.isEmpty() ? text : text + "\n" + hint,
            finished.error->code == ErrorCode::OutOfMemory && context().draft.recipe().train.batchSize > 1);
    }
    updateHeading();
}

void TrainPage::showBanner(const QString& title, const QString& text, bool offersSmallerBatch) {
    m_banner->setTitle(title);
    m_bannerText->setText(text);
    m_smaller->setVisible(offersSmallerBatch);
    m_banner->show();
}

void TrainPage::halveBatch() {
    RecipeDraft& draft = context().draft;
    const TrainSettings& train = draft.recipe().train;
    const int64_t batch = std::max<int64_t>(1, train.batchSize / 2);
    const int64_t accumulation = train.gradientAccumulation * 2;
    draft.setValue("train.batch_size", batch);
    draft.setValue("train.gradient_accumulation", accumulation);
    m_banner->hide();
}

void TrainPage::showRuns(const QStringList& folders) {
    if (folders.isEmpty() || context().controller.busy()) return;
    const std::filesystem::path run = folders.first().toStdString();
    m_shownRun = QFileInfo(folders.first()).fileName();
    runInBackground(
        this, [run] { return readMetrics(run); },
        [this, folder = folders.first()](const Result<std::vector<Event>>& events) {
            clearRun();
            if (!events) {
                showBanner(tr("The run cannot be read"), errorText(events.error()), false);
                return;
            }
            addEvents(events.value());
            for (const Event& event : events.value())
                if (const auto* end = std::get_if<FinishedEvent>(&event)) finished(*end);
            m_loss->setXEnd(0);
            m_rollouts->setXEnd(0);
            m_chain->showRun(folder);
        });
}

QString TrainPage::railNote() const {
    if (context().controller.busy()) return percentText(100 * m_progress.fraction());
    return {};
}

bool TrainPage::complete() const {
    return context().controller.state() == TrainingController::State::Done;
}

void TrainPage::updateHeading() {
    setHeading(tr("Train"), statusLine());
    Q_EMIT railChanged();
}

QString TrainPage::statusLine() const {
    using State = TrainingController::State;
    const State state = context().controller.state();
    const StepEvent& step = m_progress.last();
    QStringList parts;
    if (!m_shownRun.isEmpty()) parts << m_shownRun;
    if (state == State::Paused) parts << tr("paused");
    if (state == State::Stopping) parts << tr("stopping after this step");
    if (step.step == 0) {
        if (context().controller.busy()) return (parts << phaseText(m_progress.phase())).join(" · ");
        parts << (m_finished ? tr("nothing was trained") : tr("nothing has run yet"));
        return parts.join(" · ");
    }
    parts << tr("step %1 of %2").arg(step.step).arg(step.maxSteps);
    parts << tr("epoch %1").arg(step.epoch, 0, 'f', 2);
    const double left = m_progress.secondsLeft();
    if (context().controller.busy() && left >= 0) parts << tr("%1 left").arg(durationText(left));
    if (m_finished) parts << tr("took %1").arg(durationText(m_finished->seconds));
    if (const auto& rollout = m_rollouts->last())
        parts << tr("reward %1").arg(metricText("reward", rollout->reward))
              << tr("KL %1").arg(locale().toString(rollout->kl, 'f', 4));
    if (!m_metric.empty())
        parts << tr("%1 %2").arg(metricTitle(m_metric), metricText(m_metric, m_metricValue));
    if (step.tokensPerSecond > 0) parts << tr("%1 tokens/s").arg(countText(int64_t(step.tokensPerSecond)));
    return parts.join(" · ");
}

}  // namespace lathe
