// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/linear_method.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <set>
#include <unordered_set>

#include "core/peft/peft_names.h"
#include "core/tokenizer/pattern.h"

namespace lathe {
namespace {

const std::string kPlace = "adapter_config.json";

/// Whether one of `names` is a part of the dotted path.
bool isInside(const std::string& path, const std::vector<std::string>& names) {
    const std::string dotted = "." + path + ".";
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return dotted.find("." + name + ".") != std::string::npos;
    });
}

bool hasField(const MethodEntry& entry, const std::string& key) {
    return std::any_of(entry.fields.begin(), entry.fields.end(),
                       [&](const Field& f) { return f.key == key; });
}

Result<std::vector<int64_t>> layerNumbers(const Settings& settings, const ModelShape& shape) {
    std::vector<int64_t> numbers;
    for (const std::string& text : listSetting(settings, "layers_to_transform")) {
        char* end = nullptr;
        const long long value = std::strtoll(text.c_str(), &end, 10);
        if (text.empty() || *end != '\0' || value < 0 || value >= shape.layers())
            return Error{ErrorCode::RecipeInvalid, "there is no block \"" + text + "\"",
                         "method.layers_to_transform",
                         "the base has blocks 0 to " + std::to_string(shape.layers() - 1)};
        numbers.push_back(value);
    }
    return numbers;
}

Result<void> checkSavedModules(const std::vector<std::string>& names, const ModelShape& shape) {
    for (const std::string& name : names) {
        bool found = false;
        for (const auto& parameter : shape.parameters) {
            if (!isInside(parameter.name, {name})) continue;
            found = true;
            if (parameter.isEmbedding && shape.tiedHead)
                return Error{
                    ErrorCode::RecipeInvalid,
                    "\"" + name + "\" is also the head of this base; PEFT would train only one of them",
                    "method.modules_to_save", "use freeze with train_modules: [embeddings]"};
        }
        if (!found)
            return Error{ErrorCode::RecipeInvalid, "the base has nothing called \"" + name + "\"",
                         "method.modules_to_save",
                         "a module's name as inspect shows it, such as embed_tokens"};
    }
    return {};
}

Result<std::vector<std::string>> readNames(const Json& config, const char* key) {
    const auto it = config.find(key);
    if (it == config.end() || it->is_null()) return std::vector<std::string>{};
    if (it->is_string()) return std::vector<std::string>{it->get<std::string>()};
    std::vector<std::string> names;
    if (it->is_array())
        for (const auto& item : *it)
            if (item.is_string()) names.push_back(item.get<std::string>());
    if (!it->is_array() || names.size() != it->size())
        return Error{ErrorCode::FileMalformed,
                     std::string("\"") + key + "\" must be a text or a list of names", kPlace, ""};
    return names;
}

