// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/optim/schedule.h"

#include "tests/support/engine_support.h"

using namespace lathe;

class TestSchedule : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void followsTransformers_data() {
        QTest::addColumn<int>("step");
        QTest::addColumn<double>("linear");
        QTest::addColumn<double>("cosine");
        // get_linear_schedule_with_warmup and get_cosine_schedule_with_warmup, warm-up 10 of 100.
        QTest::newRow("first") << 0 << 0.0 << 0.0;
        QTest::newRow("second") << 1 << 0.1 << 0.1;
        QTest::newRow("half warm") << 5 << 0.5 << 0.5;
        QTest::newRow("warm") << 10 << 1.0 << 1.0;
        QTest::newRow("50") << 50 << 0.5555555556 << 0.586824088833;
        QTest::newRow("middle") << 55 << 0.5 << 0.5;
        QTest::newRow("last") << 99 << 0.0111111111 << 0.000304586490;
        QTest::newRow("after") << 100 << 0.0 << 0.0;
    }
    void followsTransformers() {
        QFETCH(int, step);
        QFETCH(double, linear);
        QFETCH(double, cosine);
        QVERIFY(std::abs(Schedule::make("linear", 10, 100).value().factor(step) - linear) < 1e-9);
        QVERIFY(std::abs(Schedule::make("cosine", 10, 100).value().factor(step) - cosine) < 1e-9);
    }
    void constantStaysAfterWarmup() {
        const Schedule schedule = Schedule::make("constant", 2, 10).value();
        QCOMPARE(schedule.factor(0), 0.0);
        QCOMPARE(schedule.factor(1), 0.5);
        QCOMPARE(schedule.factor(2), 1.0);
        QCOMPARE(schedule.factor(9), 1.0);
        QCOMPARE(Schedule::make("constant", 0, 10).value().factor(0), 1.0);
    }
    void theHighestFactorIsThatOfTheSteps() {
        for (const char* kind : {"constant", "linear", "cosine"})
            for (const int total : {1, 2, 3, 7, 50})
                for (int warmup = 0; warmup < 60; ++warmup) {
                    const Schedule schedule = Schedule::make(kind, warmup, total).value();
                    double highest = 0;
                    for (int step = 0; step < total; ++step)
                        highest = std::max(highest, schedule.factor(step));
                    QCOMPARE(schedule.highestFactor(), highest);
                    QCOMPARE(highest == 0, warmup > 0 && total == 1);
                    QCOMPARE(highest < 1, warmup >= total);
                }
        QCOMPARE(Schedule::make("linear", 1'000'000'000, 2'000'000'000).value().highestFactor(), 1.0);
    }
    void refusesUnknownAndMakesAllListed() {
        QCOMPARE(Schedule::make("stairs", 0, 10).error().code, ErrorCode::Unsupported);
        for (const CatalogEntry& entry : scheduleEntries())
            LATHE_VERIFY_OK(Schedule::make(entry.name, 0, 10));
    }
};

LATHE_TEST(TestSchedule)
#include "tst_schedule.moc"
