// SPDX-License-Identifier: GPL-3.0-or-later
// The bill, made from shapes alone, against the tensors of real modules and the counts PEFT prints on real
// bases.
#include "core/peft/memory_estimate.h"
#include "core/peft/methods/bottleneck.h"
#include "core/peft/methods/freeze.h"
#include "core/peft/methods/full.h"
#include "core/peft/methods/lora.h"
#include "core/peft/methods/prompt.h"
#include "tests/core/peft/method_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

Bill billOf(const Method& method, const Settings& changes, const ModelShape& shape,
            const Recipe& recipe = {}) {
    const auto bill =
        makeBill({{&method, settingsOf(method, changes)}}, shape, recipe, factsOfRecipe(recipe, shape));
    if (!bill.ok()) qFatal("%s", bill.error().text().c_str());
    return bill.value();
}

}  // namespace

class TestBill : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void countsAreThoseOfTheModules() {
        const std::pair<const Method*, Settings> cases[] = {
            {&fullMethod(), {}},
            {&freezeMethod(), {{"train_last_blocks", int64_t(1)}}},
            {&freezeMethod(),
             {{"train_last_blocks", int64_t(1)}, {"train_modules", names({"embeddings", "norms"})}}},
            {&loraMethod(), {}},
            {&loraMethod(),
             {{"rank", int64_t(3)},
              {"target_modules", names({"all-linear"})},
              {"bias", std::string("all")}}}};
        for (const auto& [method, changes] : cases) {
            for (auto model : {smallLlama(), smallBert()}) {
                const Bill bill = billOf(*method, changes, model->shape());
                const auto attached = attachTo(*model, *method, settingsOf(*method, changes));
                LATHE_VERIFY_OK(attached);
                int64_t total = 0, listed = 0;
                for (const at::Tensor& parameter : model->parameters()) total += parameter.numel();
                for (const LayerShare& layer : bill.layers) listed += layer.parameters + layer.added;
                QCOMPARE(bill.trainable, trainableCount(*model));
                QCOMPARE(bill.total, total);
                QCOMPARE(listed, total);
                QCOMPARE(bill.percent, 100.0 * double(bill.trainable) / double(total));
            }
        }
    }
    void countsOnRealBases() {
        const Bill lora = billOf(loraMethod(), {}, miniLmShape());
        QCOMPARE(lora.trainable, 74'498);
        QCOMPARE(lora.total, 22'787'714);
        QCOMPARE(billOf(fullMethod(), {}, miniLmShape()).trainable, 22'713'986);
        QCOMPARE(billOf(freezeMethod(), {}, miniLmShape()).trainable, 3'697'538);
        const Bill smol = billOf(loraMethod(), {}, smolLmShape());
        QCOMPARE(smol.trainable, 460'800);
        QCOMPARE(smol.total, 134'515'008 + 460'800);
        QCOMPARE(smol.blocks, 30);
    }
    /// A weight of d x k = 1,000,000 values stands still; r = 2 trains r (d + k) = 4,000 in its place.
    void theWorkedExampleOfLora() {
        Json config = smallLlamaConfig();
        config["hidden_size"] = 1000;
        config["num_hidden_layers"] = 1;
        config["num_attention_heads"] = config["num_key_value_heads"] = 10;
        config["head_dim"] = 100;
        const auto shape = llamaArchitecture().shape(config, {HeadKind::LanguageModel});
        QVERIFY(shape.ok());
        const Bill bill = billOf(loraMethod(), {{"rank", int64_t(2)}, {"target_modules", names({"q_proj"})}},
                                 shape.value());
        QCOMPARE(bill.trainable, 4'000);
        const auto changed = std::find_if(bill.layers.begin(), bill.layers.end(),
                                          [](const LayerShare& share) { return share.added > 0; });
        QCOMPARE(changed->parameters, 1'000'000);
    }
    void layersSayWhereAndHowMuch() {
        const Bill bill = billOf(loraMethod(), {}, miniLmShape());
        const auto layer = std::find_if(bill.layers.begin(), bill.layers.end(), [](const LayerShare& share) {
            return share.module == "bert.encoder.layer.3.attention.self.query";
        });
        QVERIFY(layer != bill.layers.end());
        QCOMPARE(layer->block, 3);
        QCOMPARE(layer->in, 384);
        QCOMPARE(layer->out, 384);
        QCOMPARE(layer->parameters, 384 * 385);
        QCOMPARE(layer->trained, 0);
        QCOMPARE(layer->added, 8 * (384 + 384));
    }
    void memoryMovesWithTheSettings() {
        Recipe recipe;
        const ModelShape shape = miniLmShape();
        const MemoryBill small = billOf(loraMethod(), {}, shape, recipe).memory;
        QCOMPARE(small.weights, 22'713'986 * 4);
        QCOMPARE(small.gradients, 74'498 * 4);
        QCOMPARE(small.optimizer, 74'498 * 8);
        QCOMPARE(small.total(), small.weights + small.adapter + small.gradients + small.optimizer +
                                    small.activations + small.temporary + small.process);
        QVERIFY(billOf(fullMethod(), {}, shape, recipe).memory.total() > small.total());
        Recipe larger = recipe;
        larger.train.batchSize = 2 * recipe.train.batchSize;
        QCOMPARE(billOf(loraMethod(), {}, shape, larger).memory.activations, 2 * small.activations);
        Recipe recomputing = recipe;
        recomputing.train.gradientCheckpointing = true;
        QVERIFY(billOf(loraMethod(), {}, shape, recomputing).memory.activations < small.activations / 3);
        Recipe half = recipe;
        half.train.precision = "bf16";
        QCOMPARE(billOf(loraMethod(), {}, shape, half).memory.activations, small.activations / 2);
        // Six blocks of 4 matrices 384 x 384 and 2 of 384 x 1536, and the pooler; the rest stays in float32.
        constexpr int64_t kMatrices = 6 * (4 * 384 * 384 + 2 * 384 * 1536) + 384 * 384;
        Recipe packed = recipe;
        packed.train.quantization = "nf4";
        QCOMPARE(billOf(loraMethod(), {}, shape, packed).memory.weights,
                 small.weights - kMatrices * 4 + kMatrices / 2 + kMatrices / 64 * 4);
        packed.train.quantization = "int8";
        QCOMPARE(billOf(loraMethod(), {}, shape, packed).memory.weights,
                 small.weights - kMatrices * 4 + kMatrices + (6 * (4 * 384 + 384 + 1536) + 384) * 4);
    }
    void severalMethodsCostTheirSum() {
        const ModelShape shape = miniLmShape();
        const ChosenMethod lora{&loraMethod(), settingsOf(loraMethod())};
        const ChosenMethod bottleneck{&bottleneckMethod(), settingsOf(bottleneckMethod())};
        const ChosenMethod prompt{&promptMethod(), settingsOf(promptMethod())};
        const auto both = makeBill({lora, bottleneck, prompt}, shape, {}, {});
        LATHE_VERIFY_OK(both);
        QCOMPARE(both.value().method, std::string("lora+bottleneck+prompt"));
        int64_t trained = 0, stored = 0;
        for (const Method* method : {lora.method, bottleneck.method, prompt.method}) {
            const Bill own = billOf(*method, {}, shape);
            trained += own.trainable;
            stored += own.adapterBytes;
        }
        // The new head is trained once, and is in each of the folders.
        QCOMPARE(both.value().trainable, trained - 2 * (2 * 384 + 2));
        QCOMPARE(both.value().adapterBytes, stored);
        QCOMPARE(both.value().layers.front().module, std::string("prompt_encoder"));
        const auto clash = makeBill({lora, {&loraMethod(), settingsOf(loraMethod())}}, shape, {}, {});
        QVERIFY(!clash.ok());
        QCOMPARE(clash.error().place, std::string("method.target_modules"));
    }
};

LATHE_TEST(TestBill)
#include "tst_method_bill.moc"
