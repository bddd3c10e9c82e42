// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/run_comparison.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

#include "core/run/events/metric_tail.h"
#include "core/run/metrics.h"
#include "ui/state/run_library.h"
#include "ui/text/catalog_text.h"
#include "ui/text/core_text.h"
#include "ui/text/run_text.h"

namespace lathe {
namespace {

constexpr std::size_t kEventsAtOnce = 4096;

int64_t folderBytes(const std::filesystem::path& folder) {
    std::error_code failure;
    int64_t bytes = 0;
    for (std::filesystem::recursive_directory_iterator it(folder, failure), end; !failure && it != end;
         it.increment(failure)) {
        std::error_code ignored;
        if (it->is_regular_file(ignored)) bytes += int64_t(it->file_size(ignored));
    }
    return bytes;
}

/// A setting as it is compared; empty where the record has none.
std::string settingText(const RunRecord& record, const std::string& key) {
    if (!record.settings.is_object()) return {};
    const auto it = record.settings.find(key);
    if (it == record.settings.end() || it->is_null()) return {};
    return it->is_string() ? it->get<std::string>() : dumpJson(*it);
}

/// How the rows were chosen and what is asked of them: settings of the data and of the task.
std::map<std::string, std::string> rowSettings(const RunRecord& record) {
    std::map<std::string, std::string> settings;
    if (!record.settings.is_object()) return settings;
    for (const auto& [key, value] : record.settings.items())
        if (key.starts_with("data.") || key.starts_with("objective."))
            settings[key] = settingText(record, key);
    // Before the split had a seed of its own, that of the training drew the rows that are held out.
    if (!settings.contains("data.split_seed")) settings["train.seed"] = settingText(record, "train.seed");
    return settings;
}

/// Rows taken, as far as the settings say: those of so many steps, or so many times all of them.
std::pair<double, std::string> budgetOf(const RunRecord& record) {
    const auto number = [&](const char* key) { return std::atof(settingText(record, key).c_str()); };
    const double steps = number("train.max_steps");
    if (steps <= 0) return {0, settingText(record, "train.epochs")};
    return {steps * number("train.batch_size") * number("train.gradient_accumulation"), {}};
}

std::optional<NoVerdict> differenceOf(const RunRecord& a, const RunRecord& b) {
    if (a.task != b.task || a.problemType != b.problemType) return NoVerdict::Tasks;
    if (rowSettings(a) != rowSettings(b)) return NoVerdict::Data;
    if (a.base != b.base) return NoVerdict::Bases;
    if (budgetOf(a) != budgetOf(b)) return NoVerdict::Budgets;
    return {};
}

/// Of at least two entries, whose `entry` is the index of their run.
ComparisonVerdict verdictOf(const std::vector<RaceEntry>& entries, const std::string& metric) {
    ComparisonVerdict verdict;
    verdict.metric = metric;
    verdict.rises = metricRises(metric);
    verdict.margin = kRaceMargin;
    verdict.judged = int(entries.size());
    const RaceReport report = judgeRace(entries, "trained parameters", metric, verdict.rises, verdict.margin);
    const auto better = [&](double x, double y) { return verdict.rises ? x > y : x < y; };
    const auto [fewest, most] =
        std::minmax_element(entries.begin(), entries.end(),
                            [](const auto& a, const auto& b) { return a.trainable < b.trainable; });
    verdict.worst = entries.front().metrics.at(metric);
    for (const RaceEntry& entry : entries) {
        const int run = std::stoi(entry.entry);
        const double value = entry.metrics.at(metric);
        if (verdict.bestRun < 0 || better(value, verdict.best)) {
            verdict.best = value;
            verdict.bestRun = run;
        }
        if (better(verdict.worst, value)) verdict.worst = value;
        if (entry.value == report.smallest && verdict.smallestRun < 0) {
            verdict.smallestRun = run;
            verdict.nothingSmaller = entry.trainable == fewest->trainable;
        }
    }
    verdict.alike =
        fewest->trainable == most->trainable && std::abs(verdict.best - verdict.worst) <= verdict.margin;
    return verdict;
}

QString csvField(const QString& text) {
    bool isNumber = false;
    text.toDouble(&isNumber);
    // A text that starts like a formula would be run by spreadsheets.
    const bool formula = !isNumber && !text.isEmpty() && QStringLiteral("=+-@").contains(text.front());
    QString safe = formula ? QLatin1Char('\'') + text : text;
    const bool quote =
        std::any_of(safe.begin(), safe.end(), [](QChar c) { return QStringLiteral(",\"\r\n").contains(c); });
    return quote ? QLatin1Char('"') + safe.replace(QLatin1Char('"'), QLatin1String("\"\"")) + QLatin1Char('"')
                 : safe;
}

bool put(QList<double>& xs, QList<double>& ys, int64_t step, double value) {
    if (!std::isfinite(value) || (!xs.isEmpty() && double(step) <= xs.last())) return false;
    xs.append(double(step));
    ys.append(value);
    return true;
}

}  // namespace

CurvePart addToCurve(RunCurve& curve, const Event& event) {
    if (const auto* rollout = std::get_if<RolloutEvent>(&event)) {
        curve.rewarded = true;
        return put(curve.steps, curve.values, rollout->step, rollout->reward) ? CurvePart::Training
                                                                              : CurvePart::None;
    }
    if (const auto* eval = std::get_if<EvalEvent>(&event)) {
        const auto reward = eval->metrics.find("reward");
        if (reward != eval->metrics.end()) curve.rewarded = true;
        const double value = reward != eval->metrics.end() ? reward->second : eval->loss;
        return put(curve.evalSteps, curve.evalValues, eval->step, value) ? CurvePart::Validation
                                                                         : CurvePart::None;
    }
    const auto* step = std::get_if<StepEvent>(&event);
    if (!step || curve.rewarded) return CurvePart::None;
    return put(curve.steps, curve.values, step->step, step->loss) ? CurvePart::Training : CurvePart::None;
}

RunCurve readRunCurve(const RunSummary& run) {
    RunCurve curve;
    curve.run = run;
    MetricTail tail(run.folder);
    bool more = true;
    while (more) {
        const auto piece = tail.read(kEventsAtOnce);
        if (!piece.ok()) break;
        for (const Event& event : piece.value().events) addToCurve(curve, event);
        more = piece.value().more;
    }
    if (const auto result = runResult(run.folder); result.ok())
        curve.resultBytes = folderBytes(result.value());
    return curve;
}

QString settingLabel(const std::string& key) {
    const QStringList parts = QString::fromStdString(key).split('.');
    if (parts.size() != 3 || parts[0] != QLatin1String("method")) return fieldLabel(key);
    const std::string method = parts[1].toStdString();
    return QCoreApplication::translate("RunComparison", "%1: %2")
        .arg(methodTitle(method, method), fieldLabel(key));
}

std::vector<SettingDifference> settingDifferences(const std::vector<RunCurve>& runs) {
    std::set<std::string> keys;
    for (const RunCurve& curve : runs) {
        if (!curve.run.record.settings.is_object()) continue;
        for (const auto& [key, value] : curve.run.record.settings.items()) keys.insert(key);
    }
    std::vector<SettingDifference> differences;
    for (const std::string& key : keys) {
        SettingDifference difference{key, {}};
        for (const RunCurve& curve : runs) difference.values.push_back(settingText(curve.run.record, key));
        const auto& values = difference.values;
        if (std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) != values.end())
            differences.push_back(std::move(difference));
    }
    return differences;
}

