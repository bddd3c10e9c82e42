// SPDX-License-Identifier: GPL-3.0-or-later
// The rotary settings of a config.json in both layouts: "rope_parameters" (transformers 5), or "rope_theta"
// and "rope_scaling" (4).
#pragma once

#include "core/base/config_view.h"
#include "core/ops/rotary.h"

namespace lathe {

/// `layerType` names the entry of rope_parameters where it has one for each kind of layer ("full_attention").
/// `base` stands where the file has none. Unsupported for an unknown scaling.
Result<RotarySettings> readRotary(const ConfigView& config, int64_t headDim, int64_t context,
                                  const char* layerType = "full_attention", double base = 10000);

/// Unsupported where the file turns a part of each head only: transformers reads that in some architectures
/// and passes it over in the others.
Result<void> checkWholeHeads(const RotarySettings& settings);

}  // namespace lathe
