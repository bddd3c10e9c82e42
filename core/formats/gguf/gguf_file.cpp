// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/gguf/gguf_file.h"

#include <bit>
#include <fstream>
#include <optional>
#include <unordered_set>

#include "core/base/mapped_guard.h"
#include "core/formats/weights/widen.h"

namespace lathe {
namespace {

constexpr std::string_view kMagic = "GGUF";
constexpr uint64_t kSmallestPair = 14;    // key length, one character, type, one byte
constexpr uint64_t kSmallestTensor = 25;  // name length, one character, dimension count, type, offset
constexpr uint64_t kMaxPairs = 65'536;
constexpr uint64_t kMaxTensors = 200'000;
constexpr uint64_t kMaxKey = 65'535;
constexpr uint64_t kMaxTensorName = 63;
constexpr uint64_t kMaxDimensions = 4;
constexpr uint64_t kMaxDimension = uint64_t(1) << 40;
/// Elements of all arrays together: a JSON value takes more memory than the byte it may come from.
constexpr uint64_t kMaxArrayElements = uint64_t(1) << 23;
constexpr uint32_t kDefaultAlignment = 32;
constexpr uint32_t kMaxAlignment = 65'536;

enum class ValueType : uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

Error malformed(std::string message, const std::string& place) {
    return {ErrorCode::FileMalformed, std::move(message), place, "fetch or copy the file again"};
}

struct TypeName {
    uint32_t id;
    const char* name;
    std::optional<DType> dtype;  ///< none: a real type that Lathe cannot read
};
constexpr TypeName kTensorTypes[] = {
    {0, "F32", DType::F32},
    {1, "F16", DType::F16},
    {2, "Q4_0", DType::Q4_0},
    {3, "Q4_1", DType::Q4_1},
    {6, "Q5_0", DType::Q5_0},
    {7, "Q5_1", DType::Q5_1},
    {8, "Q8_0", DType::Q8_0},
    {9, "Q8_1", {}},
    {10, "Q2_K", DType::Q2_K},
    {11, "Q3_K", DType::Q3_K},
    {12, "Q4_K", DType::Q4_K},
    {13, "Q5_K", DType::Q5_K},
    {14, "Q6_K", DType::Q6_K},
    {15, "Q8_K", {}},
    {16, "IQ2_XXS", {}},
    {17, "IQ2_XS", {}},
    {18, "IQ3_XXS", {}},
    {19, "IQ1_S", {}},
    {20, "IQ4_NL", DType::IQ4_NL},
    {21, "IQ3_S", {}},
    {22, "IQ2_S", {}},
    {23, "IQ4_XS", {}},
    {24, "I8", DType::I8},
    {25, "I16", DType::I16},
    {26, "I32", DType::I32},
    {27, "I64", DType::I64},
    {28, "F64", DType::F64},
    {29, "IQ1_M", {}},
    {30, "BF16", DType::BF16},
    {34, "TQ1_0", {}},
    {35, "TQ2_0", {}},
    {39, "MXFP4", {}},
    {40, "NVFP4", {}},
};

Result<DType> tensorType(uint32_t id, const std::string& place) {
    for (const TypeName& type : kTensorTypes) {
        if (type.id != id) continue;
        if (type.dtype) return *type.dtype;
        return Error{ErrorCode::Unsupported,
                     std::string("the tensor is stored as ") + type.name + ", which is not read", place,
                     "take a file in Q2_K … Q6_K, Q4_0 … Q8_0, IQ4_NL, F16, BF16 or F32"};
    }
    return malformed("unknown tensor type " + std::to_string(id), place);
}

/// Reads the parts in file order; ByteReader sees to the end of the file, this class to everything else.
class Parser {
  public:
    Parser(const MappedFile& file)
        : m_reader(file.bytes(), file.path().string()), m_place(file.path().string()) {}

    Result<void> parse(GgufFile& out) {
        LATHE_TRY_VOID(readHead(out));
        LATHE_TRY_VOID(readPairs(out.metadata));
        LATHE_TRY_VOID(readTensorTable(out.tensors));
        return placeTensors(out.tensors);
    }

