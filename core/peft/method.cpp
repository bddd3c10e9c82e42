// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/method.h"

#include <unordered_set>

namespace lathe {

void freezeAllBut(LanguageModel& model, const std::vector<std::string>& trained) {
    const std::unordered_set<std::string> names(trained.begin(), trained.end());
    for (auto& item : model.named_parameters()) item.value().set_requires_grad(names.count(item.key()) > 0);
}

Result<void> Method::attach(const MethodSettings& settings, LanguageModel& model, uint64_t) const {
    LATHE_TRY(const auto planned, plan(settings, model.shape()));
    freezeAllBut(model, planned.trainedBase);
    return {};
}

}  // namespace lathe
