// SPDX-License-Identifier: GPL-3.0-or-later
// The run as it goes: loss curves, learning rate, gradient norm, quality, answers before and now, warnings;
// of a run that learns from rewards those instead of the loss, and what it writes.
#pragma once

#include "ui/pages/page.h"
#include "ui/state/run_follower.h"
#include "ui/state/run_progress.h"

class QLabel;
class QProgressBar;
class QPushButton;
class QSlider;

namespace lathe {

class Card;
class ChainStrip;
class Chip;
class CurvePlot;
class ProgressSamples;
class RolloutView;
class WarningList;

class TrainPage : public Page {
    Q_OBJECT

  public:
    TrainPage(const PageContext& context, QWidget* parent);

    void retranslate() override;
    QString railNote() const override;
    bool complete() const override;
    /// 1 after a run failed, until the page is looked at.
    int faultCount() const override { return m_unseenFailure ? 1 : 0; }
    /// Shows the curves of a run, read from its folder; one that another process trains is followed.
    void showRuns(const QStringList& folders) override;

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    void buildPlots();
    void buildBanner();
    void clearRun();
    /// Shows rewards instead of the loss, or the other way round.
    void setRewarded(bool rewarded);
    void nameSeries();
    void addEvents(const std::vector<Event>& events);
    void addEval(const EvalEvent& eval);
    void finished(const FinishedEvent& finished);
    void halveBatch();
    void connectController();
    void connectFollower();
    /// A run is read from its folder, and not the controller's.
    bool isFollowing() const { return !m_follower->folder().isEmpty(); }
    /// The run that is shown goes on.
    bool isGoing() const;
    std::string headline(const EvalEvent& eval) const;
    void showBanner();
    void updateHeading();
    QStringList stateWords() const;
    QString statusLine() const;

    RunProgress m_progress;
    std::optional<FinishedEvent> m_finished;
    std::optional<Error> m_problem;  ///< why the run failed, or cannot be read
    std::optional<Recipe> m_recipe;  ///< of the run that is shown
    std::string m_metric;
    double m_metricValue = 0;
    int64_t m_metricStep = 0;
    bool m_unseenFailure = false;
    QString m_note;           ///< in the rail, as it was told last
    bool m_rewarded = false;  ///< the run learns from rewards
    bool m_sampled =
        false;  ///< the samples that follow are answers it learns from, not those to held-out prompts

    QProgressBar* m_bar;
    RunFollower* m_follower;
    ChainStrip* m_chain;
    WarningList* m_warnings;
    Card *m_banner, *m_lossCard, *m_rateCard, *m_normCard, *m_qualityCard;
    QLabel *m_bannerText, *m_smoothingName, *m_empty;
    QPushButton *m_smaller, *m_dismiss;
    QSlider* m_smoothing;
    Chip* m_log;
    CurvePlot *m_loss, *m_rate, *m_norm, *m_quality;
    RolloutView* m_rollouts;
    ProgressSamples* m_samples;
};

}  // namespace lathe
