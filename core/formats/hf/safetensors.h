// SPDX-License-Identifier: GPL-3.0-or-later
// safetensors, both ways, with every check of methods.md, "safetensors".
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/formats/weights/weight_source.h"

namespace lathe {

/// Opens one .safetensors file. FileMalformed when anything in the header lies.
Result<std::unique_ptr<WeightSource>> openSafetensors(const std::filesystem::path& path);

/// Opens all shards named by a model.safetensors.index.json.
Result<std::unique_ptr<WeightSource>> openSafetensorsIndex(const std::filesystem::path& indexFile);

struct TensorToWrite {
    std::string name;
    DType dtype = DType::F32;  ///< F32, F16, BF16, I64, I32 or U8
    std::vector<int64_t> shape;
    std::span<const std::byte> bytes;  ///< little-endian, row-major
};

/// Writes the file whole or not at all (temporary name, sync, rename). metadata {"format":"pt"} is always
/// added.
Result<void> writeSafetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                              const std::map<std::string, std::string>& metadata = {});

/// A tensor as the header names it.
struct TensorAbout {
    std::string name;
    DType dtype = DType::F32;  ///< as TensorToWrite
    std::vector<int64_t> shape;
};
/// The bytes of a tensor, as many as its shape says. They are written before the next tensor is asked for, so
/// that one at a time is in memory.
using TensorBytes = std::function<Result<std::span<const std::byte>>(const TensorAbout& tensor)>;
/// The same for tensors that are made while they are written.
Result<void> writeSafetensors(const std::filesystem::path& path, std::vector<TensorAbout> tensors,
                              const TensorBytes& bytesOf,
                              const std::map<std::string, std::string>& metadata = {});

}  // namespace lathe
