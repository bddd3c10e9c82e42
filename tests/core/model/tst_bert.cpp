// SPDX-License-Identifier: GPL-3.0-or-later
// A tiny BERT against transformers 5.23 (eager attention, float32, no dropout) with the same formula weights;
// the numbers below were printed by it.
#include "core/model/bert.h"

#include "tests/core/model/model_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

Json tinyConfig() {
    return {{"model_type", "bert"},
            {"vocab_size", 23},
            {"hidden_size", 12},
            {"num_hidden_layers", 2},
            {"num_attention_heads", 3},
            {"intermediate_size", 20},
            {"max_position_embeddings", 16},
            {"type_vocab_size", 2},
            {"hidden_dropout_prob", 0.0},
            {"attention_probs_dropout_prob", 0.0}};
}

std::shared_ptr<LanguageModel> build(const Json& config, int64_t labels) {
    auto model = bertArchitecture().build(
        config, {labels > 0 ? HeadKind::SequenceClassification : HeadKind::Body, labels});
    fillByFormula(*model);
    return model;
}

const std::vector<GoldenGradient> kGradients{
    {"bert.embeddings.word_embeddings.weight", 0.03612719, -0.02460973},
    {"bert.embeddings.position_embeddings.weight", 0.04386000, -0.04866456},
    {"bert.embeddings.token_type_embeddings.weight", 0.04383981, -0.05104231},
    {"bert.encoder.layer.0.attention.self.query.weight", 0.00031407, -0.00031094},
    {"bert.encoder.layer.0.attention.self.value.bias", 0.00279512, 0.00611558},
    {"bert.encoder.layer.1.attention.output.LayerNorm.weight", 0.00662908, 0.00139328},
    {"bert.encoder.layer.1.intermediate.dense.weight", 0.00896789, 0.00052748},
    {"bert.pooler.dense.weight", 0.39156132, -0.36632921},
    {"classifier.weight", 0.87611824, 0.22730668}};

}  // namespace

class TestBert : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void matchesTransformers_data() {
        QTest::addColumn<bool>("checkpointing");
        QTest::newRow("plain") << false;
        QTest::newRow("checkpointed") << true;
    }
    void matchesTransformers() {
        QFETCH(bool, checkpointing);
        const auto model = build(tinyConfig(), 3);
        model->setGradientCheckpointing(checkpointing);
        const Batch batch = tinyBatch();
        const at::Tensor hidden = model->hidden(batch);
        const at::Tensor goldenHidden =
            at::tensor({-1.50215399f, -1.72848368f, -1.55927718f, -0.56211811f, 0.05572426f, 0.30872685f});
        QVERIFY(largestDifference(hidden[1][2].narrow(0, 0, 6).detach(), goldenHidden) < 1e-5);
        const at::Tensor logits = model->classify(hidden, batch);
        const at::Tensor golden =
            at::tensor({0.05670863f, 0.08377822f, 0.25628263f, 0.03869805f, 0.11668767f, 0.25658572f})
                .view({2, 3});
        QVERIFY(largestDifference(logits.detach(), golden) < 1e-5);
        const at::Tensor loss = at::cross_entropy_loss(logits, batch.labels);
        QVERIFY(std::abs(loss.item<double>() - 1.0899508) < 1e-5);
        loss.backward();
        for (const GoldenGradient& gradient : kGradients) QVERIFY(gradientAgrees(*model, gradient, 1e-6));
    }

    void paddingChangesNothing() {
        const auto model = build(tinyConfig(), 3);
        const Batch padded = tinyBatch();
        Batch alone;
        alone.ids = padded.ids.narrow(0, 1, 1).narrow(1, 0, 4);
        alone.typeIds = padded.typeIds.narrow(0, 1, 1).narrow(1, 0, 4);
        const at::Tensor together = model->classify(model->hidden(padded), padded)[1];
        QVERIFY(largestDifference(together, model->classify(model->hidden(alone), alone)[0]) < 1e-6);
    }

    void missingTypesCountAsTheFirst() {
        const auto model = build(tinyConfig(), 2);
        Batch batch = tinyBatch();
        batch.typeIds.zero_();
        const at::Tensor given = model->hidden(batch);
        batch.typeIds.reset();
        batch.positions.reset();
        QVERIFY(at::equal(given, model->hidden(batch)));
    }

    void dropoutIsTheConfigsAndOnlyInTraining() {
        Json config = tinyConfig();
        config["hidden_dropout_prob"] = config["attention_probs_dropout_prob"] = 0.5;
        const auto model = build(config, 2);
        const Batch batch = tinyBatch();
        at::manual_seed(1);
        QVERIFY(!at::equal(model->hidden(batch), model->hidden(batch)));
        model->eval();
        const at::Tensor quiet = model->hidden(batch);
        QVERIFY(at::equal(quiet, model->hidden(batch)));
        QVERIFY(largestDifference(quiet.detach(), build(tinyConfig(), 2)->hidden(batch).detach()) < 1e-6);
    }

    void shapeListsTheModulesParameters() {
        QVERIFY(shapeMatchesModule(*build(tinyConfig(), 3)));
        QVERIFY(shapeMatchesModule(*build(tinyConfig(), 0)));
    }

    void refusesWhatItDoesNotKnow_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::addColumn<int>("code");
        const int malformed = int(ErrorCode::FileMalformed), unsupported = int(ErrorCode::Unsupported);
        QTest::newRow("heads do not divide") << "num_attention_heads"
                                             << "5" << malformed;
        QTest::newRow("dropout of two") << "hidden_dropout_prob"
                                        << "2.0" << malformed;
        QTest::newRow("relative positions") << "position_embedding_type"
                                            << "\"relative_key\"" << unsupported;
        QTest::newRow("decoder") << "is_decoder"
                                 << "true" << unsupported;
        QTest::newRow("unknown activation") << "hidden_act"
                                            << "\"maxout\"" << unsupported;
    }
    void refusesWhatItDoesNotKnow() {
        QFETCH(QString, key);
        QFETCH(QString, value);
        QFETCH(int, code);
        Json config = tinyConfig();
        config[key.toStdString()] = Json::parse(value.toStdString());
        const auto shape = bertArchitecture().shape(config, {HeadKind::SequenceClassification, 2});
        QVERIFY(!shape.ok());
        QCOMPARE(int(shape.error().code), code);
    }

    void writesNoText() {
        const auto shape = bertArchitecture().shape(tinyConfig(), {HeadKind::LanguageModel});
        QVERIFY(!shape.ok());
        QCOMPARE(shape.error().code, ErrorCode::Unsupported);
    }
};

LATHE_TEST(TestBert)
#include "tst_bert.moc"
