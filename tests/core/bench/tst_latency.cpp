// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bench/latency.h"

#include "tests/support/tiny_base.h"

using namespace lathe;
using namespace lathe::test;

class TestLatency : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void allCasesAreTimedInTurns() {
        TemporaryFolder folder;
        LatencySettings settings;
        settings.model = writeTinyBase(folder, *smallBert(), smallBertConfig()).string();
        settings.device = "cpu";
        settings.batch = 2;
        settings.length = 6;
        settings.steps = 4;
        settings.warmup = 1;
        const auto cases = measureLatency(settings);
        LATHE_VERIFY_OK(cases);
        std::vector<std::string> found;
        for (const LatencyCase& item : cases.value()) {
            found.push_back(item.name);
            QCOMPARE(item.millis.size(), std::size_t(4));
            QVERIFY(item.smallest > 0 && item.smallest <= item.median && item.median <= item.largest);
            QVERIFY(std::abs(item.ratio - item.median / cases.value().front().median) < 1e-12);
        }
        QVERIFY(found == (std::vector<std::string>{"base", "lora", "lora_merged", "bottleneck"}));
        settings.length = 17;  // the context is 16
        QVERIFY(!measureLatency(settings).ok());
    }
};

LATHE_TEST(TestLatency)
#include "tst_latency.moc"
