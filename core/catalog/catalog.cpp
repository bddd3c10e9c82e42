// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/catalog/catalog.h"

#include "core/model/bert.h"
#include "core/model/gemma.h"
#include "core/model/gpt2.h"
#include "core/model/llama.h"
#include "core/model/mistral.h"
#include "core/model/modernbert.h"
#include "core/model/phi.h"
#include "core/model/qwen.h"
#include "core/model/t5.h"
#include "core/objectives/classify.h"
#include "core/objectives/language.h"
#include "core/objectives/policy.h"
#include "core/objectives/preference.h"
#include "core/objectives/regress.h"
#include "core/objectives/reward_model.h"
#include "core/objectives/several_labels.h"
#include "core/objectives/tag.h"
#include "core/optim/schedule.h"
#include "core/peft/methods/adalora.h"
#include "core/peft/methods/bottleneck.h"
#include "core/peft/methods/dora.h"
#include "core/peft/methods/freeze.h"
#include "core/peft/methods/full.h"
#include "core/peft/methods/ia3.h"
#include "core/peft/methods/lora.h"
#include "core/peft/methods/lora_fa.h"
#include "core/peft/methods/p_tuning.h"
#include "core/peft/methods/prefix.h"
#include "core/peft/methods/prompt.h"
#include "core/peft/methods/vera.h"
#include "core/rewards/entries.h"

