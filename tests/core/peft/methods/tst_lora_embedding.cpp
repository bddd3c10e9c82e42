// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA beside embeddings against PEFT 0.21 on the tiny Llama of model_helpers.h, whose head is its embedding;
// which methods take them, merging with and without such a head, and folders.
#include "core/catalog/catalog.h"
#include "core/model/t5.h"
#include "core/peft/merged_weights.h"
#include "tests/core/peft/adapter_set_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

constexpr const char* kA = "model.embed_tokens.lora_embedding_A";
constexpr const char* kB = "model.embed_tokens.lora_embedding_B";

Settings onEmbedding(Settings more = {}) {
    more["target_modules"] = names({"embed_tokens", "q_proj"});
    more.emplace("rank", int64_t(4));
    return more;
}

std::shared_ptr<LanguageModel> withEmbeddings(std::shared_ptr<LanguageModel> model,
                                              const Settings& settings) {
    const auto attached = attachTo(*model, loraMethod(), settingsOf(loraMethod(), settings), 3);
    if (!attached.ok()) qFatal("%s", attached.error().text().c_str());
    return model;
}

std::shared_ptr<LanguageModel> llamaWithOwnHead() {
    Json config = smallLlamaConfig();
    config["tie_word_embeddings"] = false;
    auto model = llamaArchitecture().build(config, {HeadKind::LanguageModel});
    fillByFormula(*model);
    model->eval();
    return model;
}

ModelShape t5Shape() {
    const Json config = {{"model_type", "t5"}, {"vocab_size", 30}, {"d_model", 8},  {"d_kv", 4},
                         {"d_ff", 12},         {"num_layers", 2},  {"num_heads", 2}};
    return t5Architecture().shape(config, {HeadKind::SequenceToSequence}).value();
}

}  // namespace

