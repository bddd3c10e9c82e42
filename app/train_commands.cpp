// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands.h"
#include "app/interrupt_guard.h"
#include "core/base/files.h"
#include "core/config/recipe_yaml.h"
#include "core/run/race.h"
#include "core/run/run_folder.h"
#include "core/run/run_store.h"
#include "core/train/catalog.h"
#include "core/train/run_session.h"

namespace lathe {
namespace {

namespace fs = std::filesystem;

struct RecipeArguments {
    std::string file;
    std::vector<std::string> overrides;
    std::string out;
};

void addRecipeArguments(CLI::App* command, RecipeArguments& arguments) {
    command->add_option("recipe", arguments.file, "The recipe (YAML)")->required();
    command->add_option("override", arguments.overrides, "key=value, as in method.rank=4");
    command->add_option("--out", arguments.out,
                        "The folder to make; a new one in the data folder when left out");
}

Result<fs::path> newRunFolder(const std::string& out, const Recipe& recipe) {
    if (out.empty()) return createRunFolder(defaultRunsFolder(), recipe);
    LATHE_TRY_VOID(checkNewRun(out));
    return fs::path(out);
}

int train(const RecipeArguments& arguments, const CommonOptions& options, Console& console) {
    ParsedRecipe parsed = readRecipe(arguments.file, arguments.overrides, engineCatalog());
    if (!parsed.faults.empty()) return console.fail(parsed.faults);
    applyDevice(parsed.recipe, options);
    const auto folder = newRunFolder(arguments.out, parsed.recipe);
    if (!folder.ok()) return console.fail(folder.error());
    RunControl control;
    control.threads = options.threads;
    InterruptGuard guard(control);
    std::optional<EvalEvent> before, after;
    const auto finished = runRecipe(parsed.recipe, folder.value(), control, [&](const Event& event) {
        if (const auto* eval = std::get_if<EvalEvent>(&event)) (before ? after : before) = *eval;
        console.event(event);
    });
    if (before && after)
        console.text("  before: " + metricsText(before->metrics) +
                     "\n  after:  " + metricsText(after->metrics));
    return console.conclude(finished);
}

int resume(const std::string& run, const CommonOptions& options, Console& console) {
    RunControl control;
    control.threads = options.threads;
    InterruptGuard guard(control);
    const auto finished = resumeRun(run, control, [&](const Event& event) { console.event(event); });
    return console.conclude(finished);
}

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

/// Runs races entry by entry; one control serves them all, so that Ctrl-C ends the race.
class RaceRunner {
  public:
    RaceRunner(const RaceArguments& arguments, const CommonOptions& options, Console& console)
        : m_arguments(arguments), m_options(options), m_console(console) {
        m_control.threads = options.threads;
    }

    int run() {
        const auto key = parseOver(m_arguments.over);
        if (!key.ok()) return m_console.fail(key.error());
        std::vector<std::vector<Recipe>> recipes;
        for (const auto& value : key.value().values) {  // every value is checked before the first run starts
            recipes.emplace_back();
            if (const int code = readEntry(key.value().key + "=" + value, recipes.back()); code != kExitDone)
                return code;
        }
        InterruptGuard guard(m_control);
        std::vector<RaceEntry> results;
        int worst = kExitDone;
        for (std::size_t i = 0; i < recipes.size() && worst != kExitStopped; ++i) {
            const RacedRun result = runValue(recipes[i], key.value().key, key.value().values[i], worst);
            if (worst == kExitStopped) break;  // its seeds are not all there
            results.push_back(result.entry);
            printResult(result);
        }
        const Recipe& first = recipes.front().front();
        const JudgedBy judged = judgedBy(*engineCatalog().task(first.task), first.objective.values);
        printReport(judgeRace(results, key.value().key, judged.metric, judged.rises, kRaceMargin));
        return worst;
    }

