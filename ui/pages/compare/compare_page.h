// SPDX-License-Identifier: GPL-3.0-or-later
// Runs side by side: curves in one plot, quality against trained parameters, numbers, and what was set
// differently.
#pragma once

#include <QTimer>

#include "ui/charts/metric_series.h"
#include "ui/models/run_list_model.h"
#include "ui/pages/page.h"
#include "ui/state/run_comparison.h"
#include "ui/state/run_library.h"

class QComboBox;
class QLineEdit;
class QMenu;
class QTableView;
class QTableWidget;

namespace lathe {

class Card;
class Chip;
class CurvePlot;
class ScatterPlot;

class ComparePage : public Page {
    Q_OBJECT

  public:
    ComparePage(const PageContext& context, QWidget* parent);

    void retranslate() override;
    QString railNote() const override;
    void showRuns(const QStringList& folders) override;

    /// Runs that are compared now, in the order of their colours.
    const std::vector<RunCurve>& curves() const { return m_curves; }

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    enum class Export { Png, Svg, Pdf, Csv };

    void buildChooser();
    void buildPlots();
    void buildTables();
    void connectRuns();
    /// Ticks the newest finished runs of one task, until the user or a race has ticked others.
    void offerNewest();
    /// Whether a chosen run is not as it was read last; the one in progress grows by its events.
    bool choiceChanged() const;
    /// The folder of the run in progress; empty when there is none.
    std::filesystem::path going() const;
    /// Reads the chosen runs off the UI thread, then shows them.
    void readChosen();
    void take(std::vector<RunCurve> curves);
    void showAll();
    void showCurves();
    void showQuality();
    void showNumbers();
    void showDifferences();
    void showVerdict();
    /// Null where the runs cannot be judged against each other.
    const ComparisonVerdict* verdict() const { return std::get_if<ComparisonVerdict>(&m_judged); }
    QString verdictText(const ComparisonVerdict& verdict) const;
    QString noVerdictText(NoVerdict reason) const;
    void showExportProblem(const QString& file);
    void growLive(const std::vector<Event>& events);
    void exportAs(Export format);

    RunLibrary& m_library;
    RunListModel m_model;
    RunFilterModel m_filter;
    std::vector<RunCurve> m_curves;
    std::vector<MetricSeries> m_smoothed;  ///< one a curve, as the plot draws it
    QStringList m_labels;
    std::variant<ComparisonVerdict, NoVerdict> m_judged = NoVerdict::TooFewDone;
    QStringList m_pending;                    ///< folders to tick once the library has read them
    QStringList m_offered;                    ///< folders that offerNewest() ticked
    bool m_reading = false, m_again = false;  ///< one reading at a time, and one more after it

    Chip* m_choose;
    Chip* m_what;
    Chip* m_export;
    QMenu* m_exportMenu;
    Card* m_chooser;
    QLineEdit* m_search;
    QTableView* m_list;
    QLabel* m_empty;
    Card* m_verdictCard;
    QLabel* m_sentence;
    QWidget* m_plots;
    CurvePlot* m_curvePlot;
    ScatterPlot* m_qualityPlot;
    QLabel* m_noQuality;
    Card* m_numbersCard;
    QTableWidget* m_numbers;
    Card* m_differencesCard;
    QTableWidget* m_differences;
};

}  // namespace lathe
