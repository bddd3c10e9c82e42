// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/pipeline/normalizer.h"

#include <unicode/normalizer2.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <algorithm>

#include "core/tokenizer/pipeline/charsmap.h"
#include "core/tokenizer/text/base64.h"
#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/pattern.h"
#include "core/tokenizer/text/unicode.h"
#include "core/tokenizer/text/unicode_form.h"

namespace lathe::tok {
namespace {

bool isAscii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Rewrites character by character; the function puts what stands for each.
template <class Each>
void rewriteCharacters(AlignedText& text, Each each) {
    TextRewriter out(text);
    const auto view = text.text();
    for (std::size_t at = 0; at < view.size();) {
        const std::size_t begin = at;
        const char32_t c = nextCodePoint(view, at);
        each(out, c, begin, at);
    }
    text = out.finish();
}

class Sequence : public Normalizer {
  public:
    explicit Sequence(std::vector<std::unique_ptr<Normalizer>> steps) : m_steps(std::move(steps)) {}
    void apply(AlignedText& text) const override {
        for (const auto& step : m_steps) step->apply(text);
    }

  private:
    std::vector<std::unique_ptr<Normalizer>> m_steps;
};

/// NFC and NFKC, stretch by stretch between places where nothing can join.
class Compose : public Normalizer {
  public:
    Compose(const icu::Normalizer2& form, const icu::Normalizer2& decomposed)
        : m_form(form), m_decomposed(decomposed) {}
    void apply(AlignedText& text) const override {
        const auto view = text.text();
        if (isAscii(view)) return;
        UErrorCode status = U_ZERO_ERROR;
        if (m_form.isNormalizedUTF8({view.data(), static_cast<int32_t>(view.size())}, status)) return;
        TextRewriter out(text);
        std::size_t begin = 0;
        for (std::size_t at = 0; at < view.size();) {
            const std::size_t start = at;
            const char32_t c = nextCodePoint(view, at);
            if (start > begin && m_form.hasBoundaryBefore(static_cast<UChar32>(c))) {
                flush(out, view, begin, start);
                begin = start;
            }
        }
        flush(out, view, begin, view.size());
        text = out.finish();
    }

  private:
    void flush(TextRewriter& out, std::string_view view, std::size_t begin, std::size_t end) const {
        const auto piece = view.substr(begin, end - begin);
        if (isAscii(piece)) return out.keep(begin, end);
        auto form = decompose(m_decomposed, piece);
        compose(m_form, form);
        putForm(out, view, begin, form);
    }
    const icu::Normalizer2& m_form;
    const icu::Normalizer2& m_decomposed;
};

class Decompose : public Normalizer {
  public:
    Decompose(const icu::Normalizer2& form, bool dropAccents) : m_form(form), m_dropAccents(dropAccents) {}
    void apply(AlignedText& text) const override {
        const auto view = text.text();
        if (isAscii(view)) return;
        TextRewriter out(text);
        putForm(out, view, 0, decompose(m_form, view), m_dropAccents);
        text = out.finish();
    }

  private:
    const icu::Normalizer2& m_form;
    bool m_dropAccents;
};

class Lowercase : public Normalizer {
  public:
    void apply(AlignedText& text) const override {
        rewriteCharacters(text, [](TextRewriter& out, char32_t c, std::size_t begin, std::size_t end) {
            eachLowercase(c, [&](char32_t lower) { out.put(lower, begin, end); });
        });
    }
};

/// Drops marks without decomposing first, as the part of that name does.
class StripAccents : public Normalizer {
  public:
    void apply(AlignedText& text) const override {
        if (isAscii(text.text())) return;
        rewriteCharacters(text, [](TextRewriter& out, char32_t c, std::size_t begin, std::size_t end) {
            if (!isMark(c)) out.put(c, begin, end);
        });
    }
};

class Strip : public Normalizer {
  public:
    Strip(bool left, bool right) : m_left(left), m_right(right) {}
    void apply(AlignedText& text) const override {
        const auto view = text.text();
        std::size_t begin = 0, end = view.size();
        for (std::size_t at = begin; m_left && at < end; begin = at)
            if (!isWhitespace(nextCodePoint(view, at))) break;
        while (m_right && end > begin) {
            const std::size_t last = previousCharacter(view, end);
            std::size_t at = last;
            if (!isWhitespace(nextCodePoint(view, at))) break;
            end = last;
        }
        AlignedText part = text.part(begin, end);
        text = std::move(part);
    }

  private:
    bool m_left, m_right;
};

class Replace : public Normalizer {
  public:
    Replace(Pattern pattern, std::string content)
        : m_pattern(std::move(pattern)), m_content(std::move(content)) {}
    void apply(AlignedText& text) const override {
        std::vector<Split> matches;
        m_pattern.findAll(text.text(), matches);
        if (matches.empty()) return;
        TextRewriter out(text);
        std::size_t done = 0;
        for (const auto& match : matches) {
            out.keep(done, match.begin);
            // What takes the place of a match stands where the match's last character stood.
            const std::size_t last =
                match.end > match.begin ? previousCharacter(text.text(), match.end) : match.begin;
            out.put(m_content, last, match.end);
            done = match.end;
        }
        out.keep(done, text.text().size());
        text = out.finish();
    }

