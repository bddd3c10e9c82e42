// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/export/gguf_files.h"

#include <cmath>

#include "core/base/files.h"
#include "core/formats/gguf/gguf_export.h"
#include "core/formats/gguf/gguf_writer.h"
#include "core/formats/model_folder.h"
#include "core/formats/weights/narrow.h"
#include "core/formats/weights/widen.h"
#include "core/peft/low_rank.h"
#include "core/peft/merged_weights.h"
#include "core/tokenizer/files/modelfile_tokenizer.h"
#include "core/tokenizer/files/tokenizer_files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr const char* kMergedInstead = "export the merged model instead: --to gguf or --to hf";

Error refused(const std::string& what, const std::string& place, const std::string& wayOut) {
    return {ErrorCode::Unsupported, "a GGUF adapter cannot hold " + what, place, wayOut};
}

std::span<const float> spanOf(const at::Tensor& tensor) {
    return {tensor.const_data_ptr<float>(), static_cast<std::size_t>(tensor.numel())};
}

/// Vectors, norms and positions stay float32; a row that is no whole number of blocks takes float16.
DType typeFor(const ParameterShape& about, DType wanted) {
    if (about.shape.size() < 2 || about.isNorm || about.name.ends_with("wpe.weight")) return DType::F32;
    const int64_t row = about.isTransposed ? about.shape[0] : about.shape[1];
    return row % blockLayout(wanted).elements == 0 ? wanted : DType::F16;
}

Result<void> checkRange(const at::Tensor& values, DType dtype, const std::string& name) {
    if (values.abs().max().item<float>() <= largestValueOf(dtype)) return {};
    return Error{ErrorCode::Unsupported,
                 std::string("a value is too large for ") + dtypeName(dtype) + " in a GGUF file", name,
                 "export it with --type bf16 or f32"};
}

Result<std::vector<GgufTensorToWrite>> tensorsOf(const MergedWeights& weights, const GgufPlan& plan,
                                                 DType dtype) {
    std::vector<GgufTensorToWrite> tensors;
    for (const ParameterShape& about : weights.parameters()) {
        const auto name = ggufName(plan.architecture, about.name);
        if (!name)
            return Error{ErrorCode::Unsupported, "a GGUF file has no place for this tensor", about.name,
                         "export the model as hf"};
        LATHE_TRY(const at::Tensor merged, weights.of(about.name));
        std::vector<float> values(spanOf(merged).begin(), spanOf(merged).end());
        std::vector<int64_t> shape = about.shape;
        toGgufOrder(plan, name->order, shape, values);
        const DType type = typeFor(about, dtype);
        LATHE_TRY_VOID(checkRange(merged, type, about.name));
        tensors.push_back({name->text, type, shape, narrowFromFloat(type, values)});
    }
    if (!plan.ropeFactors.empty())
        tensors.push_back({"rope_freqs.weight",
                           DType::F32,
                           {static_cast<int64_t>(plan.ropeFactors.size())},
                           narrowFromFloat(DType::F32, plan.ropeFactors)});
    return tensors;
}

/// The largest rounding of a value, as a share of the largest value of its tensor.
double roundingOf(DType dtype) {
    switch (dtype) {
        case DType::F32:
            return 0;
        case DType::F16:
            return 1.0 / 2048;
        case DType::BF16:
            return 1.0 / 256;
        case DType::Q8_0:
            return 1.13 / 254;  // half a step, and the scale itself is a half
        default:
            return 1.01 / 8;
    }
}

/// Opens the file as a model and holds every tensor against the weights it was made of.
Result<void> readBack(const MergedWeights& weights, const fs::path& file) {
    LATHE_TRY(const ModelSource written, openModel(file));
    for (const ParameterShape& about : weights.parameters()) {
        const TensorInfo* info = written.weights->find(about.name);
        if (!info || info->shape != about.shape)
            return Error{ErrorCode::Internal, "the written file lacks this tensor", about.name,
                         "nothing was kept; please report this"};
        at::Tensor found = at::empty(about.shape);
        LATHE_TRY_VOID(written.weights->readFloat(
            *info, {found.data_ptr<float>(), static_cast<std::size_t>(info->elements)}));
        LATHE_TRY(const at::Tensor wanted, weights.of(about.name));
        const double largest = wanted.abs().max().item<double>();
        if (!((found - wanted).abs().max().item<double>() <= roundingOf(info->dtype) * largest))
            return Error{ErrorCode::Internal, "the written tensor is not what was to be written", about.name,
                         "nothing was kept; please report this"};
    }
    return {};
}

}  // namespace

