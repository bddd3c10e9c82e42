// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "core/tokenizer/files/tokenizer_files.h"
#include "tests/core/tokenizer/tokenizer_samples.h"
#include "tests/support/support.h"

using lathe::Json;
using lathe::test::Golden;
using lathe::test::TemporaryFolder;
using namespace std::string_view_literals;

// Ids from the tokenizers package 0.23 over the same vocabularies (BertNormalizer + BertPreTokenizer +
// BertProcessing; Unigram with NFKC and Metaspace; BPE with byte fallback, Prepend and Replace).
static const std::vector<Golden> kWordPieceIds = {
    {"the then", {2, 5, 5, 6, 3}},
    {"Hello  world, it's 12345!\n\n  I'LL go", {2, 7, 8, 17, 9, 10, 11, 22, 23, 18, 20, 10, 1, 19, 3}},
    {"a\tb   c \r\nx", {2, 24, 25, 26, 27, 3}},
    {"ni\303\261o e\314\201t\303\251", {2, 12, 13, 14, 3}},
    {"\344\275\240\345\245\275, \344\270\226\347\225\214", {2, 15, 16, 17, 1, 1, 3}},
    {"\360\237\221\251\342\200\215\360\237\221\251\342\200\215\360\237\221\247 ok", {2, 1, 36, 3}},
    {"def f(x):\n\treturn x**2", {2, 28, 29, 30, 27, 31, 32, 33, 27, 34, 34, 35, 3}},
    {"\000\001\177"sv, {2, 3}},
    {"", {2, 3}},
    {"[MASK] the [SEP]", {2, 4, 5, 3, 3}}};

static const std::vector<Golden> kUnigramIds = {
    {"the then", {2, 2, 3}},
    {"Hello  world, it's 12345!\n\n  I'LL go",
     {1, 0, 11, 7, 1, 1, 0, 7, 0, 8, 0, 1, 14, 10, 0, 1, 0, 1, 1, 0, 1, 0, 7}},
    {"ni\303\261o e\314\201t\303\251", {1, 3, 14, 0, 7, 1, 0, 10, 0}},
    {"\344\275\240\345\245\275, \344\270\226\347\225\214", {1, 13, 0, 1, 0}},
    {"\000\001\177"sv, {1, 0}},
    {"", {}},
    {"   ", {1, 1, 1}},
    {"[MASK] the [SEP]", {1, 0, 2, 1, 0}}};

static const std::vector<Golden> kFallbackIds = {
    {"the then", {268, 268, 263}},
    {"Hello  world, it's 12345!\n\n  I'LL go",
     {259, 75, 262, 269, 265, 259, 259, 122, 265, 117, 264, 103, 47, 259, 108, 260, 42,  118,
      259, 52, 53,  54,  55,  56,  36,  13,  13,  259, 259, 76,  42, 79,  79,  259, 106, 265}},
    {"\344\275\240\345\245\275, \344\270\226\347\225\214",
     {259, 231, 192, 163, 232, 168, 192, 47, 259, 231, 187, 153, 234, 152, 143}},
    {"\000\001\177"sv, {259, 3, 4, 130}},
    {"", {}},
    {"   ", {259, 259, 259, 259}}};

static std::string unigramJson() {
    // A list of [text, number] in braces would become an object, so the pairs are put in one by one.
    const std::pair<const char*, double> pieces[] = {
        {"<unk>", 0.0}, {"▁", -2.0},   {"▁the", -3.0},   {"n", -4.0},  {"▁h", -4.5},
        {"e", -4.0},    {"ll", -4.2},  {"o", -4.1},      {"l", -4.4},  {"h", -5.0},
        {"t", -5.0},    {"ell", -5.5}, {"▁hello", -9.9}, {"你", -6.0}, {"i", -4.0}};
    Json vocab = Json::array();
    for (const auto& [piece, score] : pieces) vocab.push_back(Json::array({piece, score}));
    return Json{
        {"normalizer", {{"type", "NFKC"}}},
        {"pre_tokenizer", {{"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", "always"}}},
        {"decoder", {{"type", "Metaspace"}}},
        {"model", {{"type", "Unigram"}, {"unk_id", 0}, {"vocab", vocab}}}}
        .dump();
}

