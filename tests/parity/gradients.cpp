// SPDX-License-Identifier: GPL-3.0-or-later
// For the parity suite: one backward pass of a task's loss over given rows, all weights training.
//   parity_gradients MODEL TASK LABELS ROWS.json OUT.safetensors
// ROWS.json: a list of {"ids", "targets"?, "target_ids"?, "label"?}; prints {"loss": mean over the targets}.
#include <cstdio>

#include "core/base/files.h"
#include "core/batches/batch_loader.h"
#include "core/catalog/catalog.h"
#include "core/formats/hf/safetensors.h"
#include "core/objectives/objective.h"
#include "core/run/base_model.h"

using namespace lathe;

namespace {

Example exampleOf(const Json& row) {
    Example example;
    const std::vector<int32_t> none;
    example.ids = row.at("ids").get<std::vector<int32_t>>();
    example.targets = row.value("targets", none);
    example.decoderTargets = row.value("target_ids", none);
    example.label = row.value("label", int64_t(-1));
    return example;
}

Result<void> writeGradients(const LanguageModel& model, const std::filesystem::path& file) {
    std::vector<at::Tensor> held;
    std::vector<TensorToWrite> tensors;
    const auto parameters = model.named_parameters();
    for (const auto& item : parameters) {
        if (!item.value().grad().defined()) continue;
        held.push_back(item.value().grad().contiguous());
        const at::Tensor& values = held.back();
        tensors.push_back({item.key(),
                           DType::F32,
                           values.sizes().vec(),
                           {static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()}});
    }
    return writeSafetensors(file, tensors);
}

Result<double> backward(char** arguments) {
    const std::string base = arguments[1], rowsFile = arguments[4];
    LATHE_TRY(const auto objective, makeObjective(arguments[2]));
    const HeadChoice head{objective->head(), std::stoll(arguments[3])};
    LATHE_TRY(const auto path, resolveBase(base));
    LATHE_TRY(const ModelSource source, openModel(path));
    LATHE_TRY(const std::string type, jsonString(source.config, "model_type", "", base));
    LATHE_TRY(const Architecture* architecture, findArchitecture(type));
    const auto model = architecture->build(source.config, head);
    LATHE_TRY([[maybe_unused]] const auto fresh, loadWeights(*model, *source.weights, 0));
    model->eval();  // dropout off; the gradients are those of training otherwise

    LATHE_TRY(const std::string text, readTextFile(rowsFile));
    LATHE_TRY(const Json rows, parseJson(text, rowsFile));
    std::vector<Example> examples;
    for (const Json& row : rows) examples.push_back(exampleOf(row));
    std::vector<const Example*> chosen;
    for (const Example& example : examples) chosen.push_back(&example);
    const Batch batch = makeBatch(chosen, batchSettingsFor(*model, 0, at::kCPU));
    const at::Tensor loss = objective->lossSum(*model, batch) / double(batch.targetCount);
    loss.backward();
    LATHE_TRY_VOID(writeGradients(*model, arguments[5]));
    return loss.item<double>();
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 6) return 2;
    const auto loss = backward(arguments);
    if (!loss.ok()) {
        std::fprintf(stderr, "%s\n", loss.error().text().c_str());
        return 1;
    }
    std::printf("{\"loss\": %.9g}\n", loss.value());
    return 0;
}
