// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/roles/tagged_words.h"

#include <algorithm>

#include "core/data/read/cell_text.h"
#include "core/data/read/lines.h"
#include "core/data/read/list_text.h"

namespace lathe {

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

Result<std::vector<std::string>> tagsOf(const OrderedJson& cell, const std::string& place) {
    auto tags = wordsOf(cell);
    for (std::size_t i = 0; i < tags.size(); ++i) {
        const std::string_view tag = tags[i];
        if (trimmed(tag).empty())
            return Error{ErrorCode::DataInvalid,
                         "the tag of word " + std::to_string(i + 1) + " of the row is empty", place,
                         "write O for words outside of all entities, or the tag that is missing"};
    }
    return tags;
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
