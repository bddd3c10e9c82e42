// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/loaded_model.h"

#include <algorithm>

#include "core/config/recipe_yaml.h"
#include "core/formats/gguf.h"
#include "core/formats/gguf_adapter.h"
#include "core/infer/generator.h"
#include "core/model/evaluation_mode.h"
#include "core/peft/adapter_io.h"
#include "core/run/base_model.h"
#include "core/run/run_store.h"
#include "core/tokenizer/chat_format.h"
#include "core/train/catalog.h"
#include "core/train/device.h"
#include "core/train/evaluator.h"
#include "core/train/objectives/objective.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxLabels = 1 << 16;

struct OpenedAdapter {
    fs::path path;
    AdapterFolder content;
    const AdapterMethod* method = nullptr;
    double weight = 1;
};

/// A whole number of the base's config; 0 without one.
int64_t countOf(const Json& config, const char* key) {
    const auto it = config.find(key);
    return it != config.end() && it->is_number_integer() ? it->get<int64_t>() : 0;
}

Result<AdapterFolder> openContent(const fs::path& path, const Json& baseConfig) {
    if (!isGgufFile(path)) return openAdapterFolder(path);
    const int64_t heads = countOf(baseConfig, "num_attention_heads");
    const int64_t kvHeads = countOf(baseConfig, "num_key_value_heads");
    return openGgufAdapter(path, heads, kvHeads > 0 ? kvHeads : heads);
}

Result<OpenedAdapter> openAdapter(const AdapterChoice& choice, const Json& baseConfig) {
    LATHE_TRY(auto content, openContent(choice.folder, baseConfig));
    const std::string place = choice.folder.string();
    LATHE_TRY(const std::string peftType, jsonString(content.config, "peft_type", "", place));
    for (const Method* method : methods()) {
        const auto* adapter = dynamic_cast<const AdapterMethod*>(method);
        if (adapter && adapter->peftType() == peftType)
            return OpenedAdapter{choice.folder, std::move(content), adapter, choice.weight};
    }
    return Error{ErrorCode::Unsupported, "adapters of the kind \"" + peftType + "\" are not supported", place,
                 "merge it into its base with the program that made it"};
}

/// The classes an adapter's own classification head has; 0 without one.
int64_t headSize(const AdapterFolder& adapter) {
    for (const TensorInfo& tensor : adapter.weights->tensors())
        for (const char* name : {".classifier.weight", ".classifier.out_proj.weight", ".score.weight"})
            if (tensor.name.ends_with(name) && tensor.shape.size() == 2) return tensor.shape[0];
    return 0;
}

std::vector<std::string> numberedLabels(int64_t count) {
    std::vector<std::string> labels;
    for (int64_t i = 0; i < count; ++i) labels.push_back("LABEL_" + std::to_string(i));
    return labels;
}

bool hasLabels(HeadKind head) {
    return head == HeadKind::SequenceClassification || head == HeadKind::TokenClassification;
}

/// The head that config.json says the base has; else the one that writes, or none.
HeadKind headOfConfig(const Architecture& architecture, const Json& config) {
    const auto classes = config.find("architectures");
    if (classes != config.end() && classes->is_array() && !classes->empty() && classes->front().is_string())
        for (const HeadKind kind : architecture.heads)
            if (kind != HeadKind::Body && classes->front().get<std::string>().ends_with(classSuffix(kind)))
                return kind;
    for (const HeadKind kind : {HeadKind::LanguageModel, HeadKind::SequenceToSequence})
        if (architecture.canHave(kind)) return kind;
    return HeadKind::Body;
}

/// The class names a classifier's config.json gives.
Result<std::vector<std::string>> labelsOfConfig(const Json& config, const std::string& place) {
    std::vector<std::string> labels;
    const auto names = config.find("id2label");
    if (names == config.end() || !names->is_object()) return numberedLabels(2);
    if (names->size() > kMaxLabels)
        return Error{ErrorCode::FileMalformed, "id2label has too many entries", place, ""};
    for (std::size_t id = 0; id < names->size(); ++id) {
        const auto name = names->find(std::to_string(id));
        if (name == names->end() || !name->is_string())
            return Error{ErrorCode::FileMalformed, "id2label does not count from 0", place, ""};
        labels.push_back(name->get<std::string>());
    }
    return labels;
}

