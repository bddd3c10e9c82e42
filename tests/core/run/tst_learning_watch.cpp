// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/learning_watch.h"

#include <cmath>

#include "tests/support/support.h"

using namespace lathe;

namespace {

LearningPlan planOf(int64_t steps) {
    LearningPlan plan;
    plan.learningRate = plan.highestRate = 1e-3;
    plan.steps = steps;
    return plan;
}

LearningPlan classifying(std::vector<int64_t> trained, std::vector<int64_t> heldOut) {
    LearningPlan plan = planOf(40);
    plan.metric = "accuracy";
    plan.metricRises = true;
    plan.names = {"negative", "positive"};
    plan.trained = std::move(trained);
    plan.heldOut = std::move(heldOut);
    return plan;
}

/// Shows a watch the events of a run and keeps what it says.
class Told {
  public:
    explicit Told(LearningPlan plan) : m_steps(plan.steps), m_watch(std::move(plan)) {}
    void step(int64_t number, double loss, double norm = 1) {
        StepEvent event;
        event.step = number;
        event.loss = loss;
        event.gradNorm = norm;
        add(event);
    }
    void eval(int64_t number, double loss, std::map<std::string, double> metrics = {}) {
        add(EvalEvent{number, loss, std::move(metrics)});
    }
    /// Training losses along a line from `first` to `last`.
    void steps(int64_t from, int64_t to, double first, double last, double norm = 1) {
        for (int64_t i = from; i <= to; ++i)
            step(i, first + (last - first) * double(i - from) / double(std::max<int64_t>(1, to - from)),
                 norm);
    }
    void end(RunStatus status = RunStatus::Done) {
        FinishedEvent event;
        event.status = status;
        event.steps = m_steps;
        add(event);
    }
    void add(const Event& event) {
        for (WarningEvent& warning : m_watch.after(event)) warnings.push_back(std::move(warning));
    }
    std::string codes() const {
        std::string text;
        for (const WarningEvent& warning : warnings) text += (text.empty() ? "" : " ") + warning.code;
        return text;
    }
    std::vector<WarningEvent> warnings;

  private:
    int64_t m_steps;
    LearningWatch m_watch;
};

bool says(const std::vector<WarningEvent>& warnings, const std::string& text) {
    return std::any_of(warnings.begin(), warnings.end(), [&](const WarningEvent& warning) {
        return warning.message.find(text) != std::string::npos && !warning.hint.empty();
    });
}

}  // namespace