namespace lathe {
namespace {

template <class T>
Result<std::unique_ptr<Objective>> make(const Settings&) {
    return std::unique_ptr<Objective>(std::make_unique<T>());
}

Result<std::unique_ptr<Objective>> makeClassifier(const Settings& settings) {
    switch (labelKindOf(settings)) {
        case LabelKind::Several:
            return make<SeveralLabelsObjective>(settings);
        case LabelKind::Number:
            return make<RegressObjective>(settings);
        case LabelKind::One:
            break;
    }
    return make<ClassifyObjective>(settings);
}

template <HeadKind kHead>
Result<std::unique_ptr<Objective>> makeLanguage(const Settings&) {
    return std::unique_ptr<Objective>(std::make_unique<LanguageObjective>(kHead));
}

struct Task {
    TaskEntry entry;
    Result<std::unique_ptr<Objective>> (*objective)(const Settings& settings);
};

/// Of a decoder's text: its rows can share a sequence.
TaskEntry packing(TaskEntry entry) {
    entry.packs = true;
    return entry;
}

TaskEntry task(const char* name, const char* title, const char* help, const char* way, const char* metric,
               bool metricRises, std::vector<Field> fields = {}, const char* section = "objective") {
    TaskEntry entry;
    entry.section = section;
    entry.fields = std::move(fields);
    entry.name = name;
    entry.title = title;
    entry.help = help;
    entry.way = way;
    entry.metric = metric;
    entry.metricRises = metricRises;
    return entry;
}

const std::vector<Task>& tasks() {
    static const std::vector<Task> list{
        {packing(task(
             "language_modeling", "Continue text",
             "Learns to predict the next token of plain text, for example to take on a style or a subject.",
             "self-supervised", "loss", false)),
         makeLanguage<HeadKind::LanguageModel>},
        {task("masked_language_modeling", "Fill in words",
              "Learns to guess hidden words of plain text, so that an encoder takes on a style or a subject.",
              "self-supervised", "loss", false),
         makeLanguage<HeadKind::MaskedLanguageModel>},
        {packing(task("instruction", "Follow instructions",
                      "Learns to answer as the example answers do; the questions are read but not learnt.",
                      "supervised", "loss", false)),
         makeLanguage<HeadKind::LanguageModel>},
        {task(
             "classification", "Sort texts",
             "Learns to give each text (or pair of texts) a label, for example positive or negative; several "
             "labels, or a number.",
             "supervised", "accuracy", true, labelFields()),
         makeClassifier},
        {task("token_classification", "Tag words",
              "Learns to give each word a tag, for example which words name a person or a place.",
              "supervised", "f1", true),
         make<TagObjective>},
        {task("sequence_to_sequence", "Translate or summarise",
              "Learns to write the target text that belongs to a source text.", "supervised", "loss", false),
         makeLanguage<HeadKind::SequenceToSequence>},
        {task("reward_model", "Judge answers",
              "Learns from pairs of answers to give the better one the higher score.", "supervised",
              "reward_accuracy", true, rewardFields()),
         RewardObjective::make},
        {task("preference", "Prefer answers",
              "Learns from pairs of answers to write more like the better ones (DPO and its variants).",
              "supervised", "reward_accuracy", true, preferenceFields()),
         PreferenceObjective::make},
        {task("reinforcement", "Learn from rewards",
              "Writes answers of its own and learns to write more like those with a high reward (PPO, GRPO).",
              "reinforcement", "reward", true, policyFields(), "reinforcement"),
         PolicyObjective::make},
    };
    return list;
}

std::vector<CatalogEntry> formatEntries() {
    return {
        {"json", "JSON", "One file with a list of objects, a row each.", {}},
        {"jsonl", "JSON lines", "One JSON object a line.", {}},
        {"csv", "CSV", "Values separated by commas, with or without a header line.", {}},
        {"tsv", "TSV", "Values separated by tabs, with or without a header line.", {}},
        {"text", "Plain text", "Text without columns; for language modelling.", {}},
        {"conll",
         "CoNLL",
         "A word and its tag a line, blank lines between sentences; for tagging words.",
         {}},
        {"folder", "Folder", "Text files, in folders by class where there are labels.", {}},
    };
}

Catalog makeCatalog() {
    Catalog catalog;
    for (const Task& item : tasks()) catalog.tasks.push_back(item.entry);
    for (const Method* method : methods()) catalog.methods.push_back(method->entry());
    for (const Architecture& item : architectures())
        catalog.architectures.push_back({item.name, item.title, item.help, {}});
    catalog.formats = formatEntries();
    catalog.schedules = scheduleEntries();
    catalog.rewards = rewardEntries();
    return catalog;
}

}  // namespace

const std::vector<const Method*>& methods() {
    static const std::vector<const Method*> list{
        &fullMethod(),       &freezeMethod(), &loraMethod(),   &doraMethod(),
        &loraFaMethod(),     &veraMethod(),   &ia3Method(),    &adaloraMethod(),
        &bottleneckMethod(), &promptMethod(), &prefixMethod(), &pTuningMethod(),
    };
    return list;
}

const std::vector<Architecture>& architectures() {
    static const std::vector<Architecture> list{
        llamaArchitecture(),      mistralArchitecture(), qwen2Architecture(),   qwen3Architecture(),
        gemmaArchitecture(),      gemma2Architecture(),  gemma3Architecture(),  phi3Architecture(),
        gpt2Architecture(),       bertArchitecture(),    robertaArchitecture(), distilbertArchitecture(),
        modernbertArchitecture(), t5Architecture(),
    };
    return list;
}

const Catalog& engineCatalog() {
    static const Catalog catalog = makeCatalog();
    return catalog;
}

const Method* findMethod(const std::string& name) {
    for (const Method* method : methods()) {
        if (method->entry().name == name) return method;
    }
    return nullptr;
}

Result<std::vector<ChosenMethod>> chooseMethods(const std::vector<MethodSettings>& settings) {
    std::vector<ChosenMethod> chosen;
    for (const MethodSettings& one : settings) {
        const Method* method = findMethod(one.name);
        if (!method)
            return Error{ErrorCode::Unsupported, "there is no method \"" + one.name + "\"", "method.name",
                         "see lathe-run catalog"};
        chosen.push_back({method, one});
    }
    return chosen;
}

Result<const AdapterMethod*> methodOfAdapter(const OrderedJson& config, const std::string& place) {
    for (const Method* method : methods())
        if (const auto* adapter = method->asAdapter(); adapter && adapter->reads(config)) return adapter;
    const OrderedJson kind = config.value("peft_type", OrderedJson());
    return Error{ErrorCode::Unsupported,
                 "adapters of the kind \"" + (kind.is_string() ? kind.get<std::string>() : "?") +
                     "\" are not supported",
                 place, "merge it into its base with the program that made it"};
}

Result<const Architecture*> findArchitecture(const std::string& modelType) {
    std::string known;
    for (const Architecture& architecture : architectures()) {
        if (architecture.name == modelType) return &architecture;
        known += (known.empty() ? "" : ", ") + architecture.name;
    }
    return Error{ErrorCode::Unsupported, "the architecture \"" + modelType + "\" is not supported",
                 "config.json: model_type", "supported are: " + known};
}

std::vector<std::string> tasksOf(const Architecture& architecture) {
    std::vector<std::string> names;
    for (const Task& item : tasks()) {
        const auto objective = item.objective({});
        LATHE_CHECK(objective.ok());
        if (architecture.canHave(objective.value()->head())) names.push_back(item.entry.name);
    }
    return names;
}

Result<std::unique_ptr<Objective>> makeObjective(const std::string& name, const Settings& settings) {
    std::string known;
    for (const Task& item : tasks()) {
        if (item.entry.name == name) return item.objective(settings);
        known += (known.empty() ? "" : ", ") + item.entry.name;
    }
    return Error{ErrorCode::Unsupported, "the task \"" + name + "\" is not supported", "task",
                 "supported are: " + known};
}

}  // namespace lathe
