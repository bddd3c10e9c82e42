// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/train/progress_samples.h"

#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/text/number_text.h"
#include "ui/widgets/sample_table.h"

namespace lathe {

ProgressSamples::ProgressSamples(QWidget* parent) : Card(parent) {
    m_note = new QLabel;
    m_note->setProperty("role", "muted");
    header()->addWidget(m_note);
    m_table = new SampleTable;
    m_table->setObjectName("samples");
    body()->addWidget(m_table);
    hide();
}

void ProgressSamples::add(const std::vector<SampleEvent>& samples) {
    for (const SampleEvent& sample : samples) {
        const QString prompt = QString::fromStdString(sample.prompt);
        auto found = std::find_if(m_samples.begin(), m_samples.end(),
                                  [&](const Sample& known) { return known.prompt == prompt; });
        if (found == m_samples.end()) {
            m_samples.append({prompt, {}, {}});
            found = std::prev(m_samples.end());
        }
        (sample.step == 0 ? found->before : found->now) = sample;
        m_step = std::max(m_step, sample.step);
    }
    if (!samples.empty()) showLines();
}

void ProgressSamples::clear() {
    m_samples.clear();
    m_step = 0;
    showLines();
}

void ProgressSamples::setRewarded(bool rewarded) {
    m_rewarded = rewarded;
    showLines();
}

void ProgressSamples::retranslate() {
    setTitle(tr("The same prompts, as it learns"));
    showLines();
}

void ProgressSamples::showLines() {
    setVisible(!m_samples.isEmpty());
    m_note->setText(tr("step %1").arg(m_step));
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

}  // namespace lathe
