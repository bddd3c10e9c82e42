// SPDX-License-Identifier: GPL-3.0-or-later
// Adapters that change the language head, or one of head and embedding where the base shares them.
#include "core/peft/parted_head.h"

#include "core/peft/merged_weights.h"
#include "core/peft/methods/dora.h"
#include "core/peft/methods/lora.h"
#include "tests/core/peft/method_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

/// A model's parameters as a file holds them.
class HeldWeights : public WeightSource {
  public:
    explicit HeldWeights(LanguageModel& model) {
        for (const auto& item : model.named_parameters()) {
            m_values.push_back(item.value().detach().contiguous());
            m_tensors.push_back({item.key(), DType::F32, item.value().sizes().vec(),
                                 uint64_t(item.value().numel()), uint64_t(item.value().nbytes())});
        }
    }
    const std::vector<TensorInfo>& tensors() const override { return m_tensors; }
    const TensorInfo* find(const std::string& name) const override {
        for (const TensorInfo& info : m_tensors)
            if (info.name == name) return &info;
        return nullptr;
    }
    Result<void> readFloat(const TensorInfo& info, std::span<float> out) const override {
        for (std::size_t i = 0; i < m_tensors.size(); ++i)
            if (m_tensors[i].name == info.name)
                std::copy_n(m_values[i].data_ptr<float>(), out.size(), out.begin());
        return {};
    }

  private:
    std::vector<at::Tensor> m_values;
    std::vector<TensorInfo> m_tensors;
};

ModelShape tiedShape() {
    return llamaArchitecture().shape(smallLlamaConfig(), {HeadKind::LanguageModel}).value();
}

/// The small Llama with its head apart from the embedding.
std::shared_ptr<LanguageModel> parted() {
    auto tied = smallLlama();
    const auto weights = partedWeights(std::make_unique<HeldWeights>(*tied), tied->shape());
    auto model = llamaArchitecture().build(partedConfig(smallLlamaConfig()), {HeadKind::LanguageModel});
    LATHE_CHECK(loadWeights(*model, *weights, 1).ok());
    model->eval();
    return model;
}

bool parts(const Settings& changes, const ModelShape& shape) {
    return partsHead({{&loraMethod(), settingsOf(loraMethod(), changes)}}, shape);
}

}  // namespace

