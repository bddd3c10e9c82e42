// SPDX-License-Identifier: GPL-3.0-or-later
// Rules judge answers, sums are found and worked out, several rewards add up, and what is wrong is said.
#include "core/catalog/catalog.h"
#include "core/reinforce/weighted_rewards.h"
#include "core/rewards/arithmetic.h"
#include "core/rewards/rules.h"
#include "tests/support/engine_support.h"

using namespace lathe;
using namespace lathe::test;

namespace {

/// The score of one answer under a recipe's reward.
double scoreOf(const NamedTexts& reward, const std::string& text, const Example& prompt = {},
               bool ended = true) {
    std::vector<std::string> faults;
    const auto settings = rewardSettings(std::vector<NamedTexts>{reward}, engineCatalog(), faults);
    LATHE_CHECK(faults.empty());
    auto rewards = WeightedRewards::make(settings, "cpu");
    LATHE_CHECK(rewards.ok());
    const SampledAnswer answer{&prompt, text, 5, ended};
    return rewards.value().score({&answer, 1}).value().totals.front();
}

std::string faultOf(const std::vector<NamedTexts>& rewards) {
    std::vector<std::string> faults;
    rewardSettings(rewards, engineCatalog(), faults);
    return faults.empty() ? "" : faults.front();
}

}  // namespace

