// SPDX-License-Identifier: GPL-3.0-or-later
// Whole runs on a tiny BERT with a WordPiece vocabulary of words.
#pragma once

#include <filesystem>

#include "core/base/files.h"
#include "core/catalog/catalog.h"
#include "core/formats/hf/safetensors.h"
#include "core/model/bert.h"
#include "core/train/run_session.h"
#include "tests/support/seen_events.h"

namespace lathe::test {

inline const std::vector<std::string> kWords{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good",
                                             "fine",  "bad",   "poor",  "film",  "book",   "a",
                                             "the",   "very",  "was",   "not"};

inline Json tinyBertConfig() {
    return {{"model_type", "bert"},          {"vocab_size", kWords.size()}, {"hidden_size", 16},
            {"intermediate_size", 24},       {"num_hidden_layers", 2},      {"num_attention_heads", 4},
            {"max_position_embeddings", 32}, {"type_vocab_size", 2},        {"hidden_dropout_prob", 0.0}};
}

/// A base folder: config.json, vocab.txt and the body's weights without a head.
inline std::string makeBase(const TemporaryFolder& folder) {
    folder.write("base/config.json", tinyBertConfig().dump());
    std::string vocabulary;
    for (const std::string& word : kWords) vocabulary += word + "\n";
    folder.write("base/vocab.txt", vocabulary);
    const auto model = bertArchitecture().build(tinyBertConfig(), {HeadKind::SequenceClassification, 2});
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(1);
    const at::NoGradGuard noGrad;
    std::vector<TensorToWrite> tensors;
    const auto parameters = model->named_parameters();
    for (const auto& item : parameters) {
        if (item.key().rfind("classifier", 0) == 0) continue;
        at::Tensor tensor = item.value();
        tensor.normal_(item.key().find("LayerNorm.weight") != std::string::npos ? 1 : 0, 0.5, generator);
        tensors.push_back({item.key(),
                           DType::F32,
                           tensor.sizes().vec(),
                           {static_cast<const std::byte*>(tensor.data_ptr()), tensor.nbytes()}});
    }
    LATHE_CHECK(writeSafetensors(folder.path() / "base/model.safetensors", tensors).ok());
    return (folder.path() / "base").string();
}

inline std::string makeRows(const TemporaryFolder& folder, const std::string& name, int count) {
    std::string text = "text\tlabel\n";
    for (int i = 0; i < count; ++i) {
        const bool good = i % 2 == 0;
        text += std::string(i % 3 ? "the " : "a very ") +
                (good ? (i % 4 ? "fine" : "good") : (i % 5 ? "bad" : "poor")) +
                (i % 7 ? " film" : " book was the book") + "\t" + (good ? "positive" : "negative") + "\n";
    }
    return folder.write(name, text).string();
}

inline Recipe makeRecipe(const TemporaryFolder& folder, const std::string& method = "lora") {
    Recipe recipe;
    recipe.task = "classification";
    recipe.base = makeBase(folder);
    recipe.data.train = makeRows(folder, "train.tsv", 60);
    recipe.data.validation = makeRows(folder, "dev.tsv", 20);
    recipe.data.columns = {{"text", "text"}, {"label", "label"}};
    recipe.methods.front().name = method;
    recipe.train.batchSize = 10;
    recipe.train.maxSteps = 40;
    recipe.train.learningRate = 5e-3;
    recipe.train.warmupSteps = 4;
    recipe.train.evalEvery = 10;
    recipe.train.saveEvery = 15;
    recipe.device = "cpu";
    if (method == "lora") {
        recipe.methods.front().values["dropout"] = 0.1;
        recipe.methods.front().values["target_modules"] = std::vector<std::string>{"all-linear"};
    }
    LATHE_CHECK(checkRecipe(recipe, engineCatalog()).empty());
    return recipe;
}

inline FinishedEvent resumed(const std::filesystem::path& run) {
    RunControl control;
    return resumeRun(run, control, {});
}

/// A run of six steps in `folder`/run, stopped after the third when that is asked for.
inline std::filesystem::path shortRun(const TemporaryFolder& folder, bool stopped) {
    Recipe recipe = makeRecipe(folder);
    recipe.train.maxSteps = 6;
    RunControl control;
    const FinishedEvent end = runRecipe(recipe, folder.path() / "run", control, [&](const Event& event) {
        const auto* step = std::get_if<StepEvent>(&event);
        if (stopped && step && step->step == 3) control.stop = true;
    });
    LATHE_CHECK(end.status == (stopped ? RunStatus::Stopped : RunStatus::Done));
    return folder.path() / "run";
}

/// The bytes of every file below a folder.
inline std::map<std::string, std::string> filesOf(const std::filesystem::path& folder) {
    std::map<std::string, std::string> files;
    for (const std::filesystem::directory_entry& entry :
         std::filesystem::recursive_directory_iterator(folder))
        if (entry.is_regular_file()) files[entry.path().string()] = readTextFile(entry.path()).value();
    return files;
}

}  // namespace lathe::test
