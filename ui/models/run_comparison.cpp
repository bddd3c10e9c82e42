// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_comparison.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "ui/bridge/core_text.h"
#include "ui/models/run_library.h"
#include "ui/models/run_list_model.h"

namespace lathe {
namespace {

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

std::string settingText(const RunRecord& record, const std::string& key) {
    if (!record.settings.is_object()) return {};
    const auto it = record.settings.find(key);
    if (it == record.settings.end() || it->is_null()) return {};
    return it->is_string() ? it->get<std::string>() : dumpJson(*it);
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
    if (const auto events = readMetrics(run.folder); events.ok())
        for (const Event& event : events.value()) addToCurve(curve, event);
    if (const auto result = runResult(run.folder); result.ok())
        curve.resultBytes = folderBytes(result.value());
    return curve;
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

std::optional<ComparisonVerdict> judgeRuns(const std::vector<RunCurve>& runs) {
    for (const char* metric :
         {"accuracy", "reward_accuracy", "reward", "macro_f1", "f1", "bleu", "chrf", "loss"}) {
        std::vector<RaceEntry> entries;
        for (std::size_t i = 0; i < runs.size(); ++i) {
            const RunRecord& record = runs[i].run.record;
            // Raced by trained parameters, so that any method can stand beside any rank.
            if (record.metrics.contains(metric) && record.trainable > 0)
                entries.push_back({std::to_string(i),
                                   std::to_string(record.trainable),
                                   {},
                                   record.trainable,
                                   record.metrics,
                                   record.seconds});
        }
        if (entries.size() < 2) continue;
        ComparisonVerdict verdict;
        verdict.metric = metric;
        verdict.rises = verdict.metric != "loss";
        verdict.margin = kRaceMargin;
        const RaceReport report =
            judgeRace(entries, "trained parameters", verdict.metric, verdict.rises, verdict.margin);
        for (const RaceEntry& entry : entries) {
            const int run = std::stoi(entry.entry);
            const double value = entry.metrics.at(verdict.metric);
            const bool better =
                verdict.bestRun < 0 || (verdict.rises ? value > verdict.best : value < verdict.best);
            if (std::isfinite(value) && better) {
                verdict.best = value;
                verdict.bestRun = run;
            }
            if (entry.value == report.smallest && verdict.smallestRun < 0) verdict.smallestRun = run;
        }
        if (verdict.bestRun < 0) continue;
        return verdict;
    }
    return std::nullopt;
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
        labels.append(one ? QStringLiteral("%1 %2").arg(fieldLabel(telling.front()->key).toLower(),
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
                         csvField(QString::fromStdString(record.status)),
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
