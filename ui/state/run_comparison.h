// SPDX-License-Identifier: GPL-3.0-or-later
// Chosen runs side by side: which settings differ, which run is the smallest good one, and all of it as CSV.
#pragma once

#include <QStringList>
#include <string>
#include <variant>
#include <vector>

#include "core/run/race.h"
#include "core/run/store/run_store.h"

namespace lathe {

/// What a plot needs of one run.
struct RunCurve {
    RunSummary run;
    bool rewarded = false;                ///< learns from rewards: those are its values; the loss otherwise
    QList<double> steps, values;          ///< training
    QList<double> evalSteps, evalValues;  ///< validation
    int64_t resultBytes = 0;              ///< of the adapter or model folder
};

struct SettingDifference {
    std::string key;
    std::vector<std::string> values;  ///< one a run; empty where the run has no such setting
};

struct ComparisonVerdict {
    std::string metric;
    bool rises = false;
    double best = 0;
    double worst = 0;
    double margin = 0;
    int bestRun = -1;             ///< index of the run with the best metric
    int smallestRun = -1;         ///< index of the run with the fewest trained parameters within the margin
    int judged = 0;               ///< runs that are done and have the metric; the others do not count
    bool nothingSmaller = false;  ///< no judged run has fewer trained parameters than `smallestRun`
    bool alike = false;  ///< all within the margin, with as many trained parameters: no run stands out
};

/// Why there is no verdict.
enum class NoVerdict { TooFewDone, Tasks, Data, Bases, Budgets, Metrics };

/// Reads metrics and the size of the result. Run it off the UI thread.
RunCurve readRunCurve(const RunSummary& run);

/// The list that an event's value was put at the end of.
enum class CurvePart { None, Training, Validation };
/// Takes a step's or an evaluation's value unless the curve has gone further already.
CurvePart addToCurve(RunCurve& curve, const Event& event);

/// A setting in words; of methods that are combined with the method's name before it.
QString settingLabel(const std::string& key);

/// Settings with different values among the runs, in key order.
std::vector<SettingDifference> settingDifferences(const std::vector<RunCurve>& runs);

/// The runs that are done, by their task's metric: the best of them, and the smallest within the margin. Only
/// runs of one task, on one base and one set of rows, which took as many rows, can be judged against each
/// other.
std::variant<ComparisonVerdict, NoVerdict> judgeRuns(const std::vector<RunCurve>& runs);

/// A short name for each run: the one setting that differs ("rank 8") where that tells them apart, else its
/// name.
QStringList runLabels(const std::vector<RunCurve>& runs);

/// One line a run with its numbers and the settings that differ; fields quoted by RFC 4180.
QString comparisonCsv(const std::vector<RunCurve>& runs);

}  // namespace lathe
