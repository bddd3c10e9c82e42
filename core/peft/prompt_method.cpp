// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/prompt_method.h"

#include <algorithm>

#include "core/peft/peft_names.h"

namespace lathe {
namespace {

constexpr const char* kModule = "prompt_encoder";

/// PEFT has as many vectors for a target text as for its source, and never uses them.
bool forSourceAndTarget(const ModelShape& shape) {
    return shape.head == HeadKind::SequenceToSequence;
}

}  // namespace

Field virtualTokensField(int64_t usual) {
    return {
        "virtual_tokens",
        FieldKind::Integer,
        usual,
        1.0,
        4096.0,
        {},
        "How many trained vectors stand in front of every text; they take as much of the context. Usual: 10 "
        "to 100.",
        false};
}

PlainSoftPrompt::PlainSoftPrompt(at::Tensor start, Place place) : SoftPrompt(start.size(0), place) {
    auto holder = register_module(kModule, std::make_shared<torch::nn::Module>());
    auto embedding = holder->register_module("embedding", std::make_shared<torch::nn::Module>());
    m_weight = embedding->register_parameter("weight", std::move(start));
}

at::Tensor PlainSoftPrompt::vectors() {
    return m_weight;
}

PromptMethod::PromptMethod(std::string name, SoftPrompt::Place place) : m_place(place) {
    m_entry.name = std::move(name);
    m_entry.isAdapter = true;
    m_entry.packs = false;
}

int64_t PromptMethod::width(const ModelShape& shape) const {
    if (m_place == SoftPrompt::Place::Embeddings) return shape.hidden;
    return 2 * shape.blocks * shape.kvHeads * shape.headDim;
}

Result<MethodPlan> PromptMethod::plan(const MethodSettings& settings, const ModelShape& shape) const {
    if (m_place == SoftPrompt::Place::KeysAndValues && !shape.takesPrefix)
        return Error{ErrorCode::RecipeInvalid,
                     "a " + shape.modelType + " model does not take the vectors of " + m_entry.name,
                     "method.name", "use lora, or prompt, which every base takes"};
    MethodPlan plan;
    plan.virtualTokens = integerSetting(settings.values, "virtual_tokens", 20);
    plan.standsBeforeWords = m_place == SoftPrompt::Place::Embeddings;
    if (plan.virtualTokens >= shape.context)
        return Error{ErrorCode::RecipeInvalid,
                     std::to_string(plan.virtualTokens) +
                         " virtual tokens leave no room in the base's context of " +
                         std::to_string(shape.context),
                     "method.virtual_tokens", "use fewer, usually 10 to 100"};
    for (auto& [name, size] : parameters(settings.values, shape))
        plan.added.push_back({std::string(kModule) + "." + name, size, kModule});
    trainHead(shape, plan);
    MethodPlan finished = plan;
    finished.added = {{kModule, {plan.virtualTokens, width(shape)}, kModule}};
    plan.storedNumbers = numbersOf(finished, shape);
    return plan;
}

Result<void> PromptMethod::attach(const MethodSettings& settings, LanguageModel& model,
                                  const AttachContext& context) const {
    if (model.hasAdapter())
        return Error{ErrorCode::Unsupported, "the model has vectors in front of its texts already",
                     m_entry.name, "only one of prompt, prefix and p_tuning fits"};
    LATHE_TRY(auto prompt, make(settings.values, model, context));
    model.attach(std::move(prompt));
    return {};
}

std::vector<StoredTensor> PromptMethod::stored(const MethodSettings& settings, LanguageModel& model) const {
    const auto plan = this->plan(settings, model.shape());
    LATHE_CHECK(plan.ok() && model.adapter());
    const torch::NoGradGuard guard;
    std::vector<StoredTensor> tensors{{"prompt_embeddings", model.adapter()->vectors()}};
    tensors.front().leadsLonger = forSourceAndTarget(model.shape());
    const auto parameters = model.named_parameters();
    for (const auto& name : plan.value().trainedBase)
        tensors.push_back({"base_model." + name, parameters[name]});
    return tensors;
}

OrderedJson PromptMethod::adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                                        const std::string& basePath) const {
    OrderedJson config = {
        {"auto_mapping", nullptr},
        {"base_model_name_or_path", basePath},
        {"inference_mode", true},
        {"modules_to_save", shape.trainsHead() ? OrderedJson(headModules(shape)) : OrderedJson()},
        {"num_attention_heads", shape.kvHeads},
        {"num_layers", shape.blocks},
        {"num_transformer_submodules", 1},
        {"num_virtual_tokens", integerSetting(settings.values, "virtual_tokens", 20)},
        {"peft_type", peftType()},
        {"revision", nullptr},
        {"task_type", peftTaskType(shape.head)},
        {"token_dim",
         m_place == SoftPrompt::Place::Embeddings ? shape.hidden : shape.kvHeads * shape.headDim}};
    config.update(ownConfig(settings.values, shape));
    return config;
}

Result<MethodSettings> PromptMethod::settingsFromAdapter(const OrderedJson& config) const {
    const ConfigView view(config, "adapter_config.json");
    MethodSettings settings = defaultSettings(m_entry);
    LATHE_TRY(settings.values["virtual_tokens"], view.size("num_virtual_tokens", 4096));
    LATHE_TRY(const int64_t parts, view.sizeOr("num_transformer_submodules", 1, 64));
    LATHE_TRY(const std::string task, view.textOr("task_type", ""));
    if (parts != 1 && task != peftTaskType(HeadKind::SequenceToSequence))
        return Error{ErrorCode::Unsupported, "vectors for an encoder and a decoder are not supported",
                     view.place(), ""};
    asFinished(settings.values);
    // The sizes are those of the tensor, and what modules_to_save names has tensors beside it.
    std::set<std::string> harmless = makingKeys();
    harmless.merge(
        std::set<std::string>{"modules_to_save", "num_attention_heads", "num_layers", "token_dim"});
    LATHE_TRY_VOID(view.refuseRest(peftKeys(std::move(harmless)), kMergeElsewhere));
    return checkedSettings(m_entry, std::move(settings), view.place());
}

}  // namespace lathe
