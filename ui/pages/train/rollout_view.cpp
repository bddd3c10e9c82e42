// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train/rollout_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/charts/curve_plot.h"
#include "ui/text/number_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/sample_table.h"

namespace lathe {
namespace {

constexpr int kGap = 12;
constexpr int kPlotHeight = 128;
constexpr const char* kSilent = "no_signal";
enum SeriesColor { kBlue = 0, kGreen = 2, kPink = 4 };

using Style = CurvePlot::Style;

}  // namespace

RolloutView::RolloutView(const Theme& theme, QWidget* parent) : QWidget(parent) {
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(kGap);
    auto* row = new QHBoxLayout;
    row->setSpacing(kGap);
    Card* card = nullptr;
    const auto plot = [&] {
        card = new Card;
        auto* made = new CurvePlot(theme);
        made->setFixedHeight(kPlotHeight);
        card->body()->addWidget(made);
        row->addWidget(card, 1);
        return made;
    };
    m_kl = plot();
    m_length = plot();
    m_silent = plot();
    m_silentCard = card;
    all->addLayout(row);

    m_answersCard = new Card;
    m_note = new QLabel;
    m_note->setProperty("role", "muted");
    m_answersCard->header()->addWidget(m_note);
    m_table = new SampleTable;
    m_table->setObjectName("answers");
    m_answersCard->body()->addWidget(m_table);
    all->addWidget(m_answersCard);
    clear();
}

void RolloutView::nameSeries() {
    m_kl->setSeries(0, {}, kPink, 0, Style::Line);
    m_length->setSeries(0, {}, kGreen, 0, Style::Line);
    m_silent->setSeries(0, {}, kBlue, 0, Style::Line);
}

void RolloutView::clear() {
    for (CurvePlot* plot : {m_kl, m_length, m_silent}) plot->clear();
    nameSeries();
    m_silentCard->hide();
    m_last.reset();
    m_answers.clear();
    showAnswers();
}

void RolloutView::append(const std::vector<RolloutEvent>& steps, const std::vector<SampleEvent>& answers) {
    if (!steps.empty()) {
        drawSteps(steps);
        m_last = steps.back();
        m_answers.clear();
    }
    std::copy_if(answers.begin(), answers.end(), std::back_inserter(m_answers),
                 [&](const SampleEvent& answer) { return m_last && answer.step == m_last->step; });
    std::stable_sort(m_answers.begin(), m_answers.end(), [](const SampleEvent& a, const SampleEvent& b) {
        return a.reward.value_or(0) > b.reward.value_or(0);
    });
    showAnswers();
}

void RolloutView::drawSteps(const std::vector<RolloutEvent>& steps) {
    QList<double> xs, distances, lengths, silentSteps, silent;
    for (const RolloutEvent& step : steps) {
        xs << double(step.step);
        distances << step.kl;
        lengths << step.length;
        const auto share = step.metrics.find(kSilent);
        if (share == step.metrics.end()) continue;
        silentSteps << double(step.step);
        silent << 100 * share->second;
    }
    m_kl->append(0, xs, distances);
    m_length->append(0, xs, lengths);
    m_silent->append(0, silentSteps, silent);
    if (!silent.isEmpty()) m_silentCard->show();
}

void RolloutView::setXEnd(double step) {
    for (CurvePlot* plot : {m_kl, m_length, m_silent}) plot->setXEnd(step);
}

void RolloutView::showAnswers() {
    m_answersCard->setVisible(!m_answers.empty());
    QList<QStringList> lines;
    for (const SampleEvent& answer : m_answers)
        lines.append({QString::fromStdString(answer.prompt), QString::fromStdString(answer.text),
                      answer.reward ? metricText("reward", *answer.reward) : QString()});
    m_table->setLines(lines);
    if (m_last) m_answersCard->setTitle(tr("Answers it learnt from at step %1").arg(m_last->step));
}

void RolloutView::retranslate() {
    m_kl->setTitle(tr("KL from the start"));
    m_kl->setToolTip(
        tr("How far the model has moved from the one it started from, a token on average (nats)."));
    m_length->setTitle(tr("answer length, tokens"));
    m_length->setToolTip(tr("Tokens of an answer, on average."));
    m_silent->setTitle(tr("groups without signal, %"));
    m_silent->setToolTip(tr("Prompts whose answers all got the same reward: nothing is learnt from them."));
    m_note->setText(tr("the highest and the lowest reward"));
    m_table->setColumns({{tr("Prompt")}, {tr("Answer")}, {tr("Reward"), true}});
    m_table->setAccessibleName(tr("Answers with their rewards"));
    showAnswers();
}

}  // namespace lathe
