// SPDX-License-Identifier: GPL-3.0-or-later
// What a model under reinforcement writes: its distance from the start, the length of its answers, the share
// of groups that teach nothing, and the best and the worst answer of the newest step.
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "core/run/events/events.h"
#include "ui/theme/theme.h"

class QLabel;

namespace lathe {

class Card;
class CurvePlot;
class SampleTable;

class RolloutView : public QWidget {
    Q_OBJECT

  public:
    explicit RolloutView(const Theme& theme, QWidget* parent = nullptr);

    void clear();
    /// Steps that follow those before, and the answers that were told with them.
    void append(const std::vector<RolloutEvent>& steps, const std::vector<SampleEvent>& answers);
    /// The plots reach at least to this step.
    void setXEnd(double step);
    void retranslate();
    /// The newest step.
    const std::optional<RolloutEvent>& last() const { return m_last; }

  private:
    void nameSeries();
    void drawSteps(const std::vector<RolloutEvent>& steps);
    void showAnswers();

    std::optional<RolloutEvent> m_last;
    std::vector<SampleEvent> m_answers;  ///< of the newest step
    CurvePlot *m_kl, *m_length, *m_silent;
    Card *m_silentCard, *m_answersCard;
    QLabel* m_note;
    SampleTable* m_table;
};

}  // namespace lathe
