// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/run_identity.h"

#include <algorithm>
#include <array>

#include "core/base/files.h"
#include "core/base/hash_cache.h"
#include "core/data/read/cell_text.h"
#include "core/data/roles/columns.h"
#include "core/formats/hf/adapter_folder.h"
#include "core/formats/model_folder.h"
#include "core/run/base_model.h"
#include "core/run/store/run_store.h"
#include "core/tokenizer/files/tokenizer_files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

struct Part {
    const char *key, *noun;
};

constexpr std::array kExactParts{
    Part{"base_sha256", "the base's weights"},
    Part{"config_sha256", "the base's config.json"},
    Part{"tokenizer_sha256", "the tokenizer"},
    Part{"adapter_sha256", "the adapter of the run that is the base"},
    Part{"rewards_sha256", "a model that rewards the answers"},
    Part{"template_sha256", "the chat template"},
    Part{"train_sha256", "the training data"},
    Part{"validation_sha256", "the validation data"},
    Part{"train_rows", "the number of training rows"},
    Part{"validation_rows", "the number of held-out rows"},
    Part{"first_row_sha256", "the first row as encoded"},
    Part{"last_row_sha256", "the last row as encoded"},
    Part{"precision", "the precision"},
};
constexpr std::array kLooseParts{
    Part{"lathe", "Lathe"},
    Part{"libtorch", "LibTorch"},
    Part{"device", "the device"},
    Part{"threads", "the number of threads"},
};

/// Hashes as such say nothing to people.
bool isHash(const Part& part) {
    return std::string_view(part.key).ends_with("_sha256");
}

std::string valueText(const Json& value) {
    return value.is_string() ? value.get<std::string>() : dumpJson(value);
}

template <class Parts>
std::vector<std::string> changedParts(const Parts& parts, const Json& began, const Json& now) {
    std::vector<std::string> changed;
    if (!began.is_object() || !now.is_object()) return changed;
    for (const Part& part : parts) {
        const auto before = began.find(part.key), after = now.find(part.key);
        if (before == began.end() || after == now.end() || *before == *after) continue;
        std::string text = part.noun;
        if (!isHash(part)) text += " (" + valueText(*before) + ", now " + valueText(*after) + ")";
        changed.push_back(std::move(text));
    }
    return changed;
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i)
        text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
    return text;
}

/// Of a folder: of the list of its files with their hashes.
Result<std::string> dataSha256(const fs::path& path) {
    std::error_code failure;
    if (!fs::is_directory(path, failure)) return cachedSha256(path);
    std::vector<fs::path> files;
    for (fs::recursive_directory_iterator it(path, failure), end; !failure && it != end;
         it.increment(failure))
        if (std::error_code ignored; it->is_regular_file(ignored)) files.push_back(it->path());
    if (failure) return systemError(failure.value(), "cannot list", path);
    std::sort(files.begin(), files.end());
    std::string list;
    for (const fs::path& file : files) {
        LATHE_TRY(const std::string hash, cachedSha256(file));
        list += hash + "  " + file.lexically_relative(path).string() + "\n";
    }
    return sha256(list);
}

/// Of the adapters of a run's result.
Result<std::string> adaptersSha256(const fs::path& result) {
    std::string list;
    for (const fs::path& folder : adaptersIn(result)) {
        LATHE_TRY(const std::string hash, weightsSha256(folder));
        list += hash + "\n";
    }
    return sha256(list);
}

Result<void> addModelIdentity(Json& identity, const fs::path& source) {
    LATHE_TRY(identity["base_sha256"], weightsSha256(source));
    std::error_code ignored;
    if (fs::is_directory(source, ignored)) {
        if (fs::exists(source / "config.json", ignored)) {
            LATHE_TRY(identity["config_sha256"], cachedSha256(source / "config.json"));
        }
        LATHE_TRY(identity["tokenizer_sha256"], tokenizerFilesSha256(source));
    }
    return {};
}

