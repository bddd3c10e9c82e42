// SPDX-License-Identifier: GPL-3.0-or-later
// Several LoRA adapters made into one new LoRA adapter whose change is Σ wᵢ·sᵢ·Bᵢ·Aᵢ (methods.md, "Several
// adapters"), as PEFT's add_weighted_adapter does with the combination types cat and svd.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/peft/adapter_set.h"

namespace lathe {

enum class MixKind {
    Concatenation,   ///< "cat": the pairs side by side, exact; ranks add up
    SingularValues,  ///< "svd": the sum's largest singular values, as many as the new rank
};

/// "cat" or "svd"; nothing otherwise.
std::optional<MixKind> mixKindNamed(const std::string& name);

struct MixSettings {
    MixKind kind = MixKind::Concatenation;
    int64_t rank = 0;  ///< of SingularValues; 0 takes the largest of the parts, as PEFT does
};

struct LoraMix {
    MethodSettings settings;  ///< of the new adapter: alpha = rank, so that its scaling is 1
    int64_t rank = 0;
    int64_t layers = 0;
    double kept = 1;  ///< share of the sum's squared singular values, over all layers, that the rank holds
};

/// Holds the mix of `parts` in `set` under `name`. A head that one part brings goes along. BadArgument for no
/// parts or a rank out of range; Unsupported for what is no plain LoRA, for other replaced parameters, and
/// where choose() would refuse the parts together.
Result<LoraMix> mixLora(AdapterSet& set, LanguageModel& model, const std::vector<AdapterShare>& parts,
                        const MixSettings& how, const std::string& name);

}  // namespace lathe
