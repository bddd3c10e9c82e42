// SPDX-License-Identifier: GPL-3.0-or-later
// How well a model does on rows it has not learnt from, beside what it was before: metrics, labels, the rows
// it is worst at, and answers. Values that the engine fills and that window and command line show.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/note.h"

namespace lathe {

struct EvaluationRequest {
    std::filesystem::path data{};  ///< a data file; empty: the rows that the target's run held out
    std::string task{};            ///< empty: the target's own
    int64_t listedRows = 20;       ///< at most so many of the worst rows, and of those that changed
    int64_t answers = 0;           ///< of what writes text: so many rows are answered
    int64_t answerTokens = 128;    ///< after which an answer is cut
    bool before = false;           ///< judge what the target was before its run or its adapters, too
};

struct EvaluationProgress {
    int64_t done = 0, total = 0;  ///< rows read and rows answered, of both models
};

/// One class of a classifier, or one kind of entity.
struct LabelScore {
    std::string label;
    double precision = 0, recall = 0, f1 = 0;
    int64_t support = 0;  ///< how many there are in the rows
};

/// What one model makes of the rows.
struct EvaluationSide {
    double loss = 0;  ///< mean over the targets
    std::map<std::string, double> metrics;
    std::vector<LabelScore> labels;  ///< classes by id; kinds of entities by name
    /// Rows by true class · classes + predicted class; empty where a text has not one class of some, or of
    /// more than kMaxConfusionClasses.
    std::vector<int64_t> confusion;
};
constexpr int64_t kMaxConfusionClasses = 512;

/// What one model makes of one row.
struct RowOutcome {
    double loss = 0;                    ///< mean over the row's targets
    std::string got;                    ///< what came out; empty where nothing was asked for
    std::optional<double> probability;  ///< of what came out, for one label or the better of two answers
};

struct EvaluatedRow {
    int64_t line = 0;  ///< where the row starts in its file
    std::string text;  ///< what the model read
    std::string expected;
    RowOutcome now;
    std::optional<RowOutcome> before;
};

struct Evaluation {
    std::string task;
    std::filesystem::path data;
    bool heldOut = false;  ///< the rows that the run held out
    int64_t rows = 0, dropped = 0, cut = 0;
    std::vector<Note> notes;  ///< what of the rows was left out, cut, ignored or guessed
    EvaluationSide now;
    std::optional<EvaluationSide> before;
    int64_t rowsBetter = 0, rowsWorse = 0;  ///< rows whose loss is lower, or higher, than before
    std::vector<EvaluatedRow> worst;        ///< the highest loss first
    std::vector<EvaluatedRow>
        changed;  ///< with another label than before, else any; most change of loss first
    std::vector<EvaluatedRow> answers;  ///< the first rows with what was written

    /// The share of rows that the model does better at than before, the win rate; nothing without a before.
    std::optional<double> winRate() const;
};

/// `lathe-run evaluate --json`: loss, metrics, rows, task, data, held_out, dropped, cut, notes, labels,
/// confusion, worst, answers; with a before also before, win_rate, rows_better, rows_worse, changed.
OrderedJson evaluationToJson(const Evaluation& evaluation);
/// A line for each row: line, text, expected, got, probability, loss and the same before (RFC 4180).
std::string rowsToCsv(const std::vector<EvaluatedRow>& rows);
/// A line for each label: label, precision, recall, f1, support and the same before.
std::string labelsToCsv(const Evaluation& evaluation);
/// Writes the worst rows to `file` and, where there are labels, those beside it as NAME-labels.csv.
Result<void> writeEvaluationCsv(const Evaluation& evaluation, const std::filesystem::path& file);

}  // namespace lathe
