// SPDX-License-Identifier: GPL-3.0-or-later
// GGUF tensor names and the names and row orders of Hugging Face checkpoints, both ways (methods.md, "GGUF
// models").
#pragma once

#include <cstddef>
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

/// llama.cpp's name of the architecture that a Hugging Face model_type is: "llama" also for Mistral.
std::string ggufArchitecture(const std::string& modelType);

/// llama.cpp keeps the two halves of a rotary head interleaved (rows 2i and 2i + 1), transformers one after
/// the other. Where a row of the file stands in a checkpoint, and the other way; headDim is even.
std::size_t rotaryRowInCheckpoint(std::size_t row, std::size_t headDim);
std::size_t rotaryRowInGguf(std::size_t row, std::size_t headDim);

struct HuggingFaceName {
    std::string text;  ///< empty: the tensor is known and not needed
    GgufOrder order = GgufOrder::AsStored;
};

/// Nothing when the architecture has no such tensor.
std::optional<HuggingFaceName> huggingFaceName(const std::string& architecture, const std::string& ggufName);

struct GgufName {
    std::string text;
    GgufOrder order = GgufOrder::AsStored;
};

/// The other way: what llama.cpp calls a parameter of a Hugging Face model ("bert." and "transformer." may
/// stand before it or not). Nothing when the architecture has no place for it.
std::optional<GgufName> ggufName(const std::string& architecture, const std::string& huggingFaceName);

}  // namespace lathe
