// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens of the files next to a vocabulary, and the blanks between the stretches of a sentencepiece model.
// Ids and decoded texts from transformers 5.23 over the same files.

#include "core/tokenizer/tokenizer.h"
#include "tests/core/tokenizer/piece_model.h"
#include "tests/support/support.h"

using lathe::Json;
using lathe::Tokenizer;
using lathe::test::TemporaryFolder;

using Ids = std::vector<int32_t>;

using lathe::test::field;
using lathe::test::piece;

/// BPE; [X] is a user-defined piece; extra blanks stay.
static std::string blankModel() {
    return piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3) + piece("[X]", 0, 4) +
           piece("▁a", -1, 1) + piece("ab", -2, 1) + piece("▁ab", -3, 1) + piece("▁", -4, 1) +
           piece("a", -5, 1) + piece("b", -6, 1) + field(2, 2, field(3, 0, "\x02")) +
           field(3, 2, field(1, 2, "identity") + field(4, 0, std::string(1, '\0')));
}

static lathe::Result<std::unique_ptr<Tokenizer>> openWith(const Json& config) {
    const TemporaryFolder folder;
    folder.write("tokenizer.model", blankModel());
    folder.write("added_tokens.json", R"({"<end>": 11, "<go>": 10})");
    Json whole = {{"bos_token", "<s>"}, {"eos_token", "</s>"}, {"unk_token", "<unk>"}};
    whole.update(config);
    folder.write("tokenizer_config.json", whole.dump());
    return lathe::openTokenizerFolder(folder.path());
}

struct Row {
    const char* text;
    Ids first, always, never;
    const char *decodedFirst, *decodedAlways;
};

static const std::vector<Row> kRows = {
    {"ab", {6}, {6}, {5}, "ab", "ab"},
    {"<s>ab</s> ab", {1, 5, 2, 6}, {1, 6, 2, 6}, {1, 5, 2, 6}, "<s>ab</s> ab", "<s> ab</s> ab"},
    {"</s></s>a", {2, 2, 8}, {2, 2, 4}, {2, 2, 8}, "</s></s>a", "</s></s> a"},
    {" a b ", {4, 7, 9, 7}, {4, 7, 9, 7}, {4, 7, 9, 7}, "a b ", "a b "},
    {"[X] a[X]b", {3, 4, 3, 9}, {3, 4, 3, 7, 9}, {3, 4, 3, 9}, "[X] a[X]b", "[X] a[X] b"},
    {"<go>a<end> b",
     {10, 8, 11, 7, 9},
     {10, 4, 11, 7, 9},
     {10, 8, 11, 7, 9},
     "<go>a<end> b",
     "<go> a<end> b"},
    {"  ", {7, 7}, {7, 7}, {7, 7}, " ", " "},
    {" <s> </s>", {7, 1, 7, 2}, {7, 1, 7, 2}, {7, 1, 7, 2}, "<s> </s>", "<s> </s>"},
    {"▁a", {4}, {4}, {4}, "a", "a"}};

static std::string wordJson(const Json& added) {
    return Json{
        {"added_tokens", added},
        {"pre_tokenizer", {{"type", "WhitespaceSplit"}}},
        {"model",
         {{"type", "WordLevel"}, {"unk_token", "?"}, {"vocab", {{"?", 0}, {"a", 1}, {"b", 2}, {"<e>", 3}}}}}}
        .dump();
}

