// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/hf/config_check.h"

#include "core/formats/model_folder.h"
#include "tests/core/formats/sample_files.h"

using namespace lathe;
using namespace lathe::test;

namespace {

struct Tensor {
    std::string name, dtype;
    std::vector<float> values;
};

/// Tensors of shape (2, N) one after the other; the values of integers are not looked at.
std::string weightsOf(const std::vector<Tensor>& tensors) {
    Json header = Json::object();
    std::string data;
    for (const Tensor& tensor : tensors) {
        const std::size_t begin = data.size();
        data += floats(tensor.values);
        header[tensor.name] = {{"dtype", tensor.dtype},
                               {"shape", {2, tensor.values.size() / 2}},
                               {"data_offsets", {begin, data.size()}}};
    }
    return safetensorsBytes(header.dump(), data);
}

}  // namespace

class TestConfigCheck : public QObject {
    Q_OBJECT
  private:
    std::unique_ptr<TemporaryFolder> m_folder;

    Result<ModelSource> open(const std::string& config, const std::vector<Tensor>& tensors) const {
        m_folder->write("config.json", config);
        m_folder->write("model.safetensors", weightsOf(tensors));
        return openModel(m_folder->path());
    }
    static std::string codesOf(const ModelSource& source) {
        std::string codes;
        for (const Note& note : source.notes) codes += note.code + " ";
        return codes;
    }

  private slots:
    void init() { m_folder = std::make_unique<TemporaryFolder>(); }

    void aHeadThatDiffersIsTheTrainedOne() {
        const std::string tied = R"({"model_type": "llama", "tie_word_embeddings": true})";
        const Tensor table{"model.embed_tokens.weight", "F32", {1, 2, 3, 4}};
        const auto own = open(tied, {table, {"lm_head.weight", "F32", {1, 2, 3, 5}}});
        LATHE_VERIFY_OK(own);
        QCOMPARE(own.value().config["tie_word_embeddings"].get<bool>(), false);
        QCOMPARE(codesOf(own.value()), std::string("own_head "));
        QVERIFY(own.value().notes[0].message.find("lm_head.weight") != std::string::npos);

        const auto equal = open(tied, {table, {"lm_head.weight", "F32", table.values}});
        QCOMPARE(equal.value().config["tie_word_embeddings"].get<bool>(), true);
        QVERIFY(equal.value().notes.empty());
        const auto alone = open(tied, {table});
        QVERIFY(alone.value().notes.empty());
        const auto untied = open(R"({"model_type": "llama", "tie_word_embeddings": false})",
                                 {table, {"lm_head.weight", "F32", {1, 2, 3, 5}}});
        QVERIFY(untied.value().notes.empty());
    }

    void everyFamilysHeadIsWeighed() {
        const auto flagOf = [&](const char* type, const char* table, const char* head) {
            const auto source = open(std::string(R"({"model_type": ")") + type + "\"}",
                                     {{table, "F32", {1, 2, 3, 4}}, {head, "F32", {9, 2, 3, 4}}});
            return source.value().config.value("tie_word_embeddings", Json()) == false;
        };
        QVERIFY(flagOf("gpt2", "wte.weight", "lm_head.weight"));
        QVERIFY(flagOf("gemma", "model.embed_tokens.weight", "lm_head.weight"));
        QVERIFY(flagOf("bert", "bert.embeddings.word_embeddings.weight", "cls.predictions.decoder.weight"));
        QVERIFY(flagOf("t5", "shared.weight", "lm_head.weight"));
        QVERIFY(!flagOf("bert", "bert.embeddings.word_embeddings.weight", "classifier.weight"));
    }

    void aT5StillScalesItsOutput() {
        const auto source = open(R"({"model_type": "t5"})", {{"shared.weight", "F32", {1, 2, 3, 4}},
                                                             {"lm_head.weight", "F32", {9, 2, 3, 4}}});
        QCOMPARE(source.value().config["scale_decoder_outputs"].get<bool>(), true);
    }

    void quantisedWeightsAreRefusedByName() {
        const std::string config =
            R"({"model_type": "llama", "_name_or_path": "org/plain", "quantization_config": )"
            R"({"quant_method": "bitsandbytes", "bnb_4bit_quant_type": "nf4"}})";
        const Tensor plain{"model.norm.weight", "F32", {1, 2}};
        const auto refused = open(config, {plain, {"model.layers.0.q_proj.weight.absmax", "F32", {1, 2}}});
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Unsupported);
        QVERIFY(refused.error().message.find("bitsandbytes, nf4") != std::string::npos);
        QVERIFY(refused.error().hint.find("org/plain") != std::string::npos);
        QVERIFY(refused.error().place.find("absmax") != std::string::npos);

        const auto note = open(config, {plain});
        LATHE_VERIFY_OK(note);
        QCOMPARE(codesOf(note.value()), std::string("quantization_plain "));
        // The file alone tells it, too.
        for (const Tensor& tensor : {Tensor{"model.layers.0.q_proj.qweight", "I32", {1, 2}},
                                     Tensor{"model.layers.0.q_proj.weight", "I32", {1, 2}},
                                     Tensor{"model.layers.0.q_proj.weight_scale", "F32", {1, 2}}})
            QCOMPARE(open(R"({"model_type": "llama"})", {plain, tensor}).error().code,
                     ErrorCode::Unsupported);
    }

    void typesThatCannotBeReadAreNamedByTheConfig() {
        const auto refused =
            open(R"({"model_type": "llama", "quantization_config": {"quant_method": "fp8"}})",
                 {{"model.layers.0.q_proj.weight", "F8_E4M3", {1, 2}}});
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().message.find("fp8") != std::string::npos);
    }
};

LATHE_TEST(TestConfigCheck)
#include "tst_config_check.moc"
