// SPDX-License-Identifier: GPL-3.0-or-later
// lathe-run: everything the window does, from the command line.
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "app/commands.h"
#include "app/process_guard.h"
#include "core/train/caught_error.h"
#include "core/train/threads.h"

namespace lathe {

CLI::App* addCommand(CLI::App& app, CommandContext& context, const std::string& name,
                     const std::string& help) {
    CLI::App* command = app.add_subcommand(name, help);
    command->add_flag("--json", context.options.json, "One JSON object a line on stdout, nothing else there");
    command->add_flag("--quiet", context.options.quiet, "No text for people");
    command->add_option("--device", context.options.device, "auto, cpu, cuda or cuda:N");
    command->add_option("--threads", context.options.threads, "CPU threads; 0 takes all cores")
        ->check(CLI::Range(0, 1024));
    return command;
}

namespace {

/// What the parser lets pass: NaN, infinity, and numbers that it would cut to the nearest it can hold.
std::string numberFault(const std::string& text, bool whole) {
    errno = 0;
    char* end = nullptr;
    if (whole) {
        (void)std::strtoll(text.c_str(), &end, 10);
        return errno == ERANGE ? text + " is beyond 64 bits" : "";
    }
    const double value = std::strtod(text.c_str(), &end);
    return std::isfinite(value) ? "" : text + " is not a finite number";
}

/// Adds the check to every option of a command that takes numbers, and to those of its own commands.
void checkNumbers(CLI::App& command) {
    for (CLI::Option* option : command.get_options()) {
        const std::string type = option->get_type_name();
        const bool whole = type.starts_with("INT") || type.starts_with("UINT");
        if (!whole && !type.starts_with("FLOAT")) continue;
        option->check([whole](const std::string& text) { return numberFault(text, whole); });
    }
    for (CLI::App* inner : command.get_subcommands([](CLI::App*) { return true; })) checkNumbers(*inner);
}

}  // namespace
}  // namespace lathe

int main(int argc, char** argv) {
    lathe::guardProcess();
    CLI::App app("Fine-tune language models: train, compare, evaluate, export.", "lathe-run");
    app.set_version_flag("--version", std::string("lathe-run ") + LATHE_VERSION);
    app.require_subcommand(1);
    lathe::CommandContext context;
    lathe::addTrainCommands(app, context);
    lathe::addRaceCommand(app, context);
    lathe::addEvaluateCommand(app, context);
    lathe::addChainCommand(app, context);
    lathe::addTargetCommands(app, context);
    lathe::addDataCommands(app, context);
    lathe::addListCommands(app, context);
    lathe::addBenchCommands(app, context);
    lathe::checkNumbers(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        if (app.exit(e) != 0) return lathe::kExitUsage;
        return std::cout.flush() ? lathe::kExitDone : lathe::kExitFailed;
    }
    lathe::Console console(context.options);
    try {
        lathe::useThreads(context.options.threads);
        return console.exitCode(context.action(console));
    } catch (...) {
        return console.fail(lathe::caughtError());
    }
}
