// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the GGUF container, version 3 (methods.md, "GGUF container").
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/formats/weights/weight_source.h"

namespace lathe {

struct GgufTensorToWrite {
    std::string name;
    DType dtype = DType::F32;      ///< see isGgufOutput
    std::vector<int64_t> shape;    ///< outermost first, as torch has it
    std::vector<std::byte> bytes;  ///< of that type, as narrowFromFloat makes them
};

/// `metadata`: one flat object as the reader gives it. Whole numbers become u32 (lists of them i32), other
/// numbers f32. The file is written whole or not at all.
Result<void> writeGguf(const std::filesystem::path& path, const OrderedJson& metadata,
                       const std::vector<GgufTensorToWrite>& tensors);

/// The types that models are written in: F32, F16, BF16, Q8_0, Q4_0.
bool isGgufOutput(DType dtype);
/// "q8_0" → Q8_0; nothing for a type that is not written.
std::optional<DType> ggufOutputNamed(const std::string& name);
/// The number llama.cpp has for a file mostly of this type (general.file_type).
int64_t ggufFileType(DType dtype);

}  // namespace lathe
