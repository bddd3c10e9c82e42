// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/gguf/gguf_file.h"

#include <functional>

#include "core/formats/gguf/gguf_model.h"
#include "tests/core/formats/sample_files.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

constexpr uint32_t kF32 = 0;
const std::string kEightFloats = floats({1, 2, 3, 4, 5, 6, 7, 8});

GgufMaker goodMaker() {
    GgufMaker maker;
    maker.text("general.architecture", "none")
        .u32("general.alignment", 32)
        .f32("eps", 0.5f)
        .texts("tokens", {"a", "", "名"})
        .value("flags", 9, le<uint32_t>(7) + le<uint64_t>(2) + std::string("\x01\x00", 2))
        .tensor("first", {4, 2}, kF32, kEightFloats)
        .tensor("second", {32}, 8, std::string(34, '\1'))
        .tensor("third", {3}, kF32, floats({1, 2, 3}));
    return maker;
}

using Make = std::function<std::string()>;
struct BadFile {
    const char* name;
    Make make;
};

std::string withTensor(const std::vector<uint64_t>& dims, uint32_t type, const std::string& bytes) {
    return GgufMaker().tensor("t", dims, type, bytes).bytes();
}
std::string withValue(uint32_t type, const std::string& bytes) {
    return GgufMaker().value("k", type, bytes).bytes();
}
std::string withAlignment(uint32_t type, const std::string& bytes) {
    return GgufMaker().value("general.alignment", type, bytes).tensor("t", {8}, kF32, kEightFloats).bytes();
}
std::string withCounts(uint64_t pairs, uint64_t tensors) {
    GgufMaker maker = goodMaker();
    maker.pairs = pairs;
    maker.tensorCount = tensors;
    return maker.bytes();
}
std::string withVersion(uint32_t version) {
    GgufMaker maker = goodMaker();
    maker.version = version;
    return maker.bytes();
}

