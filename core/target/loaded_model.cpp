// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/target/loaded_model.h"

#include <algorithm>

#include "core/batches/device.h"
#include "core/catalog/catalog.h"
#include "core/config/recipe_yaml.h"
#include "core/data/encode/chat_rows.h"
#include "core/data/roles/columns.h"
#include "core/infer/generator.h"
#include "core/model/evaluation_mode.h"
#include "core/objectives/objective.h"
#include "core/peft/low_rank.h"
#include "core/peft/parted_head.h"
#include "core/run/base_labels.h"
#include "core/run/base_model.h"
#include "core/run/run_identity.h"
#include "core/run/store/run_lock.h"
#include "core/run/store/run_store.h"
#include "core/target/build_model.h"
#include "core/tokenizer/chat/chat_format.h"
#include "core/tokenizer/text/step_limit.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr double kLargestAlpha = 65536;  ///< that a recipe may name

/// The names of an adapter's classes: its run's, or the base's, where there are as many.
std::vector<std::string> ownLabels(const OpenedAdapter& adapter, const std::vector<std::string>& ofBase) {
    const auto count = static_cast<std::size_t>(adapter.headSize());
    if (adapter.labels.size() == count) return adapter.labels;
    return ofBase.size() == count ? ofBase : numberedLabels(adapter.headSize());
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

/// What a run folder knows about the target it is.
Result<void> takeRunFacts(LoadedModel& loaded, const fs::path& run, uint64_t& seed) {
    // What a later run started from has that run's head.
    if (!loaded.task.empty()) return {};
    LATHE_TRY(const RunRecord record, readRunRecord(run));
    loaded.labels = record.labels;
    loaded.labelKind = labelKindOf(record.problemType);
    loaded.task = record.task;
    const ParsedRecipe parsed = readRecipe(run / "recipe.yaml", {}, engineCatalog());
    if (!parsed.faults.empty())
        return Error{ErrorCode::RecipeInvalid, parsed.faults.front().message, parsed.faults.front().place,
                     ""};
    loaded.startedFrom = parsed.recipe.base;
    loaded.chat = chatSettingsOf(parsed.recipe.data);
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
    if (head == HeadKind::SequenceClassification) {
        const Json problem = loaded.baseConfig.value("problem_type", Json());
        if (problem.is_string()) loaded.labelKind = labelKindOf(problem.get<std::string>());
    }
    for (const OpenedAdapter& adapter : adapters) {
        const int64_t labels = adapter.headSize();
        if (labels == 0 || !loaded.labels.empty()) continue;
        loaded.labels = ownLabels(adapter, {});
        loaded.labelKind = adapter.labelKind.value_or(LabelKind::One);
        head = adapter.headKind().value_or(HeadKind::SequenceClassification);
    }
    if (head == HeadKind::SequenceClassification)
        loaded.task = loaded.givesReward() ? kRewardTask : "classification";
    if (head == HeadKind::TokenClassification) loaded.task = "token_classification";
    return head;
}

/// Gives the base a head of its own where an adapter parts it from the embedding.
Result<void> partHead(LoadedModel& loaded, const std::vector<OpenedAdapter>& adapters,
                      const ModelShape& shape, std::unique_ptr<WeightSource>& weights) {
    for (const OpenedAdapter& adapter : adapters) {
        LATHE_TRY(const auto methods, methodsOf(adapter));
        if (!partsHead(methods, shape)) continue;
        loaded.baseConfig = partedConfig(std::move(loaded.baseConfig));
        weights = partedWeights(std::move(weights), shape);
        return {};
    }
    return {};
}

/// The base's own numbers in the precision that frozen weights have in training; adapters stay float32.
void castBase(LanguageModel& model, at::ScalarType precision) {
    if (precision == at::kFloat) return;
    const auto parameters = model.named_parameters();
    for (const ParameterShape& about : model.shape().parameters) {
        at::Tensor tensor = parameters[about.name];
        tensor.set_data(tensor.detach().to(precision));
    }
}

/// The outputs of a run's model are its base's own where they have the same labels.
Result<HeadOutputs> outputsOf(const LoadedModel& loaded, HeadKind head, bool ofRun) {
    if (!ofRun || !hasLabels(head)) return HeadOutputs::Kept;
    LATHE_TRY(const auto own, labelsOfHead(loaded.baseConfig, classSuffix(head), loaded.basePath));
    return own && !keepsOutputs(*own, loaded.labels) ? HeadOutputs::New : HeadOutputs::NewIfOther;
}

Result<void> build(LoadedModel& loaded, const std::vector<OpenedAdapter>& adapters,
                   std::unique_ptr<WeightSource> weights, uint64_t seed) {
    LATHE_TRY(const std::string type, jsonString(loaded.baseConfig, "model_type", "", loaded.basePath));
    LATHE_TRY(const Architecture* architecture, findArchitecture(type));
    const bool ofRun = !loaded.task.empty();
    if (auto note = unusedTensors(*architecture, loaded.baseConfig, *weights))
        loaded.notes.push_back(std::move(*note));
    LATHE_TRY(const HeadKind kind, chooseHead(loaded, *architecture, adapters));
    const HeadChoice head{kind, static_cast<int64_t>(loaded.labels.size())};
    LATHE_TRY(const ModelShape tied, architecture->shape(loaded.baseConfig, head));
    LATHE_TRY_VOID(partHead(loaded, adapters, tied, weights));
    LATHE_TRY(const HeadOutputs outputs, outputsOf(loaded, kind, ofRun));
    const auto trained = [&](const ModelShape& shape) -> Result<std::unordered_set<std::string>> {
        std::unordered_set<std::string> all;
        for (const OpenedAdapter& adapter : adapters) {
            LATHE_TRY(const auto own, trainedBy(adapter, shape));
            all.insert(own.begin(), own.end());
        }
        return all;
    };
    LATHE_TRY(auto built, buildModel({*architecture, loaded.baseConfig, head, *weights, seed, outputs,
                                      loaded.quantization, trained}));
    loaded.model = std::move(built.model);
    castBase(*loaded.model, loaded.precision);
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
    const tok::StepLimit limit;
    Encoding encoding;
    if (!raw && loaded.readsConversations()) {
        LATHE_TRY(const ChatFormat format, loaded.chatFormat());
        const Conversation asked({{"user", text}});
        LATHE_TRY(const RenderedChat rendered, format.render(asked, true));
        encoding = encodeChat(tokenizer, rendered);
        prompt.stopIds.insert(prompt.stopIds.end(), format.stopIds().begin(), format.stopIds().end());
    } else {
        encoding = tokenizer.encode(text, true);
    }
    LATHE_TRY_VOID(limit.check("prompt"));
    LATHE_TRY_VOID(checkModelRows(tokenizer, encoding.ids, "prompt"));
    prompt.ids.assign(encoding.ids.begin(), encoding.ids.end());
    return prompt;
}

}  // namespace

