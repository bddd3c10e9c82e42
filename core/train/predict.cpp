// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/data/tagged_words.h"
#include "core/data/truncation.h"
#include "core/model/evaluation_mode.h"
#include "core/train/loaded_model.h"

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
    Encoding encoding = loaded.tokenizer->encode(question.row.text, true);
    truncate(encoding, static_cast<std::size_t>(loaded.model->room()), *loaded.tokenizer);
    if (encoding.ids.empty()) return Error{ErrorCode::DataInvalid, "the text is empty", place, ""};
    if (tags) question.starts = wordStarts(question.words, encoding);
    question.row.ids = std::move(encoding.ids);
    question.row.typeIds = std::move(encoding.typeIds);
    return question;
}

/// `shares`: one a label.
Prediction labelled(const Question& question, const std::vector<std::string>& labels, const double* shares) {
    Prediction prediction;
    prediction.text = question.row.text;
    prediction.label =
        labels[static_cast<std::size_t>(std::max_element(shares, shares + labels.size()) - shares)];
    for (std::size_t id = 0; id < labels.size(); ++id)
        prediction.probabilities.emplace_back(labels[id], shares[id]);
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

}  // namespace

Result<std::vector<Prediction>> LoadedModel::predict(const std::vector<std::string>& texts) {
    const HeadKind head = model->shape().head;
    const bool tags = head == HeadKind::TokenClassification;
    if (!tags && head != HeadKind::SequenceClassification)
        return Error{ErrorCode::BadArgument, "the model gives no labels", basePath,
                     "predict works on classifiers; use generate for language models"};
    if (labels.size() == 1)
        return Error{ErrorCode::BadArgument, "the model gives one number and no labels", basePath,
                     "score judges an answer to a prompt"};
    std::vector<Question> questions;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        LATHE_TRY(auto question, questionOf(*this, texts[i], tags, "text " + std::to_string(i + 1)));
        questions.push_back(std::move(question));
    }
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(*model);
    std::vector<Prediction> predictions;
    for (std::size_t first = 0; first < questions.size(); first += kPredictBatch) {
        std::vector<const Example*> chosen;
        for (std::size_t i = first; i < std::min(questions.size(), first + kPredictBatch); ++i)
            chosen.push_back(&questions[i].row);
        const at::Tensor scores = headLogits(*model, makeBatch(chosen, batchSettings())).to(at::kCPU, at::kDouble);
        // (rows, labels), or (rows, time, labels) without the soft prompt's own positions
        at::Tensor shares = at::softmax(scores, -1);
        if (tags) shares = shares.narrow(1, model->promptTokens(), shares.size(1) - model->promptTokens());
        shares = shares.contiguous();
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            const double* row = shares[static_cast<int64_t>(i)].const_data_ptr<double>();
            const Question& question = questions[first + i];
            predictions.push_back(tags ? tagged(question, labels, row) : labelled(question, labels, row));
        }
    }
    return predictions;
}

}  // namespace lathe
