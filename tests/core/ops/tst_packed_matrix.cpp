// SPDX-License-Identifier: GPL-3.0-or-later
// Packed matrices: exact on what their formats hold, near on what they do not, and the same product and
// gradient as the plain matrix they stand for.
#include "core/model/parts/projection.h"
#include "core/ops/lora_linear.h"
#include "core/ops/packed_matrix.h"
#include "tests/support/engine_support.h"

using namespace lathe;

namespace {

at::Tensor normal(at::IntArrayRef sizes, uint64_t seed) {
    return at::empty(sizes, at::kFloat).normal_(0, 1, at::make_generator<at::CPUGeneratorImpl>(seed));
}

constexpr Quantization kKinds[] = {Quantization::Int8, Quantization::Nf4};

}  // namespace

class TestPackedMatrix : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void normalFloatsComeBackExactly() {
        // QLoRA, appendix E, times a scale that the block's largest value sets.
        const at::Tensor values =
            at::tensor({-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
                        -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
                        0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
                        0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0},
                       at::kFloat);
        const at::Tensor matrix = (values * 0.25).repeat({8}).view({2, 64});
        QVERIFY(
            (PackedMatrix(matrix, Quantization::Nf4).unpack(at::kFloat) - matrix).abs().max().item<double>() <
            1e-7);
    }
    void eachValueGoesToTheNearest() {
        // -0.9 lies nearer to -1 than to -0.696, 0.04 nearer to 0.0796 than to 0, 0.039 nearer to 0.
        const at::Tensor matrix = at::tensor({1.0, -0.9, 0.04, 0.039}, at::kFloat).view({1, 4});
        const at::Tensor back = PackedMatrix(matrix, Quantization::Nf4).unpack(at::kFloat);
        const at::Tensor wanted = at::tensor({1.0, -1.0, 0.07958029955625534, 0.0}, at::kFloat).view({1, 4});
        QVERIFY(at::allclose(back, wanted, 0, 1e-7));
    }
    void bytesAreRoundedByRow() {
        const at::Tensor matrix = at::tensor({127.0, -63.4, 0.6, 0.0, -2.54, 1.27}, at::kFloat).view({2, 3});
        const at::Tensor back = PackedMatrix(matrix, Quantization::Int8).unpack(at::kFloat);
        const at::Tensor wanted = at::tensor({127.0, -63.0, 1.0, 0.0, -2.54, 1.28}, at::kFloat).view({2, 3});
        QVERIFY(at::allclose(back, wanted, 0, 1e-5));
    }
    void anySizeInBothWaysAndTypes() {
        for (const Quantization kind : kKinds)
            for (const auto& [rows, columns] : {std::pair{1, 1}, {3, 5}, {7, 64}, {5, 100}, {130, 67}}) {
                at::Tensor matrix = normal({rows, columns}, 5);
                matrix[0].zero_();
                const PackedMatrix packed(matrix, kind);
                QCOMPARE(packed.bytes(), packedBytes(rows, columns, kind));
                const at::Tensor back = packed.unpack(at::kFloat).clone();
                QVERIFY(at::equal(back, packed.unpackByOperations(at::kFloat)));
                QVERIFY(at::equal(back.to(at::kBFloat16), packed.unpack(at::kBFloat16)));
                QVERIFY(at::equal(back[0], matrix[0]));
                // Half the widest gap of NF4 (0.304) times the block's largest value bounds the error.
                const double bound = kind == Quantization::Nf4 ? 0.16 : 0.005;
                QVERIFY((back - matrix).abs().max().item<double>() <=
                        bound * matrix.abs().max().item<double>());
            }
    }
    void packingAgainChangesNothing() {
        for (const Quantization kind : kKinds) {
            const at::Tensor once = PackedMatrix(normal({9, 96}, 3), kind).unpack(at::kFloat).clone();
            QVERIFY(at::allclose(PackedMatrix(once, kind).unpack(at::kFloat), once, 0, 1e-6));
        }
    }
    void productsAndGradientsAreThoseOfTheMatrix() {
        for (const Quantization kind : kKinds) {
            const auto packed = std::make_shared<PackedMatrix>(normal({6, 10}, 1), kind);
            const at::Tensor matrix = packed->unpack(at::kFloat).clone();
            const at::Tensor a = normal({2, 10}, 2), b = normal({6, 2}, 3), bias = normal({6}, 4);
            for (const bool withLora : {false, true}) {
                const auto run = [&](const LinearWeight& weight) {
                    std::vector<at::Tensor> leaves{normal({3, 4, 10}, 5), a.clone(), b.clone(), bias.clone()};
                    for (at::Tensor& leaf : leaves) leaf.requires_grad_();
                    const at::Tensor y =
                        withLora ? loraLinear(leaves[0], weight, leaves[3], leaves[1], leaves[2], 0.5, 0)
                                 : weight.linear(leaves[0], leaves[3]);
                    // Another packed matrix is looked at before the backward pass, as in a model.
                    (void)PackedMatrix(normal({20, 20}, 9), kind).unpack(at::kFloat);
                    (y * y).sum().backward();
                    std::vector<at::Tensor> results{y.detach()};
                    for (const at::Tensor& leaf : leaves)
                        if (leaf.grad().defined()) results.push_back(leaf.grad());
                    return results;
                };
                const auto here = run(LinearWeight(packed)), plain = run(LinearWeight(matrix));
                QCOMPARE(here.size(), plain.size());
                QCOMPARE(here.size(), std::size_t(withLora ? 5 : 3));
                for (std::size_t i = 0; i < here.size(); ++i)
                    QVERIFY(at::allclose(here[i], plain[i], 1e-5, 1e-5));
            }
        }
    }
    void aProjectionPacksAndUnpacks() {
        for (const auto storage : {Projection::Storage::OutIn, Projection::Storage::InOut}) {
            Projection projection(10, 6, true, storage);
            const at::NoGradGuard noGrad;
            projection.weight.set_requires_grad(false);
            projection.weight.copy_(normal(projection.weight.sizes(), 1));
            projection.bias.zero_();
            const at::Tensor x = normal({4, 10}, 2), before = projection.weight.clone();
            projection.pack(Quantization::Int8);
            QVERIFY(projection.isPacked());
            QCOMPARE(projection.weight.numel(), int64_t(0));
            const at::Tensor y = projection.forward(x).clone();
            QVERIFY(at::equal(projection.mergedBias(), projection.bias));
            const at::Tensor stored = projection.mergedWeight();
            QVERIFY(stored.sizes() == before.sizes());
            QVERIFY(at::allclose(stored, before, 0, 0.02));
            projection.unpack();
            QVERIFY(at::equal(projection.weight, stored));
            QVERIFY(at::allclose(projection.forward(x), y, 1e-6, 1e-6));
            projection.pack(Quantization::Nf4);
            QVERIFY(projection.isPacked());
        }
    }
};

LATHE_TEST(TestPackedMatrix)
#include "tst_packed_matrix.moc"
