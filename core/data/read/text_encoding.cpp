// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/text_encoding.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/ucsdet.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "core/data/read/foreign_file.h"
#include "core/data/read/row_source.h"

namespace lathe {
namespace {

constexpr std::size_t kDetectBytes = std::size_t(64) << 10;
constexpr int64_t kTellBytes = int64_t(1) << 20;
constexpr unsigned char kBig5First = 0xA4;  ///< lead byte of its first everyday character
constexpr std::size_t kMaxConvertedBytes = std::size_t(600)
                                           << 20;  // ICU counts in int32, and a byte may become three

struct Utf8Scan {
    std::size_t broken = 0;     ///< bytes that start no character
    std::size_t multibyte = 0;  ///< whole characters of two to four bytes
    std::size_t firstBroken = 0;
    std::optional<std::size_t> zero;  ///< the first zero byte; nothing behind it was looked at
};

/// The source from `begin` on.
Utf8Scan scanUtf8(SourceText& source, std::size_t begin) {
    Utf8Scan scan;
    const auto* data = reinterpret_cast<const uint8_t*>(source.text().data());
    const auto size = static_cast<int64_t>(source.text().size());
    int64_t told = 0;
    for (auto at = static_cast<int64_t>(begin); at < size;) {
        if (at - told >= kTellBytes) {
            source.passed(static_cast<std::size_t>(at));
            told = at;
        }
        if (data[at] < 0x80) {
            if (data[at] == 0) {
                scan.zero = static_cast<std::size_t>(at);
                return scan;
            }
            ++at;
            continue;
        }
        const int64_t start = at;
        UChar32 character = 0;
        U8_NEXT(data, at, size, character);
        if (character >= 0) {
            ++scan.multibyte;
        } else if (scan.broken++ == 0) {
            scan.firstBroken = static_cast<std::size_t>(start);
        }
    }
    return scan;
}

/// UTF-16 without a byte order mark: text in western letters has a zero in every other byte.
const char* guessUtf16(std::string_view bytes) {
    if (bytes.size() < 4 || bytes.size() % 2 != 0) return nullptr;
    const std::size_t pairs = std::min(bytes.size(), kDetectBytes) / 2;
    std::array<std::size_t, 2> zeros{};
    for (std::size_t i = 0; i < 2 * pairs; ++i) zeros[i % 2] += bytes[i] == '\0';
    if (zeros[1] * 3 > pairs && zeros[0] * 50 < pairs) return "UTF-16LE";
    if (zeros[0] * 3 > pairs && zeros[1] * 50 < pairs) return "UTF-16BE";
    return nullptr;
}

/// Nothing when a byte does not fit the charset.
std::optional<std::string> convert(std::string_view bytes, const char* charset) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open(charset, &status),
                                                                       ucnv_close);
    if (U_FAILURE(status)) return std::nullopt;
    ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    std::string text(bytes.size() * 3 + 4, '\0');
    const int32_t length =
        ucnv_toAlgorithmic(UCNV_UTF8, converter.get(), text.data(), static_cast<int32_t>(text.size()),
                           bytes.data(), static_cast<int32_t>(bytes.size()), &status);
    if (U_FAILURE(status)) return std::nullopt;
    text.resize(static_cast<std::size_t>(length));
    return text;
}

/// Characters that Chinese texts of any kind are full of, simplified and traditional.
constexpr std::u32string_view kFrequentCharacters =
    U"的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用"
    U"道行所然家"
    U"种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实這個們來為國說"
    U"時會對著過"
    U"發後裡種經麼學現當沒動還進樣開從實與無問話給讓間長見業體關點電機東車書兩應幾頭聽誰買賣氣愛請謝難錯歡飯"
    U"館";

/// How much bytes look like Chinese in one double-byte charset: 0 for not at all, up to 2.
struct ChineseScore {
    std::size_t pairs = 0;
    std::size_t common = 0;    ///< pairs in the area of punctuation and everyday characters
    std::size_t frequent = 0;  ///< characters of kFrequentCharacters
    std::size_t high = 0;      ///< pairs of two bytes above ASCII, which western text hardly has
    bool plausible() const { return pairs >= 2 && common * 10 >= pairs * 8 && high * 4 >= pairs; }
    double value() const { return plausible() ? double(common + frequent) / double(pairs) : 0; }
};

