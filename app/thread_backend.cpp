// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/thread_backend.h"

#include <ATen/Context.h>
#include <torch/version.h>

#include <cstdio>

#include "core/catalog/catalog.h"
#include "core/estimate/row_room.h"
#include "core/evaluate/evaluate_target.h"
#include "core/run/base_model.h"
#include "core/target/target_recipe.h"
#include "core/train/caught_error.h"
#include "core/train/run_memory.h"
#include "core/train/threads.h"

namespace lathe {
namespace {

std::string describeDevice() {
    const std::string torch = std::string("LibTorch ") + TORCH_VERSION;
    if (at::hasCUDA()) return "CUDA · " + torch;
    return "CPU · " + std::to_string(std::thread::hardware_concurrency()) + " threads · " + torch;
}

}  // namespace

WorkQueue::WorkQueue() : m_thread([this](std::stop_token stop) { loop(stop); }) {
}

WorkQueue::~WorkQueue() {
    m_thread.request_stop();
    m_changed.notify_all();
}

void WorkQueue::post(std::function<void()> work) {
    {
        std::scoped_lock lock(m_mutex);
        m_work.push_back(std::move(work));
    }
    m_changed.notify_one();
}

void WorkQueue::loop(std::stop_token stop) {
    while (true) {
        std::function<void()> work;
        {
            std::unique_lock lock(m_mutex);
            if (!m_changed.wait(lock, stop, [&] { return !m_work.empty(); })) return;
            work = std::move(m_work.front());
            m_work.pop_front();
        }
        // The last line of this thread: a piece of work that fails has answered, or lost its asker.
        try {
            work();
        } catch (...) {
            std::fprintf(stderr, "lathe: %s\n", caughtError().message.c_str());
        }
    }
}

ThreadBackend::ThreadBackend() : m_deviceText(describeDevice()) {
    m_tensorQueue.post([] { useThreads(threadsBesideWindow()); });
}

ThreadBackend::~ThreadBackend() {
    stop(StopMode::Keep);
    stopAnswers();
}

const Catalog& ThreadBackend::catalog() const {
    return engineCatalog();
}

std::string ThreadBackend::deviceText() const {
    return m_deviceText;
}

void ThreadBackend::start(const Recipe& recipe, const std::string& runFolder, EventSink sink) {
    run(
        [recipe, runFolder](RunControl& control, const EventSink& events) {
            return runRecipe(recipe, runFolder, control, events);
        },
        std::move(sink));
}

void ThreadBackend::resume(const std::string& runFolder, EventSink sink) {
    run([runFolder](RunControl& control,
                    const EventSink& events) { return resumeRun(runFolder, control, events); },
        std::move(sink));
}

void ThreadBackend::run(std::function<FinishedEvent(RunControl&, const EventSink&)> body, EventSink sink) {
    auto control = std::make_shared<RunControl>();
    control->betweenSteps = [this](LoadedModel& model) { betweenSteps(model); };
    control->threads = threadsBesideWindow();
    {
        std::scoped_lock lock(m_mutex);
        LATHE_CHECK(!m_running);
        m_running = true;
        m_paused = false;
        m_stepsAllowed = 0;
        m_control = control;
    }
    m_tensorQueue.post([this, control, body = std::move(body), sink = std::move(sink)] {
        closeTarget();  // the run needs the memory
        std::optional<Event> last;
        // FinishedEvent is held back until this backend is ready for the next start.
        const auto ended = withoutThrowing<FinishedEvent>([&] {
            return body(*control, [&](const Event& event) {
                if (std::holds_alternative<FinishedEvent>(event))
                    last = event;
                else
                    sink(event);
            });
        });
        if (!ended.ok()) {
            FinishedEvent failed;
            failed.status = RunStatus::Failed;
            failed.error = ended.error();
            last = failed;
        }
        {
            std::scoped_lock lock(m_mutex);
            m_running = false;
            m_control.reset();
        }
        answerAll(nullptr);
        if (last) sink(*last);
    });
}

void ThreadBackend::betweenSteps(LoadedModel& model) {
    std::unique_lock lock(m_mutex);
    if (m_stepsAllowed > 0) --m_stepsAllowed;
    while (true) {
        if (!m_questions.empty()) {
            lock.unlock();
            answerAll(&model);
            lock.lock();
        } else if (!m_paused || m_stepsAllowed > 0 || m_control->stop) {
            lock.unlock();
            closeTarget();  // the next step needs the memory
            return;
        } else {
            m_changed.wait(lock);
        }
    }
}

void ThreadBackend::answerAll(LoadedModel* current) {
    while (true) {
        Question question;
        {
            std::scoped_lock lock(m_mutex);
            if (m_questions.empty()) return;
            question = std::move(m_questions.front());
            m_questions.pop_front();
        }
        const StopAsked stopAsked = [stopped = question.stopped] { return stopped->load(); };
        const auto model = withoutThrowing<LoadedModel*>([&]() -> Result<LoadedModel*> {
            if (stopAsked()) return Error{ErrorCode::Stopped, "the question was taken back", "", ""};
            if (question.target.empty() && !current)
                return Error{ErrorCode::BadArgument, "no run is in progress", "", "choose a finished run"};
            LoadedModel* asked = current;
            if (!question.target.empty()) {
                LATHE_TRY(asked, openTarget(question.target));
            }
            asked->setAdapterEnabled(question.useAdapter);
            return asked;
        });
        // Whatever goes wrong with one question, the run goes on as it was, and the next one is answered.
        const auto asked = withoutThrowing<void>([&]() -> Result<void> {
            question.ask(model, stopAsked);
            return {};
        });
        if (!asked.ok()) std::fprintf(stderr, "lathe: %s\n", asked.error().message.c_str());
        if (question.target.empty() && current) current->setAdapterEnabled(true);
    }
}

void ThreadBackend::closeTarget() {
    if (!m_open) return;
    const at::Device device = m_open->device;
    m_open.reset();
    m_openTarget.clear();
    (void)withoutThrowing<void>([&]() -> Result<void> {
        releaseMemory(device);
        return {};
    });
}

Result<LoadedModel*> ThreadBackend::openTarget(const std::string& target) {
    if (!m_open || m_openTarget != target) {
        closeTarget();
        LATHE_TRY(auto opened, LoadedModel::open(target, {}, "auto"));
        m_open.emplace(std::move(opened));
        m_openTarget = target;
    }
    return &*m_open;
}

void ThreadBackend::askModel(Question question) {
    {
        std::scoped_lock lock(m_mutex);
        question.stopped = m_stopAnswers;
        m_questions.push_back(std::move(question));
    }
    m_changed.notify_all();
    m_tensorQueue.post([this] { answerAll(nullptr); });  // for when no run is in progress
}

void ThreadBackend::pause() {
    std::scoped_lock lock(m_mutex);
    m_paused = true;
    m_stepsAllowed = 0;
}

void ThreadBackend::unpause() {
    {
        std::scoped_lock lock(m_mutex);
        m_paused = false;
    }
    m_changed.notify_all();
}

void ThreadBackend::stepOnce() {
    {
        std::scoped_lock lock(m_mutex);
        m_paused = true;
        m_stepsAllowed = 1;
    }
    m_changed.notify_all();
}

void ThreadBackend::stop(StopMode mode) {
    {
        std::scoped_lock lock(m_mutex);
        if (!m_control) return;
        m_control->discard = mode == StopMode::Discard;
        m_control->stop = true;
    }
    m_changed.notify_all();
}

template <class T>
void ThreadBackend::light(const std::string& kind, std::function<Result<T>()> work, Answer<T> answer) {
    uint64_t ticket = 0;
    {
        std::scoped_lock lock(m_mutex);
        ticket = ++m_latest[kind];
    }
    m_lightQueue.post([this, kind, ticket, work = std::move(work), answer = std::move(answer)] {
        const auto outdated = [&] {
            std::scoped_lock lock(m_mutex);
            return m_latest[kind] != ticket;
        };
        if (outdated()) return;
        auto result = withoutThrowing<T>(work);
        if (!outdated()) answer(std::move(result));
    });
}

void ThreadBackend::describeBase(const std::string& base, Answer<BaseFacts> answer) {
    light<BaseFacts>("base", [base] { return lathe::describeBase(base); }, std::move(answer));
}

void ThreadBackend::preview(const Recipe& recipe, int64_t rows, Answer<Preview> answer) {
    light<Preview>(
        "preview", [recipe, rows] { return makePreview(recipe, rows, fitToBase); }, std::move(answer));
}

void ThreadBackend::bills(const Recipe& recipe, Answer<std::vector<Bill>> answer) {
    light<std::vector<Bill>>("bills", [recipe] { return makeBills(recipe, {}); }, std::move(answer));
}

void ThreadBackend::generate(const std::string& target, bool useAdapter, const std::string& prompt,
                             const GenerateSettings& settings, std::function<void(const std::string&)> piece,
                             Answer<std::string> answer) {
    askModel({target, useAdapter, [=](Result<LoadedModel*> model, const StopAsked& stopAsked) {
                  answer(withoutThrowing<std::string>([&]() -> Result<std::string> {
                      if (!model.ok()) return model.error();
                      return model.value()->generate(
                          prompt, settings, [&](int32_t, const std::string& text) { piece(text); },
                          stopAsked);
                  }));
              }});
}

void ThreadBackend::predict(const std::string& target, bool useAdapter, const std::vector<std::string>& texts,
                            Answer<std::vector<Prediction>> answer) {
    askModel({target, useAdapter, [=](Result<LoadedModel*> model, const StopAsked&) {
                  answer(withoutThrowing<std::vector<Prediction>>([&]() -> Result<std::vector<Prediction>> {
                      if (!model.ok()) return model.error();
                      return model.value()->predict(texts);
                  }));
              }});
}

void ThreadBackend::score(const std::string& target, bool useAdapter, const std::string& prompt,
                          const std::string& completion, Answer<AnswerScore> answer) {
    askModel({target, useAdapter, [=](Result<LoadedModel*> model, const StopAsked&) {
                  answer(withoutThrowing<AnswerScore>([&]() -> Result<AnswerScore> {
                      if (!model.ok()) return model.error();
                      return model.value()->score(prompt, completion, false);
                  }));
              }});
}

void ThreadBackend::evaluate(const std::string& target, const EvaluationRequest& request,
                             std::function<void(const EvaluationProgress&)> progress,
                             Answer<Evaluation> answer) {
    askModel({target, true, [=](Result<LoadedModel*> model, const StopAsked& stopAsked) {
                  answer(withoutThrowing<Evaluation>([&]() -> Result<Evaluation> {
                      if (!model.ok()) return model.error();
                      LoadedModel& loaded = *model.value();
                      const std::string& task = request.task.empty() ? loaded.task : request.task;
                      LATHE_TRY(const Recipe recipe, recipeOfTarget(target, task));
                      return evaluateTarget(loaded, recipe, request, {stopAsked, progress});
                  }));
              }});
}

void ThreadBackend::stopAnswers() {
    std::scoped_lock lock(m_mutex);
    *m_stopAnswers = true;
    m_stopAnswers = std::make_shared<std::atomic<bool>>(false);
}

}  // namespace lathe

/// What the window resolves in the engine module; the caller owns the object.
extern "C" __attribute__((visibility("default"))) lathe::RunBackend* latheCreateBackend() {
    return new lathe::ThreadBackend;
}