  private:
    Pattern m_pattern;
    std::string m_content;
};

class Prepend : public Normalizer {
  public:
    explicit Prepend(std::string prefix) : m_prefix(std::move(prefix)) {}
    void apply(AlignedText& text) const override {
        const auto view = text.text();
        if (view.empty()) return;
        std::size_t first = 0;
        nextCodePoint(view, first);
        TextRewriter out(text);
        out.put(m_prefix, 0, first);
        out.keep(0, view.size());
        text = out.finish();
    }

  private:
    std::string m_prefix;
};

class ByteCharacters : public Normalizer {
  public:
    void apply(AlignedText& text) const override {
        TextRewriter out(text);
        const auto view = text.text();
        for (std::size_t at = 0; at < view.size(); ++at)
            out.put(byteCharacters()[static_cast<unsigned char>(view[at])], at, at + 1);
        text = out.finish();
    }
};

struct BertOptions {
    bool cleanText = true, spaceChinese = true, stripAccents = true, lowercase = true;
};

class Bert : public Normalizer {
  public:
    explicit Bert(BertOptions options) : m_options(options), m_nfd(nfd()) {}

    void apply(AlignedText& text) const override {
        // One pass does cleaning and Chinese spacing; plain ASCII is lower-cased in it, too.
        const bool ascii = isAscii(text.text());
        rewriteCharacters(text, [&](TextRewriter& out, char32_t c, std::size_t begin, std::size_t end) {
            if (m_options.cleanText) {
                if (c == 0 || c == 0xFFFD || isBertControl(c)) return;
                if (isWhitespace(c)) c = ' ';
            }
            if (c >= 0x80 && m_options.spaceChinese && isCjkIdeograph(c)) {
                out.put(' ', begin, end);
                out.put(c, begin, end);
                out.put(' ', begin, end);
            } else {
                out.put(ascii && m_options.lowercase && c >= 'A' && c <= 'Z' ? c + 32 : c, begin, end);
            }
        });
        if (ascii) return;
        if (m_options.stripAccents) Decompose(m_nfd, true).apply(text);
        if (m_options.lowercase) Lowercase().apply(text);
    }

  private:
    static const icu::Normalizer2& nfd() {
        UErrorCode status = U_ZERO_ERROR;
        return *icu::Normalizer2::getNFDInstance(status);
    }
    BertOptions m_options;
    const icu::Normalizer2& m_nfd;
};

/// Grapheme boundaries of `view` as byte offsets, the end included.
std::vector<std::size_t> graphemeEnds(std::string_view view) {
    struct Close {
        void operator()(UBreakIterator* it) const { ubrk_close(it); }
    };
    UErrorCode status = U_ZERO_ERROR;
    thread_local const std::unique_ptr<UBreakIterator, Close> iterator([] {
        UErrorCode opened = U_ZERO_ERROR;
        return ubrk_open(UBRK_CHARACTER, "en", nullptr, 0, &opened);
    }());
    std::vector<std::size_t> ends;
    UText handle = UTEXT_INITIALIZER;
    utext_openUTF8(&handle, view.data(), static_cast<int64_t>(view.size()), &status);
    ubrk_setUText(iterator.get(), &handle, &status);
    if (U_SUCCESS(status)) {
        ubrk_first(iterator.get());
        for (int32_t end; (end = ubrk_next(iterator.get())) != UBRK_DONE;)
            ends.push_back(static_cast<std::size_t>(end));
    }
    utext_close(&handle);
    return ends;
}

class Precompiled : public Normalizer {
  public:
    explicit Precompiled(CharsMap map) : m_map(std::move(map)) {}
    void apply(AlignedText& text) const override {
        const auto view = text.text();
        std::vector<FormCharacter> form;
        form.reserve(view.size());
        std::size_t begin = 0;
        for (const std::size_t end : graphemeEnds(view)) {
            addGrapheme(form, view.substr(begin, end - begin));
            begin = end;
        }
        TextRewriter out(text);
        putForm(out, view, 0, form);
        text = out.finish();
    }

  private:
    void addGrapheme(std::vector<FormCharacter>& form, std::string_view grapheme) const {
        constexpr std::size_t kLongestKey = 6;  // longer clusters are looked up character by character
        if (grapheme.size() < kLongestKey) {
            if (const auto found = m_map.find(grapheme)) return replace(form, grapheme, *found);
        }
        for (std::size_t at = 0; at < grapheme.size();) {
            const std::size_t start = at;
            const char32_t c = nextCodePoint(grapheme, at);
            if (const auto found = m_map.find(grapheme.substr(start, at - start)))
                replace(form, grapheme.substr(start, at - start), *found);
            else
                form.push_back({c, 0, 0});
        }
    }