static Json fallbackJson() {
    Json vocab = {{"<unk>", 0}, {"<s>", 1}, {"</s>", 2}};
    for (int byte = 0; byte < 256; ++byte)
        vocab
            [QString("<0x%1>").arg(byte, 2, 16, QLatin1Char('0')).toUpper().replace("X", "x").toStdString()] =
                3 + byte;
    int id = 259;
    for (const char* piece : {"▁", "t", "h", "e", "n", "l", "o", "th", "the", "▁the", "ll"})
        vocab[piece] = id++;
    const Json replace = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "▁"}};
    const Json back = {{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}};
    const Json strip = {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}};
    return {
        {"normalizer",
         {{"type", "Sequence"}, {"normalizers", {{{"type", "Prepend"}, {"prepend", "▁"}}, replace}}}},
        {"decoder",
         {{"type", "Sequence"}, {"decoders", {back, {{"type", "ByteFallback"}}, {{"type", "Fuse"}}, strip}}}},
        {"model",
         {{"type", "BPE"},
          {"unk_token", "<unk>"},
          {"fuse_unk", true},
          {"byte_fallback", true},
          {"vocab", vocab},
          {"merges", {Json::array({"t", "h"}), "th e", "▁ the", "l l"}}}}};
}

static void compareAll(const lathe::Tokenizer& tokenizer, const std::vector<Golden>& goldens) {
    for (const auto& golden : goldens) QCOMPARE(tokenizer.encode(golden.text, true).ids, golden.ids);
}

