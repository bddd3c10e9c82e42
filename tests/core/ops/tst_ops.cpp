// SPDX-License-Identifier: GPL-3.0-or-later
// Each operation against plain float64 autograd: the value, and every gradient for a random direction.
#include "core/ops/activation_checkpoint.h"
#include "core/ops/attention.h"
#include "core/ops/lora_linear.h"
#include "core/ops/rms_norm.h"
#include "core/ops/rotary.h"
#include "core/ops/swiglu.h"
#include "tests/core/ops/formula_check.h"

using namespace lathe;
using namespace lathe::test;

namespace {

at::Tensor plainRotation(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
    const auto halves = x.chunk(2, -1);
    const at::Tensor swapped = at::cat({-halves[1], halves[0]}, -1);
    return x * at::cat({cos, cos}, -1) + swapped * at::cat({sin, sin}, -1);
}

at::Tensor plainAttention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                          const at::Tensor& allowed) {
    const int64_t groups = q.size(2) / k.size(2);
    const at::Tensor keys = k.transpose(1, 2).repeat_interleave(groups, 1);
    const at::Tensor values = v.transpose(1, 2).repeat_interleave(groups, 1);
    at::Tensor scores = at::matmul(q.transpose(1, 2), keys.transpose(-1, -2)) / std::sqrt(double(q.size(3)));
    if (allowed.defined()) scores = scores.masked_fill(allowed.logical_not(), -1e30);
    return at::matmul(scores.softmax(-1), values).transpose(1, 2).reshape({q.size(0), q.size(1), -1});
}

}  // namespace

