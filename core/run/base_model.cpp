// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/base_model.h"

#include "core/formats/hf/adapter_folder.h"
#include "core/formats/hf/hub_cache.h"
#include "core/formats/modelfile.h"
#include "core/formats/shelf.h"
#include "core/run/store/run_store.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kShelfPrefix = "shelf:";
/// A run may start from a run that started from a run; a longer chain is a circle.
constexpr int kMaxChain = 32;

Result<fs::path> resolveShelf(const std::string& name) {
    const ShelfItem* item = shelfItem(name);
    if (!item) {
        std::string names;
        for (const ShelfItem& known : shelfItems()) names += (names.empty() ? "" : ", ") + known.name;
        return Error{ErrorCode::BadArgument, "the shelf has no \"" + name + "\"", "", "it has " + names};
    }
    if (const auto path = shelfPath(*item)) return *path;
    return Error{ErrorCode::FileMissing,
                 "\"" + name + (item->isMade() ? "\" is not made yet" : "\" is not fetched yet"), "",
                 "run: lathe-run shelf get " + name};
}

/// Tells the tokenizer how many rows the model has, and gives the first of its ids without one.
Result<void> checkFit(const ModelSource& source, Tokenizer& tokenizer, std::vector<Note>& notes) {
    LATHE_TRY(const int64_t rows, jsonInteger(source.config, "vocab_size", 0, source.path.string()));
    if (rows <= 0 || tokenizer.vocabularySize() <= rows) return {};
    const auto first = static_cast<int32_t>(rows);
    tokenizer.setModelRows(first);
    const std::string piece = tokenizer.piece(first);
    addNote(notes, {"spare_ids",
                    "the tokenizer has ids up to " + std::to_string(tokenizer.vocabularySize() - 1) +
                        ", the model has rows for " + std::to_string(rows) + " (the first without: " +
                        (piece.empty() ? std::to_string(rows) : "\"" + piece + "\"") + ")",
                    "texts that use those tokens are refused"});
    return {};
}

Result<std::unique_ptr<Tokenizer>> tokenizerOf(const ModelSource& source) {
    if (source.format == "gguf") return openGgufTokenizer(source.ggufMetadata, source.path.string());
    return openTokenizerFolder(source.path);
}

}  // namespace

std::optional<fs::path> adapterFolderOf(const std::string& base) {
    const fs::path adapter = fs::path(base) / "adapter";
    if (isRunFolder(base) && !adaptersIn(adapter).empty()) return adapter;
    return {};
}

bool isNamedBase(const std::string& base) {
    return base.starts_with(kShelfPrefix) || base.starts_with(kHubPrefix);
}

Result<fs::path> resolveBase(const std::string& base) {
    std::string name = base;
    std::error_code ignored;
    for (int depth = 0; depth < kMaxChain; ++depth) {
        if (name.empty()) return Error{ErrorCode::BadArgument, "no base is named", base, ""};
        if (name.starts_with(kShelfPrefix)) return resolveShelf(name.substr(kShelfPrefix.size()));
        if (name.starts_with(kHubPrefix)) return hubModelPath(name.substr(kHubPrefix.size()));
        const fs::path path = name;
        if (!fs::exists(path, ignored))
            return Error{
                ErrorCode::FileMissing, "there is no such base", name,
                "give a model folder, a .gguf file, a Modelfile, a run folder, shelf:NAME or hub:ORG/NAME"};
        if (!isRunFolder(path)) {
            const auto modelfile = modelfileAt(path);
            return modelfile ? modelfileBase(*modelfile) : path;
        }
        if (fs::is_directory(path / "model", ignored)) return path / "model";
        if (!adapterFolderOf(name))
            return Error{ErrorCode::FileMissing, "the run has no result yet", name,
                         "resume it, or name its base"};
        LATHE_TRY(const RunRecord record, readRunRecord(path));
        name = record.base;
    }
    return Error{ErrorCode::FileMalformed, "the run's base leads round in a circle", base, ""};
}

Result<std::unique_ptr<Tokenizer>> openTokenizer(const std::string& base) {
    LATHE_TRY(const fs::path path, resolveBase(base));
    const auto source = openModel(path);
    if (source.ok()) return tokenizerOf(source.value());
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return openTokenizerFolder(path);
    return source.error();
}

Result<BaseModel> openBase(const std::string& base) {
    LATHE_TRY(const fs::path path, resolveBase(base));
    BaseModel model;
    LATHE_TRY(model.source, openModel(path));
    LATHE_TRY(model.tokenizer, tokenizerOf(model.source));
    model.notes = model.source.notes;
    for (const Note& note : model.tokenizer->notes()) addNote(model.notes, note);
    LATHE_TRY_VOID(checkFit(model.source, *model.tokenizer, model.notes));
    return model;
}

}  // namespace lathe