class TestLoraEmbedding : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void logitsAndGradientsAreThoseOfPeft() {
        auto model = withEmbeddings(smallLlama(), onEmbedding());
        QCOMPARE(trainableCount(*model), int64_t(332));
        fillByFormula(*model);
        const at::Tensor logits = answers(*model);
        const at::Tensor golden = at::tensor({-0.89585304f, 0.25294891f, 0.75974965f, -0.66174459f,
                                              -0.40368730f, 0.87895513f, -0.06924873f, -0.84169471f});
        QVERIFY(largestDifference(logits[5].detach().narrow(0, 0, 8), golden) < 1e-5);
        const at::Tensor targets = at::tensor({7, 1, 20, 11, 5}, at::kLong);
        at::cross_entropy_loss(logits.narrow(0, 0, 5), targets, {}, at::Reduction::Sum).backward();
        for (const GoldenGradient& gradient :
             {GoldenGradient{kA, 3.17636662, -0.22052963}, GoldenGradient{kB, 7.01795353, -0.49961956},
              GoldenGradient{"model.layers.0.self_attn.q_proj.lora_A.weight", 0.22677159, -0.04098971},
              GoldenGradient{"model.layers.0.self_attn.q_proj.lora_B.weight", 0.19559963, -0.02086026}})
            QVERIFY(gradientAgrees(*model, gradient, 1e-5));
        QVERIFY(!model->named_parameters()["model.embed_tokens.weight"].grad().defined());
    }
    void startsAsTheBaseFromNormalValues() {
        const at::Tensor base = answers(*smallLlama());
        auto model = withEmbeddings(smallLlama(), onEmbedding({{"rank", int64_t(500)}}));
        QVERIFY(at::equal(answers(*model).detach(), base));
        const auto parameters = model->named_parameters();
        QVERIFY(at::count_nonzero(parameters[kA]).item<int64_t>() == 0);
        QVERIFY(std::abs(parameters[kB].std().item<double>() - 1) < 0.03);
    }
    void planCountsAndPatternsApply() {
        const auto plan = loraMethod().plan(
            settingsOf(loraMethod(), onEmbedding({{"rank_pattern", NamedTexts{{"embed_tokens", "2"}}}})),
            smallLlama()->shape());
        LATHE_VERIFY_OK(plan);
        QCOMPARE(numbersOf(plan.value(), smallLlama()->shape()), int64_t(2 * (23 + 12) + 2 * 4 * (12 + 12)));
    }
    void allLinearTakesNone() {
        const auto plan = loraMethod().plan(
            settingsOf(loraMethod(), {{"target_modules", names({"all-linear"})}}), smallLlama()->shape());
        LATHE_VERIFY_OK(plan);
        for (const auto& added : plan.value().added) QVERIFY(added.name.find("embed") == std::string::npos);
    }
    void methodsThatTakeNoneSaySo() {
        for (const Method* method : methods()) {
            const MethodEntry& entry = method->entry();
            const bool chooses =
                std::any_of(entry.fields.begin(), entry.fields.end(),
                            [](const Field& field) { return field.key == "target_modules"; });
            if (!chooses || entry.name == "lora") continue;
            const auto plan = method->plan(settingsOf(*method, {{"target_modules", names({"embed_tokens"})}}),
                                           smallLlama()->shape());
            QVERIFY2(!plan.ok(), entry.name.c_str());
            QVERIFY2(plan.error().text().find("is an embedding") != std::string::npos,
                     plan.error().text().c_str());
        }
        const auto pissa = loraMethod().plan(
            settingsOf(loraMethod(), onEmbedding({{"init", std::string("pissa")}})), smallLlama()->shape());
        QVERIFY(!pissa.ok());
        QCOMPARE(pissa.error().place, std::string("method.init"));
    }
    void mergedTableGivesTheSameOutputs() {
        auto model = withEmbeddings(llamaWithOwnHead(), onEmbedding());
        fillByFormula(*model);
        LATHE_VERIFY_OK(checkMergeable(*model, ""));
        QVERIFY(!partsFromHead(*model));
        const at::NoGradGuard noGrad;
        const at::Tensor before = answers(*model);
        for (const auto& [name, projection] : model->projections())
            if (projection->hasAdapter()) projection->merge();
        for (const auto& [name, lookup] : model->lookups()) dynamic_cast<Embedding&>(*lookup).merge();
        QVERIFY(largestDifference(answers(*model), before) < 1e-5);
    }
    void mergedTablePartsFromTheHead() {
        auto model = withEmbeddings(smallLlama(), onEmbedding());
        fillByFormula(*model);
        LATHE_VERIFY_OK(checkMergeable(*model, ""));
        QVERIFY(partsFromHead(*model));
        const MergedWeights weights(*model);
        auto plain = llamaArchitecture().build(weights.config(smallLlamaConfig()), {HeadKind::LanguageModel});
        QCOMPARE(plain->shape().parameters.size(), weights.parameters().size());
        const at::NoGradGuard noGrad;
        for (auto& item : plain->named_parameters()) {
            const auto merged = weights.of(item.key());
            LATHE_VERIFY_OK(merged);
            item.value().copy_(merged.value());
        }
        plain->eval();
        QVERIFY(largestDifference(answers(*plain), answers(*model)) < 1e-5);
    }
    void severalTakenInPartAddUp() {
        TemporaryFolder folder;
        auto shared = smallLlama();
        AdapterSet set(shared);
        for (const char* name : {"one", "two"}) {
            const auto path =
                writeRandomAdapter(folder, *smallLlama(), loraMethod(), name, *name, onEmbedding());
            LATHE_VERIFY_OK(loadInto(set, name, loraMethod(), path, shared->shape()));
        }
        LATHE_VERIFY_OK(set.choose({{"one", 0.5}, {"two", -2}}));
        const at::NoGradGuard noGrad;
        const at::Tensor ids = at::tensor({4, 9, 22}, at::kLong);
        const auto table = std::dynamic_pointer_cast<Embedding>(shared->lookups().at("model.embed_tokens"));
        at::Tensor expected = at::embedding(table->weight, ids);
        for (const auto& [name, weight] : {std::pair{"one", 0.5}, std::pair{"two", -2.0}}) {
            const auto content = std::dynamic_pointer_cast<LoraEmbedding>(set.content(name, table.get()));
            QVERIFY(content);
            const auto [a, b] = content->plainPair();
            expected = expected + weight * 16.0 / 4 * at::mm(b, a).t().index_select(0, ids);
        }
        QVERIFY(largestDifference(table->forward(ids), expected) < 1e-5);
    }
    void theBasesOwnTableInAFolderIsKnown() {
        TemporaryFolder folder;
        const auto path = writeRandomAdapter(folder, *smallLlama(), loraMethod(), "one", 5, onEmbedding());
        const auto opened = openAdapterFolder(path);
        LATHE_VERIFY_OK(opened);
        for (const double away : {0.0, 0.5}) {
            std::vector<at::Tensor> held;
            std::vector<TensorToWrite> tensors;
            const auto add = [&](const std::string& name, const at::Tensor& values) {
                held.push_back(values);
                tensors.push_back(
                    {name,
                     DType::F32,
                     values.sizes().vec(),
                     {static_cast<const std::byte*>(values.const_data_ptr()), values.nbytes()}});
            };
            for (const auto& info : opened.value().weights->tensors()) {
                const at::Tensor values = at::empty(info.shape);
                LATHE_VERIFY_OK(opened.value().weights->readFloat(
                    info, {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())}));
                add(info.name, values);
            }
            auto model = smallLlama();
            add("base_model.model.model.embed_tokens.base_layer.weight",
                model->wordEmbeddings().detach() + away);
            const auto again =
                folder.path() / ("again" + std::to_string(held.size()) + (away > 0 ? "b" : "a"));
            std::filesystem::create_directory(again);
            LATHE_VERIFY_OK(writeAdapterFolder(again, opened.value().config, tensors));
            const auto read = openAdapterFolder(again);
            LATHE_VERIFY_OK(read);
            QCOMPARE(loadAdapter(*model, loraMethod(), read.value()).ok(), away == 0);
        }
    }
    void stacksOfT5HaveAPlaceEach() {
        const auto plan = loraMethod().plan(
            settingsOf(loraMethod(), {{"target_modules", names({"embed_tokens"})}}), t5Shape());
        LATHE_VERIFY_OK(plan);
        QCOMPARE(plan.value().added.size(), std::size_t(4));
        QCOMPARE(plan.value().added.front().module, std::string("encoder.embed_tokens"));
        const auto shared =
            loraMethod().plan(settingsOf(loraMethod(), {{"target_modules", names({"shared"})}}), t5Shape());
        QVERIFY(!shared.ok());
        QVERIFY(shared.error().hint.find("embed_tokens") != std::string::npos);
    }
};

LATHE_TEST(TestLoraEmbedding)
#include "tst_lora_embedding.moc"
