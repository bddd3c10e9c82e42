// SPDX-License-Identifier: GPL-3.0-or-later
// The BERT family: encoder with learnt positions and the norm behind each half of a block. Its members give
// the same parts other names and other heads, which a BertVariant says.
#pragma once

#include "core/model/language_model.h"

namespace lathe {

struct BertVariant {
    /// Keys of config.json; an empty one is not asked for.
    struct Keys {
        std::string hidden, inner, blocks, heads, activation;
        std::string hiddenDropout, attentionDropout, classifierDropout;
        std::string normEpsilon, types;
    };
    /// Names of the parts, those of the body below `prefix` and those of a block below `layers` and its
    /// number.
    struct Names {
        std::string prefix, layers;
        std::string query, key, value, out, outNorm, inner, outer, outerNorm;
        std::string attentionJoin, feedForwardJoin;  ///< where AdapterHub's adapters sit
        std::string headDense, headOut;              ///< of the classifier, from the top
        std::string maskDense, maskNorm, maskBias;   ///< of the head for masked words, likewise
    };

    std::string modelType, classPrefix, title, help;
    Keys keys;
    Names names;
    bool headDenseIsBody = false;         ///< BERT's pooler: part of the base, and it takes adapters
    bool dropsBeforeHeadDense = false;    ///< RoBERTa
    std::string headActivation = "tanh";  ///< between headDense and headOut
    std::string maskActivation = {};      ///< of the head for masked words; empty: the blocks' own
    bool tagsWithHiddenDropout = false;   ///< the token classifier drops as the body does (DistilBERT)
    bool positionsFollowPad = false;      ///< the first token has position pad + 1 (RoBERTa)
    std::vector<std::string> defaultTargets;
};

Architecture bertFamily(const BertVariant& variant);

const Architecture& bertArchitecture();        ///< BERT, MiniLM (methods.md, "BERT")
const Architecture& robertaArchitecture();     ///< methods.md, "RoBERTa, DistilBERT and ModernBERT"
const Architecture& distilbertArchitecture();  ///< methods.md, "RoBERTa, DistilBERT and ModernBERT"

}  // namespace lathe
