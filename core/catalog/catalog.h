// SPDX-License-Identifier: GPL-3.0-or-later
// THE list: every architecture, method and objective this build has. A new one is one file and one line here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config/catalog.h"
#include "core/model/language_model.h"
#include "core/peft/method.h"

namespace lathe {

class Objective;

/// As plain values, for the recipe check, the window and `lathe-run catalog`.
const Catalog& engineCatalog();

const std::vector<const Method*>& methods();
/// Null when there is none of that name.
const Method* findMethod(const std::string& name);
/// A recipe's methods with their settings; Unsupported when one is not known.
Result<std::vector<ChosenMethod>> chooseMethods(const std::vector<MethodSettings>& settings);
/// The method whose adapter folder has this adapter_config.json; Unsupported when there is none.
Result<const AdapterMethod*> methodOfAdapter(const OrderedJson& config, const std::string& place);
const std::vector<Architecture>& architectures();
/// Unsupported, naming the architectures there are.
Result<const Architecture*> findArchitecture(const std::string& modelType);
/// The recipe tasks that an architecture can be trained for, by the heads it can have.
std::vector<std::string> tasksOf(const Architecture& architecture);
/// The objective of a recipe's task with the task's own settings, its defaults where they are left out;
/// Unsupported for another task, RecipeInvalid for settings that do not go together.
Result<std::unique_ptr<Objective>> makeObjective(const std::string& task, const Settings& settings = {});

}  // namespace lathe