std::variant<ComparisonVerdict, NoVerdict> judgeRuns(const std::vector<RunCurve>& runs) {
    std::vector<int> done;
    for (std::size_t i = 0; i < runs.size(); ++i)
        if (runs[i].run.record.status == RunStatus::Done && runs[i].run.record.trainable > 0)
            done.push_back(int(i));
    if (done.size() < 2) return NoVerdict::TooFewDone;
    const RunRecord& first = runs[std::size_t(done.front())].run.record;
    for (const int i : done)
        if (const auto reason = differenceOf(first, runs[std::size_t(i)].run.record)) return *reason;
    const std::string metric = headlineMetric(first.task, first.problemType, first.metrics);
    std::vector<RaceEntry> entries;
    for (const int i : done) {
        const RunRecord& record = runs[std::size_t(i)].run.record;
        const auto value = record.metrics.find(metric);
        // Raced by trained parameters, so that any method can stand beside any rank.
        if (value != record.metrics.end() && std::isfinite(value->second))
            entries.push_back({std::to_string(i),
                               std::to_string(record.trainable),
                               {},
                               record.trainable,
                               record.metrics,
                               record.seconds});
    }
    if (entries.size() < 2) return NoVerdict::Metrics;
    return verdictOf(entries, metric);
}

QStringList runLabels(const std::vector<RunCurve>& runs) {
    const std::vector<SettingDifference> differences = settingDifferences(runs);
    std::vector<const SettingDifference*> telling;
    for (const SettingDifference& difference : differences) {
        if (difference.key.starts_with("method.") || difference.key.starts_with("train."))
            telling.push_back(&difference);
    }
    QStringList labels;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const bool one = telling.size() == 1 && !telling.front()->values[i].empty();
        labels.append(one ? QStringLiteral("%1 %2").arg(settingLabel(telling.front()->key).toLower(),
                                                        QString::fromStdString(telling.front()->values[i]))
                          : runTitle(runs[i].run));
    }
    return labels;
}

QString comparisonCsv(const std::vector<RunCurve>& runs) {
    std::set<std::string> metrics;
    for (const RunCurve& curve : runs) {
        for (const auto& [name, value] : curve.run.record.metrics) metrics.insert(name);
    }
    const std::vector<SettingDifference> differences = settingDifferences(runs);
    QStringList header{"run", "status", "method", "trained", "total", "seconds", "result_bytes"};
    for (const std::string& metric : metrics) header.append(QString::fromStdString(metric));
    for (const SettingDifference& difference : differences)
        header.append(QString::fromStdString(difference.key));
    QString csv = header.join(QLatin1Char(',')) + QLatin1String("\r\n");
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const RunRecord& record = runs[i].run.record;
        QStringList line{csvField(runTitle(runs[i].run)),
                         csvField(runStatusName(record.status)),
                         csvField(QString::fromStdString(record.method)),
                         QString::number(record.trainable),
                         QString::number(record.total),
                         QString::number(record.seconds, 'f', 1),
                         QString::number(runs[i].resultBytes)};
        for (const std::string& metric : metrics) {
            const auto it = record.metrics.find(metric);
            line.append(it == record.metrics.end() ? QString() : QString::number(it->second, 'g', 10));
        }
        for (const SettingDifference& difference : differences)
            line.append(csvField(QString::fromStdString(difference.values[i])));
        csv += line.join(QLatin1Char(',')) + QLatin1String("\r\n");
    }
    return csv;
}

}  // namespace lathe
