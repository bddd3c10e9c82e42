// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/commands.h"
#include "app/interrupt_guard.h"
#include "app/recipe_arguments.h"
#include "core/catalog/catalog.h"
#include "core/config/recipe_yaml.h"
#include "core/run/store/run_folder.h"
#include "core/run/store/run_store.h"
#include "core/train/run_session.h"

namespace lathe {
namespace {

namespace fs = std::filesystem;

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

}  // namespace

void addTrainCommands(CLI::App& app, CommandContext& context) {
    auto* trainCommand = addCommand(app, context, "train", "Train by a recipe and make a run folder");
    auto trainArguments = std::make_shared<RecipeArguments>();
    addRecipeArguments(trainCommand, *trainArguments,
                       "The folder to make; a new one in the data folder when left out");
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
}

}  // namespace lathe