  private:
    /// All seeds of one value. `worst` becomes the exit code of a run that did not end well; a stopped one is
    /// the last.
    RacedRun runValue(const std::vector<Recipe>& recipes, const std::string& key, const std::string& value,
                      int& worst) {
        std::vector<RacedRun> seeds;
        for (const Recipe& recipe : recipes) {
            RacedRun raced;
            raced.entry.entry = key + "=" + value;
            raced.entry.value = value;
            const int code = runEntry(recipe, raced);
            if (code != kExitDone) worst = code;
            seeds.push_back(std::move(raced));
            if (code == kExitStopped) break;
        }
        return meanEntry(seeds);
    }

    int readEntry(const std::string& entry, std::vector<Recipe>& recipes) {
        auto overrides = m_arguments.recipe.overrides;
        overrides.push_back(entry);
        ParsedRecipe parsed = readRecipe(m_arguments.recipe.file, overrides, engineCatalog());
        if (!parsed.faults.empty()) return m_console.fail(parsed.faults);
        applyDevice(parsed.recipe, m_options);
        for (int seed = 0; seed < m_arguments.seeds; ++seed) {
            Recipe recipe = parsed.recipe;
            recipe.train.seed += seed;
            recipe.name += (recipe.name.empty() ? "" : "-") + entry.substr(entry.rfind('.') + 1);
            std::replace(recipe.name.begin(), recipe.name.end(), '=', '-');
            if (m_arguments.seeds > 1) recipe.name += "-seed-" + std::to_string(recipe.train.seed);
            recipes.push_back(std::move(recipe));
        }
        return kExitDone;
    }

    int runEntry(const Recipe& recipe, RacedRun& raced) {
        RaceEntry& entry = raced.entry;
        const fs::path parent =
            m_arguments.recipe.out.empty() ? defaultRunsFolder() : fs::path(m_arguments.recipe.out);
        const auto folder = createRunFolder(parent, recipe);
        if (!folder.ok()) {
            raced.error = folder.error();
            return m_console.fail(folder.error());
        }
        m_console.text(entry.entry);
        const auto finished = runRecipe(recipe, folder.value(), m_control, [&](const Event& event) {
            if (const auto* counts = std::get_if<ParametersEvent>(&event))
                entry.trainable = counts->trainable;
            m_console.event(event, {"entry", entry.entry});
        });
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

    void printReport(const RaceReport& report) const {
        m_console.line({{"event", "report"},
                        {"smallest", report.smallest},
                        {"best", report.best},
                        {"margin", report.margin},
                        {"metric", report.metric},
                        {"sentence", report.sentence}});
        m_console.text(report.sentence);
    }

    const RaceArguments& m_arguments;
    const CommonOptions& m_options;
    Console& m_console;
    RunControl m_control;
};

}  // namespace

void addTrainCommands(CLI::App& app, CommandContext& context) {
    auto* trainCommand = addCommand(app, context, "train", "Train by a recipe and make a run folder");
    auto trainArguments = std::make_shared<RecipeArguments>();
    addRecipeArguments(trainCommand, *trainArguments);
    trainCommand->callback([&context, trainArguments] {
        context.action = [&context, trainArguments](Console& c) {
            return train(*trainArguments, context.options, c);
        };
    });

    auto* resumeCommand =
        addCommand(app, context, "resume", "Go on from a run's last complete checkpoint, exactly");
    auto run = std::make_shared<std::string>();
    resumeCommand->add_option("run", *run, "The run folder")->required();
    resumeCommand->callback([&context, run] {
        context.action = [&context, run](Console& c) { return resume(*run, context.options, c); };
    });

    auto* raceCommand =
        addCommand(app, context, "race", "The same run over values of one key, with a verdict");
    auto race = std::make_shared<RaceArguments>();
    addRecipeArguments(raceCommand, race->recipe);
    raceCommand->add_option("--over", race->over, "key=value,value,…")->capture_default_str();
    raceCommand->add_option("--seeds", race->seeds, "Runs of each value with different seeds")
        ->check(CLI::Range(1, 100));
    raceCommand->callback([&context, race] {
        context.action = [&context, race](Console& c) { return RaceRunner(*race, context.options, c).run(); };
    });
}

}  // namespace lathe
