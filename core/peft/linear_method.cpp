// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/linear_method.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <set>
#include <unordered_set>

namespace lathe {
namespace {

const std::string kPlace = "adapter_config.json";

bool hasField(const MethodEntry& entry, const std::string& key) {
    return std::any_of(entry.fields.begin(), entry.fields.end(),
                       [&](const Field& f) { return f.key == key; });
}

bool isFromFile(const Settings& settings) {
    return boolSetting(settings, kFromFile, false);
}

/// RecipeInvalid for a name of the recipe that fits nothing: most likely it is misspelt.
Result<void> checkNames(const Settings& settings, const SelectedLayers& selected, const std::string& key,
                        const ModelShape& shape) {
    if (selected.unmatched.empty() || isFromFile(settings)) return {};
    return nothingMatches(selected.unmatched.front(), key, shape);
}

/// The modules that train whole. ensure_weight_tying: what the head is named for trains as the table it
/// shares.
std::vector<std::string> savedModules(const Settings& settings, const ModelShape& shape) {
    auto saved = listSetting(settings, "modules_to_save");
    if (!shape.tiedHead || !boolSetting(settings, kEnsureTying, false) || !isInside(kLanguageHead, saved))
        return saved;
    std::erase(saved, kLanguageHead);
    for (const auto& parameter : shape.parameters)
        if (parameter.isEmbedding) {
            saved.push_back(parameter.name.substr(0, parameter.name.rfind('.')));
            break;
        }
    return saved;
}

/// Whether one of them is the table that the head shares, or the head.
bool savesShared(const std::vector<std::string>& saved, const ModelShape& shape) {
    return shape.tiedHead &&
           (isInside(kLanguageHead, saved) || isInside(shape.parameters.front().name, saved));
}

/// Names that fit nothing are an error in a recipe only.
Result<void> checkSavedModules(const Settings& settings, const ModelShape& shape) {
    const auto saved = savedModules(settings, shape);
    if (savesShared(saved, shape) && shape.head != HeadKind::LanguageModel)
        return Error{ErrorCode::RecipeInvalid, "the table of this base's head is read in other places, too",
                     "method.modules_to_save", "use freeze with train_modules: [embeddings]"};
    for (const std::string& name : saved) {
        const bool found = std::any_of(shape.parameters.begin(), shape.parameters.end(),
                                       [&](const auto& about) { return isInside(about.name, {name}); });
        if (!found && name != kLanguageHead && !isFromFile(settings))
            return Error{ErrorCode::RecipeInvalid, "the base has nothing called \"" + name + "\"",
                         "method.modules_to_save",
                         "a module's name as inspect shows it, such as embed_tokens"};
    }
    return {};
}

/// Errors of the head as one of the layers.
Result<void> checkHead(const MethodEntry& entry, bool takesHead, const ModelShape& shape) {
    std::string fault;
    if (!takesHead)
        fault = "is the language head, which " + entry.title + " cannot change; LoRA can";
    else if (shape.tiedHead && shape.head != HeadKind::LanguageModel)
        fault = "shares its table with the embeddings of this base";
    if (fault.empty()) return {};
    return Error{ErrorCode::RecipeInvalid, std::string(kLanguageHead) + " " + fault, "method.target_modules",
                 "leave it out"};
}

Note unmatchedNote(const std::string& key, const std::string& name) {
    return {"adapter_names_unmatched", "no layer of the base is called \"" + name + "\" (" + key + ")",
            "the adapter was made for a base with other layers, or lists more names than it needs", kPlace};
}

}  // namespace

std::vector<Field> linearFields(bool withBias) {
    const std::vector<std::string> none;
    std::vector<Field> fields{
        {"target_modules",
         FieldKind::NameList,
         none,
         {},
         {},
         {},
         "The layers that are changed: names, all-linear, or a regular expression; left out, the usual ones "
         "of the "
         "base. LoRA takes embeddings by name, too.",
         false},
        {"exclude_modules",
         FieldKind::NameList,
         none,
         {},
         {},
         {},
         "Layers among those that are left as they are, by name.",
         true},
        {"layers_to_transform",
         FieldKind::NameList,
         none,
         {},
         {},
         {},
         "Only these blocks, by number from 0; left out, all of them.",
         true},
        {"modules_to_save",
         FieldKind::NameList,
         none,
         {},
         {},
         {},
         "Modules that train whole and are saved with the adapter, by name.",
         true},
    };
    if (withBias)
        fields.push_back({"bias",
                          FieldKind::Choice,
                          std::string("none"),
                          {},
                          {},
                          {"none", "all", "lora_only"},
                          "Which biases of the base train too: none, all, or those of the chosen layers.",
                          true});
    return fields;
}

std::vector<Field> withLinearFields(std::vector<Field> fields, bool withBias) {
    for (Field& field : linearFields(withBias)) fields.push_back(std::move(field));
    return fields;
}

std::shared_ptr<EmbeddingAdapter> LinearMethod::makeForEmbedding(const Settings&, const LinearModule&,
                                                                 at::Device, at::Generator) const {
    LATHE_CHECK(!"the method takes no embeddings");
    return nullptr;
}

Result<LinearMethod::Layers> LinearMethod::chosen(const Settings& settings, const ModelShape& shape) const {
    auto targets = listSetting(settings, "target_modules");
    if (targets.empty()) targets = defaultTargets(shape);
    LATHE_TRY(SelectedLayers selected, selectTargets(targets, shape));
    LATHE_TRY_VOID(checkNames(settings, selected, "method.target_modules", shape));
    if (selected.layers.empty()) return nothingMatches(targets.front(), "method.target_modules", shape);
    Layers layers = std::move(selected.layers);
    const auto saved = savedModules(settings, shape);
    LATHE_TRY_VOID(checkSavedModules(settings, shape));
    if (const auto excluded = listSetting(settings, "exclude_modules"); !excluded.empty()) {
        LATHE_TRY(const SelectedLayers left, selectTargets(excluded, shape));
        LATHE_TRY_VOID(checkNames(settings, left, "method.exclude_modules", shape));
        std::erase_if(layers, [&](const LinearModule& layer) {
            return std::any_of(left.layers.begin(), left.layers.end(),
                               [&](const auto& out) { return out.name == layer.name; });
        });
    }
    LATHE_TRY_VOID(keepBlocks(settings, shape, layers));
    std::erase_if(layers, [&](const LinearModule& layer) { return isInside(layer.name, saved); });
    for (const char* key : {"rank_pattern", "alpha_pattern"})
        if (const auto unmatched = unmatchedPatterns(settings, key, layers);
            !unmatched.empty() && !isFromFile(settings) && !layers.empty())
            return Error{ErrorCode::RecipeInvalid,
                         "\"" + unmatched.front() + "\" fits none of the chosen layers",
                         std::string("method.") + key, "name a chosen layer, as inspect shows it"};
    if (layers.empty())
        return Error{ErrorCode::RecipeInvalid, "no layer is left to change", "method.target_modules",
                     std::string("name other layers, or write ") + kAllLinear};
    const auto embedding =
        std::find_if(layers.begin(), layers.end(), [](const auto& l) { return l.isEmbedding; });
    if (embedding != layers.end() && !m_entry.takesEmbeddings)
        return Error{ErrorCode::RecipeInvalid,
                     embedding->name + " is an embedding; " + m_entry.title + " changes linear layers only",
                     "method.target_modules",
                     "leave it out; LoRA takes embeddings, alone or beside this method"};
    if (std::any_of(layers.begin(), layers.end(), [](const auto& l) { return l.isHead; }))
        LATHE_TRY_VOID(checkHead(m_entry, takesHead(), shape));
    if (embedding != layers.end() && shape.tiedHead && boolSetting(settings, kEnsureTying, false))
        return Error{
            ErrorCode::Unsupported,
            "the pair beside " + embedding->name + " is to change the head as well (ensure_weight_tying)",
            "method.ensure_weight_tying", "train the table whole: modules_to_save"};
    return layers;
}

bool LinearMethod::partsHead(const MethodSettings& settings, const ModelShape& shape) const {
    if (!shape.tiedHead || shape.head != HeadKind::LanguageModel) return false;
    const bool tied = boolSetting(settings.values, kEnsureTying, false);
    if (!tied && savesShared(savedModules(settings.values, shape), shape)) return true;
    const auto layers = chosen(settings.values, shape);
    return layers.ok() && std::any_of(layers.value().begin(), layers.value().end(),
                                      [](const auto& layer) { return layer.isHead; });
}

Result<MethodPlan> LinearMethod::plan(const MethodSettings& settings, const ModelShape& shape) const {
    LATHE_TRY(const auto layers, chosen(settings.values, shape));
    LATHE_TRY_VOID(check(settings.values, layers));
    MethodPlan plan;
    std::unordered_set<std::string> biases;
    for (const auto& layer : layers) {
        LATHE_TRY(const auto own, addedTo(settings.values, layer));
        for (const Own& parameter : own)
            plan.added.push_back(
                {layer.name + "." + parameter.name, parameter.shape, layer.name, parameter.trains});
        plan.kept.push_back(keptOf(settings.values, layer));
        biases.insert(layer.name + ".bias");
    }
    const auto saved = savedModules(settings.values, shape);
    const std::string bias = textSetting(settings.values, "bias", "none");
    for (const auto& parameter : shape.parameters) {
        const bool trains = (parameter.name.ends_with(".bias") &&
                             (bias == "all" || (bias == "lora_only" && biases.count(parameter.name)))) ||
                            (parameter.isHead && shape.trainsHead()) || isInside(parameter.name, saved);
        if (trains) plan.trainedBase.push_back(parameter.name);
    }
    if (const int64_t beside = storedBeside(settings.values, layers); beside > 0)
        plan.storedNumbers = beside + numbersOf(plan, shape);
    return plan;
}

Result<void> LinearMethod::attach(const MethodSettings& settings, LanguageModel& model,
                                  const AttachContext& context) const {
    LATHE_TRY(const auto layers, chosen(settings.values, model.shape()));
    LATHE_TRY_VOID(check(settings.values, layers));
    std::map<std::string, LinearModule> wanted;
    for (const auto& layer : layers) wanted.emplace(layer.name, layer);
    const auto generator = at::make_generator<at::CPUGeneratorImpl>(context.seed);
    const auto make = maker(settings.values, layers, generator);
    const auto taken = [](const std::string& name) {
        return Error{ErrorCode::Unsupported, "the layer has an adapter already", name,
                     "merge the first adapter before adding another"};
    };
    for (auto& [name, projection] : model.projections()) {
        const auto it = wanted.find(name);
        if (it == wanted.end()) continue;
        if (projection->hasAdapter()) return taken(name);
        projection->attach(make(it->second, *projection));
    }
    if (wanted.count(kLanguageHead) && model.shape().tiedHead)
        return Error{ErrorCode::Unsupported, "the opened base shares its head with its embedding",
                     kLanguageHead, "open the base with this adapter alone"};
    const at::Device device = model.wordEmbeddings().device();
    for (auto& [name, lookup] : model.lookups()) {
        const auto it = wanted.find(name);
        if (it == wanted.end()) continue;
        if (lookup->hasAdapter()) return taken(name);
        lookup->attach(makeForEmbedding(settings.values, it->second, device, generator));
    }
    return {};
}

std::vector<StoredTensor> LinearMethod::stored(const MethodSettings& settings, LanguageModel& model) const {
    const auto plan = this->plan(settings, model.shape());
    LATHE_CHECK(plan.ok());
    const auto parameters = model.named_parameters();
    std::vector<StoredTensor> tensors;
    std::unordered_set<std::string> layers;
    for (const auto& added : plan.value().added) {
        tensors.push_back({kPeftPrefix + added.name, parameters[added.name]});
        layers.insert(added.module);
    }
    const bool oneTable = model.shape().tiedHead && boolSetting(settings.values, kEnsureTying, false);
    for (const auto& name : plan.value().trainedBase) {
        tensors.push_back({kPeftPrefix + peftBaseName(name, layers), parameters[name]});
        // PEFT looks for the one table under both names.
        if (oneTable && parameters[name].is_same(model.wordEmbeddings()))
            tensors.push_back({std::string(kPeftPrefix) + kLanguageHead + ".weight", parameters[name], true});
    }
    return tensors;
}

void LinearMethod::storeWeighted(LanguageModel& model, const std::string& own,
                                 const std::function<at::Tensor(const ProjectionAdapter&)>& value,
                                 std::vector<StoredTensor>& tensors) {
    std::map<std::string, at::Tensor> weighted;
    for (const auto& [name, projection] : model.projections())
        if (const ProjectionAdapter* adapter = projection->adapter(); adapter && adapter->weight() != 1)
            weighted[kPeftPrefix + name + "." + own] = value(*adapter);
    for (StoredTensor& tensor : tensors)
        if (const auto it = weighted.find(tensor.name); it != weighted.end()) tensor.tensor = it->second;
}

OrderedJson LinearMethod::adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                                        const std::string& basePath) const {
    const Settings& values = settings.values;
    OrderedJson targets = targetsJson(listSetting(values, "target_modules"));
    if (targets.is_null())
        targets = defaultTargets(shape);
    else if (targets.is_array() && targets[0] == kAllLinear)
        targets = linearNames(shape);
    std::set<std::string> saved = shape.trainsHead() ? headModules(shape) : std::set<std::string>{};
    for (const auto& name : listSetting(values, "modules_to_save")) saved.insert(name);
    OrderedJson numbers;
    for (const auto& text : listSetting(values, "layers_to_transform")) numbers.push_back(std::stoll(text));
    OrderedJson config = {{"auto_mapping", nullptr},
                          {"base_model_name_or_path", basePath},
                          {"fan_in_fan_out", storesInOut(shape)},
                          {"inference_mode", true},
                          {"modules_to_save", saved.empty() ? OrderedJson() : OrderedJson(saved)},
                          {"peft_type", peftType()},
                          {"revision", nullptr},
                          {"target_modules", targets},
                          {"task_type", peftTaskType(shape.head)}};
    // Keys that not every version and method of PEFT has are written where they say something.
    if (const auto excluded = targetsJson(listSetting(values, "exclude_modules")); !excluded.is_null())
        config["exclude_modules"] = excluded;
    if (boolSetting(values, kEnsureTying, false)) config[kEnsureTying] = true;
    if (hasField(m_entry, "layers_to_transform")) {
        const auto pattern = listSetting(values, "layers_pattern");
        config["layers_pattern"] = pattern.empty() ? OrderedJson() : OrderedJson(pattern);
        config["layers_to_transform"] = numbers;
    }
    if (hasField(m_entry, "bias")) config["bias"] = textSetting(values, "bias", "none");
    config.update(ownConfig(values, shape));
    return config;
}

