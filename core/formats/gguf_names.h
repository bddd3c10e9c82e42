// SPDX-License-Identifier: GPL-3.0-or-later
// GGUF tensor names to the names and row orders of Hugging Face checkpoints (spec §5.3).
#pragma once

#include <optional>
#include <string>

namespace lathe {

/// How the stored values must be reordered to be what transformers expects.
enum class GgufOrder {
    AsStored,
    RotaryQuery,  ///< rows of each query head interleaved (architecture llama only)
    RotaryKey,    ///< the same for key heads
    Transposed,   ///< stored (out, in), wanted (in, out): GPT-2's Conv1D
};

struct HuggingFaceName {
    std::string text;  ///< empty: the tensor is known and not needed
    GgufOrder order = GgufOrder::AsStored;
};

/// Nothing when the architecture has no such tensor.
std::optional<HuggingFaceName> huggingFaceName(const std::string& architecture, const std::string& ggufName);

}  // namespace lathe
