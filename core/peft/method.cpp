// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/method.h"

#include <unordered_set>

namespace lathe {

void freezeAllBut(LanguageModel& model, const std::vector<std::string>& trained) {
    const std::unordered_set<std::string> names(trained.begin(), trained.end());
    for (auto& item : model.named_parameters()) item.value().set_requires_grad(names.count(item.key()) > 0);
}

std::vector<std::string> headParameters(const ModelShape& shape) {
    std::vector<std::string> names;
    if (shape.labels == 0) return names;
    for (const auto& parameter : shape.parameters)
        if (parameter.isHead) names.push_back(parameter.name);
    return names;
}

}  // namespace lathe