Result<void> writeGgufModel(LoadedModel& target, DType dtype, const fs::path& folder) {
    if (target.model->shape().head != HeadKind::LanguageModel)
        return Error{ErrorCode::Unsupported, "only models that write text go into a GGUF file",
                     target.basePath, "export the model as hf"};
    const MergedWeights weights(*target.model);
    LATHE_TRY(GgufPlan plan, planGguf(weights.config(target.baseConfig), target.basePath));
    LATHE_TRY(const ModelSource source, openModel(target.basePath));
    LATHE_TRY(const OrderedJson keys,
              ggufTokenizerKeys(source.ggufMetadata, source.path, target.model->shape().vocabulary));
    plan.metadata["general.file_type"] = ggufFileType(dtype);
    plan.metadata["general.quantization_version"] = 2;
    plan.metadata.update(keys);
    LATHE_TRY(const std::string chatTemplate, target.trainedTemplate());
    if (!chatTemplate.empty()) plan.metadata["tokenizer.chat_template"] = chatTemplate;
    LATHE_TRY(const auto tensors, tensorsOf(weights, plan, dtype));
    LATHE_TRY_VOID(writeGguf(folder / kGgufModelFile, plan.metadata, tensors));
    LATHE_TRY_VOID(readBack(weights, folder / kGgufModelFile));
    // A template that is not known is in the file all the same; only the Modelfile goes without.
    const auto format = target.chatFormat();
    if (!format.ok()) return {};
    return writeFile(folder / "Modelfile",
                     ollamaModelfile(std::string("./") + kGgufModelFile, format.value(), *target.tokenizer));
}

Result<void> writeGgufAdapter(LoadedModel& target, const fs::path& folder) {
    const std::string& place = target.basePath;
    if (target.methods.size() != 1 || target.methods.front().name != "lora")
        return refused("anything but one LoRA adapter", place, kMergedInstead);
    LATHE_TRY(const auto methods, target.weightedMethods());
    const Settings& settings = methods.front().settings.values;
    const double rank = double(integerSetting(settings, "rank", 8)),
                 alpha = numberSetting(settings, "alpha", 16);
    if (boolSetting(settings, "use_rslora", false))
        return refused("rank-stabilised scaling", place,
                       "export the merged model (--to gguf), or train with use_rslora: false and alpha: " +
                           std::to_string(alpha * std::sqrt(rank)));
    if (hasPatterns(settings)) return refused("layers of different rank or alpha", place, kMergedInstead);
    if (const std::string init = textSetting(settings, "init", "default"); init == "pissa" || init == "olora")
        return refused("a start from the base's own weights (" + init + ")", place,
                       "export it with --to peft first and that adapter with --to gguf-lora");
    if (!listSetting(settings, "modules_to_save").empty())
        return refused("modules that train whole", place, kMergedInstead);
    // llama.cpp reads an alpha of 0 as none: the product is taken as it is.
    if (alpha == 0) return refused("an adapter that changes nothing", place, kMergedInstead);
    if (textSetting(settings, "bias", "none") != "none")
        return refused("trained biases", place, kMergedInstead);
    if (target.model->shape().trainsHead()) return refused("a trained head", place, "export the model as hf");
    for (const auto& [name, lookup] : target.model->lookups())
        if (lookup->hasAdapter()) return refused("an adapter of an embedding", name, kMergedInstead);
    LATHE_TRY(const GgufPlan plan, planGguf(target.baseConfig, place));
    OrderedJson metadata{{"general.architecture", plan.architecture},
                         {"general.type", "adapter"},
                         {"adapter.type", "lora"},
                         {"adapter.lora.alpha", alpha}};
    std::vector<GgufTensorToWrite> tensors;
    const MergedWeights weights(*target.model);
    for (const auto& [module, projection] : target.model->projections()) {
        if (!projection->hasAdapter()) continue;
        if (module == kLanguageHead) return refused("an adapter of the head", module, kMergedInstead);
        const auto name = ggufName(plan.architecture, module + ".weight");
        if (!name) return refused("this layer", module, kMergedInstead);
        for (const char half : {'A', 'B'}) {
            LATHE_TRY(const at::Tensor factor, weights.of(module + ".lora_" + half + ".weight"));
            std::vector<float> values(spanOf(factor).begin(), spanOf(factor).end());
            std::vector<int64_t> shape = factor.sizes().vec();
            // A's columns and B's rows are those of the plain (out, in) weight, whatever its layout.
            if (half == 'B' && name->order != GgufOrder::Transposed)
                toGgufOrder(plan, name->order, shape, values);
            tensors.push_back({name->text + (half == 'A' ? ".lora_a" : ".lora_b"), DType::F32, shape,
                               narrowFromFloat(DType::F32, values)});
        }
    }
    if (tensors.empty()) return refused("a model without an adapter", place, kMergedInstead);
    return writeGguf(folder / kGgufAdapterFile, metadata, tensors);
}

}  // namespace lathe
