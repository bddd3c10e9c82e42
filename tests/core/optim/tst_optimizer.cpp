// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/optim/optimizer.h"

// The archives of LibTorch's optimisers, which our light torch/serialize/archive.h only names.
#include <torch/serialize/input-archive.h>
#include <torch/serialize/output-archive.h>

#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>

#include "tests/support/engine_support.h"

using namespace lathe;
using namespace lathe::test;

namespace {

TrainedParameter parameter(const std::string& name, const at::Tensor& value, bool decays = true,
                           at::ScalarType working = at::kFloat) {
    return {name, value.clone().set_requires_grad(true), decays, working};
}

}  // namespace

class TestOptimizer : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    // methods.md, "Golden values: AdamW", computed in double precision.
    void goldenSteps() {
        AdamWSettings settings;
        settings.weightDecay = 0.1;
        settings.maxGradNorm = 0;
        TrainedParameter one = parameter("p", at::full({1}, 0.5));
        AdamW optimizer({one}, settings);
        for (const double expected : {0.4895000010, 0.4790105020, 0.4685314925}) {
            one.tensor.mutable_grad().fill_(0.1);
            optimizer.step(1e-2);
            QVERIFY(std::abs(one.tensor.item<double>() - expected) < 2e-7);
        }
    }
    // Several tensors, both groups, clipping on: against torch's own optimiser and clip_grad_norm_.
    void equalsTorchWithClipping() {
        at::manual_seed(1);
        const at::Tensor weight = at::randn({5, 7}), bias = at::randn({9});
        AdamWSettings settings;
        settings.weightDecay = 0.05;
        settings.maxGradNorm = 0.7;
        TrainedParameter a = parameter("a.weight", weight), b = parameter("a.bias", bias, false);
        AdamW ours({b, a}, settings);

        at::Tensor c = weight.clone().set_requires_grad(true), d = bias.clone().set_requires_grad(true);
        using Options = torch::optim::AdamWOptions;
        const auto options = [](double decay) {
            return std::make_unique<Options>(Options(3e-3).weight_decay(decay).eps(1e-8));
        };
        std::vector<torch::optim::OptimizerParamGroup> groups;
        groups.emplace_back(std::vector<at::Tensor>{c}, options(0.05));
        groups.emplace_back(std::vector<at::Tensor>{d}, options(0));
        torch::optim::AdamW theirs(groups, Options(3e-3));
        for (int step = 0; step < 6; ++step) {
            const at::Tensor x = at::randn({5, 7}), y = at::randn({9});
            const double scale = step % 2 ? 0.01 : 3;  // below and above the clipping bound
            (a.tensor.mul(x).sum() * scale + b.tensor.mul(y).sum() * scale).backward();
            theirs.zero_grad();
            (c.mul(x).sum() * scale + d.mul(y).sum() * scale).backward();
            const double norm = torch::nn::utils::clip_grad_norm_({c, d}, 0.7);
            theirs.step();
            ours.step(3e-3);
            QVERIFY(std::abs(ours.gradNorm().item<double>() - norm) < 1e-5 * norm);
            QVERIFY(largestDifference(a.tensor, c) < 1e-6);
            QVERIFY(largestDifference(b.tensor, d) < 1e-6);
        }
        QCOMPARE(ours.parameterCount(), int64_t(44));
    }
    void groupsHaveTheirOwnRates() {
        const auto moved = [](std::vector<TrainedParameter> parameters, double rate) {
            AdamWSettings settings;
            settings.maxGradNorm = 0;
            AdamW optimizer(parameters, settings);
            std::vector<double> distances;
            for (TrainedParameter& one : parameters) one.tensor.mutable_grad().fill_(0.1);
            optimizer.step(rate);
            for (const TrainedParameter& one : parameters) distances.push_back(1 - one.tensor.item<double>());
            return distances;
        };
        std::vector<TrainedParameter> parameters;
        for (const double factor : {1.0, 16.0, 0.25, 16.0}) {
            parameters.push_back(parameter("p", at::ones({1})));
            parameters.back().rateFactor = factor;
        }
        // Adam's first step is the rate itself, whatever the gradient.
        const auto distances = moved(parameters, 1e-3);
        const std::vector<double> wanted{1e-3, 16e-3, 0.25e-3, 16e-3};
        for (std::size_t i = 0; i < wanted.size(); ++i) QVERIFY(std::abs(distances[i] - wanted[i]) < 1e-6);
    }
    void gradientsAccumulateInPlaceAndAreZeroed() {
        TrainedParameter one = parameter("p", at::ones({4}));
        AdamW optimizer({one}, {});
        const void* place = one.tensor.grad().data_ptr();
        one.tensor.sum().backward();
        (one.tensor.sum() * 2).backward();
        QCOMPARE(one.tensor.grad().data_ptr(), place);
        QCOMPARE(largestDifference(one.tensor.grad(), at::full({4}, 3.0)), 0.0);
        optimizer.step(0);
        QCOMPARE(one.tensor.grad().data_ptr(), place);
        QCOMPARE(largestDifference(one.tensor.grad(), at::zeros({4})), 0.0);
        QCOMPARE(largestDifference(one.tensor, at::ones({4})), 0.0);  // learning rate 0 changes nothing
    }
    // Updates far below bfloat16's resolution add up in the masters.
    void bfloat16KeepsMasters() {
        AdamWSettings settings;
        settings.maxGradNorm = 0;
        TrainedParameter small = parameter("w", at::ones({130}), true, at::kBFloat16);
        TrainedParameter adapter = parameter("lora", at::ones({3}));
        AdamW optimizer({small, adapter}, settings);
        QCOMPARE(small.tensor.scalar_type(), at::kBFloat16);
        QCOMPARE(adapter.tensor.scalar_type(), at::kFloat);
        for (int step = 0; step < 100; ++step) {
            (small.tensor.sum().to(at::kFloat) + adapter.tensor.sum()).backward();
            optimizer.step(1e-4);
        }
        QVERIFY(largestDifference(optimizer.states()[0].master, at::full({130}, 0.99)) < 1e-4);
        QVERIFY(largestDifference(small.tensor, at::full({130}, 0.99)) < 4e-3);
        QVERIFY(largestDifference(adapter.tensor, at::full({3}, 0.99)) < 1e-4);
    }
    void statesRestore() {
        const auto advance = [](TrainedParameter& one, AdamW& optimizer) {
            one.tensor.square().sum().backward();
            optimizer.step(1e-2);
        };
        TrainedParameter first = parameter("p", at::arange(6).to(at::kFloat)),
                         second = parameter("p", at::zeros({6}));
        AdamW a({first}, {}), b({second}, {});
        advance(first, a);
        advance(first, a);
        b.states()[0].master.copy_(a.states()[0].master);
        b.states()[0].firstMoment.copy_(a.states()[0].firstMoment);
        b.states()[0].secondMoment.copy_(a.states()[0].secondMoment);
        b.restored(a.updates());
        advance(first, a);
        advance(second, b);
        QVERIFY(at::equal(first.tensor, second.tensor));
    }
};

LATHE_TEST(TestOptimizer)
#include "tst_optimizer.moc"
