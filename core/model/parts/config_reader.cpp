// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parts/config_reader.h"

#include <algorithm>

namespace lathe {
namespace {

const char* const kPlace = "config.json";

/// Keys by which transformers and other programs keep books: names, labels, ids of special tokens, defaults
/// for generation, how training starts and how attention is computed. `quantization_config` is read with the
/// weights.
const std::set<std::string>& bookkeepingKeys() {
    static const std::set<std::string> keys{"_attn_implementation",
                                            "_attn_implementation_autoset",
                                            "_attn_implementation_internal",
                                            "_commit_hash",
                                            "_experts_implementation_internal",
                                            "_flash_attn_2_enabled",
                                            "_name_or_path",
                                            "_num_labels",
                                            "_output_attentions",
                                            "architectures",
                                            "attn_implementation",
                                            "auto_map",
                                            "bad_words_ids",
                                            "begin_suppress_tokens",
                                            "bos_token_id",
                                            "chunk_size_feed_forward",
                                            "classifier_dropout",
                                            "cls_token_id",
                                            "decoder_start_token_id",
                                            "diversity_penalty",
                                            "do_sample",
                                            "dtype",
                                            "early_stopping",
                                            "encoder_no_repeat_ngram_size",
                                            "eos_token_id",
                                            "exponential_decay_length_penalty",
                                            "finetuning_task",
                                            "forced_bos_token_id",
                                            "forced_eos_token_id",
                                            "gradient_checkpointing",
                                            "id2label",
                                            "initializer_factor",
                                            "initializer_range",
                                            "is_llama_config",
                                            "label2id",
                                            "length_penalty",
                                            "mask_token_id",
                                            "max_length",
                                            "min_length",
                                            "model_max_length",
                                            "model_type",
                                            "no_repeat_ngram_size",
                                            "num_beam_groups",
                                            "num_beams",
                                            "num_labels",
                                            "num_return_sequences",
                                            "output_attentions",
                                            "output_hidden_states",
                                            "output_past",
                                            "output_scores",
                                            "pad_token_id",
                                            "prefix",
                                            "pretraining_tp",
                                            "problem_type",
                                            "quantization_config",
                                            "remove_invalid_values",
                                            "repetition_penalty",
                                            "return_dict",
                                            "return_dict_in_generate",
                                            "sep_token_id",
                                            "suppress_tokens",
                                            "task_specific_params",
                                            "temperature",
                                            "tf_legacy_loss",
                                            "tie_word_embeddings",
                                            "tokenizer_class",
                                            "top_k",
                                            "top_p",
                                            "torch_dtype",
                                            "torchscript",
                                            "transformers.js_config",
                                            "transformers_version",
                                            "typical_p",
                                            "unsloth_fixed",
                                            "unsloth_version",
                                            "use_bfloat16",
                                            "use_cache",
                                            "use_flash_attention",
                                            "use_flash_attn",
                                            "xla_device"};
    return keys;
}

/// Ids of tokens are numbers, or lists of them. Nothing reads them here, but an export hands them on.
Result<void> checkTokenIds(const ConfigView& config) {
    for (const std::string& key : config.keys()) {
        const OrderedJson* value = key.ends_with("_token_id") ? config.find(key) : nullptr;
        if (!value || value->is_number_integer()) continue;
        if (!value->is_array() ||
            !std::all_of(value->begin(), value->end(), [](const auto& id) { return id.is_number_integer(); }))
            return config.fault(key, "must be the number of a token, or a list of such numbers");
    }
    return {};
}

}  // namespace

ConfigView modelConfig(const Json& config) {
    return ConfigView(config, kPlace);
}

Result<void> refuseUnknownKeys(const ConfigView& config, KnownKeys own) {
    LATHE_TRY_VOID(checkTokenIds(config));
    own.harmless.insert(bookkeepingKeys().begin(), bookkeepingKeys().end());
    return config.refuseRest(own, "a model with that setting computes something else; choose another base");
}

Error configError(const std::string& message) {
    return {ErrorCode::FileMalformed, message, kPlace, "check that the file belongs to this model"};
}

}  // namespace lathe
