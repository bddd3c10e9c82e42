// SPDX-License-Identifier: GPL-3.0-or-later
// What every architecture of the catalog must keep: its parameters are those config.json alone lists, padding
// changes nothing, generation with a cache is the forward pass, checkpointing changes no gradient. Their
// numbers are compared with transformers in tests/parity.
#include "core/ops/linear_cross_entropy.h"
#include "core/train/catalog.h"
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
    };
    return configs;
}

bool writes(const Architecture& architecture) {
    return std::count(architecture.tasks.begin(), architecture.tasks.end(), "language_modeling") > 0;
}

std::shared_ptr<LanguageModel> build(const Architecture& architecture, HeadKind head, int64_t labels) {
    auto model = architecture.build(smallConfigs().at(architecture.name), head, labels);
    fillByFormula(*model);
    model->eval();
    return model;
}

const Architecture& fetched() {
    QFETCH(QString, name);
    return *findArchitecture(name.toStdString()).value();
}

void listArchitectures(bool writersOnly) {
    QTest::addColumn<QString>("name");
    for (const Architecture& architecture : architectures()) {
        if (writersOnly && !writes(architecture)) continue;
        const QString name = QString::fromStdString(architecture.name);
        QTest::newRow(qPrintable(name)) << name;
    }
}

}  // namespace

class TestArchitectures : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void allHaveASmallConfigHere() {
        for (const Architecture& architecture : architectures())
            QVERIFY2(smallConfigs().contains(architecture.name), architecture.name.c_str());
    }

    void theShapeIsTheModules_data() { listArchitectures(false); }
    void theShapeIsTheModules() {
        const Architecture& architecture = fetched();
        for (const int64_t labels : {0, 3})
            QVERIFY(shapeMatchesModule(*build(architecture, HeadKind::SequenceClassification, labels)));
        if (writes(architecture))
            QVERIFY(shapeMatchesModule(*build(architecture, HeadKind::LanguageModel, 0)));
    }

    void paddingChangesNoLabel_data() { listArchitectures(false); }
    void paddingChangesNoLabel() {
        const at::NoGradGuard noGrad;
        const auto model = build(fetched(), HeadKind::SequenceClassification, 3);
        Batch padded = tinyBatch();
        Batch alone;
        alone.ids = padded.ids[1].narrow(0, 0, 4).unsqueeze(0);
        alone.typeIds = padded.typeIds[1].narrow(0, 0, 4).unsqueeze(0);
        const at::Tensor together = model->classify(model->hidden(padded), padded);
        const at::Tensor single = model->classify(model->hidden(alone), alone);
        QVERIFY(largestDifference(together[1], single[0]) < 1e-5);
        QVERIFY(largestDifference(together[0], together[1]) > 1e-4);
    }

    void aStepWithACacheIsTheForwardPass_data() { listArchitectures(true); }
    void aStepWithACacheIsTheForwardPass() {
        const at::NoGradGuard noGrad;
        const auto model = build(fetched(), HeadKind::LanguageModel, 0);
        Batch batch;
        batch.ids = at::tensor({3, 7, 1, 20, 11, 5, 9, 2, 14}, at::kLong).unsqueeze(0);
        const at::Tensor whole = languageLogits(model->hidden(batch), model->languageHead());
        KeyValueCache cache;
        int64_t done = 0;
        for (const int64_t count : {4, 1, 1, 2, 1}) {
            const at::Tensor logits = model->step(batch.ids.narrow(1, done, count), cache);
            done += count;
            QVERIFY(largestDifference(logits[0], whole[0][done - 1]) < 1e-5);
        }
    }

    void checkpointingChangesNoGradient_data() { listArchitectures(false); }
    void checkpointingChangesNoGradient() {
        const Architecture& architecture = fetched();
        const auto gradients = [&](bool checkpointing) {
            const auto model = build(architecture, HeadKind::SequenceClassification, 3);
            model->train();
            model->setGradientCheckpointing(checkpointing);
            at::manual_seed(5);
            const Batch batch = tinyBatch();
            const at::Tensor logits = model->classify(model->hidden(batch), batch);
            at::cross_entropy_loss(logits, batch.labels).backward();
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

QTEST_APPLESS_MAIN(TestArchitectures)
#include "tst_architectures.moc"
