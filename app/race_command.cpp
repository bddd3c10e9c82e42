// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "app/interrupt_guard.h"
#include "app/recipe_arguments.h"
#include "app/several_runs.h"
#include "core/catalog/catalog.h"
#include "core/config/recipe_yaml.h"
#include "core/run/race.h"
#include "core/run/store/run_folder.h"
#include "core/run/store/run_store.h"

namespace lathe {
namespace {

namespace fs = std::filesystem;

struct RaceArguments {
    RecipeArguments recipe;
    std::string over = "method.rank=1,2,4,8,16";
    int seeds = 1;
};

struct RaceKey {
    std::string key;
    std::vector<std::string> values;
};

Result<RaceKey> parseOver(const std::string& over) {
    const Error wrong{ErrorCode::BadArgument, "--over must look like method.rank=1,2,4", over, ""};
    const auto equals = over.find('=');
    if (equals == std::string::npos || equals == 0) return wrong;
    RaceKey race{over.substr(0, equals), {}};
    std::string rest = over.substr(equals + 1) + ",";
    for (std::size_t begin = 0, comma; (comma = rest.find(',', begin)) != std::string::npos;
         begin = comma + 1) {
        if (comma == begin) return wrong;
        race.values.push_back(rest.substr(begin, comma - begin));
    }
    return race;
}

/// A run of a race, or what its seeds are together.
struct RacedRun {
    RaceEntry entry;
    std::optional<Error> error;  ///< it failed: without metrics
};

/// A run that the race is to have.
struct PlannedRun {
    Recipe recipe;
    fs::path folder;
};

/// Mean of each metric over the seeds that have it; failed where every seed has failed.
RacedRun meanEntry(const std::vector<RacedRun>& seeds) {
    RacedRun mean = seeds.front();
    std::map<std::string, std::pair<double, int>> sums;
    mean.entry.seconds = 0;
    for (const RacedRun& seed : seeds) {
        mean.entry.seconds += seed.entry.seconds;
        if (seed.error) continue;
        mean.entry.run = seed.entry.run;
        mean.entry.trainable = seed.entry.trainable;
        mean.error.reset();
        for (const auto& [name, value] : seed.entry.metrics) {
            sums[name].first += value;
            ++sums[name].second;
        }
    }
    for (const auto& [name, sum] : sums) mean.entry.metrics[name] = sum.first / sum.second;
    return mean;
}

/// Runs races entry by entry; one control serves them all, so that Ctrl-C ends the race. In a folder with a
/// race of before its runs are taken up: those that are done count, the others are resumed or made.
class RaceRunner {
  public:
    RaceRunner(const RaceArguments& arguments, const CommonOptions& options, Console& console)
        : m_arguments(arguments), m_options(options), m_console(console) {
        m_control.threads = options.threads;
    }

    int run() {
        const auto key = parseOver(m_arguments.over);
        if (!key.ok()) return m_console.fail(key.error());
        std::vector<std::vector<PlannedRun>> plans;
        for (const auto& value : key.value().values) {  // every value is checked before the first run starts
            plans.emplace_back();
            if (const int code = readEntry(key.value().key + "=" + value, plans.back()); code != kExitDone)
                return code;
        }
        const auto folder = raceFolder(plans.front().front().recipe);
        if (!folder.ok()) return m_console.fail(folder.error());
        const auto owned = ownRunsFolder(folder.value());
        if (!owned.ok()) return m_console.fail(owned.error());
        if (const auto placed = placeRuns(plans, folder.value()); !placed.ok())
            return m_console.fail(placed.error());
        InterruptGuard guard(m_control);
        std::vector<RaceEntry> results;
        int worst = kExitDone;
        for (std::size_t i = 0; i < plans.size() && worst != kExitStopped; ++i) {
            const RacedRun result = runValue(plans[i], key.value().key, key.value().values[i], worst);
            if (worst == kExitStopped) break;  // its seeds are not all there
            results.push_back(result.entry);
            printResult(result);
        }
        const Recipe& first = plans.front().front().recipe;
        const JudgedBy judged = judgedBy(*engineCatalog().task(first.task), first.objective.values);
        printReport(judgeRace(results, key.value().key, judged.metric, judged.rises, kRaceMargin),
                    folder.value());
        return worst;
    }

  private:
    /// All seeds of one value. `worst` becomes the exit code of a run that did not end well; a stopped one is
    /// the last.
    RacedRun runValue(const std::vector<PlannedRun>& plans, const std::string& key, const std::string& value,
                      int& worst) {
        std::vector<RacedRun> seeds;
        for (const PlannedRun& plan : plans) {
            RacedRun raced;
            raced.entry.entry = key + "=" + value;
            raced.entry.value = value;
            const int code = runEntry(plan, raced);
            if (code != kExitDone) worst = code;
            seeds.push_back(std::move(raced));
            if (code == kExitStopped) break;
        }
        return meanEntry(seeds);
    }

