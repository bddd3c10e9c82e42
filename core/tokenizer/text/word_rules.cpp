// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/text/word_rules.h"

#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

bool isNewline(char c) {
    return c == '\r' || c == '\n';
}

class WordWalker {
  public:
    WordWalker(std::string_view text, WordRule rule) : m_text(text), m_rule(rule) {}

    std::size_t wordEnd(std::size_t at) const {
        return m_rule == WordRule::Gpt2 ? gpt2End(at) : llamaEnd(at);
    }

  private:
    CharKind kindAt(std::size_t at, std::size_t& next) const {
        next = at;
        return charKind(nextCodePoint(m_text, next));
    }

    /// End of the run of one kind that begins at `at`.
    std::size_t runEnd(std::size_t at, CharKind kind) const {
        std::size_t next = at;
        while (at < m_text.size() && kindAt(at, next) == kind) at = next;
        return at;
    }

    /// A run of spaces gives its last one to the word that follows: \s+(?!\S)|\s+
    std::size_t spacesEnd(std::size_t at, std::size_t runsTo) const {
        if (runsTo == m_text.size()) return runsTo;
        const std::size_t last = previousCharacter(m_text, runsTo);
        return last > at ? last : runsTo;
    }

    /// End of 's 't 're 've 'm 'll 'd at an apostrophe; `at` when there is none.
    std::size_t contractionEnd(std::size_t at, bool anyCase) const {
        const auto letter = [&](std::size_t i) -> char {
            if (i >= m_text.size()) return 0;
            const char c = m_text[i];
            return anyCase && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        };
        const char first = letter(at + 1);
        const char second = letter(at + 2);
        if (first == 's' || first == 't' || first == 'm' || first == 'd') return at + 2;
        if ((first == 'r' && second == 'e') || (first == 'v' && second == 'e') ||
            (first == 'l' && second == 'l'))
            return at + 3;
        // The long s is an s when case does not count.
        if (anyCase && m_text.substr(at + 1, 2) == "\xC5\xBF") return at + 3;
        return at;
    }

    std::size_t gpt2End(std::size_t at) const {
        if (m_text[at] == '\'') {
            const std::size_t end = contractionEnd(at, false);
            if (end > at) return end;
        }
        std::size_t next;
        CharKind kind = kindAt(at, next);
        if (kind != CharKind::Space) return runEnd(next, kind);
        if (m_text[at] == ' ' && next < m_text.size()) {
            std::size_t afterNext;
            kind = kindAt(next, afterNext);
            if (kind != CharKind::Space) return runEnd(afterNext, kind);
        }
        return spacesEnd(at, runEnd(next, CharKind::Space));
    }

    std::size_t llamaEnd(std::size_t at) const {
        if (m_text[at] == '\'') {
            const std::size_t end = contractionEnd(at, true);
            if (end > at) return end;
        }
        std::size_t next;
        const CharKind kind = kindAt(at, next);
        if (kind == CharKind::Letter) return runEnd(next, CharKind::Letter);
        if (kind == CharKind::Number) return numberEnd(next);
        std::size_t afterNext = next;
        const bool more = next < m_text.size();
        const CharKind nextKind = more ? kindAt(next, afterNext) : CharKind::Space;
        if (!isNewline(m_text[at]) && more && nextKind == CharKind::Letter)
            return runEnd(afterNext, CharKind::Letter);
        if (kind == CharKind::Other) return symbolsEnd(next);
        if (m_text[at] == ' ' && more && nextKind == CharKind::Other) return symbolsEnd(afterNext);
        const std::size_t end = runEnd(next, CharKind::Space);
        for (std::size_t i = end; i > at; --i)
            if (isNewline(m_text[i - 1])) return i;
        return spacesEnd(at, end);
    }

    std::size_t numberEnd(std::size_t at) const {
        const int more = m_rule == WordRule::Llama3 ? 2 : 0;
        std::size_t next = at;
        for (int i = 0; i < more && at < m_text.size() && kindAt(at, next) == CharKind::Number; ++i)
            at = next;
        return at;
    }

    std::size_t symbolsEnd(std::size_t at) const {
        at = runEnd(at, CharKind::Other);
        while (at < m_text.size() && isNewline(m_text[at])) ++at;
        return at;
    }

    std::string_view m_text;
    WordRule m_rule;
};

}  // namespace

std::optional<WordRule> wordRuleOf(std::string_view expression) {
    if (expression == kGpt2Expression) return WordRule::Gpt2;
    if (expression == kLlama3Expression) return WordRule::Llama3;
    if (expression == kQwen2Expression) return WordRule::Qwen2;
    return std::nullopt;
}

void splitWords(WordRule rule, std::string_view text, uint32_t base, std::vector<Split>& out) {
    const WordWalker walker(text, rule);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = walker.wordEnd(at);
        out.push_back({base + static_cast<uint32_t>(at), base + static_cast<uint32_t>(end)});
        at = end;
    }
}

}  // namespace lathe::tok
