// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/target_selection.h"

#include <algorithm>

#include "core/tokenizer/text/step_limit.h"

namespace lathe {
namespace {

constexpr std::string_view kWeight = ".weight";

bool namesModule(const std::string& module, const std::string& target) {
    return module == target || module.ends_with("." + target);
}

std::string lastPart(const std::string& name) {
    return name.substr(name.rfind('.') + 1);
}

std::vector<std::string> lastParts(const std::vector<LinearModule>& modules) {
    std::vector<std::string> names;
    for (const auto& module : modules)
        if (std::string name = lastPart(module.name);
            std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
    return names;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::vector<LinearModule> allModules(const ModelShape& shape) {
    std::vector<LinearModule> modules = embeddingModules(shape);
    for (auto& module : linearModules(shape)) modules.push_back(std::move(module));
    if (const auto head = languageHeadModule(shape)) modules.push_back(*head);
    return modules;
}

Result<std::vector<LinearModule>> matchExpression(const std::string& expression, const ModelShape& shape) {
    LATHE_TRY(const auto pattern,
              tok::Pattern::regex("\\A(?:" + expression + ")\\z", "method.target_modules"));
    std::vector<LinearModule> chosen;
    for (auto& module : allModules(shape)) {
        LATHE_TRY(const bool found, tok::isFound(pattern, module.name, "method.target_modules"));
        if (found) chosen.push_back(std::move(module));
    }
    return chosen;
}

}  // namespace

std::vector<LinearModule> linearModules(const ModelShape& shape) {
    std::vector<LinearModule> modules;
    for (const auto& parameter : shape.parameters) {
        if (!parameter.isLinear || parameter.isHead) continue;
        const size_t in = parameter.isTransposed ? 0 : 1;
        modules.push_back({parameter.name.substr(0, parameter.name.size() - kWeight.size()),
                           parameter.shape[in], parameter.shape[1 - in], shape.layerOf(parameter.block)});
    }
    return modules;
}

std::optional<LinearModule> languageHeadModule(const ModelShape& shape) {
    if (shape.head != HeadKind::LanguageModel && shape.head != HeadKind::SequenceToSequence) return {};
    return LinearModule{kLanguageHead, shape.hidden, shape.vocabulary, -1, false, true};
}

std::vector<LinearModule> embeddingModules(const ModelShape& shape) {
    std::vector<LinearModule> modules;
    for (const auto& parameter : shape.parameters) {
        if (!parameter.isEmbedding || parameter.isHead) continue;
        std::vector<std::string> names = parameter.readBy;
        if (names.empty()) names.push_back(parameter.name.substr(0, parameter.name.size() - kWeight.size()));
        for (std::string& name : names)
            modules.push_back({std::move(name), parameter.shape[0], parameter.shape[1],
                               shape.layerOf(parameter.block), true});
    }
    return modules;
}

bool isTargetExpression(const std::vector<std::string>& targets) {
    return targets.size() == 1 && targets[0].find_first_of("*+?()[]{}|^$\\") != std::string::npos;
}

Error nothingMatches(const std::string& target, const std::string& key, const ModelShape& shape) {
    return {ErrorCode::RecipeInvalid, "no layer is called \"" + target + "\"", key,
            "there are " + joined(linearNames(shape)) + ", " + kAllLinear +
                " for all of them, and the embeddings " + joined(embeddingNames(shape)) +
                (languageHeadModule(shape) ? std::string(", and the head ") + kLanguageHead : "")};
}

Result<SelectedLayers> selectTargets(const std::vector<std::string>& targets, const ModelShape& shape) {
    const auto& wanted = targets.empty() ? shape.defaultTargets : targets;
    if (wanted.size() == 1 && wanted[0] == kAllLinear) return SelectedLayers{linearModules(shape), {}};
    SelectedLayers selected;
    if (isTargetExpression(wanted)) {
        LATHE_TRY(selected.layers, matchExpression(wanted[0], shape));
        if (selected.layers.empty()) selected.unmatched = wanted;
        return selected;
    }
    const auto modules = allModules(shape);
    for (const auto& target : wanted)
        if (std::none_of(modules.begin(), modules.end(),
                         [&](const auto& m) { return namesModule(m.name, target); }))
            selected.unmatched.push_back(target);
    for (const auto& module : modules)
        if (std::any_of(wanted.begin(), wanted.end(),
                        [&](const auto& t) { return namesModule(module.name, t); }))
            selected.layers.push_back(module);
    return selected;
}

std::vector<std::string> linearNames(const ModelShape& shape) {
    return lastParts(linearModules(shape));
}

std::vector<std::string> embeddingNames(const ModelShape& shape) {
    return lastParts(embeddingModules(shape));
}

}  // namespace lathe
