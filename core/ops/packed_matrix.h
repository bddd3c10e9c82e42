// SPDX-License-Identifier: GPL-3.0-or-later
// A frozen matrix in a quarter or an eighth of its memory: 8-bit rows or 4-bit NormalFloat blocks.
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <string>

namespace lathe {

enum class Quantization {
    None,
    Int8,  ///< a signed byte a value, one scale a row (the weights of LLM.int8(), Dettmers et al. 2022)
    Nf4,   ///< NormalFloat of 4 bits, one scale for 64 values in storage order (QLoRA, Dettmers et al. 2023)
};

/// From a recipe's word: none, int8, nf4.
Quantization quantizationOf(const std::string& word);

/// Bytes of a matrix packed like that. `kind` is not None.
int64_t packedBytes(int64_t rows, int64_t columns, Quantization kind);

/// A torch module only so that its tensors move with the model they are part of.
class PackedMatrix : public torch::nn::Module {
  public:
    /// From `matrix` (rows, columns), float32 on the CPU. `kind` is not None.
    PackedMatrix(const at::Tensor& matrix, Quantization kind);

    /// (rows, columns) in `type`, on the device where the codes are. On the CPU it lies in a scratch of this
    /// thread and is good until the next call on the thread, so that a whole model is unpacked in the memory
    /// of its largest matrix.
    at::Tensor unpack(at::ScalarType type) const;
    /// The same with the library's operations, as a GPU does it, in memory of its own.
    at::Tensor unpackByOperations(at::ScalarType type) const;

    int64_t rows() const { return m_rows; }
    int64_t columns() const { return m_columns; }
    int64_t bytes() const { return static_cast<int64_t>(m_codes.nbytes() + m_scales.nbytes()); }

  private:
    Quantization m_kind;
    int64_t m_rows, m_columns;
    at::Tensor m_codes;   ///< int8 (rows, columns), or uint8 (blocks · 32), the first value in the high half
    at::Tensor m_scales;  ///< float32 (rows), or (blocks)
};

}  // namespace lathe
