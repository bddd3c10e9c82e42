// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hf/adapter_folder.h"

#include "core/base/files.h"
#include "tests/core/formats/sample_files.h"

using namespace lathe;
using namespace lathe::test;

class TestAdapterFolder : public QObject {
    Q_OBJECT
  private slots:
    void writesWhatItReads() {
        const TemporaryFolder folder;
        const std::vector<float> values{1, 2, 3, 4};
        const std::string name = "base_model.model.encoder.layer.0.attention.self.query.lora_A.weight";
        const OrderedJson config{{"lora_alpha", 4},
                                 {"peft_type", "LORA"},
                                 {"r", 2},
                                 {"rank_pattern", {{"z.query", 1}, {"query", 2}}},
                                 {"target_modules", {"query"}}};
        QVERIFY(!isAdapterFolder(folder.path()));
        LATHE_VERIFY_OK(writeAdapterFolder(folder.path(), config,
                                           {{name, DType::F32, {2, 2}, std::as_bytes(std::span(values))}}));
        QVERIFY(isAdapterFolder(folder.path()));
        const auto adapter = openAdapterFolder(folder.path());
        LATHE_VERIFY_OK(adapter);
        QVERIFY(adapter.value().config == config);
        const TensorInfo* info = adapter.value().weights->find(name);
        QVERIFY(info);
        std::vector<float> back(4);
        LATHE_VERIFY_OK(adapter.value().weights->readFloat(*info, back));
        QVERIFY(back == values);
        // Its own keys sorted and indent 2, as PEFT writes it; a pattern in its order, which has a meaning.
        const std::string text = readTextFile(folder.path() / "adapter_config.json").value();
        QVERIFY(text.starts_with("{\n  \"lora_alpha\": 4,\n  \"peft_type\": \"LORA\",\n  \"r\": 2,\n"));
    }

    void saysWhatIsWrong() {
        const TemporaryFolder folder;
        const auto errorOf = [&] { return openAdapterFolder(folder.path()).error().code; };
        QCOMPARE(errorOf(), ErrorCode::FileMissing);
        folder.write("adapter_config.json", "{");
        QCOMPARE(errorOf(), ErrorCode::FileMalformed);
        folder.write("adapter_config.json", R"({"r":8})");
        QCOMPARE(errorOf(), ErrorCode::FileMalformed);
        folder.write("adapter_config.json", R"({"peft_type":3})");
        QCOMPARE(errorOf(), ErrorCode::FileMalformed);
        folder.write("adapter_config.json", R"({"peft_type":"LORA"})");
        QCOMPARE(errorOf(), ErrorCode::FileMissing);
        folder.write("adapter_model.bin", "PK");
        QCOMPARE(errorOf(), ErrorCode::Unsupported);
        folder.write("adapter_model.safetensors", "x");
        QCOMPARE(errorOf(), ErrorCode::FileMalformed);
    }
};

LATHE_TEST(TestAdapterFolder)
#include "tst_adapter_folder.moc"
