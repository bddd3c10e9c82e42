// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/peft_names.h"

#include <algorithm>

namespace lathe {

std::string peftBaseName(const std::string& parameter, const std::unordered_set<std::string>& changedLayers) {
    constexpr std::string_view kBias = ".bias";
    if (!parameter.ends_with(kBias)) return parameter;
    const std::string layer = parameter.substr(0, parameter.size() - kBias.size());
    return changedLayers.count(layer) ? layer + ".base_layer.bias" : parameter;
}

bool storesInOut(const ModelShape& shape) {
    return std::any_of(shape.parameters.begin(), shape.parameters.end(),
                       [](const ParameterShape& parameter) { return parameter.isTransposed; });
}

Json peftTaskType(HeadKind head) {
    switch (head) {
        case HeadKind::LanguageModel:
            return "CAUSAL_LM";
        case HeadKind::SequenceToSequence:
            return "SEQ_2_SEQ_LM";
        case HeadKind::SequenceClassification:
            return "SEQ_CLS";
        case HeadKind::TokenClassification:
            return "TOKEN_CLS";
        case HeadKind::MaskedLanguageModel:
        case HeadKind::Body:
            break;
    }
    return nullptr;
}

std::set<std::string> headModules(const ModelShape& shape) {
    std::set<std::string> names;
    if (shape.labels > 0) names = {"classifier", "score"};
    for (const ParameterShape& parameter : shape.parameters)
        if (parameter.isHead) names.insert(parameter.name.substr(0, parameter.name.find('.')));
    return names;
}

bool isPeftHead(const std::string& module) {
    return module == "classifier" || module == "score";
}

KnownKeys peftKeys(std::set<std::string> harmless, std::map<std::string, OrderedJson> usual) {
    // fan_in_fan_out goes by the kind of each layer, in PEFT, too; runtime_config says where to keep tensors.
    harmless.merge(std::set<std::string>{"auto_mapping", "base_model_name_or_path", "fan_in_fan_out",
                                         "inference_mode", "peft_type", "peft_version", "revision",
                                         "runtime_config", "task_type"});
    return {std::move(harmless), std::move(usual)};
}

}  // namespace lathe
