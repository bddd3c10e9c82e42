// SPDX-License-Identifier: GPL-3.0-or-later
// The language head with its loss against plain float64 autograd.
#include "core/ops/linear_cross_entropy.h"

#include "tests/core/ops/formula_check.h"

using namespace lathe;
using namespace lathe::test;

class TestLinearCrossEntropy : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void init() { at::manual_seed(7); }

    void linearCrossEntropyTakesABiasAndASoftCap() {
        const at::Tensor rows = at::tensor({0, 3, 4}, at::kLong), targets = at::tensor({10, 0, 2}, at::kLong);
        const Tensors inputs{random({5, 6}), random({11, 6}), random({11})};
        const Operation op = [&](const Tensors& t) {
            return linearCrossEntropy(t[0], {t[1], t[2], 1.5}, rows, targets, 2 * 11 * 8);
        };
        const Operation reference = [&](const Tensors& t) {
            const at::Tensor logits = at::matmul(t[0].index_select(0, rows), t[1].t()) + t[2];
            return at::cross_entropy_loss((logits / 1.5).tanh() * 1.5, targets, {}, at::Reduction::Sum);
        };
        QVERIFY(worst(op, reference, inputs, at::kDouble) < 1e-11);
    }

    void headsTakeAThinProduct() {
        const at::Tensor rows = at::tensor({0, 3, 4}, at::kLong), targets = at::tensor({10, 0, 2}, at::kLong);
        // hidden, weight, bias, A, B
        const Tensors inputs{random({5, 6}), random({11, 6}), random({11}), random({2, 6}), random({11, 2})};
        for (const double softCap : {0.0, 1.5})
            for (const int64_t chunkBytes : {int64_t(0), int64_t(2 * 11 * 8)}) {
                const auto headOf = [&](const Tensors& t) {
                    LanguageHead head{t[1], t[2], softCap};
                    head.added = [t](const at::Tensor& x) {
                        return ThinProduct{at::linear(x, t[3]) * 0.7, t[4]};
                    };
                    return head;
                };
                const auto plain = [&](const Tensors& t) {
                    const at::Tensor x = t[0].index_select(0, rows);
                    at::Tensor logits = at::linear(x, t[1] + 0.7 * at::mm(t[4], t[3]), t[2]);
                    return softCap > 0 ? (logits / softCap).tanh() * softCap : logits;
                };
                const Operation loss = [&](const Tensors& t) {
                    return linearCrossEntropy(t[0], headOf(t), rows, targets, chunkBytes);
                };
                const Operation plainLoss = [&](const Tensors& t) {
                    return at::cross_entropy_loss(plain(t), targets, {}, at::Reduction::Sum);
                };
                QVERIFY(worst(loss, plainLoss, inputs, at::kDouble) < 1e-11);
                const Operation each = [&](const Tensors& t) {
                    return linearLogProbabilities(t[0], headOf(t), rows, targets, 0.7, chunkBytes);
                };
                const Operation plainEach = [&](const Tensors& t) {
                    return (plain(t) / 0.7).log_softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1);
                };
                QVERIFY(worst(each, plainEach, inputs, at::kDouble) < 1e-11);
                const Operation logits = [&](const Tensors& t) {
                    return languageLogits(t[0].index_select(0, rows), headOf(t));
                };
                QVERIFY(worst(logits, plain, inputs, at::kDouble) < 1e-11);
            }
    }

    void aThinProductTrainsBesideAFrozenHead() {
        const at::Tensor rows = at::tensor({1, 2}, at::kLong);
        const at::Tensor hidden = at::randn({3, 6}), weight = at::randn({9, 6});
        const at::Tensor a = at::randn({2, 6}).requires_grad_(), b = at::randn({9, 2}).requires_grad_();
        LanguageHead head{weight};
        head.added = [&](const at::Tensor& x) { return ThinProduct{at::linear(x, a), b}; };
        linearCrossEntropy(hidden, head, rows, rows).backward();
        QVERIFY(!weight.grad().defined());
        QVERIFY(a.grad().defined() && b.grad().defined());
        QVERIFY(b.grad().abs().sum().item<double>() > 0);
    }

    void linearLogProbabilitiesMatchPlainOnes() {
        const at::Tensor rows = at::tensor({0, 3, 4}, at::kLong), targets = at::tensor({10, 0, 2}, at::kLong);
        const Tensors inputs{random({5, 6}), random({11, 6}), random({11})};
        for (const double softCap : {0.0, 1.5})
            for (const int64_t chunkBytes : {int64_t(0), int64_t(2 * 11 * 8)}) {
                const Operation op = [&](const Tensors& t) {
                    return linearLogProbabilities(t[0], {t[1], t[2], softCap}, rows, targets, 1, chunkBytes);
                };
                const Operation reference = [&](const Tensors& t) {
                    at::Tensor logits = at::matmul(t[0].index_select(0, rows), t[1].t()) + t[2];
                    if (softCap > 0) logits = (logits / softCap).tanh() * softCap;
                    return logits.log_softmax(1).gather(1, targets.unsqueeze(1)).squeeze(1);
                };
                QVERIFY(worst(op, reference, inputs, at::kDouble) < 1e-11);
            }
        const Operation warm = [&](const Tensors& t) {
            return linearLogProbabilities(t[0], {t[1], t[2], 1.5}, rows, targets, 0.7, 2 * 11 * 8);
        };
        const Operation wanted = [&](const Tensors& t) {
            const at::Tensor logits = at::matmul(t[0].index_select(0, rows), t[1].t()) + t[2];
            return ((logits / 1.5).tanh() * 1.5 / 0.7)
                .log_softmax(1)
                .gather(1, targets.unsqueeze(1))
                .squeeze(1);
        };
        QVERIFY(worst(warm, wanted, inputs, at::kDouble) < 1e-11);
        const at::Tensor none = at::empty({0}, at::kLong);
        QCOMPARE(linearLogProbabilities(inputs[0], {inputs[1]}, none, none).numel(), int64_t(0));
    }

    void linearCrossEntropyMatchesPlainLoss_data() {
        QTest::addColumn<int64_t>("chunkBytes");
        QTest::newRow("one chunk") << int64_t(0);
        QTest::newRow("one row a chunk") << int64_t(1);
        QTest::newRow("two rows a chunk") << int64_t(2 * 11 * 8);
    }
    void linearCrossEntropyMatchesPlainLoss() {
        QFETCH(int64_t, chunkBytes);
        const at::Tensor rows = at::tensor({0, 3, 4, 7, 9}, at::kLong),
                         targets = at::tensor({10, 0, 2, 2, 5}, at::kLong);
        const Tensors inputs{random({2, 5, 6}), random({11, 6})};
        const Operation op = [&](const Tensors& t) {
            return linearCrossEntropy(t[0], {t[1]}, rows, targets, chunkBytes);
        };
        const Operation reference = [&](const Tensors& t) {
            const at::Tensor logits = at::matmul(t[0].reshape({10, 6}).index_select(0, rows), t[1].t());
            return at::cross_entropy_loss(logits, targets, {}, at::Reduction::Sum);
        };
        QVERIFY(worst(op, reference, inputs, at::kDouble) < 1e-11);
        QVERIFY(worst(op, reference, inputs, at::kFloat) < 2e-5);
    }

    void linearCrossEntropyLeavesAFrozenHeadAlone() {
        const at::Tensor hidden = at::randn({4, 6}).requires_grad_(true), weight = at::randn({9, 6});
        const at::Tensor rows = at::tensor({1, 2}, at::kLong);
        linearCrossEntropy(hidden, {weight}, rows, rows).backward();
        QVERIFY(hidden.grad().defined() && !weight.grad().defined());
        QCOMPARE(hidden.grad()[0].abs().sum().item<double>(), 0.0);
    }

    void linearCrossEntropyTakesBfloat16() {
        const at::Tensor hidden = at::randn({8, 16}).to(at::kBFloat16).requires_grad_(true);
        const at::Tensor weight = at::randn({9, 16}).to(at::kBFloat16).requires_grad_(true);
        const at::Tensor rows = at::arange(8, at::kLong);
        const at::Tensor loss = linearCrossEntropy(hidden, {weight}, rows, rows);
        QCOMPARE(loss.scalar_type(), at::kFloat);
        loss.backward();
        QCOMPARE(weight.grad().scalar_type(), at::kBFloat16);
        const at::Tensor logits =
            at::matmul(hidden.detach().to(at::kFloat), weight.detach().to(at::kFloat).t());
        const at::Tensor wanted = at::cross_entropy_loss(logits, rows, {}, at::Reduction::Sum);
        QVERIFY(largestDifference(loss.detach(), wanted) < 0.01 * wanted.item<double>());
    }

    void linearCrossEntropyOfNoRowsIsZero() {
        const at::Tensor hidden = at::randn({4, 6}).requires_grad_(true);
        const at::Tensor none = at::empty({0}, at::kLong);
        const at::Tensor loss = linearCrossEntropy(hidden, {at::randn({9, 6})}, none, none);
        loss.backward();
        QCOMPARE(loss.item<double>(), 0.0);
        QCOMPARE(hidden.grad().abs().sum().item<double>(), 0.0);
    }
};

LATHE_TEST(TestLinearCrossEntropy)
#include "tst_linear_cross_entropy.moc"
