// SPDX-License-Identifier: GPL-3.0-or-later
// The commands of lathe-run: each function adds its commands to the parser; a chosen command leaves its
// action.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "app/console.h"

namespace lathe {

/// What the parser found: the options all commands share, and the work to do, which gives the exit code.
struct CommandContext {
    CommonOptions options;
    std::function<int(Console&)> action;
};

void addTrainCommands(CLI::App& app, CommandContext& context);  ///< train resume
void addRaceCommand(CLI::App& app, CommandContext& context);
void addEvaluateCommand(CLI::App& app, CommandContext& context);
void addChainCommand(CLI::App& app, CommandContext& context);    ///< chain
void addTargetCommands(CLI::App& app, CommandContext& context);  ///< predict generate score logits export mix
void addDataCommands(CLI::App& app, CommandContext& context);    ///< tokenize preview inspect
void addListCommands(CLI::App& app, CommandContext& context);    ///< params catalog shelf
void addBenchCommands(CLI::App& app, CommandContext& context);   ///< bench step, bench latency

/// A command with --json, --quiet, --device and --threads.
CLI::App* addCommand(CLI::App& app, CommandContext& context, const std::string& name,
                     const std::string& help);

/// --device on the command line wins over the recipe.
inline void applyDevice(Recipe& recipe, const CommonOptions& options) {
    if (options.device != "auto") recipe.device = options.device;
}

}  // namespace lathe
