// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/ascii.h"
#include "core/data/encode/chat_rows.h"
#include "core/data/roles/columns.h"
#include "core/model/evaluation_mode.h"
#include "core/target/loaded_model.h"
#include "core/tokenizer/text/step_limit.h"

namespace lathe {
namespace {

Error tooLong(const LoadedModel& loaded, std::size_t tokens) {
    return {ErrorCode::BadArgument,
            "prompt and answer have " + std::to_string(tokens) + " tokens, the model reads " +
                std::to_string(loaded.model->room()),
            "", "shorten them"};
}

/// The prompt with its answer as a row of the task.
Result<Example> conversationRow(const LoadedModel& loaded, const std::string& prompt,
                                const std::string& answer) {
    Recipe recipe;
    recipe.task = loaded.task.empty() ? "preference" : loaded.task;
    recipe.data.maxLength = loaded.model->room();
    LATHE_TRY(ChatFormat format, loaded.chatFormat());
    Conversation asked;
    if (!isBlank(prompt)) asked.messages.push_back({"user", prompt});
    LATHE_TRY(const RenderedChat rendered, format.render(asked, true));
    const tok::StepLimit limit;
    const ChatRows rows(recipe, *loaded.tokenizer, std::move(format));
    LATHE_TRY(AnsweredPrompt row, rows.answered(asked, rendered.text, {{"assistant", answer}}));
    LATHE_TRY_VOID(limit.check("prompt and completion"));
    if (row.tokens > row.encoding.ids.size()) return tooLong(loaded, row.tokens);
    Example example;
    example.ids = std::move(row.encoding.ids);
    example.typeIds = std::move(row.encoding.typeIds);
    example.targets = std::move(row.targets);
    return example;
}

Result<Example> textRow(const LoadedModel& loaded, const std::string& prompt, const std::string& answer) {
    const std::string text = prompt + answer;
    const tok::StepLimit limit;
    Encoding encoding = loaded.tokenizer->encode(text, true);
    LATHE_TRY_VOID(limit.check("prompt and completion"));
    if (static_cast<int64_t>(encoding.ids.size()) > loaded.model->room())
        return tooLong(loaded, encoding.ids.size());
    Example example;
    example.targets = targetsOf(encoding, {text, {{prompt.size(), text.size(), 0}}, {}}, false);
    example.ids = std::move(encoding.ids);
    example.typeIds = std::move(encoding.typeIds);
    return example;
}

/// A source text with its target, which ends as targets are taught to end.
Result<Example> sourceRow(const LoadedModel& loaded, const std::string& source, const std::string& target) {
    Example example;
    const tok::StepLimit limit;
    example.ids = loaded.tokenizer->encode(source, true).ids;
    example.decoderTargets = loaded.tokenizer->encode(target, true).ids;
    LATHE_TRY_VOID(limit.check("prompt and completion"));
    const auto end = loaded.tokenizer->specialTokens().eos;
    if (end && (example.decoderTargets.empty() || example.decoderTargets.back() != *end))
        example.decoderTargets.push_back(*end);
    const std::size_t longest = std::max(example.ids.size(), example.decoderTargets.size());
    if (static_cast<int64_t>(longest) > loaded.model->room()) return tooLong(loaded, longest);
    return example;
}

}  // namespace

Result<AnswerScore> LoadedModel::score(const std::string& prompt, const std::string& completion, bool raw) {
    const HeadKind head = model->shape().head;
    const bool rewards = head == HeadKind::SequenceClassification && givesReward();
    const bool translates = head == HeadKind::SequenceToSequence;
    if (!rewards && !translates && head != HeadKind::LanguageModel)
        return Error{ErrorCode::BadArgument, "the model judges no answers", basePath,
                     "score works on reward models and on models that write text"};
    // A reward model has a score for a conversation that says nothing, too.
    if (!rewards && isBlank(completion)) return Error{ErrorCode::BadArgument, "the answer is empty", "", ""};
    const auto makeRow = translates ? sourceRow : !raw && readsConversations() ? conversationRow : textRow;
    LATHE_TRY(const Example row, makeRow(*this, prompt, completion));
    if (row.ids.empty()) return Error{ErrorCode::BadArgument, "the prompt is empty", "", ""};
    LATHE_TRY_VOID(checkModelRows(*tokenizer, row.ids, "prompt and answer"));
    LATHE_TRY_VOID(checkModelRows(*tokenizer, row.decoderTargets, "answer"));
    const Example* rows = &row;
    const at::NoGradGuard noGrad;
    const EvaluationMode evaluation(*model);
    const Batch batch = makeBatch({&rows, 1}, batchSettings());
    AnswerScore score;
    if (rewards) {
        score.reward = headLogits(*model, batch)[0][0].item<double>();
        return score;
    }
    const at::Tensor each =
        linearLogProbabilities(model->hidden(batch), model->languageHead(), batch.lossRows, batch.lossTargets)
            .to(at::kCPU, at::kDouble);
    score.logProbabilities.assign(each.const_data_ptr<double>(),
                                  each.const_data_ptr<double>() + each.numel());
    const at::Tensor ids = batch.lossTargets.cpu();
    for (int64_t i = 0; i < ids.numel(); ++i)
        score.tokens.push_back(readablePiece(*tokenizer, static_cast<int32_t>(ids[i].item<int64_t>())));
    return score;
}

}  // namespace lathe
