// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/support.h"
#include "ui/models/run_comparison.h"
#include "ui/models/run_library.h"

using namespace lathe;

class TestRunComparison : public QObject {
    Q_OBJECT

    static RunCurve curve(const std::string& name, int64_t rank, int64_t trainable, double accuracy) {
        RunCurve curve;
        curve.run.folder = name;
        curve.run.record.name = name;
        curve.run.record.trainable = trainable;
        curve.run.record.metrics = {{"accuracy", accuracy}, {"loss", 1 - accuracy}};
        curve.run.record.settings = {{"method.rank", rank}, {"train.batch_size", 32}};
        return curve;
    }

  private Q_SLOTS:
    void onlyDifferencesAreNamed() {
        const std::vector<RunCurve> runs{curve("a", 4, 10, 0.8), curve("b", 8, 20, 0.9)};
        const auto differences = settingDifferences(runs);
        QCOMPARE(differences.size(), std::size_t(1));
        QCOMPARE(differences[0].key, std::string("method.rank"));
        QCOMPARE(differences[0].values, std::vector<std::string>({"4", "8"}));
        QCOMPARE(runLabels(runs), QStringList({"rank 4", "rank 8"}));
    }

    void runsThatDifferInMoreKeepTheirNames() {
        std::vector<RunCurve> runs{curve("a", 4, 10, 0.8), curve("b", 8, 20, 0.9)};
        runs[1].run.record.settings["train.batch_size"] = 16;
        QCOMPARE(runLabels(runs), QStringList({"a", "b"}));
    }

    void theSmallestWithinOnePointWins() {
        const auto verdict = judgeRuns({curve("full", 0, 22000000, 0.847), curve("r1", 1, 10, 0.799),
                                        curve("r8", 8, 80, 0.850), curve("r32", 32, 320, 0.853)});
        QVERIFY(verdict);
        QCOMPARE(verdict->metric, std::string("accuracy"));
        QCOMPARE(verdict->bestRun, 3);
        QCOMPARE(verdict->smallestRun, 2);
    }

    void lossIsBetterWhenLower() {
        std::vector<RunCurve> runs{curve("a", 1, 10, 0), curve("b", 4, 40, 0)};
        runs[0].run.record.metrics = {{"loss", 1.6}};
        runs[1].run.record.metrics = {{"loss", 1.5}};
        const auto verdict = judgeRuns(runs);
        QVERIFY(verdict);
        QCOMPARE(verdict->bestRun, 1);
        QCOMPARE(verdict->smallestRun, 1);
    }

    void oneRunIsNoComparison() {
        QVERIFY(!judgeRuns({curve("a", 1, 10, 0.9)}));
        QVERIFY(!judgeRuns({}));
        QVERIFY(settingDifferences({}).empty());
    }

    void csvQuotesWhatNeedsIt() {
        std::vector<RunCurve> runs{curve("a \"b\", c", 4, 10, 0.8), curve("=1+1", 8, 20, 0.9)};
        const QStringList lines = comparisonCsv(runs).split("\r\n");
        QVERIFY(lines[0].startsWith("run,status,method,trained"));
        QVERIFY(lines[0].endsWith("accuracy,loss,method.rank"));
        QVERIFY(lines[1].startsWith("\"a \"\"b\"\", c\","));
        QVERIFY(lines[2].startsWith("'=1+1,"));
    }

    void thinnedLossesKeepTheMeans() {
        std::vector<Event> events;
        for (int i = 0; i < 100; ++i) {
            StepEvent step;
            step.step = i + 1;
            step.loss = i;
            events.push_back(step);
        }
        const QList<double> thinned = thinnedCurve(events, 10);
        QCOMPARE(thinned.size(), 10);
        QCOMPARE(thinned.first(), 4.5);
        QCOMPARE(thinned.last(), 94.5);
        QVERIFY(thinnedCurve({}, 10).isEmpty());
        events.push_back(RolloutEvent{100, 0.5, 0, 10, {}});
        QCOMPARE(thinnedCurve(events, 10), QList<double>({0.5}));
    }

    void rewardsAreTheCurveOfARunThatLearnsFromThem() {
        RunCurve curve;
        StepEvent step;
        step.step = 1;
        step.loss = 7;
        QCOMPARE(addToCurve(curve, EvalEvent{0, -0.2, {{"reward", 0.2}}}), CurvePart::Validation);
        QCOMPARE(addToCurve(curve, RolloutEvent{1, 0.3, 0.01, 10, {}}), CurvePart::Training);
        QCOMPARE(addToCurve(curve, step), CurvePart::None);
        QCOMPARE(addToCurve(curve, RolloutEvent{1, 0.4, 0.01, 10, {}}), CurvePart::None);
        QVERIFY(curve.rewarded);
        QCOMPARE(curve.values, QList<double>({0.3}));
        QCOMPARE(curve.evalValues, QList<double>({0.2}));

        RunCurve plain;
        QCOMPARE(addToCurve(plain, step), CurvePart::Training);
        QVERIFY(!plain.rewarded);
    }

    void theHighestRewardIsTheBest() {
        std::vector<RunCurve> runs{curve("a", 1, 10, 0), curve("b", 4, 40, 0)};
        runs[0].run.record.metrics = {{"loss", -0.5}, {"reward", 0.5}};
        runs[1].run.record.metrics = {{"loss", -0.9}, {"reward", 0.9}};
        const auto verdict = judgeRuns(runs);
        QVERIFY(verdict);
        QCOMPARE(verdict->metric, std::string("reward"));
        QCOMPARE(verdict->bestRun, 1);
    }
};

LATHE_TEST(TestRunComparison)
#include "tst_run_comparison.moc"
