// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/run_chain.h"

#include <algorithm>
#include <unordered_map>

#include "core/config/recipe_yaml.h"
#include "core/config/reward_settings.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr const char* kSupervised = "instruction";
constexpr const char* kJudge = "reward_model";
constexpr const char* kRewarded = "reinforcement";
constexpr const char* kRewards = "reinforcement.reward";
/// A chain that is longer leads round in a circle.
constexpr std::size_t kMaxLinks = 32;

std::string keyOf(const fs::path& folder) {
    const fs::path normal = folder.lexically_normal();
    return (normal.has_filename() ? normal : normal.parent_path()).string();
}

/// Whether another stage can start from the run's result.
bool canGoOn(const RunSummary& run) {
    return hasResult(run.record.status);
}

/// The runs whose judgement rewarded this one.
std::vector<std::string> judgesOf(const RunRecord& record) {
    std::vector<std::string> judges;
    if (!record.settings.is_object()) return judges;
    const auto rewards = record.settings.find(kRewards);
    if (rewards == record.settings.end() || !rewards->is_array()) return judges;
    for (const Json& reward : *rewards)
        if (reward.is_object() && reward.contains(kModelReward) && reward[kModelReward].is_string())
            judges.push_back(reward[kModelReward].get<std::string>());
    return judges;
}

class ChainFinder {
  public:
    explicit ChainFinder(const std::vector<const RunSummary*>& runs) : m_runs(runs) {
        for (const RunSummary* run : runs) m_byFolder.emplace(keyOf(run->folder), run);
    }

    const RunSummary* find(const fs::path& folder) const {
        const auto it = m_byFolder.find(keyOf(folder));
        return it == m_byFolder.end() ? nullptr : it->second;
    }
    const RunSummary* newest(const char* task) const {
        const auto it = std::find_if(m_runs.begin(), m_runs.end(), [&](const RunSummary* run) {
            return run->record.task == task && canGoOn(*run);
        });
        return it == m_runs.end() ? nullptr : *it;
    }
    /// The run with everything before it.
    std::vector<const RunSummary*> lineage(const RunSummary& run) const {
        std::vector<const RunSummary*> line;
        addBefore(run, line);
        return line;
    }
    /// The newest run that learnt from rewards with this one's help, else the run itself.
    const RunSummary& endOf(const RunSummary& run) const {
        for (const RunSummary* other : m_runs) {
            if (other->record.task != kRewarded) continue;
            const auto line = lineage(*other);
            if (std::find(line.begin(), line.end(), &run) != line.end()) return *other;
        }
        return run;
    }

  private:
    void addBefore(const RunSummary& run, std::vector<const RunSummary*>& line, std::size_t depth = 0) const {
        if (depth >= kMaxLinks) return;
        const auto add = [&](const std::string& folder) {
            if (const RunSummary* before = find(folder)) addBefore(*before, line, depth + 1);
        };
        add(run.record.base);
        for (const std::string& judge : judgesOf(run.record)) add(judge);
        if (std::find(line.begin(), line.end(), &run) == line.end()) line.push_back(&run);
    }

    const std::vector<const RunSummary*>& m_runs;
    std::unordered_map<std::string, const RunSummary*> m_byFolder;
};

RunChain chainAmong(const std::vector<const RunSummary*>& runs, const fs::path& run) {
    const ChainFinder finder(runs);
    const RunSummary* asked = finder.find(run);
    if (!asked) return {};
    const RunSummary& end = finder.endOf(*asked);
    std::vector<const RunSummary*> line = finder.lineage(end);
    const auto has = [&](const char* task) {
        return std::any_of(line.begin(), line.end(),
                           [&](const RunSummary* link) { return link->record.task == task; });
    };
    RunChain chain;
    const bool learns = end.record.task == kSupervised, judges = end.record.task == kJudge;
    if (learns || judges) {
        if (const RunSummary* supervised = finder.newest(kSupervised); supervised && !has(kSupervised))
            line.insert(line.begin(), supervised);
        if (const RunSummary* judge = finder.newest(kJudge); judge && !has(kJudge)) line.push_back(judge);
        if (canGoOn(end)) chain.next = has(kJudge) ? kRewarded : kJudge;
    }
    for (const RunSummary* link : line) chain.links.push_back({link->record.task, *link, link == asked});
    if (learns && !has(kJudge)) chain.links.push_back({kJudge});
    if (learns || judges) chain.links.push_back({kRewarded});
    return chain;
}

}  // namespace

RunChain chainOf(const std::vector<RunSummary>& runs, const fs::path& run) {
    std::vector<const RunSummary*> all;
    for (const RunSummary& each : runs) all.push_back(&each);
    return chainAmong(all, run);
}

RunChain chainOfListed(const std::vector<RunRow>& listed, const fs::path& run) {
    std::vector<const RunSummary*> all;
    bool isListed = false;
    for (const RunRow& row : listed) {
        all.push_back(&row.summary);
        isListed = isListed || keyOf(row.summary.folder) == keyOf(run);
    }
    std::vector<RunSummary> beside;
    if (!isListed) beside = listRuns(fs::path(keyOf(run)).parent_path());
    for (const RunSummary& each : beside) all.push_back(&each);
    return chainAmong(all, run);
}

std::optional<Recipe> nextRecipe(const RunChain& chain, const fs::path& resources, const Catalog& catalog) {
    if (chain.next.empty()) return {};
    const fs::path starter = resources / "recipes" / (chain.next == kJudge ? "reward.yaml" : "ppo.yaml");
    ParsedRecipe parsed = readRecipe(starter, {}, catalog);
    if (parsed.recipe.task != chain.next) return {};
    if (chain.next == kJudge) return std::move(parsed.recipe);
    for (const ChainLink& link : chain.links) {
        if (!link.run) continue;
        const std::string folder = link.run->folder.string();
        if (link.task == kSupervised) {
            // Learning goes on with the adapter that is there.
            parsed.recipe.base = folder;
            const ParsedRecipe before = readRecipe(link.run->folder / "recipe.yaml", {}, catalog);
            if (before.faults.empty()) parsed.recipe.methods = before.recipe.methods;
        }
        if (link.task == kJudge)
            parsed.recipe.objective.values["reward"] = std::vector<NamedTexts>{{{kModelReward, folder}}};
    }
    return std::move(parsed.recipe);
}

}  // namespace lathe
