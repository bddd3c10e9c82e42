// SPDX-License-Identifier: GPL-3.0-or-later
// The engine on threads of its own: one for all tensor work, one for light questions.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "core/run/run_backend.h"
#include "core/target/loaded_model.h"
#include "core/train/run_session.h"

namespace lathe {

/// Work done in order on one thread. What is still queued when the object goes is dropped.
class WorkQueue {
  public:
    WorkQueue();
    ~WorkQueue();
    WorkQueue(const WorkQueue&) = delete;
    WorkQueue& operator=(const WorkQueue&) = delete;
    void post(std::function<void()> work);

  private:
    void loop(std::stop_token stop);
    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<std::function<void()>> m_work;
    std::jthread m_thread;
};

class ThreadBackend : public RunBackend {
  public:
    ThreadBackend();
    ~ThreadBackend() override;

    const Catalog& catalog() const override;
    std::string deviceText() const override;
    void start(const Recipe& recipe, const std::string& runFolder, EventSink sink) override;
    void resume(const std::string& runFolder, EventSink sink) override;
    void pause() override;
    void unpause() override;
    void stepOnce() override;
    void stop(StopMode mode) override;
    void describeBase(const std::string& base, Answer<BaseFacts> answer) override;
    void preview(const Recipe& recipe, int64_t rows, Answer<Preview> answer) override;
    void bills(const Recipe& recipe, Answer<std::vector<Bill>> answer) override;
    void generate(const std::string& target, bool useAdapter, const std::string& prompt,
                  const GenerateSettings& settings, std::function<void(const std::string&)> piece,
                  Answer<std::string> answer) override;
    void predict(const std::string& target, bool useAdapter, const std::vector<std::string>& texts,
                 Answer<std::vector<Prediction>> answer) override;
    void score(const std::string& target, bool useAdapter, const std::string& prompt,
               const std::string& completion, Answer<AnswerScore> answer) override;
    void evaluate(const std::string& target, const EvaluationRequest& request,
                  std::function<void(const EvaluationProgress&)> progress,
                  Answer<Evaluation> answer) override;
    void stopAnswers() override;

  private:
    using StopAsked = std::function<bool()>;
    /// A question on a loaded model: asked of the run in progress between its steps, or of a target from
    /// disk.
    struct Question {
        std::string target;  ///< empty = the run in progress
        bool useAdapter = true;
        std::function<void(Result<LoadedModel*>, const StopAsked&)> ask;
        std::shared_ptr<const std::atomic<bool>> stopped{};
    };

    void run(std::function<FinishedEvent(RunControl&, const EventSink&)> body, EventSink sink);
    /// On the tensor thread, after each step: answers questions, waits while paused.
    void betweenSteps(LoadedModel& model);
    void askModel(Question question);
    void answerAll(LoadedModel* current);
    /// On the tensor thread: the target's model, kept open until another is asked for.
    Result<LoadedModel*> openTarget(const std::string& target);
    void closeTarget();

    template <class T>
    void light(const std::string& kind, std::function<Result<T>()> work, Answer<T> answer);

    std::mutex m_mutex;  ///< guards what follows, up to the queues
    std::condition_variable m_changed;
    bool m_running = false;
    bool m_paused = false;
    int m_stepsAllowed = 0;
    std::deque<Question> m_questions;
    std::map<std::string, uint64_t> m_latest;  ///< newest light question of each kind
    std::shared_ptr<RunControl> m_control;
    /// Of the questions since the last stopAnswers().
    std::shared_ptr<std::atomic<bool>> m_stopAnswers = std::make_shared<std::atomic<bool>>(false);

    const std::string m_deviceText;  ///< found out when the engine is loaded: a driver may take seconds
    std::string m_openTarget;        ///< tensor thread only
    std::optional<LoadedModel> m_open;

    WorkQueue m_lightQueue;
    WorkQueue m_tensorQueue;  ///< last: its thread ends before the members it uses go
};

}  // namespace lathe
