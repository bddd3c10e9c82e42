// SPDX-License-Identifier: GPL-3.0-or-later
// Methods beside a base in bfloat16: numbers near 1 must not be rounded before their 1 is taken off.
#include "core/peft/methods/dora.h"
#include "core/peft/methods/ia3.h"
#include "tests/core/peft/method_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

/// The small Llama in bfloat16 with the method, whose parameters called `name` are `factor` times their
/// start.
std::shared_ptr<LanguageModel> inHalf(const AdapterMethod& method, const std::string& name, double factor) {
    auto model = smallLlama();
    LATHE_CHECK(
        attachTo(*model, method, settingsOf(method, {{"target_modules", names({"down_proj"})}})).ok());
    const at::NoGradGuard guard;
    for (auto& item : model->named_parameters())
        if (item.key().find(name) != std::string::npos) item.value().mul_(factor);
    for (const ParameterShape& about : model->shape().parameters) {
        at::Tensor parameter = model->named_parameters()[about.name];
        parameter.set_data(parameter.detach().to(at::kBFloat16));
    }
    return model;
}

/// What layer 0's changed projection gives beyond the plain one, over the plain one: the mean. bfloat16 has
/// steps of 0.0078 above 1: a factor of 1.003 that is rounded by itself is 1, one of 1.005 is 1.0078. The
/// outputs are rounded, too, but each elsewhere.
double relativeChange(LanguageModel& model) {
    const at::NoGradGuard guard;
    const at::Tensor x = at::randn({2048, 20}).to(at::kBFloat16);
    for (const auto& [name, projection] : model.projections()) {
        if (!projection->hasAdapter()) continue;
        const at::Tensor y = projection->forward(x).to(at::kFloat);
        projection->setAdapterEnabled(false);
        const at::Tensor plain = projection->forward(x).to(at::kFloat);
        return ((y - plain) * plain.sign()).sum().item<double>() / plain.abs().sum().item<double>();
    }
    return 0;
}

}  // namespace

class TestHalfPrecision : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void smallChangesOfAMagnitudeAreSeen() {
        for (const double factor : {1.003, 1.005}) {
            const double seen = relativeChange(*inHalf(doraMethod(), "lora_magnitude_vector", factor));
            QVERIFY2(std::abs(seen - (factor - 1)) < 1e-3, qPrintable(QString::number(seen)));
        }
    }
    void smallChangesOfAFactorAreSeen() {
        for (const double factor : {1.003, 1.005}) {
            const double seen = relativeChange(*inHalf(ia3Method(), "ia3_l", factor));
            QVERIFY2(std::abs(seen - (factor - 1)) < 1e-3, qPrintable(QString::number(seen)));
        }
    }
    void gradientsReachThemThroughTheRounding() {
        for (const auto& [method, name] :
             {std::pair{&doraMethod(), "lora_magnitude_vector"}, std::pair{&ia3Method(), "ia3_l"}}) {
            auto model = inHalf(*method, name, 1);
            answers(*model).to(at::kFloat).square().sum().backward();
            bool found = false;
            for (auto& item : model->named_parameters()) {
                if (item.key().find(name) == std::string::npos) continue;
                found = true;
                QVERIFY(item.value().grad().defined());
                QVERIFY(item.value().grad().abs().sum().item<double>() > 0);
            }
            QVERIFY(found);
        }
    }
};

LATHE_TEST(TestHalfPrecision)
#include "tst_half_precision.moc"
