// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hf/config_check.h"

#include <algorithm>
#include <array>

namespace lathe {
namespace {

constexpr const char* kTied = "tie_word_embeddings";

/// Ends of the names that quantised weights bring along.
constexpr std::array kQuantizedEnds = {".qweight",       ".qzeros",        ".g_idx",
                                       ".absmax",        ".nested_absmax", ".quant_map",
                                       ".SCB",           ".weight_scale",  ".weight_scale_inv",
                                       ".weight_packed", ".codebooks",     ".weight_zero_point"};

constexpr std::array kHeads = {"lm_head.weight", "cls.predictions.decoder.weight", "lm_head.decoder.weight",
                               "vocab_projector.weight", "decoder.weight"};
constexpr std::array kEmbeddings = {"embed_tokens.weight", "wte.weight", "shared.weight",
                                    "embeddings.word_embeddings.weight", "embeddings.tok_embeddings.weight"};
constexpr std::array kPrefixes = {"", "model.", "transformer.", "bert.", "roberta.", "distilbert."};

std::string quantizationNamed(const Json& config) {
    const auto quantization = config.find("quantization_config");
    if (quantization == config.end() || !quantization->is_object()) return {};
    std::string name;
    for (const char* key : {"quant_method", "format", "bnb_4bit_quant_type"})
        if (const auto it = quantization->find(key); it != quantization->end() && it->is_string())
            name += (name.empty() ? "" : ", ") + it->get<std::string>();
    return name.empty() ? "of an unnamed kind" : name;
}

bool isQuantized(const TensorInfo& info) {
    if (info.name.find(".quant_state.") != std::string::npos) return true;
    for (const char* end : kQuantizedEnds)
        if (info.name.ends_with(end)) return true;
    const bool whole = info.dtype == DType::I64 || info.dtype == DType::I32 || info.dtype == DType::I16 ||
                       info.dtype == DType::I8 || info.dtype == DType::U8 || info.dtype == DType::Bool;
    return whole && info.name.ends_with(".weight");
}

const TensorInfo* findEmbedding(const WeightSource& weights) {
    for (const char* name : kEmbeddings)
        for (const char* prefix : kPrefixes)
            if (const TensorInfo* info = weights.find(std::string(prefix) + name)) return info;
    return nullptr;
}

}  // namespace

Error quantizedError(const Json& config, const std::string& place) {
    const std::string kind = quantizationNamed(config);
    const Json origin = config.value("_name_or_path", Json());
    const bool named = origin.is_string() && !origin.get<std::string>().empty();
    return {ErrorCode::Unsupported,
            "the weights are quantised" + (kind.empty() ? "" : " (" + kind + ")") +
                ", and Lathe reads float weights and GGUF files",
            place,
            "take the model that it was made from, in float16 or bfloat16" +
                (named ? " (config.json names " + origin.get<std::string>() + ")" : std::string()) +
                "; train.quantization keeps that small"};
}

Result<void> checkQuantization(ModelSource& source) {
    const auto& tensors = source.weights->tensors();
    const auto first = std::find_if(tensors.begin(), tensors.end(), isQuantized);
    if (first != tensors.end()) {
        Error error = quantizedError(source.config, source.path.string() + ": " + first->name);
        return error;
    }
    if (const std::string kind = quantizationNamed(source.config); !kind.empty())
        addNote(source.notes, {"quantization_plain",
                               "config.json calls the weights quantised (" + kind +
                                   "), but the file holds plain ones; they are read as they are",
                               "remove quantization_config from config.json"});
    return {};
}

void weighHead(ModelSource& source) {
    if (source.config.value(kTied, Json()) == false) return;
    const TensorInfo* embedding = findEmbedding(*source.weights);
    if (!embedding) return;
    for (const char* name : kHeads) {
        const TensorInfo* head = source.weights->find(name);
        if (!head) continue;
        const auto own = source.weights->bytes(*head), tied = source.weights->bytes(*embedding);
        if (head->dtype == embedding->dtype && head->shape == embedding->shape && !own.empty() &&
            std::equal(own.begin(), own.end(), tied.begin(), tied.end()))
            continue;
        // Whether T5 scales its output is told by the flag that is about to change.
        if (source.config.value("model_type", Json()) == "t5" &&
            !source.config.contains("scale_decoder_outputs"))
            source.config["scale_decoder_outputs"] = true;
        const bool said = source.config.contains(kTied);
        source.config[kTied] = false;
        addNote(
            source.notes,
            {"own_head",
             std::string(said ? "config.json says tie_word_embeddings: true, but the file" : "the file") +
                 " has an output layer of its own (" + name + ") that differs from the embedding; it is used",
             "set tie_word_embeddings to false in config.json"});
        return;
    }
}

}  // namespace lathe
