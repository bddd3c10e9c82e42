// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/recipe.h"

#include <algorithm>
#include <functional>

#include "core/config/label_kind.h"
#include "core/config/reward_settings.h"

namespace lathe {
namespace {

/// A fixed key bound to its place in the struct, so that the recipe's layout is written down once.
struct BoundField {
    Field field;
    std::function<FieldValue(const Recipe&)> read;
    std::function<void(Recipe&, const FieldValue&)> write;
};

template <class T>
FieldValue toValue(const T& held) {
    return FieldValue(held);
}
FieldValue toValue(const std::optional<double>& held) {
    return held ? FieldValue(*held) : FieldValue();
}
FieldValue toValue(const std::map<std::string, std::string>& held) {
    NamedTexts texts;
    for (const auto& [name, text] : held) texts[name] = text;
    return texts;
}

template <class T>
void fromValue(T& held, const FieldValue& value) {
    held = std::get<T>(value);
}
void fromValue(std::optional<double>& held, const FieldValue& value) {
    held = std::holds_alternative<double>(value) ? std::optional(std::get<double>(value)) : std::nullopt;
}
void fromValue(std::map<std::string, std::string>& held, const FieldValue& value) {
    const auto& texts = std::get<NamedTexts>(value);
    held = {texts.begin(), texts.end()};
}

template <class Access>
BoundField bind(Field field, Access access) {
    static const Recipe defaults;
    field.fallback = toValue(access(const_cast<Recipe&>(defaults)));
    return {std::move(field),
            [access](const Recipe& recipe) { return toValue(access(const_cast<Recipe&>(recipe))); },
            [access](Recipe& recipe, const FieldValue& value) { fromValue(access(recipe), value); }};
}

Field text(std::string key, FieldKind kind, std::string help, bool advanced = false) {
    return {std::move(key), kind, {}, {}, {}, {}, std::move(help), advanced};
}
Field choice(std::string key, std::vector<std::string> choices, std::string help, bool advanced = false) {
    return {std::move(key), FieldKind::Choice, {}, {}, {}, std::move(choices), std::move(help), advanced};
}
Field number(std::string key, FieldKind kind, double min, double max, std::string help,
             bool advanced = false) {
    return {std::move(key), kind, {}, min, max, {}, std::move(help), advanced};
}

#define LATHE_AT(member) [](Recipe& r) -> auto& { return r.member; }

std::vector<BoundField> dataFields() {
    using enum FieldKind;
    return {
        bind(text("data.train", Path, "The file or folder with the rows to learn from."),
             LATHE_AT(data.train)),
        bind(
            text("data.validation", Path,
                 "Rows held out for checking: a file, a fraction of the training rows such as 0.1, or none."),
            LATHE_AT(data.validation)),
        bind(choice("data.format", {"auto", "json", "jsonl", "csv", "tsv", "text", "conll", "folder"},
                    "How the data is read; auto goes by its name and content."),
             LATHE_AT(data.format)),
        bind(choice("data.encoding", {"auto", "utf-8", "utf-16", "gb18030", "big5", "latin-1"},
                    "How the file's bytes are letters; auto looks at them.", true),
             LATHE_AT(data.encoding)),
        bind(text("data.columns", NameMap,
                  "Which column plays which role, by name or by index; guessed when left out."),
             LATHE_AT(data.columns)),
        bind(number("data.limit", Integer, 0, 1e12, "Only the first so many rows; 0 takes all."),
             LATHE_AT(data.limit)),
        bind(choice("data.stratify", {"auto", "none"},
                    "Hold out the same share of each class; none takes rows regardless of their label. For "
                    "classification with a fraction as validation.",
                    true),
             LATHE_AT(data.stratify)),
        bind(number("data.split_seed", Integer, 0, 4294967295.0,
                    "Which rows a fraction holds out: same seed, same rows, whatever train.seed is.", true),
             LATHE_AT(data.splitSeed)),
        bind(number("data.max_length", Integer, 4, 1048576,
                    "Rows longer than so many tokens are cut; memory grows with it. Usual: 64 to 2048."),
             LATHE_AT(data.maxLength)),
        bind(choice(
                 "data.template",
                 {"auto", "chatml", "llama3", "gemma", "phi", "zephyr", "mistral", "alpaca", "plain", "none"},
                 "The chat format for instruction rows; auto takes the model's own."),
             LATHE_AT(data.chatTemplate)),
        bind(text("data.split_special_tokens", Bool,
                  "Control tokens spelled out in the contents of messages are text; off, they become those "
                  "tokens.",
                  true),
             LATHE_AT(data.splitSpecialTokens)),
        bind(choice("data.loss_on", {"completion", "all"},
                    "Learn the answers only, or every token of the row."),
             LATHE_AT(data.lossOn)),
        bind(choice("data.packing", {"none", "best_fit"}, "Put several short rows into one sequence.", true),
             LATHE_AT(data.packing)),
    };
}

std::vector<BoundField> trainFields() {
    using enum FieldKind;
    return {
        bind(number("train.epochs", Number, 0, 10000, "How often every row is seen. Usual: 1 to 5."),
             LATHE_AT(train.epochs)),
        bind(number("train.max_steps", Integer, 0, 1e9,
                    "Stop after so many optimiser steps; 0 goes by the epochs."),
             LATHE_AT(train.maxSteps)),
        bind(number("train.batch_size", Integer, 1, 65536,
                    "Rows computed together; more is steadier and takes more memory. Usual: 4 to 32."),
             LATHE_AT(train.batchSize)),
        bind(number("train.gradient_accumulation", Integer, 1, 65536,
                    "Batches summed before one step: a larger batch without its memory.", true),
             LATHE_AT(train.gradientAccumulation)),
        bind(number("train.learning_rate", Number, 0, 100,
                    "How far one step goes; left out, the method's own, for preferences a tenth of it. "
                    "Usual: 1e-3 to "
                    "2e-4 for LoRA, 2e-5 for full."),
             LATHE_AT(train.learningRate)),
        bind(text("train.learning_rates", NameMap,
                  "Other learning rates for some of what trains, by parts of its names: {classifier: 1e-4, "
                  "lora_B: 1e-2}.",
                  true),
             LATHE_AT(train.learningRates)),
        bind(
            number("train.weight_decay", Number, 0, 10, "Pulls weights towards zero; usual: 0 to 0.1.", true),
            LATHE_AT(train.weightDecay)),
        bind(choice("train.schedule", {"constant", "linear", "cosine"},
                    "How the learning rate falls after the warm-up.", true),
             LATHE_AT(train.schedule)),
        bind(number("train.warmup_steps", Integer, 0, 1e9,
                    "Steps over which the learning rate rises from zero.", true),
             LATHE_AT(train.warmupSteps)),
        bind(number("train.max_grad_norm", Number, 0, 1e9,
                    "Gradients longer than this are scaled down; 0 leaves them. Usual: 1.", true),
             LATHE_AT(train.maxGradNorm)),
        bind(choice("train.precision", {"auto", "fp32", "bf16"},
                    "Number format of the computation; auto takes bf16 only where it is faster.", true),
             LATHE_AT(train.precision)),
        bind(choice("train.quantization", {"none", "int8", "nf4"},
                    "Keep the frozen base's matrices in 8 bits or in 4 (nf4, as in QLoRA): a large base in "
                    "little memory, "
                    "a little slower. For methods that add to the base."),
             LATHE_AT(train.quantization)),
        bind(text("train.gradient_checkpointing", Bool,
                  "Compute activations twice instead of keeping them: less memory, slower."),
             LATHE_AT(train.gradientCheckpointing)),
        bind(number("train.seed", Integer, 0, 4294967295.0, "Same seed, same run.", true),
             LATHE_AT(train.seed)),
        bind(number("train.eval_every", Integer, 0, 1e9,
                    "Validate every so many steps; 0 only before and after."),
             LATHE_AT(train.evalEvery)),
        bind(number("train.save_every", Integer, 0, 1e9, "Checkpoint every so many steps; 0 only at the end.",
                    true),
             LATHE_AT(train.saveEvery)),
        bind(number("train.save_minutes", Number, 0, 100000,
                    "Checkpoint also when this many minutes have passed since the last one; 0 goes by "
                    "save_every alone.",
                    true),
             LATHE_AT(train.saveMinutes)),
        bind(number("train.log_every", Integer, 1, 1e6, "Report the loss every so many steps.", true),
             LATHE_AT(train.logEvery)),
    };
}

const std::vector<BoundField>& boundFields() {
    static const std::vector<BoundField> fields = [] {
        using enum FieldKind;
        std::vector<BoundField> all{
            bind(number("lathe", Integer, 1, 1, "Version of the recipe format."), LATHE_AT(version)),
            bind(text("name", Text, "Name of the run, for its folder and its curve."), LATHE_AT(name)),
            bind(text("task", Text, "What is learnt."), LATHE_AT(task)),
            bind(text("base", Path,
                      "The model to start from: a folder, a .gguf file, shelf:NAME, hub:ORG/NAME, or a run "
                      "folder."),
                 LATHE_AT(base)),
        };
        for (auto& field : dataFields()) all.push_back(std::move(field));
        for (auto& field : trainFields()) all.push_back(std::move(field));
        all.push_back(bind(text("device", Text, "auto, cpu, cuda or cuda:1."), LATHE_AT(device)));
        return all;
    }();
    return fields;
}

#undef LATHE_AT

const BoundField& boundField(const std::string& key) {
    const auto& fields = boundFields();
    const auto it =
        std::find_if(fields.begin(), fields.end(), [&](const BoundField& b) { return b.field.key == key; });
    LATHE_CHECK(it != fields.end());
    return *it;
}

std::string names(const auto& entries) {
    std::string text;
    for (const auto& entry : entries) text += (text.empty() ? "" : ", ") + entry.name;
    return text;
}

/// Checks what is there by its field and fills what is left out.
void completeSettings(const std::vector<Field>& fields, const std::string& prefix, Settings& values,
                      std::vector<RecipeFault>& faults, std::size_t method = 0) {
    for (const auto& field : fields) {
        const auto it = values.find(field.key);
        if (it == values.end())
            values[field.key] = field.fallback;
        else if (const auto fault = fieldFault(field, it->second))
            faults.push_back({prefix + field.key, *fault, "", method});
    }
}

void checkMethod(Recipe& recipe, std::size_t index, const Catalog& catalog,
                 std::vector<RecipeFault>& faults) {
    MethodSettings& method = recipe.methods[index];
    const MethodEntry* entry = catalog.method(method.name);
    if (!entry) {
        faults.push_back({"method.name",
                          "there is no method \"" + method.name + "\"; known: " + names(catalog.methods), "",
                          index});
        return;
    }
    completeSettings(entry->fields, "method.", method.values, faults, index);
}

void checkLabelKind(const TaskSettings& objective, std::vector<RecipeFault>& faults) {
    if (namesTwoLabelKinds(objective.values))
        faults.push_back(
            {objective.section + "." + kMultiLabelKey,
             "a label is a number (regression) or several names (multi_label), not both; turn one of "
             "them off",
             ""});
}

void checkTask(Recipe& recipe, const Catalog& catalog, std::vector<RecipeFault>& faults) {
    if (recipe.task.empty()) {
        faults.push_back({"task", "is missing; known: " + names(catalog.tasks), ""});
        return;
    }
    const TaskEntry* entry = catalog.task(recipe.task);
    if (!entry) {
        faults.push_back(
            {"task", "there is no task \"" + recipe.task + "\"; known: " + names(catalog.tasks), ""});
        return;
    }
    recipe.objective.section = entry->section;
    completeSettings(entry->fields, entry->section + ".", recipe.objective.values, faults);
    checkLabelKind(recipe.objective, faults);
    for (const Field& field : entry->fields) {
        if (field.kind != FieldKind::RewardList) continue;
        std::vector<std::string> sentences;
        rewardSettings(recipe.objective.values[field.key], catalog, sentences);
        for (std::string& sentence : sentences)
            faults.push_back({entry->section + "." + field.key, std::move(sentence), ""});
    }
}

/// What each setting allows by itself but not beside the others.
void checkTogether(const Recipe& recipe, const Catalog& catalog, std::vector<RecipeFault>& faults) {
    const bool packs = recipe.data.packing != "none";
    const TaskEntry* task = catalog.task(recipe.task);
    if (packs && task && !task->packs)
        faults.push_back(
            {"data.packing", "rows of the task " + task->name + " cannot share a sequence; use none", ""});
    for (std::size_t index = 0; index < recipe.methods.size(); ++index) {
        const MethodEntry* entry = catalog.method(recipe.methods[index].name);
        if (!entry) continue;
        if (!entry->isAdapter && recipe.methods.size() > 1)
            faults.push_back({"method.name",
                              entry->name +
                                  " changes the base itself and cannot be combined; combine methods that add "
                                  "to it, such as lora, bottleneck and prompt",
                              "", index});
        if (!entry->isAdapter && recipe.train.quantization != "none")
            faults.push_back({"train.quantization",
                              entry->name +
                                  " trains the base itself, which cannot be quantised then; use none, or a "
                                  "method that adds to it, such as lora",
                              ""});
        if (packs && !entry->packs)
            faults.push_back(
                {"data.packing",
                 entry->name + " stands in front of each row, so rows cannot share a sequence; use none, or "
                               "a method such as lora",
                 ""});
        if (!entry->checkpoints && recipe.train.gradientCheckpointing)
            faults.push_back(
                {"train.gradient_checkpointing",
                 entry->name + " does not go with gradient checkpointing; turn it off, or use prompt or lora",
                 ""});
    }
}

void checkLearningRates(const Recipe& recipe, std::vector<RecipeFault>& faults) {
    if (!recipe.train.learningRates.empty() && recipe.train.learningRate == 0.0)
        faults.push_back({"train.learning_rates", "needs a learning_rate above 0 for the others", ""});
    for (const auto& [name, text] : recipe.train.learningRates) {
        char* end = nullptr;
        const double rate = std::strtod(text.c_str(), &end);
        if (text.empty() || *end != '\0' || !(rate > 0 && rate <= 100))
            faults.push_back({"train.learning_rates",
                              "\"" + text + "\" for " + name + " is no rate; a number above 0 and up to 100",
                              ""});
    }
}

bool knownDevice(const std::string& device) {
    if (device == "auto" || device == "cpu" || device == "cuda") return true;
    return device.size() > 5 && device.size() < 8 && device.rfind("cuda:", 0) == 0 &&
           std::all_of(device.begin() + 5, device.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

const std::vector<Field>& recipeFields() {
    static const std::vector<Field> fields = [] {
        std::vector<Field> all;
        for (const auto& bound : boundFields()) all.push_back(bound.field);
        return all;
    }();
    return fields;
}

FieldValue recipeValue(const Recipe& recipe, const std::string& key) {
    return boundField(key).read(recipe);
}

Result<void> setRecipeValue(Recipe& recipe, const std::string& key, const FieldValue& value) {
    const BoundField& bound = boundField(key);
    if (!fitsType(bound.field, value))
        return Error{ErrorCode::RecipeInvalid, key + " must be " + allowedText(bound.field), "", ""};
    bound.write(recipe, value);
    return {};
}

std::string RecipeFault::text() const {
    const std::string what = key.empty() ? message : key + ": " + message;
    return place.empty() ? what : place + ": " + what;
}

std::vector<RecipeFault> checkRecipe(Recipe& recipe, const Catalog& catalog) {
    std::vector<RecipeFault> faults;
    for (const auto& bound : boundFields())
        if (const auto fault = fieldFault(bound.field, bound.read(recipe)))
            faults.push_back({bound.field.key, *fault, ""});
    checkTask(recipe, catalog, faults);
    if (recipe.base.empty())
        faults.push_back(
            {"base", "is missing; a folder, a .gguf file, shelf:NAME, hub:ORG/NAME or a run folder", ""});
    if (recipe.data.train.empty())
        faults.push_back({"data.train", "is missing; the file with the training rows", ""});
    if (!knownDevice(recipe.device))
        faults.push_back({"device", "\"" + recipe.device + "\" is not known; auto, cpu, cuda or cuda:N", ""});
    if (recipe.train.maxSteps == 0 && recipe.train.epochs <= 0)
        faults.push_back({"train.epochs", "must be above 0 when train.max_steps is 0", ""});
    if (recipe.methods.empty())
        faults.push_back({"method.name", "is missing; known: " + names(catalog.methods), ""});
    for (std::size_t i = 0; i < recipe.methods.size(); ++i) checkMethod(recipe, i, catalog, faults);
    checkTogether(recipe, catalog, faults);
    checkLearningRates(recipe, faults);
    return faults;
}

}  // namespace lathe
