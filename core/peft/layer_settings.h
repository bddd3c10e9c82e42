// SPDX-License-Identifier: GPL-3.0-or-later
// What the settings of a method say of single layers: numbers by name, blocks by number, modules that train
// whole. Names are matched as PEFT matches them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/config_view.h"
#include "core/config/field.h"
#include "core/model/language_model.h"
#include "core/peft/target_selection.h"

namespace lathe {

/// Whether one of `names` is a part of the dotted path.
bool isInside(const std::string& path, const std::vector<std::string>& names);

/// Whether a pattern's name is the whole of the layer's name or its end at a dot; a regular expression too.
/// RecipeInvalid at `place` for an expression that is none.
Result<bool> patternFits(const std::string& pattern, const std::string& layer, const std::string& place);

/// A pattern setting "name: number": the number of the first name, in the order they are written, that fits
/// the layer. Nothing when none fits; RecipeInvalid when a value is no number above 0.
Result<std::optional<double>> patternValue(const Settings& settings, const std::string& key,
                                           const std::string& layer);

/// The names of a pattern setting that fit none of the layers.
std::vector<std::string> unmatchedPatterns(const Settings& settings, const std::string& key,
                                           const std::vector<LinearModule>& layers);

/// A pattern of PEFT's config as the setting, in its order.
Result<NamedTexts> readPattern(const ConfigView& config, const std::string& key);
/// The setting as PEFT's config has it, whole numbers as such, each times `factor`.
OrderedJson patternJson(const Settings& settings, const std::string& key, double factor);

/// Names as PEFT has them: a list of names, or a text that is a regular expression for the whole name, which
/// becomes one entry that isTargetExpression recognises.
Result<std::vector<std::string>> readTargets(const ConfigView& config, const std::string& key);
/// The reverse: one expression as a text, names as a list, none as null.
OrderedJson targetsJson(const std::vector<std::string>& targets);

/// Takes the layers out that are not of the blocks layers_to_transform, where it names some. RecipeInvalid
/// for a block that the base does not have.
Result<void> keepBlocks(const Settings& settings, const ModelShape& shape, std::vector<LinearModule>& layers);

/// layers_to_transform of a config: a number or a list of them.
Result<std::vector<std::string>> readBlocks(const ConfigView& config);

}  // namespace lathe