  private:
    Result<void> readHead(GgufFile& out) {
        LATHE_TRY(const auto magic, m_reader.take(kMagic.size()));
        if (std::memcmp(magic.data(), kMagic.data(), kMagic.size()) != 0)
            return malformed("not a GGUF file: it does not start with \"GGUF\"", m_place);
        LATHE_TRY(out.version, m_reader.read<uint32_t>());
        if (out.version != 2 && out.version != 3) {
            const bool bigEndian = out.version != 0 && (out.version & 0xffff) == 0;
            return Error{ErrorCode::Unsupported,
                         bigEndian ? "the file is big-endian" : "GGUF version " + std::to_string(out.version),
                         m_place, "versions 2 and 3, little-endian, are read"};
        }
        LATHE_TRY(m_tensorCount, m_reader.read<uint64_t>());
        LATHE_TRY(m_pairCount, m_reader.read<uint64_t>());
        if (m_tensorCount > kMaxTensors || m_tensorCount > m_reader.remaining() / kSmallestTensor)
            return malformed("the file claims " + std::to_string(m_tensorCount) + " tensors", m_place);
        if (m_pairCount > kMaxPairs || m_pairCount > m_reader.remaining() / kSmallestPair)
            return malformed("the file claims " + std::to_string(m_pairCount) + " metadata entries", m_place);
        return {};
    }

    Result<std::string> readString(uint64_t limit, const char* what) {
        LATHE_TRY(const uint64_t length, m_reader.read<uint64_t>());
        if (length > limit) return malformed(std::string(what) + " is too long", m_place);
        LATHE_TRY(const auto bytes, m_reader.take(length));
        return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }

    template <class T>
    Result<Json> readNumber() {
        LATHE_TRY(const T value, m_reader.read<T>());
        return Json(value);
    }

    Result<Json> readScalar(ValueType type, const std::string& place) {
        switch (type) {
            case ValueType::U8:
                return readNumber<uint8_t>();
            case ValueType::I8:
                return readNumber<int8_t>();
            case ValueType::U16:
                return readNumber<uint16_t>();
            case ValueType::I16:
                return readNumber<int16_t>();
            case ValueType::U32:
                return readNumber<uint32_t>();
            case ValueType::I32:
                return readNumber<int32_t>();
            case ValueType::U64:
                return readNumber<uint64_t>();
            case ValueType::I64:
                return readNumber<int64_t>();
            case ValueType::F32:
                return readNumber<float>();
            case ValueType::F64:
                return readNumber<double>();
            case ValueType::Bool: {
                LATHE_TRY(const uint8_t value, m_reader.read<uint8_t>());
                if (value > 1) return malformed("a true/false value is neither 0 nor 1", place);
                return Json(value == 1);
            }
            case ValueType::String: {
                LATHE_TRY(std::string text, readString(m_reader.remaining(), "a text"));
                return Json(std::move(text));
            }
            case ValueType::Array:
                return malformed("a list inside a list", place);
        }
        return malformed("unknown value type " + std::to_string(uint32_t(type)), place);
    }

    static uint64_t smallestSize(ValueType type) {
        switch (type) {
            case ValueType::U8:
            case ValueType::I8:
            case ValueType::Bool:
                return 1;
            case ValueType::U16:
            case ValueType::I16:
                return 2;
            case ValueType::U32:
            case ValueType::I32:
            case ValueType::F32:
                return 4;
            default:
                return 8;
        }
    }

    Result<Json> readArray(const std::string& place) {
        LATHE_TRY(const auto type, m_reader.read<ValueType>());
        LATHE_TRY(const uint64_t count, m_reader.read<uint64_t>());
        if (count > m_reader.remaining() / smallestSize(type) || count > kMaxArrayElements - m_arrayElements)
            return malformed("the list claims " + std::to_string(count) + " elements", place);
        m_arrayElements += count;
        if (count == 0 && (type == ValueType::Array || type > ValueType::F64))
            return malformed("a list of an unknown type", place);
        Json::array_t values;
        values.reserve(count);
        for (uint64_t i = 0; i < count; ++i) {
            LATHE_TRY(auto value, readScalar(type, place));
            values.push_back(std::move(value));
        }
        return Json(std::move(values));
    }

    Result<void> readPairs(Json& metadata) {
        metadata = Json::object();
        for (uint64_t i = 0; i < m_pairCount; ++i) {
            LATHE_TRY(std::string key, readString(kMaxKey, "a metadata key"));
            if (key.empty()) return malformed("a metadata key is empty", m_place);
            if (metadata.contains(key))
                return malformed("the metadata key \"" + key + "\" appears twice", m_place);
            const std::string place = m_place + ": " + key;
            LATHE_TRY(const auto type, m_reader.read<ValueType>());
            LATHE_TRY(Json value, type == ValueType::Array ? readArray(place) : readScalar(type, place));
            if (key == "general.alignment") LATHE_TRY_VOID(setAlignment(type, value, place));
            metadata[std::move(key)] = std::move(value);
        }
        return {};
    }