/// layers_to_transform: a number or a list of numbers.
Result<std::vector<std::string>> readNumbers(const Json& config, const char* key) {
    std::vector<std::string> numbers;
    const auto it = config.find(key);
    if (it == config.end() || it->is_null()) return numbers;
    const Json list = it->is_array() ? *it : Json::array({*it});
    for (const auto& item : list)
        if (item.is_number_integer()) numbers.push_back(std::to_string(item.get<int64_t>()));
    if (numbers.size() != list.size())
        return Error{ErrorCode::FileMalformed, std::string("\"") + key + "\" must be whole numbers", kPlace,
                     ""};
    return numbers;
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

Result<std::optional<double>> patternValue(const Settings& settings, const std::string& key,
                                           const std::string& layer) {
    const auto it = settings.find(key);
    const auto* map =
        it == settings.end() ? nullptr : std::get_if<std::map<std::string, std::string>>(&it->second);
    if (!map) return std::optional<double>();
    for (const auto& [name, text] : *map) {
        LATHE_TRY(const auto pattern,
                  tok::Pattern::regex("\\A(?:.*\\.)?(?:" + name + ")\\z", "method." + key));
        std::vector<tok::Split> matches;
        pattern.findAll(layer, matches);
        if (matches.empty()) continue;
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        if (text.empty() || *end != '\0' || !(value > 0) || value > 65536)
            return Error{ErrorCode::RecipeInvalid, "\"" + text + "\" is no number above 0", "method." + key,
                         "write, for example, {" + name + ": 4}"};
        return std::optional<double>(value);
    }
    return std::optional<double>();
}

Error LinearMethod::unsupported(const std::string& what, const std::string& place) {
    return {ErrorCode::Unsupported, "the adapter uses " + what + ", which this build does not have", place,
            "merge it into its base with the program that made it"};
}

std::shared_ptr<EmbeddingAdapter> LinearMethod::makeForEmbedding(const Settings&, const LinearModule&,
                                                                 at::Device, at::Generator) const {
    LATHE_CHECK(!"the method takes no embeddings");
    return nullptr;
}

Result<LinearMethod::Layers> LinearMethod::chosen(const Settings& settings, const ModelShape& shape) const {
    auto targets = listSetting(settings, "target_modules");
    if (targets.empty()) targets = defaultTargets(shape);
    LATHE_TRY(auto layers, selectTargets(targets, shape));
    const auto saved = listSetting(settings, "modules_to_save");
    LATHE_TRY_VOID(checkSavedModules(saved, shape));
    const auto excluded = listSetting(settings, "exclude_modules");
    if (!excluded.empty()) {
        LATHE_TRY(const auto left, selectTargets(excluded, shape));
        std::erase_if(layers, [&](const LinearModule& layer) {
            return std::any_of(left.begin(), left.end(),
                               [&](const auto& out) { return out.name == layer.name; });
        });
    }
    LATHE_TRY(const auto numbers, layerNumbers(settings, shape));
    std::erase_if(layers, [&](const LinearModule& layer) {
        return isInside(layer.name, saved) ||
               (!numbers.empty() && std::find(numbers.begin(), numbers.end(), layer.layer) == numbers.end());
    });
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
    return layers;
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
        biases.insert(layer.name + ".bias");
    }
    const auto saved = listSetting(settings.values, "modules_to_save");
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
    for (const auto& name : plan.value().trainedBase)
        tensors.push_back({kPeftPrefix + peftBaseName(name, layers), parameters[name]});
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

Json LinearMethod::adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                                 const std::string& basePath) const {
    const Settings& values = settings.values;
    Json targets = listSetting(values, "target_modules");
    if (targets.empty())
        targets = defaultTargets(shape);
    else if (isTargetExpression(listSetting(values, "target_modules")))
        targets = targets[0];
    else if (targets[0] == kAllLinear)
        targets = linearNames(shape);
    std::set<std::string> saved = shape.trainsHead() ? headModules(shape) : std::set<std::string>{};
    for (const auto& name : listSetting(values, "modules_to_save")) saved.insert(name);
    Json numbers;
    for (const auto& text : listSetting(values, "layers_to_transform")) numbers.push_back(std::stoll(text));
    const auto excluded = listSetting(values, "exclude_modules");
    Json config = {{"auto_mapping", nullptr},
                   {"base_model_name_or_path", basePath},
                   {"exclude_modules", excluded.empty() ? Json() : Json(excluded)},
                   {"fan_in_fan_out", storesInOut(shape)},
                   {"inference_mode", true},
                   {"modules_to_save", saved.empty() ? Json() : Json(saved)},
                   {"peft_type", peftType()},
                   {"revision", nullptr},
                   {"target_modules", targets},
                   {"task_type", peftTaskType(shape.head)}};
    if (hasField(m_entry, "layers_to_transform")) {
        config["layers_pattern"] = nullptr;
        config["layers_to_transform"] = numbers;
    }
    if (hasField(m_entry, "bias")) config["bias"] = textSetting(values, "bias", "none");
    config.update(ownConfig(values, shape));
    return config;
}

Result<MethodSettings> LinearMethod::settingsFromAdapter(const Json& config) const {
    for (const std::string& key : unsupportedKeys())
        if (const auto it = config.find(key); it != config.end() && isSet(*it))
            return unsupported(key, kPlace);
    if (const auto it = config.find("layers_pattern"); it != config.end() && isSet(*it))
        return unsupported("layers_pattern", kPlace);
    MethodSettings settings = defaultSettings(m_entry);
    Settings& values = settings.values;
    LATHE_TRY(auto targets, readNames(config, "target_modules"));
    LATHE_TRY(auto excluded, readNames(config, "exclude_modules"));
    LATHE_TRY(auto saved, readNames(config, "modules_to_save"));
    std::erase_if(saved, [](const std::string& name) { return isPeftHead(name); });
    values["target_modules"] = std::move(targets);
    values["exclude_modules"] = std::move(excluded);
    values["modules_to_save"] = std::move(saved);
    if (hasField(m_entry, "layers_to_transform")) {
        LATHE_TRY(auto layers, readNumbers(config, "layers_to_transform"));
        values["layers_to_transform"] = std::move(layers);
    }
    if (hasField(m_entry, "bias")) {
        LATHE_TRY(const auto bias, jsonString(config, "bias", "none", kPlace));
        values["bias"] = bias;
    }
    LATHE_TRY_VOID(readOwnConfig(config, values, kPlace));
    return checkedSettings(m_entry, std::move(settings), kPlace);
}

}  // namespace lathe