    /// Characters beyond the old ones belong to the last of those; old ones beyond the new fall to the last
    /// new.
    static void replace(std::vector<FormCharacter>& form, std::string_view from, std::string_view to) {
        int old = 0;
        for (std::size_t at = 0; at < from.size(); ++old) nextCodePoint(from, at);
        for (std::size_t at = 0; at < to.size(); --old) form.push_back({nextCodePoint(to, at), old <= 0, 0});
        if (old > 0 && !form.empty()) form.back().change -= old;
    }

    CharsMap m_map;
};

/// The clean-up of sentencepiece's oldest rules: controls go, odd white space becomes a space.
class Nmt : public Normalizer {
  public:
    void apply(AlignedText& text) const override {
        rewriteCharacters(text, [](TextRewriter& out, char32_t c, std::size_t begin, std::size_t end) {
            if (!isDropped(c)) out.put(isSpace(c) ? U' ' : c, begin, end);
        });
    }

  private:
    static bool isDropped(char32_t c) {
        return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F || c == 0x8F ||
               c == 0x9F;
    }
    static bool isSpace(char32_t c) {
        return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
               (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF ||
               c == 0xFFFD;
    }
};

using Made = Result<std::unique_ptr<Normalizer>>;

template <class T, class... Arguments>
Made make(Arguments&&... arguments) {
    return Made(std::make_unique<T>(std::forward<Arguments>(arguments)...));
}

Made makeSequence(const Json& part, const std::string& place) {
    LATHE_TRY(auto list, partArray(part, "normalizers", place));
    std::vector<std::unique_ptr<Normalizer>> steps;
    for (const auto& item : *list) {
        LATHE_TRY(auto step, makeNormalizer(item, place));
        if (step) steps.push_back(std::move(step));
    }
    return make<Sequence>(std::move(steps));
}

Made makeBert(const Json& part, const std::string& place) {
    BertOptions options;
    LATHE_TRY(options.cleanText, jsonBool(part, "clean_text", true, place));
    LATHE_TRY(options.spaceChinese, jsonBool(part, "handle_chinese_chars", true, place));
    LATHE_TRY(options.lowercase, jsonBool(part, "lowercase", true, place));
    LATHE_TRY(options.stripAccents, jsonBool(part, "strip_accents", options.lowercase, place));
    return make<Bert>(options);
}

Made makePrecompiled(const Json& part, const std::string& place) {
    LATHE_TRY(auto encoded, jsonString(part, "precompiled_charsmap", "", place));
    if (encoded.empty()) return Made(std::unique_ptr<Normalizer>());
    LATHE_TRY(auto bytes, decodeBase64(encoded, place));
    LATHE_TRY(auto map, CharsMap::parse(bytes, place));
    return make<Precompiled>(std::move(map));
}

Made makeUnicodeForm(const std::string& type) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2& nfd = *icu::Normalizer2::getNFDInstance(status);
    const icu::Normalizer2& nfkd = *icu::Normalizer2::getNFKDInstance(status);
    if (type == "NFC") return make<Compose>(*icu::Normalizer2::getNFCInstance(status), nfd);
    if (type == "NFKC") return make<Compose>(*icu::Normalizer2::getNFKCInstance(status), nfkd);
    return make<Decompose>(type == "NFD" ? nfd : nfkd, false);
}

}  // namespace

Result<std::unique_ptr<Normalizer>> makeNormalizer(const Json& part, const std::string& place) {
    if (part.is_null()) return Made(std::unique_ptr<Normalizer>());
    LATHE_TRY(auto type, partType(part, place));
    if (type == "Sequence") return makeSequence(part, place);
    if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD") return makeUnicodeForm(type);
    if (type == "Lowercase") return make<Lowercase>();
    if (type == "Nmt") return make<Nmt>();
    if (type == "StripAccents") return make<StripAccents>();
    if (type == "ByteLevel") return make<ByteCharacters>();
    if (type == "BertNormalizer") return makeBert(part, place);
    if (type == "Precompiled") return makePrecompiled(part, place);
    if (type == "Strip") {
        LATHE_TRY(auto left, jsonBool(part, "strip_left", true, place));
        LATHE_TRY(auto right, jsonBool(part, "strip_right", true, place));
        return make<Strip>(left, right);
    }
    if (type == "Prepend") {
        LATHE_TRY(auto prefix, jsonString(part, "prepend", "", place));
        return make<Prepend>(std::move(prefix));
    }
    if (type == "Replace") {
        LATHE_TRY(auto pattern, Pattern::fromJson(part.value("pattern", Json()), place));
        LATHE_TRY(auto content, jsonString(part, "content", "", place));
        return make<Replace>(std::move(pattern), std::move(content));
    }
    return unsupportedPart("normalizer", type, place);
}

}  // namespace lathe::tok
