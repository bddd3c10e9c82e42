// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hf/safetensors.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "core/base/files.h"
#include "core/base/json.h"
#include "core/base/mapped_guard.h"
#include "core/formats/weights/widen.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMaxHeader = 100'000'000;
constexpr std::size_t kMaxTensors = 200'000;
constexpr std::size_t kMaxDimensions = 16;
constexpr std::size_t kMaxShards = 10'000;
constexpr uint64_t kMaxIndex = uint64_t(32) << 20;  // bytes
/// More separators than this cannot belong to kMaxTensors entries: refused before the header is parsed.
constexpr std::ptrdiff_t kMaxSeparators = 24 * std::ptrdiff_t(kMaxTensors);

constexpr std::array kPlainTypes = {DType::F64, DType::F32, DType::F16, DType::BF16, DType::I64,
                                    DType::I32, DType::I16, DType::I8,  DType::U8,   DType::Bool};

Error malformed(std::string message, std::string place) {
    return {ErrorCode::FileMalformed, std::move(message), std::move(place), "fetch or copy the file again"};
}

Error tooManyTensors(const std::string& place) {
    return malformed("more than " + std::to_string(kMaxTensors) + " tensors", place);
}

std::string inTensor(const std::string& place, const std::string& tensor) {
    return place + ": " + tensor;
}

struct Entry {
    TensorInfo info;
    uint64_t begin = 0, end = 0;
};

Result<DType> readDtype(const std::string& name, const std::string& place) {
    for (const DType dtype : kPlainTypes)
        if (name == dtypeName(dtype)) return dtype;
    const bool quantised = name.starts_with("F8") || name.starts_with("F4") || name.starts_with("F6");
    return Error{ErrorCode::Unsupported, "the tensor type \"" + name + "\" is not known", place,
                 quantised ? "the weights are quantised; take the model that they were made from"
                           : "F32, F16, BF16, F64 and the integer types are"};
}

Result<uint64_t> unsignedNumber(const Json& value, const char* what, const std::string& place) {
    if (!value.is_number_unsigned())
        return malformed(std::string(what) + " must be whole numbers from 0 up", place);
    return value.get<uint64_t>();
}

Result<Entry> readEntry(const std::string& name, const Json& json, const std::string& file) {
    const std::string place = inTensor(file, name);
    if (!json.is_object() || json.size() != 3 || !json.contains("dtype") || !json.contains("shape") ||
        !json.contains("data_offsets"))
        return malformed("an entry must have dtype, shape and data_offsets, nothing else", place);
    const Json &dtype = json["dtype"], &shape = json["shape"], &offsets = json["data_offsets"];
    if (!dtype.is_string()) return malformed("dtype must be a text", place);
    if (!shape.is_array() || shape.size() > kMaxDimensions)
        return malformed("shape must be a list of at most " + std::to_string(kMaxDimensions) + " numbers",
                         place);
    if (!offsets.is_array() || offsets.size() != 2)
        return malformed("data_offsets must be two numbers", place);

    Entry entry;
    entry.info.name = name;
    LATHE_TRY(entry.info.dtype, readDtype(dtype.get_ref<const std::string&>(), place));
    entry.info.elements = 1;
    for (const Json& item : shape) {
        LATHE_TRY(const uint64_t size, unsignedNumber(item, "shape", place));
        if (size > uint64_t(INT64_MAX)) return malformed("a dimension is impossibly large", place);
        LATHE_TRY(entry.info.elements, checkedMultiply(entry.info.elements, size, place));
        entry.info.shape.push_back(static_cast<int64_t>(size));
    }
    LATHE_TRY(entry.info.sizeBytes, storedBytes(entry.info.dtype, entry.info.elements, place));
    LATHE_TRY(entry.begin, unsignedNumber(offsets[0], "data_offsets", place));
    LATHE_TRY(entry.end, unsignedNumber(offsets[1], "data_offsets", place));
    if (entry.end < entry.begin || entry.end - entry.begin != entry.info.sizeBytes)
        return malformed("the shape needs " + std::to_string(entry.info.sizeBytes) +
                             " bytes, data_offsets give another size",
                         place);
    return entry;
}

Result<void> checkMetadata(const Json& metadata, const std::string& file) {
    if (!metadata.is_object()) return malformed("__metadata__ must be an object of texts", file);
    for (const auto& [key, value] : metadata.items())
        if (!value.is_string()) return malformed("__metadata__ may hold texts only", inTensor(file, key));
    return {};
}

/// All entries in the order of their data, which must fill the buffer without hole or overlap.
Result<std::vector<Entry>> readEntries(const Json& header, uint64_t bufferSize, const std::string& file) {
    if (!header.is_object()) return malformed("the header must be a JSON object", file);
    if (header.size() - header.count("__metadata__") > kMaxTensors) return tooManyTensors(file);
    std::vector<Entry> entries;
    entries.reserve(header.size());
    for (const auto& [name, json] : header.items()) {
        if (name == "__metadata__") {
            LATHE_TRY_VOID(checkMetadata(json, file));
            continue;
        }
        LATHE_TRY(auto entry, readEntry(name, json, file));
        entries.push_back(std::move(entry));
    }
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.begin, a.end, a.info.name) < std::tie(b.begin, b.end, b.info.name);
    });
    uint64_t position = 0;
    for (const Entry& entry : entries) {
        if (entry.begin != position)
            return malformed("the data has a hole or an overlap before this tensor",
                             inTensor(file, entry.info.name));
        position = entry.end;
    }
    if (position != bufferSize)
        return malformed("the tensors take " + std::to_string(position) + " bytes, the file has " +
                             std::to_string(bufferSize) + " for them",
                         file);
    return entries;
}

