// SPDX-License-Identifier: GPL-3.0-or-later
// What the label of a text is: one name, any number of names, or a number.
#pragma once

#include <string>
#include <vector>

#include "core/config/field.h"

namespace lathe {

enum class LabelKind {
    One,      ///< a name
    Several,  ///< any number of names, none too
    Number,
};

/// The switches of a recipe's section `objective`.
constexpr const char* kRegressionKey = "regression";
constexpr const char* kMultiLabelKey = "multi_label";

/// One for the settings of any other task than classification.
LabelKind labelKindOf(const Settings& objective);
/// Both switches are on, which has no meaning.
bool namesTwoLabelKinds(const Settings& objective);
void setLabelKind(Settings& objective, LabelKind kind);

/// What transformers calls it in config.json (problem_type), and back: One for anything else.
const char* problemTypeOf(LabelKind kind);
LabelKind labelKindOf(const std::string& problemType);

/// What the outputs of a classification head stand for.
struct HeadLabels {
    std::vector<std::string> names;  ///< by output
    LabelKind kind = LabelKind::One;
};

}  // namespace lathe
