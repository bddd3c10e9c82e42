// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/run_result.h"

#include "core/base/folder_in_progress.h"
#include "core/export/hf_folder.h"
#include "core/peft/adapter_io.h"

namespace lathe {

Result<void> saveRunResult(const std::filesystem::path& run, const OpenedBase& base, const TrainingData& data,
                           TrainableModel& model) {
    const bool adapter = base.makesAdapters();
    FolderInProgress folder(run / (adapter ? "adapter" : "model"), IfPresent::Replace);
    LATHE_TRY_VOID(folder.begin());
    LATHE_TRY_VOID(
        adapter ? saveAdapters(*model.loaded.model, model.methods, model.loaded.basePath, folder.path())
                : writeModelFolder(*model.loaded.model, base.source, base.source.config, data.labels,
                                   data.rows.chat ? data.rows.chat->source() : "", folder.path()));
    LATHE_TRY_VOID(folder.publish());
    return {};
}

}  // namespace lathe
