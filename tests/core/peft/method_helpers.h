// SPDX-License-Identifier: GPL-3.0-or-later
// Tiny models, real bases' shapes and complete settings for the tests of methods.
#pragma once

#include "core/model/bert.h"
#include "core/model/llama.h"
#include "core/peft/method.h"
#include "tests/core/model/model_helpers.h"

namespace lathe::test {

inline MethodSettings settingsOf(const Method& method, const Settings& changes = {}) {
    MethodSettings settings = defaultSettings(method.entry());
    for (const auto& [key, value] : changes) settings.values[key] = value;
    return settings;
}

/// The method alone on the model, and what it trains set free.
inline Result<void> attachTo(LanguageModel& model, const Method& method, const MethodSettings& settings,
                             uint64_t seed = 1) {
    return attachMethods({{&method, settings}}, model, {seed});
}

inline FieldValue names(const std::vector<std::string>& list) {
    return list;
}

inline Json smallLlamaConfig() {
    return {{"model_type", "llama"},
            {"vocab_size", 23},
            {"hidden_size", 12},
            {"intermediate_size", 20},
            {"num_hidden_layers", 2},
            {"num_attention_heads", 3},
            {"num_key_value_heads", 1},
            {"head_dim", 4},
            {"max_position_embeddings", 64},
            {"rms_norm_eps", 1e-5},
            {"tie_word_embeddings", true}};
}

inline Json smallBertConfig() {
    return {{"model_type", "bert"},          {"vocab_size", 29},         {"hidden_size", 8},
            {"num_hidden_layers", 2},        {"num_attention_heads", 2}, {"intermediate_size", 12},
            {"max_position_embeddings", 16}, {"type_vocab_size", 2}};
}

inline std::shared_ptr<LanguageModel> smallLlama() {
    auto model = llamaArchitecture().build(smallLlamaConfig(), {HeadKind::LanguageModel});
    fillByFormula(*model);
    model->eval();
    return model;
}

inline std::shared_ptr<LanguageModel> smallBert() {
    auto model = bertArchitecture().build(smallBertConfig(), {HeadKind::SequenceClassification, 3});
    fillByFormula(*model);
    model->eval();
    return model;
}

/// all-MiniLM-L6 with two classes, and SmolLM2-135M: the shapes only.
inline ModelShape miniLmShape() {
    Json config = smallBertConfig();
    config["vocab_size"] = 30522;
    config["hidden_size"] = 384;
    config["num_hidden_layers"] = 6;
    config["num_attention_heads"] = 12;
    config["intermediate_size"] = 1536;
    config["max_position_embeddings"] = 512;
    return bertArchitecture().shape(config, {HeadKind::SequenceClassification, 2}).value();
}

inline ModelShape smolLmShape() {
    Json config = smallLlamaConfig();
    config["vocab_size"] = 49152;
    config["hidden_size"] = 576;
    config["intermediate_size"] = 1536;
    config["num_hidden_layers"] = 30;
    config["num_attention_heads"] = 9;
    config["num_key_value_heads"] = 3;
    config["head_dim"] = 64;
    config["max_position_embeddings"] = 8192;
    return llamaArchitecture().shape(config, {HeadKind::LanguageModel}).value();
}

/// One row of ids, as the reference read it.
inline Batch oneRow() {
    Batch batch;
    batch.ids = at::tensor({3, 7, 1, 20, 11, 5}, at::kLong).view({1, 6});
    batch.positions = at::arange(6, at::kLong).unsqueeze(0);
    batch.lengths = at::tensor({6}, at::kLong);
    return batch;
}

/// (time, vocabulary) of a language model, (1, labels) of a classifier, for oneRow().
inline at::Tensor answers(LanguageModel& model) {
    const Batch batch = oneRow();
    const at::Tensor hidden = model.hidden(batch);
    if (model.shape().labels > 0) return model.classify(hidden, batch);
    return languageLogits(hidden[0], model.languageHead());
}

inline int64_t trainableCount(LanguageModel& model) {
    int64_t count = 0;
    for (const at::Tensor& parameter : model.parameters())
        if (parameter.requires_grad()) count += parameter.numel();
    return count;
}

}  // namespace lathe::test
