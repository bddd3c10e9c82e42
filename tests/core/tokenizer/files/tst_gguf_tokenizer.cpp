// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/files/gguf_tokenizer.h"

#include "tests/core/tokenizer/tokenizer_samples.h"
#include "tests/support/support.h"

using lathe::Json;
using lathe::test::Golden;
using namespace std::string_view_literals;

// Ids from the tokenizers package 0.23 over the same vocabulary: ByteLevel alone, after Digits(individual),
// and after Split with the Llama-3 (ignore_merges on) and Qwen2 expressions.
static const std::vector<Golden> kShared = {
    {"the then", {116, 257, 258, 110}},
    {"a\tb   c \r\nx", {97, 9, 98, 260, 32, 99, 32, 13, 10, 120}},
    {"ni\303\261o e\314\201t\303\251", {110, 105, 270, 111, 32, 101, 204, 129, 116, 195, 169}},
    {"\344\275\240\345\245\275, \344\270\226\347\225\214",
     {269, 229, 165, 189, 44, 32, 228, 184, 150, 231, 149, 140}},
    {"\360\237\221\251\342\200\215\360\237\221\251\342\200\215\360\237\221\247 ok",
     {240, 159, 145, 169, 226, 128, 141, 240, 159, 145, 169,
      226, 128, 141, 240, 159, 145, 167, 32,  111, 107}},
    {"def f(x):\n\treturn x**2",
     {100, 101, 102, 32, 102, 40, 120, 41, 58, 10, 9, 114, 101, 116, 117, 114, 110, 32, 120, 42, 42, 50}},
    {"<|end|>the<|end|>\n", {274, 116, 257, 274, 10}},
    {"\000\001\177"sv, {0, 1, 127}},
    {"", {}},
    {"   ", {260, 32}}};

static constexpr auto kMixed = "Hello  world, it's 12345!\n\n  I'LL go"sv;
static const std::vector<std::pair<const char*, std::vector<int32_t>>> kMixedIds = {
    {"gpt-2", {72,  101, 262, 111, 32, 263, 264, 108, 100, 44, 267, 39, 115, 271, 50,
               273, 53,  33,  10,  10, 32,  32,  73,  39,  76, 76,  32, 103, 111}},
    {"smollm", {72, 101, 262, 111, 32, 263, 264, 108, 100, 44, 267, 39, 115, 32,  49, 50,
                51, 52,  53,  33,  10, 10,  32,  32,  73,  39, 76,  76, 32,  103, 111}},
    {"llama-bpe", {72, 101, 262, 111, 32, 263, 264, 108, 100, 44, 267, 39, 115, 32,  272,
                   51, 52,  53,  33,  10, 10,  32,  32,  73,  39, 76,  76, 32,  103, 111}},
    {"qwen2", {72, 101, 262, 111, 32, 263, 264, 108, 100, 44, 267, 39, 115, 32,  49, 50,
               51, 52,  53,  33,  10, 10,  32,  32,  73,  39, 76,  76, 32,  103, 111}}};

