// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands.h"
#include "core/base/files.h"
#include "core/base/mapped_guard.h"
#include "core/catalog/catalog.h"
#include "core/config/recipe_yaml.h"
#include "core/data/read/record_reader.h"
#include "core/estimate/bills.h"
#include "core/estimate/row_room.h"
#include "core/formats/hf/adapter_folder.h"
#include "core/formats/modelfile.h"
#include "core/run/base_model.h"
#include "core/run/store/run_store.h"
#include "core/target/loaded_model.h"
#include "core/tokenizer/text/step_limit.h"

namespace lathe {
namespace {

namespace fs = std::filesystem;

struct TokenizeArguments {
    std::string base, text, file;
    bool noSpecial = false, nullEnds = false, decode = false;
};

/// A value as the pieces of a JSON line.
std::string jsonText(const OrderedJson& value) {
    return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

/// As text, since a tree of values would take a hundred bytes a token.
std::string encodingJson(const Encoding& encoding, const Tokenizer& tokenizer, bool decode) {
    std::string ids, pieces, offsets;
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
        const std::string comma = i ? "," : "";
        const auto [begin, end] = encoding.offsets[i];
        ids += comma + std::to_string(encoding.ids[i]);
        pieces += comma + jsonText(tokenizer.piece(encoding.ids[i]));
        offsets += comma + "[" + std::to_string(begin) + "," + std::to_string(end) + "]";
    }
    std::string line = R"({"ids":[)" + ids + R"(],"pieces":[)" + pieces + R"(],"offsets":[)" + offsets + "]";
    if (decode)
        line += R"(,"decoded":)" + jsonText(tokenizer.decode(encoding.ids, false)) +
                R"(,"decoded_without_special":)" + jsonText(tokenizer.decode(encoding.ids, true));
    return line + "}";
}

std::string encodingText(const Encoding& encoding, const Tokenizer& tokenizer, bool decode) {
    std::string text;
    for (std::size_t i = 0; i < encoding.ids.size(); ++i)
        text += (i ? " " : "") + tokenizer.piece(encoding.ids[i]) + "/" + std::to_string(encoding.ids[i]);
    if (decode) text += "\n" + tokenizer.decode(encoding.ids, false);
    return text;
}

Result<void> printEncoding(std::string_view given, const std::string& place,
                           const TokenizeArguments& arguments, const Tokenizer& tokenizer,
                           const Console& console) {
    const tok::StepLimit limit;
    const Encoding encoding = tokenizer.encode(given, !arguments.noSpecial);
    LATHE_TRY_VOID(limit.check(place));
    if (console.json())
        console.jsonLine(encodingJson(encoding, tokenizer, arguments.decode));
    else
        console.text(encodingText(encoding, tokenizer, arguments.decode));
    return {};
}

int tokenize(const TokenizeArguments& arguments, Console& console) {
    const auto opened = openTokenizer(arguments.base);
    if (!opened.ok()) return console.fail(opened.error());
    const Tokenizer& tokenizer = *opened.value();
    if (arguments.file.empty()) {
        const auto printed = printEncoding(arguments.text, "--text", arguments, tokenizer, console);
        return printed.ok() ? int(kExitDone) : console.fail(printed.error());
    }
    const auto file = MappedFile::open(arguments.file);
    if (!file.ok()) return console.fail(file.error());
    std::string_view rest = file.value().text();
    for (int64_t line = 1; !rest.empty(); ++line) {
        const auto end = std::min(rest.find(arguments.nullEnds ? '\0' : '\n'), rest.size());
        const auto printed = printEncoding(rest.substr(0, end), arguments.file + ":" + std::to_string(line),
                                           arguments, tokenizer, console);
        if (!printed.ok()) return console.fail(printed.error());
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const auto whole = checkMapping(file.value().bytes(), arguments.file);
    if (!whole.ok()) return console.fail(whole.error());
    return kExitDone;
}

struct PreviewArguments {
    std::string recipe;
    std::vector<std::string> overrides;
    int64_t rows = 5;
};

void printRow(std::size_t index, const PreviewRow& row, const Console& console) {
    const auto flags = [](const PreviewTokens& tokens) {
        return std::vector<int>(tokens.trained.begin(), tokens.trained.end());
    };
    OrderedJson json{{"row", index},      {"text", row.text},     {"prompt", row.prompt},
                     {"ids", row.ids},    {"pieces", row.pieces}, {"trained", flags(row)},
                     {"label", row.label}};
    if (!row.rejected.ids.empty())
        json["rejected"] = {
            {"ids", row.rejected.ids}, {"pieces", row.rejected.pieces}, {"trained", flags(row.rejected)}};
    console.line(json);
    const auto marked = [](const PreviewTokens& tokens) {
        std::string text;
        for (std::size_t i = 0; i < tokens.pieces.size(); ++i)
            text += tokens.trained[i] ? "[" + tokens.pieces[i] + "]" : tokens.pieces[i] + " ";
        return text;
    };
    const std::string label = row.label.empty() ? "" : " (" + row.label + ")";
    console.text("row " + std::to_string(index) + label + ": " + marked(row));
    if (!row.rejected.ids.empty()) console.text("    worse: " + marked(row.rejected));
}

int preview(const PreviewArguments& arguments, Console& console) {
    const ParsedRecipe parsed = readRecipe(arguments.recipe, arguments.overrides, engineCatalog());
    if (!parsed.faults.empty()) return console.fail(parsed.faults);
    auto result = makePreview(parsed.recipe, arguments.rows, fitToBase);
    if (!result.ok()) return console.fail(result.error());
    Preview& shown = result.value();
    if (auto note = memoryNoteFor(parsed.recipe)) shown.train.notes.push_back(std::move(*note));
    for (std::size_t i = 0; i < shown.rows.size(); ++i) printRow(i, shown.rows[i], console);
    console.line({{"rows", shown.train.rows},
                  {"sequences", shown.sequences},
                  {"dropped", shown.train.dropped},
                  {"dropped_reasons", shown.train.reasons},
                  {"cut", shown.train.cut},
                  {"length_histogram", shown.train.lengthHistogram},
                  {"columns", shown.columns},
                  {"labels", shown.labels},
                  {"format", shown.format},
                  {"encoding", shown.encoding},
                  {"template", shown.chatFormat},
                  {"notes", notesToJson(shown.train.notes)},
                  {"validation_notes", notesToJson(shown.validation.notes)}});
    console.text(std::to_string(shown.train.rows) + " rows, " + std::to_string(shown.train.dropped) +
                 " dropped, " + std::to_string(shown.train.cut) + " cut; in brackets: what is learnt");
    if (shown.sequences < shown.train.rows)
        console.text("  packed into " + std::to_string(shown.sequences) + " sequences");
    for (const auto& reason : shown.train.reasons) console.text("  dropped: " + reason);
    console.notes(shown.train.notes, "note");
    console.notes(shown.validation.notes, "note on validation rows");
    return kExitDone;
}

OrderedJson factsJson(const BaseFacts& facts) {
    return {{"kind", "model"},
            {"path", facts.path},
            {"format", facts.format},
            {"architecture", facts.architecture},
            {"parameters", facts.parameters},
            {"hidden_size", facts.hiddenSize},
            {"blocks", facts.blocks},
            {"vocabulary", facts.vocabulary},
            {"context_length", facts.contextLength},
            {"bytes", facts.sizeBytes},
            {"tokenizer", facts.tokenizerKind},
            {"chat_format", facts.chatFormat},
            {"licence", facts.licence},
            {"linear_names", facts.linearNames},
            {"embedding_names", facts.embeddingNames},
            {"default_targets", facts.defaultTargets},
            {"tasks", facts.tasks},
            {"notes", notesToJson(facts.notes)}};
}

Result<OrderedJson> inspectRun(const fs::path& path) {
    LATHE_TRY(const RunRecord record, readRunRecord(path));
    return OrderedJson{
        {"kind", "run"},           {"path", path.string()},     {"status", runStatusName(record.status)},
        {"name", record.name},     {"task", record.task},       {"base", record.base},
        {"method", record.method}, {"steps", record.steps},     {"trainable", record.trainable},
        {"total", record.total},   {"metrics", record.metrics}, {"labels", record.labels}};
}

Result<OrderedJson> inspectAdapter(const fs::path& path) {
    LATHE_TRY(const AdapterFolder adapter, openAdapterFolder(path));
    int64_t parameters = 0;
    for (const auto& tensor : adapter.weights->tensors()) parameters += static_cast<int64_t>(tensor.elements);
    return OrderedJson{{"kind", "adapter"},
                       {"path", path.string()},
                       {"parameters", parameters},
                       {"tensors", adapter.weights->tensors().size()},
                       {"config", OrderedJson(adapter.config)}};
}

bool looksLikeModel(const std::string& path) {
    std::error_code ignored;
    return isNamedBase(path) || fs::path(path).extension() == ".gguf" || modelfileAt(path) ||
           fs::is_directory(path, ignored);
}

Result<OrderedJson> inspectPath(const std::string& path) {
    if (isRunFolder(path)) return inspectRun(path);
    if (isAdapterFolder(path)) return inspectAdapter(path);
    if (looksLikeModel(path)) {
        LATHE_TRY(const BaseFacts facts, describeBase(path));
        return factsJson(facts);
    }
    LATHE_TRY(const RecordSet records, readRecords(path, {.keep = 1}));
    return OrderedJson{{"kind", "data"},
                       {"path", path},
                       {"format", records.format},
                       {"encoding", records.encoding},
                       {"columns", records.columns},
                       {"header", records.hasHeader},
                       {"rows", records.rows}};
}

int inspect(const std::string& path, Console& console) {
    const auto found = inspectPath(path);
    if (!found.ok()) return console.fail(found.error());
    console.line(found.value());
    for (const auto& [key, value] : found.value().items()) {
        if (key == "notes") {
            for (const auto& note : value) console.text("note: " + note.value("message", std::string()));
            continue;
        }
        console.text(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()));
    }
    return kExitDone;
}

}  // namespace

void addDataCommands(CLI::App& app, CommandContext& context) {
    auto* tokenizeCommand = addCommand(app, context, "tokenize", "Ids, pieces and byte offsets of a text");
    auto tokens = std::make_shared<TokenizeArguments>();
    tokenizeCommand->add_option("base", tokens->base, "The base")->required();
    auto* given = tokenizeCommand->add_option_group("input")->require_option(1);
    given->add_option("--text", tokens->text, "One text");
    given->add_option("--file", tokens->file, "A file, line by line");
    tokenizeCommand->add_flag("--null", tokens->nullEnds,
                              "Texts of the file end with a NUL byte and may hold line breaks");
    tokenizeCommand->add_flag("--decode", tokens->decode, "The text that the ids give back, too");
    tokenizeCommand->add_flag("--no-special", tokens->noSpecial, "Without the tokens around a text");
    tokenizeCommand->callback(
        [&context, tokens] { context.action = [tokens](Console& c) { return tokenize(*tokens, c); }; });

    auto* previewCommand = addCommand(app, context, "preview", "Rows as the trainer sees them");
    auto shown = std::make_shared<PreviewArguments>();
    previewCommand->add_option("recipe", shown->recipe, "The recipe")->required();
    previewCommand->add_option("override", shown->overrides, "key=value");
    previewCommand->add_option("--rows", shown->rows, "So many rows")->check(CLI::Range(1, 1'000'000));
    previewCommand->callback(
        [&context, shown] { context.action = [shown](Console& c) { return preview(*shown, c); }; });

    auto* inspectCommand =
        addCommand(app, context, "inspect", "What a file or folder is and what can be done with it");
    auto path = std::make_shared<std::string>();
    inspectCommand->add_option("path", *path, "A model, adapter, run or data file")->required();
    inspectCommand->callback(
        [&context, path] { context.action = [path](Console& c) { return inspect(*path, c); }; });
}

}  // namespace lathe
