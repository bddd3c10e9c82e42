// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainer.h"

#include <ATen/Parallel.h>

#include "core/evaluate/evaluator.h"
#include "core/objectives/classify.h"
#include "tests/support/tiny_training.h"

using namespace lathe;
using namespace lathe::test;

namespace {

struct Recorded {
    std::vector<StepEvent> steps;
    std::vector<int64_t> evaluated, saved;
    std::function<double(int64_t)> losses{};  ///< of evaluations; empty: some that fall
    TrainerHooks hooks() {
        TrainerHooks result;
        result.peakMemory = [] { return int64_t(4711); };
        result.emit = [this](const Event& event) -> Result<void> {
            if (const auto* step = std::get_if<StepEvent>(&event)) steps.push_back(*step);
            return {};
        };
        result.evaluate = [this](int64_t step) -> Result<Judged> {
            evaluated.push_back(step);
            return Judged({{"loss", losses ? losses(step) : 10.0 - double(step % 5)}});
        };
        result.save = [this](const TrainState& state) -> Result<std::filesystem::path> {
            saved.push_back(state.step);
            return std::filesystem::path("step-" + std::to_string(state.step));
        };
        return result;
    }
};

TrainerSettings settingsFor(int64_t steps) {
    TrainerSettings settings;
    settings.learningRate = 1e-2;
    settings.totalSteps = steps;
    settings.evalEvery = 4;
    settings.saveEvery = 3;
    return settings;
}

}  // namespace

