// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/freeze.h"

#include "core/peft/methods/full.h"
#include "tests/core/peft/method_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

int64_t freed(const Method& method, const ModelShape& shape, const Settings& changes) {
    const auto plan = method.plan(settingsOf(method, changes), shape);
    if (!plan.ok()) return -1;
    int64_t count = 0;
    for (const auto& name : plan.value().trainedBase)
        for (const auto& parameter : shape.parameters)
            if (parameter.name == name) count += c10::multiply_integers(parameter.shape);
    return count;
}

}  // namespace

class TestFreeze : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void countsOnMiniLm() {
        const ModelShape shape = miniLmShape();
        QCOMPARE(freed(fullMethod(), shape, {}), 22'713'986);
        // Two blocks of 1,774,464, the pooler behind them 147,840, the classifier 770.
        QCOMPARE(freed(freezeMethod(), shape, {{"train_last_blocks", int64_t(2)}}), 3'697'538);
        QCOMPARE(freed(freezeMethod(), shape, {{"train_last_blocks", int64_t(0)}}), 770);
        QCOMPARE(freed(freezeMethod(), shape, {{"train_last_blocks", int64_t(0)}, {"train_head", false}}),
                 770);
        QCOMPARE(freed(freezeMethod(), shape,
                       {{"train_last_blocks", int64_t(0)}, {"train_modules", names({"pooler"})}}),
                 770 + 147'840);
        QCOMPARE(freed(freezeMethod(), shape,
                       {{"train_last_blocks", int64_t(0)}, {"train_modules", names({"embeddings"})}}),
                 770 + (30'522 + 512 + 2) * 384 + 768);
    }
    void modulesAreChosenByNameKindOrBlock() {
        const ModelShape shape = smallLlama()->shape();
        const auto only = [&](const char* module) {
            return freed(freezeMethod(), shape,
                         {{"train_last_blocks", int64_t(0)},
                          {"train_head", false},
                          {"train_modules", names({module})}});
        };
        QCOMPARE(only("q_proj"), 2 * 144);
        QCOMPARE(only("norms"), 5 * 12);
        QCOMPARE(only("layers.1"), 144 + 2 * 48 + 144 + 3 * 240 + 24);
        QCOMPARE(only("no_such"), -1);
    }
    void nothingToTrainIsRefused() {
        QCOMPARE(freed(freezeMethod(), smallLlama()->shape(),
                       {{"train_last_blocks", int64_t(0)}, {"train_head", false}}),
                 -1);
    }
    void attachFreezesTheRest() {
        auto model = smallBert();
        const auto settings = settingsOf(freezeMethod(), {{"train_last_blocks", int64_t(1)}});
        LATHE_VERIFY_OK(attachTo(*model, freezeMethod(), settings));
        QCOMPARE(trainableCount(*model), freed(freezeMethod(), model->shape(), settings.values));
        QVERIFY(!model->named_parameters()["bert.encoder.layer.0.output.dense.weight"].requires_grad());
        QVERIFY(model->named_parameters()["bert.encoder.layer.1.output.dense.weight"].requires_grad());
        LATHE_VERIFY_OK(attachTo(*model, fullMethod(), settingsOf(fullMethod())));
        QCOMPARE(trainableCount(*model), freed(fullMethod(), model->shape(), {}));
    }
};

LATHE_TEST(TestFreeze)
#include "tst_freeze.moc"