/// The numbers one after the other, with their count in front so that neighbours cannot trade.
void addNumbers(std::string& bytes, const std::vector<int32_t>& numbers) {
    const uint64_t count = numbers.size();
    bytes.append(reinterpret_cast<const char*>(&count), sizeof count);
    bytes.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(int32_t));
}

std::string rowSha256(const Example& row) {
    std::string bytes;
    for (const auto* numbers : {&row.ids, &row.typeIds, &row.targets, &row.decoderTargets, &row.rejected.ids,
                                &row.rejected.targets})
        addNumbers(bytes, *numbers);
    if (row.labels) addNumbers(bytes, *row.labels);
    bytes.append(reinterpret_cast<const char*>(&row.label), sizeof row.label);
    if (row.value) bytes.append(reinterpret_cast<const char*>(&*row.value), sizeof *row.value);
    return sha256(bytes);
}

}  // namespace

Result<void> addBaseIdentity(Json& identity, const std::string& base, const fs::path& source) {
    LATHE_TRY_VOID(addModelIdentity(identity, source));
    const auto adapter = adapterFolderOf(base);
    if (!adapter) return {};
    LATHE_TRY(identity["adapter_sha256"], adaptersSha256(*adapter));
    return {};
}

Result<void> addRewardIdentity(Json& identity, const std::vector<RewardSettings>& rewards) {
    std::string list;
    for (const RewardSettings& reward : rewards) {
        if (reward.name != kModelReward) continue;
        const std::string model = textSetting(reward.values, "model", "");
        LATHE_TRY(const fs::path source, resolveBase(model));
        Json own = Json::object();
        LATHE_TRY_VOID(addBaseIdentity(own, model, source));
        list += dumpJson(own) + "\n";
    }
    if (!list.empty()) identity["rewards_sha256"] = sha256(list);
    return {};
}

Result<void> addDataIdentity(Json& identity, const Recipe& recipe) {
    LATHE_TRY(identity["train_sha256"], dataSha256(recipe.data.train));
    const std::string& validation = recipe.data.validation;
    if (validation.empty() || validation == "none" || isNumber(validation)) return {};
    LATHE_TRY(identity["validation_sha256"], dataSha256(validation));
    return {};
}

void addRowIdentity(Json& identity, const TaskData& data) {
    identity["train_rows"] = data.train.size();
    identity["validation_rows"] = data.validation.size();
    identity["first_row_sha256"] = rowSha256(data.train.front());
    identity["last_row_sha256"] = rowSha256(data.train.back());
    if (data.chat) identity["template_sha256"] = sha256(data.chat->source());
}

Result<void> checkIdentity(const Json& began, const Json& now, const std::string& place,
                           const std::string& wayOut) {
    const std::vector<std::string> changed = changedParts(kExactParts, began, now);
    if (changed.empty()) return {};
    return Error{ErrorCode::ModelMismatch, listed(changed) + " changed since the run began", place, wayOut};
}

Result<void> checkBaseOfRun(const fs::path& run, const fs::path& source) {
    LATHE_TRY(const RunRecord record, readRunRecord(run));
    if (!record.identity.is_object()) return {};
    Json now = Json::object();
    LATHE_TRY_VOID(addModelIdentity(now, source));
    return checkIdentity(
        record.identity, now, source.string(),
        "what the run learned belongs to the base it began with: put that back, or train anew "
        "on this one: lathe-run train " +
            (run / "recipe.yaml").string() + " --out NEW");
}

std::vector<Note> inexactParts(const Json& began, const Json& now) {
    std::vector<Note> notes;
    const std::vector<std::string> changed = changedParts(kLooseParts, began, now);
    if (!changed.empty())
        notes.push_back({"resume_inexact",
                         "other than when the run began: " + listed(changed) +
                             "; losses may differ from those of an uninterrupted run by their rounding",
                         "--threads and --device choose the number of threads and the device"});
    return notes;
}

}  // namespace lathe
