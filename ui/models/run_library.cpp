// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_library.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "ui/models/background.h"

namespace lathe {
namespace {

constexpr int kSparklinePoints = 60;

/// The curve of a run that has ended never changes: it is taken from the last reading.
std::vector<RunRow> readRuns(const std::filesystem::path& folder,
                             const std::map<std::string, QList<double>>& known) {
    std::vector<RunRow> rows;
    for (RunSummary& summary : listRuns(folder)) {
        RunRow row{std::move(summary), {}};
        const auto it = known.find(row.summary.folder.string());
        if (it != known.end()) {
            row.curve = it->second;
        } else if (const auto events = readMetrics(row.summary.folder); events.ok()) {
            row.curve = thinnedCurve(events.value(), kSparklinePoints);
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace

RunLibrary::RunLibrary(std::filesystem::path folder, QObject* parent)
    : QObject(parent), m_folder(std::move(folder)) {
}

const RunRow* RunLibrary::find(const std::filesystem::path& folder) const {
    const auto it = std::find_if(m_runs.begin(), m_runs.end(),
                                 [&](const RunRow& row) { return row.summary.folder == folder; });
    return it == m_runs.end() ? nullptr : &*it;
}

void RunLibrary::refresh() {
    if (m_reading) {
        m_again = true;
        return;
    }
    m_reading = true;
    std::map<std::string, QList<double>> known;
    for (const RunRow& row : m_runs) {
        if (row.summary.record.status == "done") known.emplace(row.summary.folder.string(), row.curve);
    }
    runInBackground(
        this, [folder = m_folder, known = std::move(known)] { return readRuns(folder, known); },
        [this](std::vector<RunRow> rows) {
            m_runs = std::move(rows);
            m_reading = false;
            m_loaded = true;
            Q_EMIT runsChanged();
            if (std::exchange(m_again, false)) refresh();
        });
}

QString runTitle(const RunSummary& run) {
    if (!run.record.name.empty()) return QString::fromStdString(run.record.name);
    return QString::fromStdString(run.folder.filename().string());
}

QList<double> thinnedCurve(const std::vector<Event>& events, int points) {
    std::vector<double> losses, rewards;
    for (const Event& event : events) {
        if (const auto* step = std::get_if<StepEvent>(&event); step && std::isfinite(step->loss))
            losses.push_back(step->loss);
        if (const auto* rollout = std::get_if<RolloutEvent>(&event);
            rollout && std::isfinite(rollout->reward))
            rewards.push_back(rollout->reward);
    }
    const std::vector<double>& values = rewards.empty() ? losses : rewards;
    const std::size_t count = std::min(values.size(), std::size_t(std::max(1, points)));
    QList<double> thinned;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t begin = i * values.size() / count;
        const std::size_t end = (i + 1) * values.size() / count;
        double sum = 0;
        for (std::size_t k = begin; k < end; ++k) sum += values[k];
        thinned.append(sum / double(end - begin));
    }
    return thinned;
}

}  // namespace lathe
