// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/batches/batch_loader.h"

#include <set>

#include "tests/support/engine_support.h"

using namespace lathe;

namespace {

std::vector<Example> numberedRows(int count) {
    std::vector<Example> rows(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
        rows[static_cast<std::size_t>(i)].ids = {i, i};
        rows[static_cast<std::size_t>(i)].label = i;
    }
    return rows;
}

std::vector<int64_t> numbers(const at::Tensor& tensor) {
    const at::Tensor flat = tensor.contiguous().to(at::kLong);
    return {flat.data_ptr<int64_t>(), flat.data_ptr<int64_t>() + flat.numel()};
}

}  // namespace

class TestBatchLoader : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void orderIsAPermutationOfSeedAndEpoch() {
        at::manual_seed(1);
        const auto order = shuffledOrder(100, 42, 0);
        at::manual_seed(2);
        QCOMPARE(shuffledOrder(100, 42, 0), order);
        QCOMPARE(std::set<int64_t>(order.begin(), order.end()).size(), std::size_t(100));
        QVERIFY(shuffledOrder(100, 42, 1) != order);
        QVERIFY(shuffledOrder(100, 43, 0) != order);
        QVERIFY(shuffledOrder(0, 1, 0).empty());
    }
    void padsAndPointsAtTargets() {
        Example a, b;
        a.ids = {5, 6, 7};
        a.targets = {kNoTarget, 6, 7};
        b.ids = {8, 9};
        b.targets = {8, 9};  // position 0 is never predicted
        const Example* rows[] = {&a, &b};
        const Batch batch = makeBatch(rows, {.padId = 1});
        QCOMPARE(numbers(batch.ids), (std::vector<int64_t>{5, 6, 7, 8, 9, 1}));
        QCOMPARE(numbers(batch.mask), (std::vector<int64_t>{1, 1, 1, 1, 1, 0}));
        QCOMPARE(numbers(batch.lengths), (std::vector<int64_t>{3, 2}));
        QCOMPARE(numbers(batch.lossRows), (std::vector<int64_t>{0, 1, 3}));
        QCOMPARE(numbers(batch.lossTargets), (std::vector<int64_t>{6, 7, 9}));
        QCOMPARE(numbers(batch.positions), (std::vector<int64_t>{0, 1, 2, 0, 1, 2}));
        QCOMPARE(batch.targetCount, int64_t(3));
        QCOMPARE(batch.tokens, int64_t(5));
        QVERIFY(!batch.typeIds.defined() && !batch.labels.defined());
    }
    void packedTextsCountTheirOwnPositions() {
        std::vector<Example> rows(3);
        rows[0].ids = rows[0].targets = {5, 6, 7};
        rows[1].ids = rows[1].targets = {8, 9};
        rows[2].ids = rows[2].targets = {1, 2, 3, 4};
        BatchLoader::Settings how;
        how.order.batchSize = 2;
        how.capacity = 5;
        const Batch batch = BatchLoader(rows, how).nextStep().front();
        QCOMPARE(batch.tokens, int64_t(9));
        QCOMPARE(batch.targetCount, int64_t(6));
        QCOMPARE(batch.longest, int64_t(4));
        const int64_t whole = batch.lengths[0].item<int64_t>() == 5 ? 0 : 1;  // in the order of the seed
        QCOMPARE(numbers(batch.documents[whole]), (std::vector<int64_t>{0, 0, 0, 1, 1}));
        QCOMPARE(numbers(batch.positions[whole]), (std::vector<int64_t>{0, 1, 2, 0, 1}));
        QCOMPARE(numbers(batch.documents[1 - whole]), (std::vector<int64_t>{0, 0, 0, 0, -1}));
    }
    void pairsAreRowsBelowEachOther() {
        Example a, b;
        a.ids = {5, 6, 7};
        a.targets = {kNoTarget, 6, 7};
        a.rejected = {{5, 9}, {}, {kNoTarget, 9}, ""};
        a.reference = {-1.5, -2.5};
        a.margin = 0.25;
        b.ids = {8, 4};
        b.targets = {kNoTarget, 4};
        b.rejected = {{8, 3, 2}, {}, {kNoTarget, 3, 2}, ""};
        b.reference = {-3, -4};
        const Example* rows[] = {&a, &b};
        const Batch batch = makeBatch(rows, {.padId = 1});
        QCOMPARE(numbers(batch.ids), (std::vector<int64_t>{5, 6, 7, 8, 4, 1, 5, 9, 1, 8, 3, 2}));
        QCOMPARE(numbers(batch.lossRows), (std::vector<int64_t>{0, 1, 3, 6, 9, 10}));
        QCOMPARE(numbers(batch.targetRows), (std::vector<int64_t>{0, 0, 1, 2, 3, 3}));
        QCOMPARE(numbers(batch.answerTokens), (std::vector<int64_t>{2, 1, 1, 2}));
        QCOMPARE(numbers(batch.reference * 2), (std::vector<int64_t>{-3, -6, -5, -8}));
        QCOMPARE(batch.targetCount, int64_t(2));
        QCOMPARE(batch.tokens, int64_t(10));
        // With a soft prompt in front every row is wider.
        const Batch behind = makeBatch(rows, {.padId = 1, .promptTokens = 2});
        QCOMPARE(numbers(behind.targetRows), numbers(batch.targetRows));
        const Batch judged = makeBatch(rows, {.padId = 1, .head = HeadKind::SequenceClassification});
        QCOMPARE(judged.targetCount, int64_t(2));
        QCOMPARE(numbers(judged.margins * 4), (std::vector<int64_t>{1, 0}));
        QVERIFY(!judged.labels.defined() && !judged.lossRows.defined());
    }
    void firstStepsNameTheirRows() {
        const auto rows = numberedRows(10);
        BatchLoader loader(rows, {{.batchSize = 2, .accumulation = 2, .seed = 3}, {}, {}});
        auto first = loader.order.rowsOfFirst(2);
        std::set<int64_t> named(first.begin(), first.end()), seen;
        for (int step = 0; step < 2; ++step)
            for (const Batch& batch : loader.nextStep())
                for (const int64_t id : numbers(batch.ids)) seen.insert(id);
        QCOMPARE(first.size(), std::size_t(8));
        QCOMPARE(named, seen);
        QCOMPARE(loader.order.rowsOfFirst(3).size(), std::size_t(10));
    }
    void equalLengthsNeedNoMask() {
        Example a, b;
        a.ids = {5, 6};
        a.typeIds = {0, 1};
        a.label = 1;
        b.ids = {7, 8};
        b.typeIds = {0, 0};
        b.label = 0;
        const Example* rows[] = {&a, &b};
        const Batch batch = makeBatch(rows, {.head = HeadKind::SequenceClassification});
        QVERIFY(!batch.mask.defined());
        QCOMPARE(numbers(batch.typeIds), (std::vector<int64_t>{0, 1, 0, 0}));
        QCOMPARE(numbers(batch.labels), (std::vector<int64_t>{1, 0}));
        QCOMPARE(batch.targetCount, int64_t(2));
    }
    void severalLabelsAndNumbersAreWantedOfEachOutput() {
        Example a, b;
        a.ids = b.ids = {5, 6};
        a.labels = {0, 2};
        b.labels.emplace();
        const Example* rows[] = {&a, &b};
        const Batch several = makeBatch(rows, {.head = HeadKind::SequenceClassification, .outputs = 3});
        QCOMPARE(numbers(several.wanted), (std::vector<int64_t>{1, 0, 1, 0, 0, 0}));
        QVERIFY(several.wanted.dtype() == at::kFloat && several.wanted.size(0) == 2 &&
                !several.labels.defined());
        QCOMPARE(several.targetCount, int64_t(2));
        a.value = 2.5;
        b.value = -1;
        const Batch valued = makeBatch(rows, {.head = HeadKind::SequenceClassification, .outputs = 1});
        QCOMPARE(numbers(valued.wanted * 2), (std::vector<int64_t>{5, -2}));
        QCOMPARE(valued.wanted.size(1), int64_t(1));
    }
    void anEpochShowsEveryRowOnce() {
        const auto rows = numberedRows(10);
        BatchLoader::Settings settings;
        settings.order.batchSize = 2;
        settings.batch.head = HeadKind::SequenceClassification;
        settings.order.accumulation = 2;
        BatchLoader loader(rows, settings);
        QCOMPARE(loader.order.stepsPerEpoch(), int64_t(3));
        QCOMPARE(loader.order.totalSteps(2, 0), int64_t(6));
        QCOMPARE(loader.order.totalSteps(0.5, 0), int64_t(2));
        QCOMPARE(loader.order.totalSteps(2, 4), int64_t(4));
        for (int epoch = 0; epoch < 2; ++epoch) {
            std::multiset<int64_t> seen;
            std::vector<std::size_t> sizes;
            for (int step = 0; step < 3; ++step) {
                const auto batches = loader.nextStep();
                sizes.push_back(batches.size());
                for (const Batch& batch : batches)
                    for (const int64_t label : numbers(batch.labels)) seen.insert(label);
            }
            QCOMPARE(sizes, (std::vector<std::size_t>{2, 2, 1}));  // the last partial group is kept
            QCOMPARE(seen.size(), std::size_t(10));
            QCOMPARE(std::set<int64_t>(seen.begin(), seen.end()).size(), std::size_t(10));
        }
    }
    void cursorGoesOnWhereItStood() {
        const auto rows = numberedRows(7);
        BatchLoader::Settings settings;
        settings.order.batchSize = 2;
        settings.batch.head = HeadKind::SequenceClassification;
        settings.order.seed = 9;
        BatchLoader first(rows, settings), second(rows, settings);
        for (int step = 0; step < 6; ++step) (void)first.nextStep();
        QVERIFY(second.order.restore(first.order.cursor()));
        for (int step = 0; step < 6; ++step)
            QCOMPARE(numbers(second.nextStep()[0].labels), numbers(first.nextStep()[0].labels));
        QVERIFY(!second.order.restore({0, 8}));
        QVERIFY(!second.order.restore({-1, 0}));
    }
};

LATHE_TEST(TestBatchLoader)
#include "tst_batch_loader.moc"
