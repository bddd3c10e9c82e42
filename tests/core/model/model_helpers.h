// SPDX-License-Identifier: GPL-3.0-or-later
// Tiny models with weights from a formula, so that their numbers can be compared with a reference without
// files.
#pragma once

#include <algorithm>
#include <cmath>

#include "core/model/language_model.h"
#include "tests/support/engine_support.h"

namespace lathe::test {

/// weight[i] = 0.15 sin(0.37 i + 0.11 (sum of the name's bytes mod 97)); norm weights 1 + 0.1 sin(…).
inline at::Tensor formulaWeights(const std::string& name, at::IntArrayRef sizes) {
    int64_t hash = 0;
    for (const unsigned char c : name) hash += c;
    const at::Tensor wave = at::arange(c10::multiply_integers(sizes), at::kDouble)
                                .mul_(0.37)
                                .add_(0.11 * double(hash % 97))
                                .sin_();
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return char(std::tolower(c)); });
    const bool normWeight = lower.find("norm") != std::string::npos && name.ends_with("weight");
    return (normWeight ? wave * 0.1 + 1 : wave * 0.15).view(sizes).to(at::kFloat);
}

inline void fillByFormula(LanguageModel& model) {
    at::NoGradGuard noGrad;
    for (auto& item : model.named_parameters())
        item.value().copy_(formulaWeights(item.key(), item.value().sizes()));
}

/// Two rows, the second padded from position 4; every real next token is a target, as in the reference.
inline Batch tinyBatch() {
    Batch batch;
    batch.ids = at::tensor({3, 7, 1, 20, 11, 5, 9, 2, 14, 6, 0, 0}, at::kLong).view({2, 6});
    batch.typeIds = at::tensor({0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0}, at::kLong).view({2, 6});
    batch.positions = at::arange(6, at::kLong).unsqueeze(0).expand({2, 6});
    batch.mask = at::ones({2, 6}, at::kBool);
    batch.mask[1].narrow(0, 4, 2).fill_(false);
    batch.lengths = at::tensor({6, 4}, at::kLong);
    batch.lossRows = at::tensor({0, 1, 2, 3, 4, 6, 7, 8}, at::kLong);
    batch.lossTargets = at::tensor({7, 1, 20, 11, 5, 2, 14, 6}, at::kLong);
    batch.labels = at::tensor({2, 0}, at::kLong);
    return batch;
}

/// What the reference's gradient of one parameter must have: its norm and its product with cos(0.23 i).
struct GoldenGradient {
    const char* name;
    double norm, wave;
};

inline bool gradientAgrees(LanguageModel& model, const GoldenGradient& golden, double tolerance) {
    const at::Tensor grad = model.named_parameters()[golden.name].grad().to(at::kDouble).flatten();
    const at::Tensor wave = at::arange(grad.numel(), at::kDouble).mul_(0.23).cos_();
    const double norm = grad.norm().item<double>(), along = grad.dot(wave).item<double>();
    const bool agrees = std::abs(norm - golden.norm) < tolerance && std::abs(along - golden.wave) < tolerance;
    if (!agrees) qWarning("%s: norm %.8f, wave %.8f", golden.name, norm, along);
    return agrees;
}

/// Whether config.json alone lists exactly the parameters the built model has.
inline bool shapeMatchesModule(const LanguageModel& model) {
    const auto parameters = model.named_parameters();
    const auto& listed = model.shape().parameters;
    if (parameters.size() != listed.size()) return false;
    for (const ParameterShape& about : listed) {
        const at::Tensor* found = parameters.find(about.name);
        if (!found || found->sizes().vec() != about.shape) return false;
    }
    return true;
}

}  // namespace lathe::test
