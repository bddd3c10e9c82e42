// SPDX-License-Identifier: GPL-3.0-or-later
// Named tensors in a file, whatever the file is: their shapes, and their values widened to float32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace lathe {

enum class DType {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Q2_K,
    Q3_K,
    Q4_K,
    Q5_K,
    Q6_K,
    IQ4_NL,
};

/// "F32", "Q4_1", … as the file formats write them.
const char* dtypeName(DType dtype);

struct TensorInfo {
    std::string name;  ///< the Hugging Face name, also when the file uses others (GGUF)
    DType dtype = DType::F32;
    std::vector<int64_t> shape;  ///< row-major, outermost first
    uint64_t elements = 0;       ///< product of shape, checked
    uint64_t sizeBytes = 0;      ///< in the file
};

/// Read-only; the file stays mapped for the object's life. Everything was bounds-checked when it was opened.
class WeightSource {
  public:
    virtual ~WeightSource() = default;
    virtual const std::vector<TensorInfo>& tensors() const = 0;
    /// Null when there is no such tensor.
    virtual const TensorInfo* find(const std::string& name) const = 0;
    /// Writes info.elements floats, row-major, dequantised and in Hugging Face row order.
    virtual Result<void> readFloat(const TensorInfo& info, std::span<float> out) const = 0;
    /// The tensor as it is stored; empty where the file keeps it otherwise than its info says.
    virtual std::span<const std::byte> bytes(const TensorInfo& /*info*/) const { return {}; }
};

}  // namespace lathe
