// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/export/mix.h"

#include <algorithm>

#include "core/base/folder_in_progress.h"
#include "core/export/hf_folder.h"
#include "core/peft/adapter_io.h"
#include "core/peft/methods/lora.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMixName = "mix";
constexpr const char* kReopenedName = "mix, reopened";

}  // namespace

Result<MixReport> mixAdapters(LoadedModel& target, const std::vector<AdapterShare>& parts,
                              const MixSettings& how, const fs::path& out) {
    FolderInProgress folder(out);
    LATHE_TRY_VOID(folder.begin());
    MixReport report;
    report.path = out.string();
    LATHE_TRY_VOID(target.use(parts));
    const auto ids = probeIds(target.model->shape());
    LATHE_TRY(const at::Tensor expected, target.logits(ids, ids));
    std::string name = kMixName;
    while (target.adapters->has(name)) name += "'";
    LATHE_TRY(report.mix, mixLora(*target.adapters, *target.model, parts, how, name));
    LATHE_TRY_VOID(target.use({{name, 1}}));
    LATHE_TRY_VOID(
        saveAdapter(*target.model, loraMethod(), report.mix.settings, target.basePath, folder.path()));

    LATHE_TRY(const std::string reopened, target.hold({folder.path(), 1, kReopenedName}));
    LATHE_TRY_VOID(target.use({{reopened, 1}}));
    LATHE_TRY(const at::Tensor found, target.logits(ids, ids));
    report.largestLogitDifference = (found - expected).abs().max().item<double>();
    const double scale = std::max(1.0, expected.abs().max().item<double>());
    if (how.kind == MixKind::Concatenation &&
        !(report.largestLogitDifference <= kAllowedLogitDifference * scale))
        return Error{ErrorCode::Internal,
                     "the written adapter answers differently: its logits are off by " +
                         std::to_string(report.largestLogitDifference),
                     report.path, "nothing was kept; please report this"};
    LATHE_TRY(report.files, folder.publish());
    return report;
}

}  // namespace lathe
