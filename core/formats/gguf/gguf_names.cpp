// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/gguf/gguf_names.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace lathe {
namespace {

/// Both names without ".weight" / ".bias"; in a block's names without the block's prefix.
struct Rule {
    std::string_view gguf, huggingFace;
    GgufOrder order = GgufOrder::AsStored;
};

constexpr Rule kLlamaOutside[] = {{"token_embd", "model.embed_tokens"},
                                  {"output_norm", "model.norm"},
                                  {"output", "lm_head"},
                                  {"rope_freqs", ""}};
constexpr Rule kLlamaBlock[] = {{"attn_norm", "input_layernorm"},
                                {"attn_q", "self_attn.q_proj", GgufOrder::RotaryQuery},
                                {"attn_k", "self_attn.k_proj", GgufOrder::RotaryKey},
                                {"attn_v", "self_attn.v_proj"},
                                {"attn_output", "self_attn.o_proj"},
                                {"attn_q_norm", "self_attn.q_norm"},
                                {"attn_k_norm", "self_attn.k_norm"},
                                {"attn_rot_embd", ""},
                                {"ffn_norm", "post_attention_layernorm"},
                                {"ffn_gate", "mlp.gate_proj"},
                                {"ffn_up", "mlp.up_proj"},
                                {"ffn_down", "mlp.down_proj"}};

// GPT-2's head is the embedding; the file only repeats it.
constexpr Rule kGpt2Outside[] = {{"token_embd", "transformer.wte"},
                                 {"position_embd", "transformer.wpe"},
                                 {"output_norm", "transformer.ln_f"},
                                 {"output", ""}};
constexpr Rule kGpt2Block[] = {{"attn_norm", "ln_1"},
                               {"attn_qkv", "attn.c_attn", GgufOrder::Transposed},
                               {"attn_output", "attn.c_proj", GgufOrder::Transposed},
                               {"ffn_norm", "ln_2"},
                               {"ffn_up", "mlp.c_fc", GgufOrder::Transposed},
                               {"ffn_down", "mlp.c_proj", GgufOrder::Transposed}};

constexpr Rule kBertOutside[] = {{"token_embd", "embeddings.word_embeddings"},
                                 {"position_embd", "embeddings.position_embeddings"},
                                 {"token_types", "embeddings.token_type_embeddings"},
                                 {"token_embd_norm", "embeddings.LayerNorm"}};
constexpr Rule kBertBlock[] = {{"attn_q", "attention.self.query"},
                               {"attn_k", "attention.self.key"},
                               {"attn_v", "attention.self.value"},
                               {"attn_output", "attention.output.dense"},
                               {"attn_output_norm", "attention.output.LayerNorm"},
                               {"ffn_up", "intermediate.dense"},
                               {"ffn_down", "output.dense"},
                               {"layer_output_norm", "output.LayerNorm"}};

struct NameTable {
    std::string_view architecture, blockPrefix;
    std::span<const Rule> outside, block;
    bool interleavedRotary = false;
};
constexpr NameTable kTables[] = {{"llama", "model.layers.", kLlamaOutside, kLlamaBlock, true},
                                 {"qwen2", "model.layers.", kLlamaOutside, kLlamaBlock},
                                 {"qwen3", "model.layers.", kLlamaOutside, kLlamaBlock},
                                 {"gpt2", "transformer.h.", kGpt2Outside, kGpt2Block},
                                 {"bert", "encoder.layer.", kBertOutside, kBertBlock}};

std::optional<HuggingFaceName> apply(std::span<const Rule> rules, std::string_view module,
                                     std::string_view suffix, const std::string& prefix) {
    const auto rule =
        std::find_if(rules.begin(), rules.end(), [&](const Rule& r) { return r.gguf == module; });
    if (rule == rules.end()) return {};
    if (rule->huggingFace.empty()) return HuggingFaceName{};
    // Only matrices are transposed: a bias has one dimension.
    const bool keepsOrder = rule->order == GgufOrder::Transposed && suffix == ".bias";
    return HuggingFaceName{prefix + std::string(rule->huggingFace) + std::string(suffix),
                           keepsOrder ? GgufOrder::AsStored : rule->order};
}

const NameTable* tableOf(const std::string& architecture) {
    const auto table = std::find_if(std::begin(kTables), std::end(kTables),
                                    [&](const NameTable& t) { return t.architecture == architecture; });
    return table == std::end(kTables) ? nullptr : table;
}

/// ".weight" or ".bias", taken off the name; empty when it ends in neither.
std::string_view takeSuffix(std::string_view& name) {
    const auto dot = name.rfind('.');
    const std::string_view suffix = dot == std::string_view::npos ? "" : name.substr(dot);
    if (suffix != ".weight" && suffix != ".bias") return {};
    name.remove_suffix(suffix.size());
    return suffix;
}

/// The number before the next dot, taken off the name with the dot; empty when there is none.
std::string_view takeBlock(std::string_view& name) {
    const auto end = name.find('.');
    const std::string_view block = name.substr(0, end);
    const bool isNumber = !block.empty() && block.size() <= 6 && (block.size() == 1 || block[0] != '0') &&
                          block.find_first_not_of("0123456789") == std::string_view::npos;
    if (end == std::string_view::npos || !isNumber) return {};
    name.remove_prefix(end + 1);
    return block;
}

}  // namespace

