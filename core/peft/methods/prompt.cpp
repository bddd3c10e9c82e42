// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/prompt.h"

#include <ATen/CPUGeneratorImpl.h>

#include "core/peft/prompt_method.h"
#include "core/tokenizer/text/step_limit.h"
#include "core/tokenizer/tokenizer.h"

namespace lathe {
namespace {

class Prompt : public PromptMethod {
  public:
    Prompt() : PromptMethod("prompt", SoftPrompt::Place::Embeddings) {
        m_entry.title = "Prompt tuning";
        m_entry.help =
            "Trained vectors stand in front of every text like invented words; nothing else changes. A few "
            "thousand "
            "numbers; wants a high learning rate and works best on large bases.";
        m_entry.learningRate = 3e-2;
        m_entry.formula = "[P; E(x)]";
        m_entry.fields = {
            virtualTokensField(20),
            {"init",
             FieldKind::Choice,
             std::string("random"),
             {},
             {},
             {"random", "vocabulary", "text"},
             "What the vectors start as: random numbers, embeddings of random words, or those of a text.",
             false},
            {"init_text",
             FieldKind::Text,
             std::string(),
             {},
             {},
             {},
             "The text whose words they start as, with init: text. Usual: the task in a sentence.",
             false},
        };
    }
    std::string peftType() const override { return "PROMPT_TUNING"; }

  protected:
    std::vector<std::pair<std::string, std::vector<int64_t>>> parameters(
        const Settings& settings, const ModelShape& shape) const override {
        return {{"embedding.weight", {integerSetting(settings, "virtual_tokens", 20), width(shape)}}};
    }

    Result<std::shared_ptr<SoftPrompt>> make(const Settings& settings, LanguageModel& model,
                                             const AttachContext& context) const override {
        const int64_t tokens = integerSetting(settings, "virtual_tokens", 20);
        const at::Tensor& words = model.wordEmbeddings();
        at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(context.seed);
        const std::string init = textSetting(settings, "init", "random");
        at::Tensor start;
        if (init == "random") {
            start = at::empty({tokens, width(model.shape())}, at::kFloat).normal_(0, 1, generator);
        } else {
            at::Tensor ids = at::empty({tokens}, at::kLong).random_(0, model.shape().vocabulary, generator);
            if (init == "text") {
                LATHE_TRY(ids, idsOfText(textSetting(settings, "init_text", ""), tokens, context.tokenizer));
            }
            const torch::NoGradGuard guard;
            start = words.index_select(0, ids.to(words.device())).to(at::kFloat).clone();
        }
        return std::shared_ptr<SoftPrompt>(
            std::make_shared<PlainSoftPrompt>(start.to(words.device()), m_place));
    }

    OrderedJson ownConfig(const Settings& settings, const ModelShape&) const override {
        const std::string init = textSetting(settings, "init", "random");
        // With TEXT PEFT wants a tokenizer by name to load the folder at all; the vectors are in it anyway.
        return {{"prompt_tuning_init", init == "vocabulary" ? "SAMPLE_VOCAB" : "RANDOM"},
                {"prompt_tuning_init_text", nullptr},
                {"tokenizer_name_or_path", nullptr}};
    }
    void asFinished(Settings& settings) const override { settings["init"] = std::string("random"); }
    std::set<std::string> makingKeys() const override {
        return {"prompt_tuning_init", "prompt_tuning_init_text", "tokenizer_kwargs",
                "tokenizer_name_or_path"};
    }

  private:
    /// Cut or repeated to `count`.
    static Result<at::Tensor> idsOfText(const std::string& text, int64_t count, const Tokenizer* tokenizer) {
        const tok::StepLimit limit;
        const auto encoded = tokenizer ? tokenizer->encode(text, true).ids : std::vector<int32_t>{};
        if (text.empty() || encoded.empty())
            return Error{ErrorCode::RecipeInvalid, "there is no text to start from", "method.init_text",
                         "write the task in a sentence, or use init: vocabulary"};
        LATHE_TRY_VOID(limit.check("method.init_text"));
        LATHE_TRY_VOID(checkModelRows(*tokenizer, encoded, "method.init_text"));
        std::vector<int64_t> ids;
        for (int64_t i = 0; i < count; ++i)
            ids.push_back(encoded[static_cast<std::size_t>(i) % encoded.size()]);
        return at::tensor(ids, at::kLong);
    }
};

}  // namespace

const AdapterMethod& promptMethod() {
    static const Prompt method;
    return method;
}

}  // namespace lathe