class TestSideTokens : public QObject {
    Q_OBJECT
  private slots:
    void blanksBetweenMarks() {
        const auto check = [](const Json& config, Ids Row::*ids, const char* Row::*decoded) {
            const auto tokenizer = openWith(config);
            LATHE_VERIFY_OK(tokenizer);
            for (const Row& row : kRows) {
                const auto encoding = tokenizer.value()->encode(row.text, false);
                QCOMPARE(encoding.ids, row.*ids);
                QCOMPARE(encoding.offsets.back().end, uint32_t(std::strlen(row.text)));
                QCOMPARE(tokenizer.value()->decode(row.*ids, false),
                         std::string(decoded                 ? row.*decoded
                                     : row.text[0] == '\xE2' ? " a"
                                                             : row.text));
            }
        };
        check({{"tokenizer_class", "LlamaTokenizer"}, {"legacy", false}}, &Row::first, &Row::decodedFirst);
        check({{"tokenizer_class", "LlamaTokenizer"}}, &Row::first, &Row::decodedFirst);
        check({{"tokenizer_class", "LlamaTokenizerFast"}, {"legacy", true}}, &Row::always,
              &Row::decodedAlways);
        check({{"tokenizer_class", "LlamaTokenizer"}, {"add_prefix_space", false}}, &Row::never, nullptr);
        check({{"tokenizer_class", "GemmaTokenizer"}}, &Row::never, nullptr);
    }
    void theArchitectureTellsTheClass() {
        const TemporaryFolder folder;
        folder.write("tokenizer.model", blankModel());
        folder.write("config.json", R"({"model_type": "llama"})");
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        QCOMPARE(tokenizer.value()->encode("<s>ab</s> ab", false).ids, (Ids{1, 5, 2, 6}));
    }
    void shiftedIdsAreRefused() {
        const auto refused = openWith({{"tokenizer_class", "XLMRobertaTokenizer"}});
        QVERIFY(!refused.ok());
        QCOMPARE(refused.error().code, lathe::ErrorCode::Unsupported);
        QVERIFY(refused.error().hint.find("tokenizer.json") != std::string::npos);
    }
    void extraIdsFollowThePieces() {
        const auto tokenizer = openWith({{"tokenizer_class", "T5Tokenizer"}, {"extra_ids", 3}});
        LATHE_VERIFY_OK(tokenizer);
        // Those of added_tokens.json come behind them.
        QCOMPARE(tokenizer.value()->idOf("<go>"), std::optional<int32_t>(13));
        QCOMPARE(tokenizer.value()->idOf("<extra_id_0>"), std::optional<int32_t>(12));
        QCOMPARE(tokenizer.value()->encode("<extra_id_2>a  b", false).ids, (Ids{10, 4, 7, 9}));
    }
    void tokensNextToTokenizerJson() {
        const TemporaryFolder folder;
        folder.write("tokenizer.json", wordJson(Json::array()));
        folder.write("tokenizer_config.json",
                     R"({"added_tokens_decoder": {"4": {"content": "<t>", "special": true},
                         "5": {"content": "<u>"}}, "eos_token": "<e>", "pad_token": "<p>"})");
        const auto made = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(made);
        const Tokenizer& tokenizer = *made.value();
        QCOMPARE(tokenizer.encode("<t>a<u>b<e>", false).ids, (Ids{4, 1, 5, 2, 3}));
        QVERIFY(tokenizer.isSpecial(4) && !tokenizer.isSpecial(5) && tokenizer.isSpecial(3));
        QCOMPARE(tokenizer.specialTokens().pad, std::optional<int32_t>(6));
        QCOMPARE(tokenizer.notes().size(), std::size_t(1));
        QCOMPARE(tokenizer.notes()[0].code, std::string("token_added"));
    }
    void addedTokensFileAlone() {
        const TemporaryFolder folder;
        folder.write("tokenizer.json", wordJson(Json::array()));
        folder.write("added_tokens.json", R"({"<t>": 4, "<u>": 5})");
        folder.write("special_tokens_map.json", R"({"additional_special_tokens": ["<t>"]})");
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        QCOMPARE(tokenizer.value()->encode("b<u><t>", false).ids, (Ids{2, 5, 4}));
        QVERIFY(tokenizer.value()->isSpecial(4) && !tokenizer.value()->isSpecial(5));
        QVERIFY(tokenizer.value()->notes().empty());
        folder.write("added_tokens.json", R"({"<t>": "four"})");
        QVERIFY(!lathe::openTokenizerFolder(folder.path()).ok());
    }
    void theVocabularyDecidesAboutIds() {
        const TemporaryFolder folder;
        folder.write("tokenizer.json", wordJson({{{"id", 4}, {"content", "<t>"}, {"special", true}}}));
        // <t> has another id, <v> wants one that is taken, and <w> one far away.
        folder.write("tokenizer_config.json",
                     R"({"added_tokens_decoder": {"1": {"content": "<v>", "special": true},
                         "7": {"content": "<t>", "special": true}, "90": {"content": "<w>"}}})");
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        QCOMPARE(tokenizer.value()->encode("<t>a<v><w>", false).ids, (Ids{4, 1, 5, 6}));
        QCOMPARE(tokenizer.value()->notes().size(), std::size_t(3));
        for (const auto& note : tokenizer.value()->notes())
            QCOMPARE(note.code, std::string("token_id_differs"));
    }
};

LATHE_TEST(TestSideTokens)
#include "tst_side_tokens.moc"