Result<LoadedModel> LoadedModel::openApart(const std::string& target,
                                           const std::vector<AdapterChoice>& choices,
                                           const std::string& device) {
    return complete({}, target, choices, device);
}

Result<LoadedModel> LoadedModel::openIn(const std::string& precision, const std::string& target,
                                        const std::vector<AdapterChoice>& choices,
                                        const std::string& device) {
    LoadedModel known;
    LATHE_TRY(const at::Device on, chooseDevice(device));
    LATHE_TRY(known.precision, choosePrecision(precision, on));
    LATHE_TRY(LoadedModel loaded, complete(std::move(known), target, choices, device));
    LATHE_TRY_VOID(loaded.useAll(choices));
    return loaded;
}

Result<LoadedModel> LoadedModel::openStart(const LoadedModel& tuned) {
    LATHE_CHECK(!tuned.startedFrom.empty());
    LoadedModel known;
    known.task = tuned.task;
    known.setLabels(tuned.m_baseLabels);
    known.chat = tuned.chat;
    known.quantization = tuned.quantization;
    known.m_seed = tuned.m_seed;
    LATHE_TRY(LoadedModel loaded, complete(std::move(known), tuned.startedFrom, {}, tuned.device.str()));
    LATHE_TRY_VOID(loaded.useAll({}));
    return loaded;
}

