// SPDX-License-Identifier: GPL-3.0-or-later
// A RunBackend without an engine: answers at once with made-up values, and runs that the test drives by hand.
#pragma once

#include <QStringList>
#include <string>
#include <vector>

#include "core/run/run_backend.h"
#include "core/run/store/run_lock.h"

namespace lathe::test {

class FakeBackend : public RunBackend {
  public:
    FakeBackend();

    const Catalog& catalog() const override { return m_catalog; }
    std::string deviceText() const override { return "CPU · 2 threads · test"; }
    void start(const Recipe& recipe, const std::string& runFolder, EventSink sink) override;
    void resume(const std::string& runFolder, EventSink sink) override;
    void pause() override { calls << "pause"; }
    void unpause() override { calls << "unpause"; }
    void stepOnce() override { calls << "step"; }
    /// The fake stops when the test calls finish(RunStatus::Stopped).
    void stop(StopMode mode) override { calls << (mode == StopMode::Keep ? "stop keep" : "stop discard"); }
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
    /// Answers when the test calls answerEvaluation, or Stopped when it is stopped before.
    void evaluate(const std::string& target, const EvaluationRequest& request,
                  std::function<void(const EvaluationProgress&)> progress,
                  Answer<Evaluation> answer) override;
    void stopAnswers() override;
    void answerEvaluation(Result<Evaluation> result);

    /// Drives the run that was started last.
    void emitEvent(const Event& event) { m_sink(event); }
    void emitStep(int64_t step, int64_t maxSteps, double loss);
    void finish(RunStatus status, std::map<std::string, double> metrics = {},
                std::optional<Error> error = std::nullopt);

    QStringList calls;  ///< what was asked of it, in order
    std::vector<Recipe> started;
    std::vector<std::string> folders;
    std::optional<Error> baseError;     ///< answers describeBase and bills with it
    std::optional<Error> previewError;  ///< answers preview with it
    int billsAsked = 0;
    LabelKind predictedKind = LabelKind::One;
    bool givesRewards = true;    ///< score answers with a reward
    bool writesForEver = false;  ///< generate answers when it is stopped, and only then
    std::string evaluatedTarget;
    EvaluationRequest evaluationRequest;
    std::function<void(const EvaluationProgress&)> evaluationProgress;

  private:
    void takeFolder(const std::string& runFolder);

    std::optional<RunLock> m_lock;  ///< of the run in progress
    Catalog m_catalog;
    EventSink m_sink;
    Answer<Evaluation> m_evaluation;
    Answer<std::string> m_writing;
};

/// A classifier's, with the given classes: each row right, but the last of a class, which is called the next.
Evaluation exampleEvaluation(const std::vector<std::string>& labels);

/// A recipe that has everything Start needs.
Recipe completeRecipe();

}  // namespace lathe::test