class TestLearningWatch : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void ratesAreJudgedBeforeTheStart() {
        const auto before = [](double rate, double highest, int64_t steps, int64_t warmup) {
            LearningPlan plan = planOf(steps);
            plan.learningRate = rate;
            plan.highestRate = highest;
            plan.warmup = warmup;
            return LearningWatch(plan).beforeStart();
        };
        QVERIFY(before(1e-3, 1e-3, 10, 0).empty());
        QVERIFY(before(1e-3, 1e-3, 10, 9).empty());
        for (const auto& [warnings, text] : std::vector<std::pair<std::vector<WarningEvent>, std::string>>{
                 {before(0, 0, 10, 0), "the learning rate is 0 at every step"},
                 {before(0, 0, 10, 20), "the learning rate is 0 at every step"},
                 {before(1e-3, 0, 10, 0), "the learning rate is 0 at every step"},  // by train.learning_rates
                 {before(5e-3, 0, 1, 1), "a warm-up of 1 step begins at 0, and the run has 1 step"},
                 {before(5e-3, 1e-4, 3, 100),
                  "never reaches 0.005: the highest of the 3 steps is 0.0001, because the warm-up takes 100 "
                  "steps"},
                 {before(5e-3, 3.75e-3, 4, 4), "never reaches 0.005"}}) {
            QCOMPARE(warnings.size(), std::size_t(1));
            QCOMPARE(warnings.front().code, std::string("nothing_learned"));
            QVERIFY2(says(warnings, text), warnings.front().message.c_str());
        }
    }
    void oneClassIsNamedBeforeTheStart() {
        QVERIFY(says(LearningWatch(classifying({0, 37}, {5, 5})).beforeStart(),
                     "all 37 training examples have the same label, positive"));
        QVERIFY(LearningWatch(classifying({1, 37}, {0, 5})).beforeStart().empty());
    }
    void gradientsOfZeroAreNamedOnce() {
        Told told(planOf(20));
        told.eval(0, 2);
        told.steps(1, 10, 2, 2, 0);
        QCOMPARE(told.codes(), std::string());
        told.eval(10, 2);
        QVERIFY(says(told.warnings, "every gradient of the first 10 steps was 0"));
        told.steps(11, 20, 2, 2, 0);
        told.eval(20, 2);
        told.end();
        QCOMPARE(told.codes(), std::string("nothing_learned ended_worse"));
        Told moved(planOf(2));
        moved.step(1, 2, 1e-9);
        moved.step(2, 2, 0);
        moved.end();
        QCOMPARE(moved.codes(), std::string());
    }
    void answersThatTeachNothingAreTheReason() {
        for (const auto& [metrics, text] : std::vector<std::pair<std::map<std::string, double>, std::string>>{
                 {{{"ended", 0}, {"no_signal", 1}}, "every answer was cut off"},
                 {{{"ended", 0.5}, {"no_signal", 1}}, "all answers got the same reward"}}) {
            LearningPlan plan = planOf(2);
            plan.metric = "reward";
            plan.metricRises = true;
            Told told(plan);
            for (int64_t step = 1; step <= 2; ++step) {
                told.add(RolloutEvent{step, 0, 0, 4, metrics});
                told.step(step, 0, 0);
            }
            told.end();
            QVERIFY2(says(told.warnings, text), told.codes().c_str());
        }
    }
    void aClassifierNoBetterThanTheSharesIsNamed() {
        Told told(classifying({20, 20}, {12, 8}));
        told.eval(0, 0.75, {{"accuracy", 0.4}});
        told.steps(1, 40, 0.7, 0.69);
        told.eval(40, 0.680, {{"accuracy", 0.6}});  // entropy of 12:8 is 0.673
        told.end();
        QCOMPARE(told.codes(), std::string("nothing_learned"));
        QVERIFY2(says(told.warnings, "always giving the labels' shares has 0.673 and 0.6"),
                 told.warnings.front().message.c_str());
    }
    void aClassifierThatLearnedIsNotAccused_data() {
        QTest::addColumn<double>("loss");
        QTest::addColumn<double>("accuracy");
        QTest::newRow("sure and right") << 0.2 << 0.95;
        QTest::newRow("a little better") << 0.60 << 0.65;
        QTest::newRow("too sure, but right") << 0.72 << 0.85;
    }
    void aClassifierThatLearnedIsNotAccused() {
        QFETCH(double, loss);
        QFETCH(double, accuracy);
        Told told(classifying({20, 20}, {12, 8}));
        told.eval(0, 0.75, {{"accuracy", 0.4}});
        told.steps(1, 40, 0.7, 0.3);
        told.eval(40, loss, {{"accuracy", accuracy}});
        told.end();
        QCOMPARE(told.codes(), std::string());
    }
    void withoutHeldOutRowsTheTrainingLossIsCompared() {
        Told flat(classifying({20, 20}, {})), falling(classifying({20, 20}, {}));
        for (int64_t i = 1; i <= 40; ++i) {
            flat.step(i, std::log(2) + (i % 2 ? 0.03 : -0.03));
            falling.step(i, std::log(2) - 0.005 * double(i));
        }
        flat.end();
        falling.end();
        QVERIFY2(says(flat.warnings, "the training loss stayed at 0.693"), flat.codes().c_str());
        QCOMPARE(falling.codes(), std::string());
    }
    void aRunThatEndsWorseSaysSo() {
        Told told(classifying({20, 20}, {100, 100}));
        told.eval(0, 0.60, {{"accuracy", 0.70}});
        told.steps(1, 40, 0.6, 0.5);
        told.eval(40, 0.62, {{"accuracy", 0.65}});
        told.end();
        QCOMPARE(told.codes(), std::string("ended_worse ended_worse"));
        QVERIFY(says(told.warnings, "no lower than before training: 0.62, before 0.6"));
        QVERIFY(says(told.warnings, "accuracy is worse than before training: 0.65, before 0.7"));
    }
    void aRewardThatDoesNotRiseIsNamed() {
        LearningPlan plan = planOf(4);
        plan.metric = "reward";
        plan.metricRises = true;
        Told same(plan), higher(plan);
        for (Told* told : {&same, &higher}) {
            told->eval(0, -0.5, {{"reward", 0.5}});
            told->steps(1, 4, 0.001, 0.9);  // a loss of a policy says nothing
            told->eval(4, told == &same ? -0.5 : -0.7, {{"reward", told == &same ? 0.5 : 0.7}});
            told->end();
        }
        QVERIFY2(says(same.warnings, "reward is no better than before"), same.codes().c_str());
        QCOMPARE(higher.codes(), std::string());
    }
    void lossesThatRunAwayAreNamed() {
        Told told(planOf(40));
        told.eval(0, 2.0);
        told.steps(1, 40, 2.0, 9.0);
        told.eval(40, 8.0);
        told.end();
        QCOMPARE(told.codes(), std::string("diverged"));
        Told classes(classifying({20, 20}, {12, 8}));
        classes.eval(0, 0.7, {{"accuracy", 0.5}});
        classes.eval(40, 6.0, {{"accuracy", 0.4}});
        classes.end();
        QCOMPARE(classes.codes(), std::string("diverged"));
        Told unseen(planOf(40));
        unseen.steps(1, 40, 2.0, 9.0);
        unseen.end();
        QVERIFY2(says(unseen.warnings, "the training loss rose"), unseen.codes().c_str());
        Told noisy(planOf(40));  // single batches differ as much
        for (int64_t i = 1; i <= 40; ++i) noisy.step(i, i % 10 == 0 && i > 30 ? 12 : 2);
        noisy.end();
        QCOMPARE(noisy.codes(), std::string());
        Told few(planOf(6));
        for (int64_t i = 1; i <= 6; ++i) few.step(i, i < 4 ? 2 : 9);
        few.end();
        QCOMPARE(few.codes(), std::string());
        Told small(planOf(40));  // twice as high, but both are close to 0
        small.steps(1, 40, 0.01, 0.03);
        small.end();
        QCOMPARE(small.codes(), std::string());
    }
    void overfittingNeedsARiseWhileTheTrainingLossFalls() {
        const auto run = [](const std::vector<double>& losses, double last) {
            Told told(planOf(40));
            told.eval(0, 3.0);
            for (std::size_t i = 0; i < losses.size(); ++i) {
                const auto from = static_cast<int64_t>(i) * 8;
                const double begin = 2.0 + (last - 2.0) * double(i) / 5,
                             end = 2.0 + (last - 2.0) * double(i + 1) / 5;
                told.steps(from + 1, from + 8, begin, end);
                told.eval(from + 8, losses[i]);
            }
            told.end();
            return told;
        };
        const Told over = run({1.9, 1.7, 1.8, 1.95, 2.1}, 0.5);
        QCOMPARE(over.codes(), std::string("overfitting"));
        QVERIFY2(says(over.warnings, "rose from 1.7 at step 16 to 2.1"),
                 over.warnings.front().message.c_str());
        QCOMPARE(run({1.9, 1.7, 1.8, 1.75, 2.1}, 0.5).codes(), std::string());    // up and down
        QCOMPARE(run({1.9, 1.8, 1.7, 1.65, 1.9}, 0.5).codes(), std::string());    // one evaluation
        QCOMPARE(run({1.9, 1.7, 1.71, 1.72, 1.73}, 0.5).codes(), std::string());  // hardly
        QCOMPARE(run({1.9, 1.7, 1.8, 1.95, 2.1}, 2.0).codes(), std::string());  // nothing is learned by heart
    }
    void aStoppedRunIsNotJudged() {
        Told told(planOf(40));
        told.eval(0, 2);
        told.steps(1, 5, 2, 9);
        told.end(RunStatus::Stopped);
        QCOMPARE(told.codes(), std::string());
    }
    void numbersThatAreNoneAreNotTaken() {
        Told told(planOf(4));
        told.eval(0, NAN, {{"loss", NAN}});
        told.steps(1, 4, NAN, NAN);
        told.eval(4, INFINITY);
        told.end();  // says something or nothing, and does not fail
    }
};

LATHE_TEST(TestLearningWatch)
#include "tst_learning_watch.moc"
