// SPDX-License-Identifier: GPL-3.0-or-later
// A TARGET (command-line.md, "Targets") made ready to answer: model with adapters, tokenizer, labels, device.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/batches/batch_loader.h"
#include "core/config/recipe.h"
#include "core/model/language_model.h"
#include "core/peft/method.h"
#include "core/run/run_backend.h"
#include "core/target/opened_adapter.h"
#include "core/tokenizer/chat/chat_format.h"
#include "core/tokenizer/tokenizer.h"

namespace lathe {

class LoadedModel {
  public:
    /// `target`: a run folder or whatever else can be a base (resolveBase). `adapters` are put on top of it,
    /// all at once with their weights.
    static Result<LoadedModel> open(const std::string& target, const std::vector<AdapterChoice>& adapters,
                                    const std::string& device);
    /// The same with all adapters in memory and none of them on: use() switches. That of a run folder comes
    /// first.
    static Result<LoadedModel> openApart(const std::string& target,
                                         const std::vector<AdapterChoice>& adapters,
                                         const std::string& device);

    /// As open, with the base's weights in a recipe's train.precision; open has float32.
    static Result<LoadedModel> openIn(const std::string& precision, const std::string& target,
                                      const std::vector<AdapterChoice>& adapters, const std::string& device);

    /// What `tuned`, which is no plain base, started from: its base with the task, the labels and the fresh
    /// head of its run.
    static Result<LoadedModel> openStart(const LoadedModel& tuned);

    std::shared_ptr<LanguageModel> model;
    std::unique_ptr<Tokenizer> tokenizer;
    std::vector<std::string> labels;
    LabelKind labelKind = LabelKind::One;  ///< of a text's label
    std::string task;                      ///< empty for a plain base
    ChatSettings chat;
    std::string basePath;
    std::vector<Note> notes;  ///< about the base's files and the adapters in memory
    std::string startedFrom;  ///< the base before its run or its adapters; empty for a plain base
    std::vector<MethodSettings> methods;
    std::vector<double> methodWeights;  ///< how often the adapter of each method is taken; empty: once
    Json baseConfig;
    Quantization quantization = Quantization::None;  ///< as the run trained with
    at::Device device = at::kCPU;
    at::ScalarType precision = at::kFloat;  ///< of the base's weights

    /// The adapters in memory; null for a model whose methods are being trained.
    std::unique_ptr<AdapterSet> adapters;

    /// Reads one more adapter and holds it; gives its name, with a number behind it when there is one of that
    /// name.
    Result<std::string> hold(const AdapterChoice& choice);
    Result<std::string> hold(const OpenedAdapter& adapter);
    /// Puts these adapters on and all others off, with the labels of the one that brings a head; none gives
    /// the base. Errors as AdapterSet::choose.
    Result<void> use(const std::vector<AdapterShare>& mix);
    /// Those of its head, else the base's.
    const HeadLabels& labelsOf(const std::string& adapter) const;

    /// Switches what is on off (the base's own answers) and on again.
    void setAdapterEnabled(bool enabled);

    /// The methods with their weights put into alpha; Unsupported where that cannot be.
    Result<std::vector<ChosenMethod>> weightedMethods() const;

    /// Whether the one output of its classification head is a reward.
    bool givesReward() const { return labels.size() == 1 && labelKind == LabelKind::One; }
    /// How rows become batches for this model on its device.
    BatchSettings batchSettings() const;
    /// Whether it reads a prompt as a conversation rather than as text.
    bool readsConversations() const;
    /// How it reads them.
    Result<ChatFormat> chatFormat() const;
    /// The chat template that a conversational run was trained with; empty for other targets.
    Result<std::string> trainedTemplate() const;

    /// Float32 on the CPU for raw ids: (time, vocabulary) of a language model, (1, labels) of a text's
    /// classifier, (time, labels) of a token classifier, the hidden states (time, hidden) without a head.
    /// With an encoder of its own, `ids` are the source and the times those of `decoderIds` (empty: its start
    /// alone).
    Result<at::Tensor> logits(const std::vector<int64_t>& ids, const std::vector<int64_t>& decoderIds = {});
    Result<std::vector<Prediction>> predict(const std::vector<std::string>& texts);
    /// How the model judges `completion` as the answer to `prompt`: the reward of a reward model, else the
    /// log-probability of each of the answer's tokens, the one that ends it included. `raw`: the two texts as
    /// they are, without the chat format.
    Result<AnswerScore> score(const std::string& prompt, const std::string& completion, bool raw);
    /// Text i with the adapter rowAdapters[i] ("" is the base), many adapters in one batch
    /// (AdapterSet::rowLogits).
    Result<std::vector<Prediction>> predict(const std::vector<std::string>& texts,
                                            const std::vector<std::string>& rowAdapters);
    Result<std::string> generate(const std::string& prompt, const GenerateSettings& settings,
                                 const std::function<void(int32_t id, const std::string& piece)>& piece,
                                 const std::function<bool()>& stopAsked = {});

  private:
    /// Fills what is known of the model with the rest; see openApart.
    static Result<LoadedModel> complete(LoadedModel known, const std::string& target,
                                        const std::vector<AdapterChoice>& choices, const std::string& device);
    /// All adapters on, with their weights; a run's own, which nobody chose, once.
    Result<void> useAll(const std::vector<AdapterChoice>& choices);

    void setLabels(const HeadLabels& head);

    std::map<std::string, HeadLabels> m_labels;  ///< by adapter
    HeadLabels m_baseLabels;
    bool m_enabled = true;
    uint64_t m_seed = 0;  ///< of a head that the base lacks
};

struct ExportReport {
    std::string path, format;
    std::vector<std::string> files;
    double largestLogitDifference = 0;
};
struct ExportChoice {
    std::string format;        ///< one of exportFormats()
    std::string type = "f16";  ///< of a GGUF's matrices: f32 f16 bf16 q8_0 q4_0
};
/// peft (adapter folder), hf (merged model folder), gguf (merged model file), gguf-lora (adapter file).
const std::vector<std::string>& exportFormats();
/// Writes `target` into the new folder `out`, reopens what it wrote and measures the largest logit difference
/// on a fixed probe. Complete or absent. What is not rounded must come back the same.
Result<ExportReport> exportTarget(LoadedModel& target, const ExportChoice& choice,
                                  const std::filesystem::path& out);

/// Architecture, sizes and defaults of a base without loading weights.
Result<BaseFacts> describeBase(const std::string& base);
/// One bill a method (the recipe's own first when `onlyMethods` is empty), or the named ones.
Result<std::vector<Bill>> makeBills(const Recipe& recipe, const std::vector<std::string>& onlyMethods);

}  // namespace lathe
