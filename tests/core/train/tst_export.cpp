// SPDX-License-Identifier: GPL-3.0-or-later
// Exported folders: complete or absent, reopened with the same answers, under the names others expect.
#include "core/train/export.h"

#include "core/base/files.h"
#include "core/train/loaded_model.h"
#include "tests/core/train/tiny_base.h"

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

QTEST_APPLESS_MAIN(TestExport)
#include "tst_export.moc"
