// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/tagged_words.h"

#include <algorithm>
#include <concepts>

#include "core/data/columns.h"
#include "core/data/list_text.h"

namespace lathe {
namespace {

constexpr std::size_t kMaxWords = 100'000;  ///< of one sentence
constexpr std::size_t kMaxLineBytes = std::size_t(64) << 10;
constexpr int kSampleLines = 40;

std::vector<std::string_view> blankSeparated(std::string_view line) {
    constexpr std::string_view kBlank = " \t\r\n";
    std::vector<std::string_view> parts;
    for (auto begin = line.find_first_not_of(kBlank); begin != std::string_view::npos;) {
        const auto end = line.find_first_of(kBlank, begin);
        parts.push_back(line.substr(begin, end == std::string_view::npos ? end : end - begin));
        begin = end == std::string_view::npos ? end : line.find_first_not_of(kBlank, end);
    }
    return parts;
}
/// The parts of a temporary text would be views of freed memory.
template <std::same_as<std::string> Text>
void blankSeparated(Text&&) = delete;

bool isTag(std::string_view text) {
    if (text == "O") return true;
    return text.size() > 2 && text[1] == '-' &&
           std::string_view("BIESLU").find(text[0]) != std::string_view::npos;
}

}  // namespace

Result<void> readConll(SourceText& source, RowSink& sink) {
    const std::string file = sink.records().path.string();
    sink.records().columns = {"tokens", "tags"};
    std::vector<std::string> words, tags;
    std::size_t bytes = 0;
    uint64_t start = 0;
    const auto finish = [&]() -> Result<void> {
        if (words.empty()) return {};
        LATHE_TRY_VOID(sink.add({{OrderedJson(words), OrderedJson(tags)}, start}, bytes));
        words.clear();
        tags.clear();
        bytes = 0;
        return {};
    };
    SourceLines lines(source);
    for (std::string_view line; !sink.full() && lines.next(line);) {
        const std::string place = file + ":" + std::to_string(lines.number());
        if (line.size() > kMaxLineBytes)
            return Error{ErrorCode::DataInvalid, "a line is larger than 64 KiB", place,
                         "each line holds a word and its tag"};
        const auto columns = blankSeparated(line);
        if (columns.empty() || columns.front().starts_with("-DOCSTART-")) {
            LATHE_TRY_VOID(finish());
            continue;
        }
        if (columns.size() < 2)
            return Error{ErrorCode::DataInvalid, "this line has a word without a tag", place,
                         "each line holds a word and its tag; blank lines separate sentences"};
        if (words.size() == kMaxWords)
            return Error{ErrorCode::DataInvalid, "a sentence has more than 100,000 words", place,
                         "separate sentences with blank lines"};
        if (words.empty()) start = lines.number();
        bytes += columns.front().size() + columns.back().size();
        words.emplace_back(columns.front());
        tags.emplace_back(columns.back());
    }
    return source.whole() && !sink.full() ? finish() : Result<void>();
}

bool looksLikeConll(std::string_view text) {
    int seen = 0;
    bool entity = false;
    while (!text.empty() && seen < kSampleLines) {
        const auto newline = text.find('\n');
        const auto columns = blankSeparated(text.substr(0, newline));
        text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
        if (columns.empty() || columns.front().starts_with("-DOCSTART-")) continue;
        if (columns.size() < 2 || !isTag(columns.back())) return false;
        entity = entity || columns.back() != "O";
        ++seen;
    }
    return entity;
}

std::vector<std::string> wordsOf(const OrderedJson& cell) {
    std::vector<std::string> words;
    if (cell.is_array()) {
        for (const OrderedJson& word : cell) words.push_back(cellText(word));
        return words;
    }
    const std::string text = cellText(cell);
    if (auto list = listInText(text, false)) return std::move(list->items);
    for (const auto part : blankSeparated(text)) words.emplace_back(part);
    return words;
}

bool isCutShort(const OrderedJson& cell) {
    if (!cell.is_string()) return false;
    const auto list = listInText(cell.get_ref<const std::string&>(), false);
    return list && list->cutShort;
}

std::string sentenceOf(const std::vector<std::string>& words) {
    std::string sentence;
    for (const std::string& word : words) sentence += (sentence.empty() ? "" : " ") + word;
    return sentence;
}

std::vector<int> wordStarts(const std::vector<std::string>& words, const Encoding& encoding) {
    std::vector<std::size_t> ends;  // of each word in the sentence
    std::size_t at = 0;
    for (const std::string& word : words) ends.push_back((at += word.size() + (at > 0 ? 1 : 0)));
    std::vector<int> starts(encoding.ids.size(), -1);
    int last = -1;
    for (std::size_t i = 0; i < starts.size(); ++i) {
        const TextSpan span = encoding.offsets[i];
        if (span.begin == span.end) continue;
        // By its last byte: a token may begin with the blank before its word.
        const auto word =
            static_cast<int>(std::upper_bound(ends.begin(), ends.end(), span.end - 1) - ends.begin());
        if (word == last || word >= static_cast<int>(words.size())) continue;
        const auto index = static_cast<std::size_t>(word);
        if (span.end > ends[index] - words[index].size()) starts[i] = last = word;  // not the blank alone
    }
    return starts;
}

}  // namespace lathe
