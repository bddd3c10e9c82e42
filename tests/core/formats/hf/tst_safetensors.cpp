// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hf/safetensors.h"

#include <filesystem>

#include "core/base/files.h"
#include "core/base/json.h"
#include "tests/core/formats/sample_files.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

/// Two tensors, metadata, a header padded with spaces: what other libraries write.
const std::string kHeader = R"({"__metadata__":{"format":"pt"},)"
                            R"("a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
                            R"("b":{"dtype":"F16","shape":[2],"data_offsets":[16,20]}}   )";
std::string goodFile() {
    return safetensorsBytes(kHeader, floats({1, 2, 3, 4}) + le<uint32_t>(0xbc003c00));
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"dtype":")" + dtype + R"(","shape":[)" + shape + R"(],"data_offsets":[)" + offsets + "]}";
}

Result<void> useAll(const fs::path& path) {
    LATHE_TRY(const auto source, openSafetensors(path));
    for (const TensorInfo& info : source->tensors()) {
        std::vector<float> values(info.elements);
        LATHE_TRY_VOID(source->readFloat(info, values));
    }
    return {};
}

}  // namespace

class TestSafetensors : public QObject {
    Q_OBJECT
  private:
    TemporaryFolder m_folder;

    Result<void> use(const std::string& bytes) const {
        return useAll(m_folder.write("f.safetensors", bytes));
    }
    Result<void> useHeader(const std::string& header, std::size_t dataSize) const {
        return use(safetensorsBytes(header, std::string(dataSize, '\0')));
    }

  private slots:
    void readsValues() {
        const auto source = openSafetensors(m_folder.write("f.safetensors", goodFile()));
        LATHE_VERIFY_OK(source);
        QCOMPARE(source.value()->tensors().size(), std::size_t(2));
        const TensorInfo* a = source.value()->find("a");
        QVERIFY(a && a->shape == std::vector<int64_t>({2, 2}) && a->dtype == DType::F32);
        std::vector<float> values(4);
        LATHE_VERIFY_OK(source.value()->readFloat(*a, values));
        QVERIFY(values == std::vector<float>({1, 2, 3, 4}));
        values.resize(2);
        LATHE_VERIFY_OK(source.value()->readFloat(*source.value()->find("b"), values));
        QVERIFY(values == std::vector<float>({1, -1}));
        QVERIFY(!source.value()->find("c"));
    }

    void acceptsOddButLegal_data() {
        QTest::addColumn<QString>("header");
        QTest::addColumn<int>("size");
        QTest::newRow("no tensors") << "{}" << 0;
        QTest::newRow("only metadata") << R"({"__metadata__":{"k":"v"}})" << 0;
        QTest::newRow("leading white space") << "  \n{}" << 0;
        QTest::newRow("zero-element tensor")
            << QString::fromStdString("{\"a\":" + entry("F32", "2,0", "0,0") + "}") << 0;
        QTest::newRow("rank 0") << QString::fromStdString("{\"a\":" + entry("F32", "", "0,4") + "}") << 4;
        QTest::newRow("header order is not data order")
            << QString::fromStdString("{\"a\":" + entry("U8", "2", "4,6") +
                                      ",\"b\":" + entry("F32", "1", "0,4") + "}")
            << 6;
        QTest::newRow("empty tensor between others")
            << QString::fromStdString("{\"a\":" + entry("F32", "1", "0,4") + ",\"b\":" +
                                      entry("F32", "0", "4,4") + ",\"c\":" + entry("F32", "1", "4,8") + "}")
            << 8;
        QTest::newRow("every type") << QString::fromStdString("{\"a\":" + entry("F64", "1", "0,8") +
                                                              ",\"b\":" + entry("BF16", "1", "8,10") +
                                                              ",\"c\":" + entry("I64", "1", "10,18") +
                                                              ",\"d\":" + entry("BOOL", "1", "18,19") +
                                                              ",\"e\":" + entry("I8", "1", "19,20") +
                                                              ",\"f\":" + entry("I16", "1", "20,22") +
                                                              ",\"g\":" + entry("I32", "1", "22,26") + "}")
                                    << 26;
    }
    void acceptsOddButLegal() {
        QFETCH(QString, header);
        QFETCH(int, size);
        LATHE_VERIFY_OK(useHeader(header.toStdString(), static_cast<std::size_t>(size)));
    }

