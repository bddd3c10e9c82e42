// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/model_folder.h"

#include "core/base/files.h"
#include "tests/core/formats/sample_files.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

std::string oneTensor(const std::string& name, float value) {
    const std::string entry = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
    return safetensorsBytes("{\"" + name + "\":" + entry + "}", floats({value}));
}

}  // namespace

class TestModelFolder : public QObject {
    Q_OBJECT
  private:
    std::unique_ptr<TemporaryFolder> m_folder;

    ErrorCode errorOf(const fs::path& path) const {
        const auto model = openModel(path);
        return model.ok() ? ErrorCode::Internal : model.error().code;
    }

  private slots:
    void init() { m_folder = std::make_unique<TemporaryFolder>(); }

    void opensASingleFile() {
        m_folder->write("config.json", R"({"model_type":"bert","hidden_size":4})");
        m_folder->write("model.safetensors", oneTensor("x", 2));
        const auto model = openModel(m_folder->path());
        LATHE_VERIFY_OK(model);
        QCOMPARE(model.value().format, std::string("safetensors"));
        QCOMPARE(model.value().config["hidden_size"].get<int>(), 4);
        QVERIFY(model.value().ggufMetadata.is_null());
        QVERIFY(model.value().weights->find("x"));
    }

    void opensShardsAndOddNames() {
        m_folder->write("config.json", R"({"model_type":"bert"})");
        m_folder->write("weights 名.safetensors", oneTensor("x", 2));
        LATHE_VERIFY_OK(openModel(m_folder->path()));
        m_folder->write("other.safetensors", oneTensor("y", 3));
        QCOMPARE(errorOf(m_folder->path()), ErrorCode::FileMissing);
        m_folder->write("model.safetensors.index.json",
                        R"({"weight_map":{"x":"weights 名.safetensors","y":"other.safetensors"}})");
        const auto model = openModel(m_folder->path());
        LATHE_VERIFY_OK(model);
        QCOMPARE(model.value().weights->tensors().size(), std::size_t(2));
    }

    void newConfigsGetTheOlderKeys() {
        m_folder->write("model.safetensors", oneTensor("x", 2));
        m_folder->write("config.json", R"({"model_type":"llama","dtype":"bfloat16","rope_parameters":)"
                                       R"({"rope_theta":500000.0,"rope_type":"llama3","factor":32.0}})");
        auto model = openModel(m_folder->path());
        LATHE_VERIFY_OK(model);
        QCOMPARE(model.value().config["rope_theta"].get<double>(), 500000.0);
        QVERIFY(model.value().config["rope_scaling"] == Json({{"rope_type", "llama3"}, {"factor", 32.0}}));
        QCOMPARE(model.value().config["torch_dtype"].get<std::string>(), std::string("bfloat16"));
        m_folder->write(
            "config.json",
            R"({"model_type":"llama","rope_parameters":{"rope_theta":10000.0,"rope_type":"default"}})");
        model = openModel(m_folder->path());
        LATHE_VERIFY_OK(model);
        QVERIFY(!model.value().config.contains("rope_scaling"));
    }

    void saysWhatIsMissing() {
        QCOMPARE(errorOf(m_folder->path() / "nothing"), ErrorCode::FileMissing);
        QCOMPARE(errorOf(m_folder->path()), ErrorCode::FileMissing);
        m_folder->write("adapter_config.json", "{}");
        QVERIFY(openModel(m_folder->path()).error().message.find("adapter") != std::string::npos);
        m_folder->write("config.json", R"({"model_type":"bert"})");
        QCOMPARE(errorOf(m_folder->path()), ErrorCode::FileMissing);
        m_folder->write("pytorch_model.bin", "PK");
        QCOMPARE(errorOf(m_folder->path()), ErrorCode::Unsupported);
        m_folder->write("model.safetensors", "short");
        QCOMPARE(errorOf(m_folder->path()), ErrorCode::FileMalformed);
    }

    void refusesBadConfigs() {
        m_folder->write("model.safetensors", oneTensor("x", 2));
        for (const char* config : {"", "{", "[]", "{}", R"({"model_type":7})", R"({"model_type":""})",
                                   R"({"model_type":"a","model_type":"b"})"}) {
            m_folder->write("config.json", config);
            QCOMPARE(errorOf(m_folder->path()), ErrorCode::FileMalformed);
        }
        m_folder->write("config.json", "{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}");
        QCOMPARE(errorOf(m_folder->path()), ErrorCode::FileMalformed);
    }

    void tellsFilesApart() {
        QCOMPARE(errorOf(m_folder->write("m.gguf", "GGUF")), ErrorCode::FileMalformed);
        QCOMPARE(errorOf(m_folder->write("m.bin", "PK")), ErrorCode::Unsupported);
        QCOMPARE(errorOf(m_folder->write("m.txt", "hello")), ErrorCode::Unsupported);
        GgufMaker maker;
        QCOMPARE(errorOf(m_folder->write("odd name", maker.text("general.architecture", "mamba").bytes())),
                 ErrorCode::Unsupported);
    }

    void hashesAreStable() {
        const fs::path file = m_folder->write("model.safetensors", oneTensor("x", 2));
        QCOMPARE(weightsSha256(m_folder->path()).value(), sha256(oneTensor("x", 2)));
        QCOMPARE(weightsSha256(file).value(), sha256(oneTensor("x", 2)));
        m_folder->write("more.safetensors", oneTensor("y", 2));
        const std::string both = weightsSha256(m_folder->path()).value();
        QCOMPARE(both, sha256(sha256(oneTensor("x", 2)) + "  model.safetensors\n" +
                              sha256(oneTensor("y", 2)) + "  more.safetensors\n"));
        QVERIFY(!weightsSha256(m_folder->path() / "nothing").ok());
    }
};

LATHE_TEST(TestModelFolder)
#include "tst_model_folder.moc"
