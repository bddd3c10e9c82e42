// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/run_library.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>

#include "core/run/events/metric_tail.h"
#include "ui/bridge/background.h"
#include "ui/state/run_curve_sketch.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr int kLookMs = 2000;
constexpr std::size_t kEventsAtOnce = 4096;

/// What tells whether a file is the one that was read.
struct Stamp {
    fs::file_time_type time{};
    uintmax_t size = 0;

    static Stamp of(const fs::path& file) {
        std::error_code ignored;
        Stamp stamp;
        stamp.time = fs::last_write_time(file, ignored);
        stamp.size = fs::file_size(file, ignored);
        return stamp;
    }
    bool operator==(const Stamp&) const = default;
};

/// Whether a run with this status may become another without a change of its run.json: its process may go.
bool dependsOnProcess(RunStatus status) {
    return status == RunStatus::Running || status == RunStatus::Interrupted;
}

std::string keyOf(const fs::path& folder) {
    const fs::path normal = folder.lexically_normal();
    return (normal.has_filename() ? normal : normal.parent_path()).string();
}

}  // namespace

/// Remembers each run by the time and size of its files: what has not changed is not read again.
class RunLibrary::Reader {
  public:
    /// All runs below `parent`, newest first; `changed` is set when they are not those of the last reading.
    std::vector<RunRow> read(const fs::path& parent, bool& changed) {
        changed = false;
        std::vector<RunRow> rows;
        std::unordered_set<std::string> present;
        for (const fs::path& folder : runFolders(parent)) {
            Known& known = m_runs.try_emplace(folder.string(), folder).first->second;
            update(known, changed);
            present.insert(folder.string());
            rows.push_back(known.row);
        }
        changed = std::erase_if(m_runs, [&](const auto& run) { return !present.contains(run.first); }) > 0 ||
                  changed;
        std::sort(rows.begin(), rows.end(), [](const RunRow& a, const RunRow& b) {
            return std::tie(a.summary.record.started, a.summary.folder) >
                   std::tie(b.summary.record.started, b.summary.folder);
        });
        return rows;
    }

  private:
    struct Known {
        explicit Known(const fs::path& folder) : tail(folder) { row.summary.folder = folder; }
        RunRow row;
        Stamp record, metrics;
        MetricTail tail;
        RunCurveSketch sketch;
        bool isRead = false;
    };

    static void update(Known& known, bool& changed) {
        RunSummary& run = known.row.summary;
        const Stamp record = Stamp::of(run.folder / "run.json"),
                    metrics = Stamp::of(run.folder / "metrics.jsonl");
        const bool sameFiles = known.isRead && record == known.record && metrics == known.metrics;
        if (sameFiles && !dependsOnProcess(run.record.status)) return;
        const RunStatus before = run.record.status;
        const bool wasResumable = known.row.resumable;
        run.record = summaryOf(run.folder).record;
        if (!sameFiles) readCurve(known);
        // The record is written at the ends only; the steps of a killed run are in its events.
        if (dependsOnProcess(run.record.status) && known.sketch.step() > run.record.steps) {
            run.record.steps = known.sketch.step();
            run.record.maxSteps = known.sketch.maxSteps();
        }
        known.row.resumable = canResume(run.record.status) && latestCheckpoint(run.folder).ok();
        changed = changed || !sameFiles || before != run.record.status || wasResumable != known.row.resumable;
        known.record = record;
        known.metrics = metrics;
        known.isRead = true;
    }

    static void readCurve(Known& known) {
        while (true) {
            const auto piece = known.tail.read(kEventsAtOnce);
            if (!piece.ok()) return;
            if (piece.value().restarted) known.sketch = {};
            for (const Event& event : piece.value().events) known.sketch.add(event);
            if (piece.value().more) continue;
            known.row.curve = known.sketch.values();
            return;
        }
    }

    std::unordered_map<std::string, Known> m_runs;
};

RunLibrary::RunLibrary(fs::path folder, QObject* parent)
    : QObject(parent),
      m_folder(std::move(folder)),
      m_runs(std::make_shared<const std::vector<RunRow>>()),
      m_reader(std::make_shared<Reader>()) {
    m_timer.setInterval(kLookMs);
    connect(&m_timer, &QTimer::timeout, this, &RunLibrary::refresh);
}

RunLibrary::~RunLibrary() = default;

const RunRow* RunLibrary::find(const fs::path& folder) const {
    const auto it = m_index.find(keyOf(folder));
    return it == m_index.end() ? nullptr : &(*m_runs)[it->second];
}

void RunLibrary::refresh() {
    if (m_reading) {
        m_again = true;
        return;
    }
    m_reading = true;
    if (!m_timer.isActive()) m_timer.start();
    struct Answer {
        std::vector<RunRow> rows;
        bool changed = false;
    };
    runInBackground(
        this,
        [folder = m_folder, reader = m_reader] {
            Answer answer;
            answer.rows = reader->read(folder, answer.changed);
            return answer;
        },
        [this](const Answer& answer) { take(answer.rows, answer.changed); });
}

void RunLibrary::take(std::vector<RunRow> rows, bool changed) {
    m_reading = false;
    if (changed || !m_loaded) {
        const bool sameList =
            std::equal(rows.begin(), rows.end(), m_runs->begin(), m_runs->end(),
                       [](const RunRow& a, const RunRow& b) { return a.summary.folder == b.summary.folder; });
        if (!sameList) Q_EMIT aboutToReset();
        m_runs = std::make_shared<const std::vector<RunRow>>(std::move(rows));
        m_index.clear();
        for (std::size_t i = 0; i < m_runs->size(); ++i)
            m_index.emplace(keyOf((*m_runs)[i].summary.folder), i);
        m_loaded = true;
        if (!sameList) Q_EMIT wasReset();
        Q_EMIT runsChanged();
    }
    Q_EMIT refreshed();
    if (std::exchange(m_again, false)) refresh();
}

}  // namespace lathe
