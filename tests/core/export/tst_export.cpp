// SPDX-License-Identifier: GPL-3.0-or-later
// Exported folders: complete or absent, reopened with the same answers, under the names others expect.
#include "core/export/hf_folder.h"

#include "core/base/files.h"
#include "core/formats/gguf/gguf_export.h"
#include "core/formats/gguf/gguf_writer.h"
#include "core/formats/weights/narrow.h"
#include "core/target/loaded_model.h"
#include "tests/core/tokenizer/tokenizer_samples.h"
#include "tests/support/tiny_base.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

Json jsonFile(const fs::path& path) {
    return parseJson(readTextFile(path).value(), path.string()).value();
}

std::size_t entriesIn(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// A llama in a GGUF file, with a byte-level vocabulary of 275.
fs::path writeGgufBase(const TemporaryFolder& folder) {
    Json config = smallLlamaConfig();
    config["vocab_size"] = 275;
    const GgufPlan plan = planGguf(config, "base").value();
    OrderedJson metadata = plan.metadata;
    metadata.update(OrderedJson(byteLevelMetadata("gpt-2")));
    auto model = llamaArchitecture().build(config, {HeadKind::LanguageModel});
    fillByFormula(*model);
    std::vector<GgufTensorToWrite> tensors;
    for (const auto& item : model->named_parameters()) {
        const auto name = ggufName("llama", item.key());
        std::vector<float> values(item.value().const_data_ptr<float>(),
                                  item.value().const_data_ptr<float>() + item.value().numel());
        std::vector<int64_t> shape = item.value().sizes().vec();
        toGgufOrder(plan, name->order, shape, values);
        tensors.push_back({name->text, DType::F32, shape, narrowFromFloat(DType::F32, values)});
    }
    LATHE_CHECK(writeGguf(folder.path() / "base.gguf", metadata, tensors).ok());
    return folder.path() / "base.gguf";
}

}  // namespace