class TestOps : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void init() { at::manual_seed(7); }

    void loraLinearMatchesItsFormula() {
        const Tensors inputs{random({2, 5, 6}), random({4, 6}), random({4}), random({3, 6}), random({4, 3})};
        const Operation op = [](const Tensors& t) {
            return loraLinear(t[0], t[1], t[2], t[3], t[4], 1.7, 0);
        };
        const Operation reference = [](const Tensors& t) {
            return at::linear(t[0], t[1], t[2]) + 1.7 * at::matmul(at::matmul(t[0], t[3].t()), t[4].t());
        };
        QVERIFY(worst(op, reference, inputs, at::kDouble) < 1e-12);
        QVERIFY(worst(op, reference, inputs, at::kFloat) < 2e-5);
    }

    void loraLinearComputesOnlyWhatTrains() {
        const at::Tensor x = at::randn({3, 6}), weight = at::randn({4, 6}), bias = at::randn({4});
        const at::Tensor a = at::randn({2, 6}).requires_grad_(true),
                         b = at::randn({4, 2}).requires_grad_(true);
        loraLinear(x, weight, bias, a, b, 2, 0).sum().backward();
        QVERIFY(a.grad().defined() && b.grad().defined());
        QVERIFY(!x.grad().defined() && !weight.grad().defined() && !bias.grad().defined());
        at::NoGradGuard noGrad;
        QVERIFY(!loraLinear(x, weight, {}, a, b, 2, 0).requires_grad());
    }

    void loraLinearKeepsFloatAdaptersBesideBfloat16() {
        const at::Tensor x = at::randn({64, 32}).to(at::kBFloat16).requires_grad_(true);
        const at::Tensor weight = at::randn({16, 32}).to(at::kBFloat16);
        const at::Tensor a = at::randn({4, 32}).requires_grad_(true),
                         b = at::randn({16, 4}).requires_grad_(true);
        const at::Tensor y = loraLinear(x, weight, {}, a, b, 0.5, 0);
        QCOMPARE(y.scalar_type(), at::kBFloat16);
        y.sum().backward();
        QCOMPARE(x.grad().scalar_type(), at::kBFloat16);
        QCOMPARE(a.grad().scalar_type(), at::kFloat);
        QCOMPARE(b.grad().scalar_type(), at::kFloat);
        // The bound is bfloat16's own rounding (2^-8) of sums of this size.
        const at::Tensor wide = x.detach().to(at::kDouble);
        const at::Tensor wanted = at::matmul(wide, weight.to(at::kDouble).t()) +
                                  0.5 * at::matmul(at::matmul(wide, a.detach().to(at::kDouble).t()),
                                                   b.detach().to(at::kDouble).t());
        QVERIFY(largestDifference(y.detach(), wanted) < 0.02 * wanted.abs().max().item<double>());
    }

    void loraLinearDropsOnTheBranchOnly() {
        const Tensors inputs{random({40, 6}), random({4, 6}), random({3, 6}), random({4, 3})};
        const at::Tensor direction = random({40, 4});
        const auto run = [&](bool ours) {
            at::manual_seed(11);
            const at::Tensor keep = std::get<1>(at::native_dropout(inputs[0], 0.4, true));
            at::manual_seed(11);
            return outputAndGradients(
                [&](const Tensors& t) {
                    if (ours) return loraLinear(t[0], t[1], {}, t[2], t[3], 1.5, 0.4);
                    const at::Tensor dropped = t[0] * keep / 0.6;
                    return at::matmul(t[0], t[1].t()) +
                           1.5 * at::matmul(at::matmul(dropped, t[2].t()), t[3].t());
                },
                inputs, direction);
        };
        const Tensors got = run(true), wanted = run(false);
        for (size_t i = 0; i < wanted.size(); ++i) QVERIFY(largestDifference(got[i], wanted[i]) < 1e-12);
    }

    void rmsNormMatchesItsFormula() {
        const Tensors inputs{random({2, 3, 8}), random({8})};
        const Operation around = [](const Tensors& t) { return rmsNorm(t[0], t[1], 1e-3, 1); };
        const Operation shifted = [](const Tensors& t) {
            return t[0] * (t[0].square().mean(-1, true) + 1e-3).rsqrt() * (1 + t[1]);
        };
        QVERIFY(worst(around, shifted, {random({3, 5, 8}), random({8})}, at::kDouble) < 1e-12);
        const Operation op = [](const Tensors& t) { return rmsNorm(t[0], t[1], 1e-3); };
        const Operation reference = [](const Tensors& t) {
            return t[0] * (t[0].square().mean(-1, true) + 1e-3).rsqrt() * t[1];
        };
        QVERIFY(worst(op, reference, inputs, at::kDouble) < 1e-12);
        QVERIFY(worst(op, reference, inputs, at::kFloat) < 2e-5);
    }

    void rotationMatchesItsFormula() {
        const at::Tensor angles = random({2, 5, 1, 4});
        const Tensors inputs{random({2, 5, 3, 8})};
        const auto tables = [&](const at::Tensor& x) {
            return RotaryTables{angles.cos().to(x.scalar_type()), angles.sin().to(x.scalar_type())};
        };
        const Operation op = [&](const Tensors& t) { return rotate(t[0], tables(t[0])); };
        const Operation reference = [&](const Tensors& t) {
            return plainRotation(t[0], angles.cos(), angles.sin());
        };
        QVERIFY(worst(op, reference, inputs, at::kDouble) < 1e-12);
        QVERIFY(worst(op, reference, inputs, at::kFloat) < 1e-5);
    }

    void rotaryFrequenciesAreLlama3s() {
        // Llama-3.2-1B (methods.md, "Golden values: llama3 scaling", computed in double precision).
        const RotarySettings settings{.base = 500000, .scaling = RotaryScaling::Llama3, .factor = 32};
        const at::Tensor frequencies = inverseFrequencies(settings, 64).to(at::kDouble);
        const std::map<int, double> golden{{0, 1.0},
                                           {14, 3.211445995e-03},
                                           {15, 1.290547928e-03},
                                           {16, 4.295567966e-04},
                                           {17, 9.708287803e-05},
                                           {18, 1.946163818e-05},
                                           {31, 9.418306725e-08}};
        for (const auto& [index, value] : golden) {
            QVERIFY(std::abs(frequencies[index].item<double>() / value - 1) < 2e-5);
        }
    }

    void rotaryTablesFollowThePositions() {
        const RotaryTables tables =
            Rotary({}, 4).tables(at::tensor({0, 3}, at::kLong).unsqueeze(0), 4, at::kFloat);
        QCOMPARE(tables.cos.sizes().vec(), (std::vector<int64_t>{1, 2, 1, 2}));
        QVERIFY(std::abs(tables.sin[0][1][0][1].item<double>() - std::sin(0.03)) < 1e-7);
    }

    void swigluMatchesItsFormula() {
        const Tensors inputs{random({3, 7}), random({3, 7})};
        const Operation op = [](const Tensors& t) { return swiglu(t[0], t[1]); };
        const Operation reference = [](const Tensors& t) { return t[0] * t[0].sigmoid() * t[1]; };
        QVERIFY(worst(op, reference, inputs, at::kDouble) < 1e-12);
        QVERIFY(worst(op, reference, inputs, at::kFloat) < 1e-5);
    }

    void attentionMatchesItsFormula_data() {
        QTest::addColumn<bool>("causal");
        QTest::addColumn<bool>("masked");
        QTest::addColumn<int>("time");
        QTest::addColumn<int>("keys");
        QTest::newRow("everywhere") << false << false << 5 << 5;
        QTest::newRow("everywhere, padded") << false << true << 5 << 5;
        QTest::newRow("causal") << true << false << 5 << 5;
        QTest::newRow("causal, padded") << true << true << 5 << 5;
        QTest::newRow("newest three of seven") << true << false << 3 << 7;
        QTest::newRow("newest of seven") << true << false << 1 << 7;
    }
    void attentionMatchesItsFormula() {
        QFETCH(bool, causal);
        QFETCH(bool, masked);
        QFETCH(int, time);
        QFETCH(int, keys);
        at::Tensor mask, allowed = at::ones({2, 1, time, keys}, at::kBool);
        if (masked) {
            mask = at::ones({2, keys}, at::kBool);
            mask[1].narrow(0, keys - 2, 2).fill_(false);
            allowed = allowed.logical_and(mask.view({2, 1, 1, keys}));
        }
        if (causal) allowed = allowed.logical_and(at::ones({time, keys}, at::kBool).tril(keys - time));
        const Tensors inputs{random({2, time, 4, 8}), random({2, keys, 2, 8}), random({2, keys, 2, 8})};
        const auto kind = causal ? AttentionKind::Causal : AttentionKind::Everywhere;
        const Operation op = [&](const Tensors& t) {
            return attention(t[0], t[1], t[2], {.kind = kind, .mask = mask});
        };
        const Operation reference = [&](const Tensors& t) {
            return plainAttention(t[0], t[1], t[2], allowed);
        };
        QVERIFY(worst(op, reference, inputs, at::kDouble) < 1e-10);
        QVERIFY(worst(op, reference, inputs, at::kFloat) < 1e-5);
    }

    void attentionTakesWindowsBiasesAndCaps_data() {
        QTest::addColumn<bool>("causal");
        QTest::addColumn<int>("window");
        QTest::addColumn<bool>("biased");
        QTest::addColumn<double>("softCap");
        QTest::newRow("a window behind") << true << 2 << false << 0.0;
        QTest::newRow("a window on both sides") << false << 2 << false << 0.0;
        QTest::newRow("a bias") << false << 0 << true << 0.0;
        QTest::newRow("a bias on the past") << true << 0 << true << 0.0;
        QTest::newRow("soft scores") << true << 0 << false << 0.7;
        QTest::newRow("all of them") << true << 3 << true << 0.7;
    }
    void attentionTakesWindowsBiasesAndCaps() {
        QFETCH(bool, causal);
        QFETCH(int, window);
        QFETCH(bool, biased);
        QFETCH(double, softCap);
        const int64_t time = 3, keys = 6, past = keys - time;
        at::Tensor hidden = at::zeros({time, keys}, at::kDouble);
        for (int64_t i = 0; i < time; ++i) {
            for (int64_t j = 0; j < keys; ++j) {
                const int64_t ahead = j - (i + past);
                if ((causal && ahead > 0) || (window > 0 && std::abs(ahead) >= window)) hidden[i][j] = -1e30;
            }
        }
        const at::Tensor bias = random({1, 4, time, keys});
        const Tensors inputs{random({2, time, 4, 8}), random({2, keys, 2, 8}), random({2, keys, 2, 8})};
        const Operation op = [&](const Tensors& t) {
            AttentionSettings settings;
            settings.kind = causal ? AttentionKind::Causal : AttentionKind::Everywhere;
            settings.window = window;
            if (biased) settings.bias = bias.to(t[0].scalar_type());
            settings.scale = 0.9;
            settings.softCap = softCap;
            return attention(t[0], t[1], t[2], settings);
        };
        const Operation reference = [&](const Tensors& t) {
            const at::Tensor k = t[1].repeat_interleave(2, 2), v = t[2].repeat_interleave(2, 2);
            at::Tensor scores = at::einsum("bthd,bshd->bhts", {t[0], k}) * 0.9;
            if (softCap > 0) scores = (scores / softCap).tanh() * softCap;
            if (biased) scores = scores + bias;
            return at::einsum("bhts,bshd->bthd", {(scores + hidden).softmax(-1), v}).reshape({2, time, 32});
        };
        QVERIFY(worst(op, reference, inputs, at::kDouble) < 1e-10);
    }

    void normsAroundOneKeepWhatIsBesideTheOne() {
        // 1 + w has steps of 0.0078 in bfloat16; w itself, and x, are bfloat16's own numbers here.
        const at::Tensor x = at::randn({4, 64}).to(at::kBFloat16);
        const at::Tensor weight = at::full({64}, 0.0029296875).to(at::kBFloat16);
        const at::Tensor wide = rmsNorm(x.to(at::kFloat), weight.to(at::kFloat), 1e-6, 1);
        QVERIFY(at::equal(rmsNorm(x, weight, 1e-6, 1), wide.to(at::kBFloat16)));
    }

    void rotationLeavesTheRestOfEachHead() {
        const at::Tensor x = random({1, 3, 2, 8});
        const RotaryTables tables =
            Rotary({.share = 0.5}, 8).tables(at::arange(3).unsqueeze(0), 3, at::kDouble);
        const at::Tensor y = rotate(x, tables);
        QVERIFY(at::equal(y.narrow(-1, 4, 4), x.narrow(-1, 4, 4)));
        QVERIFY(at::equal(y.narrow(-1, 0, 4), rotate(x.narrow(-1, 0, 4), tables)));
        QVERIFY(!at::equal(y.narrow(-1, 0, 4), x.narrow(-1, 0, 4)));
    }

    void checkpointIsBitEqualWithDropout_data() {
        QTest::addColumn<bool>("inputTrains");
        QTest::newRow("input trains") << true;
        QTest::newRow("frozen input") << false;
    }
    void checkpointIsBitEqualWithDropout() {
        QFETCH(bool, inputTrains);
        const at::Tensor start = at::randn({6, 8}), weights = at::randn({8, 8});
        const auto run = [&](bool checkpointed) {
            at::manual_seed(5);
            const at::Tensor x = start.clone().requires_grad_(inputTrains);
            const at::Tensor w = weights.clone().requires_grad_(true);
            // The second input is made in the graph and used by every block.
            const at::Tensor shared = x * 2;
            const auto block = [&w](const Tensors& in) {
                return at::dropout(at::gelu(at::matmul(in[0], w)), 0.3, true) + in[1].tanh();
            };
            at::Tensor y = x;
            for (int i = 0; i < 3; ++i)
                y = checkpointed ? checkpoint(block, {y, shared}) : block({y, shared});
            y.square().sum().backward();
            return Tensors{y.detach(), w.grad(), inputTrains ? x.grad() : at::zeros({1}), at::rand({4})};
        };
        const Tensors plain = run(false), ours = run(true);
        for (size_t i = 0; i < plain.size(); ++i) QVERIFY(at::equal(plain[i], ours[i]));
    }
};

LATHE_TEST(TestOps)
#include "tst_ops.moc"
