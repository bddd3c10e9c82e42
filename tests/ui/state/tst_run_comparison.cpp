// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <optional>

#include "tests/support/support.h"
#include "ui/state/run_comparison.h"
#include "ui/state/run_curve_sketch.h"

using namespace lathe;

class TestRunComparison : public QObject {
    Q_OBJECT

    static RunCurve curve(const std::string& name, int64_t rank, int64_t trainable, double accuracy) {
        RunCurve curve;
        curve.run.folder = name;
        curve.run.record.name = name;
        curve.run.record.status = RunStatus::Done;
        curve.run.record.task = "classification";
        curve.run.record.trainable = trainable;
        curve.run.record.metrics = {{"accuracy", accuracy}, {"loss", 1 - accuracy}};
        curve.run.record.settings = {{"method.rank", rank}, {"train.batch_size", 32}};
        return curve;
    }

    static std::optional<NoVerdict> reason(const std::vector<RunCurve>& runs) {
        const auto judged = judgeRuns(runs);
        const auto* why = std::get_if<NoVerdict>(&judged);
        return why ? std::optional(*why) : std::nullopt;
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
        const auto judged = judgeRuns({curve("full", 0, 22000000, 0.847), curve("r1", 1, 10, 0.799),
                                       curve("r8", 8, 80, 0.850), curve("r32", 32, 320, 0.853)});
        const auto* verdict = std::get_if<ComparisonVerdict>(&judged);
        QVERIFY(verdict);
        QCOMPARE(verdict->metric, std::string("accuracy"));
        QCOMPARE(verdict->bestRun, 3);
        QCOMPARE(verdict->smallestRun, 2);
    }

    void lossIsBetterWhenLower() {
        std::vector<RunCurve> runs{curve("a", 1, 10, 0), curve("b", 4, 40, 0)};
        runs[0].run.record.metrics = {{"loss", 1.6}};
        runs[1].run.record.metrics = {{"loss", 1.5}};
        const auto judged = judgeRuns(runs);
        const auto* verdict = std::get_if<ComparisonVerdict>(&judged);
        QVERIFY(verdict);
        QCOMPARE(verdict->bestRun, 1);
        QCOMPARE(verdict->smallestRun, 1);
    }

    void oneRunIsNoComparison() {
        QCOMPARE(reason({curve("a", 1, 10, 0.9)}), NoVerdict::TooFewDone);
        QCOMPARE(reason({}), NoVerdict::TooFewDone);
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

    void runsThatAreNotDoneDoNotCount() {
        RunCurve stopped = curve("b", 4, 40, 0.9);
        stopped.run.record.status = RunStatus::Stopped;
        QCOMPARE(reason({curve("a", 1, 10, 0.6), stopped}), NoVerdict::TooFewDone);
        const auto judged = judgeRuns({curve("a", 1, 10, 0.6), stopped, curve("c", 8, 80, 0.8)});
        const auto* verdict = std::get_if<ComparisonVerdict>(&judged);
        QVERIFY(verdict);
        QCOMPARE(verdict->judged, 2);
        QCOMPARE(verdict->bestRun, 2);
        QVERIFY(!verdict->nothingSmaller);
    }

    void runsOfDifferentKindsHaveNoVerdict() {
        const auto with = [](auto change) {
            std::vector<RunCurve> runs{curve("a", 4, 10, 0.8), curve("b", 8, 20, 0.9)};
            for (RunCurve& run : runs)
                for (const auto& [key, value] : std::map<std::string, Json>{{"data.train", "rows.csv"},
                                                                            {"data.split_seed", 1},
                                                                            {"train.epochs", 3},
                                                                            {"train.max_steps", 0}})
                    run.run.record.settings[key] = value;
            change(runs[1].run.record);
            return reason(runs);
        };
        QVERIFY(!with([](RunRecord&) {}));
        QVERIFY(!with([](RunRecord& run) { run.settings["train.seed"] = 7; }));
        QCOMPARE(with([](RunRecord& run) { run.task = "instruction"; }), NoVerdict::Tasks);
        QCOMPARE(with([](RunRecord& run) { run.problemType = "multi_label_classification"; }),
                 NoVerdict::Tasks);
        QCOMPARE(with([](RunRecord& run) { run.settings["data.train"] = "others.csv"; }), NoVerdict::Data);
        QCOMPARE(with([](RunRecord& run) { run.settings["data.split_seed"] = 2; }), NoVerdict::Data);
        QCOMPARE(with([](RunRecord& run) { run.base = "shelf:another"; }), NoVerdict::Bases);
        QCOMPARE(with([](RunRecord& run) { run.settings["train.epochs"] = 1; }), NoVerdict::Budgets);
        QCOMPARE(with([](RunRecord& run) { run.settings["train.max_steps"] = 4; }), NoVerdict::Budgets);
        QCOMPARE(with([](RunRecord& run) { run.metrics.clear(); }), NoVerdict::Metrics);
    }

    void equalRunsAreAlike() {
        const std::vector<RunCurve> runs(300, curve("a", 1, 10, 0.6));
        const auto judged = judgeRuns(runs);
        const auto* verdict = std::get_if<ComparisonVerdict>(&judged);
        QVERIFY(verdict);
        QVERIFY(verdict->alike && verdict->nothingSmaller);
        QCOMPARE(verdict->judged, 300);
    }

    void aLongCurveInSmallKeepsItsMeans() {
        RunCurveSketch sketch;
        QVERIFY(sketch.values().isEmpty());
        for (int i = 0; i < 1000; ++i) {
            StepEvent step;
            step.step = i + 1;
            step.maxSteps = 1000;
            step.loss = i;
            sketch.add(step);
        }
        const QList<double> values = sketch.values();
        QVERIFY(values.size() > 30 && values.size() <= 60);
        QVERIFY(std::is_sorted(values.begin(), values.end()));
        QVERIFY(values.first() < 20 && values.last() > 980);
        QCOMPARE(sketch.step(), 1000);
        sketch.add(RolloutEvent{100, 0.5, 0, 10, {}});
        QCOMPARE(sketch.values(), QList<double>({0.5}));
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
        for (RunCurve& run : runs) run.run.record.task = "reinforcement";
        const auto judged = judgeRuns(runs);
        const auto* verdict = std::get_if<ComparisonVerdict>(&judged);
        QVERIFY(verdict);
        QCOMPARE(verdict->metric, std::string("reward"));
        QCOMPARE(verdict->bestRun, 1);
    }
};

LATHE_TEST(TestRunComparison)
#include "tst_run_comparison.moc"