/// What a run folder knows about the target it is.
Result<void> takeRunFacts(LoadedModel& loaded, const fs::path& run, uint64_t& seed) {
    LATHE_TRY(const RunRecord record, readRunRecord(run));
    loaded.labels = record.labels;
    loaded.task = record.task;
    const ParsedRecipe parsed = readRecipe(run / "recipe.yaml", {}, engineCatalog());
    if (!parsed.faults.empty())
        return Error{ErrorCode::RecipeInvalid, parsed.faults.front().message, parsed.faults.front().place,
                     ""};
    loaded.chatTemplate = parsed.recipe.data.chatTemplate;
    loaded.methods = parsed.recipe.methods;
    seed = static_cast<uint64_t>(parsed.recipe.train.seed);
    return {};
}

/// The head of a run is its task's; that of a plain base is its config's, or the one its adapter brings.
Result<HeadKind> chooseHead(LoadedModel& loaded, const Architecture& architecture,
                            const std::vector<OpenedAdapter>& adapters) {
    if (!loaded.task.empty()) {
        LATHE_TRY(const auto objective, makeObjective(loaded.task));
        return objective->head();
    }
    HeadKind head = headOfConfig(architecture, loaded.baseConfig);
    if (hasLabels(head)) {
        LATHE_TRY(loaded.labels, labelsOfConfig(loaded.baseConfig, loaded.basePath));
    }
    for (const OpenedAdapter& adapter : adapters) {
        const int64_t labels = headSize(adapter.content);
        if (labels == 0 || !loaded.labels.empty()) continue;
        loaded.labels = numberedLabels(labels);
        const bool tags = adapter.content.config.value("task_type", Json()) == "TOKEN_CLS";
        head = tags ? HeadKind::TokenClassification : HeadKind::SequenceClassification;
    }
    if (head == HeadKind::SequenceClassification) loaded.task = "classification";
    if (head == HeadKind::TokenClassification) loaded.task = "token_classification";
    return head;
}

Result<void> buildModel(LoadedModel& loaded, const std::vector<OpenedAdapter>& adapters,
                        const WeightSource& weights, uint64_t seed) {
    LATHE_TRY(const std::string type, jsonString(loaded.baseConfig, "model_type", "", loaded.basePath));
    LATHE_TRY(const Architecture* architecture, findArchitecture(type));
    LATHE_TRY(const HeadKind kind, chooseHead(loaded, *architecture, adapters));
    const HeadChoice head{kind, static_cast<int64_t>(loaded.labels.size())};
    LATHE_TRY(const ModelShape shape, architecture->shape(loaded.baseConfig, head));
    LATHE_TRY_VOID(checkWeights(shape, weights));
    loaded.model = architecture->build(loaded.baseConfig, head);
    if (const auto fresh = loadWeights(*loaded.model, weights, seed); !fresh.ok()) return fresh.error();
    return {};
}

/// Makes an attached adapter part of the weights, so that another can take its slot.
void mergeAdapters(LoadedModel& loaded) {
    const at::NoGradGuard noGrad;
    for (const auto& [name, projection] : loaded.model->projections()) {
        if (!projection->adapter()) continue;
        loaded.replaced.emplace_back(projection->weight, projection->weight.detach().clone());
        projection->weight.copy_(projection->mergedWeight());
        projection->detach();
    }
}

Result<void> putOn(LoadedModel& loaded, const OpenedAdapter& adapter) {
    LATHE_TRY(const auto settings, adapter.method->settingsFromAdapter(adapter.content.config));
    LATHE_TRY(const auto plan, adapter.method->plan(settings, loaded.model->shape()));
    const auto parameters = loaded.model->named_parameters();
    for (const std::string& name : plan.trainedBase) {
        const at::Tensor& parameter = parameters[name];
        loaded.replaced.emplace_back(parameter, parameter.detach().clone());
    }
    LATHE_TRY(auto attached, loadAdapter(*loaded.model, *adapter.method, adapter.content));
    if (adapter.weight != 1) adapter.method->scale(*loaded.model, adapter.weight);
    loaded.methods.push_back(std::move(attached));
    return {};
}

