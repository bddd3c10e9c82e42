// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/data/encode/truncation.h"
#include "tests/core/data/byte_tokenizer.h"
#include "tests/support/support.h"

using lathe::test::ByteTokenizer;

class TestTruncation : public QObject {
    Q_OBJECT
  private slots:
    void keepsTheClosingToken() {
        const ByteTokenizer tokenizer(true);
        auto encoding = tokenizer.encode("abcdef", true);
        QVERIFY(!lathe::truncate(encoding, 8, tokenizer));
        QVERIFY(lathe::truncate(encoding, 5, tokenizer));
        QCOMPARE(encoding.ids, (std::vector<int32_t>{ByteTokenizer::kCls, 100 + 'a', 100 + 'b', 100 + 'c',
                                                     ByteTokenizer::kSep}));
        QCOMPARE(encoding.typeIds.size(), std::size_t(5));
        QCOMPARE(encoding.offsets.size(), std::size_t(5));
    }
    void cutsTheEndWithoutSpecialTokens() {
        const ByteTokenizer tokenizer(false);
        auto encoding = tokenizer.encode("abcdef", true);
        QVERIFY(lathe::truncate(encoding, 2, tokenizer));
        QCOMPARE(encoding.ids, (std::vector<int32_t>{100 + 'a', 100 + 'b'}));
    }
    // Made with the Python package tokenizers: a WordLevel model with BertProcessing,
    // enable_truncation(maximum), counting the tokens left of texts with `first` and `second` words.
    void sharesTheRoomOfTwoTexts_data() {
        QTest::addColumn<std::vector<int>>("sizes");
        for (const std::vector<int>& sizes : std::initializer_list<std::vector<int>>{{10, 3, 12, 6, 3},
                                                                                     {3, 10, 12, 3, 6},
                                                                                     {10, 10, 12, 4, 5},
                                                                                     {10, 9, 13, 5, 5},
                                                                                     {2, 30, 8, 2, 3},
                                                                                     {30, 2, 8, 3, 2},
                                                                                     {7, 7, 16, 6, 7},
                                                                                     {5, 6, 13, 5, 5},
                                                                                     {12, 1, 9, 5, 1},
                                                                                     {4, 20, 7, 2, 2}})
            QTest::addRow("%d and %d in %d", sizes[0], sizes[1], sizes[2]) << sizes;
    }
    void sharesTheRoomOfTwoTexts() {
        QFETCH(std::vector<int>, sizes);
        const ByteTokenizer tokenizer(true);
        auto encoding = tokenizer.encodePair(std::string(std::size_t(sizes[0]), 'a'),
                                             std::string(std::size_t(sizes[1]), 'b'));
        lathe::truncate(encoding, std::size_t(sizes[2]), tokenizer);
        QCOMPARE(std::count(encoding.ids.begin(), encoding.ids.end(), 100 + 'a'), sizes[3]);
        QCOMPARE(std::count(encoding.ids.begin(), encoding.ids.end(), 100 + 'b'), sizes[4]);
        QCOMPARE(std::count(encoding.ids.begin(), encoding.ids.end(), int(ByteTokenizer::kSep)), 2);
        QCOMPARE(encoding.ids.back(), int(ByteTokenizer::kSep));
        QCOMPARE(encoding.typeIds.back(), 1);
    }
    void survivesNoRoomAtAll() {
        const ByteTokenizer tokenizer(true);
        auto encoding = tokenizer.encode("abc", true);
        QVERIFY(lathe::truncate(encoding, 1, tokenizer));
        QCOMPARE(encoding.ids, (std::vector<int32_t>{ByteTokenizer::kCls, ByteTokenizer::kSep}));
    }
};

LATHE_TEST(TestTruncation)
#include "tst_truncation.moc"
