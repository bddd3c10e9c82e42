// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/target_arguments.h"

#include <iostream>

namespace lathe {

void addTargetArguments(CLI::App* command, TargetArguments& arguments) {
    command
        ->add_option("target", arguments.target,
                     "A run folder, a model folder, a .gguf file, shelf:NAME or hub:ORG/NAME")
        ->required();
    command->add_option("--adapter", arguments.adapters,
                        "An adapter folder, or a GGUF with a LoRA adapter, on top of a base; repeatable");
    command->add_option("--adapter-weight", arguments.weights, "The weight of each adapter, 1 when left out");
}

Result<std::vector<AdapterChoice>> choicesOf(const TargetArguments& arguments) {
    if (arguments.weights.size() > arguments.adapters.size())
        return Error{ErrorCode::BadArgument, "more --adapter-weight than --adapter", "command line", ""};
    std::vector<AdapterChoice> adapters;
    for (std::size_t i = 0; i < arguments.adapters.size(); ++i)
        adapters.push_back(
            {arguments.adapters[i], i < arguments.weights.size() ? arguments.weights[i] : 1.0});
    return adapters;
}

Result<std::vector<RunLock>> lockToRead(const TargetArguments& arguments) {
    std::vector<RunLock> reading;
    LATHE_TRY_VOID(shareRuns(arguments.target, reading));
    for (const std::string& adapter : arguments.adapters) LATHE_TRY_VOID(shareRuns(adapter, reading));
    return reading;
}

Result<LoadedModel> openTarget(const TargetArguments& arguments, const CommonOptions& options) {
    LATHE_TRY(const auto adapters, choicesOf(arguments));
    auto opened = LoadedModel::openIn(arguments.precision, arguments.target, adapters, options.device);
    if (opened.ok() && !options.quiet)
        for (const Note& note : opened.value().notes)
            std::cerr << "warning: " << noteText(note) << (note.hint.empty() ? "" : "; " + note.hint) << "\n";
    return opened;
}

}  // namespace lathe
