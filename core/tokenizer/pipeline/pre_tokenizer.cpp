// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/pipeline/pre_tokenizer.h"

#include <functional>

#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/pattern.h"
#include "core/tokenizer/text/unicode.h"
#include "core/tokenizer/text/word_rules.h"

namespace lathe::tok {
namespace {

enum class SplitBehavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

Result<SplitBehavior> behaviorFromJson(const Json& part, const std::string& fallback,
                                       const std::string& place) {
    LATHE_TRY(auto name, jsonString(part, "behavior", fallback, place));
    if (name == "Removed") return SplitBehavior::Removed;
    if (name == "Isolated") return SplitBehavior::Isolated;
    if (name == "MergedWithPrevious") return SplitBehavior::MergedWithPrevious;
    if (name == "MergedWithNext") return SplitBehavior::MergedWithNext;
    if (name == "Contiguous") return SplitBehavior::Contiguous;
    return unsupportedPart("split behaviour", name, place);
}

/// Turns matches in a text into splits, by the five behaviours.
class Cutter {
  public:
    Cutter(SplitBehavior behavior, bool invert) : m_behavior(behavior), m_invert(invert) {}

    void cut(std::size_t size, const std::vector<Split>& matches, uint32_t base, std::vector<Split>& out) {
        m_segments.clear();
        uint32_t done = 0;
        for (const auto& match : matches) {
            if (match.begin > done) m_segments.push_back({done, match.begin, m_invert});
            m_segments.push_back({match.begin, match.end, !m_invert});
            done = match.end;
        }
        if (done < size) m_segments.push_back({done, static_cast<uint32_t>(size), m_invert});
        if (m_behavior == SplitBehavior::MergedWithNext)
            mergeBackwards();
        else
            mergeForwards();
        for (const auto& segment : m_segments)
            if (segment.end > segment.begin) out.push_back({base + segment.begin, base + segment.end});
    }

  private:
    struct Segment {
        uint32_t begin, end;
        bool match;
    };

    void mergeForwards() {
        std::size_t kept = 0;
        bool previous = false;
        for (const Segment segment : m_segments) {
            const bool joins =
                kept > 0 &&
                ((m_behavior == SplitBehavior::MergedWithPrevious && segment.match && !previous) ||
                 (m_behavior == SplitBehavior::Contiguous && segment.match == previous));
            previous = segment.match;
            if (m_behavior == SplitBehavior::Removed && segment.match) continue;
            if (joins)
                m_segments[kept - 1].end = segment.end;
            else
                m_segments[kept++] = segment;
        }
        m_segments.resize(kept);
    }

    void mergeBackwards() {
        bool next = false;
        for (std::size_t i = m_segments.size(); i-- > 0;) {
            const bool match = m_segments[i].match;
            if (match && !next && i + 1 < m_segments.size()) {
                m_segments[i + 1].begin = m_segments[i].begin;
                m_segments[i].end = m_segments[i].begin;
            }
            next = match;
        }
    }

    SplitBehavior m_behavior;
    bool m_invert;
    std::vector<Segment> m_segments;
};

/// A step that only cuts: subclasses give the pieces of one split.
class Splitter : public PreTokenizer {
  public:
    void apply(SplitText& text) const override {
        std::vector<Split> out;
        out.reserve(text.text.text().size() / 4 + 4);
        const auto view = text.text.text();
        for (const auto& split : text.splits)
            cut(view.substr(split.begin, split.end - split.begin), split.begin, out);
        text.splits = std::move(out);
    }

  protected:
    virtual void cut(std::string_view text, uint32_t base, std::vector<Split>& out) const = 0;
};

class Sequence : public PreTokenizer {
  public:
    explicit Sequence(std::vector<std::unique_ptr<PreTokenizer>> steps) : m_steps(std::move(steps)) {}
    void apply(SplitText& text) const override {
        for (const auto& step : m_steps) step->apply(text);
    }

