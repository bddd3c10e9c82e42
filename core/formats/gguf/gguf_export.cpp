// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/gguf/gguf_export.h"

#include <algorithm>
#include <string_view>

#include "core/formats/gguf/gguf_model.h"

namespace lathe {
namespace {

/// model_type of what is written.
constexpr std::string_view kWritten[] = {"llama", "mistral", "qwen2", "qwen3", "gpt2"};

constexpr const char* kWayOut = "export the model as hf; llama.cpp's own converter may know more";

/// config.json read leniently: it was checked when the model was built.
class Config {
  public:
    explicit Config(const Json& json) : m_json(json) {}
    int64_t size(const char* key, int64_t fallback) const {
        const auto it = m_json.find(key);
        return it != m_json.end() && it->is_number_integer() ? it->get<int64_t>() : fallback;
    }
    double number(const char* key, double fallback) const {
        const auto it = m_json.find(key);
        return it != m_json.end() && it->is_number() ? it->get<double>() : fallback;
    }
    bool flag(const char* key, bool fallback) const {
        const auto it = m_json.find(key);
        return it != m_json.end() && it->is_boolean() ? it->get<bool>() : fallback;
    }
    std::string text(const char* key) const {
        const auto it = m_json.find(key);
        return it != m_json.end() && it->is_string() ? it->get<std::string>() : std::string();
    }
    /// The rotary settings, in the v4 or the v5 layout; empty for none.
    Json rotary() const {
        for (const char* key : {"rope_parameters", "rope_scaling"})
            if (const auto it = m_json.find(key); it != m_json.end() && it->is_object()) return *it;
        return Json::object();
    }

  private:
    const Json& m_json;
};

Error unsupported(const std::string& what, const std::string& place) {
    return {ErrorCode::Unsupported, what + " cannot be said in a GGUF file", place, kWayOut};
}

Result<void> addRotary(const Config& config, int64_t headDim, GgufPlan& plan, const std::string& place) {
    const Json given = config.rotary();
    const Config rotary(given);
    const double theta = rotary.number("rope_theta", config.number("rope_theta", 10000));
    std::string type = rotary.text("rope_type");
    if (type.empty()) type = rotary.text("type");
    const auto key = [&](const char* name) -> OrderedJson& {
        return plan.metadata[plan.architecture + "." + name];
    };
    key("rope.dimension_count") = headDim;
    key("rope.freq_base") = theta;
    if (config.number("partial_rotary_factor", rotary.number("partial_rotary_factor", 1)) != 1)
        return unsupported("rotating a part of each head", place);
    if (type.empty() || type == "default") return {};
    const int64_t original = rotary.size("original_max_position_embeddings",
                                         config.size("original_max_position_embeddings", 8192));
    if (type == "llama3") {
        plan.ropeFactors =
            llama3RopeFactors(theta, headDim, rotary.number("factor", 8), rotary.number("low_freq_factor", 1),
                              rotary.number("high_freq_factor", 4), double(original));
        key("rope.scaling.original_context_length") = original;
        return {};
    }
    if (type != "linear" && type != "yarn") return unsupported("the rotary scaling \"" + type + "\"", place);
    key("rope.scaling.type") = type;
    key("rope.scaling.factor") = rotary.number("factor", 1);
    if (type == "yarn") key("rope.scaling.original_context_length") = original;
    return {};
}

Result<void> addLlama(const Config& config, GgufPlan& plan, const std::string& place) {
    const bool windowed = config.size("sliding_window", 0) > 0 && config.flag("use_sliding_window", true) &&
                          config.size("sliding_window", 0) < config.size("max_position_embeddings", 2048);
    if (windowed) return unsupported("a sliding window", place);
    const std::string activation = config.text("hidden_act");
    if (!activation.empty() && activation != "silu" && activation != "swish")
        return unsupported("the activation \"" + activation + "\"", place);
    const int64_t hidden = config.size("hidden_size", 0);
    plan.heads = config.size("num_attention_heads", 1);
    plan.kvHeads = config.size("num_key_value_heads", plan.heads);
    const int64_t headDim = config.size("head_dim", hidden / plan.heads);
    const auto key = [&](const char* name) -> OrderedJson& {
        return plan.metadata[plan.architecture + "." + name];
    };
    key("context_length") = config.size("max_position_embeddings", 2048);
    key("embedding_length") = hidden;
    key("block_count") = config.size("num_hidden_layers", 0);
    key("feed_forward_length") = config.size("intermediate_size", 0);
    key("attention.head_count") = plan.heads;
    key("attention.head_count_kv") = plan.kvHeads;
    key("attention.key_length") = headDim;
    key("attention.value_length") = headDim;
    key("attention.layer_norm_rms_epsilon") = config.number("rms_norm_eps", 1e-6);
    key("vocab_size") = config.size("vocab_size", 0);
    return addRotary(config, headDim, plan, place);
}

Result<void> addGpt2(const Config& config, GgufPlan& plan, const std::string& place) {
    if (config.flag("scale_attn_by_inverse_layer_idx", false))
        return unsupported("scores scaled by the layer's number", place);
    if (!config.flag("tie_word_embeddings", true)) return unsupported("a head of its own", place);
    const std::string activation = config.text("activation_function");
    if (!activation.empty() && activation != "gelu_new")
        return unsupported("the activation \"" + activation + "\"", place);
    const int64_t hidden = config.size("n_embd", 0);
    plan.heads = plan.kvHeads = config.size("n_head", 1);
    const auto key = [&](const char* name) -> OrderedJson& {
        return plan.metadata[plan.architecture + "." + name];
    };
    key("context_length") = config.size("n_positions", 1024);
    key("embedding_length") = hidden;
    key("block_count") = config.size("n_layer", 0);
    key("feed_forward_length") = config.size("n_inner", 4 * hidden);
    key("attention.head_count") = plan.heads;
    key("attention.layer_norm_epsilon") = config.number("layer_norm_epsilon", 1e-5);
    return {};
}

}  // namespace

Result<GgufPlan> planGguf(const Json& config, const std::string& place) {
    const Config reader(config);
    const std::string type = reader.text("model_type");
    if (std::find(std::begin(kWritten), std::end(kWritten), type) == std::end(kWritten))
        return unsupported("a " + type + " model", place);
    GgufPlan plan;
    plan.architecture = ggufArchitecture(type);
    plan.metadata["general.architecture"] = plan.architecture;
    plan.metadata["general.type"] = "model";
    LATHE_TRY_VOID(type == "gpt2" ? addGpt2(reader, plan, place) : addLlama(reader, plan, place));
    return plan;
}

void toGgufOrder(const GgufPlan& plan, GgufOrder order, std::vector<int64_t>& shape,
                 std::vector<float>& values) {
    if (order == GgufOrder::AsStored) return;
    const auto rows = static_cast<std::size_t>(shape[0]);
    const std::size_t columns = values.size() / std::max<std::size_t>(rows, 1);
    std::vector<float> moved(values.size());
    if (order == GgufOrder::Transposed) {
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t column = 0; column < columns; ++column)
                moved[column * rows + row] = values[row * columns + column];
        std::swap(shape[0], shape[1]);
    } else {
        const auto heads =
            static_cast<std::size_t>(order == GgufOrder::RotaryQuery ? plan.heads : plan.kvHeads);
        for (std::size_t row = 0; row < rows; ++row)
            std::copy_n(values.begin() + std::ptrdiff_t(row * columns), columns,
                        moved.begin() + std::ptrdiff_t(rotaryRowInGguf(row, rows / heads) * columns));
    }
    values = std::move(moved);
}

}  // namespace lathe
