// SPDX-License-Identifier: GPL-3.0-or-later
// lathe-run bench WHAT: measurements on this machine.
#include <sys/wait.h>
#include <unistd.h>

#include "app/commands.h"
#include "core/bench/latency.h"
#include "core/bench/step_bench.h"
#include "core/catalog/catalog.h"
#include "core/target/loaded_model.h"
#include "core/train/caught_error.h"

namespace lathe {
namespace {

struct StepArguments {
    std::string model = "shelf:smollm2-135m-instruct", method = "lora", dtype = "fp32";
    std::vector<std::string> targets, quantizations{"none"};
    int64_t rank = 0, batch = 4;
    bool checkpointing = false;
    StepBenchSettings how;
};

/// What random rows can teach a base.
std::string benchTask(const std::vector<std::string>& tasks) {
    for (const char* task : {"language_modeling", "sequence_to_sequence"})
        if (std::find(tasks.begin(), tasks.end(), task) != tasks.end()) return task;
    return "classification";
}

/// One case for each quantisation that was asked for.
Result<std::vector<StepBenchCase>> stepCases(const StepArguments& arguments, const CommonOptions& options) {
    LATHE_TRY(const BaseFacts facts, describeBase(arguments.model));
    const std::string task = benchTask(facts.tasks);
    std::vector<StepBenchCase> cases;
    for (const std::string& quantization : arguments.quantizations) {
        StepBenchCase one;
        one.recipe.task = task;
        one.recipe.base = arguments.model;
        one.recipe.device = options.device;
        one.recipe.data.train = "none";
        one.recipe.train.batchSize = arguments.batch;
        one.recipe.train.precision = arguments.dtype;
        one.recipe.train.quantization = quantization;
        one.recipe.train.gradientCheckpointing = arguments.checkpointing;
        MethodSettings& method = one.recipe.methods.front();
        method.name = arguments.method;
        if (arguments.rank > 0) method.values["rank"] = arguments.rank;
        if (!arguments.targets.empty()) method.values["target_modules"] = arguments.targets;
        const auto faults = checkRecipe(one.recipe, engineCatalog());
        if (!faults.empty())
            return Error{ErrorCode::RecipeInvalid, faults.front().text(), "command line", ""};
        one.name = arguments.method;
        if (arguments.rank > 0) one.name += " r=" + std::to_string(arguments.rank);
        one.name += " " + arguments.dtype;
        if (quantization != "none") one.name += " on " + quantization;
        cases.push_back(std::move(one));
    }
    return cases;
}

/// In a process of its own, so that no case finds the memory of another.
Result<StepBenchResult> inOwnProcess(const StepBenchCase& one, const StepBenchSettings& how) {
    int ends[2];
    if (::pipe(ends) != 0) return Error{ErrorCode::Internal, "no pipe can be made", "", ""};
    const pid_t child = ::fork();
    if (child < 0) return Error{ErrorCode::Internal, "no process can be started", "", ""};
    if (child == 0) {
        const auto done = withoutThrowing<StepBenchResult>([&] { return benchStep(one, how); }, kSmallerRun);
        const Json said = done.ok() ? Json{{"step_ms", done.value().stepMs},
                                           {"tokens_per_second", done.value().tokensPerSecond},
                                           {"weight_bytes", done.value().weightBytes},
                                           {"peak_bytes", done.value().peakBytes}}
                                    : Json{{"error", done.error().message},
                                           {"code", errorCodeName(done.error().code)},
                                           {"place", done.error().place},
                                           {"hint", done.error().hint}};
        const std::string text = said.dump();
        ::_exit(::write(ends[1], text.data(), text.size()) == ssize_t(text.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string text;
    char part[512];
    for (ssize_t count; (count = ::read(ends[0], part, sizeof part)) > 0;)
        text.append(part, std::size_t(count));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    const Json said = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (status != 0 || !said.is_object())
        return Error{ErrorCode::OutOfMemory, "the case did not come to its end", one.name,
                     "take a smaller batch"};
    if (said.contains("error")) {
        const auto place = said["place"].get<std::string>();
        return Error{errorCodeFromName(said["code"]), said["error"], place.empty() ? one.name : place,
                     said["hint"]};
    }
    return StepBenchResult{one.name, said["step_ms"], said["tokens_per_second"], said["weight_bytes"],
                           said["peak_bytes"]};
}

int benchSteps(const StepArguments& arguments, const CommonOptions& options, Console& console) {
    const auto cases = stepCases(arguments, options);
    if (!cases.ok()) return console.fail(cases.error());
    char text[160];
    std::snprintf(text, sizeof text, "%-24s %12s %14s %8s %12s %8s %12s", "case", "step", "tokens/s", "ratio",
                  "weights", "ratio", "peak memory");
    console.text(text);
    std::optional<StepBenchResult> first;
    for (const StepBenchCase& one : cases.value()) {
        const auto done = inOwnProcess(one, arguments.how);
        if (!done.ok()) return console.fail(done.error());
        const StepBenchResult& result = done.value();
        if (!first) first = result;
        const double slower = result.stepMs / first->stepMs;
        const double smaller = double(result.weightBytes) / double(first->weightBytes);
        console.line({{"case", result.name},
                      {"tokens_per_second", result.tokensPerSecond},
                      {"step_ms", result.stepMs},
                      {"peak_bytes", result.peakBytes},
                      {"weight_bytes", result.weightBytes},
                      {"step_ratio", slower},
                      {"weight_ratio", smaller}});
        std::snprintf(text, sizeof text, "%-24s %9.1f ms %14.1f %7.2fx %12s %7.2fx %12s", result.name.c_str(),
                      result.stepMs, result.tokensPerSecond, slower, byteText(result.weightBytes).c_str(),
                      smaller, byteText(result.peakBytes).c_str());
        console.text(text);
    }
    return kExitDone;
}

void addStep(CLI::App& bench, CommandContext& context) {
    auto arguments = std::make_shared<StepArguments>();
    auto* step = addCommand(bench, context, "step", "The time and memory of one training step");
    step->add_option("--model", arguments->model, "The base")->capture_default_str();
    step->add_option("--method", arguments->method, "The method")->capture_default_str();
    step->add_option("--rank", arguments->rank, "The method's rank; left out, its default");
    step->add_option("--target-modules", arguments->targets, "The layers that are changed")->delimiter(',');
    step->add_option("--batch", arguments->batch, "Rows a step")
        ->capture_default_str()
        ->check(CLI::Range(1, 65536));
    step->add_option("--length", arguments->how.length, "Tokens a row")
        ->capture_default_str()
        ->check(CLI::Range(2, 1 << 20));
    step->add_option("--dtype", arguments->dtype, "fp32 or bf16")->capture_default_str();
    step->add_option("--quantization", arguments->quantizations,
                     "How the base is kept: none, int8, nf4; several are compared with the first")
        ->delimiter(',');
    step->add_flag("--gradient-checkpointing", arguments->checkpointing, "Compute activations twice");
    step->add_option("--steps", arguments->how.steps, "Steps that are timed")
        ->capture_default_str()
        ->check(CLI::Range(1, 100000));
    step->add_option("--warmup", arguments->how.warmup, "Steps before them")
        ->capture_default_str()
        ->check(CLI::Range(0, 100000));
    step->callback([&context, arguments] {
        context.action = [&context, arguments](Console& console) {
            return benchSteps(*arguments, context.options, console);
        };
    });
}

std::string tableLine(const LatencyCase& item) {
    char line[128];
    std::snprintf(line, sizeof line, "%-12s %10.2f ms  x %.2f   (%.2f to %.2f)", item.name.c_str(),
                  item.median, item.ratio, item.smallest, item.largest);
    return line;
}

int latency(const LatencySettings& settings, Console& console) {
    const auto cases = measureLatency(settings);
    if (!cases.ok()) return console.fail(cases.error());
    console.text(settings.model + ", batch " + std::to_string(settings.batch) + ", length " +
                 std::to_string(settings.length) + ": a forward, median of " +
                 std::to_string(settings.steps) + " taken in turns");
    for (const LatencyCase& item : cases.value()) {
        console.line({{"case", item.name},
                      {"median_ms", item.median},
                      {"ratio", item.ratio},
                      {"smallest_ms", item.smallest},
                      {"largest_ms", item.largest},
                      {"batch", settings.batch},
                      {"length", settings.length},
                      {"steps", settings.steps}});
        console.text(tableLine(item));
    }
    return kExitDone;
}

void addLatency(CLI::App& bench, CommandContext& context) {
    auto settings = std::make_shared<LatencySettings>();
    CLI::App* command =
        addCommand(bench, context, "latency",
                   "Milliseconds a forward: the base, LoRA beside it, LoRA merged, a bottleneck adapter");
    command->add_option("--model", settings->model, "The base; shelf:minilm-l6 when left out");
    command->add_option("--batch", settings->batch, "Rows")->check(CLI::Range(1, 1 << 16));
    command->add_option("--length", settings->length, "Tokens a row")->check(CLI::Range(1, 1 << 20));
    command->add_option("--rank", settings->rank, "Of the LoRA")->check(CLI::Range(1, 4096));
    command->add_option("--steps", settings->steps, "Forwards of each case")->check(CLI::Range(1, 1 << 20));
    command->add_option("--warmup", settings->warmup, "Forwards before those that count")
        ->check(CLI::Range(0, 1 << 20));
    command->callback([&context, settings] {
        context.action = [&context, settings](Console& console) {
            settings->device = context.options.device;
            return latency(*settings, console);
        };
    });
}

}  // namespace

void addBenchCommands(CLI::App& app, CommandContext& context) {
    CLI::App* bench = app.add_subcommand("bench", "Measurements on this machine");
    bench->require_subcommand(1);
    addStep(*bench, context);
    addLatency(*bench, context);
}

}  // namespace lathe
