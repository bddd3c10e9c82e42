// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hf/new_model.h"

#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/formats/hf/safetensors.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

/// Far above any model that is made here, so that a wrong number in a configuration cannot fill the memory.
constexpr int64_t kMaxSize = 1 << 16;

struct NewTensor {
    std::string name;
    std::vector<int64_t> shape;
    std::vector<float> values;
};

/// Normal numbers by Box and Muller: std::normal_distribution gives other ones with another library.
class NormalNumbers {
  public:
    explicit NormalNumbers(uint64_t seed) : m_random(seed) {}
    float next(double deviation) {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return static_cast<float>(deviation * radius * std::cos(2.0 * std::numbers::pi * uniform()));
    }

  private:
    /// In [0, 1).
    double uniform() { return static_cast<double>(m_random() >> 11) * 0x1p-53; }
    std::mt19937_64 m_random;
};

struct T5Sizes {
    int64_t vocabulary, hidden, inner, heads, headDim, encoderBlocks, decoderBlocks, buckets;
    double factor;  ///< initializer_factor: all deviations times this
};

Result<T5Sizes> readSizes(const Json& config, const std::string& place) {
    const auto type = jsonString(config, "model_type", "", place);
    LATHE_TRY(const bool tied, jsonBool(config, "tie_word_embeddings", true, place));
    LATHE_TRY(const std::string inner, jsonString(config, "feed_forward_proj", "relu", place));
    if (!type.ok() || type.value() != "t5" || !tied || inner != "relu")
        return Error{ErrorCode::Unsupported, "only a T5 with a tied head and relu can be made new", place,
                     ""};
    T5Sizes sizes{};
    const std::pair<const char*, int64_t*> keys[] = {{"vocab_size", &sizes.vocabulary},
                                                     {"d_model", &sizes.hidden},
                                                     {"d_ff", &sizes.inner},
                                                     {"num_heads", &sizes.heads},
                                                     {"d_kv", &sizes.headDim},
                                                     {"num_layers", &sizes.encoderBlocks},
                                                     {"num_decoder_layers", &sizes.decoderBlocks},
                                                     {"relative_attention_num_buckets", &sizes.buckets}};
    for (const auto& [key, size] : keys) {
        LATHE_TRY(*size, jsonInteger(config, key, 0, place));
        if (*size < 1 || *size > kMaxSize)
            return Error{ErrorCode::FileMalformed, std::string("\"") + key + "\" is out of range", place, ""};
    }
    LATHE_TRY(sizes.factor, jsonNumber(config, "initializer_factor", 1.0, place));
    return sizes;
}

/// The tensors in the order in which transformers lists them.
class T5Drawer {
  public:
    T5Drawer(const T5Sizes& sizes, uint64_t seed) : m_sizes(sizes), m_numbers(seed) {}

    std::vector<NewTensor> draw() {
        add("shared.weight", {m_sizes.vocabulary, m_sizes.hidden}, 1.0);
        stack("encoder", m_sizes.encoderBlocks, false);
        stack("decoder", m_sizes.decoderBlocks, true);
        return std::move(m_tensors);
    }

  private:
    void add(const std::string& name, const std::vector<int64_t>& shape, double deviation) {
        int64_t count = 1;
        for (const int64_t size : shape) count *= size;
        NewTensor tensor{name, shape, std::vector<float>(static_cast<std::size_t>(count))};
        for (float& value : tensor.values) value = m_numbers.next(m_sizes.factor * deviation);
        m_tensors.push_back(std::move(tensor));
    }
    void norm(const std::string& name) {
        m_tensors.push_back({name,
                             {m_sizes.hidden},
                             std::vector<float>(static_cast<std::size_t>(m_sizes.hidden),
                                                static_cast<float>(m_sizes.factor))});
    }
    void attention(const std::string& name, bool positions) {
        const int64_t hidden = m_sizes.hidden, inner = m_sizes.heads * m_sizes.headDim;
        const double fromHidden = 1.0 / std::sqrt(double(hidden));
        // The queries' share of the usual 1/sqrt(head size), which T5 leaves out of its attention.
        add(name + ".q.weight", {inner, hidden}, fromHidden / std::sqrt(double(m_sizes.headDim)));
        add(name + ".k.weight", {inner, hidden}, fromHidden);
        add(name + ".v.weight", {inner, hidden}, fromHidden);
        add(name + ".o.weight", {hidden, inner}, 1.0 / std::sqrt(double(inner)));
        if (positions)
            add(name + ".relative_attention_bias.weight", {m_sizes.buckets, m_sizes.heads}, fromHidden);
    }
    void feedForward(const std::string& name) {
        add(name + ".wi.weight", {m_sizes.inner, m_sizes.hidden}, 1.0 / std::sqrt(double(m_sizes.hidden)));
        add(name + ".wo.weight", {m_sizes.hidden, m_sizes.inner}, 1.0 / std::sqrt(double(m_sizes.inner)));
    }
    void stack(const std::string& name, int64_t blocks, bool decodes) {
        for (int64_t block = 0; block < blocks; ++block) {
            const std::string layers = name + ".block." + std::to_string(block) + ".layer.";
            attention(layers + "0.SelfAttention", block == 0);
            norm(layers + "0.layer_norm.weight");
            if (decodes) {
                attention(layers + "1.EncDecAttention", false);
                norm(layers + "1.layer_norm.weight");
            }
            const std::string last = layers + (decodes ? "2" : "1");
            feedForward(last + ".DenseReluDense");
            norm(last + ".layer_norm.weight");
        }
        norm(name + ".final_layer_norm.weight");
    }

    T5Sizes m_sizes;
    NormalNumbers m_numbers;
    std::vector<NewTensor> m_tensors;
};

}  // namespace

Result<void> writeNewModel(const fs::path& recipe, uint64_t seed, const fs::path& folder) {
    const fs::path configFile = recipe / "config.json";
    LATHE_TRY(const std::string text, readTextFile(configFile, kMaxConfigFile));
    LATHE_TRY(const Json config, parseJson(text, configFile.string()));
    LATHE_TRY(const T5Sizes sizes, readSizes(config, configFile.string()));
    std::error_code failure;
    for (fs::directory_iterator it(recipe, failure), end; !failure && it != end; it.increment(failure)) {
        LATHE_TRY(const std::string content, readTextFile(it->path()));
        LATHE_TRY_VOID(writeFile(folder / it->path().filename(), content));
    }
    const std::vector<NewTensor> tensors = T5Drawer(sizes, seed).draw();
    std::vector<TensorToWrite> written;
    for (const NewTensor& tensor : tensors)
        written.push_back({tensor.name, DType::F32, tensor.shape, std::as_bytes(std::span(tensor.values))});
    return writeSafetensors(folder / "model.safetensors", written);
}

}  // namespace lathe
