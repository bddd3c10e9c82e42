// SPDX-License-Identifier: GPL-3.0-or-later
// Runs as the window sees them: one state machine, one queue drained every 40 ms, races one after another.
#pragma once

#include <QObject>
#include <QTimer>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "core/run/events/event_queue.h"
#include "core/run/run_backend.h"

namespace lathe {

class TrainingController : public QObject {
    Q_OBJECT

  public:
    enum class State { Idle, Starting, Running, Paused, Stopping, Done, Failed };
    Q_ENUM(State)

    /// New runs get their folders below `runsFolder`.
    explicit TrainingController(std::filesystem::path runsFolder, QObject* parent = nullptr);

    /// Once, when the engine is loaded; emits backendReady(). The backend must outlive the controller's runs.
    void setBackend(RunBackend* backend);
    RunBackend* backend() const { return m_backend; }

    State state() const { return m_state; }
    /// True from Starting until the run has said `finished`, and through a whole race.
    bool busy() const;
    /// The folder of the run that goes on or went last.
    QString runFolder() const { return m_runFolder; }
    /// The last step it reported; 0 before the first, after a resume too.
    int64_t step() const { return m_step; }
    /// The recipe of that run; nothing when it could not be read.
    const std::optional<Recipe>& runRecipe() const { return m_runRecipe; }
    const std::filesystem::path& runsFolder() const { return m_runsFolder; }

    /// Makes the run folder and starts. The recipe must be free of faults. Ignored while busy.
    void start(const Recipe& recipe);
    /// Goes on from the last checkpoint of a run; runRecipe() is read from its folder.
    void resume(const QString& runFolder);
    /// The same recipe once for each value of `key` ("method.rank", "train.learning_rate"), one after
    /// another.
    void startRace(const Recipe& recipe, const QString& key, const std::vector<FieldValue>& values);
    /// Of the race that goes on: how many runs it has and which one is on (0-based); 0 runs = no race. A run
    /// that fails does not end it, one that is stopped does.
    int raceSize() const { return static_cast<int>(m_race.values.size()); }
    int raceIndex() const { return static_cast<int>(m_race.at); }

    /// These three once it runs: while it starts there is no step to pause after.
    void pause();
    void unpause();
    void stepOnce();
    /// Ends the run after its step; a race ends with it.
    void stop(StopMode mode);

  Q_SIGNALS:
    void backendReady();
    void stateChanged(TrainingController::State state);
    /// A run has its folder and is handed to the engine (each run of a race, too).
    void runStarted(const QString& runFolder);
    /// Everything since the last tick, in order, of the run in runFolder().
    void eventsArrived(const std::vector<lathe::Event>& events);
    void runFinished(const lathe::FinishedEvent& finished);
    void raceFinished(const lathe::RaceReport& report, const std::vector<lathe::RaceEntry>& entries);

  private:
    struct Race {
        Recipe recipe;
        QString key;
        std::vector<FieldValue> values;
        std::size_t at = 0;              ///< of `values`
        std::vector<RaceEntry> entries;  ///< of the runs that are done
    };

    void setState(State state);
    void launch(const Recipe& recipe);
    void fail(const Error& error);
    EventSink makeSink();
    void drain();
    void finish(const FinishedEvent& finished);
    void nextOfRace();
    void endRace();

    std::filesystem::path m_runsFolder;
    RunBackend* m_backend = nullptr;
    State m_state = State::Idle;
    QTimer m_timer;
    std::shared_ptr<EventQueue>
        m_queue;  ///< shared with the sink, which the engine may hold longer than we live
    QString m_runFolder;
    std::optional<Recipe> m_runRecipe;
    int64_t m_trainable = 0, m_step = 0;
    Race m_race;
};

}  // namespace lathe
