// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/gguf/gguf_model.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>
#include <unordered_map>

#include "core/base/mapped_guard.h"
#include "core/formats/gguf/gguf_file.h"
#include "core/formats/gguf/gguf_names.h"
#include "core/formats/weights/widen.h"

namespace lathe {
namespace {

struct StoredTensor {
    std::size_t index = 0;  ///< into GgufFile::tensors
    GgufOrder order = GgufOrder::AsStored;
    int64_t heads = 0;  ///< of Rotary rows
};

class GgufWeights : public WeightSource {
  public:
    explicit GgufWeights(GgufFile file) : m_file(std::move(file)) {}

    const GgufFile& file() const { return m_file; }
    void add(TensorInfo info, StoredTensor stored) {
        m_index.emplace(info.name, m_tensors.size());
        m_tensors.push_back(std::move(info));
        m_stored.push_back(stored);
    }

    const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
    const TensorInfo* find(const std::string& name) const override {
        const auto it = m_index.find(name);
        return it == m_index.end() ? nullptr : &m_tensors[it->second];
    }
    Result<void> readFloat(const TensorInfo& info, std::span<float> out) const override {
        const auto it = m_index.find(info.name);
        LATHE_CHECK(it != m_index.end());
        const StoredTensor& stored = m_stored[it->second];
        const GgufTensor& tensor = m_file.tensors[stored.index];
        LATHE_CHECK(out.size() == tensor.elements);
        switch (stored.order) {
            case GgufOrder::AsStored:
                widenToFloat(tensor.dtype, m_file.bytesOf(tensor), out);
                break;
            case GgufOrder::RotaryQuery:
            case GgufOrder::RotaryKey:
                readRotary(tensor, stored.heads, out);
                break;
            case GgufOrder::Transposed:
                readTransposed(tensor, out);
                break;
        }
        const auto bytes = m_file.bytesOf(tensor);
        LATHE_TRY_VOID(checkMapping(bytes, m_file.file.path()));
        // Its pages no longer count as our memory.
        const auto begin = static_cast<std::size_t>(bytes.data() - m_file.file.bytes().data());
        m_file.file.release(begin, begin + bytes.size());
        return {};
    }

  private:
    void readRotary(const GgufTensor& tensor, int64_t heads, std::span<float> out) const {
        const bool matrix = tensor.dims.size() == 2;
        const std::size_t columns = matrix ? tensor.dims[0] : 1;
        const std::size_t rows = matrix ? tensor.dims[1] : tensor.dims[0];
        if (rows == 0 || columns == 0) return;
        const std::size_t headDim = rows / static_cast<std::size_t>(heads);
        const auto bytes = m_file.bytesOf(tensor);
        const std::size_t rowBytes = bytes.size() / rows;
        for (std::size_t row = 0; row < rows; ++row)
            widenToFloat(tensor.dtype, bytes.subspan(row * rowBytes, rowBytes),
                         out.subspan(rotaryRowInCheckpoint(row, headDim) * columns, columns));
    }

    void readTransposed(const GgufTensor& tensor, std::span<float> out) const {
        const std::size_t columns = tensor.dims[0], rows = tensor.dims[1];
        std::vector<float> stored(out.size());
        widenToFloat(tensor.dtype, m_file.bytesOf(tensor), stored);
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t column = 0; column < columns; ++column)
                out[column * rows + row] = stored[row * columns + column];
    }

    GgufFile m_file;
    std::vector<TensorInfo> m_tensors;
    std::vector<StoredTensor> m_stored;
    std::unordered_map<std::string, std::size_t> m_index;
};

/// Metadata look-ups below the architecture's prefix ("llama.block_count").
class Facts {
  public:
    Facts(const Json& metadata, std::string architecture, std::string place)
        : m_metadata(metadata), m_prefix(std::move(architecture) + "."), m_place(std::move(place)) {}

