// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/rewards/rules.h"

#include <algorithm>
#include <cmath>

#include "core/base/ascii.h"
#include "core/base/json.h"
#include "core/rewards/arithmetic.h"
#include "core/tokenizer/text/pattern.h"

namespace lathe {
namespace {

using Judge = std::function<Result<double>(const SampledAnswer& answer)>;

constexpr std::size_t kShownAnswer = 60;  ///< bytes

class Rule : public Reward {
  public:
    explicit Rule(Judge judge) : m_judge(std::move(judge)) {}
    Result<std::vector<double>> score(std::span<const SampledAnswer> answers) override {
        std::vector<double> scores;
        for (const SampledAnswer& answer : answers) {
            LATHE_TRY(const double score, m_judge(answer));
            scores.push_back(score);
        }
        return scores;
    }

  private:
    Judge m_judge;
};

std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::vector<std::string> linesOf(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        if (std::string line = trimmed(text.substr(begin, end - begin)); !line.empty())
            lines.push_back(std::move(line));
        begin = end + 1;
    }
    return lines;
}

int64_t wordsIn(const std::string& text) {
    int64_t words = 0;
    bool inside = false;
    for (const char c : text) {
        const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        words += !blank && !inside;
        inside = !blank;
    }
    return words;
}

int64_t charactersIn(const std::string& text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

/// Literal text as a regular expression.
std::string escaped(const std::string& text) {
    std::string pattern;
    for (const char c : text) {
        if (std::string_view("\\^$.|?*+()[]{}#-").find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return pattern;
}

Result<Judge> found(const std::string& expression) {
    auto pattern = tok::Pattern::regex(expression, "reinforcement.reward");
    if (!pattern.ok())
        return Error{ErrorCode::RecipeInvalid, "not a regular expression: " + pattern.error().message,
                     "reinforcement.reward", ""};
    return Judge([shared = std::make_shared<tok::Pattern>(std::move(pattern).value()),
                  expression](const SampledAnswer& answer) -> Result<double> {
        std::vector<tok::Split> matches;
        if (shared->findAll(answer.text, matches) || !matches.empty()) return matches.empty() ? 0.0 : 1.0;
        return Error{ErrorCode::BadArgument,
                     "the expression " + expression + " takes too many steps on the answer \"" +
                         answer.text.substr(0, kShownAnswer) + "\"",
                     "reinforcement.reward", "write it without nested repetitions"};
    });
}

Result<std::string> neededText(const Settings& settings, const std::string& key, const std::string& rule) {
    const std::string text = textSetting(settings, key, "");
    if (!text.empty()) return text;
    return Error{ErrorCode::RecipeInvalid, "the rule " + rule + " needs the key " + key,
                 "reinforcement.reward", ""};
}

Result<Judge> lengthRule(const Settings& settings) {
    const auto target = double(integerSetting(settings, "target", 20));
    const std::string unit = textSetting(settings, "unit", "words");
    return Judge([=](const SampledAnswer& answer) {
        const int64_t count = unit == "tokens"  ? answer.tokens
                              : unit == "words" ? wordsIn(answer.text)
                                                : charactersIn(answer.text);
        return std::max(0.0, 1 - std::abs(double(count) - target) / target);
    });
}

Result<Judge> containsRule(const Settings& settings) {
    LATHE_TRY(const std::string text, neededText(settings, "text", "contains"));
    return found((boolSetting(settings, "ignore_case", true) ? "(?i)" : "") + escaped(text));
}

Result<Judge> matchesRule(const Settings& settings) {
    LATHE_TRY(const std::string pattern, neededText(settings, "pattern", "matches"));
    return found(pattern);
}

/// Blanks around it, a full stop behind it and the case of ASCII letters do not count.
std::string plainAnswer(const std::string& text) {
    std::string plain = trimmed(text);
    if (!plain.empty() && plain.back() == '.') plain.pop_back();
    return lowerAscii(plain);
}

Result<Judge> exactAnswerRule(const Settings&) {
    return Judge([](const SampledAnswer& answer) {
        const std::string wanted = plainAnswer(answer.prompt->answer);
        return !wanted.empty() && wanted == plainAnswer(answer.text) ? 1.0 : 0.0;
    });
}

Result<Judge> formatRule(const Settings& settings) {
    const std::string form = textSetting(settings, "form", "bullet_list");
    if (form == "json")
        return Judge([](const SampledAnswer& answer) {
            const auto json = parseJson(trimmed(answer.text), "");
            return json.ok() && json.value().is_structured() ? 1.0 : 0.0;
        });
    if (form == "think_answer") return found("(?s)\\A\\s*<think>.*?</think>\\s*<answer>.*?</answer>\\s*\\z");
    if (form == "one_sentence")
        return found("\\A\\s*[^.!?\u3002\uff01\uff1f\n]+[.!?\u3002\uff01\uff1f]\\s*\\z");
    const bool numbered = form == "numbered_list";
    return Judge([numbered](const SampledAnswer& answer) {
        const auto lines = linesOf(answer.text);
        if (lines.size() < 2) return 0.0;
        const auto fitting = std::count_if(lines.begin(), lines.end(), [numbered](const std::string& line) {
            if (!numbered)
                return line.starts_with("- ") || line.starts_with("* ") || line.starts_with("\u2022");
            const auto digits = line.find_first_not_of("0123456789");
            return digits != 0 && digits != std::string::npos && (line[digits] == '.' || line[digits] == ')');
        });
        return double(fitting) / double(lines.size());
    });
}

Result<Judge> arithmeticRule(const Settings& settings) {
    const double attempt = numberSetting(settings, "attempt", 0.1);
    return Judge([attempt](const SampledAnswer& answer) {
        const auto said = lastNumber(answer.text);
        const auto wanted = answer.prompt->answer.empty() ? valueOfSum(answer.prompt->text)
                                                          : lastNumber(answer.prompt->answer);
        if (!said || !wanted) return 0.0;
        return std::abs(*said - *wanted) <= 1e-6 * std::max(1.0, std::abs(*wanted)) ? 1.0 : attempt;
    });
}

Result<Judge> endedRule(const Settings&) {
    return Judge([](const SampledAnswer& answer) { return answer.ended ? 1.0 : 0.0; });
}

struct RuleKind {
    CatalogEntry entry;
    Result<Judge> (*make)(const Settings& settings);
};

const std::vector<RuleKind>& ruleKinds() {
    using enum FieldKind;
    static const std::vector<RuleKind> kinds{
        {{"length",
          "Length",
          "1 for an answer of the wanted length, falling to 0 at none and at twice as much.",
          {{"target", Integer, int64_t(20), 1.0, 100000.0, {}, "How long an answer is to be.", false},
           {"unit",
            Choice,
            std::string("words"),
            {},
            {},
            {"words", "characters", "tokens"},
            "What is counted; characters for Chinese.",
            false}}},
         lengthRule},
        {{"contains",
          "Contains",
          "1 for an answer that has the text in it, else 0.",
          {{"text", Text, {}, {}, {}, {}, "What the answer is to have in it.", false},
           {"ignore_case",
            Bool,
            true,
            {},
            {},
            {},
            "Whether small and capital letters are the same.",
            false}}},
         containsRule},
        {{"matches",
          "Matches",
          "1 for an answer in which the regular expression is found, else 0.",
          {{"pattern",
            Text,
            {},
            {},
            {},
            {},
            "The regular expression; \\A and \\z stand for begin and end.",
            false}}},
         matchesRule},
        {{"exact_answer",
          "Exact answer",
          "1 for an answer that is the one in the row's answer column, else 0.",
          {}},
         exactAnswerRule},
        {{"format",
          "Form",
          "1 for an answer in the wanted form; of lists the share of lines that fit.",
          {{"form",
            Choice,
            std::string("bullet_list"),
            {},
            {},
            {"bullet_list", "numbered_list", "json", "one_sentence", "think_answer"},
            "The form.",
            false}}},
         formatRule},
        {{"arithmetic",
          "Right sum",
          "1 where the answer's last number is the row's answer, or the value of the sum in the prompt.",
          {{"attempt",
            Number,
            0.1,
            -1.0,
            1.0,
            {},
            "What a wrong number is worth; an answer without one gets 0.",
            false}}},
         arithmeticRule},
        {{"ended", "Comes to an end", "1 for an answer that was not cut off, else 0.", {}}, endedRule},
    };
    return kinds;
}

}  // namespace

std::vector<CatalogEntry> ruleEntries() {
    std::vector<CatalogEntry> entries;
    for (const RuleKind& kind : ruleKinds()) entries.push_back(kind.entry);
    return entries;
}

Result<std::unique_ptr<Reward>> makeRule(const std::string& name, const Settings& settings) {
    for (const RuleKind& kind : ruleKinds()) {
        if (kind.entry.name != name) continue;
        LATHE_TRY(Judge judge, kind.make(settings));
        return std::unique_ptr<Reward>(std::make_unique<Rule>(std::move(judge)));
    }
    return Error{ErrorCode::RecipeInvalid, "there is no rule \"" + name + "\"", "reinforcement.reward",
                 "lathe-run catalog lists them"};
}

}  // namespace lathe
