// SPDX-License-Identifier: GPL-3.0-or-later
// Every run folder on disk with its curve in small. One for the whole window: read off the UI thread, when
// asked and every two seconds, so that runs of other processes are seen as they go on.
#pragma once

#include <QList>
#include <QObject>
#include <QTimer>
#include <filesystem>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/run/store/run_store.h"

namespace lathe {

/// A run and its training loss, or its reward where it learns from one, thinned to some dozens of points.
struct RunRow {
    RunSummary summary;
    QList<double> curve;
    bool resumable = false;  ///< has ended before its time and has a checkpoint to go on from
};

class RunLibrary : public QObject {
    Q_OBJECT

  public:
    explicit RunLibrary(std::filesystem::path folder, QObject* parent = nullptr);
    ~RunLibrary() override;

    /// Newest first.
    const std::vector<RunRow>& runs() const { return *m_runs; }
    /// The same, for work on another thread.
    std::shared_ptr<const std::vector<RunRow>> snapshot() const { return m_runs; }
    const RunRow* find(const std::filesystem::path& folder) const;
    const std::filesystem::path& folder() const { return m_folder; }
    bool loaded() const { return m_loaded; }

    /// Reads what has changed on disk; refreshed() follows. A call while one is under way makes one more
    /// afterwards.
    void refresh();

  Q_SIGNALS:
    /// The list of runs is about to be another one, and is.
    void aboutToReset();
    void wasReset();
    /// Runs were added, taken away or have changed; after wasReset(), or alone when the list is the same.
    void runsChanged();
    /// A reading has ended, whether it found changes or not.
    void refreshed();

  private:
    class Reader;
    void take(std::vector<RunRow> rows, bool changed);

    std::filesystem::path m_folder;
    std::shared_ptr<const std::vector<RunRow>> m_runs;
    std::unordered_map<std::string, std::size_t> m_index;  ///< by folder
    std::shared_ptr<Reader> m_reader;                      ///< used by one reading at a time
    QTimer m_timer;
    bool m_loaded = false;
    bool m_reading = false;
    bool m_again = false;
};

}  // namespace lathe
