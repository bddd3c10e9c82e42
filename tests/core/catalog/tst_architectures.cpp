// SPDX-License-Identifier: GPL-3.0-or-later
// What every architecture of the catalog must keep: its parameters are those config.json alone lists, padding
// changes nothing, generation with a cache is the forward pass, checkpointing changes no gradient. Their
// numbers are compared with transformers in tests/parity.
#include "core/batches/batch_loader.h"
#include "core/catalog/catalog.h"
#include "core/data/encode/packing.h"
#include "core/ops/linear_cross_entropy.h"
#include "tests/core/model/model_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

/// A small config of each model_type, with a window of 3 where it can have one.
const std::map<std::string, Json>& smallConfigs() {
    const Json decoder = {{"vocab_size", 23},
                          {"hidden_size", 16},
                          {"intermediate_size", 20},
                          {"num_hidden_layers", 3},
                          {"num_attention_heads", 4},
                          {"num_key_value_heads", 2},
                          {"max_position_embeddings", 32}};
    const auto with = [](Json config, const Json& more) {
        config.update(more);
        return config;
    };
    const Json windowed = with(decoder, {{"sliding_window", 3}});
    const Json encoder = {{"vocab_size", 23},         {"hidden_size", 16},
                          {"intermediate_size", 20},  {"num_hidden_layers", 3},
                          {"num_attention_heads", 4}, {"max_position_embeddings", 32},
                          {"pad_token_id", 0}};
    static const std::map<std::string, Json> configs{
        {"llama", decoder},
        {"mistral", windowed},
        {"qwen2", with(windowed, {{"max_window_layers", 1}})},
        {"qwen3", decoder},
        {"gemma", decoder},
        {"gemma2", windowed},
        {"gemma3_text", with(windowed, {{"sliding_window_pattern", 2}})},
        {"phi3", with(windowed, {{"partial_rotary_factor", 0.5}})},
        {"gpt2", {{"vocab_size", 23}, {"n_embd", 16}, {"n_layer", 3}, {"n_head", 4}, {"n_positions", 32}}},
        {"bert", encoder},
        {"roberta", encoder},
        {"distilbert",
         {{"vocab_size", 23}, {"dim", 16}, {"hidden_dim", 20}, {"n_layers", 3}, {"n_heads", 4}}},
        {"modernbert", with(encoder, {{"local_attention", 4}})},
        {"t5",
         {{"vocab_size", 23},
          {"d_model", 16},
          {"d_kv", 4},
          {"d_ff", 20},
          {"num_layers", 2},
          {"num_decoder_layers", 3},
          {"num_heads", 4},
          {"relative_attention_num_buckets", 8},
          {"relative_attention_max_distance", 20}}},
    };
    return configs;
}

std::shared_ptr<LanguageModel> build(const Architecture& architecture, HeadKind head) {
    const bool classifies = head == HeadKind::SequenceClassification || head == HeadKind::TokenClassification;
    auto model = architecture.build(smallConfigs().at(architecture.name), {head, classifies ? 3 : 0});
    fillByFormula(*model);
    model->eval();
    return model;
}

/// Of the row's architecture and head.
std::shared_ptr<LanguageModel> buildFetched() {
    QFETCH(QString, name);
    QFETCH(int, head);
    return build(*findArchitecture(name.toStdString()).value(), HeadKind(head));
}

/// A row for each architecture with each of these heads that it can have.
void listHeads(std::initializer_list<HeadKind> heads) {
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("head");
    for (const Architecture& architecture : architectures())
        for (const HeadKind head : heads)
            if (architecture.canHave(head))
                QTest::addRow("%s%s", architecture.name.c_str(), classSuffix(head))
                    << QString::fromStdString(architecture.name) << int(head);
}

constexpr std::initializer_list<HeadKind> kAllHeads{
    HeadKind::Body,
    HeadKind::LanguageModel,
    HeadKind::MaskedLanguageModel,
    HeadKind::SequenceToSequence,
    HeadKind::SequenceClassification,
    HeadKind::TokenClassification,
};

/// The padded batch, with a text for a decoder of its own.
Batch batchFor(const LanguageModel& model) {
    Batch batch = tinyBatch();
    if (model.shape().head == HeadKind::SequenceToSequence)
        batch.decoderIds = at::tensor({0, 4, 8, 15, 0, 16, 3, 0}, at::kLong).view({2, 4});
    return batch;
}

}  // namespace

