// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/text/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

constexpr std::size_t kMaxPattern = 4096;
constexpr uint32_t kMatchLimit = 1'000'000;
constexpr uint32_t kDepthLimit = 100'000;
constexpr uint32_t kHeapLimitKib = 64 * 1024;

thread_local uint64_t givenUpOfThread = 0;

/// Oniguruma's \w holds marks and connectors and its \h is a hexadecimal digit; PCRE2 means something else.
std::string fromOniguruma(std::string_view expression) {
    constexpr std::string_view kWord = "\\p{L}\\p{M}\\p{N}\\p{Pc}";
    std::string out;
    int classDepth = 0;
    for (std::size_t i = 0; i < expression.size(); ++i) {
        const char c = expression[i];
        if (c == '\\' && i + 1 < expression.size()) {
            const char next = expression[++i];
            if (next == 'w')
                out += classDepth ? std::string(kWord) : "[" + std::string(kWord) + "]";
            else if (next == 'W' && !classDepth)
                out += "[^" + std::string(kWord) + "]";
            else if (next == 'h')
                out += classDepth ? "0-9A-Fa-f" : "[0-9A-Fa-f]";
            else
                (out += c) += next;
            continue;
        }
        if (c == '[') ++classDepth;
        if (c == ']' && classDepth > 0) --classDepth;
        out += c;
    }
    return out;
}

struct FreeMatchData {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

pcre2_match_data* threadMatchData() {
    thread_local const std::unique_ptr<pcre2_match_data, FreeMatchData> data(
        pcre2_match_data_create(1, nullptr));
    return data.get();
}

}  // namespace

void Pattern::FreeCode::operator()(pcre2_code* code) const {
    pcre2_code_free(code);
}

void Pattern::FreeContext::operator()(pcre2_match_context* context) const {
    pcre2_match_context_free(context);
}

Result<Pattern> Pattern::fromJson(const Json& pattern, const std::string& place) {
    LATHE_TRY(auto literal, jsonString(pattern, "String", "", place));
    if (!literal.empty()) return compile(literal, PCRE2_LITERAL, place);
    LATHE_TRY(auto expression, jsonString(pattern, "Regex", "", place));
    if (expression.empty()) return malformed("\"pattern\" must hold a String or a Regex", place);
    return regex(expression, place);
}

Result<Pattern> Pattern::regex(std::string_view expression, const std::string& place) {
    if (expression.find("&&") != std::string_view::npos)
        return Error{ErrorCode::Unsupported,
                     "a regular expression with a class intersection (&&) is not supported", place, ""};
    return compile(fromOniguruma(expression), PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, place);
}

Result<Pattern> Pattern::compile(std::string_view expression, uint32_t options, const std::string& place) {
    if (expression.size() > kMaxPattern)
        return malformed("a regular expression is longer than 4096 bytes", place);
    int code = 0;
    PCRE2_SIZE offset = 0;
    Pattern pattern;
    pattern.m_code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(),
                                       options | PCRE2_UTF, &code, &offset, nullptr));
    if (!pattern.m_code) {
        char text[256] = {};
        pcre2_get_error_message(code, reinterpret_cast<PCRE2_UCHAR*>(text), sizeof text);
        return malformed(
            "regular expression: " + std::string(text) + " at character " + std::to_string(offset), place);
    }
    // Without JIT (not built in, or no executable memory) the same code is interpreted.
    pcre2_jit_compile(pattern.m_code.get(), PCRE2_JIT_COMPLETE);
    pattern.m_context.reset(pcre2_match_context_create(nullptr));
    pcre2_set_match_limit(pattern.m_context.get(), kMatchLimit);
    pcre2_set_depth_limit(pattern.m_context.get(), kDepthLimit);
    pcre2_set_heap_limit(pattern.m_context.get(), kHeapLimitKib);
    return pattern;
}

uint64_t Pattern::givenUp() {
    return givenUpOfThread;
}

bool Pattern::findAll(std::string_view text, std::vector<Split>& matches) const {
    const auto subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    pcre2_match_data* data = threadMatchData();
    for (std::size_t at = 0; at <= text.size();) {
        int count =
            pcre2_match(m_code.get(), subject, text.size(), at, PCRE2_NO_UTF_CHECK, data, m_context.get());
        if (count == PCRE2_ERROR_JIT_STACKLIMIT)
            count = pcre2_match(m_code.get(), subject, text.size(), at, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
                                data, m_context.get());
        if (count == PCRE2_ERROR_NOMATCH) return true;
        if (count < 0) {
            ++givenUpOfThread;
            return false;
        }
        const PCRE2_SIZE* range = pcre2_get_ovector_pointer(data);
        if (range[1] < range[0] || range[0] < at) return true;  // \K can turn a match inside out
        matches.push_back({static_cast<uint32_t>(range[0]), static_cast<uint32_t>(range[1])});
        at = range[1];
        if (range[0] == range[1]) {
            if (at == text.size()) return true;
            nextCodePoint(text, at);
        }
    }
    return true;
}

}  // namespace lathe::tok
