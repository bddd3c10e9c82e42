// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/run_origin.h"

#include <ATen/Parallel.h>
#include <torch/version.h>

#include "core/base/files.h"
#include "core/reinforce/weighted_rewards.h"
#include "core/run/run_identity.h"
#include "core/train/training_checkpoint.h"

namespace lathe {

Result<void> RunOrigin::addBase(const OpenedBase& base) {
    m_identity = {{"precision", base.computing.precision == at::kFloat ? "fp32" : "bf16"},
                  {"device", base.computing.device.str()},
                  {"threads", at::get_num_threads()},
                  {"lathe", LATHE_VERSION},
                  {"libtorch", TORCH_VERSION}};
    LATHE_TRY_VOID(addBaseIdentity(m_identity, base.recipe.base, base.source.path));
    return check(base.source.path.string());
}

Result<void> RunOrigin::addDataFiles(const Recipe& recipe) {
    LATHE_TRY_VOID(addDataIdentity(m_identity, recipe));
    return check(recipe.data.train);
}

Result<void> RunOrigin::addRows(const TaskData& rows, const Recipe& recipe) {
    addRowIdentity(m_identity, rows);
    return check(recipe.data.train);
}

Result<void> RunOrigin::addRewards(const OpenedBase& base) {
    if (!base.objective->policy()) return {};
    LATHE_TRY(const auto rewards, rewardsOfTask(base.recipe.objective.values));
    LATHE_TRY_VOID(addRewardIdentity(m_identity, rewards));
    return check(base.recipe.data.train);
}

Result<void> RunOrigin::check(const std::string& place) const {
    if (!m_began) return {};
    Json onBase = Json::object();
    if (!m_began->baseSha256.empty()) onBase["base_sha256"] = m_began->baseSha256;  // of older versions, too
    for (const char* key : {"config_sha256", "tokenizer_sha256", "adapter_sha256"})
        if (m_began->identity.contains(key)) onBase[key] = m_began->identity[key];
    const std::string run = m_run.string();
    std::string wayOut =
        "put back what it began with, or start anew: lathe-run train " + run + "/recipe.yaml --out NEW";
    if (checkIdentity(onBase, m_identity, "", "").ok() && runResult(m_run).ok())
        wayOut += ", with base=" + run + " from the weights it has";
    LATHE_TRY_VOID(checkIdentity(m_began->identity, m_identity, place, wayOut));
    return checkIdentity(onBase, m_identity, place, wayOut);
}

std::vector<Note> RunOrigin::notes() const {
    if (!m_began) return {};
    if (m_began->identity.is_object()) return inexactParts(m_began->identity, m_identity);
    return {{"identity_unknown",
             "an older version of Lathe began this run and did not note its data; whether they are the same "
             "cannot be checked",
             ""}};
}

std::optional<Note> diskNote(const OpenedBase& base, const TrainableModel& model,
                             const std::filesystem::path& run, bool goesOn) {
    const TrainSettings& train = base.recipe.train;
    int64_t most = kKeptCheckpoints + 1;  // a new one is whole before the oldest goes
    if (train.saveMinutes == 0)
        most = std::min(most, 1 + (train.saveEvery > 0 ? model.totalSteps / train.saveEvery : 0));
    const int64_t made = most - (goesOn ? 1 : 0);
    const int64_t result =
        base.makesAdapters() ? model.optimizer->parameterCount() : model.loaded.model->parameterCount();
    const uint64_t bytes =
        uint64_t(made) * checkpointBytes(*model.optimizer, model.aids) + uint64_t(result) * sizeof(float);
    const auto room = checkFreeSpace(
        run, bytes, "the run with its result and up to " + std::to_string(most) + " checkpoints at a time");
    if (room.ok()) return {};
    return Note{"disk_short", room.error().message,
                "free some space, or choose another folder; a checkpoint that has no room ends the run and "
                "leaves the earlier ones",
                run.string()};
}

}  // namespace lathe