Result<void> putOnAll(LoadedModel& loaded, const std::vector<OpenedAdapter>& adapters) {
    if (adapters.empty()) return {};
    const auto heads = std::count_if(adapters.begin(), adapters.end(),
                                     [](const OpenedAdapter& a) { return headSize(a.content) > 0; });
    if (heads > 0 && adapters.size() > 1)
        return Error{ErrorCode::Unsupported, "a classifier's adapter cannot be combined with others",
                     adapters.back().path.string(), "use one at a time"};
    loaded.methods.clear();
    for (std::size_t i = 0; i < adapters.size(); ++i) {
        if (i > 0) mergeAdapters(loaded);
        LATHE_TRY_VOID(putOn(loaded, adapters[i]));
    }
    return {};
}

Result<void> checkIds(const ModelShape& shape, const std::vector<int64_t>& ids) {
    if (ids.empty()) return Error{ErrorCode::BadArgument, "there are no ids", "", ""};
    if (static_cast<int64_t>(ids.size()) > shape.context)
        return Error{ErrorCode::BadArgument,
                     std::to_string(ids.size()) + " ids are more than the model's context of " +
                         std::to_string(shape.context),
                     "", ""};
    for (const int64_t id : ids)
        if (id < 0 || id >= shape.vocabulary)
            return Error{ErrorCode::BadArgument,
                         "the id " + std::to_string(id) + " is not in the vocabulary of " +
                             std::to_string(shape.vocabulary),
                         "", ""};
    return {};
}

struct Prompt {
    std::vector<int64_t> ids;
    std::vector<int64_t> stopIds;
};

/// The prompt as the model was trained to read it: as a conversation where there is a chat format, else as
/// text.
Result<Prompt> renderPrompt(const LoadedModel& loaded, const std::string& text, bool raw) {
    const Tokenizer& tokenizer = *loaded.tokenizer;
    Prompt prompt;
    if (const auto eos = tokenizer.specialTokens().eos) prompt.stopIds.push_back(*eos);
    const bool chats =
        !raw && (loaded.task == "instruction" || (loaded.task.empty() && !tokenizer.chatTemplate().empty()));
    Encoding encoding;
    if (chats) {
        LATHE_TRY(const ChatFormat format, loaded.chatTemplate == "auto"
                                               ? ChatFormat::detect(tokenizer)
                                               : ChatFormat::named(loaded.chatTemplate, tokenizer));
        std::string rendered;
        for (const ChatPart& part : format.render({{"user", text}}, true)) rendered += part.text;
        encoding = tokenizer.encode(rendered, false);
        prompt.stopIds.insert(prompt.stopIds.end(), format.stopIds().begin(), format.stopIds().end());
    } else {
        encoding = tokenizer.encode(text, true);
    }
    prompt.ids.assign(encoding.ids.begin(), encoding.ids.end());
    return prompt;
}

}  // namespace

Result<LoadedModel> LoadedModel::open(const std::string& target, const std::vector<AdapterChoice>& adapters,
                                      const std::string& device) {
    LoadedModel loaded;
    LATHE_TRY(loaded.device, chooseDevice(device));
    LATHE_TRY(BaseModel base, openBase(target));
    loaded.tokenizer = std::move(base.tokenizer);
    loaded.baseConfig = std::move(base.source.config);
    loaded.basePath = base.source.path.string();
    uint64_t seed = 0;
    std::vector<OpenedAdapter> opened;
    if (isRunFolder(target)) {
        LATHE_TRY_VOID(takeRunFacts(loaded, target, seed));
        if (const auto own = adapterFolderOf(target)) {
            LATHE_TRY(auto adapter, openAdapter({*own, 1}, loaded.baseConfig));
            opened.push_back(std::move(adapter));
        }
    }
    for (const AdapterChoice& choice : adapters) {
        LATHE_TRY(auto adapter, openAdapter(choice, loaded.baseConfig));
        opened.push_back(std::move(adapter));
    }
    LATHE_TRY_VOID(buildModel(loaded, opened, *base.source.weights, seed));
    LATHE_TRY_VOID(putOnAll(loaded, opened));
    loaded.model->to(loaded.device);
    for (auto& [parameter, other] : loaded.replaced) other = other.to(loaded.device);
    loaded.model->eval();
    return loaded;
}

