// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/training_controller.h"

#include "core/config/recipe_yaml.h"
#include "core/run/store/run_store.h"
#include "ui/bridge/answer.h"

namespace lathe {
namespace {

constexpr int kDrainMs = 40;

/// Sets "train.batch_size" in the recipe or "method.rank" in its first method.
Result<void> setAnyValue(Recipe& recipe, const std::string& key, const FieldValue& value) {
    constexpr std::string_view kMethod = "method.";
    if (!key.starts_with(kMethod)) return setRecipeValue(recipe, key, value);
    if (recipe.methods.empty()) recipe.methods.emplace_back();
    recipe.methods.front().values[key.substr(kMethod.size())] = value;
    return {};
}

/// The finished run's value of the task's metric, with "loss" for tasks that have none of that name.
std::string raceMetric(const std::vector<RaceEntry>& entries, const std::string& wanted) {
    for (const RaceEntry& entry : entries)
        if (!entry.metrics.contains(wanted)) return "loss";
    return wanted;
}

}  // namespace

TrainingController::TrainingController(std::filesystem::path runsFolder, QObject* parent)
    : QObject(parent), m_runsFolder(std::move(runsFolder)), m_queue(std::make_shared<EventQueue>()) {
    m_timer.setInterval(kDrainMs);
    connect(&m_timer, &QTimer::timeout, this, &TrainingController::drain);
}

void TrainingController::setBackend(RunBackend* backend) {
    m_backend = backend;
    Q_EMIT backendReady();
}

bool TrainingController::busy() const {
    const bool running = m_state == State::Starting || m_state == State::Running ||
                         m_state == State::Paused || m_state == State::Stopping;
    return running || raceSize() > 0;
}

void TrainingController::start(const Recipe& recipe) {
    if (!m_backend || busy()) return;
    launch(recipe);
}

void TrainingController::resume(const QString& runFolder) {
    if (!m_backend || busy()) return;
    m_runFolder = runFolder;
    const ParsedRecipe parsed = readRunRecipe(runFolder.toStdString(), m_backend->catalog());
    m_runRecipe = parsed.recipe.task.empty() ? std::nullopt : std::optional(parsed.recipe);
    m_trainable = m_step = 0;
    setState(State::Starting);
    Q_EMIT runStarted(m_runFolder);
    m_timer.start();
    m_backend->resume(runFolder.toStdString(), makeSink());
}

void TrainingController::startRace(const Recipe& recipe, const QString& key,
                                   const std::vector<FieldValue>& values) {
    if (!m_backend || busy() || values.empty()) return;
    m_race = Race{recipe, key, values, 0, {}};
    nextOfRace();
}

void TrainingController::launch(const Recipe& recipe) {
    m_runRecipe = recipe;
    m_trainable = m_step = 0;
    setState(State::Starting);
    const Result<std::filesystem::path> folder = createRunFolder(m_runsFolder, recipe);
    if (!folder) {
        fail(folder.error());
        return;
    }
    m_runFolder = QString::fromStdString(folder.value().string());
    Q_EMIT runStarted(m_runFolder);
    m_timer.start();
    m_backend->start(recipe, folder.value().string(), makeSink());
}

void TrainingController::fail(const Error& error) {
    FinishedEvent finished;
    finished.status = RunStatus::Failed;
    finished.error = error;
    finish(finished);
}

EventSink TrainingController::makeSink() {
    m_queue = std::make_shared<EventQueue>();
    return [queue = m_queue](const Event& event) { queue->push(event); };
}

void TrainingController::drain() {
    const std::vector<Event> events = m_queue->takeAll();
    if (events.empty()) return;
    const FinishedEvent* finished = nullptr;
    bool stepped = false;
    for (const Event& event : events) {
        if (const auto* end = std::get_if<FinishedEvent>(&event)) finished = end;
        if (const auto* counts = std::get_if<ParametersEvent>(&event)) m_trainable = counts->trainable;
        if (const auto* step = std::get_if<StepEvent>(&event)) {
            m_step = step->step;
            stepped = true;
        }
    }
    if (stepped && m_state == State::Starting) setState(State::Running);
    Q_EMIT eventsArrived(events);
    if (finished) finish(*finished);
}

void TrainingController::finish(const FinishedEvent& finished) {
    m_timer.stop();
    const bool racing = raceSize() > 0;
    if (racing && finished.status == RunStatus::Done) {
        const FieldValue& value = m_race.values[m_race.at];
        RaceEntry entry;
        entry.value = fieldValueToText(value);
        entry.entry = m_race.key.toStdString() + "=" + entry.value;
        entry.run = m_runFolder.toStdString();
        entry.trainable = m_trainable;
        entry.metrics = finished.metrics;
        entry.seconds = finished.seconds;
        m_race.entries.push_back(std::move(entry));
    }
    Q_EMIT runFinished(finished);
    setState(finished.status == RunStatus::Done     ? State::Done
             : finished.status == RunStatus::Failed ? State::Failed
                                                    : State::Idle);
    if (!racing) return;
    if (finished.status == RunStatus::Stopped || ++m_race.at == m_race.values.size())
        endRace();
    else
        nextOfRace();
}

void TrainingController::nextOfRace() {
    Recipe recipe = m_race.recipe;
    const FieldValue& value = m_race.values[m_race.at];
    const std::string key = m_race.key.toStdString();
    if (const Result<void> set = setAnyValue(recipe, key, value); !set) {
        fail(set.error());
        return;
    }
    const std::string last = key.substr(key.rfind('.') + 1);
    recipe.name =
        (recipe.name.empty() ? recipe.task : recipe.name) + "-" + last + "-" + fieldValueToText(value);
    launch(recipe);
}

void TrainingController::endRace() {
    const Race race = std::exchange(m_race, {});
    const TaskEntry* task = m_backend->catalog().task(race.recipe.task);
    const JudgedBy judged = task ? judgedBy(*task, race.recipe.objective.values) : JudgedBy{"loss"};
    const std::string metric = raceMetric(race.entries, judged.metric);
    const bool rises = judged.rises && metric == judged.metric;
    const RaceReport report =
        race.entries.empty() ? RaceReport{}
                             : judgeRace(race.entries, race.key.toStdString(), metric, rises, kRaceMargin);
    setState(m_state);
    Q_EMIT raceFinished(report, race.entries);
}

void TrainingController::pause() {
    if (m_state != State::Running) return;
    m_backend->pause();
    setState(State::Paused);
}

void TrainingController::unpause() {
    if (m_state != State::Paused) return;
    m_backend->unpause();
    setState(State::Running);
}

void TrainingController::stepOnce() {
    if (m_state == State::Running) pause();
    if (m_state == State::Paused) m_backend->stepOnce();
}

void TrainingController::stop(StopMode mode) {
    if (m_state != State::Running && m_state != State::Starting && m_state != State::Paused) return;
    m_backend->stop(mode);
    setState(State::Stopping);
}

void TrainingController::setState(State state) {
    m_state = state;
    Q_EMIT stateChanged(state);
}

}  // namespace lathe
