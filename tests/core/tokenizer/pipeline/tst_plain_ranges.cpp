// SPDX-License-Identifier: GPL-3.0-or-later
// Special tokens written out in a user's text stay text.
#include <cstring>

#include "tests/core/tokenizer/tokenizer_samples.h"
#include "tests/support/support.h"

using lathe::Json;
using lathe::TextSpan;
using lathe::Tokenizer;
using lathe::test::TemporaryFolder;

using Ids = std::vector<int32_t>;

/// Ids of `text`, of which all bytes inside of `[[` and `]]` are plain; the marks are taken out.
static Ids idsOf(const Tokenizer& tokenizer, std::string text) {
    std::vector<TextSpan> plain;
    for (std::size_t at = text.find("[["); at != std::string::npos; at = text.find("[[")) {
        text.erase(at, 2);
        const std::size_t end = text.find("]]");
        text.erase(end, 2);
        plain.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(end)});
    }
    return tokenizer.encode(text, false, plain).ids;
}

static Json special(int id, const char* text, bool isSpecial = true) {
    return {{"id", id}, {"content", text}, {"special", isSpecial}, {"normalized", false}};
}

/// Characters a-z, "<", ">", "/", a blank and some merges; ids are those of the list below.
static Json characterBpe() {
    Json vocab = Json::object();
    for (int c = 0; c < 26; ++c) vocab[std::string(1, static_cast<char>('a' + c))] = c;
    vocab["<"] = 26;
    vocab[">"] = 27;
    vocab["/"] = 28;
    vocab[" "] = 29;
    vocab["?"] = 30;
    vocab["s>"] = 31;
    vocab["<s>"] = 32;
    return {
        {"added_tokens",
         {special(32, "<s>"),
          special(40, "<end>"),
          special(41, "<go>", false),
          special(42, "d>"),
          {{"id", 43}, {"content", "<pad>"}, {"special", true}, {"rstrip", true}}}},
        {"model",
         {{"type", "BPE"}, {"unk_token", "?"}, {"vocab", vocab}, {"merges", Json::array({"s >", "< s>"})}}}};
}

static std::unique_ptr<Tokenizer> open(const Json& json) {
    const TemporaryFolder folder;
    folder.write("tokenizer.json", json.dump());
    auto made = lathe::openTokenizerFolder(folder.path());
    return made.ok() ? std::move(made).value() : nullptr;
}

class TestPlainRanges : public QObject {
    Q_OBJECT
  private slots:
    void specialTokensAreTextInsideAlone() {
        const auto tokenizer = open(characterBpe());
        QVERIFY(tokenizer != nullptr);
        QCOMPARE(idsOf(*tokenizer, "<end>a<end>"), (Ids{40, 0, 40}));
        QCOMPARE(idsOf(*tokenizer, "<end>[[a<end>]]<end>"), (Ids{40, 0, 26, 4, 13, 3, 27, 40}));
        // An added token that is not special is recognised everywhere.
        QCOMPARE(idsOf(*tokenizer, "<go>[[<go>]]"), (Ids{41, 41}));
        // A piece of the model that spells a special token is written out, too.
        QCOMPARE(idsOf(*tokenizer, "<s>[[<s>]]"), (Ids{32, 26, 18, 27}));
        // No range: as before.
        QCOMPARE(tokenizer->encode("<s>d>", false).ids, (Ids{32, 42}));
    }
    void noSpecialTokenBeginsOrEndsInside() {
        const auto tokenizer = open(characterBpe());
        QCOMPARE(idsOf(*tokenizer, "[[<en]]d>"), (Ids{26, 4, 13, 42}));
        QCOMPARE(idsOf(*tokenizer, "<en[[d>]]"), (Ids{26, 4, 13, 3, 27}));
        QCOMPARE(idsOf(*tokenizer, "<en[[]]d>"), Ids{40});
        QCOMPARE(idsOf(*tokenizer, "[[<e]][[nd>]]"), (Ids{26, 4, 13, 3, 27}));
        // Ordinary pieces cross the border.
        QCOMPARE(idsOf(*tokenizer, "[[s]]>"), Ids{31});
    }
    void spacesAtABorderGoWithTheToken() {
        const auto tokenizer = open(characterBpe());
        QCOMPARE(idsOf(*tokenizer, "<pad>[[  a]]"), (Ids{43, 0}));
    }
    void rangesCountTheGivenBytes() {
        const auto tokenizer = open(characterBpe());
        // Each broken byte is read as a character of three bytes.
        QCOMPARE(idsOf(*tokenizer, "\xFF\xFF[[<end>]]<end>"), (Ids{30, 30, 26, 4, 13, 3, 27, 40}));
    }
    void specialsInNormalizedText() {
        Json json = characterBpe();
        json["normalizer"] = {{"type", "Lowercase"}};
        json["added_tokens"].push_back(
            {{"id", 50}, {"content", "<user>"}, {"special", true}, {"normalized", true}});
        const auto tokenizer = open(json);
        QCOMPARE(idsOf(*tokenizer, "<USER>[[<User>]]"), (Ids{50, 26, 20, 18, 4, 17, 27}));
    }
    void ggufControlTokens() {
        Json metadata = lathe::test::byteLevelMetadata("gpt-2");
        const auto tokenizer = lathe::openGgufTokenizer(metadata, "x.gguf");
        LATHE_VERIFY_OK(tokenizer);
        const Tokenizer& t = *tokenizer.value();
        QCOMPARE(idsOf(t, "in<|end|>"), (Ids{t.idOf("in").value(), 274}));
        Ids expected{274};
        for (const char c : std::string("<|end|>"))
            if (c == 'e')
                expected.push_back(t.idOf("en").value());
            else if (c != 'n')
                expected.push_back(t.idOf(std::string(1, c)).value());
        QCOMPARE(idsOf(t, "<|end|>[[<|end|>]]"), expected);
        QCOMPARE(t.controlTokens(), (std::vector{std::pair(std::string("<|end|>"), 274)}));
    }
    void listsTheSpecialTokens() {
        const auto tokenizer = open(characterBpe());
        const std::vector<std::pair<std::string, int32_t>> expected{
            {"<s>", 32}, {"<end>", 40}, {"d>", 42}, {"<pad>", 43}};
        QCOMPARE(tokenizer->controlTokens(), expected);
    }
};

LATHE_TEST(TestPlainRanges)
#include "tst_plain_ranges.moc"
