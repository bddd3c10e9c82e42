// SPDX-License-Identifier: GPL-3.0-or-later
// Base folders on disk with tiny models inside, for tests that open, export and reopen.
#pragma once

#include "core/formats/hf/safetensors.h"
#include "core/peft/adapter_io.h"
#include "core/peft/methods/lora.h"
#include "tests/core/peft/method_helpers.h"

namespace lathe::test {

inline const char* const kTinyWords[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "fine", "bad",
                                         "poor",  "film",  "book",  "a",     "the",    "very", "was",  "not",
                                         "one",   "two",   "red",   "blue",  "sun",    "sea",  "cat",  "dog",
                                         "tea",   "cup",   "ink",   "pen",   "map"};

/// config.json, vocab.txt and model.safetensors without a classification head; the folder's path.
inline std::filesystem::path writeTinyBase(const TemporaryFolder& folder, LanguageModel& model,
                                           const Json& config) {
    folder.write("base/config.json", config.dump());
    std::string vocabulary;
    for (int64_t i = 0; i < model.shape().vocabulary; ++i) vocabulary += std::string(kTinyWords[i]) + "\n";
    folder.write("base/vocab.txt", vocabulary);
    std::vector<TensorToWrite> tensors;
    const auto parameters = model.named_parameters();
    for (const auto& item : parameters) {
        if (item.key().starts_with("classifier")) continue;
        const at::Tensor& values = item.value();
        tensors.push_back({item.key(),
                           DType::F32,
                           values.sizes().vec(),
                           {static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()}});
    }
    LATHE_CHECK(writeSafetensors(folder.path() / "base/model.safetensors", tensors).ok());
    return folder.path() / "base";
}

/// A LoRA adapter with the formula's values for `model`, in a new folder `name`.
inline std::filesystem::path writeTinyAdapter(const TemporaryFolder& folder,
                                              std::shared_ptr<LanguageModel> model, const std::string& name,
                                              const Settings& changes) {
    const MethodSettings settings = settingsOf(loraMethod(), changes);
    LATHE_CHECK(attachMethods({{&loraMethod(), settings}}, *model, {1}).ok());
    fillByFormula(*model);
    std::filesystem::create_directory(folder.path() / name);
    LATHE_CHECK(saveAdapter(*model, loraMethod(), settings, "some/base", folder.path() / name).ok());
    return folder.path() / name;
}

inline const std::vector<int64_t> kProbe{3, 7, 1, 20, 11, 5};

}  // namespace lathe::test
