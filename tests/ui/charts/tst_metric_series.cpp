// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "tests/support/test_program.h"
#include "ui/charts/metric_series.h"
#include "ui/state/run_progress.h"

using namespace lathe;

class TestMetricSeries : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void aConstantStaysConstant() {
        MetricSeries series;
        series.setSmoothing(0.9);
        series.append({1, 2, 3}, {5, 5, 5});
        for (const double value : series.smoothed()) QVERIFY(std::abs(value - 5) < 1e-12);
    }

    void piecesGiveWhatTheWholeGives() {
        MetricSeries whole, pieces;
        whole.append({1, 2, 3, 4}, {4, 1, 3, 2});
        pieces.append({1}, {4});
        pieces.append({2, 3}, {1, 3});
        pieces.append({4}, {2});
        QCOMPARE(pieces.smoothed(), whole.smoothed());
    }

    void smoothingIsTheCorrectedRunningMean() {
        MetricSeries series;
        series.setSmoothing(0.5);
        series.append({1, 2}, {4, 1});
        // (0.5 * (0.5 * 4) + 0.5 * 1) / (1 - 0.25)
        QVERIFY(std::abs(series.smoothed()[1] - 2.0) < 1e-12);
        series.setSmoothing(0);
        QCOMPARE(series.smoothed(), (QList<double>{4, 1}));
    }

    void numbersThatAreNoneAreLeftOut() {
        MetricSeries series;
        series.append({1, 2, 3}, {1, std::nan(""), 2});
        QCOMPARE(series.xs(), (QList<double>{1, 3}));
    }

    void timeLeftIsTheMedianStepTimesTheRest() {
        RunProgress progress;
        QVERIFY(progress.secondsLeft() < 0);
        for (int64_t step = 1; step <= 4; ++step) {
            StepEvent event;
            event.step = step;
            event.maxSteps = 10;
            event.tokens = step * 100;
            event.tokensPerSecond = step == 1 ? 1 : 50;  // the first step is slow, as it is in life
            progress.add(event);
        }
        QVERIFY(std::abs(progress.secondsLeft() - 12) < 1e-9);
        QCOMPARE(progress.fraction(), 0.4);
    }
};

LATHE_TEST(TestMetricSeries)
#include "tst_metric_series.moc"
