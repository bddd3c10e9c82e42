// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/loaded_model.h"

#include <algorithm>
#include <set>

#include "core/config/recipe_yaml.h"
#include "core/data/columns.h"
#include "core/formats/gguf.h"
#include "core/formats/gguf_adapter.h"
#include "core/infer/generator.h"
#include "core/model/evaluation_mode.h"
#include "core/peft/adapter_io.h"
#include "core/peft/low_rank.h"
#include "core/run/base_model.h"
#include "core/run/run_store.h"
#include "core/tokenizer/chat_format.h"
#include "core/train/catalog.h"
#include "core/train/device.h"
#include "core/train/objectives/objective.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxLabels = 1 << 16;
constexpr double kLargestAlpha = 65536;  ///< that a recipe may name

struct OpenedAdapter {
    fs::path path;
    AdapterFolder content;
    const AdapterMethod* method = nullptr;
    double weight = 1;
    std::size_t group = 0;  ///< those of one run belong together
};

Result<AdapterFolder> openContent(const fs::path& path, const Json& baseConfig) {
    return isGgufFile(path) ? openGgufAdapter(path, baseConfig) : openAdapterFolder(path);
}

/// The adapters of one choice: one, or all that a run with several methods made.
Result<void> openAdapters(const AdapterChoice& choice, const Json& baseConfig, std::vector<OpenedAdapter>& opened) {
    auto paths = adaptersIn(choice.folder);
    if (paths.empty()) paths = {choice.folder};
    const std::size_t group = opened.empty() ? 0 : opened.back().group + 1;
    for (const fs::path& path : paths) {
        OpenedAdapter adapter{path, {}, nullptr, choice.weight, group};
        LATHE_TRY(adapter.content, openContent(path, baseConfig));
        LATHE_TRY(adapter.method, methodOfAdapter(adapter.content.config, path.string()));
        opened.push_back(std::move(adapter));
    }
    return {};
}

/// The classes an adapter's own classification head has; 0 without one.
int64_t headSize(const AdapterFolder& adapter) {
    for (const TensorInfo& tensor : adapter.weights->tensors())
        for (const char* name : {".classifier.weight", ".classifier.out_proj.weight", ".score.weight"})
            if (("." + tensor.name).ends_with(name) && tensor.shape.size() == 2) return tensor.shape[0];
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
    loaded.startedFrom = parsed.recipe.base;
    loaded.chatTemplate = parsed.recipe.data.chatTemplate;
    loaded.methods = parsed.recipe.methods;
    loaded.quantization = quantizationOf(parsed.recipe.train.quantization);
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
    if (head == HeadKind::SequenceClassification)
        loaded.task = loaded.labels.size() == 1 ? kRewardTask : "classification";
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
    BaseQuantization quantization{loaded.quantization, {}};
    for (const OpenedAdapter& adapter : adapters) {
        LATHE_TRY(const auto settings, adapter.method->settingsFromAdapter(adapter.content.config));
        LATHE_TRY(const auto plan, adapter.method->plan(settings, shape));
        quantization.plain.insert(plan.trainedBase.begin(), plan.trainedBase.end());
    }
    if (const auto fresh = loadWeights(*loaded.model, weights, seed, quantization); !fresh.ok())
        return fresh.error();
    return {};
}

/// Makes attached adapters part of the weights, so that others can take their places.
Result<void> mergeAdapters(LoadedModel& loaded) {
    for (AdapterPlace* place : loaded.model->places()) {
        auto* projection = dynamic_cast<Projection*>(place);
        if (!place->hasAdapter()) continue;
        if (!projection)
            return Error{ErrorCode::Unsupported, "adapters of this kind cannot be put on top of each other",
                         loaded.basePath, "use one at a time"};
        if (projection->isPacked()) projection->unpack();
        loaded.replaced.emplace_back(projection->weight, projection->weight.detach().clone());
        if (projection->bias.defined())
            loaded.replaced.emplace_back(projection->bias, projection->bias.detach().clone());
        projection->merge();
    }
    return {};
}

/// Whether a place that the plan needs is taken.
bool isTaken(LanguageModel& model, const MethodPlan& plan) {
    std::set<std::string> wanted;
    for (const auto& added : plan.added) wanted.insert(added.module);
    for (const auto& [name, projection] : model.projections())
        if (projection->hasAdapter() && wanted.count(name)) return true;
    for (const auto& [name, join] : model.joins())
        if (join->hasAdapter() && wanted.count(name)) return true;
    return plan.virtualTokens > 0 && model.hasAdapter();
}

Result<void> takeTimes(LanguageModel& model, const MethodPlan& plan, double weight) {
    if (weight == 1) return {};
    std::set<std::string> own;
    for (const auto& added : plan.added) own.insert(added.module);
    bool found = false;
    for (const auto& [name, projection] : model.projections())
        if (projection->hasAdapter() && own.count(name)) {
            LATHE_TRY_VOID(projection->adapter()->takeTimes(weight));
            found = true;
        }
    if (found) return {};
    return Error{ErrorCode::Unsupported, "this kind of adapter cannot be taken in part", "adapter weight",
                 "use weight 1"};
}

