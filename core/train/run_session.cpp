// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/run_session.h"

#include <unistd.h>

#include "core/base/files.h"
#include "core/base/folder_in_progress.h"
#include "core/config/recipe_yaml.h"
#include "core/data/roles/columns.h"
#include "core/evaluate/evaluator.h"
#include "core/export/hf_folder.h"
#include "core/peft/adapter_io.h"
#include "core/run/events/metric_log.h"
#include "core/run/store/run_folder.h"
#include "core/run/store/run_store.h"
#include "core/run/store/running_runs.h"
#include "core/train/caught_error.h"
#include "core/train/learning_plan.h"
#include "core/train/run_memory.h"
#include "core/train/run_origin.h"
#include "core/train/threads.h"
#include "core/train/trainer.h"
#include "core/train/training_setup.h"

namespace lathe {
namespace {
namespace fs = std::filesystem;

constexpr std::size_t kShownAnswers = 2;  ///< of reinforcement, at each evaluation

FinishedEvent failedBeforeStart(const fs::path& run, const Error& error, const EventSink& sink) {
    FinishedEvent event;
    event.status = "failed";
    event.run = run.string();
    event.error = error;
    if (sink) sink(event);
    return event;
}

/// What is already there of the run.
struct Progress {
    RunLock lock;
    RunRecord record;
    CheckpointChoice checkpoint;  ///< to resume from; of a new run nothing
};

class Session {
  public:
    Session(const Recipe& recipe, fs::path run, RunControl& control, const EventSink& sink, Progress before)
        : m_run(std::move(run)),
          m_control(control),
          m_sink(sink),
          m_lock(std::move(before.lock)),
          m_record(std::move(before.record)),
          m_checkpoint(std::move(before.checkpoint)),
          m_running(m_run),
          m_setup(recipe),
          m_origin(m_setup, m_run, resumes() ? &m_record : nullptr) {}

    /// From the base to the result folder. A resumed run's files are left as they are until its state is
    /// restored.
    Result<void> go();
    FinishedEvent finish(const Result<void>& outcome);

  private:
    bool resumes() const { return !m_checkpoint.folder.empty(); }
    Result<void> beginRecord();
    Result<void> prepare();
    Result<void> announceParameters();
    Result<void> train();
    Result<void> restore();
    TrainerSettings trainerSettings() const;
    TrainerHooks trainerHooks();
    struct Judgement {
        std::map<std::string, double> metrics;  ///< empty without validation rows
        std::vector<SampleEvent> samples;
        bool stopped = false;
    };
    Result<Judgement> judge(int64_t step);
    /// Where the model learns from its own answers.
    Result<Judgement> judgeAnswers(int64_t step, const std::function<bool()>& stopAsked);
    /// Nothing when it was stopped.
    Result<Judged> evaluate(int64_t step);
    void answerBetweenSteps();
    Result<void> saveResult();
    Result<void> emit(const Event& event);
    Result<void> tellWarnings();
    Result<void> tellOtherRuns();
    /// What a resumed run has to say, once its log is open.
    Result<void> tellResumed();
    Result<void> watchLearning(const Schedule& schedule);
    Result<void> phase(const std::string& name) { return emit(PhaseEvent{name}); }
    Result<void> writeRecord() { return m_log ? writeRunRecord(m_run, m_record) : Result<void>(); }

