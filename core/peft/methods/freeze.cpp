// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/freeze.h"

#include <algorithm>

namespace lathe {
namespace {

/// Words that stand for a kind of parameter on every architecture; anything else is part of a module's name.
bool matches(const ParameterShape& parameter, const std::string& wanted) {
    if (wanted == "embeddings" && parameter.isEmbedding) return true;
    if (wanted == "norms" && parameter.isNorm) return true;
    if (wanted == "biases" && parameter.name.ends_with(".bias")) return true;
    return ("." + parameter.name + ".").find("." + wanted + ".") != std::string::npos;
}

class FreezeMethod : public Method {
  public:
    FreezeMethod() {
        m_entry.name = "freeze";
        m_entry.title = "Freeze";
        m_entry.help =
            "Only chosen blocks, modules and the head train; the rest of the base stays as it was.";
        m_entry.learningRate = 5e-5;
        m_entry.formula = "last blocks + head";
        m_entry.fields = {
            {"train_last_blocks",
             FieldKind::Integer,
             int64_t(2),
             0.0,
             1000.0,
             {},
             "How many of the last blocks train, with what follows them (pooler, last norm); 0 none. Usual: "
             "1 to 4.",
             false},
            {"train_modules",
             FieldKind::NameList,
             std::vector<std::string>{},
             {},
             {},
             {},
             "More that trains, by module name (pooler, q_proj, layers.3) or kind: embeddings, norms, "
             "biases.",
             false},
            {"train_head",
             FieldKind::Bool,
             true,
             {},
             {},
             {},
             "Whether the task head trains; a new classification head always does.",
             false},
        };
    }

    const MethodEntry& entry() const override { return m_entry; }

    Result<MethodPlan> plan(const MethodSettings& settings, const ModelShape& shape) const override {
        const auto modules = listSetting(settings.values, "train_modules");
        for (const auto& wanted : modules)
            if (std::none_of(shape.parameters.begin(), shape.parameters.end(),
                             [&](const auto& parameter) { return matches(parameter, wanted); }))
                return Error{ErrorCode::RecipeInvalid, "the base has nothing called \"" + wanted + "\"",
                             "method.train_modules",
                             "a part of a module's name, or embeddings, norms, biases"};
        const int64_t last = integerSetting(settings.values, "train_last_blocks", 2);
        const bool head = boolSetting(settings.values, "train_head", true) || shape.trainsHead();
        MethodPlan plan;
        bool behindBlocks = false;
        for (const auto& parameter : shape.parameters) {
            behindBlocks = behindBlocks || parameter.block == shape.blocks - 1;
            const bool inLast = last > 0 && (parameter.block >= 0 ? parameter.block >= shape.blocks - last
                                                                  : behindBlocks && !parameter.isHead);
            const bool named = std::any_of(modules.begin(), modules.end(),
                                           [&](const auto& wanted) { return matches(parameter, wanted); });
            if (inLast || named || (head && parameter.isHead)) plan.trainedBase.push_back(parameter.name);
        }
        if (plan.trainedBase.empty())
            return Error{ErrorCode::RecipeInvalid, "nothing would train", "method.train_last_blocks",
                         "let at least one block, module or the head train"};
        return plan;
    }

  private:
    MethodEntry m_entry;
};

}  // namespace

const Method& freezeMethod() {
    static const FreezeMethod method;
    return method;
}

}  // namespace lathe