Result<LoadedModel> LoadedModel::complete(LoadedModel loaded, const std::string& target,
                                          const std::vector<AdapterChoice>& choices,
                                          const std::string& device) {
    LATHE_TRY(loaded.device, chooseDevice(device));
    std::vector<RunLock> reading;
    LATHE_TRY_VOID(shareRuns(target, reading));
    for (const AdapterChoice& choice : choices) LATHE_TRY_VOID(shareRuns(choice.folder, reading));
    LATHE_TRY(BaseModel base, openBase(target));
    loaded.tokenizer = std::move(base.tokenizer);
    loaded.notes = std::move(base.notes);
    loaded.baseConfig = std::move(base.source.config);
    loaded.basePath = base.source.path.string();
    std::vector<OpenedAdapter> opened;
    if (!choices.empty()) loaded.startedFrom = target;
    if (isRunFolder(target)) {
        LATHE_TRY_VOID(takeRunFacts(loaded, target, loaded.m_seed));
        if (adapterFolderOf(target)) {
            LATHE_TRY_VOID(checkBaseOfRun(target, base.source.path));
            LATHE_TRY(auto own, openAdapter({target}, loaded.baseConfig));
            opened.push_back(std::move(own));
        }
    }
    for (const AdapterChoice& choice : choices) {
        LATHE_TRY(auto adapter, openAdapter(choice, loaded.baseConfig));
        opened.push_back(std::move(adapter));
    }
    LATHE_TRY_VOID(build(loaded, opened, std::move(base.source.weights), loaded.m_seed));
    loaded.model->to(loaded.device);
    loaded.model->eval();
    loaded.m_baseLabels = {loaded.labels, loaded.labelKind};
    loaded.adapters = std::make_unique<AdapterSet>(loaded.model);
    for (const OpenedAdapter& adapter : opened)
        if (const auto held = loaded.hold(adapter); !held.ok()) return held.error();
    return loaded;
}

Result<LoadedModel> LoadedModel::open(const std::string& target, const std::vector<AdapterChoice>& choices,
                                      const std::string& device) {
    LATHE_TRY(LoadedModel loaded, openApart(target, choices, device));
    LATHE_TRY_VOID(loaded.useAll(choices));
    return loaded;
}

Result<void> LoadedModel::useAll(const std::vector<AdapterChoice>& choices) {
    const auto names = adapters->names();
    std::vector<AdapterShare> mix;
    const std::size_t own = names.size() - choices.size();
    for (std::size_t i = 0; i < names.size(); ++i)
        mix.push_back({names[i], i < own ? 1 : choices[i - own].weight});
    return mix.empty() ? Result<void>() : use(mix);
}

Result<std::string> LoadedModel::hold(const AdapterChoice& choice) {
    std::vector<RunLock> reading;
    LATHE_TRY_VOID(shareRuns(choice.folder, reading));
    LATHE_TRY(const OpenedAdapter adapter, openAdapter(choice, baseConfig));
    return hold(adapter);
}

