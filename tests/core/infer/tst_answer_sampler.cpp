// SPDX-License-Identifier: GPL-3.0-or-later
// Many answers at once are the answers one by one, whatever stands beside them, and are drawn as the model
// says.
#include "core/infer/answer_sampler.h"

#include <numeric>

#include "core/infer/generator.h"
#include "tests/support/tiny_training.h"

using namespace lathe;
using namespace lathe::test;

namespace {

const std::vector<std::vector<int32_t>> kPrompts{{3, 14, 1}, {5, 9, 2, 7, 11, 30}, {8}, {4, 4, 4}};

}  // namespace

class TestAnswerSampler : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void greedyAnswersAreThoseOfEachPromptAlone() {
        const auto model = tinyLlama();
        const auto together = writeAnswers(*model, kPrompts, {.maxNewTokens = 12, .temperature = 0});
        LATHE_VERIFY_OK(together);
        for (std::size_t i = 0; i < kPrompts.size(); ++i) {
            const auto alone =
                generate(*model, {kPrompts[i].begin(), kPrompts[i].end()}, {.maxNewTokens = 12}, {});
            const std::vector<int64_t> ids(together.value()[i].ids.begin(), together.value()[i].ids.end());
            QCOMPARE(ids, alone.value());
            QVERIFY(!together.value()[i].ended && together.value()[i].logProbabilities.empty());
        }
    }

    void sampledAnswersHaveTheirOddsInTheWholeForward() {
        const auto model = tinyLlama();
        const auto answers =
            writeAnswers(*model, kPrompts,
                         {.copies = 3, .maxNewTokens = 10, .temperature = 0.7, .seed = 5, .stopIds = {2, 6}});
        LATHE_VERIFY_OK(answers);
        QCOMPARE(answers.value().size(), std::size_t(12));
        std::size_t ended = 0;
        for (std::size_t i = 0; i < answers.value().size(); ++i) {
            const WrittenAnswer& answer = answers.value()[i];
            std::vector<int64_t> ids(kPrompts[i / 3].begin(), kPrompts[i / 3].end());
            const auto before = static_cast<int64_t>(ids.size());
            ids.insert(ids.end(), answer.ids.begin(), answer.ids.end());
            const bool stops = answer.ids.back() == 2 || answer.ids.back() == 6;
            QCOMPARE(answer.ended, stops);
            QVERIFY(answer.ended || answer.ids.size() == 10);
            ended += answer.ended;
            Batch batch;
            batch.ids = at::tensor(ids, at::kLong).unsqueeze(0);
            const at::Tensor odds = (headLogits(*model, batch)[0] / 0.7).log_softmax(1).detach();
            for (std::size_t t = 0; t < answer.ids.size(); ++t)
                QVERIFY(std::abs(odds[before - 1 + int64_t(t)][answer.ids[t]].item<double>() -
                                 answer.logProbabilities[t]) < 1e-4);
        }
        QVERIFY(ended > 0);  // else nothing left the batch early
    }

    void theSeedDecides() {
        const auto model = tinyLlama();
        const auto ids = [&](uint64_t seed) {
            std::vector<std::vector<int32_t>> all;
            const auto answers =
                writeAnswers(*model, kPrompts, {.copies = 2, .maxNewTokens = 8, .seed = seed});
            for (const WrittenAnswer& answer : answers.value()) all.push_back(answer.ids);
            return all;
        };
        QVERIFY(ids(1) == ids(1));
        QVERIFY(ids(1) != ids(2));
        QVERIFY(ids(1)[0] != ids(1)[1]);
    }

    void groupsAnswerAsAllAtOnce() {
        const auto model = tinyLlama();
        AnswerSettings settings{.copies = 2, .maxNewTokens = 8, .seed = 3};
        const auto all = writeAnswers(*model, kPrompts, settings);
        LATHE_VERIFY_OK(all);
        std::size_t next = 0;
        for (const auto& prompt : kPrompts) {
            settings.place = next;
            const auto group = writeAnswers(*model, {prompt}, settings);
            LATHE_VERIFY_OK(group);
            for (const WrittenAnswer& answer : group.value()) QCOMPARE(answer.ids, all.value()[next++].ids);
        }
        QCOMPARE(next, all.value().size());
    }

    void idsAreDrawnByTheirShares() {
        const at::Tensor odds = at::tensor({0.1, 0.6, 0.05, 0.25}, at::kDouble).log();
        const int count = 4000;
        const at::Tensor shares = (at::arange(count, at::kDouble) + 0.5) / count;
        const auto counts = [&](double topP) {
            const at::Tensor ids = sampledIds(odds.expand({count, 4}), topP, shares);
            return at::bincount(ids, {}, 4).to(at::kDouble) / count;
        };
        QVERIFY(largestDifference(counts(1), odds.exp()) < 1e-3);
        QVERIFY(largestDifference(counts(0.8), at::tensor({0.0, 0.6 / 0.85, 0.0, 0.25 / 0.85}, at::kDouble)) <
                1e-3);
        QVERIFY(largestDifference(counts(1e-6), at::tensor({0.0, 1.0, 0.0, 0.0}, at::kDouble)) == 0);
    }

    void stopsWhenAsked() {
        const auto model = tinyLlama();
        int asked = 0;
        const auto answers =
            writeAnswers(*model, kPrompts, {.maxNewTokens = 20, .stopAsked = [&] { return ++asked == 4; }});
        LATHE_VERIFY_OK(answers);
        QVERIFY(answers.value().empty());
        QCOMPARE(asked, 4);
    }

    void whatCannotBeGoneOnFromIsRefused() {
        const auto model = tinyLlama();
        QCOMPARE(writeAnswers(*model, {{1}, {}}, {}).error().code, ErrorCode::BadArgument);
        QCOMPARE(writeAnswers(*model, {{31}}, {}).error().code, ErrorCode::BadArgument);
        QCOMPARE(writeAnswers(*model, {std::vector<int32_t>(64, 1)}, {}).error().code,
                 ErrorCode::BadArgument);
        const auto full = writeAnswers(*model, {std::vector<int32_t>(60, 1)}, {.maxNewTokens = 20});
        QCOMPARE(full.value()[0].ids.size(), std::size_t(4));  // as far as the context goes
    }
};

LATHE_TEST(TestAnswerSampler)
#include "tst_answer_sampler.moc"
