// SPDX-License-Identifier: GPL-3.0-or-later
// A tiny Llama against transformers 5.23 (eager attention, float32) with the same formula weights; the
// numbers below were printed by it: logits, the summed loss over 8 targets, and two functionals of each
// gradient.
#include "core/model/llama.h"
#include "core/model/mistral.h"

#include "core/ops/linear_cross_entropy.h"
#include "tests/core/model/model_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

Json tinyConfig() {
    return {{"model_type", "llama"},
            {"vocab_size", 23},
            {"hidden_size", 12},
            {"intermediate_size", 20},
            {"num_hidden_layers", 2},
            {"num_attention_heads", 3},
            {"num_key_value_heads", 1},
            {"head_dim", 4},
            {"max_position_embeddings", 64},
            {"rms_norm_eps", 1e-5},
            {"tie_word_embeddings", true}};
}

Json richConfig() {
    Json config = tinyConfig();
    config["tie_word_embeddings"] = false;
    config["attention_bias"] = config["mlp_bias"] = true;
    config["rope_parameters"] = {{"rope_type", "llama3"},   {"rope_theta", 50.0},
                                 {"factor", 8.0},           {"low_freq_factor", 1.0},
                                 {"high_freq_factor", 4.0}, {"original_max_position_embeddings", 32}};
    return config;
}

std::shared_ptr<LanguageModel> build(const Json& config, const HeadChoice& head) {
    auto model = llamaArchitecture().build(config, head);
    fillByFormula(*model);
    return model;
}

struct Golden {
    std::vector<float> firstRow, secondRow;  ///< logits 0..7 at (0, 5) and (1, 3)
    double loss;
    std::vector<GoldenGradient> gradients;
};

const Golden kTied{{-0.91881967f, 0.25795493f, 0.78002280f, -0.67765886f, -0.41539744f, 0.90117013f,
                    -0.06949177f, -0.86377907f},
                   {-0.20216607f, -0.54891807f, 0.49752030f, 0.28121918f, -0.64883488f, 0.06789698f,
                    0.61230183f, -0.39735585f},
                   27.3760834,
                   {{"model.embed_tokens.weight", 11.12430261, 9.49696343},
                    {"model.layers.0.self_attn.q_proj.weight", 0.21004673, 0.41684544},
                    {"model.layers.0.self_attn.k_proj.weight", 0.30120076, -0.00126798},
                    {"model.layers.1.self_attn.v_proj.weight", 1.38951981, 1.02820454},
                    {"model.layers.1.mlp.down_proj.weight", 4.39404330, 0.95289179},
                    {"model.layers.0.post_attention_layernorm.weight", 0.26096010, -0.19733547},
                    {"model.norm.weight", 1.19934253, 0.84226895}}};

const Golden kRich{{-0.06990529f, 1.08390963f, -0.51330984f, -0.80771488f, 0.94791394f, 0.29767445f,
                    -1.10808241f, 0.29854724f},
                   {-0.40938029f, 1.05104113f, -0.15614951f, -0.96702242f, 0.67647153f, 0.60303593f,
                    -1.00094485f, -0.06446132f},
                   26.8749161,
                   {{"model.embed_tokens.weight", 2.20635455, -0.32250807},
                    {"model.layers.0.self_attn.q_proj.weight", 0.62732333, -0.11520077},
                    {"model.layers.0.self_attn.k_proj.weight", 0.54937468, 0.12343870},
                    {"model.layers.1.self_attn.v_proj.weight", 1.81771632, 0.13382327},
                    {"model.layers.1.mlp.down_proj.weight", 2.59636326, -1.24465142},
                    {"model.norm.weight", 1.07629729, 0.80675759},
                    {"lm_head.weight", 8.69342808, 14.92870124},
                    {"model.layers.0.self_attn.o_proj.bias", 1.34396020, -0.79245747},
                    {"model.layers.1.mlp.up_proj.bias", 0.41514222, -0.22842280}}};

