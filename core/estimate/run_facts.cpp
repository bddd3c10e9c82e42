// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/estimate/run_facts.h"

#include <algorithm>
#include <mutex>
#include <numeric>

#include "core/batches/device.h"
#include "core/catalog/catalog.h"
#include "core/data/roles/columns.h"
#include "core/estimate/row_room.h"
#include "core/objectives/policy.h"
#include "core/run/base_model.h"

namespace lathe {
namespace {
namespace fs = std::filesystem;

constexpr std::size_t kMostTargets = 4096;
/// A file larger than this is looked at by its first rows.
constexpr uintmax_t kWholeFile = uintmax_t(8) << 20;
constexpr int64_t kRowsOfLargeFile = 4000;
/// A tokenizer's tables and its file's text take about so much for each entry of the vocabulary; measured
/// with WordPiece of 30,522 and byte-level BPE of 49,152 entries.
constexpr int64_t kTokenizerEntry = 500;

int64_t bytesOf(const Example& row) {
    const auto vector = [](const auto& of) { return int64_t(of.capacity() * sizeof(of[0])); };
    return int64_t(sizeof(Example)) + vector(row.ids) + vector(row.typeIds) + vector(row.targets) +
           vector(row.rejected.ids) + vector(row.rejected.typeIds) + vector(row.rejected.targets) +
           vector(row.documents) + vector(row.decoderTargets) +
           int64_t(row.text.capacity() + row.prompt.capacity() + row.rejected.text.capacity());
}

int64_t predicted(const std::vector<int32_t>& targets) {
    return std::count_if(targets.begin(), targets.end(), [](int32_t target) { return target != kNoTarget; });
}

/// What the encoded rows depend on.
std::string keyOf(const Recipe& recipe) {
    std::error_code ignored;
    std::string key = recipe.task + "\n" + recipe.base + "\n" + recipe.data.train + "\n";
    const auto size = fs::file_size(recipe.data.train, ignored);
    const auto time = fs::last_write_time(recipe.data.train, ignored).time_since_epoch().count();
    key += std::to_string(size) + " " + std::to_string(time);
    for (const Field& field : recipeFields())
        if (field.key.starts_with("data."))
            key += "\n" + field.key + "=" + dumpJson(fieldValueToJson(recipeValue(recipe, field.key)));
    for (const auto& [name, value] : recipe.objective.values)
        key += "\n" + name + "=" + dumpJson(fieldValueToJson(value));
    return key;
}

RowSummary readRows(Recipe recipe) {
    std::error_code failure;
    if (recipe.data.train.empty() || !fs::exists(recipe.data.train, failure)) return {};
    const auto size =
        fs::is_directory(recipe.data.train, failure) ? 0 : fs::file_size(recipe.data.train, failure);
    const bool large = size > kWholeFile && (recipe.data.limit == 0 || recipe.data.limit > kRowsOfLargeFile);
    if (large) recipe.data.limit = kRowsOfLargeFile;
    recipe.data.validation.clear();
    const auto base = openBase(recipe.base);
    if (!base.ok()) return {};
    fitToBase(recipe, base.value().source);
    const auto data = loadTaskData(recipe, *base.value().tokenizer);
    if (!data.ok()) return {};
    RowSummary summary = summaryOf(data.value().train);
    // About four bytes of a text make a token, of which three numbers are kept next to the text.
    if (large) summary.bytes = std::max(summary.bytes, static_cast<int64_t>(4 * size));
    return summary;
}

double rateIn(const Json& config, std::initializer_list<const char*> keys) {
    for (const char* key : keys)
        if (const auto found = config.find(key); found != config.end() && found->is_number())
            return found->get<double>();
    return 0;
}

/// Of the base, where its config.json has the rate under one of the names that the architectures use.
void readDropout(const Json& config, const ModelShape& shape, RunFacts& facts) {
    const bool encoder = config.contains("hidden_dropout_prob") || shape.modelType == "bert" ||
                         shape.modelType == "roberta" || shape.modelType == "distilbert";
    const double usual =
        encoder && !config.contains("hidden_dropout_prob") && !config.contains("dropout") ? 0.1 : 0;
    facts.hiddenDropout =
        std::max(usual, rateIn(config, {"hidden_dropout_prob", "dropout", "resid_pdrop", "dropout_rate"}));
    facts.attentionDropout = std::max(
        usual,
        rateIn(config, {"attention_probs_dropout_prob", "attention_dropout", "attn_pdrop", "dropout_rate"}));
}

}  // namespace

RowSummary summaryOf(const std::vector<Example>& rows) {
    RowSummary summary;
    for (const Example& row : rows) {
        summary.longest =
            std::max({summary.longest, int64_t(row.ids.size()), int64_t(row.rejected.ids.size())});
        summary.longestTarget = std::max(summary.longestTarget, int64_t(row.decoderTargets.size()));
        summary.targets.push_back(predicted(row.targets) + predicted(row.rejected.targets) +
                                  int64_t(row.decoderTargets.size()));
        summary.bytes += bytesOf(row);
    }
    const auto kept = std::min(summary.targets.size(), kMostTargets);
    std::partial_sort(summary.targets.begin(), summary.targets.begin() + std::ptrdiff_t(kept),
                      summary.targets.end(), std::greater<>());
    summary.targets.resize(kept);
    return summary;
}

RowSummary rowsOfRecipe(const Recipe& recipe) {
    static std::mutex mutex;
    static std::vector<std::pair<std::string, RowSummary>> known;
    constexpr std::size_t kKept = 4;
    if (recipe.base.empty() || recipe.task.empty() || recipe.data.train.empty()) return {};
    const std::string key = keyOf(recipe);
    const std::scoped_lock lock(mutex);
    for (const auto& [of, rows] : known)
        if (of == key) return rows;
    RowSummary rows = readRows(recipe);
    if (known.size() == kKept) known.erase(known.begin());
    known.emplace_back(key, rows);
    return rows;
}

RunFacts runFacts(const Recipe& recipe, const ModelShape& shape, const Json& config, const RowSummary& rows) {
    RunFacts facts = factsOfRecipe(recipe, shape);
    const auto device = chooseDevice(recipe.device);
    facts.onGpu = device.ok() && !device.value().is_cpu();
    if (device.ok())
        if (const auto type = choosePrecision(recipe.train.precision, device.value()); type.ok())
            facts.half = type.value() != at::kFloat;
    const auto objective = makeObjective(recipe.task, recipe.objective.values);
    if (!objective.ok() || objective.value()->usesDropout()) readDropout(config, shape, facts);
    const std::string activation = config.value("hidden_act", Json("silu")).is_string()
                                       ? config.value("hidden_act", std::string("silu"))
                                       : "silu";
    facts.gatesWithSilu = activation == "silu" || activation == "swish";
    facts.tokenizerBytes = shape.vocabulary * kTokenizerEntry;
    facts.rowBytes = rows.bytes;
    if (rows.longest > 0 && recipe.data.packing == "none") {
        facts.length = std::min(facts.length, rows.longest);
        if (facts.decoderLength > 0) facts.decoderLength = std::min(facts.decoderLength, rows.longestTarget);
        if (facts.targets > 0) {
            const auto most = std::min<std::size_t>(rows.targets.size(), std::size_t(recipe.train.batchSize));
            facts.targets = std::accumulate(rows.targets.begin(), rows.targets.begin() + std::ptrdiff_t(most),
                                            int64_t(0));
        }
    }
    if (!objective.ok()) return facts;
    if (const auto* policy = objective.value()->policy()) {
        // Each prompt is learned from with all of its answers.
        facts.sequences = recipe.train.batchSize * policy->settings().generations;
        facts.length += policy->settings().maxNewTokens;
        facts.targets = facts.sequences * policy->settings().maxNewTokens;
    }
    return facts;
}

}  // namespace lathe
