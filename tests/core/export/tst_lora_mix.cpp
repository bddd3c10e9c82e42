// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA adapters made into one: side by side that is the weighted sum exactly, by singular values the best of
// a rank.
#include "core/export/lora_mix.h"

#include "core/peft/methods/dora.h"
#include "tests/core/peft/adapter_set_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

/// A tiny llama with three adapters of different ranks, scalings and layers.
struct Shelf {
    TemporaryFolder folder;
    std::shared_ptr<LanguageModel> model = smallLlama();
    AdapterSet set{model};
    std::vector<AdapterShare> parts{{"a", 0.7}, {"b", -1.3}, {"c", 2}};

    Shelf() {
        add("a", 1, {{"rank", int64_t(2)}});
        add("b", 2,
            {{"rank", int64_t(3)},
             {"alpha", 5.0},
             {"use_rslora", true},
             {"target_modules", names({"q_proj", "down_proj", "embed_tokens"})}});
        add("c", 3, {{"rank", int64_t(1)}, {"layers_to_transform", names({"1"})}});
    }
    void add(const std::string& name, uint64_t seed, const Settings& changes) {
        const auto path = writeRandomAdapter(folder, *smallLlama(), loraMethod(), name, seed, changes);
        LATHE_CHECK(loadInto(set, name, loraMethod(), path, model->shape()).ok());
    }
    /// The change of every layer, by its name.
    std::map<std::string, at::Tensor> changes(const std::vector<AdapterShare>& mix) {
        LATHE_CHECK(set.choose(mix).ok());
        std::map<std::string, at::Tensor> result;
        for (const auto& [name, projection] : model->projections())
            if (projection->hasAdapter())
                result[name] =
                    (projection->mergedWeight().to(at::kDouble) - projection->weight.to(at::kDouble))
                        .detach();
        for (const auto& [name, lookup] : model->lookups())
            if (lookup->hasAdapter()) result[name] = lookup->adapter()->change().to(at::kDouble).detach();
        return result;
    }
    /// Σ weight · scaling · B·A, from the parts themselves.
    std::map<std::string, at::Tensor> sum() {
        std::map<std::string, at::Tensor> total;
        for (const AdapterShare& part : parts)
            for (const auto& [name, change] : changes({{part.name, 1}}))
                total[name] = total.count(name) ? total[name] + part.weight * change : part.weight * change;
        return total;
    }
};

/// As a share of the largest value, where that is above 1.
double largestDifferenceOf(const std::map<std::string, at::Tensor>& a,
                           const std::map<std::string, at::Tensor>& b) {
    LATHE_CHECK(a.size() == b.size());
    double largest = 0, scale = 1;
    for (const auto& [name, change] : a) {
        largest = std::max(largest, largestDifference(change, b.at(name)));
        scale = std::max(scale, b.at(name).abs().max().item<double>());
    }
    if (largest / scale >= 1e-6) qWarning("difference %.3g, largest value %.3g", largest, scale);
    return largest / scale;
}

}  // namespace