void LoadedModel::setAdapterEnabled(bool enabled) {
    if (enabled == adapterEnabled) return;
    adapterEnabled = enabled;
    for (const auto& [name, projection] : model->projections()) projection->setAdapterEnabled(enabled);
    const at::NoGradGuard noGrad;
    // In this order when switching off, the other way round when on: a weight may have been replaced more
    // than once.
    const auto swap = [](std::pair<at::Tensor, at::Tensor>& item) {
        const at::Tensor now = item.first.detach().clone();
        item.first.copy_(item.second);
        item.second = now;
    };
    if (enabled)
        std::for_each(replaced.begin(), replaced.end(), swap);
    else
        std::for_each(replaced.rbegin(), replaced.rend(), swap);
}

BatchSettings LoadedModel::batchSettings() const {
    const SpecialTokens& special = tokenizer->specialTokens();
    return batchSettingsFor(model->shape(), special.pad.value_or(special.eos.value_or(0)), device);
}

Result<at::Tensor> LoadedModel::logits(const std::vector<int64_t>& ids,
                                       const std::vector<int64_t>& decoderIds) {
    LATHE_TRY_VOID(checkIds(model->shape(), ids));
    Example example;
    example.ids.assign(ids.begin(), ids.end());
    const Example* row = &example;
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(*model);
    Batch batch = makeBatch({&row, 1}, batchSettings());
    if (model->shape().head == HeadKind::SequenceToSequence && !decoderIds.empty()) {
        LATHE_TRY_VOID(checkIds(model->shape(), decoderIds));
        batch.decoderIds = at::tensor(decoderIds, at::kLong).unsqueeze(0).to(device);
    }
    const at::Tensor result = headLogits(*model, batch);
    return (result.dim() == 3 ? result[0] : result).to(at::kCPU, at::kFloat).contiguous();
}

Result<std::string> LoadedModel::generate(
    const std::string& prompt, const GenerateSettings& settings,
    const std::function<void(int32_t id, const std::string& piece)>& piece) {
    const HeadKind head = model->shape().head;
    if (head != HeadKind::LanguageModel && head != HeadKind::SequenceToSequence)
        return Error{ErrorCode::BadArgument, "the model does not write text", basePath,
                     "generate works on language models; use predict for classifiers"};
    LATHE_TRY(const Prompt rendered, renderPrompt(*this, prompt, settings.raw));
    GeneratorSettings how;
    how.maxNewTokens = settings.maxNewTokens;
    how.temperature = settings.temperature;
    how.topP = settings.topP;
    how.seed = static_cast<uint64_t>(settings.seed);
    how.stopIds = rendered.stopIds;
    StreamDecoder decoder(*tokenizer);
    std::string text;
    const auto onToken = [&](int64_t id) {
        const std::string part = decoder.add(static_cast<int32_t>(id));
        text += part;
        if (piece) piece(static_cast<int32_t>(id), part);
        return true;
    };
    if (const auto ids = lathe::generate(*model, rendered.ids, how, onToken); !ids.ok()) return ids.error();
    return text + decoder.finish();
}

Result<EvaluationResult> evaluateTarget(LoadedModel& target, const Recipe& recipe, const fs::path& dataFile) {
    LATHE_TRY(const auto objective, makeObjective(recipe.task));
    if (objective->head() != target.model->shape().head)
        return Error{ErrorCode::BadArgument, "the model cannot be judged on the task " + recipe.task,
                     target.basePath, "it has another head"};
    objective->useLabels(target.labels);
    Recipe fitting = recipe;
    fitting.data.maxLength = std::min(fitting.data.maxLength, target.model->shape().context);
    DataReport report;
    LATHE_TRY(const auto rows, loadRows(fitting, dataFile, target.labels, true, *target.tokenizer, report));
    if (rows.empty()) return Error{ErrorCode::DataInvalid, "no row can be used", dataFile.string(), ""};
    const EvaluationSettings how{recipe.train.batchSize, target.batchSettings(), {}};
    EvaluationResult result;
    result.metrics = evaluateRows(*target.model, *objective, rows, how);
    result.loss = result.metrics["loss"];
    result.metrics.erase("loss");
    result.rows = static_cast<int64_t>(rows.size());
    return result;
}

}  // namespace lathe
