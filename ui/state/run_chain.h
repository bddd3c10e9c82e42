// SPDX-License-Identifier: GPL-3.0-or-later
// The chain of runs that a run belongs to, supervised → reward model → rewards, and the recipe of its next
// stage.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/config/catalog.h"
#include "core/run/store/run_store.h"
#include "ui/state/run_library.h"

namespace lathe {

/// A stage of a chain: a run, or one that is still to come.
struct ChainLink {
    std::string task;
    std::optional<RunSummary> run{};
    bool current = false;  ///< the run that was asked about
};

struct RunChain {
    std::vector<ChainLink> links;  ///< in the order they learn; fewer than two are no chain
    std::string next;              ///< the task of the stage to come that fits; empty when there is none
};

/// The chain of `run` among `runs` (newest first). What a run went on from and what judged its answers comes
/// before it; where a stage is missing, the newest finished run that can be it is taken.
RunChain chainOf(const std::vector<RunSummary>& runs, const std::filesystem::path& run);
/// The same among the runs that are listed; of a run that is not, among those beside it, too, which are read.
RunChain chainOfListed(const std::vector<RunRow>& listed, const std::filesystem::path& run);

/// The starter recipe of the chain's next stage, on the runs of the chain. Nothing when there is no next
/// stage or the starter is not in `resources`.
std::optional<Recipe> nextRecipe(const RunChain& chain, const std::filesystem::path& resources,
                                 const Catalog& catalog);

}  // namespace lathe
