// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include "core/base/split_mix.h"
#include "core/data/encode/packing.h"
#include "tests/support/support.h"

using namespace lathe;
using Groups = std::vector<std::vector<int64_t>>;

namespace {

std::vector<Example> rowsOf(const std::vector<std::size_t>& lengths) {
    std::vector<Example> rows(lengths.size());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].ids.assign(lengths[i], static_cast<int32_t>(i));
    return rows;
}

}  // namespace

class TestPacking : public QObject {
    Q_OBJECT
  private slots:
    void theLongestFirstWhereItFitsBest() {
        QCOMPARE(bestFit(rowsOf({7, 3, 5, 2, 6, 1}), 8), (Groups{{0, 5}, {4, 3}, {2, 1}}));
        // 2 goes to the sequence with exactly its room, not to the first one.
        QCOMPARE(bestFit(rowsOf({5, 6, 2}), 8), (Groups{{1, 2}, {0}}));
        QCOMPARE(bestFit(rowsOf({9, 4, 4}), 8), (Groups{{0}, {1, 2}}));
        QCOMPARE(bestFit({}, 8), Groups());
    }
    void everyRowOnceAndNoneTooMany() {
        SplitMix random(3);
        std::vector<std::size_t> lengths(500);
        for (auto& length : lengths) length = 1 + random.below(60);
        const Groups groups = bestFit(rowsOf(lengths), 64);
        std::set<int64_t> seen;
        std::vector<std::size_t> filled;
        for (const auto& group : groups) {
            filled.push_back(0);
            for (const int64_t row : group) {
                QVERIFY(seen.insert(row).second);
                filled.back() += lengths[std::size_t(row)];
            }
            QVERIFY(filled.back() <= 64);
        }
        QCOMPARE(seen.size(), lengths.size());
        // No two of the sequences would have had room in one.
        std::sort(filled.begin(), filled.end());
        QVERIFY(filled[0] + filled[1] > 64);
    }
    void noneIsPredictedFromTheOneBefore() {
        Example a, b;
        a.ids = a.targets = {5, 6, 7};
        b.ids = {8, 9};
        b.targets = {8, kNoTarget};
        const Example both = joined({&a, &b});
        QCOMPARE(both.ids, (std::vector<int32_t>{5, 6, 7, 8, 9}));
        QCOMPARE(both.targets, (std::vector<int32_t>{kNoTarget, 6, 7, kNoTarget, kNoTarget}));
        QCOMPARE(both.documents, (std::vector<int64_t>{3, 2}));
    }
};

LATHE_TEST(TestPacking)
#include "tst_packing.moc"
