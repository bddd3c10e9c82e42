// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train/train_page.h"

#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QPushButton>
#include <QSettings>
#include <QSlider>
#include <algorithm>
#include <utility>

#include "core/config/label_kind.h"
#include "core/config/recipe_yaml.h"
#include "core/data/roles/columns.h"
#include "core/run/metrics.h"
#include "ui/charts/curve_plot.h"
#include "ui/pages/chain_strip.h"
#include "ui/pages/train/progress_samples.h"
#include "ui/pages/train/rollout_view.h"
#include "ui/text/catalog_text.h"
#include "ui/text/core_text.h"
#include "ui/text/number_text.h"
#include "ui/text/run_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/warning_list.h"

namespace lathe {
namespace {

enum SeriesId { kTraining, kValidation };
enum SeriesColor { kBlue = 0, kOrange = 1, kGreen = 2, kPink = 4 };
constexpr int kSmallPlotHeight = 128;
constexpr int kSmoothingSteps = 99;
constexpr int kUsualSmoothing = 90;
const QString kSmoothingKey = QStringLiteral("train/smoothing");

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
    m_samples = new ProgressSamples;
    body()->addWidget(m_samples);
    connectController();
    connectFollower();
}

void TrainPage::connectController() {
    const TrainingController& controller = context().controller;
    connect(&controller, &TrainingController::runStarted, this, [this] {
        m_follower->leave();
        clearRun();
        m_recipe = context().controller.runRecipe();
        setRewarded(m_recipe && rowShapeOf(m_recipe->task) == RowShape::Prompt);
        updateHeading();
    });
    connect(&controller, &TrainingController::eventsArrived, this, &TrainPage::addEvents);
    connect(&controller, &TrainingController::runFinished, this, [this](const FinishedEvent& end) {
        finished(end);
        m_unseenFailure = end.error.has_value() && !isVisible();
        m_chain->showRun(context().controller.runFolder());
    });
    connect(&controller, &TrainingController::stateChanged, this, [this] {
        updateHeading();
        Q_EMIT railChanged();
    });
}

void TrainPage::connectFollower() {
    m_follower = new RunFollower(this);
    connect(m_follower, &RunFollower::began, this, [this] {
        clearRun();
        if (const Catalog* catalog = context().draft.catalog())
            m_recipe = readRunRecipe(m_follower->folder().toStdString(), *catalog).recipe;
        setRewarded(rowShapeOf(m_follower->record().task) == RowShape::Prompt);
        updateHeading();
    });
    connect(m_follower, &RunFollower::eventsArrived, this, [this](const std::vector<Event>& events) {
        addEvents(events);
        for (const Event& event : events)
            if (const auto* end = std::get_if<FinishedEvent>(&event)) finished(*end);
    });
    connect(m_follower, &RunFollower::caughtUp, this, [this] {
        if (!m_follower->isLive()) {
            m_loss->setXEnd(0);
            m_rollouts->setXEnd(0);
            m_chain->showRun(m_follower->folder());
        }
        updateHeading();
    });
    connect(m_follower, &RunFollower::failed, this, [this](const Error& error) {
        clearRun();
        m_problem = error;
        showBanner();
    });
}

void TrainPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    if (!std::exchange(m_unseenFailure, false)) return;
    Q_EMIT railChanged();
}

bool TrainPage::isGoing() const {
    return isFollowing() ? m_follower->isLive() : context().controller.busy();
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
    connect(m_dismiss, &QPushButton::clicked, this, [this] {
        m_problem.reset();
        showBanner();
    });
    connect(m_smaller, &QPushButton::clicked, this, &TrainPage::halveBatch);
}

void TrainPage::buildPlots() {
    const Theme& theme = context().theme;
    m_smoothingName = new QLabel;
    m_smoothingName->setProperty("role", "muted");
    m_smoothing = new QSlider(Qt::Horizontal);
    m_smoothing->setRange(0, kSmoothingSteps);
    m_smoothing->setValue(QSettings().value(kSmoothingKey, kUsualSmoothing).toInt());
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

    const auto smooth = [this](int value) { m_loss->setSmoothing(double(value) / 100); };
    smooth(m_smoothing->value());
    connect(m_smoothing, &QSlider::valueChanged, this, [smooth](int value) {
        smooth(value);
        QSettings().setValue(kSmoothingKey, value);
    });
    connect(m_log, &Chip::toggled, m_loss, &CurvePlot::setLogScale);
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
    m_samples->retranslate();
    m_rollouts->retranslate();
    m_warnings->retranslate();
    m_chain->retranslate();
    nameSeries();
    showBanner();
    updateHeading();
}

void TrainPage::nameSeries() {
    m_loss->setMarkText(tr("warning"));
    m_loss->setSeries(kTraining, tr("training"), kBlue, 0, Style::Smoothed, true);
    m_loss->setSeries(kValidation, tr("validation"), kOrange, 1, Style::Points, true);
    m_rate->setSeries(0, {}, kGreen, 0, Style::Line);
    m_norm->setSeries(0, {}, kPink, 0, Style::Line);
    m_quality->setSeries(0, {}, kBlue, 0, Style::Points);
    m_empty->setVisible(m_loss->isEmpty());
}

void TrainPage::clearRun() {
    m_progress.reset();
    m_finished.reset();
    m_problem.reset();
    m_recipe.reset();
    m_metric.clear();
    m_metricStep = 0;
    m_samples->clear();
    m_sampled = false;
    for (CurvePlot* plot : {m_loss, m_rate, m_norm, m_quality}) plot->clear();
    m_rollouts->clear();
    setRewarded(false);
    nameSeries();
    showBanner();
    m_warnings->clear();
    m_chain->clear();
    m_qualityCard->hide();
    m_bar->setValue(0);
}

