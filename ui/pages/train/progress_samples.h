// SPDX-License-Identifier: GPL-3.0-or-later
// The answers to the same held-out prompts before training and now, with their rewards where they are judged.
#pragma once

#include <QList>

#include "core/run/events/events.h"
#include "ui/widgets/card.h"

class QLabel;

namespace lathe {

class SampleTable;

class ProgressSamples : public Card {
    Q_OBJECT

  public:
    explicit ProgressSamples(QWidget* parent = nullptr);

    void add(const std::vector<SampleEvent>& samples);
    void clear();
    /// Shows a column of rewards beside each answer.
    void setRewarded(bool rewarded);
    void retranslate();

  private:
    struct Sample {
        QString prompt;
        SampleEvent before, now;
    };
    void showLines();

    QList<Sample> m_samples;
    int64_t m_step = 0;
    bool m_rewarded = false;
    QLabel* m_note;
    SampleTable* m_table;
};

}  // namespace lathe
