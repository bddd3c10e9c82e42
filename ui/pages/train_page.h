// SPDX-License-Identifier: GPL-3.0-or-later
// The run as it goes: loss curves, learning rate, gradient norm, quality, answers before and now, warnings;
// of a run that learns from rewards those instead of the loss, and what it writes.
#pragma once

#include "ui/models/run_progress.h"
#include "ui/pages/page.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QSlider;

namespace lathe {

class Card;
class ChainStrip;
class Chip;
class CurvePlot;
class RolloutView;
class SampleTable;
class WarningList;

class TrainPage : public Page {
    Q_OBJECT

  public:
    TrainPage(const PageContext& context, QWidget* parent);

    void retranslate() override;
    QString railNote() const override;
    bool complete() const override;
    /// Shows the curves of a finished run, read from its folder.
    void showRuns(const QStringList& folders) override;

  private:
    struct Sample {
        QString prompt;
        SampleEvent before, now;
    };

    void buildPlots();
    void buildSamples();
    void buildBanner();
    void clearRun();
    /// Shows rewards instead of the loss, or the other way round.
    void setRewarded(bool rewarded);
    void nameSeries();
    void addEvents(const std::vector<Event>& events);
    void addEval(const EvalEvent& eval);
    void addSample(const SampleEvent& sample);
    void showSamples();
    void finished(const FinishedEvent& finished);
    void halveBatch();
    void showBanner(const QString& title, const QString& text, bool offersSmallerBatch);
    void updateHeading();
    QString statusLine() const;

    RunProgress m_progress;
    std::optional<FinishedEvent> m_finished;
    QString m_shownRun;  ///< name of the run from disk that is shown; empty = the controller's
    std::string m_metric;
    double m_metricValue = 0;
    bool m_rewarded = false;  ///< the run learns from rewards
    bool m_sampled =
        false;  ///< the samples that follow are answers it learns from, not those to held-out prompts
    QList<Sample> m_samples;
    int64_t m_sampleStep = 0;

    QProgressBar* m_bar;
    ChainStrip* m_chain;
    WarningList* m_warnings;
    Card *m_banner, *m_lossCard, *m_rateCard, *m_normCard, *m_qualityCard, *m_sampleCard;
    QLabel *m_bannerText, *m_sampleNote, *m_smoothingName, *m_empty;
    QPushButton *m_smaller, *m_dismiss;
    QSlider* m_smoothing;
    Chip* m_log;
    CurvePlot *m_loss, *m_rate, *m_norm, *m_quality;
    RolloutView* m_rollouts;
    SampleTable* m_table;
};

}  // namespace lathe