class TestTrainer : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    // Tiny tensors are slower on several threads, above all on a busy machine.
    void initTestCase() { at::set_num_threads(1); }

    // Rows have different numbers of targets, so a mean of means would differ (methods.md, "Gradient
    // accumulation").
    void accumulationEqualsBigBatch() {
        TinyRun big(4, 1, 0, 0), small(1, 4, 0, 0);
        for (int step = 0; step < 5; ++step) QVERIFY(std::abs(big.step(1e-3) - small.step(1e-3)) < 1e-5);
        const auto a = big.model->named_parameters(), b = small.model->named_parameters();
        for (const auto& item : a) QVERIFY(largestDifference(item.value(), b[item.key()]) < 1e-4);
    }
    void stepLossIsTheMeanOverTargets() {
        TinyRun run(3, 2, 0, 0);
        const auto batches = run.loader->nextStep();
        double sum = 0;
        int64_t targets = 0;
        {
            const at::NoGradGuard noGrad;
            for (const Batch& batch : batches) {
                sum += run.objective.lossSum(*run.model, batch).item<double>();
                targets += batch.targetCount;
            }
        }
        const double loss =
            trainStep(*run.model, run.objective, *run.optimizer, batches, 1e-3).item<double>();
        QVERIFY(std::abs(loss - sum / double(targets)) < 1e-5);
    }
    void checkpointingChangesNothing() {
        TinyRun plain(4, 1, 2, 0.1), saving(4, 1, 2, 0.1);
        saving.model->setGradientCheckpointing(true);
        std::vector<double> a, b;
        at::manual_seed(11);
        for (int step = 0; step < 5; ++step) a.push_back(plain.step(1e-2));
        at::manual_seed(11);
        for (int step = 0; step < 5; ++step) b.push_back(saving.step(1e-2));
        QCOMPARE(a, b);
    }
    void packedRowsLearnWhatTheyDoAlone() {
        TinyRun alone(10, 1, 0, 0), packed(10, 1, 0, 0);
        BatchLoader::Settings how;
        how.order.batchSize = 10;
        how.capacity = 20;
        packed.loader = std::make_unique<BatchLoader>(packed.rows, how);
        for (int step = 0; step < 3; ++step) QVERIFY(std::abs(packed.step(1e-2) - alone.step(1e-2)) < 1e-5);
        QVERIFY(packed.loader->nextStep().front().ids.size(0) < 5);  // of ten rows
    }
    void learns() {
        TinyRun run(10, 1, 0, 0);
        const double before = run.step(1e-2);
        double after = before;
        for (int step = 0; step < 60; ++step) after = run.step(1e-2);
        QVERIFY(after < 0.5 * before);
    }
    void callsTheOutsideAtTheRightSteps() {
        TinyRun run(4, 1, 2, 0);
        Recorded seen;
        const Schedule schedule = Schedule::make("linear", 2, 10).value();
        TrainState state;
        Trainer trainer(*run.model, run.objective, *run.optimizer, *run.loader, schedule, settingsFor(10),
                        seen.hooks());
        const auto stopped = trainer.fit(state);
        LATHE_VERIFY_OK(stopped);
        QVERIFY(!stopped.value());
        QCOMPARE(seen.evaluated, (std::vector<int64_t>{0, 4, 8, 10}));
        QCOMPARE(seen.saved, (std::vector<int64_t>{3, 6, 9, 10}));
        QCOMPARE(seen.steps.size(), std::size_t(10));
        QCOMPARE(seen.steps[0].learningRate, 0.0);
        QCOMPARE(seen.steps[2].learningRate, 1e-2);
        QCOMPARE(seen.steps[9].step, int64_t(10));
        QVERIFY(seen.steps[9].tokensPerSecond > 0 && seen.steps[9].memoryBytes == 4711);
        QVERIFY(std::abs(seen.steps[2].epoch - 1.0) < 1e-9);  // 3 steps of 4 rows cover 10 rows
        QCOMPARE(state.bestStep, int64_t(4));                 // "loss" 10 - 4 is the lowest that was given
        QCOMPARE(state.before.at("loss"), 10.0);
    }
    void savesByTime() {
        for (const double seconds : {1e-9, 1e9}) {
            TinyRun run(4, 1, 2, 0);
            Recorded seen;
            TrainerSettings settings = settingsFor(5);
            settings.saveEvery = 0;
            settings.saveSeconds = seconds;
            TrainState state;
            Trainer trainer(*run.model, run.objective, *run.optimizer, *run.loader,
                            Schedule::make("constant", 0, 5).value(), settings, seen.hooks());
            LATHE_VERIFY_OK(trainer.fit(state));
            QCOMPARE(seen.saved,
                     (seconds < 1 ? std::vector<int64_t>{1, 2, 3, 4, 5} : std::vector<int64_t>{5}));
        }
    }
    void timeThatWasPausedIsNotCounted() {
        TinyRun run(4, 1, 2, 0);
        Recorded seen;
        TrainerHooks hooks = seen.hooks();
        hooks.betweenSteps = [] { QTest::qSleep(150); };
        TrainerSettings settings = settingsFor(6);
        settings.saveEvery = settings.evalEvery = 0;
        settings.saveSeconds = 0.4;  // of three pauses; the steps take some milliseconds
        TrainState state;
        Trainer trainer(*run.model, run.objective, *run.optimizer, *run.loader,
                        Schedule::make("constant", 0, 6).value(), settings, hooks);
        LATHE_VERIFY_OK(trainer.fit(state));
        QVERIFY(state.seconds < 0.9);
        if (state.seconds < 0.4) QCOMPARE(seen.saved, (std::vector<int64_t>{6}));
    }
    void stopKeepsACheckpoint() {
        TinyRun run(4, 1, 2, 0);
        Recorded seen;
        TrainerHooks hooks = seen.hooks();
        hooks.stopAsked = [&] { return seen.steps.size() == 4; };
        TrainState state;
        Trainer trainer(*run.model, run.objective, *run.optimizer, *run.loader,
                        Schedule::make("constant", 0, 10).value(), settingsFor(10), hooks);
        const auto stopped = trainer.fit(state);
        LATHE_VERIFY_OK(stopped);
        QVERIFY(stopped.value());
        QCOMPARE(state.step, int64_t(4));
        QCOMPARE(seen.saved, (std::vector<int64_t>{3, 4}));
    }
    void anEvaluationThatWasCutIsMadeOnResume() {
        TinyRun run(4, 1, 2, 0);
        Recorded seen;
        TrainerHooks hooks = seen.hooks();
        bool stop = false;
        hooks.stopAsked = [&] { return stop; };
        hooks.evaluate = [&](int64_t step) -> Result<Judged> {
            seen.evaluated.push_back(step);
            stop = stop || step == 4;
            if (step == 4 && seen.evaluated.size() == 2) return Judged();
            return Judged({{"loss", 10.0 - double(step)}});
        };
        TrainState state;
        const auto fit = [&] {
            Trainer trainer(*run.model, run.objective, *run.optimizer, *run.loader,
                            Schedule::make("constant", 0, 10).value(), settingsFor(6), hooks);
            return trainer.fit(state);
        };
        LATHE_VERIFY_OK(fit());
        QVERIFY(state.evaluationDue);
        QCOMPARE(state.metrics.at("loss"), 10.0);
        stop = false;
        LATHE_VERIFY_OK(fit());
        QVERIFY(!state.evaluationDue);
        QCOMPARE(state.metrics.at("loss"), 6.0);
        stop = false;
        LATHE_VERIFY_OK(fit());
        QCOMPARE(seen.evaluated, (std::vector<int64_t>{0, 4, 4, 6}));
    }
    void aMetricThatIsNoNumberIsNotTheBest() {
        TinyRun run(4, 1, 2, 0);
        Recorded seen;
        seen.losses = [](int64_t step) { return step == 0 ? NAN : 10.0 - double(step); };
        TrainState state;
        Trainer trainer(*run.model, run.objective, *run.optimizer, *run.loader,
                        Schedule::make("constant", 0, 10).value(), settingsFor(4), seen.hooks());
        LATHE_VERIFY_OK(trainer.fit(state));
        QCOMPARE(state.bestStep, int64_t(4));
        QCOMPARE(state.bestMetric, 6.0);
    }
    void notANumberEndsTheRun() {
        TinyRun run(4, 1, 0, 0);
        Recorded seen;
        TrainerHooks hooks = seen.hooks();
        hooks.betweenSteps = [&] {
            const at::NoGradGuard noGrad;
            if (seen.steps.size() == 2) run.model->parameters()[0].fill_(NAN);
        };
        TrainState state;
        Trainer trainer(*run.model, run.objective, *run.optimizer, *run.loader,
                        Schedule::make("constant", 0, 10).value(), settingsFor(10), hooks);
        const auto outcome = trainer.fit(state);
        QVERIFY(!outcome.ok());
        QCOMPARE(outcome.error().code, ErrorCode::NonFinite);
        QVERIFY(outcome.error().place.find("3") != std::string::npos);
        QVERIFY(seen.saved.empty());
    }
    void evaluationIsDeterministicAndIndependentOfBatchSize() {
        TinyRun run(4, 1, 2, 0.5);
        const auto one = evaluateRows(*run.model, run.objective, run.rows, {1, 0, at::kCPU, {}});
        const auto four = evaluateRows(*run.model, run.objective, run.rows, {4, 0, at::kCPU, {}});
        QCOMPARE(evaluateRows(*run.model, run.objective, run.rows, {4, 0, at::kCPU, {}}), four);
        QVERIFY(std::abs(one.at("loss") - four.at("loss")) < 1e-5);
        QVERIFY(std::abs(one.at("perplexity") - std::exp(one.at("loss"))) < 1e-6);
        QVERIFY(run.model->is_training());
    }
    // By hand: y = [0,0,0,1,1,2], predicted [0,0,1,1,1,0]: 4 of 6 right, f1 = 2/3, 4/5 and 0.
    void classificationMetrics() {
        EvaluationSums sums;
        sums.loss = at::full({}, 3.0, at::kDouble);
        sums.targets = sums.rows = 6;
        sums.found = at::tensor({3, 2, 1, 3, 3, 0, 2, 2, 0}, at::kLong).view({3, 3});
        const auto metrics = ClassifyObjective().metrics(sums);
        QVERIFY(std::abs(metrics.at("loss") - 0.5) < 1e-12);
        QVERIFY(std::abs(metrics.at("accuracy") - 4.0 / 6) < 1e-12);
        QVERIFY(std::abs(metrics.at("macro_f1") - (2.0 / 3 + 0.8 + 0) / 3) < 1e-12);
    }
};

LATHE_TEST(TestTrainer)
#include "tst_trainer.moc"
