// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "core/tokenizer/jinja/values/builtin.h"
#include "core/tokenizer/jinja/values/operators.h"
#include "core/tokenizer/jinja/values/python_text.h"

namespace lathe::jinja {
namespace {

/// The text of a number in ASCII, without spaces at its ends and underscores between its digits, and with
/// digits of other scripts replaced. None when an underscore is elsewhere.
std::optional<std::string> plainNumber(std::string_view text, bool lettersAreDigits) {
    const auto isPart = [&](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x80 && (lettersAreDigits ? std::isalnum(byte) : std::isdigit(byte)) != 0;
    };
    std::string out;
    bool underscore = false;
    text = stripped(text, nullptr, true, true);
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = tok::nextCodePoint(text, at);
        if (c == U'_') {
            if (underscore || out.empty() || !isPart(out.back())) return std::nullopt;
            underscore = true;
            continue;
        }
        if (c >= 0x80 && !isDecimal(c)) return std::nullopt;
        out += static_cast<char>(c < 0x80 ? c : '0' + u_charDigitValue(static_cast<UChar32>(c)));
        if (underscore && !isPart(out.back())) return std::nullopt;
        underscore = false;
    }
    return underscore ? std::nullopt : std::optional(out);
}

/// As int(text, base); None when it is not an integer.
Result<std::optional<int64_t>> integerOf(std::string_view text, int64_t base) {
    if (base != 0 && (base < 2 || base > 36)) return failure("int needs a base of 2 to 36, or 0");
    const auto plain = plainNumber(text, true);
    if (!plain) return std::optional<int64_t>();
    std::string_view digits = *plain;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits = digits.substr(1);
    if (digits.size() > 2 && digits[0] == '0') {
        const char letter = static_cast<char>(digits[1] | 0x20);
        const int64_t own = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 0;
        if (own != 0 && (base == own || base == 0)) {
            digits = digits.substr(2);
            base = own;
        }
    }
    if (base == 0) base = 10;
    uint64_t magnitude = 0;
    const auto read =
        std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, static_cast<int>(base));
    if (digits.empty() || read.ec == std::errc::invalid_argument || read.ptr != digits.data() + digits.size())
        return std::optional<int64_t>();
    const auto most = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
    if (read.ec != std::errc() || magnitude > most + negative)
        return failure("an integer of more than 64 bits");
    return std::optional<int64_t>(static_cast<int64_t>(negative ? ~magnitude + 1 : magnitude));
}

/// As float(text).
std::optional<double> floatOf(std::string_view text) {
    const auto plain = plainNumber(text, false);
    if (!plain) return std::nullopt;
    std::string word = lowerCase(*plain);
    const bool negative = word.starts_with('-');
    if (negative || word.starts_with('+')) word.erase(0, 1);
    double value = 0;
    if (word == "inf" || word == "infinity") {
        value = std::numeric_limits<double>::infinity();
    } else if (word == "nan") {
        value = std::nan("");
    } else if (word.empty() || (word[0] != '.' && !std::isdigit(static_cast<unsigned char>(word[0])))) {
        return std::nullopt;
    } else {
        const auto read = std::from_chars(word.data(), word.data() + word.size(), value);
        if (read.ec == std::errc::invalid_argument || read.ptr != word.data() + word.size())
            return std::nullopt;
        // Too large, or too small to tell from 0: from_chars leaves the value alone.
        if (read.ec == std::errc::result_out_of_range)
            value = word.find("e-") != std::string::npos ? 0 : std::numeric_limits<double>::infinity();
    }
    return negative ? -value : value;
}

Result<Value> truncated(double value) {
    if (std::fabs(value) >= 9.2e18) return failure("an integer of more than 64 bits");
    return Value::integer(static_cast<int64_t>(value));
}