class TestPartedHead : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void whoPartsThem() {
        const ModelShape shape = tiedShape();
        QVERIFY(!parts({}, shape));
        QVERIFY(!parts({{"target_modules", names({"q_proj", "embed_tokens"})}}, shape));
        QVERIFY(!parts({{"target_modules", names({"all-linear"})}}, shape));
        QVERIFY(parts({{"target_modules", names({"q_proj", "lm_head"})}}, shape));
        for (const auto& saved : {names({"lm_head"}), names({"embed_tokens"}),
                                  names({"lm_head", "embed_tokens"}), names({"model.embed_tokens"})}) {
            QVERIFY(parts({{"modules_to_save", saved}}, shape));
            QVERIFY(!parts({{"modules_to_save", saved}, {"ensure_weight_tying", true}}, shape));
        }
        QVERIFY(!parts({{"modules_to_save", names({"lm_head"})}}, parted()->shape()));
    }
    void apartTheyAnswerAsBefore() {
        QVERIFY(at::equal(answers(*parted()).detach(), answers(*smallLlama()).detach()));
    }
    void eachTrainsByItself() {
        const std::pair<const char*, std::set<std::string>> cases[] = {
            {"lm_head", {"lm_head.weight"}}, {"embed_tokens", {"model.embed_tokens.weight"}}};
        for (const auto& [name, expected] : cases) {
            const auto plan = loraMethod().plan(
                settingsOf(loraMethod(), {{"modules_to_save", names({name})}}), parted()->shape());
            LATHE_VERIFY_OK(plan);
            const auto& trained = plan.value().trainedBase;
            QVERIFY(std::set<std::string>(trained.begin(), trained.end()) == expected);
        }
    }
    void keptTogetherTheTableTrains() {
        for (const char* name : {"lm_head", "embed_tokens"}) {
            const auto plan = loraMethod().plan(
                settingsOf(loraMethod(), {{"modules_to_save", names({name})}, {"ensure_weight_tying", true}}),
                tiedShape());
            LATHE_VERIFY_OK(plan);
            QVERIFY(plan.value().trainedBase == std::vector<std::string>{"model.embed_tokens.weight"});
        }
        const auto both = loraMethod().plan(
            settingsOf(loraMethod(),
                       {{"target_modules", names({"embed_tokens"})}, {"ensure_weight_tying", true}}),
            tiedShape());
        QVERIFY(!both.ok());
    }
    void aPairBesideTheHeadIsItsWeightsChange() {
        for (const char* init : {"default", "pissa"}) {
            auto model = parted();
            LATHE_VERIFY_OK(attachTo(
                *model, loraMethod(),
                settingsOf(loraMethod(),
                           {{"target_modules", names({"lm_head", "v_proj"})}, {"init", std::string(init)}})));
            QVERIFY(largestDifference(answers(*model).detach(), answers(*parted()).detach()) < 1e-5);
            const at::NoGradGuard guard;
            for (auto& item : model->named_parameters())
                if (item.key().find("lora_") != std::string::npos)
                    item.value().add_(formulaWeights(item.key(), item.value().sizes()));
            const at::Tensor before = answers(*model);
            LATHE_VERIFY_OK(checkMergeable(*model, ""));
            const MergedWeights weights(*model);
            auto plain = llamaArchitecture().build(weights.config(partedConfig(smallLlamaConfig())),
                                                   {HeadKind::LanguageModel});
            for (auto& item : plain->named_parameters()) item.value().copy_(weights.of(item.key()).value());
            plain->eval();
            QVERIFY(largestDifference(before, answers(*parted())) > 1e-2);
            QVERIFY(largestDifference(answers(*plain), before) < 1e-5);
            // Each next token alone, from the cache, gives the same.
            KeyValueCache cache;
            at::Tensor last;
            for (int64_t i = 0; i < 6; ++i) last = model->step(oneRow().ids.narrow(1, i, 1), cache);
            QVERIFY(largestDifference(last[0], before[5]) < 1e-5);
        }
    }
    void theHeadsLossTrainsThePair() {
        auto model = parted();
        LATHE_VERIFY_OK(attachTo(*model, loraMethod(),
                                 settingsOf(loraMethod(), {{"target_modules", names({"lm_head"})}})));
        fillByFormula(*model);
        const Batch batch = tinyBatch();
        linearCrossEntropy(model->hidden(batch), model->languageHead(), batch.lossRows, batch.lossTargets)
            .backward();
        const auto parameters = model->named_parameters();
        std::vector<at::Tensor> ours;
        for (const char* half : {"lm_head.lora_A.weight", "lm_head.lora_B.weight"}) {
            ours.push_back(parameters[half].grad().clone());
            parameters[half].mutable_grad() = at::Tensor();
        }
        const at::Tensor rows = model->hidden(batch).reshape({-1, 12}).index_select(0, batch.lossRows);
        const at::Tensor weight =
            parameters["lm_head.weight"] +
            2 * at::mm(parameters["lm_head.lora_B.weight"], parameters["lm_head.lora_A.weight"]);
        at::cross_entropy_loss(at::linear(rows, weight), batch.lossTargets, {}, at::Reduction::Sum)
            .backward();
        QVERIFY(largestDifference(ours[0], parameters["lm_head.lora_A.weight"].grad()) < 1e-4);
        QVERIFY(largestDifference(ours[1], parameters["lm_head.lora_B.weight"].grad()) < 1e-4);
    }
    void methodsThatScaleOutputsLeaveTheHead() {
        const auto plan = doraMethod().plan(
            settingsOf(doraMethod(), {{"target_modules", names({"q_proj", "lm_head"})}}), tiedShape());
        QVERIFY(!plan.ok());
        QVERIFY(plan.error().message.find("lm_head") != std::string::npos);
    }
};

LATHE_TEST(TestPartedHead)
#include "tst_parted_head.moc"