  private:
    std::vector<std::unique_ptr<PreTokenizer>> m_steps;
};

class WordSplitter : public Splitter {
  public:
    explicit WordSplitter(WordRule rule) : m_rule(rule) {}

  protected:
    void cut(std::string_view text, uint32_t base, std::vector<Split>& out) const override {
        splitWords(m_rule, text, base, out);
    }

  private:
    WordRule m_rule;
};

class PatternSplitter : public Splitter {
  public:
    PatternSplitter(Pattern pattern, SplitBehavior behavior, bool invert)
        : m_pattern(std::move(pattern)), m_behavior(behavior), m_invert(invert) {}

  protected:
    void cut(std::string_view text, uint32_t base, std::vector<Split>& out) const override {
        std::vector<Split> matches;
        m_pattern.findAll(text, matches);
        Cutter(m_behavior, m_invert).cut(text.size(), matches, base, out);
    }

  private:
    Pattern m_pattern;
    SplitBehavior m_behavior;
    bool m_invert;
};

/// Splits at single characters that fulfil a condition.
class CharacterSplitter : public Splitter {
  public:
    CharacterSplitter(std::function<bool(char32_t)> isMatch, SplitBehavior behavior)
        : m_isMatch(std::move(isMatch)), m_behavior(behavior) {}

  protected:
    void cut(std::string_view text, uint32_t base, std::vector<Split>& out) const override {
        std::vector<Split> matches;
        for (std::size_t at = 0; at < text.size();) {
            const auto begin = static_cast<uint32_t>(at);
            if (m_isMatch(nextCodePoint(text, at))) matches.push_back({begin, static_cast<uint32_t>(at)});
        }
        Cutter(m_behavior, false).cut(text.size(), matches, base, out);
    }

  private:
    std::function<bool(char32_t)> m_isMatch;
    SplitBehavior m_behavior;
};

class DigitSplitter : public Splitter {
  public:
    explicit DigitSplitter(bool individual) : m_individual(individual) {}

  protected:
    void cut(std::string_view text, uint32_t base, std::vector<Split>& out) const override {
        std::size_t begin = 0;
        bool inDigits = false;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t start = at;
            const bool digit = isNumeric(nextCodePoint(text, at));
            if (start > begin && (digit != inDigits || (digit && m_individual))) {
                out.push_back({base + static_cast<uint32_t>(begin), base + static_cast<uint32_t>(start)});
                begin = start;
            }
            inDigits = digit;
        }
        if (begin < text.size())
            out.push_back({base + static_cast<uint32_t>(begin), base + static_cast<uint32_t>(text.size())});
    }

  private:
    bool m_individual;
};

/// Runs of one kind of character; a kind of 0 is dropped, and a kind below 0 stands alone.
class KindSplitter : public Splitter {
  public:
    explicit KindSplitter(int (*kind)(char32_t)) : m_kind(kind) {}

  protected:
    void cut(std::string_view text, uint32_t base, std::vector<Split>& out) const override {
        std::size_t begin = 0;
        int running = 0;
        const auto flush = [&](std::size_t end) {
            if (running != 0 && end > begin)
                out.push_back({base + static_cast<uint32_t>(begin), base + static_cast<uint32_t>(end)});
            begin = end;
        };
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t start = at;
            const int kind = m_kind(nextCodePoint(text, at));
            if (kind != running || kind < 0) flush(start);
            running = kind;
        }
        flush(text.size());
    }

  private:
    int (*m_kind)(char32_t);
};

int bertKind(char32_t c) {
    return isWhitespace(c) ? 0 : isPunctuation(c) ? -1 : 1;
}
int wordKind(char32_t c) {
    return isWordCharacter(c) ? 1 : isWhitespace(c) ? 0 : 2;
}
int nonSpaceKind(char32_t c) {
    return isWhitespace(c) ? 0 : 1;
}

