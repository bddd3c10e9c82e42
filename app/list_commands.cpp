// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/catalog_markdown.h"
#include "app/commands.h"
#include "core/catalog/catalog.h"
#include "core/config/recipe_yaml.h"
#include "core/formats/shelf.h"
#include "core/target/loaded_model.h"

namespace lathe {
namespace {

namespace fs = std::filesystem;

struct ParamsArguments {
    std::string recipe, base, task;
    std::vector<std::string> overrides, methods;
};

/// What people mostly train a base for, of what it can be trained for.
std::string usualTask(const std::vector<std::string>& tasks) {
    for (const char* usual : {"instruction", "classification"})
        if (std::find(tasks.begin(), tasks.end(), usual) != tasks.end()) return usual;
    return tasks.empty() ? "" : tasks.front();
}

/// The recipe, or one with defaults for --base.
Result<Recipe> recipeFor(const ParamsArguments& arguments) {
    if (!arguments.recipe.empty()) {
        ParsedRecipe parsed = readRecipe(arguments.recipe, arguments.overrides, engineCatalog());
        if (!parsed.faults.empty())
            return Error{ErrorCode::RecipeInvalid, parsed.faults.front().text(), "", ""};
        return parsed.recipe;
    }
    LATHE_TRY(const BaseFacts facts, describeBase(arguments.base));
    Recipe recipe;
    recipe.base = arguments.base;
    recipe.task = !arguments.task.empty() ? arguments.task : usualTask(facts.tasks);
    recipe.data.train = "none";
    const auto faults = checkRecipe(recipe, engineCatalog());
    if (!faults.empty()) return Error{ErrorCode::RecipeInvalid, faults.front().text(), "", ""};
    return recipe;
}

OrderedJson billJson(const Bill& bill, const Recipe& recipe) {
    OrderedJson json{{"method", bill.method}};
    if (bill.method == recipe.methods.front().name && recipe.methods.front().values.count("rank"))
        json["rank"] = integerSetting(recipe.methods.front().values, "rank", 0);
    json["trainable"] = bill.trainable;
    json["total"] = bill.total;
    json["percent"] = bill.percent;
    json["adapter_bytes"] = bill.adapterBytes;
    json["memory"] = {{"weights", bill.memory.weights},         {"adapter", bill.memory.adapter},
                      {"gradients", bill.memory.gradients},     {"optimizer", bill.memory.optimizer},
                      {"activations", bill.memory.activations}, {"temporary", bill.memory.temporary},
                      {"process", bill.memory.process},         {"total", bill.memory.total()}};
    if (!bill.notes.empty()) json["notes"] = notesToJson(bill.notes);
    return json;
}

int params(const ParamsArguments& arguments, Console& console) {
    const auto recipe = recipeFor(arguments);
    if (!recipe.ok()) return console.fail(recipe.error());
    const auto bills = makeBills(recipe.value(), arguments.methods);
    if (!bills.ok()) return console.fail(bills.error());
    std::size_t widest = 14;
    for (const auto& bill : bills.value()) widest = std::max(widest, bill.method.size());
    const int width = static_cast<int>(widest);
    char text[240];
    std::snprintf(text, sizeof text, "%-*s %15s %15s %9s %12s %12s", width, "method", "trained", "total",
                  "share", "on disk", "memory");
    console.text(text);
    for (const auto& bill : bills.value()) {
        console.line(billJson(bill, recipe.value()));
        std::snprintf(text, sizeof text, "%-*s %15s %15s %7.2f %% %12s %12s", width, bill.method.c_str(),
                      groupedNumber(bill.trainable).c_str(), groupedNumber(bill.total).c_str(), bill.percent,
                      byteText(bill.adapterBytes).c_str(), byteText(bill.memory.total()).c_str());
        console.text(text);
        console.notes(bill.notes, "note");
    }
    return kExitDone;
}

void printEntry(const char* kind, const CatalogEntry& entry, const Console& console) {
    OrderedJson fields = OrderedJson::array();
    for (const auto& field : entry.fields) {
        OrderedJson range = nullptr;
        if (field.min || field.max)
            range = {field.min ? OrderedJson(*field.min) : OrderedJson(),
                     field.max ? OrderedJson(*field.max) : OrderedJson()};
        if (!field.choices.empty()) range = field.choices;
        fields.push_back({{"key", field.key},
                          {"type", fieldKindName(field.kind)},
                          {"default", OrderedJson(fieldValueToJson(field.fallback))},
                          {"range", range},
                          {"help", field.help}});
    }
    console.line({{"kind", kind},
                  {"name", entry.name},
                  {"title", entry.title},
                  {"help", entry.help},
                  {"fields", fields}});
    console.text(std::string(kind) + "  " + entry.name + ": " + entry.help);
    for (const auto& field : entry.fields)
        console.text("    " + field.key + " (" + allowedText(field) + ", default " +
                     fieldValueToText(field.fallback) + "): " + field.help);
}

struct CatalogArguments {
    bool markdown = false;
    std::string translations;
};

int printMarkdown(const std::string& translationFile, Console& console) {
    Translations translations;
    if (!translationFile.empty()) {
        auto read = readTranslations(translationFile);
        if (!read.ok()) return console.fail(read.error());
        translations = std::move(read).value();
    }
    const std::string page = catalogMarkdown(engineCatalog(), translations);
    console.line({{"markdown", page}});
    console.piece(page);
    return kExitDone;
}

int catalog(Console& console) {
    const Catalog& all = engineCatalog();
    for (const auto& entry : all.tasks) printEntry("task", entry, console);
    for (const auto& entry : all.methods) printEntry("method", entry, console);
    for (const auto& entry : all.architectures) printEntry("architecture", entry, console);
    for (const auto& entry : all.formats) printEntry("format", entry, console);
    for (const auto& entry : all.schedules) printEntry("schedule", entry, console);
    for (const auto& entry : all.rewards) printEntry("reward", entry, console);
    CatalogEntry recipe{"recipe", "Recipe", "The keys every recipe has", recipeFields()};
    printEntry("recipe", recipe, console);
    for (const auto& item : shelfItems())
        printEntry("shelf", {item.name, item.title, item.title + ", " + item.licence, {}}, console);
    return kExitDone;
}

void printShelfItem(const ShelfItem& item, const Console& console) {
    const auto path = shelfPath(item);
    console.line({{"name", item.name},
                  {"title", item.title},
                  {"licence", item.licence},
                  {"bytes", item.bytes},
                  {"fetched", path.has_value()},
                  {"path", path ? OrderedJson(path->string()) : OrderedJson()}});
    console.text(item.name + "  " + item.title + ", " + byteText(static_cast<int64_t>(item.bytes)) + ", " +
                 item.licence +
                 (path            ? ", in " + path->string()
                  : item.isMade() ? ", not made yet"
                                  : ", not fetched"));
}

struct ShelfArguments {
    std::string name, from;
};

int shelfGet(const ShelfArguments& arguments, Console& console) {
    const ShelfItem* item = shelfItem(arguments.name);
    if (!item)
        return console.fail(Error{ErrorCode::BadArgument,
                                  "there is no \"" + arguments.name + "\" on the shelf", "command line",
                                  "lathe-run shelf lists what there is"});
    if (!shelfPath(*item)) {
        const auto fetched = fetchShelfItem(
            *item, arguments.from.empty() ? std::nullopt : std::optional<fs::path>(arguments.from));
        if (!fetched.ok()) return console.fail(fetched.error());
    }
    printShelfItem(*item, console);
    return kExitDone;
}

int shelfList(Console& console) {
    for (const auto& item : shelfItems()) printShelfItem(item, console);
    return kExitDone;
}

}  // namespace

void addListCommands(CLI::App& app, CommandContext& context) {
    auto* paramsCommand =
        addCommand(app, context, "params", "Trained and total parameters and the memory bill");
    auto counts = std::make_shared<ParamsArguments>();
    auto* recipe = paramsCommand->add_option("recipe", counts->recipe, "A recipe");
    paramsCommand->add_option("--base", counts->base, "A base instead of a recipe")->excludes(recipe);
    paramsCommand->add_option("override", counts->overrides, "key=value");
    paramsCommand->add_option("--task", counts->task, "The task, with --base");
    paramsCommand->add_option("--method", counts->methods, "Only these methods; repeatable");
    paramsCommand->callback([&context, counts] {
        if (counts->recipe.empty() && counts->base.empty()) throw CLI::RequiredError("A recipe or --base");
        context.action = [counts](Console& c) { return params(*counts, c); };
    });

    auto* catalogCommand =
        addCommand(app, context, "catalog", "Tasks, methods with their keys, architectures, formats");
    auto listed = std::make_shared<CatalogArguments>();
    auto* markdown = catalogCommand->add_flag("--markdown", listed->markdown,
                                              "As the help page recipe.md lists them, from \"Every key\" on");
    catalogCommand
        ->add_option("--translations", listed->translations,
                     "Words from this Qt translation file (.ts), in Chinese")
        ->needs(markdown);
    catalogCommand->callback([&context, listed] {
        context.action = [listed](Console& c) {
            return listed->markdown ? printMarkdown(listed->translations, c) : catalog(c);
        };
    });

    auto* shelf = addCommand(app, context, "shelf", "Bases that can be fetched");
    shelf->fallthrough();
    shelf->callback([&context] {
        if (!context.action) context.action = [](Console& c) { return shelfList(c); };
    });
    shelf->add_subcommand("list", "What there is");
    auto* get = shelf->add_subcommand("get", "Fetch a base once, checked by its hash");
    auto wanted = std::make_shared<ShelfArguments>();
    get->add_option("name", wanted->name, "The base's name")->required();
    get->add_option("--from", wanted->from, "Take this package file instead of the network");
    get->callback(
        [&context, wanted] { context.action = [wanted](Console& c) { return shelfGet(*wanted, c); }; });
}

}  // namespace lathe
