// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/run_session.h"

#include <unistd.h>

#include "core/base/files.h"
#include "core/config/recipe_yaml.h"
#include "core/data/roles/columns.h"
#include "core/run/events/metric_log.h"
#include "core/run/store/run_folder.h"
#include "core/run/store/run_store.h"
#include "core/run/store/running_runs.h"
#include "core/train/caught_error.h"
#include "core/train/learning_plan.h"
#include "core/train/progress_evaluation.h"
#include "core/train/run_memory.h"
#include "core/train/run_origin.h"
#include "core/train/run_result.h"
#include "core/train/threads.h"
#include "core/train/trainer.h"

namespace lathe {
namespace {
namespace fs = std::filesystem;

FinishedEvent failedBeforeStart(const fs::path& run, const Error& error, const EventSink& sink) {
    FinishedEvent event;
    event.status = RunStatus::Failed;
    event.run = run.string();
    event.error = error;
    if (sink) sink(event);
    return event;
}

WarningEvent restored(const std::string& file) {
    return {"file_restored", file + " was removed or replaced while the run trains; it is written again",
            "leave a run's folder alone until the run ends"};
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
        : m_recipe(recipe),
          m_run(std::move(run)),
          m_control(control),
          m_sink(sink),
          m_lock(std::move(before.lock)),
          m_record(std::move(before.record)),
          m_checkpoint(std::move(before.checkpoint)),
          m_running(m_run),
          m_origin(m_run, resumes() ? &m_record : nullptr) {}

    /// From the base to the result folder. A resumed run's files are left as they are until its state is
    /// restored.
    Result<void> go();
    FinishedEvent finish(const Result<void>& outcome);

  private:
    bool resumes() const { return !m_checkpoint.folder.empty(); }
    Result<Computing> beginRecord();
    Result<OpenedBase> prepareBase(const Computing& computing);
    Result<TrainingData> prepareData(const OpenedBase& base);
    Result<TrainableModel> prepareModel(OpenedBase& base, TrainingData& data);
    Result<void> train(const OpenedBase& base, const TrainingData& data, TrainableModel& model);
    Result<void> restore(TrainableModel& model);
    TrainerSettings trainerSettings(const OpenedBase& base, const TrainableModel& model) const;
    TrainerHooks trainerHooks(const OpenedBase& base, const TrainingData& data, TrainableModel& model);
    /// Nothing when it was stopped.
    Result<Judged> evaluate(const OpenedBase& base, const TrainingData& data, const TrainableModel& model,
                            int64_t step);
    void answerBetweenSteps(LoadedModel& model);
    Result<void> saveResult(const OpenedBase& base, const TrainingData& data, TrainableModel& model);
    Result<void> emit(const Event& event);
    /// Emits the notes as warnings.
    Result<void> warn(const std::vector<Note>& notes);
    Result<void> tellOtherRuns();
    /// What a resumed run has to say, once its log is open.
    Result<void> tellResumed();
    Result<void> watchLearning(const LearningPlan& plan);
    Result<void> phase(const std::string& name) { return emit(PhaseEvent{name}); }
    /// Writes run.json and recipe.yaml again where they were removed: without them the run cannot be resumed.
    Result<void> restoreFiles();
    Result<void> writeRecord() { return m_log ? writeRunRecord(m_run, m_record) : Result<void>(); }

    const Recipe& m_recipe;
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
    RunOrigin m_origin;
    TrainState m_state;
    bool m_stopped = false;
};

Result<void> Session::go() {
    useThreads(m_control.threads);
    const at::AutoGradMode gradients(true);
    LATHE_TRY(const Computing computing, beginRecord());
    LATHE_TRY(OpenedBase base, prepareBase(computing));
    LATHE_TRY(TrainingData data, prepareData(base));
    LATHE_TRY(TrainableModel model, prepareModel(base, data));
    LATHE_TRY_VOID(train(base, data, model));
    return saveResult(base, data, model);
}

Result<void> Session::emit(const Event& event) {
    if (m_log) LATHE_TRY_VOID(m_log->append(event));
    if (m_sink) m_sink(event);
    if (m_log && m_log->takeRestored()) LATHE_TRY_VOID(emit(restored("metrics.jsonl")));
    if (m_watch)
        for (const WarningEvent& warning : m_watch->after(event)) LATHE_TRY_VOID(emit(warning));
    return std::holds_alternative<StepEvent>(event) ? tellOtherRuns() : Result<void>();
}

Result<void> Session::restoreFiles() {
    const auto isGone = [&](const char* name) {
        std::error_code failure;
        return fs::symlink_status(m_run / name, failure).type() == fs::file_type::not_found;
    };
    if (isGone("run.json")) {
        LATHE_TRY_VOID(writeRecord());
        LATHE_TRY_VOID(emit(restored("run.json")));
    }
    if (!isGone("recipe.yaml")) return {};
    LATHE_TRY_VOID(writeFile(m_run / "recipe.yaml", recipeToYaml(m_recipe)));
    return emit(restored("recipe.yaml"));
}

Result<void> Session::tellOtherRuns() {
    for (const std::string& run : m_running.newOthers())
        LATHE_TRY_VOID(emit(WarningEvent{"other_run", "another run of Lathe trains on this machine: " + run,
                                         "the two share its processor and memory; each takes longer"}));
    return {};
}

Result<void> Session::watchLearning(const LearningPlan& plan) {
    LearningWatch watch(plan);
    if (resumes())
        LATHE_TRY_VOID(eachEvent(m_run, [&](Event&& event) { (void)watch.after(event); }));  // said already
    for (const WarningEvent& warning : watch.beforeStart()) LATHE_TRY_VOID(emit(warning));
    m_watch = std::move(watch);
    return {};
}

Result<void> Session::warn(const std::vector<Note>& notes) {
    for (const Note& note : notes) LATHE_TRY_VOID(emit(WarningEvent{note.code, noteText(note), note.hint}));
    return tellOtherRuns();
}

Result<Computing> Session::beginRecord() {
    if (!resumes()) {
        LATHE_TRY_VOID(writeFile(m_run / "recipe.yaml", recipeToYaml(m_recipe)));
        m_record.started = utcNow();
        LATHE_TRY(m_log, MetricLog::open(m_run));
    }
    m_record.status = RunStatus::Running;
    m_record.failure.reset();
    m_record.name = m_recipe.name.empty() ? m_run.filename().string() : m_recipe.name;
    m_record.task = m_recipe.task;
    m_record.base = m_recipe.base;
    m_record.version = LATHE_VERSION;
    m_record.processId = ::getpid();
    m_record.method.clear();
    for (const MethodSettings& method : m_recipe.methods)
        m_record.method += (m_record.method.empty() ? "" : "+") + method.name;
    LATHE_TRY(const Computing computing, chooseComputing(m_recipe));
    m_memory.emplace(computing.device);
    m_record.device = computing.device.str();
    m_record.settings = comparableSettings(m_recipe, computing);
    LATHE_TRY_VOID(writeRecord());
    return computing;
}

Result<OpenedBase> Session::prepareBase(const Computing& computing) {
    LATHE_TRY_VOID(phase("load_base"));
    std::vector<RunLock> standsOn;
    LATHE_TRY_VOID(shareRuns(m_recipe.base, standsOn));
    LATHE_TRY(OpenedBase base, openTrainingBase(m_recipe, computing));
    LATHE_TRY_VOID(m_origin.addBase(base));
    return base;
}

Result<TrainingData> Session::prepareData(const OpenedBase& base) {
    LATHE_TRY_VOID(phase("load_data"));
    if (resumes()) LATHE_TRY_VOID(m_origin.addDataFiles(m_recipe));  // before a changed file fails otherwise
    LATHE_TRY(TrainingData data, openTrainingData(base));
    if (!resumes()) LATHE_TRY_VOID(m_origin.addDataFiles(m_recipe));
    LATHE_TRY_VOID(m_origin.addRows(data.rows, m_recipe));
    LATHE_TRY_VOID(m_origin.addRewards(base));
    if (!resumes()) {
        m_record.identity = m_origin.identity();
        m_record.baseSha256 = m_record.identity["base_sha256"].get<std::string>();
    }
    // Before the model is built: that memory is short is said before the system ends the process for it.
    LATHE_TRY_VOID(warn(base.notes));
    LATHE_TRY_VOID(warn(data.notes));
    if (!m_lock.holds())
        LATHE_TRY_VOID(
            warn({{"no_lock",
                   "the file system of the run folder has no locks; nothing keeps a second process "
                   "from writing the run",
                   "see to it that one process alone trains it"}}));
    m_record.labels = data.labels.names;
    if (rowShapeOf(m_record.task) == RowShape::Labelled)
        m_record.problemType = problemTypeOf(data.labels.kind);
    return data;
}

Result<TrainableModel> Session::prepareModel(OpenedBase& base, TrainingData& data) {
    LATHE_TRY(TrainableModel model, makeTrainable(base, data));
    const auto stopAsked = [this] { return m_control.stop.load(); };
    if (model.rollouts) model.rollouts->setStop(stopAsked);
    LATHE_TRY_VOID(warn(model.notes));
    if (const auto note = diskNote(base, model, m_run, resumes())) LATHE_TRY_VOID(warn({*note}));
    m_record.trainable = model.optimizer->parameterCount();
    m_record.total = model.loaded.model->parameterCount();
    LATHE_TRY_VOID(emit(ParametersEvent{m_record.method, m_record.trainable, m_record.total,
                                        100.0 * double(m_record.trainable) / double(m_record.total)}));
    if (base.objective->needsReference()) {
        LATHE_TRY_VOID(phase("reference"));
        // Stopped, it leaves rows without; the stop holds, so that none is trained on.
        fillReferences(base, model, data.rows, stopAsked);
    }
    m_record.maxSteps = model.totalSteps;
    LATHE_TRY_VOID(writeRecord());
    return model;
}

TrainerSettings Session::trainerSettings(const OpenedBase& base, const TrainableModel& model) const {
    const TrainSettings& train = m_recipe.train;
    TrainerSettings result;
    result.learningRate = base.learningRate();
    result.totalSteps = model.totalSteps;
    result.evalEvery = train.evalEvery;
    result.saveEvery = train.saveEvery;
    result.saveSeconds = train.saveMinutes * 60;
    result.logEvery = train.logEvery;
    const JudgedBy judged = judgedBy(*base.task, m_recipe.objective.values);
    result.metric = judged.metric;
    result.metricRises = judged.rises;
    result.device = base.computing.device;
    return result;
}

TrainerHooks Session::trainerHooks(const OpenedBase& base, const TrainingData& data, TrainableModel& model) {
    TrainerHooks hooks;
    hooks.emit = [this](const Event& event) { return emit(event); };
    hooks.evaluate = [this, &base, &data, &model](int64_t step) { return evaluate(base, data, model, step); };
    hooks.save = [this, &model](const TrainState& state) -> Result<fs::path> {
        LATHE_TRY_VOID(restoreFiles());
        LATHE_TRY_VOID(m_log->sync());  // a checkpoint never knows more than the log
        return saveCheckpoint(m_run, *model.optimizer, state, captureRandomState(model.loaded.device),
                              model.aids);
    };
    hooks.betweenSteps = [this, &model] { answerBetweenSteps(model.loaded); };
    hooks.stopAsked = [this] { return m_control.stop.load(); };
    hooks.peakMemory = [this] { return m_memory->peakBytes(); };
    return hooks;
}

void Session::answerBetweenSteps(LoadedModel& model) {
    if (!m_control.betweenSteps) return;
    // What is asked meanwhile may draw random numbers; the run must not notice.
    const RandomState random = captureRandomState(model.device);
    m_control.betweenSteps(model);
    LATHE_CHECK(restoreRandomState(random, model.device).ok());
}

Result<Judged> Session::evaluate(const OpenedBase& base, const TrainingData& data,
                                 const TrainableModel& model, int64_t step) {
    LATHE_TRY_VOID(phase("evaluate"));
    const bool last = step == m_record.maxSteps;  // a finished run is not left without its result
    auto evaluated = evaluateProgress(base, data.rows, model, step, [this, last] {
        return m_control.stop && (!last || m_control.discard);
    });
    if (model.rollouts) model.rollouts->setStop([this] { return m_control.stop.load(); });
    if (!evaluated.ok()) return evaluated.error();
    ProgressEvaluation evaluation = std::move(evaluated).value();
    if (!evaluation.metrics.empty()) {
        EvalEvent event{step, evaluation.metrics["loss"], evaluation.metrics};
        event.metrics.erase("loss");
        LATHE_TRY_VOID(emit(event));
    }
    for (const SampleEvent& sample : evaluation.samples) LATHE_TRY_VOID(emit(sample));
    if (!last) LATHE_TRY_VOID(phase("train"));
    if (evaluation.stopped) return Judged();
    return Judged(std::move(evaluation.metrics));
}

Result<void> Session::restore(TrainableModel& model) {
    LATHE_TRY(RestoredCheckpoint checkpoint,
              loadCheckpoint(m_checkpoint.folder, *model.optimizer, model.aids));
    m_state = std::move(checkpoint.state);
    if (m_state.step > model.totalSteps)
        return Error{ErrorCode::ModelMismatch,
                     "the checkpoint is of step " + std::to_string(m_state.step) + ", and the run has " +
                         std::to_string(model.totalSteps),
                     m_checkpoint.folder.string(),
                     "the run's recipe.yaml or its data were changed; start a new run"};
    if (!model.batches->order.restore(m_state.cursor))
        return Error{ErrorCode::ModelMismatch, "the data has fewer rows than when the checkpoint was made",
                     m_recipe.data.train, "put the old data back, or start a new run"};
    LATHE_TRY_VOID(restoreRandomState(checkpoint.random, model.loaded.device));
    LATHE_TRY(m_log, MetricLog::open(m_run, m_state.step, m_state.evaluationDue));
    LATHE_TRY_VOID(writeRecord());
    return tellResumed();
}

Result<void> Session::tellResumed() {
    LATHE_TRY_VOID(warn(m_checkpoint.skipped));
    LATHE_TRY_VOID(warn(m_origin.notes()));
    const LogFaults& faults = m_log->faults();
    if (const auto warning = faults.warning()) LATHE_TRY_VOID(emit(*warning));
    const int64_t every = m_recipe.train.logEvery;
    if (faults.newestStep >= m_state.step / every * every) return {};
    return emit(
        WarningEvent{"metrics_incomplete",
                     "metrics.jsonl lacks what was logged up to step " + std::to_string(m_state.step) +
                         (faults.newestStep < 0 ? "" : ", after step " + std::to_string(faults.newestStep)),
                     "the run goes on exactly; its curves have a gap"});
}

Result<void> Session::train(const OpenedBase& base, const TrainingData& data, TrainableModel& model) {
    const TrainerSettings settings = trainerSettings(base, model);
    LATHE_TRY(const Schedule schedule,
              Schedule::make(m_recipe.train.schedule, m_recipe.train.warmupSteps, settings.totalSteps));
    torch::manual_seed(static_cast<uint64_t>(m_recipe.train.seed));
    if (resumes()) {
        LATHE_TRY_VOID(restore(model));
        LATHE_TRY_VOID(phase("train"));
    }
    LATHE_TRY_VOID(watchLearning(learningPlan(base, data, model, schedule)));
    Trainer trainer(*model.loaded.model, *base.objective, *model.optimizer, *model.batches, schedule,
                    settings, trainerHooks(base, data, model), model.aids);
    LATHE_TRY(m_stopped, trainer.fit(m_state));
    return {};
}

Result<void> Session::saveResult(const OpenedBase& base, const TrainingData& data, TrainableModel& model) {
    if (m_state.step == 0 || (m_stopped && m_control.discard)) return {};
    LATHE_TRY_VOID(phase("save"));
    LATHE_TRY_VOID(restoreFiles());
    return saveRunResult(m_run, base, data, model);
}

FinishedEvent Session::finish(const Result<void>& outcome) {
    if (!m_log && resumes()) {
        (void)recordFailedResume(m_run, outcome.error());  // the event still tells
        return failedBeforeStart(m_run, outcome.error(), m_sink);
    }
    FinishedEvent event;
    event.status = !outcome.ok() ? RunStatus::Failed : m_stopped ? RunStatus::Stopped : RunStatus::Done;
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
    const bool recorded =
        (logged || event.status == RunStatus::Failed) && writeRunRecord(m_run, m_record).ok();
    if (!recorded && event.status != RunStatus::Failed) {
        event.status = RunStatus::Failed;
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
    if (record.ok() && record.value().status == RunStatus::Done && runResult(runFolder).ok())
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
