// SPDX-License-Identifier: GPL-3.0-or-later
// The loss of several labels by hand and by torch's own, and the metrics of rows that are answered in a known
// way.
#include "core/objectives/several_labels.h"

#include "tests/core/objectives/echo_classifier.h"
#include "tests/support/engine_support.h"

using namespace lathe;
using namespace lathe::test;

class TestSeveralLabels : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void theLossIsTheMeanOverLabelsOfEachRow() {
        // Row 0: ln(1 + e^-2), ln(1 + e^-1), ln 2; row 1: ln(1 + e^3), ln(1 + e^-0.5), ln(1 + e^-4).
        const at::Tensor logits = at::tensor({2.0, -1.0, 0.0, 3.0, 0.5, -4.0}, at::kFloat).view({2, 3});
        const at::Tensor wanted = at::tensor({1.0, 0.0, 1.0, 0.0, 1.0, 0.0}, at::kFloat).view({2, 3});
        EchoClassifier model(logits);
        const SeveralLabelsObjective objective;
        const double loss = objective.lossSum(model, wantedBatch(wanted)).item<double>();
        QVERIFY(std::abs(loss - (1.1333369 + 3.5408143) / 3) < 1e-6);
        // transformers: BCEWithLogitsLoss() over all of them.
        const double theirs = at::binary_cross_entropy_with_logits(logits, wanted).item<double>();
        QVERIFY(std::abs(loss / 2 - theirs) < 1e-6);
    }
    void metricsCountLabelsAndWholeRows() {
        // Labels a, b, c. Wanted: {a, b}, {b}, {}, {a}; named: {a, b}, {b, c}, {}, {}.
        const at::Tensor wanted = at::tensor({1, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0}, at::kFloat).view({4, 3});
        const at::Tensor named = at::tensor({1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0}, at::kFloat).view({4, 3});
        SeveralLabelsObjective objective;
        objective.useLabels({"a", "b", "c"});
        std::vector<RowScore> rows;
        EvaluationSums sums;
        sums.eachRow = &rows;
        for (const auto& [first, count] : {std::pair{0, 3}, std::pair{3, 1}}) {  // two batches
            EchoClassifier model(named.narrow(0, first, count) * 8 - 4);
            objective.evaluate(model, wantedBatch(wanted.narrow(0, first, count)), sums);
        }
        const auto scores = objective.labelScores(sums);
        QCOMPARE(scores.size(), std::size_t(3));
        QCOMPARE(scores[0].precision, 1.0);
        QCOMPARE(scores[0].recall, 1.0 / 2);
        QCOMPARE(scores[1].f1, 1.0);
        QCOMPARE(scores[1].support, int64_t(2));
        QCOMPARE(scores[2].precision, 0.0);
        const auto metrics = objective.metrics(sums);
        QCOMPARE(metrics.at("accuracy"), 2.0 / 4);
        QCOMPARE(metrics.at("f1"), 6.0 / 8);  // 3 found, 4 there, 4 named
        QCOMPARE(metrics.at("macro_f1"), (2.0 / 3 + 1 + 0) / 3);
        QVERIFY(!sums.confusion.defined());
        using Ids = std::vector<int32_t>;
        QCOMPARE(rows.size(), std::size_t(4));
        QCOMPARE(rows[0].output, (Ids{0, 1}));
        QCOMPARE(rows[1].output, (Ids{1, 2}));
        QCOMPARE(rows[2].output, Ids{kNoLabel});
        // Ten of twelve are right: ln(1 + e^-4) each, the other two 4 more.
        QVERIFY(std::abs(metrics.at("loss") - (std::log1p(std::exp(-4.0)) + 8.0 / 12)) < 1e-6);
        QVERIFY(std::abs(rows[3].loss - (std::log1p(std::exp(-4.0)) + 4.0 / 3)) < 1e-6);
    }
    void aLabelThatDoesNotOccurIsNoneOfTheMean() {
        // Label b is neither wanted nor named: the mean is that of a (1 of 1) and c (named, not wanted: 0).
        const at::Tensor wanted = at::tensor({1, 0, 0, 1, 0, 0}, at::kFloat).view({2, 3});
        const at::Tensor named = at::tensor({1, 0, 1, 1, 0, 0}, at::kFloat).view({2, 3});
        SeveralLabelsObjective several;
        EvaluationSums sums;
        EchoClassifier model(named * 8 - 4);
        several.evaluate(model, wantedBatch(wanted), sums);
        QCOMPARE(several.metrics(sums).at("macro_f1"), (1.0 + 0) / 2);
    }
    void theMeanOverClassesIsOfThoseThatOccur() {
        // Four classes. Wanted 0 0 1 1, named 0 2 1 1: F1 of class 0 is 2 / 3, of 1 is 1, of 2 is 0; class 3
        // is in neither, so scikit-learn's f1_score(average="macro") is 5 / 9.
        ClassifyObjective one;
        EvaluationSums sums;
        EchoClassifier model(at::one_hot(at::tensor({0, 2, 1, 1}, at::kLong), 4).to(at::kFloat) * 8);
        Batch batch = wantedBatch(at::zeros({4, 4}));
        batch.labels = at::tensor({0, 0, 1, 1}, at::kLong);
        one.evaluate(model, batch, sums);
        QCOMPARE(one.metrics(sums).at("macro_f1"), (2.0 / 3 + 1 + 0) / 3);
        QCOMPARE(one.labelScores(sums).size(), std::size_t(4));
    }
    void nothingSeenIsNoError() { QCOMPARE(SeveralLabelsObjective().metrics({}).at("loss"), 0.0); }
};

LATHE_TEST(TestSeveralLabels)
#include "tst_several_labels.moc"