class TestTokenizerFolder : public QObject {
    Q_OBJECT
  private slots:
    void readsWordPieceVocabulary() {
        const TemporaryFolder folder;
        folder.write("vocab.txt", std::string(lathe::test::kWordPieces));
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        compareAll(*tokenizer.value(), kWordPieceIds);
        QCOMPARE(tokenizer.value()->specialTokens().cls, std::optional<int32_t>(2));
        QCOMPARE(tokenizer.value()->decode(std::vector<int32_t>{2, 12, 13, 14, 17, 8, 18, 3}, true),
                 std::string("nino ete, world!"));

        const auto pair = tokenizer.value()->encodePair("the then", "hello!");
        QCOMPARE(pair.ids, (std::vector<int32_t>{2, 5, 5, 6, 3, 7, 18, 3}));
        QCOMPARE(pair.typeIds, (std::vector<int32_t>{0, 0, 0, 0, 0, 1, 1, 1}));
        QCOMPARE(pair.offsets[2].begin, 4u);
        QCOMPARE(pair.offsets[3].end, 8u);
        QCOMPARE(pair.offsets[6].begin, 5u);
    }
    void readsUnigram() {
        const TemporaryFolder folder;
        folder.write("tokenizer.json", unigramJson());
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        compareAll(*tokenizer.value(), kUnigramIds);
        QCOMPARE(tokenizer.value()->decode(std::vector<int32_t>{2, 3, 12}, true), std::string("then hello"));
    }
    void readsByteFallback() {
        const TemporaryFolder folder;
        folder.write("tokenizer.json", fallbackJson().dump());
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        compareAll(*tokenizer.value(), kFallbackIds);
        for (const auto& golden : kFallbackIds)
            QCOMPARE(tokenizer.value()->decode(golden.ids, true), std::string(golden.text));
    }
    void streamsBytePiecesAsWholeCharacters() {
        const TemporaryFolder folder;
        folder.write("tokenizer.json", fallbackJson().dump());
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        const auto ids = tokenizer.value()->encode("the 你好 👩‍👧 then é", false).ids;
        lathe::StreamDecoder stream(*tokenizer.value());
        std::string text;
        for (const int32_t id : ids) {
            const std::string piece = stream.add(id);
            QVERIFY(lathe::tok::isValidUtf8(piece) && piece.find("\uFFFD") == std::string::npos);
            text += piece;
        }
        QCOMPARE(text, tokenizer.value()->decode(ids, true));
        QCOMPARE(stream.add(*tokenizer.value()->idOf("<0xE4>")), std::string());
        QCOMPARE(stream.finish(), std::string("\uFFFD"));
    }
    void exportedGgufVocabularyReadsTheSame() {
        const TemporaryFolder folder;
        Json metadata = lathe::test::byteLevelMetadata("smollm");
        metadata["tokenizer.chat_template"] = "{{ messages }}";
        LATHE_VERIFY_OK(lathe::writeTokenizerFiles(metadata, {}, folder.path()));
        const auto written = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(written);
        const auto direct = lathe::openGgufTokenizer(metadata, "x.gguf");
        for (const char* text : {"the 12345 <|end|> it's", "你好 ñ", ""})
            QCOMPARE(written.value()->encode(text, true).ids, direct.value()->encode(text, true).ids);
        QCOMPARE(written.value()->specialTokens().eos, std::optional<int32_t>(274));
        QCOMPARE(written.value()->chatTemplate(), std::string("{{ messages }}"));

        const TemporaryFolder copy;
        LATHE_VERIFY_OK(lathe::writeTokenizerFiles(Json(), folder.path(), copy.path()));
        QCOMPARE(lathe::readTextFile(copy.path() / "tokenizer.json").value(),
                 lathe::readTextFile(folder.path() / "tokenizer.json").value());
        const TemporaryFolder empty;
        QVERIFY(!lathe::writeTokenizerFiles(Json(), empty.path(), copy.path()).ok());
    }
    void addedTokensFollowTheirFlags() {
        Json json = fallbackJson();
        json["added_tokens"] = {
            {{"id", 300}, {"content", "<m>"}, {"lstrip", true}, {"rstrip", true}, {"special", true}},
            {{"id", 301}, {"content", "go"}, {"single_word", true}, {"normalized", false}}};
        const TemporaryFolder folder;
        folder.write("tokenizer.json", json.dump());
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        QCOMPARE(tokenizer.value()->encode("the  <m>  the", false).ids,
                 (std::vector<int32_t>{268, 300, 268}));
        const auto whole = tokenizer.value()->encode("go", false).ids;
        QCOMPARE(whole, std::vector<int32_t>{301});
        const auto inside = tokenizer.value()->encode("goes", false).ids;
        QVERIFY(std::find(inside.begin(), inside.end(), 301) == inside.end());
        QCOMPARE(tokenizer.value()->vocabularySize(), 302);
        QVERIFY(tokenizer.value()->isSpecial(300) && !tokenizer.value()->isSpecial(301));
        QCOMPARE(tokenizer.value()->decode(std::vector<int32_t>{268, 300}, true), std::string("the"));
    }
    void refusesHostileFiles() {
        const auto codeOf = [](const Json& json) {
            const TemporaryFolder folder;
            folder.write("tokenizer.json", json.dump());
            const auto result = lathe::openTokenizerFolder(folder.path());
            return result.ok() ? std::string("ok") : std::string(lathe::errorCodeName(result.error().code));
        };
        const Json good = fallbackJson();
        QCOMPARE(codeOf(good), std::string("ok"));
        const auto with = [&](const char* pointer, const Json& value) {
            Json json = good;
            json[Json::json_pointer(pointer)] = value;
            return codeOf(json);
        };
        QCOMPARE(with("/model", nullptr), std::string("file_malformed"));
        QCOMPARE(with("/model/type", "Magic"), std::string("unsupported"));
        QCOMPARE(with("/model/vocab/the", 4000000000u), std::string("file_malformed"));
        QCOMPARE(with("/model/vocab/the", -1), std::string("file_malformed"));
        QCOMPARE(with("/model/vocab/the", 0), std::string("file_malformed"));
        QCOMPARE(with("/model/merges", {"q q"}), std::string("file_malformed"));
        QCOMPARE(with("/normalizer", {{"type", "Lower"}}), std::string("unsupported"));
        QCOMPARE(with("/normalizer", {{"type", "Precompiled"}, {"precompiled_charsmap", "AAAA"}}),
                 std::string("file_malformed"));
        QCOMPARE(with("/pre_tokenizer", {{"type", "Split"}, {"pattern", {{"Regex", "("}}}}),
                 std::string("file_malformed"));
        QCOMPARE(
            with("/pre_tokenizer", {{"type", "Split"}, {"pattern", {{"Regex", std::string(5000, 'a')}}}}),
            std::string("file_malformed"));
        QCOMPARE(
            with("/post_processor", {{"type", "BertProcessing"}, {"cls", {"x", 99999}}, {"sep", {"y", 1}}}),
            std::string("file_malformed"));
        QCOMPARE(with("/added_tokens", {{{"id", 7}, {"content", "new"}}}), std::string("file_malformed"));
        QCOMPARE(with("/added_tokens", {{{"id", 2000000000}, {"content", "new"}}}),
                 std::string("file_malformed"));
        QCOMPARE(with("/decoder", {{"type", "Sequence"}}), std::string("file_malformed"));
    }
    void runawayExpressionsEnd() {
        Json json = fallbackJson();
        json["pre_tokenizer"] = {
            {"type", "Split"}, {"pattern", {{"Regex", "(a+)+$"}}}, {"behavior", "Isolated"}};
        const TemporaryFolder folder;
        folder.write("tokenizer.json", json.dump());
        const auto tokenizer = lathe::openTokenizerFolder(folder.path());
        LATHE_VERIFY_OK(tokenizer);
        QCOMPARE(tokenizer.value()->encode(std::string(64, 'a') + "b", false).ids.size(), std::size_t(66));
    }
    void emptyFolderSaysWhatIsMissing() {
        const TemporaryFolder folder;
        const auto result = lathe::openTokenizerFolder(folder.path());
        QVERIFY(!result.ok());
        QCOMPARE(result.error().code, lathe::ErrorCode::FileMissing);
        folder.write("tokenizer.model", "not a model");
        QCOMPARE(lathe::openTokenizerFolder(folder.path()).error().code, lathe::ErrorCode::FileMalformed);
    }
};

LATHE_TEST(TestTokenizerFolder)
#include "tst_tokenizer_folder.moc"