Result<std::string> LoadedModel::hold(const OpenedAdapter& adapter) {
    std::string name = adapter.name;
    for (int next = 2; adapters->has(name); ++next) name = adapter.name + "-" + std::to_string(next);
    const HeadKind head = model->shape().head;
    HeadLabels own = m_baseLabels;
    if (adapter.headSize() > 0 && hasLabels(head)) {
        if (adapter.headKind().value_or(head) != head)
            return Error{ErrorCode::Unsupported,
                         "the adapter's head is of another kind than the opened model's", adapter.place,
                         "labels of texts and tags of words are opened apart"};
        own = {ownLabels(adapter, m_baseLabels.names), adapter.labelKind.value_or(m_baseLabels.kind)};
    }
    LATHE_TRY(const Architecture* architecture, findArchitecture(model->shape().modelType));
    LATHE_TRY(const ModelShape shape,
              architecture->shape(baseConfig, {head, static_cast<int64_t>(own.names.size())}));
    LATHE_TRY(const auto trained, trainedBy(adapter, shape));
    for (const auto& [layer, projection] : model->projections())
        if (projection->isPacked() && trained.count(layer + ".weight"))
            return Error{ErrorCode::Unsupported,
                         "the adapter has a weight of its own for " + layer +
                             ", which the opened base keeps quantised",
                         adapter.place, "open the base with this adapter"};
    LATHE_TRY_VOID(adapters->load(name, adapter.sources, shape));
    for (std::size_t i = 0; i < adapter.sources.size(); ++i)
        for (Note& note : adapter.sources[i].method->notes(adapters->methods(name)[i], shape))
            addNote(notes, std::move(note));
    m_labels[name] = std::move(own);
    return name;
}

const HeadLabels& LoadedModel::labelsOf(const std::string& adapter) const {
    const auto own = m_labels.find(adapter);
    return own == m_labels.end() ? m_baseLabels : own->second;
}

void LoadedModel::setLabels(const HeadLabels& head) {
    labels = head.names;
    labelKind = head.kind;
}

Result<void> LoadedModel::use(const std::vector<AdapterShare>& mix) {
    LATHE_TRY_VOID(adapters->choose(mix));
    m_enabled = true;
    setLabels(m_baseLabels);
    methods.clear();
    methodWeights.clear();
    for (const AdapterShare& share : mix) {
        if (adapters->bringsHead(share.name)) setLabels(labelsOf(share.name));
        for (const MethodSettings& method : adapters->methods(share.name)) {
            methods.push_back(method);
            methodWeights.push_back(share.weight);
        }
    }
    return {};
}

void LoadedModel::setAdapterEnabled(bool enabled) {
    if (enabled == m_enabled) return;
    m_enabled = enabled;
    if (!adapters) {
        for (AdapterPlace* place : model->places()) place->setAdapterEnabled(enabled);
        return;
    }
    adapters->setEnabled(enabled);
    setLabels(m_baseLabels);
    if (!enabled) return;
    for (const AdapterShare& share : adapters->chosen())
        if (adapters->bringsHead(share.name)) setLabels(labelsOf(share.name));
}

Result<std::vector<ChosenMethod>> LoadedModel::weightedMethods() const {
    std::vector<MethodSettings> weighted = methods;
    for (std::size_t i = 0; i < methodWeights.size(); ++i) {
        const double weight = methodWeights[i];
        const auto alpha = weighted[i].values.find("alpha");
        // Where there is no alpha the method stores its values with the weight in them.
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
    return rows && isConversational(*rows);
}

Result<ChatFormat> LoadedModel::chatFormat() const {
    return ChatFormat::open(chat, *tokenizer);
}

Result<std::string> LoadedModel::trainedTemplate() const {
    if (task.empty() || !readsConversations()) return std::string();
    LATHE_TRY(const ChatFormat format, chatFormat());
    return format.source();
}

BatchSettings LoadedModel::batchSettings() const {
    // A padding token that the model has no row for is never read, but it is looked up.
    const SpecialTokens& special = tokenizer->specialTokens();
    for (const auto& id : {special.pad, special.eos})
        if (id && *id < tokenizer->modelRows()) return batchSettingsFor(*model, *id, device);
    return batchSettingsFor(*model, 0, device);
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
    const int64_t leading = model->leadingOutputs();
    if (result.dim() == 3) result = result[0].narrow(0, leading, result.size(1) - leading);
    return result.to(at::kCPU, at::kFloat).contiguous();
}

Result<std::string> LoadedModel::generate(
    const std::string& prompt, const GenerateSettings& settings,
    const std::function<void(int32_t id, const std::string& piece)>& piece,
    const std::function<bool()>& stopAsked) {
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
    how.stopAsked = stopAsked;
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