Result<MethodSettings> LinearMethod::settingsFromAdapter(const OrderedJson& config) const {
    const ConfigView view(config, kPlace);
    MethodSettings settings = defaultSettings(m_entry);
    Settings& values = settings.values;
    values[kFromFile] = true;
    LATHE_TRY(values["target_modules"], readTargets(view, "target_modules"));
    LATHE_TRY(values["exclude_modules"], readTargets(view, "exclude_modules"));
    LATHE_TRY(auto saved, view.names("modules_to_save"));
    std::erase_if(saved, [](const std::string& name) { return isPeftHead(name); });
    values["modules_to_save"] = std::move(saved);
    if (hasField(m_entry, "layers_to_transform")) {
        LATHE_TRY(values["layers_to_transform"], readBlocks(view));
        LATHE_TRY(auto pattern, view.names("layers_pattern"));
        if (!pattern.empty()) values["layers_pattern"] = std::move(pattern);
    }
    if (hasField(m_entry, "bias")) {
        LATHE_TRY(values["bias"], view.textOr("bias", "none"));
    }
    if (hasField(m_entry, kEnsureTying)) {
        LATHE_TRY(values[kEnsureTying], view.flagOr(kEnsureTying, false));
    }
    LATHE_TRY_VOID(readOwnConfig(view, values));
    LATHE_TRY_VOID(view.refuseRest(knownKeys(), kMergeElsewhere));
    return checkedSettings(m_entry, std::move(settings), kPlace);
}

std::vector<Note> LinearMethod::notes(const MethodSettings& settings, const ModelShape& shape) const {
    std::vector<Note> notes;
    if (!isFromFile(settings.values)) return notes;
    for (const char* key : {"target_modules", "exclude_modules"}) {
        const auto names = listSetting(settings.values, key);
        if (names.empty()) continue;
        if (const auto selected = selectTargets(names, shape); selected.ok())
            for (const std::string& name : selected.value().unmatched)
                addNote(notes, unmatchedNote(key, name));
    }
    const auto layers = chosen(settings.values, shape);
    if (!layers.ok()) return notes;
    for (const char* key : {"rank_pattern", "alpha_pattern"})
        for (const std::string& name : unmatchedPatterns(settings.values, key, layers.value()))
            addNote(notes, unmatchedNote(key, name));
    return notes;
}

}  // namespace lathe
