// SPDX-License-Identifier: GPL-3.0-or-later
// Which runs of Lathe train on this machine at the moment, so that two at once are told of each other: they
// share processor and memory.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lathe {

/// A file in dataHome()/running for as long as a run trains, locked by its process: the system releases it
/// with the process, however that ends. Where the folder cannot be written, nobody is told.
class RunningRun {
  public:
    explicit RunningRun(const std::filesystem::path& run);
    ~RunningRun();
    RunningRun(const RunningRun&) = delete;
    RunningRun& operator=(const RunningRun&) = delete;

    /// The folders of other processes' runs that were not named before: all at the first call, later those
    /// that have begun since. Costs one look at the folder's time where nothing has changed.
    std::vector<std::string> newOthers();

  private:
    std::filesystem::path m_folder, m_file;
    int m_descriptor = -1;
    std::filesystem::file_time_type m_seen{};
    std::vector<std::string> m_named;  ///< files
};

}  // namespace lathe