class TestRewards : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void sumsAreWorkedOut_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("value");
        QTest::newRow("plain") << "What is 12 + 30?" << 42.0;
        QTest::newRow("precedence") << "Work out 2 + 3 * 4." << 14.0;
        QTest::newRow("brackets") << "(2 + 3) * 4 = ?" << 20.0;
        QTest::newRow("signs") << "9 \u00d7 3 \u00f7 2" << 13.5;
        QTest::newRow("letter x") << "7 x 8" << 56.0;
        QTest::newRow("minus sign") << "10 \u2212 14" << -4.0;
        QTest::newRow("negative") << "-3 - -4" << 1.0;
        QTest::newRow("decimals") << "0.5+0.25" << 0.75;
        QTest::newRow("thousands") << "1,200 + 34" << 1234.0;
        QTest::newRow("the longest") << "In 2 steps: 1+1, then 100 + 20 + 3" << 123.0;
        QTest::newRow("cut") << "5 + 6 + and so on" << 11.0;
    }
    void sumsAreWorkedOut() {
        QFETCH(QString, text);
        QFETCH(double, value);
        const auto found = valueOfSum(text.toStdString());
        QVERIFY(found.has_value());
        QVERIFY(std::abs(*found - value) < 1e-12);
    }

    void whatIsNoSumHasNoValue() {
        for (const char* text : {"", "no number", "the year 1999", "5 / 0", "+", "(((", "3 +"})
            QVERIFY2(!valueOfSum(text), text);
        QVERIFY(!valueOfSum(std::string(100000, '(')));
        std::string deep = "1";
        for (int i = 0; i < 1000; ++i) deep = "(" + deep + "+1)";
        (void)valueOfSum(deep);  // comes back
    }

    void theLastNumberCounts() {
        QCOMPARE(*lastNumber("It is 12."), 12.0);
        QCOMPARE(*lastNumber("7 + 5 = 12, so -12"), -12.0);
        QCOMPARE(*lastNumber("3-4"), 4.0);  // between digits it is an operation
        QCOMPARE(*lastNumber("1,204 apples"), 1204.0);
        QCOMPARE(*lastNumber("0.5"), 0.5);
        QVERIFY(!lastNumber("none"));
    }

    void rulesJudge() {
        QCOMPARE(scoreOf({{"rule", "length"}, {"target", "4"}}, "one two three four"), 1.0);
        QCOMPARE(scoreOf({{"rule", "length"}, {"target", "4"}}, "one two"), 0.5);
        QCOMPARE(scoreOf({{"rule", "length"}, {"target", "2"}}, "one two three four five"), 0.0);
        QCOMPARE(scoreOf({{"rule", "length"}, {"target", "2"}, {"unit", "characters"}}, "\u4f60\u597d"), 1.0);
        QCOMPARE(scoreOf({{"rule", "length"}, {"target", "10"}, {"unit", "tokens"}}, "x"), 0.5);
        QCOMPARE(scoreOf({{"rule", "contains"}, {"text", "Blue."}}, "the sky is blue. yes"), 1.0);
        QCOMPARE(scoreOf({{"rule", "contains"}, {"text", "Blue."}, {"ignore_case", "false"}}, "it is blue."),
                 0.0);
        QCOMPARE(scoreOf({{"rule", "contains"}, {"text", "a.c"}}, "abc"), 0.0);
        QCOMPARE(scoreOf({{"rule", "matches"}, {"pattern", "\\A[A-Z]"}}, "Yes"), 1.0);
        QCOMPARE(scoreOf({{"rule", "matches"}, {"pattern", "\\A[A-Z]"}}, "no"), 0.0);
        QCOMPARE(scoreOf({{"rule", "ended"}}, "x", {}, false), 0.0);
        Example prompt;
        prompt.answer = "Paris";
        QCOMPARE(scoreOf({{"rule", "exact_answer"}}, " paris.\n", prompt), 1.0);
        QCOMPARE(scoreOf({{"rule", "exact_answer"}}, "It is Paris", prompt), 0.0);
        QCOMPARE(scoreOf({{"rule", "exact_answer"}}, ""), 0.0);  // no answer is known
        prompt = {};
        prompt.text = "What is 7 * 6?";
        QCOMPARE(scoreOf({{"rule", "arithmetic"}}, "It is 42.", prompt), 1.0);
        QCOMPARE(scoreOf({{"rule", "arithmetic"}}, "It is 41.", prompt), 0.1);
        QCOMPARE(scoreOf({{"rule", "arithmetic"}}, "I do not know", prompt), 0.0);
        prompt.answer = "forty-two, that is 42";
        QCOMPARE(scoreOf({{"rule", "arithmetic"}, {"weight", "2"}}, "42", prompt), 2.0);
    }

    void formsAreSeen() {
        const auto form = [](const char* name, const char* text) {
            return scoreOf({{"rule", "format"}, {"form", name}}, text);
        };
        QCOMPARE(form("bullet_list", "- a\n- b"), 1.0);
        QCOMPARE(form("bullet_list", "- a\nb\n\n- c\n* d"), 0.75);
        QCOMPARE(form("bullet_list", "- a"), 0.0);
        QCOMPARE(form("numbered_list", "1. a\n2) b"), 1.0);
        QCOMPARE(form("json", " {\"a\": [1]} "), 1.0);
        QCOMPARE(form("json", "{\"a\": "), 0.0);
        QCOMPARE(form("one_sentence", "It is so."), 1.0);
        QCOMPARE(form("one_sentence", "It is so. Or not."), 0.0);
        QCOMPARE(form("one_sentence", "\u662f\u7684\u3002"), 1.0);
        QCOMPARE(form("think_answer", "<think>so\nso</think> <answer>4</answer>"), 1.0);
        QCOMPARE(form("think_answer", "<answer>4</answer>"), 0.0);
    }

    void rewardsAddUp() {
        std::vector<std::string> faults;
        const std::vector<NamedTexts> given{{{"rule", "ended"}, {"weight", "0.5"}},
                                            {{"rule", "contains"}, {"text", "a"}, {"weight", "-1"}},
                                            {{"rule", "contains"}, {"text", "b"}}};
        auto rewards = WeightedRewards::make(rewardSettings(given, engineCatalog(), faults), "cpu");
        LATHE_VERIFY_OK(rewards);
        QCOMPARE(rewards.value().names(), (std::vector<std::string>{"ended", "contains", "contains-2"}));
        const Example prompt;
        const std::vector<SampledAnswer> answers{{&prompt, "a", 1, true}, {&prompt, "b", 1, false}};
        const auto scores = rewards.value().score(answers);
        LATHE_VERIFY_OK(scores);
        QCOMPARE(scores.value().totals, (std::vector<double>{-0.5, 1}));
        QCOMPARE(scores.value().each[2], (std::vector<double>{0, 1}));
    }

    void whatIsWrongIsSaid() {
        QVERIFY(faultOf({}).find("is missing") != std::string::npos);
        QVERIFY(faultOf({{{"rule", "lenght"}}}).find("known: length") != std::string::npos);
        QVERIFY(faultOf({{{"weight", "1"}}}).find("either rule: NAME or model: RUN") != std::string::npos);
        QVERIFY(faultOf({{{"rule", "length"}, {"model", "x"}}}).find("either") != std::string::npos);
        QVERIFY(faultOf({{{"rule", "length"}, {"goal", "3"}}}).find("weight, target, unit") !=
                std::string::npos);
        QVERIFY(faultOf({{{"rule", "length"}, {"target", "short"}}}).find("whole number") !=
                std::string::npos);
        QVERIFY(faultOf({{{"rule", "length"}, {"target", "0"}}}).find("out of range") != std::string::npos);
        QCOMPARE(faultOf({{{"rule", "contains"}}}), std::string("contains: text is missing"));
        QCOMPARE(faultOf({{{"model", ""}}}), std::string("model: model is missing"));
        QVERIFY(faultOf({{{"model", "run"}}}).empty());
        QVERIFY(faultOf({{{"rule", "model"}}}).find("no rule") != std::string::npos);
        QCOMPARE(makeRule("matches", {{"pattern", std::string("(")}}).error().code, ErrorCode::RecipeInvalid);
        // An expression that never ends is no answer without a match.
        const auto endless = makeRule("matches", {{"pattern", std::string("(a+)+$")}});
        LATHE_VERIFY_OK(endless);
        const SampledAnswer answer{nullptr, std::string(64, 'a') + "b"};
        const auto score = endless.value()->score({&answer, 1});
        QVERIFY(!score.ok());
        QVERIFY(score.error().message.find("too many steps") != std::string::npos);
        QCOMPARE(makeRule("contains", {}).error().code, ErrorCode::RecipeInvalid);
    }
};

LATHE_TEST(TestRewards)
#include "tst_rewards.moc"