    /// 1 … 2^31 - 1; FileMalformed when absent and there is no fallback.
    Result<int64_t> size(const char* key, std::optional<int64_t> fallback = {}) const {
        const std::string full = m_prefix + key;
        if (const auto it = m_metadata.find(full); it != m_metadata.end() && it->is_array())
            return Error{ErrorCode::Unsupported, "\"" + full + "\" differs from block to block", m_place, ""};
        LATHE_TRY(const int64_t value, jsonInteger(m_metadata, full.c_str(), fallback.value_or(0), m_place));
        if (value < 1 || value > INT32_MAX)
            return Error{ErrorCode::FileMalformed, "\"" + full + "\" is missing or out of range", m_place,
                         ""};
        return value;
    }
    Result<double> positive(const char* key, std::optional<double> fallback = {}) const {
        const std::string full = m_prefix + key;
        LATHE_TRY(const double value, jsonNumber(m_metadata, full.c_str(), fallback.value_or(0), m_place));
        if (!(value > 0) || !std::isfinite(value))
            return Error{ErrorCode::FileMalformed, "\"" + full + "\" is missing or out of range", m_place,
                         ""};
        return value;
    }
    Result<std::string> text(const char* key) const {
        return jsonString(m_metadata, (m_prefix + key).c_str(), "", m_place);
    }
    bool has(const char* key) const { return m_metadata.contains(m_prefix + key); }
    const Json& metadata() const { return m_metadata; }
    const std::string& place() const { return m_place; }