Result<void> putOn(LoadedModel& loaded, const OpenedAdapter& adapter) {
    LATHE_TRY(const auto settings, adapter.method->settingsFromAdapter(adapter.content.config));
    LATHE_TRY(const auto plan, adapter.method->plan(settings, loaded.model->shape()));
    if (isTaken(*loaded.model, plan)) LATHE_TRY_VOID(mergeAdapters(loaded));
    const auto parameters = loaded.model->named_parameters();
    for (const std::string& name : plan.trainedBase) {
        const at::Tensor& parameter = parameters[name];
        loaded.replaced.emplace_back(parameter, parameter.detach().clone());
    }
    LATHE_TRY(auto attached, loadAdapter(*loaded.model, *adapter.method, adapter.content));
    LATHE_TRY_VOID(takeTimes(*loaded.model, plan, adapter.weight));
    loaded.methods.push_back(std::move(attached));
    loaded.methodWeights.push_back(adapter.weight);
    return {};
}

Result<void> putOnAll(LoadedModel& loaded, const std::vector<OpenedAdapter>& adapters) {
    if (adapters.empty()) return {};
    const bool heads = std::any_of(adapters.begin(), adapters.end(),
                                   [](const OpenedAdapter& a) { return headSize(a.content) > 0; });
    if (heads && adapters.back().group > 0)
        return Error{ErrorCode::Unsupported, "a classifier's adapter cannot be combined with others",
                     adapters.back().path.string(), "use one at a time"};
    loaded.methods.clear();
    for (const OpenedAdapter& adapter : adapters) LATHE_TRY_VOID(putOn(loaded, adapter));
    return {};
}

Result<void> checkIds(const LanguageModel& model, const std::vector<int64_t>& ids) {
    const ModelShape& shape = model.shape();
    if (ids.empty()) return Error{ErrorCode::BadArgument, "there are no ids", "", ""};
    if (static_cast<int64_t>(ids.size()) > model.room())
        return Error{ErrorCode::BadArgument,
                     std::to_string(ids.size()) + " ids are more than the model's context of " +
                         std::to_string(model.room()),
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
    Encoding encoding;
    if (!raw && loaded.readsConversations()) {
        LATHE_TRY(const ChatFormat format, loaded.chatFormat());
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
    if (!adapters.empty()) loaded.startedFrom = target;
    if (isRunFolder(target)) {
        LATHE_TRY_VOID(takeRunFacts(loaded, target, seed));
        if (const auto own = adapterFolderOf(target))
            LATHE_TRY_VOID(openAdapters({*own, 1}, loaded.baseConfig, opened));
    }
    for (const AdapterChoice& choice : adapters)
        LATHE_TRY_VOID(openAdapters(choice, loaded.baseConfig, opened));
    LATHE_TRY_VOID(buildModel(loaded, opened, *base.source.weights, seed));
    loaded.model->to(loaded.device);
    LATHE_TRY_VOID(putOnAll(loaded, opened));
    loaded.model->eval();
    return loaded;
}

void LoadedModel::setAdapterEnabled(bool enabled) {
    if (enabled == adapterEnabled) return;
    adapterEnabled = enabled;
    for (AdapterPlace* place : model->places()) place->setAdapterEnabled(enabled);
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

Result<std::vector<ChosenMethod>> LoadedModel::weightedMethods() const {
    std::vector<MethodSettings> weighted = methods;
    for (std::size_t i = 0; i < methodWeights.size(); ++i) {
        const double weight = methodWeights[i];
        const auto alpha = weighted[i].values.find("alpha");
        // Where there is no alpha the trained values themselves were multiplied.
        if (weight == 1 || alpha == weighted[i].values.end()) continue;
        const double before = numberSetting(weighted[i].values, "alpha", 0);
        if (weight < 0 || before == 0 || before * weight > kLargestAlpha || hasPatterns(weighted[i].values))
            return Error{ErrorCode::Unsupported, "an adapter's file cannot say this weight", "adapter weight",
                         "use a weight of 0 or more, or export the merged model: --to hf or --to gguf"};
        alpha->second = before * weight;
    }
    return chooseMethods(weighted);
}

bool LoadedModel::readsConversations() const {
    if (task.empty()) return !tokenizer->chatTemplate().empty();
    const auto rows = rowShapeOf(task);
    return rows == RowShape::Conversation || rows == RowShape::Preference;
}

Result<ChatFormat> LoadedModel::chatFormat() const {
    return chatTemplate == "auto" ? ChatFormat::detect(*tokenizer) : ChatFormat::named(chatTemplate, *tokenizer);
}

BatchSettings LoadedModel::batchSettings() const {
    const SpecialTokens& special = tokenizer->specialTokens();
    return batchSettingsFor(*model, special.pad.value_or(special.eos.value_or(0)), device);
}

Result<at::Tensor> LoadedModel::logits(const std::vector<int64_t>& ids,
                                       const std::vector<int64_t>& decoderIds) {
    LATHE_TRY_VOID(checkIds(*model, ids));
    Example example;
    example.ids.assign(ids.begin(), ids.end());
    const Example* row = &example;
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(*model);
    Batch batch = makeBatch({&row, 1}, batchSettings());
    if (model->shape().head == HeadKind::SequenceToSequence && !decoderIds.empty()) {
        LATHE_TRY_VOID(checkIds(*model, decoderIds));
        batch.decoderIds = at::tensor(decoderIds, at::kLong).unsqueeze(0).to(device);
    }
    at::Tensor result = headLogits(*model, batch);
    if (result.dim() == 3) result = result[0].narrow(0, model->promptTokens(), result.size(1) - model->promptTokens());
    return result.to(at::kCPU, at::kFloat).contiguous();
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
    how.beams = settings.beams;
    how.lengthPenalty = settings.lengthPenalty;
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

}  // namespace lathe
