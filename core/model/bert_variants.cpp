// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/bert.h"

namespace lathe {
namespace {

const BertVariant::Keys kBertKeys{
    .hidden = "hidden_size",
    .inner = "intermediate_size",
    .blocks = "num_hidden_layers",
    .heads = "num_attention_heads",
    .activation = "hidden_act",
    .hiddenDropout = "hidden_dropout_prob",
    .attentionDropout = "attention_probs_dropout_prob",
    .classifierDropout = "classifier_dropout",
    .normEpsilon = "layer_norm_eps",
    .types = "type_vocab_size",
};

const BertVariant::Names kBertNames{
    .prefix = "bert.",
    .layers = "encoder.layer.",
    .query = "attention.self.query",
    .key = "attention.self.key",
    .value = "attention.self.value",
    .out = "attention.output.dense",
    .outNorm = "attention.output.LayerNorm",
    .inner = "intermediate.dense",
    .outer = "output.dense",
    .outerNorm = "output.LayerNorm",
    .attentionJoin = "attention.output.adapters",
    .feedForwardJoin = "output.adapters",
    .headDense = "bert.pooler.dense",
    .headOut = "classifier",
    .maskDense = "cls.predictions.transform.dense",
    .maskNorm = "cls.predictions.transform.LayerNorm",
    .maskBias = "cls.predictions.bias",
};

BertVariant roberta() {
    BertVariant variant{
        .modelType = "roberta",
        .classPrefix = "Roberta",
        .title = "RoBERTa",
        .help =
            "Encoder that reads a text as a whole: RoBERTa, XLM-RoBERTa's layout without its name. Good "
            "for classification, tags and masked words.",
        .keys = kBertKeys,
        .names = kBertNames,
        .dropsBeforeHeadDense = true,
        .maskActivation = "gelu",
        .positionsFollowPad = true,
        .defaultTargets = {"query", "value"},
    };
    variant.names.prefix = "roberta.";
    variant.names.headDense = "classifier.dense";
    variant.names.headOut = "classifier.out_proj";
    variant.names.maskDense = "lm_head.dense";
    variant.names.maskNorm = "lm_head.layer_norm";
    variant.names.maskBias = "lm_head.bias";
    return variant;
}

BertVariant distilbert() {
    return {
        .modelType = "distilbert",
        .classPrefix = "DistilBert",
        .title = "DistilBERT",
        .help = "Encoder that reads a text as a whole, with half of BERT's blocks. Good for classification.",
        .keys = {.hidden = "dim",
                 .inner = "hidden_dim",
                 .blocks = "n_layers",
                 .heads = "n_heads",
                 .activation = "activation",
                 .hiddenDropout = "dropout",
                 .attentionDropout = "attention_dropout",
                 .classifierDropout = "seq_classif_dropout",
                 .normEpsilon = "",
                 .types = ""},
        .names = {.prefix = "distilbert.",
                  .layers = "transformer.layer.",
                  .query = "attention.q_lin",
                  .key = "attention.k_lin",
                  .value = "attention.v_lin",
                  .out = "attention.out_lin",
                  .outNorm = "sa_layer_norm",
                  .inner = "ffn.lin1",
                  .outer = "ffn.lin2",
                  .outerNorm = "output_layer_norm",
                  .attentionJoin = kAttentionJoin,
                  .feedForwardJoin = kFeedForwardJoin,
                  .headDense = "pre_classifier",
                  .headOut = "classifier",
                  .maskDense = "vocab_transform",
                  .maskNorm = "vocab_layer_norm",
                  .maskBias = "vocab_projector.bias"},
        .headActivation = "relu",
        .tagsWithHiddenDropout = true,
        .defaultTargets = {"q_lin", "v_lin"},
    };
}

}  // namespace

const Architecture& bertArchitecture() {
    static const Architecture architecture = bertFamily({
        .modelType = "bert",
        .classPrefix = "Bert",
        .title = "BERT",
        .help = "Encoder that reads a text as a whole: BERT, MiniLM and others of that layout. Good for "
                "classification.",
        .keys = kBertKeys,
        .names = kBertNames,
        .headDenseIsBody = true,
        .defaultTargets = {"query", "value"},
    });
    return architecture;
}

const Architecture& robertaArchitecture() {
    static const Architecture architecture = bertFamily(roberta());
    return architecture;
}

const Architecture& distilbertArchitecture() {
    static const Architecture architecture = bertFamily(distilbert());
    return architecture;
}

}  // namespace lathe