class SafetensorsFile : public WeightSource {
  public:
    SafetensorsFile(MappedFile file, uint64_t dataStart, std::vector<Entry> entries)
        : m_file(std::move(file)) {
        m_tensors.reserve(entries.size());
        for (Entry& entry : entries) {
            m_places.emplace(entry.info.name, Place{m_tensors.size(), dataStart + entry.begin});
            m_tensors.push_back(std::move(entry.info));
        }
    }

    const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
    const TensorInfo* find(const std::string& name) const override {
        const auto it = m_places.find(name);
        return it == m_places.end() ? nullptr : &m_tensors[it->second.index];
    }
    Result<void> readFloat(const TensorInfo& info, std::span<float> out) const override {
        const auto it = m_places.find(info.name);
        LATHE_CHECK(it != m_places.end());
        const TensorInfo& own = m_tensors[it->second.index];
        LATHE_CHECK(out.size() == own.elements);
        const auto stored = bytes(own);
        widenToFloat(own.dtype, stored, out);
        LATHE_TRY_VOID(checkMapping(stored, m_file.path()));
        // Its pages no longer count as our memory.
        const uint64_t begin = it->second.offset;
        m_file.release(begin, begin + own.sizeBytes);
        return {};
    }
    std::span<const std::byte> bytes(const TensorInfo& info) const override {
        const auto it = m_places.find(info.name);
        LATHE_CHECK(it != m_places.end());
        return m_file.bytes().subspan(it->second.offset, m_tensors[it->second.index].sizeBytes);
    }

  private:
    struct Place {
        std::size_t index;
        uint64_t offset;
    };
    MappedFile m_file;
    std::vector<TensorInfo> m_tensors;
    std::unordered_map<std::string, Place> m_places;
};

class ShardedSafetensors : public WeightSource {
  public:
    /// FileMalformed when a tensor lies in two shards.
    Result<void> add(std::unique_ptr<WeightSource> shard, const std::string& place) {
        for (const TensorInfo& info : shard->tensors()) {
            if (!m_owners.emplace(info.name, Owner{m_tensors.size(), shard.get()}).second)
                return malformed("the tensor lies in two shards", inTensor(place, info.name));
            m_tensors.push_back(info);
        }
        if (m_tensors.size() > kMaxTensors) return tooManyTensors(place);
        m_shards.push_back(std::move(shard));
        return {};
    }

    const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
    const TensorInfo* find(const std::string& name) const override {
        const auto it = m_owners.find(name);
        return it == m_owners.end() ? nullptr : &m_tensors[it->second.index];
    }
    Result<void> readFloat(const TensorInfo& info, std::span<float> out) const override {
        const auto it = m_owners.find(info.name);
        LATHE_CHECK(it != m_owners.end());
        return it->second.shard->readFloat(info, out);
    }
    std::span<const std::byte> bytes(const TensorInfo& info) const override {
        const auto it = m_owners.find(info.name);
        LATHE_CHECK(it != m_owners.end());
        return it->second.shard->bytes(info);
    }

  private:
    struct Owner {
        std::size_t index;
        const WeightSource* shard;
    };
    std::vector<std::unique_ptr<WeightSource>> m_shards;
    std::vector<TensorInfo> m_tensors;
    std::unordered_map<std::string, Owner> m_owners;
};

/// The index names files; a stranger's index must not lead out of its folder.
bool isPlainFileName(const std::string& name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find_first_of(std::string_view("/\\:\0", 4)) == std::string::npos;
}

uint64_t bytesOf(const TensorAbout& tensor) {
    uint64_t bytes = blockLayout(tensor.dtype).bytes;
    for (const int64_t size : tensor.shape) bytes *= static_cast<uint64_t>(size);
    return bytes;
}

std::string headerOf(const std::vector<TensorAbout>& tensors,
                     const std::map<std::string, std::string>& metadata) {
    OrderedJson header;
    header["__metadata__"] = {{"format", "pt"}};
    for (const auto& [key, value] : metadata) header["__metadata__"][key] = value;
    uint64_t offset = 0;
    for (const TensorAbout& tensor : tensors) {
        OrderedJson entry;
        entry["dtype"] = dtypeName(tensor.dtype);
        entry["shape"] = tensor.shape;
        entry["data_offsets"] = {offset, offset + bytesOf(tensor)};
        offset += bytesOf(tensor);
        header[tensor.name] = std::move(entry);
    }
    std::string text = header.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
}

}  // namespace