    void refusesLies_data() {
        QTest::addColumn<QString>("header");
        QTest::addColumn<int>("size");
        const auto row = [](const char* name, const std::string& entries, int size) {
            QTest::newRow(name) << QString::fromStdString("{" + entries + "}") << size;
        };
        QTest::newRow("not JSON") << "{\"a\":" << 0;
        QTest::newRow("not an object") << "[]" << 0;
        QTest::newRow("empty header") << "" << 0;
        QTest::newRow("text after the object") << "{} x" << 0;
        QTest::newRow("deep nesting") << "{\"a\":" + QString(10000, '[') << 0;
        row("metadata not an object", R"("__metadata__":3)", 0);
        row("metadata value not a text", R"("__metadata__":{"k":1})", 0);
        row("metadata value nested", R"("__metadata__":{"k":{"a":"b"}})", 0);
        row("duplicate name", "\"a\":" + entry("F32", "1", "0,4") + ",\"a\":" + entry("F32", "1", "4,8"), 8);
        row("entry not an object", R"("a":7)", 0);
        row("entry without dtype", R"("a":{"shape":[1],"data_offsets":[0,4]})", 4);
        row("entry with more", R"("a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1})", 1);
        row("unknown type", "\"a\":" + entry("F7", "1", "0,4"), 4);
        row("dtype a number", R"("a":{"dtype":4,"shape":[1],"data_offsets":[0,4]})", 4);
        row("shape not a list", R"("a":{"dtype":"U8","shape":1,"data_offsets":[0,1]})", 1);
        row("negative dimension", "\"a\":" + entry("F32", "-1", "0,4"), 4);
        row("fractional dimension", "\"a\":" + entry("F32", "1.0", "0,4"), 4);
        row("too many dimensions", "\"a\":" + entry("U8", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", "0,1"), 1);
        row("shape overflows", "\"a\":" + entry("F32", "4294967296,4294967296,4", "0,0"), 0);
        row("size overflows", "\"a\":" + entry("F32", "4611686018427387904", "0,0"), 0);
        row("dimension of 2^64", "\"a\":" + entry("U8", "18446744073709551616", "0,1"), 1);
        row("one offset", "\"a\":" + entry("F32", "1", "0"), 4);
        row("negative offset", "\"a\":" + entry("F32", "1", "-4,0"), 4);
        row("end before begin", "\"a\":" + entry("F32", "1", "4,0"), 4);
        row("offsets do not fit the shape", "\"a\":" + entry("F32", "2", "0,4"), 4);
        row("does not start at 0", "\"a\":" + entry("F32", "1", "4,8"), 8);
        row("hole", "\"a\":" + entry("U8", "1", "0,1") + ",\"b\":" + entry("U8", "1", "2,3"), 3);
        row("overlap", "\"a\":" + entry("U8", "2", "0,2") + ",\"b\":" + entry("U8", "2", "1,3"), 3);
        row("the same bytes twice", "\"a\":" + entry("U8", "2", "0,2") + ",\"b\":" + entry("U8", "2", "0,2"),
            2);
        row("bytes behind the last tensor", "\"a\":" + entry("U8", "2", "0,2"), 3);
        row("bytes and no tensors", "", 3);
        row("data cut short", "\"a\":" + entry("U8", "2", "0,2"), 1);
        row("offsets past the end", "\"a\":" + entry("U8", "9", "0,9"), 2);
    }
    void refusesLies() {
        QFETCH(QString, header);
        QFETCH(int, size);
        const auto result = useHeader(header.toStdString(), static_cast<std::size_t>(size));
        QVERIFY(!result.ok());
        QVERIFY(result.error().code == ErrorCode::FileMalformed ||
                result.error().code == ErrorCode::Unsupported);
        QVERIFY(!result.error().place.empty());
    }

    void refusesBadHeaderLengths() {
        const std::string rest = goodFile().substr(8);
        for (const uint64_t length : {uint64_t(0), uint64_t(rest.size() + 1), uint64_t(100'000'001),
                                      uint64_t(1) << 32, uint64_t(1) << 63, UINT64_MAX, UINT64_MAX - 7})
            QVERIFY2(!use(le(length) + rest).ok(), std::to_string(length).c_str());
        QVERIFY(!use("").ok());
        QVERIFY(!use("\x01\x02\x03").ok());
    }

    void refusesNamesThatAreNotUtf8() {
        QVERIFY(!useHeader("{\"\xff\xfe\":" + entry("U8", "1", "0,1") + "}", 1).ok());
    }

    void refusesTooManyTensors() {
        std::string header = "{";
        for (int i = 0; i <= 200'001; ++i)
            header += (i ? ",\"" : "\"") + std::to_string(i) + "\":" + entry("U8", "0", "0,0");
        QVERIFY(!useHeader(header + "}", 0).ok());
        std::string zeros(20'000'000, '0');
        for (std::size_t i = 1; i < zeros.size(); i += 2) zeros[i] = ',';
        QVERIFY(!useHeader("{\"a\":[" + zeros + "0]}", 0).ok());
    }

    void refusesEveryCutOfAGoodFile() {
        refusesEveryCut(goodFile(), goodFile().size(), "f.safetensors", useAll);
    }
    void survivesFlippedBits() {
        survivesBitFlips(goodFile(), 1000, "f.safetensors",
                         [](const fs::path& path) { (void)useAll(path).ok(); });
    }

    void writesWhatItReads() {
        const std::vector<float> values{1.5f, -2.0f, 0.0f, 1e-30f, 3e38f, -0.0f};
        const std::vector<int64_t> ids{-1, int64_t(1) << 40};
        const std::vector<uint8_t> flags{0, 7, 255};
        const auto path = m_folder.path() / "w.safetensors";
        LATHE_VERIFY_OK(
            writeSafetensors(path,
                             {{"flags", DType::U8, {3}, std::as_bytes(std::span(flags))},
                              {"z \"quoted\" 名", DType::F32, {2, 3}, std::as_bytes(std::span(values))},
                              {"empty", DType::F32, {0, 4}, {}},
                              {"ids", DType::I64, {2}, std::as_bytes(std::span(ids))}},
                             {{"note", "mine"}}));
        const auto source = openSafetensors(path);
        LATHE_VERIFY_OK(source);
        std::vector<std::string> order;
        for (const auto& info : source.value()->tensors()) order.push_back(info.name);
        QVERIFY(order == std::vector<std::string>({"ids", "empty", "z \"quoted\" 名", "flags"}));
        const TensorInfo* info = source.value()->find("z \"quoted\" 名");
        QVERIFY(info && info->shape == std::vector<int64_t>({2, 3}));
        std::vector<float> back(6);
        LATHE_VERIFY_OK(source.value()->readFloat(*info, back));
        QVERIFY(std::memcmp(back.data(), values.data(), sizeof(float) * 6) == 0);

        const std::string bytes = readTextFile(path).value();
        uint64_t headerSize = 0;
        std::memcpy(&headerSize, bytes.data(), 8);
        QCOMPARE(headerSize % 8, uint64_t(0));
        const auto header = parseJson(std::string_view(bytes).substr(8, headerSize), "header");
        LATHE_VERIFY_OK(header);
        QCOMPARE(header.value()["__metadata__"]["format"].get<std::string>(), std::string("pt"));
        QCOMPARE(header.value()["__metadata__"]["note"].get<std::string>(), std::string("mine"));
    }

    void aFailedWriteLeavesTheOldFile() {
        const auto result = writeSafetensors(m_folder.path() / "missing" / "w.safetensors", {});
        QVERIFY(!result.ok());
        QVERIFY(!fs::exists(m_folder.path() / "missing"));
    }
};

class TestSafetensorsIndex : public QObject {
    Q_OBJECT
  private:
    TemporaryFolder m_folder;

    void writeShards() const {
        m_folder.write("one.safetensors",
                       safetensorsBytes("{\"a\":" + entry("F32", "1", "0,4") + "}", floats({1})));
        m_folder.write("two.safetensors",
                       safetensorsBytes("{\"b\":" + entry("F32", "2", "0,8") + "}", floats({2, 3})));
    }
    Result<std::unique_ptr<WeightSource>> open(const std::string& index) const {
        return openSafetensorsIndex(m_folder.write("model.safetensors.index.json", index));
    }

  private slots:
    void joinsShards() {
        writeShards();
        const auto source = open(
            R"({"metadata":{"total_size":12},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})");
        LATHE_VERIFY_OK(source);
        QCOMPARE(source.value()->tensors().size(), std::size_t(2));
        std::vector<float> values(2);
        LATHE_VERIFY_OK(source.value()->readFloat(*source.value()->find("b"), values));
        QVERIFY(values == std::vector<float>({2, 3}));
        QVERIFY(!source.value()->find("c"));
    }

    void refusesLies_data() {
        QTest::addColumn<QString>("map");
        for (const char* name : {"../one.safetensors", "/etc/passwd", "x/../one.safetensors", "..", ".", "",
                                 "..\\\\one.safetensors", "C:one.safetensors", "one.safetensors\\u0000.txt"})
            QTest::newRow(name) << QString(R"({"a":"%1"})").arg(name);
        QTest::newRow("missing shard") << R"({"a":"three.safetensors"})";
        QTest::newRow("tensor not in its shard") << R"({"b":"one.safetensors"})";
        QTest::newRow("file not a text") << R"({"a":7})";
        QTest::newRow("no tensors") << "{}";
        QTest::newRow("not an object") << "[]";
        QTest::newRow("duplicate tensor") << R"({"a":"one.safetensors","a":"two.safetensors"})";
    }
    void refusesLies() {
        QFETCH(QString, map);
        writeShards();
        QVERIFY(!open("{\"weight_map\":" + map.toStdString() + "}").ok());
    }

    void refusesATensorInTwoShards() {
        writeShards();
        m_folder.write("two.safetensors", safetensorsBytes("{\"a\":" + entry("F32", "1", "0,4") +
                                                               ",\"b\":" + entry("F32", "1", "4,8") + "}",
                                                           floats({2, 3})));
        QVERIFY(!open(R"({"weight_map":{"a":"one.safetensors","b":"two.safetensors"}})").ok());
    }
};

LATHE_TEST(TestSafetensors, TestSafetensorsIndex)
#include "tst_safetensors.moc"
