// SPDX-License-Identifier: GPL-3.0-or-later
// The loss and the metrics of numbers, by hand and as scipy gives them.
#include "core/objectives/regress.h"

#include "tests/core/objectives/echo_classifier.h"
#include "tests/support/engine_support.h"

using namespace lathe;
using namespace lathe::test;

namespace {

at::Tensor column(const std::vector<float>& values) {
    return at::tensor(values).unsqueeze(1);
}

std::map<std::string, double> judged(const std::vector<float>& given, const std::vector<float>& wanted,
                                     std::vector<RowScore>* rows = nullptr) {
    const RegressObjective objective;
    EvaluationSums sums;
    sums.eachRow = rows;
    const auto half = given.size() / 2;
    for (const bool first : {true, false}) {  // two batches
        const auto part = [&](const std::vector<float>& all) {
            const auto middle = all.begin() + static_cast<std::ptrdiff_t>(half);
            return column(first ? std::vector<float>(all.begin(), middle)
                                : std::vector<float>(middle, all.end()));
        };
        EchoClassifier model(part(given));
        objective.evaluate(model, wantedBatch(part(wanted)), sums);
    }
    return objective.metrics(sums);
}

}  // namespace

class TestRegress : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void theLossIsTheSquaredError() {
        EchoClassifier model(column({1, 2.5, -3}));
        const Batch batch = wantedBatch(column({0, 3, -1}));
        QCOMPARE(RegressObjective().lossSum(model, batch).item<double>(), 1 + 0.25 + 4);
        QCOMPARE(at::mse_loss(column({1, 2.5, -3}), batch.wanted).item<double>(),
                 5.25 / 3);  // transformers' mean
        QCOMPARE(RegressObjective().outputNames({"a", "b"}).size(), std::size_t(1));
    }
    void errorsAndCorrelations() {
        std::vector<RowScore> rows;
        const auto metrics = judged({1, 2, 4, 3}, {1, 3, 5, 2}, &rows);
        QCOMPARE(metrics.at("loss"), 3.0 / 4);
        QCOMPARE(metrics.at("mse"), 3.0 / 4);
        QCOMPARE(metrics.at("mae"), 3.0 / 4);
        // Deviations -1.5 -0.5 1.5 0.5 and -1.75 0.25 2.25 -0.75: 5.5 / sqrt(5 · 8.75).
        QVERIFY(std::abs(metrics.at("pearson") - 5.5 / std::sqrt(43.75)) < 1e-12);
        // Ranks 1 2 4 3 and 1 3 4 2: 1 - 6 · 2 / (4 · 15).
        QVERIFY(std::abs(metrics.at("spearman") - 0.8) < 1e-12);
        QCOMPARE(rows.size(), std::size_t(4));
        QCOMPARE(*rows[2].value, 4.0);
        QCOMPARE(rows[1].loss, 1.0);
        QVERIFY(rows[1].output.empty());
    }
    void equalNumbersShareTheirRank() {
        // Ranks 1.5 1.5 3 4 and 2 2 2 4; scipy.stats.spearmanr gives the same.
        const auto metrics = judged({5, 5, 6, 9}, {1, 1, 1, 8});
        QVERIFY(std::abs(metrics.at("spearman") - 3.0 / std::sqrt(4.5 * 3)) < 1e-12);
    }
    void numbersThatDoNotVaryGoWithNothing() {
        const auto metrics = judged({0.1f, 0.1f, 0.1f, 0.1f}, {1, 2, 3, 4});
        QCOMPARE(metrics.at("pearson"), 0.0);
        QCOMPARE(metrics.at("spearman"), 0.0);
        QCOMPARE(RegressObjective().metrics({}).at("loss"), 0.0);
    }
};

LATHE_TEST(TestRegress)
#include "tst_regress.moc"