class TestLoraMix : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void sideBySideIsTheSum() {
        Shelf shelf;
        const auto expected = shelf.sum();
        const auto mix = mixLora(shelf.set, *shelf.model, shelf.parts, {}, "mix");
        LATHE_VERIFY_OK(mix);
        QCOMPARE(mix.value().rank, int64_t(6));
        QCOMPARE(mix.value().layers, int64_t(expected.size()));
        QVERIFY(largestDifferenceOf(shelf.changes({{"mix", 1}}), expected) < 1e-6);
        QVERIFY(largestDifferenceOf(shelf.changes(shelf.parts), expected) < 1e-6);
    }
    void allSingularValuesAreTheSumToo() {
        Shelf shelf;
        const auto expected = shelf.sum();
        const auto mix = mixLora(shelf.set, *shelf.model, shelf.parts, {MixKind::SingularValues, 6}, "mix");
        LATHE_VERIFY_OK(mix);
        QVERIFY(std::abs(mix.value().kept - 1) < 1e-12);
        QVERIFY(largestDifferenceOf(shelf.changes({{"mix", 1}}), expected) < 1e-6);
        // More rank than the layers have is filled up.
        LATHE_VERIFY_OK(mixLora(shelf.set, *shelf.model, shelf.parts, {MixKind::SingularValues, 40}, "wide"));
        QVERIFY(largestDifferenceOf(shelf.changes({{"wide", 1}}), expected) < 1e-6);
    }
    void aSmallRankIsTheBestOfThatRank() {
        Shelf shelf;
        const auto expected = shelf.sum();
        const auto mix = mixLora(shelf.set, *shelf.model, shelf.parts, {MixKind::SingularValues, 2}, "mix");
        LATHE_VERIFY_OK(mix);
        const auto found = shelf.changes({{"mix", 1}});
        double all = 0, kept = 0;
        for (const auto& [name, change] : expected) {
            const auto [u, s, v] = at::linalg_svd(change, false);
            const at::Tensor best = at::mm(u.narrow(1, 0, 2) * s.narrow(0, 0, 2), v.narrow(0, 0, 2));
            QVERIFY2(largestDifference(found.at(name), best) < 1e-6, name.c_str());
            all += s.square().sum().item<double>();
            kept += s.narrow(0, 0, 2).square().sum().item<double>();
        }
        // Computed from float32 differences of merged weights.
        QVERIFY(std::abs(mix.value().kept - kept / all) < 1e-5);
        QVERIFY(mix.value().kept < 0.999);
    }
    void savedAndOpenedAgainItIsTheSame() {
        Shelf shelf;
        const auto mix = mixLora(shelf.set, *shelf.model, shelf.parts, {}, "mix");
        LATHE_VERIFY_OK(mix);
        LATHE_VERIFY_OK(shelf.set.choose({{"mix", 1}}));
        std::filesystem::create_directory(shelf.folder.path() / "mix");
        LATHE_VERIFY_OK(saveAdapter(*shelf.model, loraMethod(), mix.value().settings, "some/base",
                                    shelf.folder.path() / "mix"));
        LATHE_VERIFY_OK(
            loadInto(shelf.set, "again", loraMethod(), shelf.folder.path() / "mix", shelf.model->shape()));
        QVERIFY(largestDifferenceOf(shelf.changes({{"again", 1}}), shelf.changes({{"mix", 1}})) == 0);
    }
    void theOneHeadGoesAlong() {
        TemporaryFolder folder;
        auto model = bertWith(2);
        AdapterSet set(model);
        auto tuned = bertWith(4);
        const auto path = writeRandomAdapter(folder, *tuned, loraMethod(), "tuned", 1);
        LATHE_VERIFY_OK(loadInto(set, "tuned", loraMethod(), path, tuned->shape()));
        LATHE_VERIFY_OK(loadInto(set, "other", loraMethod(), path, tuned->shape()));
        LATHE_VERIFY_OK(mixLora(set, *model, {{"tuned", 1}}, {}, "mix"));
        LATHE_VERIFY_OK(set.choose({{"mix", 1}}));
        QVERIFY(largestDifference(answers(*model).detach(), answers(*tuned).detach()) < 1e-5);
        QVERIFY(!mixLora(set, *model, {{"tuned", 1}, {"other", 1}}, {}, "both").ok());
    }
    void whatIsNoPlainLoraIsRefused() {
        Shelf shelf;
        const auto dora = writeRandomAdapter(shelf.folder, *smallLlama(), doraMethod(), "dora", 1);
        LATHE_VERIFY_OK(loadInto(shelf.set, "dora", doraMethod(), dora, shelf.model->shape()));
        shelf.add("normed", 4, {{"modules_to_save", names({"norm"})}});
        LATHE_VERIFY_OK(shelf.set.choose({{"a", 1}}));
        const at::Tensor before = answers(*shelf.model).detach();
        for (const auto& parts :
             {std::vector<AdapterShare>{{"a", 1}, {"dora", 1}}, std::vector<AdapterShare>{{"normed", 1}},
              std::vector<AdapterShare>{{"nobody", 1}}, std::vector<AdapterShare>{}})
            QVERIFY(!mixLora(shelf.set, *shelf.model, parts, {}, "mix").ok());
        QVERIFY(!mixLora(shelf.set, *shelf.model, shelf.parts, {MixKind::SingularValues, 5000}, "mix").ok());
        QVERIFY(!shelf.set.has("mix"));
        QVERIFY(at::equal(answers(*shelf.model).detach(), before));
    }
};

LATHE_TEST(TestLoraMix)
#include "tst_lora_mix.moc"
