// SPDX-License-Identifier: GPL-3.0-or-later
// The TARGET of the commands that ask a model: what names it on the command line, and opening it.
#pragma once

#include "app/commands.h"
#include "core/run/store/run_lock.h"
#include "core/target/loaded_model.h"

namespace lathe {

struct TargetArguments {
    std::string target;
    std::vector<std::string> adapters;
    std::vector<double> weights;
    std::string precision = "fp32";  ///< of the base's weights
};

void addTargetArguments(CLI::App* command, TargetArguments& arguments);
Result<std::vector<AdapterChoice>> choicesOf(const TargetArguments& arguments);
/// The locks of the runs among the target and its adapters, so that nobody changes them meanwhile.
Result<std::vector<RunLock>> lockToRead(const TargetArguments& arguments);
/// With all adapters on.
Result<LoadedModel> openTarget(const TargetArguments& arguments, const CommonOptions& options);

/// Adds one command whose arguments live as long as its action.
template <class Arguments>
std::shared_ptr<Arguments> addTargetCommand(CLI::App& app, CommandContext& context, const std::string& name,
                                            const std::string& help, CLI::App*& command,
                                            int (*run)(const Arguments&, const CommonOptions&, Console&)) {
    command = addCommand(app, context, name, help);
    auto arguments = std::make_shared<Arguments>();
    addTargetArguments(command, *arguments);
    command->callback([&context, arguments, run] {
        context.action = [&context, arguments, run](Console& c) {
            const auto reading = lockToRead(*arguments);
            return reading.ok() ? run(*arguments, context.options, c) : c.fail(reading.error());
        };
    });
    return arguments;
}

}  // namespace lathe