  private:
    const Json& m_metadata;
    std::string m_prefix, m_place;
};

const GgufTensor* tensorNamed(const GgufFile& file, std::string_view name) {
    for (const GgufTensor& tensor : file.tensors)
        if (tensor.name == name) return &tensor;
    return nullptr;
}

/// Rows of a matrix: the outermost dimension.
Result<int64_t> rowsOf(const GgufFile& file, const char* name) {
    const GgufTensor* tensor = tensorNamed(file, name);
    if (!tensor || tensor->dims.size() != 2 || tensor->dims[1] == 0 || tensor->dims[1] > uint64_t(INT32_MAX))
        return Error{ErrorCode::FileMalformed, std::string("\"") + name + "\" is missing or no matrix",
                     file.file.path().string(), "fetch or copy the file again"};
    return static_cast<int64_t>(tensor->dims[1]);
}

Result<void> addTokenIds(Json& config, const Facts& facts) {
    static constexpr std::pair<const char*, const char*> kIds[] = {
        {"bos_token_id", "tokenizer.ggml.bos_token_id"},
        {"eos_token_id", "tokenizer.ggml.eos_token_id"},
        {"pad_token_id", "tokenizer.ggml.padding_token_id"}};
    for (const auto& [key, ggufKey] : kIds) {
        LATHE_TRY(const int64_t id, jsonInteger(facts.metadata(), ggufKey, -1, facts.place()));
        config[key] = id >= 0 ? Json(id) : Json(nullptr);
    }
    return {};
}

/// rope_freqs.weight back to the settings it was made from: the only scaling that writes it is llama3's.
Result<Json> llama3Scaling(const GgufFile& file, const GgufTensor& tensor, const Facts& facts, double theta,
                           int64_t headDim) {
    const std::string place = facts.place() + ": " + tensor.name;
    if (tensor.elements != static_cast<uint64_t>(headDim / 2) || tensor.elements == 0)
        return Error{ErrorCode::FileMalformed, "the count of rotary factors does not fit the head size",
                     place, ""};
    std::vector<float> factors(tensor.elements);
    widenToFloat(tensor.dtype, file.bytesOf(tensor), factors);
    LATHE_TRY_VOID(checkMapping(file.bytesOf(tensor), file.file.path()));
    if (std::all_of(factors.begin(), factors.end(), [](float f) { return f == 1.0f; })) return Json(nullptr);
    LATHE_TRY(const int64_t original, facts.size("rope.scaling.original_context_length", 8192));
    constexpr double kLow = 1, kHigh = 4;
    const double factor = factors.back();
    const auto expected =
        llama3RopeFactors(theta, headDim, factor, kLow, kHigh, static_cast<double>(original));
    for (std::size_t i = 0; i < factors.size(); ++i)
        if (!(std::abs(factors[i] - expected[i]) <= 1e-4f * expected[i]))
            return Error{ErrorCode::Unsupported, "the rotary factors follow no known rule", place, ""};
    return Json{{"rope_type", "llama3"},
                {"factor", factor},
                {"low_freq_factor", kLow},
                {"high_freq_factor", kHigh},
                {"original_max_position_embeddings", original}};
}

Result<Json> ropeScaling(const GgufFile& file, const Facts& facts, double theta, int64_t headDim) {
    if (const GgufTensor* factors = tensorNamed(file, "rope_freqs.weight"))
        return llama3Scaling(file, *factors, facts, theta, headDim);
    LATHE_TRY(const std::string type, facts.text("rope.scaling.type"));
    if (type.empty() || type == "none") return Json(nullptr);
    if (type != "linear" && type != "yarn")
        return Error{ErrorCode::Unsupported, "the rotary scaling \"" + type + "\"", facts.place(), ""};
    LATHE_TRY(const double factor, facts.positive("rope.scaling.factor"));
    Json scaling{{"rope_type", type}, {"factor", factor}};
    if (type == "yarn") {
        LATHE_TRY(scaling["original_max_position_embeddings"],
                  facts.size("rope.scaling.original_context_length"));
    }
    return scaling;
}

struct Heads {
    int64_t query = 0, key = 0, dim = 0;
};

Result<Heads> readHeads(const Facts& facts, int64_t hidden) {
    Heads heads;
    LATHE_TRY(heads.query, facts.size("attention.head_count"));
    LATHE_TRY(heads.key, facts.size("attention.head_count_kv", heads.query));
    LATHE_TRY(heads.dim, facts.size("attention.key_length", std::max<int64_t>(hidden / heads.query, 1)));
    LATHE_TRY(const int64_t valueDim, facts.size("attention.value_length", heads.dim));
    LATHE_TRY(const int64_t rotary, facts.size("rope.dimension_count", heads.dim));
    if (heads.query % heads.key != 0 || (!facts.has("attention.key_length") && hidden % heads.query != 0))
        return Error{ErrorCode::FileMalformed, "the head counts do not divide each other", facts.place(), ""};
    if (valueDim != heads.dim || rotary != heads.dim)
        return Error{ErrorCode::Unsupported, "key, value and rotary sizes of a head differ", facts.place(),
                     ""};
    return heads;
}

/// llama, qwen2 and qwen3 share their shape; they differ in biases, norms on heads and the rows of q and k.
Result<Json> llamaConfig(const GgufFile& file, const Facts& facts, const std::string& modelType) {
    LATHE_TRY(const int64_t experts,
              jsonInteger(facts.metadata(), (modelType + ".expert_count").c_str(), 0, facts.place()));
    if (experts > 0)
        return Error{ErrorCode::Unsupported, "a mixture of experts", facts.place(), "take a dense model"};
    LATHE_TRY(const int64_t hidden, facts.size("embedding_length"));
    LATHE_TRY(const Heads heads, readHeads(facts, hidden));
    LATHE_TRY(const double theta, facts.positive("rope.freq_base", 10000.0));
    Json config{{"hidden_size", hidden},
                {"num_attention_heads", heads.query},
                {"num_key_value_heads", heads.key},
                {"head_dim", heads.dim},
                {"rope_theta", theta},
                {"hidden_act", "silu"},
                {"initializer_range", 0.02},
                {"attention_dropout", 0.0},
                {"mlp_bias", tensorNamed(file, "blk.0.ffn_up.bias") != nullptr},
                {"tie_word_embeddings", tensorNamed(file, "output.weight") == nullptr}};
    // Qwen2 has biases on q, k and v always, and no key for them.
    if (modelType != "qwen2") config["attention_bias"] = tensorNamed(file, "blk.0.attn_q.bias") != nullptr;
    LATHE_TRY(config["vocab_size"], rowsOf(file, "token_embd.weight"));
    LATHE_TRY(config["intermediate_size"], facts.size("feed_forward_length"));
    LATHE_TRY(config["num_hidden_layers"], facts.size("block_count"));
    LATHE_TRY(config["max_position_embeddings"], facts.size("context_length"));
    LATHE_TRY(config["rms_norm_eps"], facts.positive("attention.layer_norm_rms_epsilon"));
    LATHE_TRY(config["rope_scaling"], ropeScaling(file, facts, theta, heads.dim));
    return config;
}

Result<Json> gpt2Config(const GgufFile& file, const Facts& facts, const std::string&) {
    Json config{{"activation_function", "gelu_new"},
                {"attn_pdrop", 0.1},
                {"embd_pdrop", 0.1},
                {"resid_pdrop", 0.1},
                {"initializer_range", 0.02},
                {"tie_word_embeddings", true}};
    LATHE_TRY(config["vocab_size"], rowsOf(file, "token_embd.weight"));
    LATHE_TRY(config["n_positions"], rowsOf(file, "position_embd.weight"));
    LATHE_TRY(config["n_embd"], facts.size("embedding_length"));
    LATHE_TRY(config["n_layer"], facts.size("block_count"));
    LATHE_TRY(config["n_head"], facts.size("attention.head_count"));
    LATHE_TRY(config["n_inner"], facts.size("feed_forward_length"));
    LATHE_TRY(config["layer_norm_epsilon"], facts.positive("attention.layer_norm_epsilon"));
    return config;
}

Result<Json> bertConfig(const GgufFile& file, const Facts& facts, const std::string&) {
    Json config{{"hidden_act", "gelu"},
                {"hidden_dropout_prob", 0.1},
                {"attention_probs_dropout_prob", 0.1},
                {"initializer_range", 0.02},
                {"position_embedding_type", "absolute"}};
    LATHE_TRY(config["vocab_size"], rowsOf(file, "token_embd.weight"));
    LATHE_TRY(config["max_position_embeddings"], rowsOf(file, "position_embd.weight"));
    LATHE_TRY(config["type_vocab_size"], rowsOf(file, "token_types.weight"));
    LATHE_TRY(config["hidden_size"], facts.size("embedding_length"));
    LATHE_TRY(config["num_hidden_layers"], facts.size("block_count"));
    LATHE_TRY(config["num_attention_heads"], facts.size("attention.head_count"));
    LATHE_TRY(config["intermediate_size"], facts.size("feed_forward_length"));
    LATHE_TRY(config["layer_norm_eps"], facts.positive("attention.layer_norm_epsilon"));
    return config;
}

using ConfigMaker = Result<Json> (*)(const GgufFile&, const Facts&, const std::string&);
struct Family {
    const char* architecture;  ///< general.architecture, and model_type of transformers
    const char* className;
    ConfigMaker makeConfig;
};
constexpr Family kFamilies[] = {{"llama", "LlamaForCausalLM", llamaConfig},
                                {"qwen2", "Qwen2ForCausalLM", llamaConfig},
                                {"qwen3", "Qwen3ForCausalLM", llamaConfig},
                                {"gpt2", "GPT2LMHeadModel", gpt2Config},
                                {"bert", "BertModel", bertConfig}};

/// The rows of q and k must be whole heads, else un-permuting them would read nonsense.
Result<int64_t> rotaryHeads(const GgufTensor& tensor, GgufOrder order, const Json& config,
                            const std::string& place) {
    const int64_t heads =
        config[order == GgufOrder::RotaryQuery ? "num_attention_heads" : "num_key_value_heads"]
            .get<int64_t>();
    const uint64_t headDim = config["head_dim"].get<uint64_t>();
    const bool vector = tensor.dims.size() == 1 && blockLayout(tensor.dtype).elements == 1;
    if ((tensor.dims.size() != 2 && !vector) || headDim % 2 != 0 ||
        tensor.dims.back() != static_cast<uint64_t>(heads) * headDim)
        return Error{ErrorCode::FileMalformed, "the rows do not fit the head count",
                     place + ": " + tensor.name, ""};
    return heads;
}

Result<void> addTensors(GgufWeights& weights, const std::string& architecture, const Json& config) {
    const GgufFile& file = weights.file();
    const std::string place = file.file.path().string();
    for (std::size_t i = 0; i < file.tensors.size(); ++i) {
        const GgufTensor& tensor = file.tensors[i];
        const auto name = huggingFaceName(architecture, tensor.name);
        if (!name)
            return Error{ErrorCode::Unsupported, "the tensor has no place in a " + architecture + " model",
                         place + ": " + tensor.name, "the file may be of a variant that is not known"};
        if (name->text.empty()) continue;
        StoredTensor stored{i, name->order, 0};
        TensorInfo info{name->text,
                        tensor.dtype,
                        {tensor.dims.rbegin(), tensor.dims.rend()},
                        tensor.elements,
                        tensor.sizeBytes};
        if (stored.order == GgufOrder::RotaryQuery || stored.order == GgufOrder::RotaryKey) {
            LATHE_TRY(stored.heads, rotaryHeads(tensor, stored.order, config, place));
        } else if (stored.order == GgufOrder::Transposed) {
            if (info.shape.size() != 2)
                return Error{ErrorCode::FileMalformed, "the tensor should be a matrix",
                             place + ": " + tensor.name, ""};
            std::swap(info.shape[0], info.shape[1]);
        }
        weights.add(std::move(info), stored);
    }
    return {};
}

}  // namespace

