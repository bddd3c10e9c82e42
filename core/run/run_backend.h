// SPDX-License-Identifier: GPL-3.0-or-later
// What the window asks of the engine. The window gets an implementation injected (a thread, or a fake in
// tests) and sees values only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/config/label_kind.h"
#include "core/config/recipe.h"
#include "core/data/task_data.h"
#include "core/run/bill.h"
#include "core/run/evaluation.h"
#include "core/run/events/events.h"
#include "core/run/race.h"

namespace lathe {

/// What a base is, without loading weights.
struct BaseFacts {
    std::string path, format, architecture, title, licence, tokenizerKind, chatFormat;
    int64_t parameters = 0, contextLength = 0, hiddenSize = 0, blocks = 0, vocabulary = 0, sizeBytes = 0;
    std::vector<std::string> linearNames;     ///< names that target_modules may use, in forward order
    std::vector<std::string> embeddingNames;  ///< and those that LoRA may use besides
    std::vector<std::string> defaultTargets;
    std::vector<std::string> tasks;  ///< tasks this architecture can be trained for
    std::vector<Note> notes;         ///< where the files disagree, and what of them is not used
};

/// One entry a token.
struct PreviewTokens {
    std::vector<int32_t> ids;
    std::vector<std::string> pieces;
    std::vector<bool> trained;
};

struct PreviewRow : PreviewTokens {
    PreviewTokens rejected;  ///< preference rows: the worse answer with the prompt before it; else empty
    std::string text;
    std::string prompt;  ///< instruction and preference rows: what generation starts from
    std::string label;
};

struct Preview {
    std::vector<PreviewRow> rows;
    DataReport train, validation;
    std::map<std::string, std::string> columns;
    std::vector<std::string> availableColumns;
    std::string format, encoding, chatFormat;
    std::vector<std::string> labels;
    int64_t sequences = 0;  ///< that the training rows make: one each, or fewer when they are packed
};

struct GenerateSettings {
    int64_t maxNewTokens = 128;
    double temperature = 0;  ///< 0 = greedy
    double topP = 1;
    int64_t beams = 1;         ///< at temperature 0: the likeliest of so many texts written side by side
    double lengthPenalty = 1;  ///< with several beams: above 0 favours long texts
    int64_t seed = 42;
    bool raw = false;  ///< the prompt as it is, without the chat format
};

struct Prediction {
    std::string text, label;  ///< the label in words, whatever its kind
    std::vector<std::pair<std::string, double>>
        probabilities;                          ///< by label id; of several labels each its own
    std::vector<std::string> tokens{}, tags{};  ///< of a tagger: words with a tag each, in place of a label
    LabelKind kind = LabelKind::One;
    std::vector<std::string> labels{};  ///< several: those more likely than not
    double value = 0;                   ///< number
};

/// How a model judges an answer.
struct AnswerScore {
    std::vector<std::string> tokens;  ///< of the answer, as people read them
    std::vector<double> logProbabilities;
    std::optional<double> reward;  ///< of a reward model, in place of tokens
};

enum class StopMode { Keep, Discard };

class RunBackend {
  public:
    template <class T>
    using Answer = std::function<void(Result<T>)>;  ///< called once, on any thread

    virtual ~RunBackend() = default;

    virtual const Catalog& catalog() const = 0;
    /// "CPU · 2 threads · LibTorch 2.13", for the status bar.
    virtual std::string deviceText() const = 0;

    /// Starts a run in `runFolder`; `sink` is called on the worker thread and FinishedEvent comes last,
    /// always. One run at a time (LATHE_CHECK).
    virtual void start(const Recipe& recipe, const std::string& runFolder, EventSink sink) = 0;
    /// Goes on from the run's last complete checkpoint.
    virtual void resume(const std::string& runFolder, EventSink sink) = 0;
    virtual void
    pause() = 0;  ///< after the current step; the model stays loaded and answers generate/predict
    virtual void unpause() = 0;
    virtual void stepOnce() = 0;           ///< while paused: one more step, then paused again
    virtual void stop(StopMode mode) = 0;  ///< after the current step

    /// Light questions, answered off the UI thread without loading weights; a newer one of the same kind
    /// cancels the older (its answer never comes).
    virtual void describeBase(const std::string& base, Answer<BaseFacts> answer) = 0;
    virtual void preview(const Recipe& recipe, int64_t rows, Answer<Preview> answer) = 0;
    virtual void bills(const Recipe& recipe,
                       Answer<std::vector<Bill>> answer) = 0;  ///< one a method, the recipe's own first

    /// Heavy questions on the tensor worker. TARGET as in command-line.md, "Targets": a run folder, a model,
    /// or "" for the run that is loaded and paused. `useAdapter` false gives the base's own answer.
    virtual void generate(const std::string& target, bool useAdapter, const std::string& prompt,
                          const GenerateSettings& settings, std::function<void(const std::string&)> piece,
                          Answer<std::string> answer) = 0;
    virtual void predict(const std::string& target, bool useAdapter, const std::vector<std::string>& texts,
                         Answer<std::vector<Prediction>> answer) = 0;
    virtual void score(const std::string& target, bool useAdapter, const std::string& prompt,
                       const std::string& completion, Answer<AnswerScore> answer) = 0;
    /// Judges a run or a model on rows; `progress` is called on the tensor worker.
    virtual void evaluate(const std::string& target, const EvaluationRequest& request,
                          std::function<void(const EvaluationProgress&)> progress,
                          Answer<Evaluation> answer) = 0;
    /// What was asked of a model up to now answers Stopped as soon as it can: after the token, the batch or
    /// the text that it is at.
    virtual void stopAnswers() = 0;
};

}  // namespace lathe
