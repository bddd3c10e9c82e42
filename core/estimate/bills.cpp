// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/estimate/bills.h"

#include <algorithm>

#include "core/catalog/catalog.h"
#include "core/data/roles/columns.h"
#include "core/data/roles/label_columns.h"
#include "core/data/roles/label_scan.h"
#include "core/data/roles/tagged_words.h"
#include "core/estimate/memory_advice.h"
#include "core/estimate/run_facts.h"
#include "core/formats/hf/hub_cache.h"
#include "core/formats/shelf.h"
#include "core/objectives/objective.h"
#include "core/peft/parted_head.h"
#include "core/peft/target_selection.h"
#include "core/run/base_model.h"
#include "core/target/build_model.h"
#include "core/target/loaded_model.h"
#include "core/tokenizer/chat/chat_format.h"

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

namespace {

std::size_t faultsOf(Recipe recipe) {
    return checkRecipe(recipe, engineCatalog()).size();
}

/// Bills of one base for recipes that differ in methods and sizes.
class BillMaker {
  public:
    static Result<BillMaker> open(const Recipe& recipe, RowSummary rows) {
        BillMaker maker;
        LATHE_TRY(const auto path, resolveBase(recipe.base));
        LATHE_TRY(ModelSource source, openModel(path));
        LATHE_TRY(maker.m_architecture, architectureOf(source));
        maker.m_config = std::move(source.config);
        LATHE_TRY(maker.m_shape, shapeForTask(*maker.m_architecture, maker.m_config, recipe));
        maker.m_rows = std::move(rows);
        return maker;
    }

    Result<Bill> of(const std::vector<ChosenMethod>& chosen, const Recipe& recipe) const {
        ModelShape shape = m_shape;
        if (partsHead(chosen, shape)) {
            LATHE_TRY(shape, shapeForTask(*m_architecture, partedConfig(m_config), recipe));
        }
        return makeBill(chosen, shape, recipe, runFacts(recipe, shape, m_config, m_rows));
    }

    /// With the note when it is more than the memory that there is.
    Result<Bill> withAdvice(const std::vector<ChosenMethod>& chosen, const Recipe& recipe,
                            const FreeMemory& room) const {
        LATHE_TRY(Bill bill, of(chosen, recipe));
        const auto needOf = [&](const Recipe& changed) -> Result<int64_t> {
            if (faultsOf(changed) > faultsOf(recipe))
                return Error{ErrorCode::RecipeInvalid, "the method does not go with that", "", ""};
            LATHE_TRY(const Bill other, of(chosen, changed));
            return other.memory.total();
        };
        if (auto note = memoryNote(recipe, bill.memory.total(), room, needOf))
            bill.notes.push_back(std::move(*note));
        return bill;
    }

  private:
    const Architecture* m_architecture = nullptr;
    Json m_config;
    ModelShape m_shape;
    RowSummary m_rows;
};

/// The method with these settings, the rest as by default.
Result<ChosenMethod> completed(const MethodSettings& own) {
    const Method* method = findMethod(own.name);
    if (!method)
        return Error{ErrorCode::BadArgument, "there is no method \"" + own.name + "\"", "method.name",
                     "lathe-run catalog lists them"};
    MethodSettings all = defaultSettings(method->entry());
    for (const auto& [key, value] : own.values) all.values[key] = value;
    return ChosenMethod{method, std::move(all)};
}

Result<std::vector<ChosenMethod>> ownMethods(const Recipe& recipe) {
    std::vector<ChosenMethod> together;
    for (const MethodSettings& own : recipe.methods) {
        LATHE_TRY(ChosenMethod chosen, completed(own));
        together.push_back(std::move(chosen));
    }
    return together;
}

std::optional<Note> noteFor(const Recipe& recipe, RowSummary rows) {
    const auto maker = BillMaker::open(recipe, std::move(rows));
    const auto together = ownMethods(recipe);
    if (!maker.ok() || !together.ok()) return std::nullopt;  // the run itself tells what is wrong
    auto bill = maker.value().withAdvice(together.value(), recipe, freeMemory(recipe.device));
    if (!bill.ok() || bill.value().notes.empty()) return std::nullopt;
    return std::move(bill.value().notes.front());
}

}  // namespace

Result<std::vector<Bill>> makeBills(const Recipe& recipe, const std::vector<std::string>& onlyMethods) {
    LATHE_TRY(const BillMaker maker, BillMaker::open(recipe, rowsOfRecipe(recipe)));
    const FreeMemory room = freeMemory(recipe.device);
    const auto settingsOf = [&](const std::string& name) {
        const auto own = std::find_if(recipe.methods.begin(), recipe.methods.end(),
                                      [&](const MethodSettings& settings) { return settings.name == name; });
        return own == recipe.methods.end() ? MethodSettings{name, {}} : *own;
    };
    std::vector<Bill> bills;
    for (const std::string& name : onlyMethods) {
        LATHE_TRY(const ChosenMethod chosen, completed(settingsOf(name)));
        LATHE_TRY(auto bill, maker.withAdvice({chosen}, recipe, room));
        bills.push_back(std::move(bill));
    }
    if (!onlyMethods.empty()) return bills;
    LATHE_TRY(const auto together, ownMethods(recipe));
    LATHE_TRY(auto first, maker.withAdvice(together, recipe, room));
    bills.push_back(std::move(first));
    for (const Method* method : methods()) {
        if (bills.front().method == method->entry().name) continue;
        LATHE_TRY(const ChosenMethod chosen, completed(settingsOf(method->entry().name)));
        // One that this base does not take is not a fault of the recipe, which has others.
        if (auto bill = maker.of({chosen}, recipe); bill.ok()) bills.push_back(std::move(bill.value()));
    }
    return bills;
}

std::optional<Note> memoryNoteFor(const Recipe& recipe, const std::vector<Example>& rows) {
    return noteFor(recipe, summaryOf(rows));
}

std::optional<Note> memoryNoteFor(const Recipe& recipe) {
    return noteFor(recipe, rowsOfRecipe(recipe));
}

}  // namespace lathe
