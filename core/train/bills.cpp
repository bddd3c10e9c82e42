// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/data/columns.h"
#include "core/data/label_columns.h"
#include "core/data/label_scan.h"
#include "core/data/tagged_words.h"
#include "core/formats/hub_cache.h"
#include "core/formats/shelf.h"
#include "core/peft/parted_head.h"
#include "core/peft/target_selection.h"
#include "core/run/base_model.h"
#include "core/tokenizer/chat_format.h"
#include "core/train/build_model.h"
#include "core/train/catalog.h"
#include "core/train/loaded_model.h"
#include "core/train/objectives/objective.h"

namespace lathe {
namespace {

/// Enough rows to see every class of a file that is worth training on.
constexpr int64_t kRowsForLabels = 20'000;
constexpr int64_t kUsualLabels = 2;

/// How many classes the recipe's training rows have; two while there is no readable file.
int64_t countLabels(const Recipe& recipe) {
    if (recipe.data.train.empty()) return kUsualLabels;
    const int64_t limit =
        recipe.data.limit > 0 ? std::min(recipe.data.limit, kRowsForLabels) : kRowsForLabels;
    const auto records = readRecords(recipe.data.train, {recipe.data.format, recipe.data.encoding, limit});
    if (!records.ok()) return kUsualLabels;
    const bool tags = rowShapeOf(recipe.task) == RowShape::Tagged;
    const LabelKind kind = tags ? LabelKind::One : labelKindOf(recipe.objective.values);
    const auto columns = resolveColumns(records.value(), recipe.task, recipe.data.columns, true, kind);
    if (!columns.ok()) return kUsualLabels;
    LabelScan labels(kind);
    for (const Record& record : records.value().records) {
        if (tags) {
            for (const std::string& tag : wordsOf(record.values[columns.value().at("tags")]))
                labels.add(tag, "");
        } else if (const auto cell = labelCell(records.value(), record, columns.value(), kind); cell.ok()) {
            labels.add(cell.value(), "");
        }
    }
    std::vector<Note> notes;
    return std::max<int64_t>(static_cast<int64_t>(labels.names(notes).size()), 1);
}

/// The objective's own number of outputs, else one a label.
int64_t outputsOf(const Objective& objective, const Recipe& recipe) {
    if (labelKindOf(recipe.objective.values) == LabelKind::Number) return 1;
    const auto own = static_cast<int64_t>(objective.outputNames({}).size());
    return own > 0 ? own : countLabels(recipe);
}

/// The head without a task: the one that writes where the architecture has one, else none.
HeadChoice bareHead(const Architecture& architecture) {
    for (const HeadKind kind : {HeadKind::LanguageModel, HeadKind::SequenceToSequence})
        if (architecture.canHave(kind)) return {kind};
    return {};
}

Result<const Architecture*> architectureOf(const ModelSource& source) {
    LATHE_TRY(const std::string type, jsonString(source.config, "model_type", "", source.path.string()));
    return findArchitecture(type);
}

Result<ModelShape> shapeForTask(const Architecture& architecture, const Json& config, const Recipe& recipe) {
    if (recipe.task.empty()) {
        const HeadChoice bare = bareHead(architecture);
        const HeadChoice usual{HeadKind::SequenceClassification, kUsualLabels};
        return architecture.shape(config, bare.kind == HeadKind::Body ? usual : bare);
    }
    LATHE_TRY(const auto objective, makeObjective(recipe.task));
    HeadChoice head{objective->head()};
    if (head.kind == HeadKind::SequenceClassification || head.kind == HeadKind::TokenClassification)
        head.labels = outputsOf(*objective, recipe);
    return architecture.shape(config, head);
}

std::string shelfLicence(const std::string& base) {
    constexpr std::string_view kPrefix = "shelf:";
    if (!base.starts_with(kPrefix)) return {};
    const ShelfItem* item = shelfItem(base.substr(kPrefix.size()));
    return item ? item->licence : std::string();
}

std::string textOf(const Json& object, const char* key) {
    const auto it = object.find(key);
    return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

int64_t elementsOf(const ModelShape& shape) {
    int64_t total = 0;
    for (const ParameterShape& parameter : shape.parameters) {
        int64_t count = 1;
        for (const int64_t size : parameter.shape) count *= size;
        total += count;
    }
    return total;
}

}  // namespace

Result<BaseFacts> describeBase(const std::string& base) {
    LATHE_TRY(const BaseModel opened, openBase(base));
    const ModelSource& source = opened.source;
    LATHE_TRY(const Architecture* architecture, architectureOf(source));
    LATHE_TRY(const ModelShape shape, architecture->shape(source.config, bareHead(*architecture)));
    BaseFacts facts;
    facts.path = source.path.string();
    facts.format = source.format;
    facts.architecture = architecture->name;
    facts.title =
        source.ggufMetadata.is_object() ? textOf(source.ggufMetadata, "general.name") : std::string();
    if (facts.title.empty())
        facts.title =
            base.starts_with(kHubPrefix) ? base.substr(kHubPrefix.size()) : source.path.stem().string();
    facts.licence = shelfLicence(base);
    if (facts.licence.empty() && source.ggufMetadata.is_object())
        facts.licence = textOf(source.ggufMetadata, "general.license");
    facts.tokenizerKind = opened.tokenizer->kind();
    if (!opened.tokenizer->chatTemplate().empty()) facts.chatFormat = ChatFormat::kModelsOwn;
    facts.parameters = elementsOf(shape);
    facts.contextLength = shape.context;
    facts.hiddenSize = shape.hidden;
    facts.blocks = shape.blocks;
    facts.vocabulary = shape.vocabulary;
    for (const TensorInfo& tensor : source.weights->tensors())
        facts.sizeBytes += static_cast<int64_t>(tensor.sizeBytes);
    facts.linearNames = linearNames(shape);
    facts.embeddingNames = embeddingNames(shape);
    facts.defaultTargets = shape.defaultTargets;
    facts.tasks = tasksOf(*architecture);
    facts.notes = opened.notes;
    if (auto note = unusedTensors(*architecture, source.config, *source.weights))
        addNote(facts.notes, std::move(*note));
    return facts;
}

Result<std::vector<Bill>> makeBills(const Recipe& recipe, const std::vector<std::string>& onlyMethods) {
    LATHE_TRY(const auto path, resolveBase(recipe.base));
    LATHE_TRY(const ModelSource source, openModel(path));
    LATHE_TRY(const Architecture* architecture, architectureOf(source));
    LATHE_TRY(const ModelShape shape, shapeForTask(*architecture, source.config, recipe));
    const auto complete = [](const MethodSettings& own) -> Result<ChosenMethod> {
        const Method* method = findMethod(own.name);
        if (!method)
            return Error{ErrorCode::BadArgument, "there is no method \"" + own.name + "\"", "method.name",
                         "lathe-run catalog lists them"};
        MethodSettings all = defaultSettings(method->entry());
        for (const auto& [key, value] : own.values) all.values[key] = value;
        return ChosenMethod{method, std::move(all)};
    };
    const auto ownOf = [&](const std::string& name) {
        const auto own = std::find_if(recipe.methods.begin(), recipe.methods.end(),
                                      [&](const MethodSettings& settings) { return settings.name == name; });
        return own == recipe.methods.end() ? MethodSettings{name, {}} : *own;
    };
    const auto billOf = [&](const std::vector<ChosenMethod>& chosen) -> Result<Bill> {
        if (!partsHead(chosen, shape)) return makeBill(chosen, shape, recipe);
        LATHE_TRY(const ModelShape parted, shapeForTask(*architecture, partedConfig(source.config), recipe));
        return makeBill(chosen, parted, recipe);
    };
    std::vector<Bill> bills;
    for (const std::string& name : onlyMethods) {
        LATHE_TRY(const ChosenMethod chosen, complete(ownOf(name)));
        LATHE_TRY(auto bill, billOf({chosen}));
        bills.push_back(std::move(bill));
    }
    if (!onlyMethods.empty()) return bills;
    std::vector<ChosenMethod> together;
    for (const MethodSettings& own : recipe.methods) {
        LATHE_TRY(ChosenMethod chosen, complete(own));
        together.push_back(std::move(chosen));
    }
    LATHE_TRY(auto first, billOf(together));
    bills.push_back(std::move(first));
    for (const Method* method : methods()) {
        if (bills.front().method == method->entry().name) continue;
        LATHE_TRY(const ChosenMethod chosen, complete(ownOf(method->entry().name)));
        // One that this base does not take is no fault of the recipe, which has others.
        if (auto bill = billOf({chosen}); bill.ok()) bills.push_back(std::move(bill.value()));
    }
    return bills;
}

}  // namespace lathe
