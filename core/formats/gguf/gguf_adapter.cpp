// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/gguf/gguf_adapter.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/base/mapped_guard.h"
#include "core/formats/gguf/gguf_file.h"
#include "core/formats/gguf/gguf_names.h"
#include "core/formats/weights/widen.h"

namespace lathe {
namespace {

constexpr std::string_view kA = ".lora_a", kB = ".lora_b";

/// The tensors as floats in PEFT's order: an adapter is small enough to be held.
class HeldWeights : public WeightSource {
  public:
    void add(TensorInfo info, std::vector<float> values) {
        m_values.emplace(info.name, m_tensors.size());
        m_tensors.push_back(std::move(info));
        m_held.push_back(std::move(values));
    }
    const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
    const TensorInfo* find(const std::string& name) const override {
        const auto it = m_values.find(name);
        return it == m_values.end() ? nullptr : &m_tensors[it->second];
    }
    Result<void> readFloat(const TensorInfo& info, std::span<float> out) const override {
        const auto& values = m_held[m_values.at(info.name)];
        LATHE_CHECK(out.size() == values.size());
        std::copy(values.begin(), values.end(), out.begin());
        return {};
    }

  private:
    std::vector<TensorInfo> m_tensors;
    std::vector<std::vector<float>> m_held;
    std::map<std::string, std::size_t> m_values;
};

Error malformed(const std::string& message, const std::string& place) {
    return {ErrorCode::FileMalformed, message, place, "make the adapter's file again"};
}

/// A whole number of the base's config; the fallback without one.
int64_t countOf(const Json& config, const char* key, int64_t fallback = 0) {
    const auto it = config.find(key);
    const bool counts = it != config.end() && it->is_number_integer() && it->get<int64_t>() > 0;
    return counts ? it->get<int64_t>() : fallback;
}

Result<void> checkFit(const std::string& architecture, const Json& baseConfig, const std::string& place) {
    LATHE_TRY(const std::string modelType,
              jsonString(baseConfig, "model_type", "", "the base's config.json"));
    const std::string wanted = ggufArchitecture(modelType);
    if (architecture == wanted) return {};
    if (architecture.empty()) return malformed("\"general.architecture\" is missing", place);
    return Error{ErrorCode::ModelMismatch,
                 "the adapter is for a " + architecture + " model, the base is a " + wanted + " model", place,
                 "name the base that the adapter was trained on"};
}

std::vector<float> inCheckpointOrder(const std::vector<float>& values, std::size_t rows, std::size_t heads) {
    const std::size_t columns = values.size() / rows;
    std::vector<float> moved(values.size());
    for (std::size_t row = 0; row < rows; ++row)
        std::copy_n(values.begin() + std::ptrdiff_t(row * columns), columns,
                    moved.begin() + std::ptrdiff_t(rotaryRowInCheckpoint(row, rows / heads) * columns));
    return moved;
}

struct Reader {
    const GgufFile& file;
    std::string architecture, place;
    int64_t heads = 0, kvHeads = 0;
    int64_t rank = 0;
    std::set<std::string> modules{}, halves{};
    std::unique_ptr<HeldWeights> weights = std::make_unique<HeldWeights>();

    Result<void> add(const GgufTensor& tensor) {
        const std::string here = place + ": " + tensor.name;
        const bool isA = tensor.name.ends_with(kA), isB = tensor.name.ends_with(kB);
        const std::string base = tensor.name.substr(0, tensor.name.size() - kA.size());
        const auto name = isA || isB ? huggingFaceName(architecture, base) : std::nullopt;
        if (!name || name->text.empty() || !name->text.ends_with(".weight"))
            return Error{ErrorCode::Unsupported, "the tensor has no place in a LoRA adapter", here, ""};
        if (tensor.dims.size() != 2 || tensor.elements == 0)
            return malformed("the tensor should be a matrix", here);
        const auto own = static_cast<int64_t>(isA ? tensor.dims[1] : tensor.dims[0]);
        if (rank != 0 && own != rank)
            return Error{ErrorCode::Unsupported, "ranks that differ from layer to layer", here, ""};
        rank = own;
        std::vector<float> values(tensor.elements);
        widenToFloat(tensor.dtype, file.bytesOf(tensor), values);
        LATHE_TRY_VOID(checkMapping(file.bytesOf(tensor), file.file.path()));
        const bool rotary = name->order == GgufOrder::RotaryQuery || name->order == GgufOrder::RotaryKey;
        if (isB && rotary) {
            const auto count =
                static_cast<std::size_t>(name->order == GgufOrder::RotaryQuery ? heads : kvHeads);
            if (count == 0 || tensor.dims[1] % (2 * count) != 0)
                return malformed("the rows do not fit the base's head count", here);
            values = inCheckpointOrder(values, tensor.dims[1], count);
        }
        const std::string module = name->text.substr(0, name->text.size() - 7);
        modules.insert(module);
        if (!halves.insert(module + (isA ? "A" : "B")).second)
            return malformed("the tensor is there twice", here);
        const std::string full = "base_model.model." + module + (isA ? ".lora_A.weight" : ".lora_B.weight");
        weights->add({full,
                      DType::F32,
                      {static_cast<int64_t>(tensor.dims[1]), static_cast<int64_t>(tensor.dims[0])},
                      tensor.elements,
                      tensor.elements * sizeof(float)},
                     std::move(values));
        return {};
    }
};

}  // namespace

Result<AdapterFolder> openGgufAdapter(const std::filesystem::path& path, const Json& baseConfig) {
    LATHE_TRY(const GgufFile file, openGguf(path));
    const std::string place = path.string();
    LATHE_TRY(const std::string type, jsonString(file.metadata, "general.type", "", place));
    LATHE_TRY(const std::string kind, jsonString(file.metadata, "adapter.type", "", place));
    if (type != "adapter" || kind != "lora")
        return Error{ErrorCode::Unsupported, "the file is no LoRA adapter", place,
                     "a whole model is given as the base, not as an adapter"};
    LATHE_TRY(const std::string architecture, jsonString(file.metadata, "general.architecture", "", place));
    LATHE_TRY_VOID(checkFit(architecture, baseConfig, place));
    LATHE_TRY(const double alpha, jsonNumber(file.metadata, "adapter.lora.alpha", 0, place));
    const int64_t heads = countOf(baseConfig, "num_attention_heads");
    Reader reader{file, architecture, place, heads, countOf(baseConfig, "num_key_value_heads", heads)};
    for (const GgufTensor& tensor : file.tensors) LATHE_TRY_VOID(reader.add(tensor));
    if (reader.modules.empty() || reader.halves.size() != 2 * reader.modules.size())
        return malformed("a layer lacks one half of its pair", place);
    AdapterFolder adapter;
    // Without an alpha llama.cpp takes the product as it is.
    adapter.config = {{"peft_type", "LORA"},
                      {"r", reader.rank},
                      {"lora_alpha", alpha == 0 ? double(reader.rank) : alpha},
                      {"target_modules", reader.modules}};
    adapter.weights = std::move(reader.weights);
    return adapter;
}

}  // namespace lathe
