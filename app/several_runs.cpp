// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/several_runs.h"

#include "core/base/files.h"
#include "core/catalog/catalog.h"
#include "core/config/recipe_yaml.h"
#include "core/run/store/run_store.h"

namespace lathe {
namespace fs = std::filesystem;

Result<RunState> stateOfRun(const fs::path& run, const Recipe& recipe) {
    if (!isRunFolder(run)) return RunState::Fresh;
    LATHE_TRY(const RunRecord record, readRunRecord(run));
    if (record.status == RunStatus::Running)
        return Error{ErrorCode::BadArgument, "this run is being trained already", run.string(),
                     "wait until it has ended"};
    const bool done = record.status == RunStatus::Done && runResult(run).ok();
    if (!done && !latestCheckpoint(run).ok()) return RunState::Fresh;
    ParsedRecipe ran = readRecipe(run / "recipe.yaml", {}, engineCatalog());
    ran.recipe.device = recipe.device;
    if (recipeToYaml(ran.recipe) != recipeToYaml(recipe))
        return Error{ErrorCode::BadArgument, "the recipe has changed since this ran", run.string(),
                     "name another folder with --out, or remove this one"};
    return done ? RunState::Done : RunState::Interrupted;
}

Result<RunLock> ownRunsFolder(const fs::path& folder) {
    if (isRunFolder(folder))
        return Error{ErrorCode::BadArgument, "this is the folder of one run", folder.string(),
                     "name the folder that the runs are to be in"};
    LATHE_TRY_VOID(makeFolder(folder));
    return RunLock::own(folder);
}

FinishedEvent takeUpRun(const Recipe& recipe, const fs::path& run, RunState state, RunControl& control,
                        const EventSink& sink) {
    if (state == RunState::Fresh) return runRecipe(recipe, run, control, sink);
    if (state == RunState::Interrupted) return resumeRun(run, control, sink);
    (void)RunLock::own(run);  // to remove what a killed process has left; somebody may be reading it
    const auto record = readRunRecord(run);
    FinishedEvent event;
    event.run = run.string();
    if (!record.ok()) {
        event.status = RunStatus::Failed;
        event.error = record.error();
        return event;
    }
    event.status = record.value().status;
    event.steps = record.value().steps;
    event.seconds = record.value().seconds;
    event.metrics = record.value().metrics;
    return event;
}

}  // namespace lathe
