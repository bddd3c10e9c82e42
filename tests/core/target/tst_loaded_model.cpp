// SPDX-License-Identifier: GPL-3.0-or-later
// Opening a base with adapters on top: what it answers, and that switching the adapters off gives the base
// back.
#include "core/target/loaded_model.h"

#include "core/catalog/catalog.h"

#include "tests/support/tiny_base.h"

using namespace lathe;
using namespace lathe::test;

class TestLoadedModel : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void plainLanguageModelAnswers() {
        TemporaryFolder folder;
        auto model = smallLlama();
        const auto base = writeTinyBase(folder, *model, smallLlamaConfig());
        auto opened = LoadedModel::open(base.string(), {}, "cpu");
        LATHE_VERIFY_OK(opened);
        const auto logits = opened.value().logits(kProbe);
        LATHE_VERIFY_OK(logits);
        QVERIFY(largestDifference(logits.value(), answers(*model).detach()) < 1e-6);
        QVERIFY(!opened.value().logits({}).ok());
        QVERIFY(!opened.value().logits({23}).ok());
        QVERIFY(!opened.value().logits({-1}).ok());
        QVERIFY(!opened.value().logits(std::vector<int64_t>(65, 1)).ok());
        QVERIFY(!opened.value().predict({"good"}).ok());
    }
    void encoderWithoutHeadGivesHiddenStates() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallBert(), smallBertConfig());
        auto opened = LoadedModel::open(base.string(), {}, "cpu");
        LATHE_VERIFY_OK(opened);
        const auto hidden = opened.value().logits(kProbe);
        LATHE_VERIFY_OK(hidden);
        QVERIFY(largestDifference(hidden.value(), smallBert()->hidden(oneRow())[0].detach()) < 1e-6);
        QVERIFY(!opened.value().generate("good", {}, {}).ok());
    }
    void adapterBringsItsHeadAndGoesAgain() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallBert(), smallBertConfig());
        auto tuned = smallBert();
        const auto adapter = writeTinyAdapter(folder, tuned, "adapter", {});
        auto opened = LoadedModel::open(base.string(), {{adapter, 1}}, "cpu");
        LATHE_VERIFY_OK(opened);
        LoadedModel& loaded = opened.value();
        QCOMPARE(loaded.labels.size(), std::size_t(3));
        QVERIFY(largestDifference(loaded.logits(kProbe).value(), answers(*tuned).detach()) < 1e-6);
        const at::Tensor with = loaded.logits(kProbe).value();
        loaded.setAdapterEnabled(false);
        QVERIFY(largestDifference(loaded.logits(kProbe).value(), with) > 1e-3);
        loaded.setAdapterEnabled(true);
        QVERIFY(at::equal(loaded.logits(kProbe).value(), with));
    }
    void predictionsAreShares() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallBert(), smallBertConfig());
        const auto adapter = writeTinyAdapter(folder, smallBert(), "adapter", {});
        auto opened = LoadedModel::open(base.string(), {{adapter, 1}}, "cpu");
        LATHE_VERIFY_OK(opened);
        std::string longText;
        for (int i = 0; i < 100; ++i) longText += "the cat ";
        const auto predictions = opened.value().predict({"good film", longText, "bad"});
        LATHE_VERIFY_OK(predictions);
        QCOMPARE(predictions.value().size(), std::size_t(3));
        const auto alone = opened.value().predict({"bad"});
        LATHE_VERIFY_OK(alone);
        for (std::size_t i = 0; i < 3; ++i) {
            const auto& shares = predictions.value()[i].probabilities;
            double sum = 0, best = 0;
            for (const auto& [label, share] : shares) {
                sum += share;
                best = std::max(best, share);
                if (label == predictions.value()[i].label) QVERIFY(share >= best);
            }
            QVERIFY(std::abs(sum - 1) < 1e-9);
            // Beside longer texts a short one is padded; that must not matter.
            QVERIFY(std::abs(alone.value()[0].probabilities[i].second -
                             predictions.value()[2].probabilities[i].second) < 1e-5);
        }
    }
    void severalAdaptersAddUp() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig());
        const auto first = writeTinyAdapter(folder, smallLlama(), "first", {{"rank", int64_t(2)}});
        const auto second = writeTinyAdapter(folder, smallLlama(), "second",
                                             {{"rank", int64_t(3)}, {"target_modules", names({"q_proj"})}});
        auto opened = LoadedModel::open(base.string(), {{first, 0.5}, {second, 2}}, "cpu");
        LATHE_VERIFY_OK(opened);
        auto expected = smallLlama();
        const at::NoGradGuard noGrad;
        for (const auto& [folderOf, weight] : {std::pair{first, 0.5}, std::pair{second, 2.0}}) {
            auto alone = LoadedModel::open(base.string(), {{folderOf, 1}}, "cpu");
            LATHE_VERIFY_OK(alone);
            const auto adapted = alone.value().model->projections();
            const auto plain = expected->projections();
            for (std::size_t i = 0; i < adapted.size(); ++i) {
                if (!adapted[i].second->adapter()) continue;
                const at::Tensor& own = adapted[i].second->weight;
                plain[i].second->weight.add_(adapted[i].second->mergedWeight() - own, weight);
            }
        }
        QVERIFY(largestDifference(opened.value().logits(kProbe).value(), answers(*expected)) < 1e-5);
        opened.value().setAdapterEnabled(false);
        QVERIFY(largestDifference(opened.value().logits(kProbe).value(), answers(*smallLlama())) == 0);
    }
    void whatCannotBeOpenedSaysWhy() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig());
        QVERIFY(!LoadedModel::open((folder.path() / "nothing").string(), {}, "cpu").ok());
        QVERIFY(!LoadedModel::open(base.string(), {{folder.path() / "nothing", 1}}, "cpu").ok());
        const auto foreign = writeTinyAdapter(folder, smallBert(), "foreign", {});
        QVERIFY(!LoadedModel::open(base.string(), {{foreign, 1}}, "cpu").ok());
    }
    void baseIsDescribedWithoutWeights() {
        TemporaryFolder folder;
        const auto base = writeTinyBase(folder, *smallLlama(), smallLlamaConfig());
        const auto facts = describeBase(base.string());
        LATHE_VERIFY_OK(facts);
        QCOMPARE(facts.value().parameters, int64_t(2544));
        QCOMPARE(facts.value().architecture, std::string("llama"));
        QVERIFY(facts.value().linearNames == (std::vector<std::string>{"q_proj", "k_proj", "v_proj", "o_proj",
                                                                       "gate_proj", "up_proj", "down_proj"}));
        Recipe recipe;
        recipe.base = base.string();
        recipe.task = "instruction";
        const auto bills = makeBills(recipe, {});
        LATHE_VERIFY_OK(bills);
        QCOMPARE(bills.value().front().method, std::string("lora"));
        QCOMPARE(bills.value().front().trainable, int64_t(640));
        QCOMPARE(bills.value().size(), methods().size());
        QVERIFY(!makeBills(recipe, {"lorra"}).ok());
    }
};

LATHE_TEST(TestLoadedModel)
#include "tst_loaded_model.moc"
