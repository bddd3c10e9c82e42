// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/data/encode/truncation.h"
#include "core/data/roles/labels.h"
#include "core/data/roles/tagged_words.h"
#include "core/model/evaluation_mode.h"
#include "core/objectives/classify.h"
#include "core/target/loaded_model.h"
#include "core/tokenizer/text/step_limit.h"

namespace lathe {
namespace {

constexpr std::size_t kPredictBatch = 32;

/// A text ready for the model, and for a tagger its words and which token begins each.
struct Question {
    Example row;
    std::vector<std::string> words;
    std::vector<int> starts;
};

Result<Question> questionOf(const LoadedModel& loaded, const std::string& text, bool tags,
                            const std::string& place) {
    Question question;
    if (tags) question.words = wordsOf(Json(text));
    question.row.text = tags ? sentenceOf(question.words) : text;
    const tok::StepLimit limit;
    Encoding encoding = loaded.tokenizer->encode(question.row.text, true);
    LATHE_TRY_VOID(limit.check(place));
    truncate(encoding, static_cast<std::size_t>(loaded.model->room()), *loaded.tokenizer);
    if (encoding.ids.empty()) return Error{ErrorCode::DataInvalid, "the text is empty", place, ""};
    LATHE_TRY_VOID(checkModelRows(*loaded.tokenizer, encoding.ids, place));
    if (tags) question.starts = wordStarts(question.words, encoding);
    question.row.ids = std::move(encoding.ids);
    question.row.typeIds = std::move(encoding.typeIds);
    return question;
}

/// `shares`: one a label.
Prediction labelled(const Question& question, const HeadLabels& head, const double* shares) {
    const std::vector<std::string>& labels = head.names;
    Prediction prediction;
    prediction.text = question.row.text;
    prediction.kind = head.kind;
    if (head.kind == LabelKind::Number) {
        prediction.value = *shares;
        prediction.label = numberText(*shares);
        return prediction;
    }
    for (std::size_t id = 0; id < labels.size(); ++id) {
        prediction.probabilities.emplace_back(labels[id], shares[id]);
        if (head.kind == LabelKind::Several && shares[id] > kLikely) prediction.labels.push_back(labels[id]);
    }
    const auto best = static_cast<std::size_t>(std::max_element(shares, shares + labels.size()) - shares);
    prediction.label = head.kind == LabelKind::Several ? labelList(prediction.labels) : labels[best];
    return prediction;
}

/// `shares`: labels for each token. A word behind the model's context has no tag.
Prediction tagged(const Question& question, const std::vector<std::string>& labels, const double* shares) {
    Prediction prediction;
    prediction.text = question.row.text;
    prediction.tokens = question.words;
    prediction.tags.resize(question.words.size());
    for (std::size_t token = 0; token < question.starts.size(); ++token, shares += labels.size()) {
        if (question.starts[token] < 0) continue;
        const auto best = std::max_element(shares, shares + labels.size()) - shares;
        prediction.tags[static_cast<std::size_t>(question.starts[token])] =
            labels[static_cast<std::size_t>(best)];
    }
    return prediction;
}

/// The texts as rows for a model that gives labels or tags; BadArgument for any other.
Result<std::vector<Question>> questionsOf(const LoadedModel& loaded, const std::vector<std::string>& texts) {
    const HeadKind head = loaded.model->shape().head;
    const bool tags = head == HeadKind::TokenClassification;
    if (!tags && head != HeadKind::SequenceClassification)
        return Error{ErrorCode::BadArgument, "the model gives no labels", loaded.basePath,
                     "predict works on classifiers; use generate for language models"};
    if (loaded.givesReward())
        return Error{ErrorCode::BadArgument, "the model gives one number and no labels", loaded.basePath,
                     "score judges an answer to a prompt"};
    if (loaded.labelKind == LabelKind::Number && loaded.labels.size() != 1)
        return Error{ErrorCode::Unsupported, "the model gives several numbers for a text", loaded.basePath,
                     "logits shows them"};
    std::vector<Question> questions;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        LATHE_TRY(auto question, questionOf(loaded, texts[i], tags, "text " + std::to_string(i + 1)));
        questions.push_back(std::move(question));
    }
    return questions;
}

/// `logits` of one question: (labels), or (time, labels) without a soft prompt's own positions.
Prediction predictionOf(const Question& question, const HeadLabels& head, const at::Tensor& logits) {
    const at::Tensor shares = outputShares(logits.to(at::kCPU, at::kDouble), head.kind).contiguous();
    const double* values = shares.const_data_ptr<double>();
    return shares.dim() == 2 ? tagged(question, head.names, values) : labelled(question, head, values);
}

/// kPredictBatch questions at a time: `logitsOf(batch, first)` gives one row's logits after the other.
template <class LogitsOf, class LabelsOf>
Result<std::vector<Prediction>> inBatches(const LoadedModel& loaded, const std::vector<Question>& questions,
                                          LogitsOf logitsOf, LabelsOf labelsOf) {
    std::vector<Prediction> predictions;
    for (std::size_t first = 0; first < questions.size(); first += kPredictBatch) {
        std::vector<const Example*> chosen;
        for (std::size_t i = first; i < std::min(questions.size(), first + kPredictBatch); ++i)
            chosen.push_back(&questions[i].row);
        LATHE_TRY(const std::vector<at::Tensor> rows,
                  logitsOf(makeBatch(chosen, loaded.batchSettings()), first));
        for (std::size_t i = 0; i < rows.size(); ++i)
            predictions.push_back(predictionOf(questions[first + i], labelsOf(first + i), rows[i]));
    }
    return predictions;
}

}  // namespace

Result<std::vector<Prediction>> LoadedModel::predict(const std::vector<std::string>& texts) {
    LATHE_TRY(const auto questions, questionsOf(*this, texts));
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(*model);
    const auto logitsOf = [&](const Batch& batch, std::size_t) -> Result<std::vector<at::Tensor>> {
        at::Tensor logits = headLogits(*model, batch);
        if (logits.dim() == 3)
            logits = logits.narrow(1, model->promptTokens(), logits.size(1) - model->promptTokens());
        return logits.unbind(0);
    };
    const HeadLabels own{labels, labelKind};
    return inBatches(*this, questions, logitsOf, [&](std::size_t) -> const auto& { return own; });
}

Result<std::vector<Prediction>> LoadedModel::predict(const std::vector<std::string>& texts,
                                                     const std::vector<std::string>& rowAdapters) {
    LATHE_CHECK(adapters && texts.size() == rowAdapters.size());
    // Rows that differ have no soft prompt: each has the whole context.
    const auto before = adapters->chosen();
    LATHE_TRY_VOID(use({}));
    const auto questions = questionsOf(*this, texts);
    if (!questions.ok()) {
        LATHE_TRY_VOID(use(before));
        return questions.error();
    }
    const EvaluationMode evaluation(*model);
    const auto logitsOf = [&](const Batch& batch, std::size_t first) {
        const auto begin = rowAdapters.begin() + static_cast<std::ptrdiff_t>(first);
        return adapters->rowLogits(batch, {begin, begin + batch.ids.size(0)});
    };
    auto predictions = inBatches(*this, questions.value(), logitsOf,
                                 [&](std::size_t i) -> const auto& { return labelsOf(rowAdapters[i]); });
    LATHE_TRY_VOID(use(before));
    return predictions;
}

}  // namespace lathe