std::string ggufArchitecture(const std::string& modelType) {
    return modelType == "mistral" ? "llama" : modelType;
}

std::size_t rotaryRowInCheckpoint(std::size_t row, std::size_t headDim) {
    const std::size_t inHead = row % headDim;
    return row - inHead + inHead / 2 + inHead % 2 * (headDim / 2);
}

std::size_t rotaryRowInGguf(std::size_t row, std::size_t headDim) {
    const std::size_t inHead = row % headDim, half = headDim / 2;
    return row - inHead + 2 * (inHead % half) + inHead / half;
}

std::optional<HuggingFaceName> huggingFaceName(const std::string& architecture, const std::string& ggufName) {
    const NameTable* table = tableOf(architecture);
    std::string_view module = ggufName;
    const std::string_view suffix = takeSuffix(module);
    if (!table || suffix.empty()) return {};
    if (!module.starts_with("blk.")) return apply(table->outside, module, suffix, "");
    module.remove_prefix(4);
    const std::string_view block = takeBlock(module);
    if (block.empty()) return {};
    auto name =
        apply(table->block, module, suffix, std::string(table->blockPrefix) + std::string(block) + ".");
    const bool rotary =
        name && (name->order == GgufOrder::RotaryQuery || name->order == GgufOrder::RotaryKey);
    if (rotary && !table->interleavedRotary) name->order = GgufOrder::AsStored;
    return name;
}

std::optional<GgufName> ggufName(const std::string& architecture, const std::string& huggingFaceName) {
    const NameTable* table = tableOf(architecture);
    std::string_view module = huggingFaceName;
    const std::string_view suffix = takeSuffix(module);
    if (!table || suffix.empty()) return {};
    // Only names that lead back to this one: the tables say each thing once.
    const auto found = [&](std::span<const Rule> rules, std::string_view rest, const std::string& prefix) {
        std::optional<GgufName> name;
        for (const Rule& rule : rules)
            if (!rule.huggingFace.empty() && rule.huggingFace == rest)
                name = GgufName{prefix + std::string(rule.gguf) + std::string(suffix)};
        if (name) name->order = lathe::huggingFaceName(architecture, name->text)->order;
        return name;
    };
    for (const std::string_view start : {"bert.", "transformer."})
        if (module.starts_with(start) && !table->blockPrefix.starts_with(start))
            module.remove_prefix(start.size());
    if (!module.starts_with(table->blockPrefix)) return found(table->outside, module, "");
    module.remove_prefix(table->blockPrefix.size());
    const std::string_view block = takeBlock(module);
    if (block.empty()) return {};
    return found(table->block, module, "blk." + std::string(block) + ".");
}

}  // namespace lathe
