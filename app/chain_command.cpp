// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>

#include "app/commands.h"
#include "app/interrupt_guard.h"
#include "app/several_runs.h"
#include "core/catalog/catalog.h"
#include "core/config/project.h"
#include "core/run/store/run_store.h"
#include "core/train/run_session.h"

namespace lathe {
namespace {

namespace fs = std::filesystem;

struct ChainArguments {
    std::string project;
    std::string out;
};

/// Runs a project's stages in order; one control serves them all, so that Ctrl-C ends the chain.
class ChainRunner {
  public:
    ChainRunner(const CommonOptions& options, Console& console) : m_options(options), m_console(console) {
        m_control.threads = options.threads;
    }

    int run(const ChainArguments& arguments) {
        ParsedProject parsed =
            readProject(arguments.project, arguments.out, defaultRunsFolder(), engineCatalog());
        if (!parsed.faults.empty()) return m_console.fail(parsed.faults);
        const auto owned = ownRunsFolder(parsed.project.runs);
        if (!owned.ok()) return m_console.fail(owned.error());
        InterruptGuard guard(m_control);
        for (ProjectStage& stage : parsed.project.stages) {
            applyDevice(stage.recipe, m_options);
            const int code = runStage(stage, parsed.project.runs / stage.name);
            if (code != kExitDone) return code;
        }
        return report(parsed.project);
    }

  private:
    int runStage(const ProjectStage& stage, const fs::path& run) {
        const auto state = stateOfRun(run, stage.recipe);
        if (!state.ok()) return m_console.fail(state.error());
        m_console.text("Stage " + stage.name + (state.value() == RunState::Done ? " is done already" : ""));
        const EventSink tell = [&](const Event& event) { m_console.event(event, {"stage", stage.name}); };
        return m_console.conclude(takeUpRun(stage.recipe, run, state.value(), m_control, tell));
    }

    int report(const Project& project) const {
        m_console.text(row("stage", "task", "before", "after", "seconds"));
        for (const ProjectStage& stage : project.stages) {
            const fs::path run = project.runs / stage.name;
            const auto record = readRunRecord(run);
            if (!record.ok()) return m_console.fail(record.error());
            const RunRecord& ran = record.value();
            m_console.line({{"event", "result"},
                            {"stage", stage.name},
                            {"task", ran.task},
                            {"before", ran.before},
                            {"after", ran.metrics},
                            {"seconds", ran.seconds},
                            {"run", run.string()}});
            char seconds[32];
            std::snprintf(seconds, sizeof seconds, "%.1f", ran.seconds);
            const std::string judge =
                judgedBy(*engineCatalog().task(ran.task), stage.recipe.objective.values).metric;
            m_console.text(row(stage.name, ran.task, metricText(judge, ran.before),
                               metricText(judge, ran.metrics), seconds));
        }
        return kExitDone;
    }

    static std::string metricText(const std::string& name, const std::map<std::string, double>& metrics) {
        const auto metric = metrics.find(name);
        return metric == metrics.end() ? "-" : metricsText({*metric});
    }

    static std::string row(const std::string& stage, const std::string& task, const std::string& before,
                           const std::string& after, const std::string& seconds) {
        char text[256];
        std::snprintf(text, sizeof text, "  %-16s %-24s %-24s %-24s %8s", stage.c_str(), task.c_str(),
                      before.c_str(), after.c_str(), seconds.c_str());
        return text;
    }

    const CommonOptions& m_options;
    Console& m_console;
    RunControl m_control;
};

}  // namespace

void addChainCommand(CLI::App& app, CommandContext& context) {
    auto* command =
        addCommand(app, context, "chain", "Run the stages of a project, each on what an earlier one made");
    auto arguments = std::make_shared<ChainArguments>();
    command->add_option("project", arguments->project, "The project (YAML)")->required();
    command->add_option(
        "--out", arguments->out,
        "The folder of the stages' runs; what is done there is kept. Of the project's name, in the data "
        "folder, when left out");
    command->callback([&context, arguments] {
        context.action = [&context, arguments](Console& c) {
            return ChainRunner(context.options, c).run(*arguments);
        };
    });
}

}  // namespace lathe