const Golden kLinear{{-0.91424465f, 0.23926090f, 0.78550655f, -0.66191548f, -0.42935213f, 0.89293534f,
                      -0.05110614f, -0.86543679f},
                     {-0.16325438f, -0.52430379f, 0.44536451f, 0.28466809f, -0.59853476f, 0.03738320f,
                      0.57842016f, -0.34861150f},
                     27.4129906,
                     {{"model.layers.0.self_attn.q_proj.weight", 0.20470960, 0.17224123},
                      {"model.layers.0.self_attn.k_proj.weight", 0.28133551, 0.10678556}}};

void compareWithGolden(const Json& config, const Golden& golden, bool checkpointing) {
    const auto model = build(config, {HeadKind::LanguageModel});
    model->setGradientCheckpointing(checkpointing);
    const Batch batch = tinyBatch();
    const at::Tensor hidden = model->hidden(batch);
    const at::Tensor logits = languageLogits(hidden, model->languageHead()).detach();
    QVERIFY(largestDifference(logits[0][5].narrow(0, 0, 8), at::tensor(golden.firstRow)) < 1e-5);
    QVERIFY(largestDifference(logits[1][3].narrow(0, 0, 8), at::tensor(golden.secondRow)) < 1e-5);
    const at::Tensor loss =
        linearCrossEntropy(hidden, model->languageHead(), batch.lossRows, batch.lossTargets);
    QVERIFY(std::abs(loss.item<double>() - golden.loss) < 1e-5);
    loss.backward();
    for (const GoldenGradient& gradient : golden.gradients) QVERIFY(gradientAgrees(*model, gradient, 1e-5));
}

}  // namespace