/// A step that rewrites every split; subclasses put what stands for one.
class SplitRewriter : public PreTokenizer {
  public:
    void apply(SplitText& text) const override {
        TextRewriter out(text.text);
        for (auto& split : text.splits) {
            const auto begin = static_cast<uint32_t>(out.size());
            rewrite(text.text, split, out);
            split = {begin, static_cast<uint32_t>(out.size())};
        }
        text.text = out.finish();
    }

  protected:
    virtual void rewrite(const AlignedText& text, Split split, TextRewriter& out) const = 0;
};

/// Puts a space before every split that does not begin with one.
class PrefixSpace : public SplitRewriter {
  protected:
    void rewrite(const AlignedText& text, Split split, TextRewriter& out) const override {
        const auto view = text.text();
        if (view[split.begin] != ' ') {
            std::size_t first = split.begin;
            nextCodePoint(view, first);
            out.put(" ", split.begin, first);
        }
        out.keep(split.begin, split.end);
    }
};

class ByteMapper : public SplitRewriter {
  protected:
    void rewrite(const AlignedText& text, Split split, TextRewriter& out) const override {
        const auto view = text.text();
        for (std::size_t at = split.begin; at < split.end; ++at)
            out.put(byteCharacters()[static_cast<unsigned char>(view[at])], at, at + 1);
    }
};

enum class PrependScheme { Always, First, Never };

class MetaspaceMarker : public SplitRewriter {
  public:
    MetaspaceMarker(std::string mark, PrependScheme scheme) : m_mark(std::move(mark)), m_scheme(scheme) {}

  protected:
    void rewrite(const AlignedText& text, Split split, TextRewriter& out) const override {
        const auto view = text.text();
        const auto piece = view.substr(split.begin, split.end - split.begin);
        const bool begins = piece.starts_with(m_mark) || piece.starts_with(' ');
        std::size_t first = split.begin;
        nextCodePoint(view, first);
        const bool wanted = m_scheme == PrependScheme::Always ||
                            (m_scheme == PrependScheme::First && text.origin(split.begin, first).begin == 0);
        if (wanted && !begins) out.put(m_mark, split.begin, first);
        for (std::size_t at = split.begin; at < split.end; ++at) {
            if (view[at] == ' ')
                out.put(m_mark, at, at + 1);
            else
                out.keep(at, at + 1);
        }
    }

  private:
    std::string m_mark;
    PrependScheme m_scheme;
};

using Steps = std::vector<std::unique_ptr<PreTokenizer>>;

Result<void> addByteLevel(const Json& part, Steps& steps, const std::string& place) {
    LATHE_TRY(auto prefix, jsonBool(part, "add_prefix_space", true, place));
    LATHE_TRY(auto useRegex, jsonBool(part, "use_regex", true, place));
    if (prefix) steps.push_back(std::make_unique<PrefixSpace>());
    if (useRegex) steps.push_back(std::make_unique<WordSplitter>(WordRule::Gpt2));
    steps.push_back(std::make_unique<ByteMapper>());
    return {};
}

Result<void> addSplit(const Json& part, Steps& steps, const std::string& place) {
    LATHE_TRY(auto behavior, behaviorFromJson(part, "Isolated", place));
    LATHE_TRY(auto invert, jsonBool(part, "invert", false, place));
    const Json pattern = part.value("pattern", Json());
    LATHE_TRY(auto expression, jsonString(pattern, "Regex", "", place));
    // These expressions match all of any text, so keeping the matches and dropping the rest is isolating
    // them.
    const bool keepsMatches =
        behavior == SplitBehavior::Isolated || (behavior == SplitBehavior::Removed && invert);
    if (const auto rule = wordRuleOf(expression); rule && keepsMatches) {
        steps.push_back(std::make_unique<WordSplitter>(*rule));
        return {};
    }
    LATHE_TRY(auto compiled, Pattern::fromJson(pattern, place));
    steps.push_back(std::make_unique<PatternSplitter>(std::move(compiled), behavior, invert));
    return {};
}