    fs::path m_run;
    RunControl& m_control;
    const EventSink& m_sink;
    RunLock m_lock;  ///< until the end is recorded
    RunRecord m_record;
    CheckpointChoice m_checkpoint;
    std::optional<MetricLog> m_log;        ///< set once files of the run may be written
    std::optional<LearningWatch> m_watch;  ///< set once the model may learn
    RunningRun m_running;
    std::optional<RunMemory> m_memory;  ///< outlives what the run holds
    TrainingSetup m_setup;
    RunOrigin m_origin;
    TrainState m_state;
    bool m_stopped = false;
};

Result<void> Session::go() {
    useThreads(m_control.threads);
    const at::AutoGradMode gradients(true);
    LATHE_TRY_VOID(beginRecord());
    LATHE_TRY_VOID(prepare());
    LATHE_TRY_VOID(train());
    return saveResult();
}

Result<void> Session::emit(const Event& event) {
    if (m_log) LATHE_TRY_VOID(m_log->append(event));
    if (m_sink) m_sink(event);
    if (m_watch)
        for (const WarningEvent& warning : m_watch->after(event)) LATHE_TRY_VOID(emit(warning));
    return std::holds_alternative<StepEvent>(event) ? tellOtherRuns() : Result<void>();
}

Result<void> Session::tellOtherRuns() {
    for (const std::string& run : m_running.newOthers())
        LATHE_TRY_VOID(emit(WarningEvent{"other_run", "another run of Lathe trains on this machine: " + run,
                                         "the two share its processor and memory; each takes longer"}));
    return {};
}

Result<void> Session::watchLearning(const Schedule& schedule) {
    LearningWatch watch(learningPlan(m_setup, schedule));
    if (resumes())
        LATHE_TRY_VOID(eachEvent(m_run, [&](Event&& event) { (void)watch.after(event); }));  // said already
    for (const WarningEvent& warning : watch.beforeStart()) LATHE_TRY_VOID(emit(warning));
    m_watch = std::move(watch);
    return {};
}

Result<void> Session::tellWarnings() {
    for (const WarningEvent& warning : m_setup.warnings) LATHE_TRY_VOID(emit(warning));
    m_setup.warnings.clear();
    return tellOtherRuns();
}

Result<void> Session::beginRecord() {
    const Recipe& recipe = m_setup.recipe();
    if (!resumes()) {
        LATHE_TRY_VOID(writeFile(m_run / "recipe.yaml", recipeToYaml(recipe)));
        m_record.started = utcNow();
        LATHE_TRY(m_log, MetricLog::open(m_run));
    }
    m_record.status = "running";
    m_record.failure.reset();
    m_record.name = recipe.name.empty() ? m_run.filename().string() : recipe.name;
    m_record.task = recipe.task;
    m_record.base = recipe.base;
    m_record.version = LATHE_VERSION;
    m_record.processId = ::getpid();
    m_record.method.clear();
    for (const MethodSettings& method : recipe.methods)
        m_record.method += (m_record.method.empty() ? "" : "+") + method.name;
    LATHE_TRY_VOID(m_setup.chooseDevice());
    m_memory.emplace(m_setup.loaded.device);
    m_record.device = m_setup.loaded.device.str();
    m_record.settings = m_setup.comparableSettings();
    return writeRecord();
}

Result<void> Session::prepare() {
    LATHE_TRY_VOID(phase("load_base"));
    std::vector<RunLock> standsOn;
    LATHE_TRY_VOID(shareRuns(m_setup.recipe().base, standsOn));
    LATHE_TRY_VOID(m_setup.openBase());
    LATHE_TRY_VOID(m_origin.addBase());
    LATHE_TRY_VOID(phase("load_data"));
    if (resumes()) LATHE_TRY_VOID(m_origin.addDataFiles());  // before a changed file can fail otherwise
    LATHE_TRY_VOID(m_setup.openData());
    if (!resumes()) LATHE_TRY_VOID(m_origin.addDataFiles());
    LATHE_TRY_VOID(m_origin.addRows());
    if (!resumes()) {
        m_record.identity = m_origin.identity();
        m_record.baseSha256 = m_record.identity["base_sha256"].get<std::string>();
    }
    if (!m_lock.holds())
        m_setup.warnings.push_back({"no_lock",
                                    "the file system of the run folder has no locks; nothing keeps a second "
                                    "process from writing the run",
                                    "see to it that one process alone trains it"});
    LATHE_TRY_VOID(tellWarnings());  // that memory is short, before the system ends the process for it
    m_record.labels = m_setup.loaded.labels;
    if (rowShapeOf(m_record.task) == RowShape::Labelled)
        m_record.problemType = problemTypeOf(m_setup.loaded.labelKind);
    LATHE_TRY_VOID(m_setup.openRewards());
    LATHE_TRY_VOID(m_setup.buildModel());
    if (m_setup.rollouts) m_setup.rollouts->setStop([this] { return m_control.stop.load(); });
    if (const auto note = diskNote(m_setup, m_run, resumes())) m_setup.warnAbout(*note);
    LATHE_TRY_VOID(tellWarnings());
    LATHE_TRY_VOID(announceParameters());
    if (m_setup.objective->needsReference()) {
        LATHE_TRY_VOID(phase("reference"));
        // Stopped, it leaves rows without; the stop holds, so that none is trained on.
        m_setup.computeReference([this] { return m_control.stop.load(); });
    }
    m_record.maxSteps = m_setup.totalSteps();
    return writeRecord();
}

Result<void> Session::announceParameters() {
    ParametersEvent event;
    event.method = m_record.method;
    event.trainable = m_setup.optimizer->parameterCount();
    event.total = m_setup.loaded.model->parameterCount();
    event.percent = 100.0 * double(event.trainable) / double(event.total);
    m_record.trainable = event.trainable;
    m_record.total = event.total;
    return emit(event);
}

TrainerSettings Session::trainerSettings() const {
    const TrainSettings& train = m_setup.recipe().train;
    TrainerSettings result;
    result.learningRate = m_setup.learningRate();
    result.totalSteps = m_setup.totalSteps();
    result.evalEvery = train.evalEvery;
    result.saveEvery = train.saveEvery;
    result.saveSeconds = train.saveMinutes * 60;
    result.logEvery = train.logEvery;
    const JudgedBy judged = judgedBy(*m_setup.task, m_setup.recipe().objective.values);
    result.metric = judged.metric;
    result.metricRises = judged.rises;
    result.device = m_setup.loaded.device;
    return result;
}

TrainerHooks Session::trainerHooks() {
    TrainerHooks hooks;
    hooks.emit = [this](const Event& event) { return emit(event); };
    hooks.evaluate = [this](int64_t step) { return evaluate(step); };
    hooks.save = [this](const TrainState& state) -> Result<fs::path> {
        LATHE_TRY_VOID(m_log->sync());  // a checkpoint never knows more than the log
        return saveCheckpoint(m_run, *m_setup.optimizer, state, captureRandomState(m_setup.loaded.device),
                              m_setup.aids);
    };
    hooks.betweenSteps = [this] { answerBetweenSteps(); };
    hooks.stopAsked = [this] { return m_control.stop.load(); };
    hooks.peakMemory = [this] { return m_memory->peakBytes(); };
    return hooks;
}

void Session::answerBetweenSteps() {
    if (!m_control.betweenSteps) return;
    // What is asked meanwhile may draw random numbers; the run must not notice.
    const at::Device device = m_setup.loaded.device;
    const RandomState random = captureRandomState(device);
    m_control.betweenSteps(m_setup.loaded);
    LATHE_CHECK(restoreRandomState(random, device).ok());
}

Result<Session::Judgement> Session::judge(int64_t step) {
    const bool last = step == m_record.maxSteps;  // a finished run is not left without its result
    const auto stopAsked = [this, last] { return m_control.stop && (!last || m_control.discard); };
    if (m_setup.rollouts) return judgeAnswers(step, stopAsked);
    const std::vector<Example>& rows = m_setup.data.validation;
    Judgement judgement;
    if (!rows.empty()) {
        const EvaluationSettings how{
            m_setup.recipe().train.batchSize, m_setup.loaded.batchSettings(), stopAsked, {}};
        judgement.metrics = evaluateRows(*m_setup.loaded.model, *m_setup.objective, rows, how);
        judgement.stopped = judgement.metrics.empty();
        if (judgement.stopped) return judgement;
    }
    LATHE_TRY(judgement.samples, m_setup.sampler->sample(step));
    return judgement;
}

Result<Session::Judgement> Session::judgeAnswers(int64_t step, const std::function<bool()>& stopAsked) {
    Judgement judgement;
    if (m_setup.data.validation.empty()) return judgement;
    m_setup.rollouts->setStop(stopAsked);
    auto judged = m_setup.rollouts->evaluate(m_setup.data.validation);
    m_setup.rollouts->setStop([this] { return m_control.stop.load(); });
    if (!judged.ok()) return judged.error();
    judgement.metrics = std::move(judged.value().metrics);
    judgement.stopped = judgement.metrics.empty();
    for (const RolloutAnswer& answer : judged.value().answers) {
        if (judgement.samples.size() == kShownAnswers) break;
        judgement.samples.push_back({step, answer.row.text, answer.text, answer.reward});
    }
    return judgement;
}

Result<Judged> Session::evaluate(int64_t step) {
    LATHE_TRY_VOID(phase("evaluate"));
    LATHE_TRY(Judgement judgement, judge(step));
    if (!judgement.metrics.empty()) {
        EvalEvent event{step, judgement.metrics["loss"], judgement.metrics};
        event.metrics.erase("loss");
        LATHE_TRY_VOID(emit(event));
    }
    for (const SampleEvent& sample : judgement.samples) LATHE_TRY_VOID(emit(sample));
    if (step < m_record.maxSteps) LATHE_TRY_VOID(phase("train"));
    if (judgement.stopped) return Judged();
    return Judged(std::move(judgement.metrics));
}

Result<void> Session::restore() {
    LATHE_TRY(RestoredCheckpoint checkpoint,
              loadCheckpoint(m_checkpoint.folder, *m_setup.optimizer, m_setup.aids));
    m_state = std::move(checkpoint.state);
    if (m_state.step > m_setup.totalSteps())
        return Error{ErrorCode::ModelMismatch,
                     "the checkpoint is of step " + std::to_string(m_state.step) + ", and the run has " +
                         std::to_string(m_setup.totalSteps()),
                     m_checkpoint.folder.string(),
                     "the run's recipe.yaml or its data were changed; start a new run"};
    if (!m_setup.loader->order.restore(m_state.cursor))
        return Error{ErrorCode::ModelMismatch, "the data has fewer rows than when the checkpoint was made",
                     m_setup.recipe().data.train, "put the old data back, or start a new run"};
    LATHE_TRY_VOID(restoreRandomState(checkpoint.random, m_setup.loaded.device));
    LATHE_TRY(m_log, MetricLog::open(m_run, m_state.step, m_state.evaluationDue));
    LATHE_TRY_VOID(writeRecord());
    return tellResumed();
}

Result<void> Session::tellResumed() {
    for (const Note& note : m_checkpoint.skipped) m_setup.warnAbout(note);
    for (const Note& note : m_origin.notes()) m_setup.warnAbout(note);
    const LogFaults& faults = m_log->faults();
    if (const auto warning = faults.warning()) m_setup.warnings.push_back(*warning);
    const int64_t every = m_setup.recipe().train.logEvery;
    if (faults.newestStep < m_state.step / every * every)
        m_setup.warnings.push_back(
            {"metrics_incomplete",
             "metrics.jsonl lacks what was logged up to step " + std::to_string(m_state.step) +
                 (faults.newestStep < 0 ? "" : ", after step " + std::to_string(faults.newestStep)),
             "the run goes on exactly; its curves have a gap"});
    return tellWarnings();
}

Result<void> Session::train() {
    const TrainSettings& recipe = m_setup.recipe().train;
    const TrainerSettings settings = trainerSettings();
    LATHE_TRY(const Schedule schedule,
              Schedule::make(recipe.schedule, recipe.warmupSteps, settings.totalSteps));
    torch::manual_seed(static_cast<uint64_t>(recipe.seed));
    if (resumes()) {
        LATHE_TRY_VOID(restore());
        LATHE_TRY_VOID(phase("train"));
    }
    LATHE_TRY_VOID(watchLearning(schedule));
    Trainer trainer(*m_setup.loaded.model, *m_setup.objective, *m_setup.optimizer, *m_setup.loader, schedule,
                    settings, trainerHooks(), m_setup.aids);
    LATHE_TRY(m_stopped, trainer.fit(m_state));
    return {};
}

Result<void> Session::saveResult() {
    if (m_state.step == 0 || (m_stopped && m_control.discard)) return {};
    LATHE_TRY_VOID(phase("save"));
    const bool adapter = m_setup.makesAdapters();
    FolderInProgress folder(m_run / (adapter ? "adapter" : "model"), IfPresent::Replace);
    LATHE_TRY_VOID(folder.begin());
    LanguageModel& model = *m_setup.loaded.model;
    const LoadedModel& loaded = m_setup.loaded;
    LATHE_TRY_VOID(adapter
                       ? saveAdapters(model, m_setup.methods, loaded.basePath, folder.path())
                       : writeModelFolder(
                             model, m_setup.source, m_setup.source.config, {loaded.labels, loaded.labelKind},
                             m_setup.data.chat ? m_setup.data.chat->source() : "", folder.path()));
    LATHE_TRY_VOID(folder.publish());
    return {};
}

FinishedEvent Session::finish(const Result<void>& outcome) {
    if (!m_log && resumes()) {
        (void)recordFailedResume(m_run, outcome.error());  // the event still tells
        return failedBeforeStart(m_run, outcome.error(), m_sink);
    }
    FinishedEvent event;
    event.status = !outcome.ok() ? "failed" : m_stopped ? "stopped" : "done";
    event.run = m_run.string();
    event.steps = m_state.step;
    event.seconds = m_state.seconds;
    event.metrics = m_state.metrics;
    if (m_state.step > 0) event.metrics["train_loss"] = m_state.trainLoss;
    if (!outcome.ok()) event.error = outcome.error();

    if (m_watch)
        for (const WarningEvent& warning : m_watch->after(event)) (void)emit(warning);
    m_record.status = event.status;
    m_record.ended = utcNow();
    m_record.steps = event.steps;
    m_record.seconds = event.seconds;
    if (m_memory) m_record.memoryBytes = m_memory->peakBytes();
    m_record.before = m_state.before;
    m_record.metrics = event.metrics;
    m_record.failure = event.error;
    m_record.processId = 0;
    // The record last: what it says is done is not resumed, so that all must be there. The disk may be full:
    // the event still tells how it ended.
    const bool logged = m_log && m_log->append(event).ok();
    const bool recorded = (logged || event.status == "failed") && writeRunRecord(m_run, m_record).ok();
    if (!recorded && event.status != "failed") {
        event.status = "failed";
        event.error = Error{ErrorCode::WriteFailed, "the end of the run could not be recorded",
                            m_run.string(), "check the disk's free space and rights"};
    }
    if (m_stopped && m_control.discard) {
        std::error_code ignored;
        fs::remove_all(m_run, ignored);
    }
    if (m_sink) m_sink(event);
    return event;
}

/// The outermost line: nothing thrown inside gets past it.
Result<void> guarded(Session& session) {
    return withoutThrowing<void>([&] { return session.go(); }, kSmallerRun);
}

FinishedEvent runSession(const Recipe& recipe, const fs::path& run, RunControl& control,
                         const EventSink& sink, Progress before) {
    Session session(recipe, run, control, sink, std::move(before));
    return session.finish(guarded(session));
}

/// Says again how a run ended that needs no resuming.
FinishedEvent finishedBefore(const fs::path& run, const RunRecord& record, const EventSink& sink) {
    const FinishedEvent event{record.status, run.string(), record.steps, record.seconds, record.metrics, {}};
    if (sink) {
        sink(WarningEvent{"already_finished", "the run is already finished; nothing was changed", ""});
        sink(event);
    }
    return event;
}

}  // namespace

FinishedEvent runRecipe(const Recipe& recipe, const fs::path& runFolder, RunControl& control,
                        const EventSink& sink) {
    auto lock = claimNewRun(runFolder);
    if (!lock.ok()) return failedBeforeStart(runFolder, lock.error(), sink);
    return runSession(recipe, runFolder, control, sink, {std::move(lock).value(), {}, {}});
}

FinishedEvent resumeRun(const fs::path& runFolder, RunControl& control, const EventSink& sink) {
    if (!isRunFolder(runFolder))
        return failedBeforeStart(
            runFolder,
            {ErrorCode::FileMissing, "not a run folder, or one with no complete checkpoint",
             runFolder.string(), "name the folder that holds a run.json"},
            sink);
    auto lock = RunLock::own(runFolder);
    if (!lock.ok()) return failedBeforeStart(runFolder, lock.error(), sink);
    auto record = readRunRecord(runFolder);
    if (record.ok() && record.value().status == "done" && runResult(runFolder).ok())
        return finishedBefore(runFolder, record.value(), sink);
    auto checkpoint = chooseCheckpoint(runFolder);
    if (!checkpoint.ok()) return failedBeforeStart(runFolder, checkpoint.error(), sink);
    const ParsedRecipe parsed = readRunRecipe(runFolder, engineCatalog());
    if (!parsed.faults.empty()) {
        const RecipeFault& fault = parsed.faults.front();
        return failedBeforeStart(runFolder,
                                 {ErrorCode::RecipeInvalid, fault.key + ": " + fault.message, fault.place,
                                  "the run's recipe.yaml was changed"},
                                 sink);
    }
    if (!record.ok()) return failedBeforeStart(runFolder, record.error(), sink);
    return runSession(parsed.recipe, runFolder, control, sink,
                      {std::move(lock).value(), std::move(record).value(), std::move(checkpoint).value()});
}

}  // namespace lathe