class TestLlama : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void tiedModelMatchesTransformers() { compareWithGolden(tinyConfig(), kTied, false); }
    void checkpointedModelMatchesTransformers() { compareWithGolden(tinyConfig(), kTied, true); }
    void untiedModelWithBiasesAndLlama3RotaryMatchesTransformers() {
        compareWithGolden(richConfig(), kRich, false);
    }

    void linearRotaryIsReadFromTheOldLayout() {
        Json config = tinyConfig();
        config["rope_theta"] = 10000.0;
        config["rope_scaling"] = {{"type", "linear"}, {"factor", 2.0}};
        compareWithGolden(config, kLinear, false);
    }

    void classificationTakesTheLastRealToken() {
        Json config = tinyConfig();
        config["tie_word_embeddings"] = false;
        const auto model = build(config, {HeadKind::SequenceClassification, 3});
        QCOMPARE(model->shape().className, std::string("LlamaForSequenceClassification"));
        const Batch batch = tinyBatch();
        const at::Tensor logits = model->classify(model->hidden(batch), batch);
        const at::Tensor golden =
            at::tensor({-0.90153408f, 0.07135778f, 0.86313885f, -0.06923027f, -0.61180860f, 0.39842379f})
                .view({2, 3});
        QVERIFY(largestDifference(logits.detach(), golden) < 1e-5);
        const at::Tensor loss = at::cross_entropy_loss(logits, batch.labels);
        QVERIFY(std::abs(loss.item<double>() - 0.8205785) < 1e-5);
        loss.backward();
        QVERIFY(gradientAgrees(*model, {"score.weight", 1.52347000, 0.90221207}, 1e-5));
        QVERIFY(
            gradientAgrees(*model, {"model.layers.1.mlp.gate_proj.weight", 0.38862054, 0.04415163}, 1e-5));
    }

    void shapeListsTheModulesParameters() {
        QVERIFY(shapeMatchesModule(*build(tinyConfig(), {HeadKind::LanguageModel})));
        QVERIFY(shapeMatchesModule(*build(richConfig(), {HeadKind::LanguageModel})));
        QVERIFY(shapeMatchesModule(*build(richConfig(), {HeadKind::SequenceClassification, 4})));
        QVERIFY(shapeMatchesModule(*build(tinyConfig(), {HeadKind::Body})));
    }

    void projectionsComeInForwardOrder() {
        const auto found = build(tinyConfig(), {HeadKind::LanguageModel})->projections();
        QCOMPARE(found.size(), size_t(14));
        QCOMPARE(found.front().first, std::string("model.layers.0.self_attn.q_proj"));
        QCOMPARE(found.back().first, std::string("model.layers.1.mlp.down_proj"));
    }

    void stepsWithACacheGiveTheWholeForwardsLogits() {
        const auto model = build(richConfig(), {HeadKind::LanguageModel});
        model->eval();
        Batch batch;
        batch.ids = at::arange(300, at::kLong).remainder(23).unsqueeze(0);  // longer than one cache chunk
        const at::Tensor whole = languageLogits(model->hidden(batch), model->languageHead()).detach();
        KeyValueCache cache;
        int64_t done = 0;
        for (const int64_t count : {5, 1, 1, 4, 243, 1, 44, 1}) {
            const at::Tensor logits = model->step(batch.ids.narrow(1, done, count), cache);
            done += count;
            QVERIFY(largestDifference(logits[0], whole[0][done - 1]) < 1e-5);
        }
        QCOMPARE(cache.length, done);
    }

    void runsInBfloat16() {
        const auto model = build(tinyConfig(), {HeadKind::LanguageModel});
        const Batch batch = tinyBatch();
        const at::Tensor wide = model->hidden(batch).detach();
        model->to(at::kBFloat16);
        const at::Tensor narrow = model->hidden(batch);
        QCOMPARE(narrow.scalar_type(), at::kBFloat16);
        linearCrossEntropy(narrow, model->languageHead(), batch.lossRows, batch.lossTargets).backward();
        QVERIFY(largestDifference(narrow.detach(), wide) < 0.05 * wide.abs().max().item<double>());
    }

    void refusesConfigsThatLie_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        QTest::addColumn<int>("code");
        const int malformed = int(ErrorCode::FileMalformed), unsupported = int(ErrorCode::Unsupported);
        QTest::newRow("no hidden size") << "hidden_size"
                                        << "null" << malformed;
        QTest::newRow("negative hidden size") << "hidden_size"
                                              << "-12" << malformed;
        QTest::newRow("huge hidden size") << "hidden_size"
                                          << "9000000000000" << malformed;
        QTest::newRow("text as a size") << "vocab_size"
                                        << "\"many\"" << malformed;
        QTest::newRow("a million blocks") << "num_hidden_layers"
                                          << "1000000" << malformed;
        QTest::newRow("no heads") << "num_attention_heads"
                                  << "0" << malformed;
        QTest::newRow("more key heads than heads") << "num_key_value_heads"
                                                   << "4" << malformed;
        QTest::newRow("key heads do not divide") << "num_key_value_heads"
                                                 << "2" << malformed;
        QTest::newRow("odd head size") << "head_dim"
                                       << "3" << malformed;
        QTest::newRow("other activation") << "hidden_act"
                                          << "\"maxout\"" << unsupported;
        QTest::newRow("unknown rotary scaling") << "rope_scaling"
                                                << R"({"rope_type":"spiral","factor":2})" << unsupported;
        QTest::newRow("long rotation without its factors")
            << "rope_scaling"
            << R"({"rope_type":"longrope","factor":2})" << malformed;
        QTest::newRow("a turned part of one value") << "partial_rotary_factor"
                                                    << "0.25" << malformed;
        QTest::newRow("layer types of another model") << "layer_types"
                                                      << R"(["full_attention"])" << malformed;
        QTest::newRow("rotary scaling is a list") << "rope_scaling"
                                                  << "[1]" << malformed;
    }
    void refusesConfigsThatLie() {
        QFETCH(QString, key);
        QFETCH(QString, value);
        QFETCH(int, code);
        Json config = tinyConfig();
        config["sliding_window"] = 8;
        config[key.toStdString()] = Json::parse(value.toStdString());
        const auto shape =
            mistralArchitecture().shape(config, {HeadKind::LanguageModel});  // Llama with windows
        QVERIFY(!shape.ok());
        QCOMPARE(int(shape.error().code), code);
    }

    void refusesAConfigThatIsNoObject() {
        QVERIFY(!llamaArchitecture().shape(Json::array(), {HeadKind::LanguageModel}).ok());
    }
};

LATHE_TEST(TestLlama)
#include "tst_llama.moc"