class TestGgufTokenizer : public QObject {
    Q_OBJECT
  private slots:
    void matchesGoldenIds() {
        for (const auto& [pre, mixed] : kMixedIds) {
            const auto tokenizer = lathe::openGgufTokenizer(lathe::test::byteLevelMetadata(pre), "x.gguf");
            LATHE_VERIFY_OK(tokenizer);
            for (const auto& golden : kShared) {
                QCOMPARE(tokenizer.value()->encode(golden.text, true).ids, golden.ids);
                QCOMPARE(tokenizer.value()->decode(golden.ids, false), std::string(golden.text));
            }
            QCOMPARE(tokenizer.value()->encode(kMixed, true).ids, mixed);
        }
    }
    void offsetsAreWholeCharacters() {
        const auto tokenizer = lathe::openGgufTokenizer(lathe::test::byteLevelMetadata("gpt-2"), "x.gguf");
        const auto encoding = tokenizer.value()->encode("the \345\245\275", false);
        QCOMPARE(encoding.offsets.size(), std::size_t(6));
        QCOMPARE(encoding.offsets[1].begin, 1u);
        QCOMPARE(encoding.offsets[1].end, 3u);
        for (std::size_t i = 3; i < 6; ++i) {
            QCOMPARE(encoding.offsets[i].begin, 4u);
            QCOMPARE(encoding.offsets[i].end, 7u);
        }
    }
    void longWordsMergeAsShortOnes() {
        const auto tokenizer = lathe::openGgufTokenizer(lathe::test::byteLevelMetadata("gpt-2"), "x.gguf");
        std::string word;
        std::vector<int32_t> ids;
        for (int i = 0; i < 200; ++i) {  // "heller": he ll er, far above the short word's limit
            word += "heller";
            ids.insert(ids.end(), {257, 262, 261});
        }
        QCOMPARE(tokenizer.value()->encode(word, false).ids, ids);
    }
    void brokenUtf8IsReadAsReplacement() {
        const auto tokenizer = lathe::openGgufTokenizer(lathe::test::byteLevelMetadata("gpt-2"), "x.gguf");
        const auto encoding = tokenizer.value()->encode("a\xFFz", false);
        QCOMPARE(encoding.ids, (std::vector<int32_t>{97, 0xEF, 0xBF, 0xBD, 122}));
        QCOMPARE(encoding.offsets.back().begin, 2u);
        QCOMPARE(tokenizer.value()->decode(std::vector<int32_t>{0xE5, 0xA5}, false),
                 std::string("\xEF\xBF\xBD"));
    }
    void streamHoldsBackHalfCharacters() {
        const auto tokenizer = lathe::openGgufTokenizer(lathe::test::byteLevelMetadata("gpt-2"), "x.gguf");
        lathe::StreamDecoder stream(*tokenizer.value());
        QCOMPARE(stream.add(116), std::string("t"));
        QCOMPARE(stream.add(0xE5), std::string());
        QCOMPARE(stream.add(0xA5), std::string());
        QCOMPARE(stream.add(0xBD), std::string("\345\245\275"));
        QCOMPARE(stream.add(0xE5), std::string());
        QCOMPARE(stream.finish(), std::string("\xEF\xBF\xBD"));
    }
    void bertVocabularyIsRestored() {
        const Json metadata = {{"tokenizer.ggml.model", "bert"},
                               {"tokenizer.ggml.tokens", {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "▁the", "n"}},
                               {"tokenizer.ggml.unknown_token_id", 1}};
        const auto tokenizer = lathe::openGgufTokenizer(metadata, "x.gguf");
        LATHE_VERIFY_OK(tokenizer);
        QCOMPARE(tokenizer.value()->encode("Then x", true).ids, (std::vector<int32_t>{2, 4, 5, 1, 3}));
        QCOMPARE(tokenizer.value()->piece(5), std::string("##n"));
    }
    void scoresOrderTheMergesOfSentencePiece() {
        Json tokens = {"<unk>", "<s>", "</s>", "▁", "a", "b", "c", "ab", "bc", "▁a"};
        const Json metadata = {{"tokenizer.ggml.model", "llama"},
                               {"tokenizer.ggml.tokens", tokens},
                               {"tokenizer.ggml.scores", {0, 0, 0, -9, -9, -9, -9, -2, -1, -3}},
                               {"tokenizer.ggml.token_type", {2, 3, 3, 1, 1, 1, 1, 1, 1, 1}},
                               {"tokenizer.ggml.bos_token_id", 1},
                               {"tokenizer.ggml.unknown_token_id", 0}};
        const auto tokenizer = lathe::openGgufTokenizer(metadata, "x.gguf");
        LATHE_VERIFY_OK(tokenizer);
        // bc has the best score, so ▁abc is ▁a + bc and not ▁ + ab + c.
        QCOMPARE(tokenizer.value()->encode("abc", true).ids, (std::vector<int32_t>{1, 9, 8}));
        QCOMPARE(tokenizer.value()->decode(std::vector<int32_t>{1, 9, 8}, true), std::string("abc"));
    }
    void refusesWhatIsWrong() {
        const auto refused = [](const char* key, const Json& value, lathe::ErrorCode code) {
            Json metadata = lathe::test::byteLevelMetadata("gpt-2");
            metadata[key] = value;
            const auto result = lathe::openGgufTokenizer(metadata, "x.gguf");
            return !result.ok() && result.error().code == code && result.error().place == "x.gguf";
        };
        using lathe::ErrorCode;
        QVERIFY(refused("tokenizer.ggml.model", "rwkv", ErrorCode::Unsupported));
        QVERIFY(refused("tokenizer.ggml.model", nullptr, ErrorCode::FileMalformed));
        QVERIFY(refused("tokenizer.ggml.pre", "made-up", ErrorCode::Unsupported));
        QVERIFY(refused("tokenizer.ggml.tokens", {1, 2}, ErrorCode::FileMalformed));
        QVERIFY(refused("tokenizer.ggml.tokens", {"a", "a"}, ErrorCode::FileMalformed));
        QVERIFY(refused("tokenizer.ggml.token_type", {1}, ErrorCode::FileMalformed));
        QVERIFY(refused("tokenizer.ggml.merges", {"x y z"}, ErrorCode::FileMalformed));
        QVERIFY(refused("tokenizer.ggml.merges", {"q nowhere"}, ErrorCode::FileMalformed));
        QVERIFY(refused("tokenizer.ggml.merges", 7, ErrorCode::FileMalformed));
    }
};

LATHE_TEST(TestGgufTokenizer)
#include "tst_gguf_tokenizer.moc"
