// SPDX-License-Identifier: GPL-3.0-or-later
// Loading by name: prefixes, old names, new heads, and weights that do not belong to the model.
#include "core/model/language_model.h"

#include "core/model/bert.h"
#include "core/model/llama.h"
#include "tests/core/model/model_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

/// Weights in memory, as a file would give them.
class MemoryWeights : public WeightSource {
  public:
    void add(const std::string& name, const at::Tensor& values) {
        m_infos.push_back(
            {name, DType::F32, values.sizes().vec(), uint64_t(values.numel()), uint64_t(values.numel()) * 4});
        m_values.push_back(values.contiguous());
    }
    const std::vector<TensorInfo>& tensors() const override { return m_infos; }
    const TensorInfo* find(const std::string& name) const override {
        for (const TensorInfo& info : m_infos) {
            if (info.name == name) return &info;
        }
        return nullptr;
    }
    Result<void> readFloat(const TensorInfo& info, std::span<float> out) const override {
        const at::Tensor& values = m_values[size_t(&info - m_infos.data())];
        std::copy_n(values.data_ptr<float>(), out.size(), out.begin());
        return {};
    }

  private:
    std::vector<TensorInfo> m_infos;
    std::vector<at::Tensor> m_values;
};

Json bertConfig() {
    return {{"vocab_size", 23},         {"hidden_size", 12},       {"num_hidden_layers", 1},
            {"num_attention_heads", 3}, {"intermediate_size", 20}, {"max_position_embeddings", 16}};
}

Json llamaConfig() {
    return {{"vocab_size", 23},
            {"hidden_size", 12},
            {"num_hidden_layers", 1},
            {"num_attention_heads", 3},
            {"intermediate_size", 20}};
}

std::shared_ptr<LanguageModel> bert() {
    return bertArchitecture().build(bertConfig(), {HeadKind::SequenceClassification, 3});
}

/// Every body tensor of `model` under a changed name.
template <class Rename>
MemoryWeights bodyWeights(const LanguageModel& model, Rename rename) {
    MemoryWeights weights;
    for (const ParameterShape& about : model.shape().parameters) {
        if (!about.isHead) weights.add(rename(about.name), formulaWeights(about.name, about.shape));
    }
    return weights;
}

bool bodyIsByFormula(const LanguageModel& model) {
    for (const ParameterShape& about : model.shape().parameters) {
        if (about.isHead) continue;
        if (!at::equal(model.named_parameters()[about.name], formulaWeights(about.name, about.shape)))
            return false;
    }
    return true;
}

}  // namespace

class TestLanguageModel : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void bridgesAMissingPrefix() {
        const auto model = bert();
        MemoryWeights weights = bodyWeights(*model, [](const std::string& name) { return name.substr(5); });
        weights.add("embeddings.position_ids", at::zeros({1, 16}));
        const auto fresh = loadWeights(*model, weights, 42);
        LATHE_VERIFY_OK(fresh);
        QCOMPARE(fresh.value(), (std::vector<std::string>{"classifier.weight", "classifier.bias"}));
        QVERIFY(bodyIsByFormula(*model));
    }

    void readsOldNormNames() {
        const auto model = bert();
        const MemoryWeights weights = bodyWeights(*model, [](std::string name) {
            const auto at = name.find("LayerNorm.");
            if (at == std::string::npos) return name;
            return name.substr(0, at) + (name.ends_with("weight") ? "LayerNorm.gamma" : "LayerNorm.beta");
        });
        LATHE_VERIFY_OK(loadWeights(*model, weights, 42));
        QVERIFY(bodyIsByFormula(*model));
    }

    void newHeadComesFromTheSeed() {
        const auto one = bert(), same = bert(), other = bert();
        const MemoryWeights weights = bodyWeights(*one, [](const std::string& name) { return name; });
        LATHE_VERIFY_OK(loadWeights(*one, weights, 1));
        LATHE_VERIFY_OK(loadWeights(*same, weights, 1));
        LATHE_VERIFY_OK(loadWeights(*other, weights, 2));
        const auto head = [](const LanguageModel& model) {
            return model.named_parameters()["classifier.weight"];
        };
        QVERIFY(at::equal(head(*one), head(*same)));
        QVERIFY(!at::equal(head(*one), head(*other)));
        const double spread = head(*one).std().item<double>();
        QVERIFY(spread > 0.012 && spread < 0.03);
        QCOMPARE(one->named_parameters()["classifier.bias"].abs().sum().item<double>(), 0.0);
    }

    void missingTensorIsNamed() {
        const auto model = bert();
        MemoryWeights weights;
        for (const ParameterShape& about : model->shape().parameters) {
            if (about.name != "bert.pooler.dense.weight") weights.add(about.name, at::zeros(about.shape));
        }
        const auto loaded = loadWeights(*model, weights, 42);
        QVERIFY(!loaded.ok());
        QCOMPARE(loaded.error().code, ErrorCode::ModelMismatch);
        QCOMPARE(loaded.error().place, std::string("bert.pooler.dense.weight"));
    }

    void missingLanguageHeadIsNoNewHead() {
        const auto model = llamaArchitecture().build(llamaConfig(), {HeadKind::LanguageModel});
        const auto loaded =
            loadWeights(*model, bodyWeights(*model, [](const std::string& n) { return n; }), 42);
        QVERIFY(!loaded.ok());
        QCOMPARE(loaded.error().place, std::string("lm_head.weight"));
    }

    void misshapenTensorIsRefusedBeforeReading() {
        const auto model = bert();
        MemoryWeights weights;
        for (const ParameterShape& about : model->shape().parameters) {
            const bool wrong = about.name == "classifier.weight";
            weights.add(about.name, at::zeros(wrong ? std::vector<int64_t>{2, 12} : about.shape));
        }
        const auto checked = checkWeights(model->shape(), weights);
        QVERIFY(!checked.ok());
        QCOMPARE(checked.error().code, ErrorCode::ModelMismatch);
        QCOMPARE(checked.error().place, std::string("classifier.weight"));
    }

    void aBaseWithoutPoolerSaysWhatItIsGoodFor() {
        const auto model = bert();
        MemoryWeights weights;
        for (const ParameterShape& about : model->shape().parameters)
            if (about.name.find("pooler") == std::string::npos)
                weights.add(about.name, at::zeros(about.shape));
        const auto checked = checkWeights(model->shape(), weights);
        QVERIFY(!checked.ok());
        QCOMPARE(checked.error().place, std::string("bert.pooler.dense.weight"));
        QVERIFY(checked.error().hint.find("tag words") != std::string::npos);
    }

    void initialisedWeightsComeFromTheSeed() {
        const auto one = bert(), same = bert();
        initialiseWeights(*one, 3);
        initialiseWeights(*same, 3);
        const auto wanted = same->named_parameters();
        for (const auto& item : one->named_parameters()) QVERIFY(at::equal(item.value(), wanted[item.key()]));
        QCOMPARE(wanted["bert.embeddings.LayerNorm.weight"].mean().item<double>(), 1.0);
    }
};

LATHE_TEST(TestLanguageModel)
#include "tst_language_model.moc"
