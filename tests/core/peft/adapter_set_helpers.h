// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters with random values on disk, several for one tiny model.
#pragma once

#include "core/peft/adapter_io.h"
#include "core/peft/adapter_set.h"
#include "core/peft/methods/lora.h"
#include "tests/core/peft/method_helpers.h"

namespace lathe::test {

inline std::shared_ptr<LanguageModel> bertWith(int64_t labels) {
    auto model = bertArchitecture().build(smallBertConfig(), {HeadKind::SequenceClassification, labels});
    fillByFormula(*model);
    model->eval();
    return model;
}

/// Attaches `method` to `model`, draws everything it trains from `seed`, and saves that as the folder.
inline std::filesystem::path writeRandomAdapter(const TemporaryFolder& folder, LanguageModel& model,
                                                const AdapterMethod& method, const std::string& name,
                                                uint64_t seed, const Settings& changes = {}) {
    const MethodSettings settings = settingsOf(method, changes);
    LATHE_CHECK(attachTo(model, method, settings).ok());
    const at::NoGradGuard noGrad;
    at::Generator generator = at::detail::createCPUGenerator(seed);
    for (auto& item : model.named_parameters())
        if (item.value().requires_grad()) item.value().normal_(0, 0.3, generator);
    std::filesystem::create_directory(folder.path() / name);
    LATHE_CHECK(saveAdapter(model, method, settings, "some/base", folder.path() / name).ok());
    return folder.path() / name;
}

/// Reads a folder into the set, whose model has `shape` with it.
inline Result<void> loadInto(AdapterSet& set, const std::string& name, const AdapterMethod& method,
                             const std::filesystem::path& path, const ModelShape& shape) {
    LATHE_TRY(const AdapterFolder opened, openAdapterFolder(path));
    return set.load(name, {{&method, &opened}}, shape);
}

}  // namespace lathe::test
