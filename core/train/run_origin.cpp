// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/run_origin.h"

#include <ATen/Parallel.h>
#include <torch/version.h>

#include "core/base/files.h"
#include "core/run/run_identity.h"
#include "core/train/training_checkpoint.h"

namespace lathe {

Result<void> RunOrigin::addBase() {
    m_identity = {{"precision", m_setup.precision == at::kFloat ? "fp32" : "bf16"},
                  {"device", m_setup.loaded.device.str()},
                  {"threads", at::get_num_threads()},
                  {"lathe", LATHE_VERSION},
                  {"libtorch", TORCH_VERSION}};
    LATHE_TRY_VOID(addBaseIdentity(m_identity, m_setup.recipe().base, m_setup.source.path));
    return check(m_setup.source.path.string());
}

Result<void> RunOrigin::addDataFiles() {
    LATHE_TRY_VOID(addDataIdentity(m_identity, m_setup.recipe()));
    return check(m_setup.recipe().data.train);
}

Result<void> RunOrigin::addRows() {
    addRowIdentity(m_identity, m_setup.data);
    return check(m_setup.recipe().data.train);
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

std::optional<Note> diskNote(const TrainingSetup& setup, const std::filesystem::path& run, bool goesOn) {
    const TrainSettings& train = setup.recipe().train;
    int64_t most = kKeptCheckpoints + 1;  // a new one is whole before the oldest goes
    if (train.saveMinutes == 0)
        most = std::min(most, 1 + (train.saveEvery > 0 ? setup.totalSteps() / train.saveEvery : 0));
    const int64_t made = most - (goesOn ? 1 : 0);
    const int64_t result =
        setup.makesAdapters() ? setup.optimizer->parameterCount() : setup.loaded.model->parameterCount();
    const uint64_t bytes =
        uint64_t(made) * checkpointBytes(*setup.optimizer, setup.aids) + uint64_t(result) * sizeof(float);
    const auto room = checkFreeSpace(
        run, bytes, "the run with its result and up to " + std::to_string(most) + " checkpoints at a time");
    if (room.ok()) return {};
    return Note{"disk_short", room.error().message,
                "free some space, or choose another folder; a checkpoint that has no room ends the run and "
                "leaves the earlier ones",
                run.string()};
}

}  // namespace lathe
