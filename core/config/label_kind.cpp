// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/label_kind.h"

namespace lathe {
namespace {

constexpr LabelKind kKinds[] = {LabelKind::One, LabelKind::Several, LabelKind::Number};

bool isOn(const Settings& settings, const char* key) {
    const auto found = settings.find(key);
    const bool* on = found == settings.end() ? nullptr : std::get_if<bool>(&found->second);
    return on && *on;
}

}  // namespace

LabelKind labelKindOf(const Settings& objective) {
    if (isOn(objective, kRegressionKey)) return LabelKind::Number;
    return isOn(objective, kMultiLabelKey) ? LabelKind::Several : LabelKind::One;
}

bool namesTwoLabelKinds(const Settings& objective) {
    return isOn(objective, kRegressionKey) && isOn(objective, kMultiLabelKey);
}

void setLabelKind(Settings& objective, LabelKind kind) {
    objective[kRegressionKey] = kind == LabelKind::Number;
    objective[kMultiLabelKey] = kind == LabelKind::Several;
}

const char* problemTypeOf(LabelKind kind) {
    switch (kind) {
        case LabelKind::Several:
            return "multi_label_classification";
        case LabelKind::Number:
            return "regression";
        case LabelKind::One:
            break;
    }
    return "single_label_classification";
}

LabelKind labelKindOf(const std::string& problemType) {
    for (const LabelKind kind : kKinds)
        if (problemType == problemTypeOf(kind)) return kind;
    return LabelKind::One;
}

}  // namespace lathe