ChineseScore chineseScore(std::string_view sample, const char* charset, unsigned char firstCommon,
                          unsigned char lastCommon) {
    ChineseScore score;
    std::size_t whole = 0;
    while (whole < sample.size()) {
        const auto lead = static_cast<unsigned char>(sample[whole]);
        if (lead < 0x80) {
            ++whole;
            continue;
        }
        if (whole + 1 == sample.size()) break;  // the sample ends within a character
        const auto trail = static_cast<unsigned char>(sample[whole + 1]);
        ++score.pairs;
        const bool everyday = (lead >= 0xA1 && lead <= 0xA3) || (lead >= firstCommon && lead <= lastCommon);
        // GB18030 has its everyday characters above ASCII in both bytes, Big5 has not.
        score.common += everyday && (trail >= 0xA1 || (firstCommon == kBig5First && trail >= 0x40));
        score.high += trail >= 0xA1;
        whole += 2;
    }
    const auto text = convert(sample.substr(0, whole), charset);
    if (!text) return {};
    const auto* bytes = reinterpret_cast<const uint8_t*>(text->data());
    for (int64_t at = 0, size = static_cast<int64_t>(text->size()); at < size;) {
        UChar32 character = 0;
        U8_NEXT(bytes, at, size, character);
        score.frequent += character > 0x7F && kFrequentCharacters.find(static_cast<char32_t>(character)) !=
                                                  std::u32string_view::npos;
    }
    return score;
}

struct ChineseGuess {
    const char* charset = nullptr;  ///< null: not Chinese
    bool certain = false;           ///< long enough, and full of frequent characters
};

/// GB18030 and Big5 share most byte pairs; only the right one gives everyday characters throughout.
ChineseGuess guessChinese(std::string_view sample) {
    const ChineseScore gb = chineseScore(sample, "GB18030", 0xB0, 0xD7);
    const ChineseScore big5 = chineseScore(sample, "Big5", kBig5First, 0xC6);
    const bool traditional = big5.value() > gb.value();
    const ChineseScore& best = traditional ? big5 : gb;
    if (!best.plausible()) return {};
    return {traditional ? "Big5" : "GB18030", best.pairs >= 8 && best.frequent * 5 >= best.pairs};
}

bool isOtherEastAsian(std::string_view name) {
    return name == "EUC-JP" || name == "EUC-KR" || name == "Shift_JIS" || name == "ISO-2022-JP";
}

/// Charset names worth trying, the likeliest first.
std::vector<std::string> charsetCandidates(std::string_view sample) {
    std::vector<std::string> names;
    const ChineseGuess chinese = guessChinese(sample);
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UCharsetDetector, decltype(&ucsdet_close)> detector(ucsdet_open(&status),
                                                                              ucsdet_close);
    if (U_SUCCESS(status)) {
        ucsdet_setText(detector.get(), sample.data(), static_cast<int32_t>(sample.size()), &status);
        int32_t count = 0;
        const UCharsetMatch** matches = ucsdet_detectAll(detector.get(), &count, &status);
        for (int32_t i = 0; U_SUCCESS(status) && i < count; ++i) {
            UErrorCode each = U_ZERO_ERROR;
            const char* name = ucsdet_getName(matches[i], &each);
            const int32_t confidence = ucsdet_getConfidence(matches[i], &each);
            if (U_FAILURE(each) || !name || std::string_view(name).starts_with("UTF-")) continue;
            const bool otherwise = confidence >= 50 && isOtherEastAsian(name) && !chinese.certain;
            if (names.empty() && chinese.charset && !otherwise) names.push_back(chinese.charset);
            names.push_back(name);
        }
    }
    if (names.empty() && chinese.charset) names.push_back(chinese.charset);
    names.push_back("windows-1252");
    names.push_back("ISO-8859-1");
    return names;
}

