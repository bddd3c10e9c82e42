// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/files/sentencepiece_check.h"

#include <limits>

#include "core/base/files.h"
#include "core/tokenizer/tokenizer.h"
#include "tests/core/tokenizer/piece_model.h"
#include "tests/support/support.h"

using lathe::test::field;
using lathe::test::piece;

/// A unigram model with three special pieces and a few words.
static std::string goodModel() {
    return piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3) + piece("▁the", -1, 1) +
           piece("▁", -3, 1) + piece("n", -2, 1) + field(2, 2, field(3, 0, "\x01")) +
           field(3, 2, field(1, 2, "identity"));
}

class TestSentencePieceCheck : public QObject {
    Q_OBJECT
  private slots:
    void soundModelsOpenAndEncode() {
        LATHE_VERIFY_OK(lathe::tok::checkSentencePieceModel(goodModel(), "m"));
        const lathe::test::TemporaryFolder folder;
        folder.write("tokenizer.model", goodModel());
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        const auto encoding = tokenizer.value()->encode("then</s>the", true);
        QCOMPARE(encoding.ids, (std::vector<int32_t>{1, 3, 5, 2, 3}));
        QCOMPARE(encoding.offsets[2].begin, 3u);
        QCOMPARE(encoding.offsets[4].begin, 8u);
        QCOMPARE(tokenizer.value()->decode(encoding.ids, true), std::string("then the"));
        QCOMPARE(tokenizer.value()->kind(), std::string("sentencepiece"));
    }
    void controlPiecesAreTextInPlainRanges() {
        const lathe::test::TemporaryFolder folder;
        folder.write("tokenizer.model",
                     goodModel() + piece("</", -2, 1) + piece("s", -2, 1) + piece(">", -2, 1));
        folder.write("tokenizer_config.json",
                     R"({"added_tokens_decoder": {"9": {"content": "n<go>", "normalized": false}}})");
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        const std::vector<lathe::TextSpan> plain{{3, 7}, {11, 16}};
        QCOMPARE(tokenizer.value()->encode("the</s></s>n<go>", false, plain).ids,
                 (std::vector<int32_t>{3, 6, 7, 8, 2, 9}));
        const std::vector<std::pair<std::string, int32_t>> control{{"<unk>", 0}, {"<s>", 1}, {"</s>", 2}};
        QCOMPARE(tokenizer.value()->controlTokens(), control);
    }
    void refusesEveryTruncation() {
        // A cut between two fields leaves a shorter sound model; every other cut must be seen.
        const std::string model = goodModel();
        int sound = 0;
        for (std::size_t size = 0; size < model.size(); ++size)
            sound += lathe::tok::checkSentencePieceModel(std::string_view(model).substr(0, size), "m").ok()
                         ? 1
                         : 0;
        QCOMPARE(sound, 7);  // after each of six pieces and after the trainer's field
    }
    void refusesDangerousPieces() {
        const auto refused = [](const std::string& more) {
            return !lathe::tok::checkSentencePieceModel(goodModel() + more, "m").ok();
        };
        QVERIFY(refused(piece(std::string(200'000, 'x'), 0, 1)));
        QVERIFY(refused(piece("", 0, 1)));
        QVERIFY(refused(piece("▁the", 0, 1)));
        QVERIFY(refused(piece("q", std::numeric_limits<float>::quiet_NaN(), 1)));
        QVERIFY(refused("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"));
        QVERIFY(!refused(piece(std::string("a\0b", 3), 0, 1)));
    }
    void refusesMapsThatLeadOutside() {
        // One trie unit whose offset points far beyond the table.
        std::string map = {4, 0, 0, 0};
        const uint32_t unit = 0xFFFFFu << 10;
        map.append(reinterpret_cast<const char*>(&unit), sizeof unit);
        map += '\0';
        QVERIFY(!lathe::tok::checkSentencePieceModel(goodModel() + field(3, 2, field(2, 2, map)), "m").ok());
        QVERIFY(!lathe::tok::checkSentencePieceModel(
                     goodModel() + field(3, 2, field(2, 2, "\xFF\xFF\xFF\xFF")), "m")
                     .ok());
    }
};

LATHE_TEST(TestSentencePieceCheck)
#include "tst_sentencepiece_check.moc"
