// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/text/word_rules.h"

#include <random>

#include "core/tokenizer/text/pattern.h"
#include "tests/support/support.h"

using lathe::tok::Split;
using lathe::tok::WordRule;

static std::vector<std::string> words(WordRule rule, const std::string& text) {
    std::vector<Split> splits;
    lathe::tok::splitWords(rule, text, 0, splits);
    std::vector<std::string> out;
    for (const auto& split : splits) out.push_back(text.substr(split.begin, split.end - split.begin));
    return out;
}

class TestWordRules : public QObject {
    Q_OBJECT
  private slots:
    // Golden splits of methods.md, "Golden values: splits".
    void splitsAsTheSpecSays() {
        using Words = std::vector<std::string>;
        const std::string text = "Hello  world, it's 12345!\n\n  I'LL go";
        QCOMPARE(words(WordRule::Gpt2, text), (Words{"Hello", " ", " world", ",", " it", "'s", " 12345", "!",
                                                     "\n\n ", " I", "'", "LL", " go"}));
        QCOMPARE(words(WordRule::Llama3, text), (Words{"Hello", " ", " world", ",", " it", "'s", " ", "123",
                                                       "45", "!\n\n", " ", " I", "'LL", " go"}));
        QCOMPARE(words(WordRule::Qwen2, text), (Words{"Hello", " ", " world", ",", " it", "'s", " ", "1", "2",
                                                      "3", "4", "5", "!\n\n", " ", " I", "'LL", " go"}));
        const std::string spaces = "a\tb   c \r\nx";
        QCOMPARE(words(WordRule::Gpt2, spaces), (Words{"a", "\t", "b", "  ", " c", " \r", "\n", "x"}));
        QCOMPARE(words(WordRule::Llama3, spaces), (Words{"a", "\tb", "  ", " c", " \r\n", "x"}));
    }
    void agreesWithTheExpressionOnRandomText() {
        const std::vector<std::string> alphabet = {
            "a",  "Z",  "ñ",  "你",     "e\u0301", "1",      "²",  "٣",   " ",  " ",
            "\n", "\r", "\t", "\u00a0", "\u3000",  "\u0085", "'",  "s",   "LL", "Ve",
            "ſ",  "!",  "_",  "🎉",     "\u200d",  "'re",    "'d", "\x01"};
        std::mt19937 random(7);
        const std::pair<WordRule, std::string_view> rules[] = {
            {WordRule::Gpt2, lathe::tok::kGpt2Expression},
            {WordRule::Llama3, lathe::tok::kLlama3Expression},
            {WordRule::Qwen2, lathe::tok::kQwen2Expression}};
        for (const auto& [rule, expression] : rules) {
            const auto pattern = lathe::tok::Pattern::regex(expression, "test");
            LATHE_VERIFY_OK(pattern);
            for (int round = 0; round < 3000; ++round) {
                std::string text;
                for (unsigned i = random() % 24; i > 0; --i) text += alphabet[random() % alphabet.size()];
                std::vector<Split> expected, found;
                pattern.value().findAll(text, expected);
                lathe::tok::splitWords(rule, text, 0, found);
                QCOMPARE(found.size(), expected.size());
                for (std::size_t i = 0; i < found.size(); ++i) {
                    QCOMPARE(found[i].begin, expected[i].begin);
                    QCOMPARE(found[i].end, expected[i].end);
                }
            }
        }
    }
};

LATHE_TEST(TestWordRules)
#include "tst_word_rules.moc"