class TestArchitectures : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void allHaveASmallConfigHere() {
        for (const Architecture& architecture : architectures())
            QVERIFY2(smallConfigs().contains(architecture.name), architecture.name.c_str());
    }

    void theShapeIsTheModules_data() { listHeads(kAllHeads); }
    void theShapeIsTheModules() { QVERIFY(shapeMatchesModule(*buildFetched())); }

    void paddingChangesNothing_data() { listHeads(kAllHeads); }
    void paddingChangesNothing() {
        const at::NoGradGuard noGrad;
        const auto model = buildFetched();
        const Batch padded = batchFor(*model);
        Batch alone;
        alone.ids = padded.ids[1].narrow(0, 0, 4).unsqueeze(0);
        alone.typeIds = padded.typeIds[1].narrow(0, 0, 4).unsqueeze(0);
        if (padded.decoderIds.defined()) alone.decoderIds = padded.decoderIds[1].unsqueeze(0);
        at::Tensor together = headLogits(*model, padded), single = headLogits(*model, alone);
        if (together.dim() == 3) together = together.narrow(1, 0, 4);
        QVERIFY(largestDifference(together[1], single[0]) < 1e-5);
        QVERIFY(largestDifference(together[0], together[1]) > 1e-4);
    }

    void aStepWithACacheIsTheForwardPass_data() {
        listHeads({HeadKind::LanguageModel, HeadKind::SequenceToSequence});
    }
    void aStepWithACacheIsTheForwardPass() {
        const at::NoGradGuard noGrad;
        const auto model = buildFetched();
        const at::Tensor ids = at::tensor({3, 7, 1, 20, 11, 5, 9, 2, 14}, at::kLong).unsqueeze(0);
        Batch batch;
        batch.ids = batch.decoderIds = ids;
        const at::Tensor whole = headLogits(*model, batch);
        KeyValueCache cache;
        if (model->shape().head == HeadKind::SequenceToSequence) model->readSource(batch, cache);
        int64_t done = 0;
        for (const int64_t count : {4, 1, 1, 2, 1}) {
            const at::Tensor logits = model->step(ids.narrow(1, done, count), cache);
            done += count;
            QVERIFY(largestDifference(logits[0], whole[0][done - 1]) < 1e-5);
        }
    }

    void paddedRowsStepAsIfAlone_data() { listHeads({HeadKind::LanguageModel}); }
    void paddedRowsStepAsIfAlone() {
        const at::NoGradGuard noGrad;
        const auto model = buildFetched();
        const at::Tensor ids = at::tensor({3, 7, 1, 20, 11, 5, 9, 2, 14, 6, 8, 4}, at::kLong).view({2, 6});
        // The second row is three ids long, then one comes at a time; later the first row is done.
        KeyValueCache together, alone;
        together.lengths = at::tensor({6, 3}, at::kLong);
        at::Tensor single = model->step(ids[1].narrow(0, 0, 3).unsqueeze(0), alone);
        at::Tensor both = model->step(ids, together);
        QVERIFY(largestDifference(both[1], single[0]) < 1e-5);
        for (int64_t id = 10; id < 14; ++id) {
            const at::Tensor next = at::full({1, 1}, id, at::kLong);
            if (id == 12) together.keepRows(at::tensor({1}, at::kLong));
            both = model->step(id < 12 ? next.expand({2, 1}) : next, together);
            single = model->step(next, alone);
            QVERIFY(largestDifference(both[id < 12 ? 1 : 0], single[0]) < 1e-5);
        }
    }

    void packedTextsAreAsIfAlone_data() { listHeads({HeadKind::LanguageModel}); }
    void packedTextsAreAsIfAlone() {
        const at::NoGradGuard noGrad;
        const auto model = buildFetched();
        Example first, second, other;
        first.ids = first.targets = {3, 7, 1, 20, 11, 5, 9};
        second.ids = second.targets = {2, 14, 6, 8, 4};
        other.ids = other.targets = {12, 3};
        const Example packed[] = {joined({&first, &second}), joined({&other})};
        const Example* rows[] = {&packed[0], &packed[1]};
        const at::Tensor together = headLogits(*model, makeBatch(rows, {}));
        const auto alone = [&](const Example& row) {
            const Example* single[] = {&row};
            return headLogits(*model, makeBatch(single, {}))[0];
        };
        QVERIFY(largestDifference(together[0].narrow(0, 0, 7), alone(first)) < 1e-5);
        QVERIFY(largestDifference(together[0].narrow(0, 7, 5), alone(second)) < 1e-5);
        QVERIFY(largestDifference(together[1].narrow(0, 0, 2), alone(other)) < 1e-5);
    }

    void aStepKnowsTheSoftPrompt_data() { aStepWithACacheIsTheForwardPass_data(); }
    void aStepKnowsTheSoftPrompt() {
        for (const char* name : {"prompt", "prefix"}) {
            const auto model = buildFetched();
            const Method& method = *findMethod(name);
            if (&method == findMethod("prefix") && !model->shape().takesPrefix) continue;
            MethodSettings settings = defaultSettings(method.entry());
            settings.values["virtual_tokens"] = int64_t(3);
            LATHE_VERIFY_OK(attachMethods({{&method, settings}}, *model, {1}));
            const at::NoGradGuard noGrad;
            const at::Tensor ids = at::tensor({3, 7, 1, 20, 11, 5}, at::kLong).unsqueeze(0);
            Batch batch;
            batch.ids = batch.decoderIds = ids;
            at::Tensor whole = headLogits(*model, batch)[0];
            whole = whole.narrow(0, model->leadingOutputs(), 6);
            KeyValueCache cache;
            if (model->shape().head == HeadKind::SequenceToSequence) model->readSource(batch, cache);
            int64_t done = 0;
            for (const int64_t count : {3, 1, 2}) {
                const at::Tensor logits = model->step(ids.narrow(1, done, count), cache);
                done += count;
                QVERIFY2(largestDifference(logits[0], whole[done - 1]) < 1e-5, name);
            }
        }
    }

    void checkpointingChangesNoGradient_data() {
        listHeads({HeadKind::SequenceClassification, HeadKind::SequenceToSequence});
    }
    void checkpointingChangesNoGradient() {
        const auto gradients = [&](bool checkpointing) {
            const auto model = buildFetched();
            model->train();
            model->setGradientCheckpointing(checkpointing);
            at::manual_seed(5);
            headLogits(*model, batchFor(*model)).square().sum().backward();
            std::vector<at::Tensor> found;
            for (const auto& parameter : model->parameters()) found.push_back(parameter.grad());
            return found;
        };
        const auto plain = gradients(false), recomputed = gradients(true);
        for (size_t i = 0; i < plain.size(); ++i) {
            QCOMPARE(recomputed[i].defined(), plain[i].defined());
            if (plain[i].defined()) QVERIFY(largestDifference(plain[i], recomputed[i]) < 1e-6);
        }
    }
};

LATHE_TEST(TestArchitectures)
#include "tst_architectures.moc"