const std::vector<BadFile> kBadHeads = {
    {"header bad magic", [] { return "GGML" + goodMaker().bytes().substr(4); }},
    {"header empty", [] { return std::string(); }},
    {"header bad version 0", [] { return withVersion(0); }},
    {"header bad version 1", [] { return withVersion(1); }},
    {"header bad version future", [] { return withVersion(4); }},
    {"header big endian", [] { return withVersion(3u << 24); }},
    {"header bad n tensors", [] { return withCounts(5, UINT64_MAX / 25 + 1); }},
    {"header one tensor too many", [] { return withCounts(5, 4); }},
    {"header bad n kv", [] { return withCounts(UINT64_MAX / 14 + 1, 3); }},
    {"header n kv 2^63", [] { return withCounts(uint64_t(1) << 63, 3); }},
};
const std::vector<BadFile> kBadPairs = {
    {"kv bad key size",
     [] {
         return "GGUF" + le(3u) + le<uint64_t>(0) + le<uint64_t>(1) + le(UINT64_MAX) + std::string(64, 'k');
     }},
    {"kv empty key", [] { return GgufMaker().u32("", 1).bytes(); }},
    {"kv bad type", [] { return withValue(13, le<uint64_t>(0)); }},
    {"kv bad type huge", [] { return withValue(UINT32_MAX, le<uint64_t>(0)); }},
    {"kv duplicate key", [] { return GgufMaker().u32("k", 1).u32("k", 2).bytes(); }},
    {"kv bool neither 0 nor 1", [] { return withValue(7, "\x02"); }},
    {"kv string past the end", [] { return withValue(8, le<uint64_t>(1000) + "abc"); }},
    {"kv string length wraps", [] { return withValue(8, le(UINT64_MAX) + "abc"); }},
    {"kv array count past the end", [] { return withValue(9, le(4u) + le<uint64_t>(1000) + "abcd"); }},
    {"kv array count wraps", [] { return withValue(9, le(4u) + le((uint64_t(1) << 62) + 1) + "abcd"); }},
    {"kv array of strings wraps", [] { return withValue(9, le(8u) + le(uint64_t(1) << 61) + "abcdefgh"); }},
    {"kv array of unknown type", [] { return withValue(9, le(99u) + le<uint64_t>(0)); }},
    {"kv array of arrays", [] { return withValue(9, le(9u) + le<uint64_t>(1) + std::string(32, '\0')); }},
    {"kv empty array of arrays", [] { return withValue(9, le(9u) + le<uint64_t>(0)); }},
    {"kv alignment 0", [] { return withAlignment(4, le(0u)); }},
    {"kv alignment 48", [] { return withAlignment(4, le(48u)); }},
    {"kv alignment 2^31", [] { return withAlignment(4, le(1u << 31)); }},
    {"kv alignment a text", [] { return withAlignment(8, ggufString("32")); }},
    {"kv alignment 64 bit", [] { return withAlignment(10, le<uint64_t>(32)); }},
    {"kv alignment a list", [] { return withAlignment(9, le(4u) + le<uint64_t>(1) + le(32u)); }},
};
const std::vector<BadFile> kBadTensors = {
    {"tensors bad name size",
     [] { return GgufMaker().tensor(std::string(64, 'n'), {8}, kF32, kEightFloats).bytes(); }},
    {"tensors empty name", [] { return GgufMaker().tensor("", {8}, kF32, kEightFloats).bytes(); }},
    {"tensors bad n dims", [] { return withTensor({1, 1, 1, 1, 8}, kF32, kEightFloats); }},
    {"tensors n dims 2^32 - 1",
     [] {
         return "GGUF" + le(3u) + le<uint64_t>(1) + le<uint64_t>(0) + ggufString("t") + le(UINT32_MAX) +
                std::string(64, '\0');
     }},
    {"tensors bad shape", [] { return withTensor({uint64_t(1) << 63}, kF32, kEightFloats); }},
    {"tensors dim -1", [] { return withTensor({UINT64_MAX}, kF32, kEightFloats); }},
    {"tensors ne too big", [] { return withTensor({1u << 31, 1u << 31, 1u << 31, 4}, kF32, kEightFloats); }},
    {"tensors size wraps", [] { return withTensor({uint64_t(1) << 40, 1 << 22}, kF32, kEightFloats); }},
    {"tensors INT64_MAX x 2", [] { return withTensor({uint64_t(INT64_MAX), 2}, kF32, kEightFloats); }},
    {"tensors bad type", [] { return withTensor({8}, 77, kEightFloats); }},
    {"tensors type IQ4_XS", [] { return withTensor({256}, 23, std::string(136, '\0')); }},
    {"tensors row no whole block", [] { return withTensor({16, 2}, 8, std::string(34, '\0')); }},
    {"tensors bad offset", [] { return GgufMaker().tensor("t", {8}, kF32, kEightFloats, 32).bytes(); }},
    {"tensors offset wraps",
     [] { return GgufMaker().tensor("t", {8}, kF32, kEightFloats, UINT64_MAX - 31).bytes(); }},
    {"tensors overlap",
     [] {
         return GgufMaker()
             .tensor("a", {8}, kF32, kEightFloats)
             .tensor("b", {8}, kF32, kEightFloats, 0)
             .bytes();
     }},
    {"tensors hole",
     [] {
         return GgufMaker()
             .tensor("a", {8}, kF32, kEightFloats)
             .tensor("b", {8}, kF32, kEightFloats, 64)
             .bytes();
     }},
    {"tensors duplicate name",
     [] {
         return GgufMaker().tensor("a", {8}, kF32, kEightFloats).tensor("a", {8}, kF32, kEightFloats).bytes();
     }},
    {"tensors inconsistent align",
     [] {
         GgufMaker maker;
         maker.u32("general.alignment", 64).tensor("a", {8}, kF32, kEightFloats);
         return maker.tensor("b", {8}, kF32, kEightFloats).bytes();
     }},
    {"data not enough data", [] { return withTensor({64}, kF32, kEightFloats); }},
    {"data none", [] { return GgufMaker().tensor("a", {8}, kF32, kEightFloats).head(); }},
};

}  // namespace

class TestGguf : public QObject {
    Q_OBJECT
  private:
    TemporaryFolder m_folder;
    Result<GgufFile> open(const std::string& bytes) const {
        return openGguf(m_folder.write("f.gguf", bytes));
    }