class TestExport : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void mergedLanguageModelAnswersTheSame() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig());
        const auto adapter =
            writeTinyAdapter(folder, smallLlama(), "adapter", {{"target_modules", names({"all-linear"})}});
        auto target = LoadedModel::open(base.string(), {{adapter, 1}}, "cpu");
        LATHE_VERIFY_OK(target);
        const auto report = exportTarget(target.value(), {"hf"}, folder.path() / "out");
        LATHE_VERIFY_OK(report);
        QVERIFY(report.value().largestLogitDifference < 1e-5);
        auto reopened = LoadedModel::open((folder.path() / "out").string(), {}, "cpu");
        LATHE_VERIFY_OK(reopened);
        QVERIFY(largestDifference(reopened.value().logits(kProbe).value(),
                                  target.value().logits(kProbe).value()) < 1e-5);
        const auto weights = openSafetensors(folder.path() / "out/model.safetensors");
        LATHE_VERIFY_OK(weights);
        QVERIFY(!weights.value()->find("lm_head.weight"));
        for (const TensorInfo& tensor : weights.value()->tensors())
            QVERIFY(tensor.name.find("lora") == std::string::npos);
        const Json config = jsonFile(folder.path() / "out/config.json");
        QVERIFY(config["architectures"] == Json({"LlamaForCausalLM"}));
        QVERIFY(fs::exists(folder.path() / "out/vocab.txt"));
        QVERIFY(fs::exists(folder.path() / "out/generation_config.json"));
    }
    void classifierKeepsItsLabels() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallBert(), smallBertConfig());
        const auto adapter = writeTinyAdapter(folder, smallBert(), "adapter", {});
        auto target = LoadedModel::open(base.string(), {{adapter, 1}}, "cpu");
        LATHE_VERIFY_OK(target);
        target.value().labels = {"bad", "fine", "good"};
        LATHE_VERIFY_OK(exportTarget(target.value(), {"hf"}, folder.path() / "out"));
        const Json config = jsonFile(folder.path() / "out/config.json");
        QVERIFY(config["id2label"] == Json({{"0", "bad"}, {"1", "fine"}, {"2", "good"}}));
        QCOMPARE(config["label2id"]["good"].get<int>(), 2);
        QVERIFY(config["architectures"] == Json({"BertForSequenceClassification"}));
        auto reopened = LoadedModel::open((folder.path() / "out").string(), {}, "cpu");
        LATHE_VERIFY_OK(reopened);
        QVERIFY(reopened.value().labels == target.value().labels);
        QVERIFY(largestDifference(reopened.value().logits(kProbe).value(),
                                  target.value().logits(kProbe).value()) < 1e-5);
    }
    void adapterFolderIsWrittenAgain() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallBert(), smallBertConfig());
        const auto adapter = writeTinyAdapter(folder, smallBert(), "adapter", {});
        auto target = LoadedModel::open(base.string(), {{adapter, 1}}, "cpu");
        LATHE_VERIFY_OK(target);
        const auto report = exportTarget(target.value(), {"peft"}, folder.path() / "out");
        LATHE_VERIFY_OK(report);
        QCOMPARE(report.value().largestLogitDifference, 0.0);
        QCOMPARE(readTextFile(folder.path() / "out/adapter_model.safetensors").value(),
                 readTextFile(adapter / "adapter_model.safetensors").value());
        QCOMPARE(
            jsonFile(folder.path() / "out/adapter_config.json")["base_model_name_or_path"].get<std::string>(),
            base.string());
    }
    void adapterIsRefusedWhereGgufWouldLoseIt() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig());
        const auto refusal = [&](const std::string& name, const Settings& changes) {
            const auto adapter = writeTinyAdapter(folder, smallLlama(), name, changes);
            auto target = LoadedModel::open(base.string(), {{adapter, 1}}, "cpu");
            LATHE_CHECK(target.ok());
            const auto report = exportTarget(target.value(), {"gguf-lora"}, folder.path() / "out");
            LATHE_CHECK(!report.ok());
            return report.error();
        };
        const Error scaled = refusal("scaled", {{"use_rslora", true}});
        QCOMPARE(scaled.code, ErrorCode::Unsupported);
        QVERIFY(scaled.hint.find("--to gguf") != std::string::npos);
        // The tiny llama has biases on its queries.
        QCOMPARE(refusal("biased", {{"bias", std::string("all")}}).code, ErrorCode::Unsupported);
        QVERIFY(!fs::exists(folder.path() / "out"));
    }
    void theWeightOfAnAdapterGoesIntoAlpha() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig());
        const auto adapter = writeTinyAdapter(folder, smallLlama(), "adapter", {{"alpha", 12.0}});
        const auto at = [&](double weight) {
            auto target = LoadedModel::open(base.string(), {{adapter, weight}}, "cpu");
            LATHE_CHECK(target.ok());
            return std::move(target).value();
        };
        for (const char* format : {"peft", "gguf-lora"}) {
            LoadedModel target = at(0.25);
            const fs::path out = folder.path() / format;
            const auto report = exportTarget(target, {format}, out);
            LATHE_VERIFY_OK(report);
            QVERIFY(report.value().largestLogitDifference < 1e-5);
            const bool file = format == std::string("gguf-lora");
            auto again = LoadedModel::open(base.string(), {{file ? out / "adapter.gguf" : out, 1}}, "cpu");
            LATHE_VERIFY_OK(again);
            QCOMPARE(numberSetting(again.value().methods.front().values, "alpha", 0), 3.0);
            // It is not the whole adapter that came back.
            QVERIFY(largestDifference(again.value().logits(kProbe).value(), at(1).logits(kProbe).value()) >
                    1e-3);

            LoadedModel against = at(-1);
            const auto refused = exportTarget(against, {format}, folder.path() / "out");
            QVERIFY(!refused.ok());
            QCOMPARE(refused.error().code, ErrorCode::Unsupported);
            QVERIFY(refused.error().hint.find("--to hf") != std::string::npos);
        }
        LoadedModel nothing = at(0);
        LATHE_VERIFY_OK(exportTarget(nothing, {"peft"}, folder.path() / "zero"));
        // In these files an alpha of 0 means something else.
        const auto refused = exportTarget(nothing, {"gguf-lora"}, folder.path() / "out");
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Unsupported);
        QVERIFY(!fs::exists(folder.path() / "out"));
    }
    void valuesTooLargeForHalvesAreRefused() {
        TemporaryFolder folder;
        auto target = LoadedModel::open(writeGgufBase(folder).string(), {}, "cpu");
        LATHE_VERIFY_OK(target);
        LATHE_VERIFY_OK(exportTarget(target.value(), {"gguf", "f16"}, folder.path() / "small"));
        {
            const at::NoGradGuard noGrad;
            target.value().model->named_parameters()["model.layers.0.mlp.up_proj.weight"][0][0] = 65'505;
        }
        const auto refused = exportTarget(target.value(), {"gguf", "f16"}, folder.path() / "out");
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, ErrorCode::Unsupported);
        QCOMPARE(refused.error().place, std::string("model.layers.0.mlp.up_proj.weight"));
        QVERIFY(refused.error().hint.find("bf16") != std::string::npos);
        QVERIFY(!fs::exists(folder.path() / "out"));
        LATHE_VERIFY_OK(exportTarget(target.value(), {"gguf", "bf16"}, folder.path() / "out"));
    }
    void anAdapterForAnotherArchitectureIsRefused() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig());
        const fs::path file = folder.path() / "qwen.gguf";
        LATHE_VERIFY_OK(writeGguf(
            file, {{"general.architecture", "qwen2"}, {"general.type", "adapter"}, {"adapter.type", "lora"}},
            {}));
        const auto target = LoadedModel::open(base.string(), {{file, 1}}, "cpu");
        QVERIFY(!target.ok());
        QCOMPARE(target.error().code, ErrorCode::ModelMismatch);
    }
    void whatFailsLeavesNothing() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig());
        auto target = LoadedModel::open(base.string(), {}, "cpu");
        LATHE_VERIFY_OK(target);
        const std::size_t before = entriesIn(folder.path());
        QVERIFY(!exportTarget(target.value(), {"peft"}, folder.path() / "out").ok());
        QVERIFY(!exportTarget(target.value(), {"onnx"}, folder.path() / "out").ok());
        QVERIFY(!exportTarget(target.value(), {"hf"}, base).ok());
        {
            const at::NoGradGuard noGrad;
            target.value().model->parameters()[0][0][0] = std::nan("");
        }
        const auto broken = exportTarget(target.value(), {"hf"}, folder.path() / "out");
        QVERIFY(!broken.ok());
        QCOMPARE(broken.error().code, ErrorCode::NonFinite);
        QCOMPARE(entriesIn(folder.path()), before);
    }
};

LATHE_TEST(TestExport)
#include "tst_export.moc"