void TrainPage::setRewarded(bool rewarded) {
    if (rewarded == m_rewarded) return;
    m_rewarded = rewarded;
    for (Card* card : {m_rateCard, m_normCard}) card->setVisible(!rewarded);
    m_qualityCard->hide();
    m_rollouts->setVisible(rewarded);
    m_samples->setRewarded(rewarded);
    // A reward may be below 0.
    m_log->setChecked(m_log->isChecked() && !rewarded);
    m_log->setVisible(!rewarded);
    retranslate();
}

void TrainPage::addEvents(const std::vector<Event>& events) {
    QList<double> steps, losses, rates, norms, rewardSteps, rewards;
    std::vector<RolloutEvent> rollouts;
    std::vector<SampleEvent> answers, samples;
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
            (m_sampled ? answers : samples).push_back(*sample);
        } else if (const auto* warning = std::get_if<WarningEvent>(&event)) {
            m_loss->addMark(double(m_progress.last().step), tr("warning"));
            m_warnings->add(*warning, m_progress.last().step);
        }
    }
    m_samples->add(samples);
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
    if (m_metric.empty()) {
        const std::string metric = headline(eval);
        if (metric.empty() || metric == "loss") return;
        m_metric = metric;
        m_quality->setTitle(metricTitle(m_metric));
        m_qualityCard->show();
    }
    const auto value = eval.metrics.find(m_metric);
    if (value == eval.metrics.end()) return;
    m_metricValue = value->second;
    m_metricStep = eval.step;
    m_quality->append(0, {step}, {value->second});
}

std::string TrainPage::headline(const EvalEvent& eval) const {
    if (isFollowing())
        return headlineMetric(m_follower->record().task, m_follower->record().problemType, eval.metrics);
    if (!m_recipe) return {};
    return headlineMetric(m_recipe->task, problemTypeOf(labelKindOf(m_recipe->objective.values)),
                          eval.metrics);
}

void TrainPage::finished(const FinishedEvent& finished) {
    m_finished = finished;
    m_problem = finished.error;
    showBanner();
    updateHeading();
}

void TrainPage::showBanner() {
    m_banner->setVisible(m_problem.has_value());
    if (!m_problem) return;
    const QString hint = errorHint(*m_problem), text = errorText(*m_problem);
    m_banner->setTitle(m_finished ? tr("The run failed") : tr("The run cannot be read"));
    m_bannerText->setText(hint.isEmpty() ? text : text + "\n" + hint);
    m_smaller->setVisible(m_problem->code == ErrorCode::OutOfMemory && m_recipe &&
                          m_recipe->train.batchSize > 1);
}

/// Of the recipe that failed: the form may be another's by now.
void TrainPage::halveBatch() {
    Recipe recipe = *m_recipe;
    recipe.train.batchSize = std::max<int64_t>(1, recipe.train.batchSize / 2);
    recipe.train.gradientAccumulation *= 2;
    context().draft.setRecipe(recipe);
    m_problem.reset();
    showBanner();
}

void TrainPage::showRuns(const QStringList& folders) {
    if (folders.isEmpty() || context().controller.busy()) return;
    m_follower->follow(folders.first());
}

QString TrainPage::railNote() const {
    return isGoing() ? percentText(100 * m_progress.fraction()) : QString();
}

bool TrainPage::complete() const {
    return context().controller.state() == TrainingController::State::Done;
}

void TrainPage::updateHeading() {
    setHeading(tr("Train"), statusLine());
    if (railNote() != std::exchange(m_note, railNote())) Q_EMIT railChanged();
}

/// Whose run it is and what it does at the moment.
QStringList TrainPage::stateWords() const {
    using State = TrainingController::State;
    const State state = context().controller.state();
    QStringList words;
    if (isFollowing()) {
        words << QFileInfo(m_follower->folder()).fileName();
        const RunStatus status = m_follower->record().status;
        if (m_follower->isLive())
            words << tr("trained by another process");
        else if (status != RunStatus::Done)
            words << statusText(status);
        return words;
    }
    if (state == State::Paused) words << tr("paused");
    if (state == State::Stopping) words << tr("stopping after this step");
    return words;
}

QString TrainPage::statusLine() const {
    const StepEvent& step = m_progress.last();
    QStringList parts = stateWords();
    if (step.step == 0) {
        if (isGoing()) return (parts << phaseText(m_progress.phase())).join(" · ");
        parts << (m_finished ? tr("nothing was trained") : tr("nothing has run yet"));
        return parts.join(" · ");
    }
    parts << tr("step %1 of %2").arg(step.step).arg(step.maxSteps);
    // The number that matters comes before those that the line may have no room for.
    if (!m_metric.empty()) {
        const QString metric = metricTitle(m_metric), value = metricText(m_metric, m_metricValue);
        parts << (m_metricStep == 0 ? tr("%1 %2 before training").arg(metric, value)
                                    : tr("%1 %2").arg(metric, value));
    }
    if (const auto& rollout = m_rollouts->last())
        parts << tr("reward %1").arg(metricText("reward", rollout->reward))
              << tr("KL %1").arg(QLocale().toString(rollout->kl, 'f', 4));
    const double left = m_progress.secondsLeft();
    if (isGoing() && left >= 0) parts << tr("%1 left").arg(durationText(left));
    if (m_finished) parts << tr("took %1").arg(durationText(m_finished->seconds));
    parts << tr("epoch %1").arg(QLocale().toString(step.epoch, 'f', 2));
    if (step.tokensPerSecond > 0) parts << tr("%1 tokens/s").arg(countText(int64_t(step.tokensPerSecond)));
    return parts.join(" · ");
}

}  // namespace lathe