Result<DecodedText> converted(std::string_view bytes, const std::vector<std::string>& charsets,
                              const std::string& place) {
    if (bytes.size() > kMaxConvertedBytes)
        return Error{ErrorCode::FileTooLarge, "the file is too large to be converted to UTF-8", place,
                     "save it as UTF-8 first"};
    for (const auto& charset : charsets) {
        auto text = convert(bytes, charset.c_str());
        if (!text || text->find('\0') != std::string::npos) continue;
        if (text->starts_with("\xEF\xBB\xBF")) text->erase(0, 3);
        DecodedText decoded;
        decoded.encoding = charset;
        decoded.converted = std::move(*text);
        return decoded;
    }
    return Error{ErrorCode::DataInvalid, "the text's encoding is not recognised", place,
                 "save the file as UTF-8"};
}

/// ICU's name for a recipe's; "utf-16" without a mark is taken as the usual little-endian.
const char* charsetOf(const std::string& encoding) {
    if (encoding == "utf-16") return "UTF-16LE";
    if (encoding == "gb18030") return "GB18030";
    if (encoding == "big5") return "Big5";
    return encoding == "latin-1" ? "windows-1252" : "UTF-8";
}

}  // namespace

Result<DecodedText> decodeText(SourceText& source, const std::string& place, const std::string& encoding) {
    const std::string_view bytes = source.text();
    if (encoding != "auto" && encoding != "utf-8") {
        if (bytes.substr(0, kDetectBytes).find('\0') != std::string_view::npos)
            LATHE_TRY_VOID(checkNotForeign(bytes, place));
        auto decoded = converted(bytes, {charsetOf(encoding)}, place);
        if (decoded.ok() || decoded.error().code != ErrorCode::DataInvalid) return decoded;
        return Error{ErrorCode::DataInvalid, "the text has bytes that are not " + encoding, place,
                     "write data.encoding: auto, or the encoding it was saved in"};
    }
    if (bytes.starts_with(std::string_view("\xFF\xFE\0\0", 4))) return converted(bytes, {"UTF-32LE"}, place);
    if (bytes.starts_with("\xFF\xFE")) return converted(bytes, {"UTF-16LE"}, place);
    if (bytes.starts_with("\xFE\xFF")) return converted(bytes, {"UTF-16BE"}, place);
    const bool marked = bytes.starts_with("\xEF\xBB\xBF");
    const std::size_t begin = marked ? 3 : 0;
    const Utf8Scan scan = scanUtf8(source, begin);
    // A text may begin with the letters of such a file.
    if (scan.zero || scan.broken > 0) LATHE_TRY_VOID(checkNotForeign(bytes, place));
    if (scan.zero) {
        if (const char* charset = guessUtf16(bytes.substr(begin))) return converted(bytes, {charset}, place);
        return Error{ErrorCode::DataInvalid, "this is not a text file: it holds a zero byte",
                     textPlace(place, bytes.substr(begin), *scan.zero - begin),
                     "export the data as JSONL, CSV or plain text"};
    }
    if (scan.broken == 0) {
        DecodedText decoded;
        decoded.original = bytes.substr(begin);
        return decoded;
    }
    // Other encodings hardly ever look like UTF-8 by chance, so this one is UTF-8 with damage.
    if (marked || encoding == "utf-8" || scan.multibyte >= 10 * scan.broken)
        return Error{ErrorCode::DataInvalid, "the text is UTF-8 but has bytes here that are no character",
                     textPlace(place, bytes.substr(begin), scan.firstBroken - begin),
                     "save the file again as UTF-8"};
    const std::size_t before = scan.firstBroken - std::min<std::size_t>(scan.firstBroken, 256);
    return converted(bytes, charsetCandidates(bytes.substr(before, kDetectBytes)), place);
}

std::string textPlace(const std::string& file, std::string_view text, std::size_t position) {
    const auto before = text.substr(0, position);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto lastLine = before.substr(before.rfind('\n') + 1);
    const auto column = 1 + std::count_if(lastLine.begin(), lastLine.end(), [](char c) {
                            return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                        });
    return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

}  // namespace lathe
