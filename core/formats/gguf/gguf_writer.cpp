// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/gguf/gguf_writer.h"

#include <algorithm>
#include <array>

#include "core/base/files.h"
#include "core/formats/gguf/gguf_file.h"

namespace lathe {
namespace {

constexpr uint64_t kAlignment = 32;

struct OutputType {
    const char* name;
    DType dtype;
    uint32_t id;  ///< ggml_type
    int64_t fileType;
};
constexpr std::array kOutputTypes{OutputType{"f32", DType::F32, 0, 0}, OutputType{"f16", DType::F16, 1, 1},
                                  OutputType{"bf16", DType::BF16, 30, 32},
                                  OutputType{"q8_0", DType::Q8_0, 8, 7},
                                  OutputType{"q4_0", DType::Q4_0, 2, 2}};

const OutputType* outputType(DType dtype) {
    const auto it = std::find_if(kOutputTypes.begin(), kOutputTypes.end(),
                                 [&](const OutputType& type) { return type.dtype == dtype; });
    return it == kOutputTypes.end() ? nullptr : &*it;
}

/// Values of the container's metadata.
enum ValueType : uint32_t { kU32 = 4, kI32 = 5, kF32 = 6, kBool = 7, kString = 8, kArray = 9, kU64 = 10 };

class Bytes {
  public:
    template <class T>
    void put(T value) {
        m_bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void text(std::string_view value) {
        put(uint64_t(value.size()));
        m_bytes.append(value);
    }
    void pad() { m_bytes.resize((m_bytes.size() + kAlignment - 1) / kAlignment * kAlignment); }
    const std::string& bytes() const { return m_bytes; }

  private:
    std::string m_bytes;
};

ValueType typeOf(const OrderedJson& value, bool inList) {
    if (value.is_boolean()) return kBool;
    if (value.is_string()) return kString;
    if (value.is_number_float()) return kF32;
    LATHE_CHECK(value.is_number_integer());
    const auto number = value.get<int64_t>();
    if (inList || number < 0) return kI32;
    return number > int64_t(UINT32_MAX) ? kU64 : kU32;
}

void putValue(Bytes& out, ValueType type, const OrderedJson& value) {
    switch (type) {
        case kBool:
            return out.put(uint8_t(value.get<bool>()));
        case kString:
            return out.text(value.get_ref<const std::string&>());
        case kF32:
            return out.put(value.get<float>());
        case kI32:
            return out.put(value.get<int32_t>());
        case kU64:
            return out.put(value.get<uint64_t>());
        default:
            return out.put(value.get<uint32_t>());
    }
}

void putMetadata(Bytes& out, const OrderedJson& metadata) {
    for (const auto& [key, value] : metadata.items()) {
        out.text(key);
        if (!value.is_array()) {
            const ValueType type = typeOf(value, false);
            out.put(uint32_t(type));
            putValue(out, type, value);
            continue;
        }
        // One type for all: a list of scores may hold a whole number.
        const bool floats =
            std::any_of(value.begin(), value.end(), [](const auto& item) { return item.is_number_float(); });
        const ValueType type = floats ? kF32 : value.empty() ? kString : typeOf(value.front(), true);
        out.put(uint32_t(kArray));
        out.put(uint32_t(type));
        out.put(uint64_t(value.size()));
        for (const auto& item : value) putValue(out, type, item);
    }
}

}  // namespace

bool isGgufOutput(DType dtype) {
    return outputType(dtype) != nullptr;
}

std::optional<DType> ggufOutputNamed(const std::string& name) {
    for (const OutputType& type : kOutputTypes)
        if (type.name == name) return type.dtype;
    return std::nullopt;
}

int64_t ggufFileType(DType dtype) {
    const OutputType* type = outputType(dtype);
    LATHE_CHECK(type);
    return type->fileType;
}

Result<void> writeGguf(const std::filesystem::path& path, const OrderedJson& metadata,
                       const std::vector<GgufTensorToWrite>& tensors) {
    Bytes head;
    head.put(uint32_t(0x46554747));  // "GGUF"
    head.put(uint32_t(3));
    head.put(uint64_t(tensors.size()));
    head.put(uint64_t(metadata.size()));
    putMetadata(head, metadata);
    uint64_t offset = 0;
    for (const GgufTensorToWrite& tensor : tensors) {
        const OutputType* type = outputType(tensor.dtype);
        LATHE_CHECK(type && tensor.shape.size() <= 4 && tensor.name.size() < 64);
        head.text(tensor.name);
        head.put(uint32_t(tensor.shape.size()));
        for (auto size = tensor.shape.rbegin(); size != tensor.shape.rend(); ++size)
            head.put(uint64_t(*size));
        head.put(type->id);
        head.put(offset);
        offset += (tensor.bytes.size() + kAlignment - 1) / kAlignment * kAlignment;
    }
    head.pad();
    static constexpr std::array<char, kAlignment> kZeros{};
    return writeFileParts(path, [&](const AppendBytes& append) -> Result<void> {
        LATHE_TRY_VOID(append(head.bytes()));
        for (const GgufTensorToWrite& tensor : tensors) {
            const std::size_t size = tensor.bytes.size();
            LATHE_TRY_VOID(append({reinterpret_cast<const char*>(tensor.bytes.data()), size}));
            LATHE_TRY_VOID(append({kZeros.data(), (kAlignment - size % kAlignment) % kAlignment}));
        }
        return {};
    });
}

}  // namespace lathe