Result<Value> toInteger(const BuiltinCall& call) {
    const Value fallback = call.has(0) ? call[0] : Value::integer(0);
    const Value& value = call.self;
    if (value.isUndefined()) return undefinedError(value);
    if (value.isIntegral()) return Value::integer(value.integer());
    if (value.is(Kind::Float)) return std::isnan(value.number()) ? fallback : truncated(value.number());
    if (!value.isString()) return fallback;
    LATHE_TRY_VOID(call.run.stepBytes(value.bytes().size()));
    LATHE_TRY(const int64_t base, call.integer(1, 10));
    LATHE_TRY(const auto whole, integerOf(value.bytes(), base));
    if (whole) return Value::integer(*whole);
    const auto real = floatOf(value.bytes());
    return real && std::isfinite(*real) ? truncated(*real) : fallback;
}

Result<Value> toFloat(const BuiltinCall& call) {
    if (call.self.isUndefined()) return undefinedError(call.self);
    if (call.self.isNumber()) return Value::number(call.self.number());
    const auto read = call.self.isString() ? floatOf(call.self.bytes()) : std::nullopt;
    if (read) return Value::number(*read);
    return call.has(0) ? call[0] : Value::number(0);
}

Result<Value> absolute(const BuiltinCall& call) {
    if (!call.self.isNumber()) return failure("abs needs a number, not " + aValue(call.self));
    if (call.self.is(Kind::Float)) return Value::number(std::fabs(call.self.number()));
    return negated(call.self, call.self.integer() < 0);
}

/// Half to even at a power of ten above the point.
Result<Value> roundedInteger(int64_t value, int64_t precision) {
    if (precision >= 0) return Value::integer(value);
    if (precision < -18) return Value::integer(0);
    int64_t unit = 1;
    for (int64_t i = 0; i < -precision; ++i) unit *= 10;
    int64_t rest = value % unit, whole = value / unit;
    const int64_t half = unit / 2, size = rest < 0 ? -rest : rest;
    if (size > half || (size == half && (whole & 1) != 0)) whole += value < 0 ? -1 : 1;
    int64_t result = 0;
    if (__builtin_mul_overflow(whole, unit, &result)) return failure("an integer of more than 64 bits");
    return Value::integer(result);
}

double roundedFloat(double value, int64_t precision) {
    if (!std::isfinite(value) || precision > 323) return value;
    if (precision < -308) return std::copysign(0.0, value);
    if (precision < 0) {
        const double unit = std::pow(10.0, static_cast<double>(-precision));
        return std::nearbyint(value / unit) * unit;
    }
    char digits[1100];  // the exact decimal of any double, cut at the precision
    const auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed,
                                   static_cast<int>(precision))
                         .ptr;
    double result = 0;
    std::from_chars(digits, end, result);
    return result;
}

Result<Value> roundNumber(const BuiltinCall& call) {
    LATHE_TRY(const int64_t precision, call.integer(0, 0));
    LATHE_TRY(const std::string_view method, call.text(1, "common"));
    const Value& value = call.self;
    if (method != "common" && method != "ceil" && method != "floor")
        return failure("round knows the methods common, ceil and floor");
    if (value.isUndefined()) return undefinedError(value);
    if (!value.isNumber()) return failure("round needs a number, not " + aValue(value));
    if (method == "common")
        return value.isIntegral() ? roundedInteger(value.integer(), precision)
                                  : Value::number(roundedFloat(value.number(), precision));
    const double unit = std::pow(10.0, static_cast<double>(precision));
    const double scaled = value.number() * unit;
    if (!std::isfinite(scaled) || unit == 0) return failure("round of a number that is not finite");
    return Value::number((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
}

}  // namespace

std::span<const Builtin> numberFilters() {
    static constexpr Builtin kFilters[] = {
        {"abs", "", 0, absolute},
        {"float", "default", 0, toFloat},
        {"int", "default base", 0, toInteger},
        {"round", "precision method", 0, roundNumber},
    };
    return kFilters;
}

}  // namespace lathe::jinja
