// SPDX-License-Identifier: GPL-3.0-or-later
// What a Hugging Face model is in a GGUF file: metadata from config.json, and each tensor's name and row
// order (methods.md, "GGUF models").
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/formats/gguf/gguf_names.h"

namespace lathe {

struct GgufPlan {
    std::string architecture;        ///< "llama", also for Mistral
    OrderedJson metadata;            ///< general.* and the architecture's keys, no tokenizer
    std::vector<float> ropeFactors;  ///< of llama3's rotary scaling, to be written as rope_freqs.weight
    int64_t heads = 0, kvHeads = 0;
};

/// Unsupported, with the way out, for an architecture or a setting that llama.cpp's format cannot say.
Result<GgufPlan> planGguf(const Json& config, const std::string& place);

/// `values` (row-major, `shape` with the outermost first) from Hugging Face's order into the file's; a
/// transposition swaps the two sizes.
void toGgufOrder(const GgufPlan& plan, GgufOrder order, std::vector<int64_t>& shape,
                 std::vector<float>& values);

}  // namespace lathe
