// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/tokenizer/jinja/values/characters.h"
#include "core/tokenizer/jinja/values/operators.h"
#include "core/tokenizer/jinja/values/shown.h"

namespace lathe::jinja {
namespace {

void appendCode(std::string& out, char32_t c) {
    char code[8];
    std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(c));
    out += code;
}

void appendText(std::string& out, std::string_view text, bool asciiOnly) {
    static constexpr std::string_view kSpecial = "\"\\\n\r\t\f\b", kLetters = "\"\\nrtfb";
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const char32_t c = tok::nextCodePoint(text, at);
        const std::size_t special = c < 0x80 ? kSpecial.find(static_cast<char>(c)) : std::string_view::npos;
        if (special != std::string_view::npos) {
            (out += '\\') += kLetters[special];
        } else if (c < 0x20 || (asciiOnly && c >= 0x7F && c < 0x10000)) {
            appendCode(out, c);
        } else if (asciiOnly && c >= 0x10000) {
            appendCode(out, U16_LEAD(c));
            appendCode(out, U16_TRAIL(c));
        } else {
            out += text.substr(begin, at - begin);
        }
    }
    out += '"';
}

class Writer {
  public:
    Writer(Run& run, const JsonStyle& style) : m_run(run), m_style(style) {}

    Result<void> write(const Value& value) {
        LATHE_TRY_VOID(m_run.step());
        const std::size_t before = m_out.size();
        if (value.isSequence() || value.is(Kind::Dict)) {
            const Run::Nesting nesting(m_run);
            LATHE_TRY_VOID(nesting.check());
            return value.is(Kind::Dict) ? writeDict(value.dict()) : writeList(value.items());
        }
        LATHE_TRY_VOID(writeScalar(value));
        return m_run.charge(m_out.size() - before);
    }
    std::string take() { return std::move(m_out); }

  private:
    Result<void> writeScalar(const Value& value) {
        switch (value.kind()) {
            case Kind::None:
                m_out += "null";
                return {};
            case Kind::Boolean:
                m_out += value.boolean() ? "true" : "false";
                return {};
            case Kind::Integer:
                m_out += std::to_string(value.integer());
                return {};
            case Kind::Float:
                m_out += floatText(value.number());
                return {};
            case Kind::String:
                LATHE_TRY_VOID(m_run.afford(6, value.bytes().size()));
                appendText(m_out, value.bytes(), m_style.asciiOnly);
                return {};
            default:
                return failure(aValue(value) + " cannot be written as JSON");
        }
    }

    static std::string floatText(double number) {
        if (std::isnan(number)) return "NaN";
        if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
        return reprOfFloat(number);
    }

    Result<void> breakLine() {
        if (!m_style.indented) return {};
        LATHE_TRY_VOID(m_run.afford(m_level + 1, m_style.indent.size()));
        m_out += '\n';
        for (std::size_t i = 0; i < m_level; ++i) m_out += m_style.indent;
        return m_run.charge(1 + m_level * m_style.indent.size());
    }

    Result<void> separate(bool afterAnother) {
        if (afterAnother) {
            LATHE_TRY_VOID(m_run.charge(m_style.between.size()));
            m_out += m_style.between;
        }
        return breakLine();
    }

    Result<void> writeList(const std::vector<Value>& items) {
        if (items.empty()) {
            m_out += "[]";
            return {};
        }
        m_out += '[';
        ++m_level;
        for (std::size_t i = 0; i < items.size(); ++i) {
            LATHE_TRY_VOID(separate(i > 0));
            LATHE_TRY_VOID(write(items[i]));
        }
        --m_level;
        LATHE_TRY_VOID(breakLine());
        m_out += ']';
        return {};
    }

    Result<void> writeKey(const Value& key) {
        if (key.isString()) return writeScalar(key);
        if (!key.isNumber() && !key.isNone()) return failure(aValue(key) + " cannot be a key in JSON");
        m_out += '"';
        LATHE_TRY_VOID(writeScalar(key));
        m_out += '"';
        return {};
    }

    Result<std::vector<Dict::Entry>> sorted(std::vector<Dict::Entry> entries) {
        std::optional<Error> fault;
        std::stable_sort(entries.begin(), entries.end(), [&](const auto& a, const auto& b) {
            if (fault) return false;
            const auto before = less(m_run, a.key, b.key);
            if (!before.ok()) fault = before.error();
            return before.ok() && before.value();
        });
        if (fault) return *fault;
        return entries;
    }

    Result<void> writeDict(const Dict& dict) {
        if (dict.entries().empty()) {
            m_out += "{}";
            return {};
        }
        std::vector<Dict::Entry> entries = dict.entries();
        if (m_style.sortKeys) {
            LATHE_TRY(entries, sorted(std::move(entries)));
        }
        m_out += '{';
        ++m_level;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            LATHE_TRY_VOID(separate(i > 0));
            LATHE_TRY_VOID(writeKey(entries[i].key));
            LATHE_TRY_VOID(m_run.charge(m_style.afterKey.size()));
            m_out += m_style.afterKey;
            LATHE_TRY_VOID(write(entries[i].value));
        }
        --m_level;
        LATHE_TRY_VOID(breakLine());
        m_out += '}';
        return {};
    }

    Run& m_run;
    const JsonStyle& m_style;
    std::string m_out;
    std::size_t m_level = 0;
};

}  // namespace

Result<std::string> toJson(Run& run, const Value& value, const JsonStyle& style) {
    Writer writer(run, style);
    LATHE_TRY_VOID(writer.write(value));
    return writer.take();
}

}  // namespace lathe::jinja
