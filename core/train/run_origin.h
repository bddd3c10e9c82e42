// SPDX-License-Identifier: GPL-3.0-or-later
// What a run is made from, gathered while it is prepared: noted in the record of a new run, compared with the
// record of one that goes on.
#pragma once

#include <filesystem>
#include <vector>

#include "core/run/store/run_store.h"
#include "core/train/trainable_model.h"

namespace lathe {

class RunOrigin {
  public:
    /// `began` is the record of a run that goes on, null for a new run; borrowed.
    RunOrigin(std::filesystem::path run, const RunRecord* began) : m_run(std::move(run)), m_began(began) {}

    /// The data files themselves may be gone over before they are read, so that a changed file is named
    /// before it fails otherwise. ModelMismatch when something is another than when the run began.
    Result<void> addBase(const OpenedBase& base);
    Result<void> addDataFiles(const Recipe& recipe);
    Result<void> addRows(const TaskData& rows, const Recipe& recipe);
    /// The models among the rewards.
    Result<void> addRewards(const OpenedBase& base);

    const Json& identity() const { return m_identity; }
    /// What makes a run that goes on inexact, or cannot be checked.
    std::vector<Note> notes() const;

  private:
    Result<void> check(const std::string& place) const;

    std::filesystem::path m_run;
    const RunRecord* m_began;
    Json m_identity = Json::object();
};

/// Warns, with the code "disk_short", when the disk has not the room that all checkpoints and the result of
/// the prepared run will need.
std::optional<Note> diskNote(const OpenedBase& base, const TrainableModel& model,
                             const std::filesystem::path& run, bool goesOn);

}  // namespace lathe