    Result<void> setAlignment(ValueType type, const Json& value, const std::string& place) {
        if (type != ValueType::U32) return malformed("the alignment must be a 32-bit number", place);
        m_alignment = value.get<uint32_t>();
        if (!std::has_single_bit(m_alignment) || m_alignment > kMaxAlignment)
            return malformed("the alignment must be a power of two up to " + std::to_string(kMaxAlignment),
                             place);
        return {};
    }

    Result<void> readTensorTable(std::vector<GgufTensor>& tensors) {
        std::unordered_set<std::string> names;
        tensors.reserve(m_tensorCount);
        for (uint64_t i = 0; i < m_tensorCount; ++i) {
            GgufTensor tensor;
            LATHE_TRY(tensor.name, readString(kMaxTensorName, "a tensor name"));
            if (tensor.name.empty()) return malformed("a tensor has no name", m_place);
            if (!names.insert(tensor.name).second)
                return malformed("the tensor \"" + tensor.name + "\" appears twice", m_place);
            LATHE_TRY_VOID(readTensorShape(tensor));
            tensors.push_back(std::move(tensor));
        }
        return {};
    }

    Result<void> readTensorShape(GgufTensor& tensor) {
        const std::string place = m_place + ": " + tensor.name;
        LATHE_TRY(const uint32_t dimensions, m_reader.read<uint32_t>());
        if (dimensions > kMaxDimensions)
            return malformed("a tensor has " + std::to_string(dimensions) + " dimensions", place);
        tensor.elements = 1;
        for (uint32_t d = 0; d < dimensions; ++d) {
            LATHE_TRY(const uint64_t size, m_reader.read<uint64_t>());
            if (size > kMaxDimension) return malformed("a dimension is impossibly large", place);
            LATHE_TRY(tensor.elements, checkedMultiply(tensor.elements, size, place));
            tensor.dims.push_back(size);
        }
        LATHE_TRY(const uint32_t type, m_reader.read<uint32_t>());
        LATHE_TRY(tensor.dtype, tensorType(type, place));
        const uint32_t block = blockLayout(tensor.dtype).elements;
        if ((tensor.dims.empty() ? 1 : tensor.dims[0]) % block != 0)
            return malformed(
                std::string("a row is no whole number of ") + dtypeName(tensor.dtype) + " blocks", place);
        LATHE_TRY(tensor.sizeBytes, storedBytes(tensor.dtype, tensor.elements, place));
        LATHE_TRY(tensor.offset, m_reader.read<uint64_t>());
        return {};
    }

    Result<uint64_t> padded(uint64_t size, const std::string& place) const {
        LATHE_TRY(const uint64_t reached, checkedAdd(size, m_alignment - 1, place));
        return reached & ~uint64_t(m_alignment - 1);
    }

    /// Offsets must be the running padded sum; turns them into places in the file.
    Result<void> placeTensors(std::vector<GgufTensor>& tensors) const {
        LATHE_TRY(const uint64_t dataStart, padded(m_reader.position(), m_place));
        const uint64_t fileSize = m_reader.position() + m_reader.remaining();
        uint64_t running = 0;
        for (GgufTensor& tensor : tensors) {
            const std::string place = m_place + ": " + tensor.name;
            if (tensor.offset != running)
                return malformed("the tensor's data is not where the tensors before it end", place);
            LATHE_TRY(tensor.offset, checkedAdd(dataStart, running, place));
            LATHE_TRY(const uint64_t end, checkedAdd(tensor.offset, tensor.sizeBytes, place));
            if (end > fileSize)
                return malformed("the file ends inside this tensor: " + std::to_string(end) +
                                     " bytes wanted, " + std::to_string(fileSize) + " there",
                                 place);
            LATHE_TRY(const uint64_t size, padded(tensor.sizeBytes, place));
            LATHE_TRY(running, checkedAdd(running, size, place));
        }
        return {};
    }

    ByteReader m_reader;
    std::string m_place;
    uint64_t m_tensorCount = 0;
    uint64_t m_pairCount = 0;
    uint64_t m_arrayElements = 0;
    uint32_t m_alignment = kDefaultAlignment;
};

}  // namespace

Result<GgufFile> openGguf(const std::filesystem::path& path) {
    LATHE_TRY(auto file, MappedFile::open(path));
    GgufFile gguf{std::move(file), 0, {}, {}};
    const auto parsed = Parser(gguf.file).parse(gguf);
    LATHE_TRY_VOID(checkMapping(gguf.file.bytes(), path));
    LATHE_TRY_VOID(parsed);
    return gguf;
}

bool isGgufFile(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored)) return false;
    std::ifstream file(path, std::ios::binary);
    char magic[4] = {};
    return file.read(magic, sizeof magic) && std::string_view(magic, sizeof magic) == kMagic;
}

}  // namespace lathe