    static void addRows(const std::vector<BadFile>& files) {
        for (const BadFile& file : files) {
            const std::string bytes = file.make();
            QTest::newRow(file.name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size()));
        }
    }

  private slots:
    void readsMetadataAndTensors() {
        const auto gguf = open(goodMaker().bytes());
        LATHE_VERIFY_OK(gguf);
        const Json& metadata = gguf.value().metadata;
        QCOMPARE(metadata["general.architecture"].get<std::string>(), std::string("none"));
        QCOMPARE(metadata["eps"].get<double>(), 0.5);
        QVERIFY(metadata["tokens"] == Json({"a", "", "名"}));
        QVERIFY(metadata["flags"] == Json({true, false}));
        const auto& tensors = gguf.value().tensors;
        QCOMPARE(tensors.size(), std::size_t(3));
        QVERIFY(tensors[0].dims == std::vector<uint64_t>({4, 2}) && tensors[0].elements == 8);
        QVERIFY(tensors[1].dtype == DType::Q8_0 && tensors[1].sizeBytes == 34);
        const auto bytes = gguf.value().bytesOf(tensors[2]);
        QVERIFY(std::memcmp(bytes.data(), floats({1, 2, 3}).data(), bytes.size()) == 0);
        QVERIFY(isGgufFile(m_folder.path() / "f.gguf"));
        QVERIFY(!isGgufFile(m_folder.write("x", "GG")));
    }

    void readsEveryNumberType() {
        GgufMaker maker;
        maker.version = 2;
        maker.value("u8", 0, le<uint8_t>(200))
            .value("i8", 1, le<int8_t>(-3))
            .value("u16", 2, le<uint16_t>(60000));
        maker.value("i16", 3, le<int16_t>(-300))
            .value("u32", 4, le(4000000000u))
            .value("i32", 5, le<int32_t>(-70000));
        maker.value("u64", 10, le(UINT64_MAX)).value("i64", 11, le(INT64_MIN)).value("f64", 12, le(0.1));
        const auto gguf = open(maker.bytes());
        LATHE_VERIFY_OK(gguf);
        const Json expected{{"u8", 200},         {"i8", -3},           {"u16", 60000},
                            {"i16", -300},       {"u32", 4000000000u}, {"i32", -70000},
                            {"u64", UINT64_MAX}, {"i64", INT64_MIN},   {"f64", 0.1}};
        QVERIFY(gguf.value().metadata == expected);
        QCOMPARE(gguf.value().version, 2u);
    }

    void acceptsOddButLegal() {
        LATHE_VERIFY_OK(open(GgufMaker().bytes()));
        LATHE_VERIFY_OK(open(withTensor({}, kF32, floats({1}))));
        LATHE_VERIFY_OK(open(withTensor({0, 4}, kF32, "")));
        LATHE_VERIFY_OK(open(withTensor({4, 0}, 0, "")));
        LATHE_VERIFY_OK(open(withTensor({2, 2, 1, 2}, kF32, kEightFloats)));
        LATHE_VERIFY_OK(open(GgufMaker().value("k", 9, le(8u) + le<uint64_t>(0)).bytes()));
        for (const uint32_t alignment : {1u, 8u, 64u, 65536u}) {
            GgufMaker maker;
            maker.alignment = alignment;
            maker.u32("general.alignment", alignment).tensor("a", {3}, kF32, floats({1, 2, 3}));
            LATHE_VERIFY_OK(open(maker.tensor("b", {8}, kF32, kEightFloats).bytes()));
        }
        // The padding after the last tensor may be missing.
        const std::string padded = GgufMaker().tensor("a", {3}, kF32, floats({1, 2, 3})).bytes();
        LATHE_VERIFY_OK(open(padded.substr(0, padded.size() - 20)));
        QVERIFY(!open(padded.substr(0, padded.size() - 21)).ok());
    }

    void refusesLies_data() {
        QTest::addColumn<QByteArray>("bytes");
        addRows(kBadHeads);
        addRows(kBadPairs);
        addRows(kBadTensors);
    }
    void refusesLies() {
        QFETCH(QByteArray, bytes);
        const auto gguf = open(bytes.toStdString());
        QVERIFY(!gguf.ok());
        QVERIFY(gguf.error().code == ErrorCode::FileMalformed || gguf.error().code == ErrorCode::Unsupported);
        QVERIFY(!gguf.error().place.empty());
    }

    void refusesListsThatFillTheMemory() {
        const std::string bytes =
            withValue(9, le(0u) + le<uint64_t>(9'000'000) + std::string(9'000'000, '\0'));
        QVERIFY(!open(bytes).ok());
    }

    void refusesEveryCutOfAGoodFile() {
        const std::string seed = goodMaker().bytes();
        // The last tensor ends 20 bytes before its padding does.
        refusesEveryCut(seed, seed.size() - 20, "f.gguf", openGguf);
    }

    void survivesFlippedBits() {
        survivesBitFlips(goodMaker().bytes(), 1000, "f.gguf", [](const fs::path& path) {
            (void)openGgufModel(path).ok();
            const auto gguf = openGguf(path);
            if (!gguf.ok()) return;
            for (const GgufTensor& tensor : gguf.value().tensors)
                QCOMPARE(gguf.value().bytesOf(tensor).size(), std::size_t(tensor.sizeBytes));
        });
    }
};

LATHE_TEST(TestGguf)
#include "tst_gguf_file.moc"