    int readEntry(const std::string& entry, std::vector<PlannedRun>& plans) {
        auto overrides = m_arguments.recipe.overrides;
        overrides.push_back(entry);
        ParsedRecipe parsed = readRecipe(m_arguments.recipe.file, overrides, engineCatalog());
        if (!parsed.faults.empty()) return m_console.fail(parsed.faults);
        applyDevice(parsed.recipe, m_options);
        m_name = parsed.recipe.name.empty() ? parsed.recipe.task : parsed.recipe.name;
        for (int seed = 0; seed < m_arguments.seeds; ++seed) {
            Recipe recipe = parsed.recipe;
            recipe.train.seed += seed;
            recipe.name += (recipe.name.empty() ? "" : "-") + entry.substr(entry.rfind('.') + 1);
            std::replace(recipe.name.begin(), recipe.name.end(), '=', '-');
            if (m_arguments.seeds > 1) recipe.name += "-seed-" + std::to_string(recipe.train.seed);
            plans.push_back({std::move(recipe), {}});
        }
        return kExitDone;
    }

    /// The one named, or a new one in the data folder.
    Result<fs::path> raceFolder(Recipe recipe) const {
        if (!m_arguments.recipe.out.empty()) return fs::path(m_arguments.recipe.out);
        recipe.name = m_name + "-race";
        return createRunFolder(defaultRunsFolder(), recipe);
    }

    /// The same race gets the same folders. An error when one holds another run.
    static Result<void> placeRuns(std::vector<std::vector<PlannedRun>>& plans, const fs::path& folder) {
        std::map<std::string, std::string> taken;  // names to recipes; names of folders lose some characters
        for (std::vector<PlannedRun>& seeds : plans)
            for (PlannedRun& plan : seeds) {
                const std::string name = runFolderName(plan.recipe), text = recipeToYaml(plan.recipe);
                std::string free = name;
                for (int next = 2; taken.contains(free) && taken[free] != text; ++next)
                    free = name + "-" + std::to_string(next);
                taken[free] = text;
                plan.folder = folder / free;
                if (const auto state = stateOfRun(plan.folder, plan.recipe); !state.ok())
                    return state.error();
            }
        return {};
    }

    int runEntry(const PlannedRun& plan, RacedRun& raced) {
        RaceEntry& entry = raced.entry;
        const auto state = stateOfRun(plan.folder, plan.recipe);  // a value named twice has run by now
        if (!state.ok()) {
            raced.error = state.error();
            return m_console.fail(state.error());
        }
        m_console.text(entry.entry + (state.value() == RunState::Done ? " is done already" : ""));
        const auto finished =
            takeUpRun(plan.recipe, plan.folder, state.value(), m_control,
                      [&](const Event& event) { m_console.event(event, {"entry", entry.entry}); });
        if (const auto record = readRunRecord(plan.folder); record.ok())
            entry.trainable = record.value().trainable;
        entry.run = finished.run;
        raced.error = finished.error;
        if (!raced.error) entry.metrics = finished.metrics;
        entry.seconds = finished.seconds;
        return m_console.conclude(finished);
    }

    void printResult(const RacedRun& raced) const {
        const RaceEntry& entry = raced.entry;
        OrderedJson json{{"event", "result"},        {"entry", entry.entry},
                         {"value", entry.value},     {"trainable", entry.trainable},
                         {"metrics", entry.metrics}, {"seconds", entry.seconds},
                         {"run", entry.run}};
        if (raced.error)
            json["error"] = {{"code", errorCodeName(raced.error->code)}, {"message", raced.error->message}};
        m_console.line(json);
        if (raced.error) m_console.text("  " + entry.entry + " failed: " + raced.error->message);
    }

    void printReport(const RaceReport& report, const fs::path& folder) const {
        m_console.line({{"event", "report"},
                        {"smallest", report.smallest},
                        {"best", report.best},
                        {"margin", report.margin},
                        {"metric", report.metric},
                        {"sentence", report.sentence},
                        {"folder", folder.string()}});
        m_console.text(report.sentence + "\nrace folder: " + folder.string());
    }

    const RaceArguments& m_arguments;
    const CommonOptions& m_options;
    Console& m_console;
    RunControl m_control;
    std::string m_name;  ///< of the recipe without a value
};

}  // namespace

void addRaceCommand(CLI::App& app, CommandContext& context) {
    auto* raceCommand =
        addCommand(app, context, "race", "The same run over values of one key, with a verdict");
    auto race = std::make_shared<RaceArguments>();
    addRecipeArguments(raceCommand, race->recipe,
                       "The race's folder; what is done there is kept, what is not goes on. A new one in the "
                       "data folder when left out");
    raceCommand->add_option("--over", race->over, "key=value,value,…")->capture_default_str();
    raceCommand->add_option("--seeds", race->seeds, "Runs of each value with different seeds")
        ->check(CLI::Range(1, 100));
    raceCommand->callback([&context, race] {
        context.action = [&context, race](Console& c) { return RaceRunner(*race, context.options, c).run(); };
    });
}

}  // namespace lathe
