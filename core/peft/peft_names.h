// SPDX-License-Identifier: GPL-3.0-or-later
// How PEFT calls things in its adapter folders (methods.md, "PEFT adapter folder").
#pragma once

#include <set>
#include <string>
#include <unordered_set>

#include "core/base/config_view.h"
#include "core/model/language_model.h"

namespace lathe {

/// In front of every parameter's name in adapter_model.safetensors.
constexpr const char* kPeftPrefix = "base_model.model.";

/// The name of a trained base parameter; the bias of a changed layer is called its base_layer's.
std::string peftBaseName(const std::string& parameter, const std::unordered_set<std::string>& changedLayers);

/// PEFT's name for projections stored (in, out), fan_in_fan_out; the adapter itself is the same either way.
bool storesInOut(const ModelShape& shape);

/// task_type; null where PEFT has none.
Json peftTaskType(HeadKind head);

/// The modules of a new head, which train and are saved whole: PEFT's own two names, and those that the model
/// has besides.
std::set<std::string> headModules(const ModelShape& shape);

/// classifier and score: PEFT names them in modules_to_save of every classifier.
bool isPeftHead(const std::string& module);

/// Keys of every adapter_config.json that change nothing: what the folder is for and who wrote it.
KnownKeys peftKeys(std::set<std::string> harmless, std::map<std::string, OrderedJson> usual = {});
/// What to do about an adapter that asks for more than this build has.
constexpr const char* kMergeElsewhere = "merge it into its base with the program that made it";

/// Set in the settings that were read from a folder, whose names may match nothing.
constexpr const char* kFromFile = "from_file";

}  // namespace lathe
