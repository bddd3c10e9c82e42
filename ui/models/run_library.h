// SPDX-License-Identifier: GPL-3.0-or-later
// Every run folder on disk with its curve in small, read off the UI thread and again when asked.
#pragma once

#include <QList>
#include <QObject>
#include <filesystem>
#include <vector>

#include "core/run/run_store.h"

namespace lathe {

/// A run and its training loss, or its reward where it learns from one, thinned to some dozens of points.
struct RunRow {
    RunSummary summary;
    QList<double> curve;
};

class RunLibrary : public QObject {
    Q_OBJECT

  public:
    explicit RunLibrary(std::filesystem::path folder, QObject* parent = nullptr);

    const std::vector<RunRow>& runs() const { return m_runs; }
    const RunRow* find(const std::filesystem::path& folder) const;
    const std::filesystem::path& folder() const { return m_folder; }
    bool loaded() const { return m_loaded; }

    /// Reads the folders again; runsChanged() follows. A call while one is under way makes one more
    /// afterwards.
    void refresh();

  Q_SIGNALS:
    void runsChanged();

  private:
    std::filesystem::path m_folder;
    std::vector<RunRow> m_runs;
    bool m_loaded = false;
    bool m_reading = false;
    bool m_again = false;
};

/// The name people gave the run, else its folder's.
QString runTitle(const RunSummary& run);
/// Losses of the step events, or the rewards where there are some; at most `points`, each the mean of its
/// stretch.
QList<double> thinnedCurve(const std::vector<Event>& events, int points);

}  // namespace lathe