std::vector<float> llama3RopeFactors(double theta, int64_t headDim, double factor, double lowFrequency,
                                     double highFrequency, double originalContext) {
    std::vector<float> factors;
    for (int64_t i = 0; i < headDim / 2; ++i) {
        const double frequency =
            std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(headDim));
        const double wavelength = 2 * std::numbers::pi / frequency;
        if (wavelength < originalContext / highFrequency) {
            factors.push_back(1);
        } else if (wavelength > originalContext / lowFrequency) {
            factors.push_back(static_cast<float>(factor));
        } else {
            const double smooth =
                (originalContext / wavelength - lowFrequency) / (highFrequency - lowFrequency);
            factors.push_back(static_cast<float>(1 / ((1 - smooth) / factor + smooth)));
        }
    }
    return factors;
}

Result<ModelSource> openGgufModel(const std::filesystem::path& path) {
    LATHE_TRY(auto file, openGguf(path));
    const std::string place = path.string();
    const Json& metadata = file.metadata;
    LATHE_TRY(const std::string type, jsonString(metadata, "general.type", "model", place));
    if (type == "adapter")
        return Error{ErrorCode::Unsupported, "the file holds an adapter, not a model", place,
                     "give its base model"};
    LATHE_TRY(const int64_t splits, jsonInteger(metadata, "split.count", 1, place));
    if (splits > 1)
        return Error{ErrorCode::Unsupported, "the model is split over several files", place,
                     "join them with llama.cpp's gguf-split --merge"};
    LATHE_TRY(const std::string architecture, jsonString(metadata, "general.architecture", "", place));
    const auto family = std::find_if(std::begin(kFamilies), std::end(kFamilies),
                                     [&](const Family& f) { return architecture == f.architecture; });
    if (family == std::end(kFamilies))
        return Error{ErrorCode::Unsupported, "the GGUF architecture \"" + architecture + "\"", place,
                     "llama, qwen2, qwen3, gpt2 and bert are read"};

    const Facts facts(metadata, architecture, place);
    LATHE_TRY(Json config, family->makeConfig(file, facts, architecture));
    config["model_type"] = family->architecture;
    config["architectures"] = Json::array({family->className});
    config["torch_dtype"] = "float32";
    LATHE_TRY_VOID(addTokenIds(config, facts));

    ModelSource source{path, "gguf", std::move(config), std::move(file.metadata), nullptr};
    auto weights = std::make_unique<GgufWeights>(std::move(file));
    LATHE_TRY_VOID(addTensors(*weights, architecture, source.config));
    source.weights = std::move(weights);
    return source;
}

}  // namespace lathe
