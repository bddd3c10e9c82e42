// SPDX-License-Identifier: GPL-3.0-or-later
// The GGUF container, versions 2 and 3: metadata and tensor table, every number checked (methods.md, "GGUF
// container").
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/formats/weights/weight_source.h"

namespace lathe {

struct GgufTensor {
    std::string name;  ///< as in the file ("blk.0.attn_q.weight")
    DType dtype = DType::F32;
    std::vector<uint64_t> dims;  ///< innermost first, as in the file
    uint64_t elements = 0;
    uint64_t offset = 0;  ///< from the start of the file; offset + sizeBytes lies inside it
    uint64_t sizeBytes = 0;
};

struct GgufFile {
    MappedFile file;
    uint32_t version = 0;
    Json metadata;  ///< one flat object: key → number, true/false, text, or a list of one of them
    std::vector<GgufTensor> tensors;

    std::span<const std::byte> bytesOf(const GgufTensor& tensor) const {
        return file.bytes().subspan(tensor.offset, tensor.sizeBytes);
    }
};

/// FileMalformed for anything that lies; Unsupported for other versions and unknown tensor types.
Result<GgufFile> openGguf(const std::filesystem::path& path);

/// Whether the file starts with the magic "GGUF".
bool isGgufFile(const std::filesystem::path& path);

}  // namespace lathe