Result<std::unique_ptr<WeightSource>> openSafetensors(const fs::path& path) {
    LATHE_TRY(auto file, MappedFile::open(path));
    const std::string place = path.string();
    ByteReader reader(file.bytes(), place);
    LATHE_TRY(const uint64_t headerSize, reader.read<uint64_t>());
    if (headerSize > kMaxHeader)
        return malformed(
            "the header claims " + std::to_string(headerSize) + " bytes, more than a header may have", place);
    LATHE_TRY(const auto raw, reader.take(headerSize));
    const std::string_view text(reinterpret_cast<const char*>(raw.data()), raw.size());
    // One object a tensor, the header itself and its metadata.
    if (std::count(text.begin(), text.end(), '{') > std::ptrdiff_t(kMaxTensors) + 2)
        return tooManyTensors(place);
    if (std::count(text.begin(), text.end(), ',') > kMaxSeparators)
        return malformed("the header lists more than a file of weights can hold", place);
    auto parsed = parseJson(text, place);
    LATHE_TRY_VOID(checkMapping(raw, path));
    LATHE_TRY(const Json header, std::move(parsed));
    const uint64_t dataStart = reader.position();
    LATHE_TRY(auto entries, readEntries(header, reader.remaining(), place));
    return std::unique_ptr<WeightSource>(
        std::make_unique<SafetensorsFile>(std::move(file), dataStart, std::move(entries)));
}

Result<std::unique_ptr<WeightSource>> openSafetensorsIndex(const fs::path& indexFile) {
    const std::string place = indexFile.string();
    LATHE_TRY(const std::string text, readTextFile(indexFile, kMaxIndex));
    LATHE_TRY(const Json index, parseJson(text, place));
    if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object() ||
        index["weight_map"].empty())
        return malformed("\"weight_map\" must name the file of each tensor", place);
    std::map<std::string, std::vector<std::string>> tensorsByFile;
    for (const auto& [tensor, file] : index["weight_map"].items()) {
        if (!file.is_string() || !isPlainFileName(file.get_ref<const std::string&>()))
            return malformed("a shard must be a plain file name in the same folder", inTensor(place, tensor));
        tensorsByFile[file.get<std::string>()].push_back(tensor);
    }
    if (tensorsByFile.size() > kMaxShards) return malformed("too many shards", place);

    auto all = std::make_unique<ShardedSafetensors>();
    for (const auto& [file, tensors] : tensorsByFile) {
        LATHE_TRY(auto shard, openSafetensors(indexFile.parent_path() / file));
        for (const std::string& tensor : tensors)
            if (!shard->find(tensor))
                return malformed("the index places the tensor in " + file + ", which lacks it",
                                 inTensor(place, tensor));
        LATHE_TRY_VOID(all->add(std::move(shard), place));
    }
    return std::unique_ptr<WeightSource>(std::move(all));
}

Result<void> writeSafetensors(const fs::path& path, const std::vector<TensorToWrite>& tensors,
                              const std::map<std::string, std::string>& metadata) {
    std::vector<TensorAbout> about;
    std::unordered_map<std::string, std::span<const std::byte>> bytes;
    for (const TensorToWrite& tensor : tensors) {
        about.push_back({tensor.name, tensor.dtype, tensor.shape});
        bytes.emplace(tensor.name, tensor.bytes);
    }
    return writeSafetensors(
        path, std::move(about), [&](const TensorAbout& tensor) { return bytes.at(tensor.name); }, metadata);
}

Result<void> writeSafetensors(const fs::path& path, std::vector<TensorAbout> tensors,
                              const TensorBytes& bytesOfTensor,
                              const std::map<std::string, std::string>& metadata) {
    std::unordered_set<std::string> names;
    for (const TensorAbout& tensor : tensors) {
        LATHE_CHECK(names.insert(tensor.name).second && tensor.name != "__metadata__");
        LATHE_CHECK(std::find(kPlainTypes.begin(), kPlainTypes.end(), tensor.dtype) != kPlainTypes.end());
    }
    // Widest type first keeps every tensor aligned to its own size.
    std::sort(tensors.begin(), tensors.end(), [](const TensorAbout& a, const TensorAbout& b) {
        const auto width = [](const TensorAbout& t) { return blockLayout(t.dtype).bytes; };
        return std::make_tuple(width(b), a.dtype, std::cref(a.name)) <
               std::make_tuple(width(a), b.dtype, std::cref(b.name));
    });
    const std::string header = headerOf(tensors, metadata);
    const uint64_t headerSize = header.size();
    return writeFileParts(path, [&](const AppendBytes& append) -> Result<void> {
        LATHE_TRY_VOID(append({reinterpret_cast<const char*>(&headerSize), sizeof headerSize}));
        LATHE_TRY_VOID(append(header));
        for (const TensorAbout& tensor : tensors) {
            LATHE_TRY(const auto bytes, bytesOfTensor(tensor));
            LATHE_CHECK(bytes.size() == bytesOf(tensor));
            LATHE_TRY_VOID(append({reinterpret_cast<const char*>(bytes.data()), bytes.size()}));
        }
        return {};
    });
}

}  // namespace lathe
