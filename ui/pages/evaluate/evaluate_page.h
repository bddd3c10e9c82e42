// SPDX-License-Identifier: GPL-3.0-or-later
// A run or a model judged on rows it has not learnt from, before and after: metrics, what is mixed up, each
// label, the worst rows, answers side by side.
#pragma once

#include <QTimer>
#include <array>
#include <atomic>
#include <memory>

#include "core/run/evaluation.h"
#include "ui/pages/page.h"
#include "ui/state/run_library.h"

class QCheckBox;
class QComboBox;
class QMenu;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QTableWidget;

namespace lathe {

class Card;
class Chip;
class ConfusionMatrix;
class RunBox;
class WarningList;

class EvaluatePage : public Page {
    Q_OBJECT

  public:
    EvaluatePage(const PageContext& context, QWidget* parent);

    void retranslate() override;
    QString railNote() const override;
    bool complete() const override { return m_evaluation.has_value(); }
    void showRuns(const QStringList& folders) override;

    /// Starts with what is chosen; nothing happens while that is not possible.
    void evaluate();
    bool evaluating() const { return m_progress != nullptr; }

  protected:
    void showEvent(QShowEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    enum class Export { Csv, Png, Svg };
    /// Written by the engine's thread, read by the timer.
    struct Progress {
        std::atomic<int64_t> done{0}, total{0};
    };
    struct Tile {
        Card* card = nullptr;
        QLabel *title = nullptr, *value = nullptr, *before = nullptr;
    };

    void buildChoices();
    void buildResults();
    QWidget* buildLabels();
    void buildRows();
    void connectRuns();
    void showTargets();
    void chooseFile();
    void takeFile(const QString& file);
    void showMode();
    void showProgress();
    void finish(const Result<Evaluation>& result);
    void exportAs(Export format);
    void showExportProblem(const QString& file);

    std::string target() const;
    bool isRun() const;  ///< not a plain model
    std::string task() const;
    bool writesText() const;
    /// Why it cannot start now; empty when it can.
    QString obstacle() const;

    void showResults();
    void showMetrics();
    void showTile(Tile& tile, const std::string& metric, double value, const std::optional<double>& before);
    void showMatrix();
    void showLabels();
    void showRowTable();
    void showRow();
    void showAnswers();
    const std::vector<EvaluatedRow>& listedRows() const;

    RunLibrary& m_library;
    QString m_file;                        ///< a chosen data file
    std::shared_ptr<Progress> m_progress;  ///< of the evaluation that goes on
    QTimer m_clock;
    std::optional<Evaluation> m_evaluation;
    QString m_evaluatedTitle, m_askedTitle;

    RunBox* m_target;
    QLabel* m_targetLabel;
    Chip* m_export;
    QMenu* m_exportMenu;
    Card* m_choices;
    QLabel* m_dataLabel;
    QComboBox* m_data;
    QPushButton* m_choose;
    QCheckBox* m_before;
    QLabel* m_answersLabel;
    QSpinBox* m_answerCount;
    QLabel* m_hint;
    QProgressBar* m_bar;
    QPushButton* m_cancel;
    QPushButton* m_evaluate;
    QLabel* m_problem;

    QWidget* m_results;
    QLabel* m_what;
    WarningList* m_notes;  ///< what of the rows was left out, cut, ignored or guessed
    std::array<Tile, 5> m_tiles;
    QWidget* m_labels;
    Card* m_matrixCard;
    Chip* m_matrixBefore;
    ConfusionMatrix* m_matrix;
    QLabel* m_cell;
    Card* m_labelCard;
    QTableWidget* m_labelTable;
    Card* m_answerCard;
    QWidget* m_answers = nullptr;
    Card* m_rowCard;
    Chip* m_changed;
    QTableWidget* m_rows;
    QPlainTextEdit* m_row;
};

}  // namespace lathe