Result<void> addMetaspace(const Json& part, Steps& steps, const std::string& place) {
    LATHE_TRY(auto mark, jsonString(part, "replacement", "\xE2\x96\x81", place));
    LATHE_TRY(auto prefix, jsonBool(part, "add_prefix_space", true, place));
    LATHE_TRY(auto scheme, jsonString(part, "prepend_scheme", prefix ? "always" : "never", place));
    LATHE_TRY(auto split, jsonBool(part, "split", true, place));
    if (scheme != "always" && scheme != "first" && scheme != "never")
        return unsupportedPart("prepend scheme", scheme, place);
    const auto when = scheme == "always"  ? PrependScheme::Always
                      : scheme == "first" ? PrependScheme::First
                                          : PrependScheme::Never;
    steps.push_back(std::make_unique<MetaspaceMarker>(mark, when));
    if (!split) return {};
    LATHE_TRY(auto pattern, Pattern::fromJson({{"String", mark}}, place));
    steps.push_back(
        std::make_unique<PatternSplitter>(std::move(pattern), SplitBehavior::MergedWithNext, false));
    return {};
}

Result<void> addCharacterSplit(const std::string& type, const Json& part, Steps& steps,
                               const std::string& place) {
    if (type == "Punctuation") {
        LATHE_TRY(auto behavior, behaviorFromJson(part, "Isolated", place));
        steps.push_back(std::make_unique<CharacterSplitter>(isPunctuation, behavior));
        return {};
    }
    LATHE_TRY(auto delimiter, jsonString(part, "delimiter", " ", place));
    std::size_t at = 0;
    const char32_t wanted = delimiter.empty() ? U' ' : nextCodePoint(delimiter, at);
    steps.push_back(std::make_unique<CharacterSplitter>([wanted](char32_t c) { return c == wanted; },
                                                        SplitBehavior::Removed));
    return {};
}

Result<void> addSteps(const Json& part, Steps& steps, const std::string& place) {
    if (part.is_null()) return {};
    LATHE_TRY(auto type, partType(part, place));
    if (type == "Sequence") {
        LATHE_TRY(auto list, partArray(part, "pretokenizers", place));
        for (const auto& item : *list) LATHE_TRY_VOID(addSteps(item, steps, place));
        return {};
    }
    if (type == "ByteLevel") return addByteLevel(part, steps, place);
    if (type == "Split") return addSplit(part, steps, place);
    if (type == "Metaspace") return addMetaspace(part, steps, place);
    if (type == "Punctuation" || type == "CharDelimiterSplit")
        return addCharacterSplit(type, part, steps, place);
    if (type == "Digits") {
        LATHE_TRY(auto individual, jsonBool(part, "individual_digits", false, place));
        steps.push_back(std::make_unique<DigitSplitter>(individual));
        return {};
    }
    if (type == "BertPreTokenizer")
        steps.push_back(std::make_unique<KindSplitter>(bertKind));
    else if (type == "Whitespace")
        steps.push_back(std::make_unique<KindSplitter>(wordKind));
    else if (type == "WhitespaceSplit")
        steps.push_back(std::make_unique<KindSplitter>(nonSpaceKind));
    else
        return unsupportedPart("pre-tokenizer", type, place);
    return {};
}

}  // namespace

Result<PreTokenizerParts> makePreTokenizer(const Json& part, bool modelTakesBytes, const std::string& place) {
    Steps steps;
    LATHE_TRY_VOID(addSteps(part, steps, place));
    PreTokenizerParts parts;
    if (modelTakesBytes && !steps.empty() && dynamic_cast<const ByteMapper*>(steps.back().get())) {
        steps.pop_back();
        parts.bytesForModel = true;
    }
    if (!steps.empty()) parts.steps = std::make_unique<Sequence>(std::move(steps));
    return parts;
}

}  // namespace lathe::tok
