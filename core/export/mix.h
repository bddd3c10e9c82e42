// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA adapters of one base mixed into a new adapter folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/export/lora_mix.h"
#include "core/target/loaded_model.h"

namespace lathe {

struct MixReport {
    std::string path;
    std::vector<std::string> files;
    LoraMix mix;
    double largestLogitDifference = 0;  ///< between the reopened folder and the parts put on together
};

/// Writes the mix of `parts`, which `target` holds, as PEFT's folder `out`: complete or absent. The
/// concatenation must answer as its parts together do. Errors as mixLora and exportTarget.
Result<MixReport> mixAdapters(LoadedModel& target, const std::vector<AdapterShare>& parts,
                              const MixSettings& how, const std::filesystem::path& out);

}  // namespace lathe
