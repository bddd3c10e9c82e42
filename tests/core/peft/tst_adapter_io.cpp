// SPDX-License-Identifier: GPL-3.0-or-later
// Adapter folders under PEFT's names. The name lists were read from folders that PEFT 0.21 wrote for the same
// models.
#include "core/peft/adapter_io.h"

#include <set>

#include "core/peft/methods/lora.h"
#include "tests/core/peft/method_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

std::set<std::string> namesIn(const AdapterFolder& folder) {
    std::set<std::string> found;
    for (const auto& tensor : folder.weights->tensors()) found.insert(tensor.name);
    return found;
}

/// A model with LoRA whose every value is the formula's, saved into `folder`.
std::shared_ptr<LanguageModel> saved(std::shared_ptr<LanguageModel> model, const Settings& changes,
                                     const std::filesystem::path& folder) {
    const MethodSettings settings = settingsOf(loraMethod(), changes);
    const auto attached = attachTo(*model, loraMethod(), settings);
    LATHE_CHECK(attached.ok());
    fillByFormula(*model);
    const auto written = saveAdapter(*model, loraMethod(), settings, "some/base", folder);
    LATHE_CHECK(written.ok());
    return model;
}

/// Writes the folder again with its tensors changed by `change`.
void rewrite(const std::filesystem::path& folder,
             const std::function<void(std::vector<TensorToWrite>&)>& change) {
    const auto opened = openAdapterFolder(folder);
    LATHE_CHECK(opened.ok());
    const Json config = opened.value().config;
    std::vector<std::vector<float>> values;
    std::vector<TensorToWrite> tensors;
    for (const auto& info : opened.value().weights->tensors()) {
        values.emplace_back(info.elements);
        LATHE_CHECK(opened.value().weights->readFloat(info, values.back()).ok());
        tensors.push_back({info.name, DType::F32, info.shape, std::as_bytes(std::span(values.back()))});
    }
    change(tensors);
    LATHE_CHECK(writeAdapterFolder(folder, config, tensors).ok());
}

}  // namespace

class TestAdapterIo : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void classifierFolderHasPeftsNames() {
        TemporaryFolder folder;
        saved(smallBert(), {{"rank", int64_t(4)}}, folder.path());
        const auto opened = openAdapterFolder(folder.path());
        LATHE_VERIFY_OK(opened);
        std::set<std::string> expected{"base_model.model.classifier.bias",
                                       "base_model.model.classifier.weight"};
        for (const char* layer : {"0", "1"})
            for (const char* name : {"query", "value"})
                for (const char* factor : {"lora_A", "lora_B"})
                    expected.insert(std::string("base_model.model.bert.encoder.layer.") + layer +
                                    ".attention.self." + name + "." + factor + ".weight");
        QVERIFY(namesIn(opened.value()) == expected);
        const Json& config = opened.value().config;
        QCOMPARE(config["task_type"].get<std::string>(), std::string("SEQ_CLS"));
        QCOMPARE(config["peft_type"].get<std::string>(), std::string("LORA"));
        QVERIFY(config["modules_to_save"] == Json({"classifier", "score"}));
        QVERIFY(config["target_modules"] == Json({"query", "value"}));
        QVERIFY(config["inference_mode"] == true);
    }
    void biasesAreNamedAsInPeft() {
        TemporaryFolder folder;
        saved(smallBert(), {{"target_modules", names({"query"})}, {"bias", std::string("all")}},
              folder.path());
        const auto opened = openAdapterFolder(folder.path());
        LATHE_VERIFY_OK(opened);
        const auto found = namesIn(opened.value());
        QVERIFY(found.count("base_model.model.bert.encoder.layer.0.attention.self.query.base_layer.bias"));
        QVERIFY(found.count("base_model.model.bert.encoder.layer.1.attention.self.key.bias"));
        QVERIFY(found.count("base_model.model.bert.pooler.dense.bias"));
        QVERIFY(!found.count("base_model.model.bert.encoder.layer.0.attention.self.query.bias"));
    }
    void loadedAnswersAsSaved() {
        for (const char* bias : {"none", "all", "lora_only"}) {
            TemporaryFolder folder;
            auto model =
                saved(smallBert(), {{"bias", std::string(bias)}, {"target_modules", names({"all-linear"})}},
                      folder.path());
            auto fresh = smallBert();
            const auto opened = openAdapterFolder(folder.path());
            LATHE_VERIFY_OK(opened);
            const auto settings = loadAdapter(*fresh, loraMethod(), opened.value());
            LATHE_VERIFY_OK(settings);
            QVERIFY(at::equal(answers(*fresh).detach(), answers(*model).detach()));
        }
    }
    void twiceTheWeightIsTwiceTheChange() {
        TemporaryFolder folder;
        auto model = saved(smallLlama(), {{"target_modules", names({"v_proj"})}}, folder.path());
        for (const auto& [name, projection] : model->projections())
            if (projection->hasAdapter()) LATHE_VERIFY_OK(projection->adapter()->setWeight(2));
        const auto projections = model->projections();
        const auto& projection = projections[2].second;  // layer 0: q_proj, k_proj, v_proj
        QVERIFY(projection->adapter());
        const auto parameters = model->named_parameters();
        const std::string name = projections[2].first;
        const at::Tensor change =
            at::mm(parameters[name + ".lora_B.weight"], parameters[name + ".lora_A.weight"]);
        const at::Tensor merged = projection->mergedWeight();
        QVERIFY(largestDifference(merged - projection->weight, change * 4) < 1e-6);  // 2 · alpha / rank = 4
    }
    void whatDoesNotFitIsNamed() {
        TemporaryFolder folder;
        saved(smallLlama(), {}, folder.path());
        const auto fault = [&](const std::function<void(std::vector<TensorToWrite>&)>& change) {
            TemporaryFolder copy;
            std::filesystem::copy(folder.path(), copy.path());
            rewrite(copy.path(), change);
            const auto opened = openAdapterFolder(copy.path());
            if (!opened.ok()) return opened.error();
            auto model = smallLlama();
            const auto result = loadAdapter(*model, loraMethod(), opened.value());
            return result.ok() ? Error{} : result.error();
        };
        const Error missing = fault([](auto& tensors) { tensors.erase(tensors.begin()); });
        QCOMPARE(missing.code, ErrorCode::ModelMismatch);
        QVERIFY(missing.place.find("lora_") != std::string::npos);
        const Error extra = fault([](auto& tensors) {
            tensors.push_back(tensors[0]);
            tensors.back().name = "base_model.model.somewhere.lora_A.weight";
        });
        QCOMPARE(extra.code, ErrorCode::ModelMismatch);
        QCOMPARE(extra.place, std::string("base_model.model.somewhere.lora_A.weight"));
        const Error shape = fault([](auto& tensors) { std::swap(tensors[0].shape[0], tensors[0].shape[1]); });
        QCOMPARE(shape.code, ErrorCode::ModelMismatch);
        const Error none = fault([](auto& tensors) {
            tensors.push_back(tensors[0]);
            tensors.back().name = "base_model.model.classifier.modules_to_save.bias";
        });
        QCOMPARE(none.message, std::string());
    }
    void anAdapterOfAnotherArchitectureIsRefused() {
        TemporaryFolder folder;
        saved(smallBert(), {}, folder.path());
        const auto opened = openAdapterFolder(folder.path());
        LATHE_VERIFY_OK(opened);
        auto model = smallLlama();
        QVERIFY(!loadAdapter(*model, loraMethod(), opened.value()).ok());
    }
};

LATHE_TEST(TestAdapterIo)
#include "tst_adapter_io.moc"
