// SPDX-License-Identifier: GPL-3.0-or-later
// A tiny Llama with a few rows, enough to train for real in milliseconds.
#pragma once

#include "core/batches/batch_loader.h"
#include "core/catalog/catalog.h"
#include "core/model/llama.h"
#include "core/objectives/language.h"
#include "core/optim/optimizer.h"
#include "core/train/trainer.h"
#include "tests/support/engine_support.h"

namespace lathe::test {

inline Json tinyLlamaConfig() {
    return {{"model_type", "llama"},
            {"vocab_size", 31},
            {"hidden_size", 16},
            {"intermediate_size", 24},
            {"num_hidden_layers", 2},
            {"num_attention_heads", 4},
            {"num_key_value_heads", 2},
            {"head_dim", 4},
            {"max_position_embeddings", 64},
            {"rms_norm_eps", 1e-5},
            {"tie_word_embeddings", true}};
}

inline std::shared_ptr<LanguageModel> tinyLlama() {
    auto model = llamaArchitecture().build(tinyLlamaConfig(), {HeadKind::LanguageModel});
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(7);
    const at::NoGradGuard noGrad;
    for (at::Tensor& tensor : model->parameters()) tensor.normal_(0, 0.2, generator);
    return model;
}

/// Rows of different lengths with different numbers of targets.
inline std::vector<Example> tinyRows(std::size_t count) {
    std::vector<Example> rows(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t length = 3 + (i * 5) % 7;
        for (std::size_t t = 0; t < length; ++t) {
            rows[i].ids.push_back(static_cast<int32_t>((i * 11 + t * 3) % 31));
            rows[i].targets.push_back(t > i % 3 ? rows[i].ids.back() : kNoTarget);
        }
    }
    return rows;
}

/// Model, optimiser and loader of one run; LoRA with the given dropout, or everything when rank is 0.
struct TinyRun {
    std::shared_ptr<LanguageModel> model = tinyLlama();
    std::vector<Example> rows = tinyRows(10);
    LanguageObjective objective{HeadKind::LanguageModel};
    std::unique_ptr<AdamW> optimizer;
    std::unique_ptr<BatchLoader> loader;

    TinyRun(int64_t batchSize, int64_t accumulation, int64_t rank, double dropout) {
        MethodSettings settings = defaultSettings(findMethod(rank > 0 ? "lora" : "full")->entry());
        if (rank > 0) {
            settings.values["rank"] = rank;
            settings.values["dropout"] = dropout;
            settings.values["target_modules"] = std::vector<std::string>{"q_proj", "v_proj"};
        }
        const auto attached = attachMethods({{findMethod(settings.name), settings}}, *model, {3});
        LATHE_CHECK(attached.ok());
        optimizer = std::make_unique<AdamW>(trainedParameters(*model, at::kFloat), AdamWSettings{});
        BatchLoader::Settings how;
        how.order.batchSize = batchSize;
        how.order.accumulation = accumulation;
        how.order.seed = 5;
        loader = std::make_unique<BatchLoader>(rows, how);
        model->train();
    }
    double step(double learningRate) {
        return trainStep(*model, objective, *optimizer, loader->nextStep(), learningRate).item<double>();
    }
};

}  // namespace lathe::test
