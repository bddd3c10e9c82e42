// SPDX-License-Identifier: GPL-3.0-or-later
// The language head and its loss in one operation that never holds the logits of more than a few rows: as one
// sum, or as the log-probability of each target.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>

namespace lathe {

/// A change of a layer's outputs that is a product of two thin matrices: low · bᵀ.
struct ThinProduct {
    at::Tensor low;  ///< (…, rank), made of the layer's inputs
    at::Tensor b;    ///< (out, rank), in the same type
};

/// From the last hidden states to logits: hidden · weightᵀ + bias + low · bᵀ, softened to cap · tanh(logit /
/// cap).
struct LanguageHead {
    at::Tensor weight;     ///< (vocabulary, size), possibly a tied embedding
    at::Tensor bias = {};  ///< (vocabulary); undefined = none
    double softCap = 0;    ///< 0 = none
    std::function<ThinProduct(const at::Tensor& hidden)> added = {};  ///< by an adapter; unset = nothing
};

/// hidden (…, size) → (…, vocabulary).
at::Tensor languageLogits(const at::Tensor& hidden, const LanguageHead& head);

/// The sum over all i of cross-entropy(languageLogits(hidden[rows[i]]), targets[i]), a float32 scalar
/// (methods.md, "Next tokens"). hidden (…, size) is flattened to (positions, size); rows and targets (count)
/// int64, no row twice. Softmax in float32; the gradient is made in the forward pass, for the head and its
/// thin product only where they train (accumulated in float32). `chunkBytes` bounds the logits held at a
/// time; 0 chooses by device.
at::Tensor linearCrossEntropy(const at::Tensor& hidden, const LanguageHead& head, const at::Tensor& rows,
                              const at::Tensor& targets, int64_t chunkBytes = 0);

/// Per i the log-probability of targets[i] under softmax(languageLogits(hidden[rows[i]]) / temperature):
/// (count) float32, for losses that weigh the targets differently (methods.md, "Preference"). Arguments as
/// above; the backward pass makes the logits anew.
at::Tensor linearLogProbabilities(const at::Tensor& hidden, const LanguageHead& head, const at::Tensor& rows,
                                  const at::Tensor& targets, double temperature = 1, int64_t chunkBytes = 0);

}  // namespace lathe
