// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluate/text_scores.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>
#include <sstream>
#include <vector>

#include "core/tokenizer/text/unicode.h"

namespace lathe {
namespace {

using Units = std::vector<std::string>;

/// use(code point, its bytes) for each character.
template <class Use>
void eachCharacter(const std::string& text, Use use) {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = i;
        const char32_t point = tok::nextCodePoint(text, i);
        use(point, text.substr(begin, i - begin));
    }
}

/// Without white space, as chrF wants them.
Units charactersOf(const std::string& text) {
    Units characters;
    eachCharacter(text, [&](char32_t point, const std::string& character) {
        if (!tok::isWhitespace(point)) characters.push_back(character);
    });
    return characters;
}

/// mteval-13a: punctuation stands alone, but for full stops and commas within numbers.
Units wordsOf(const std::string& text) {
    static const std::vector<std::pair<std::regex, const char*>> rules{
        {std::regex("&quot;"), "\""},
        {std::regex("&amp;"), "&"},
        {std::regex("&lt;"), "<"},
        {std::regex("&gt;"), ">"},
        {std::regex(R"(([{-~\[-` -&(-+:-@/]))"), " $1 "},
        {std::regex(R"(([^0-9])([.,]))"), "$1 $2 "},
        {std::regex(R"(([.,])([^0-9]))"), " $1 $2"},
        {std::regex(R"(([0-9])(-))"), "$1 $2 "}};
    std::string line = " ";
    eachCharacter(text, [&](char32_t point, const std::string& character) {
        line += tok::isCjkIdeograph(point) ? " " + character + " "
                : tok::isWhitespace(point) ? " "
                                           : character;
    });
    line += " ";
    for (const auto& [pattern, replacement] : rules) line = std::regex_replace(line, pattern, replacement);
    std::istringstream split(line);
    Units words;
    for (std::string word; split >> word;) words.push_back(word);
    return words;
}

std::map<Units, int64_t> groupsOf(const Units& units, std::size_t length) {
    std::map<Units, int64_t> groups;
    for (std::size_t i = 0; i + length <= units.size(); ++i)
        ++groups[Units(units.begin() + std::ptrdiff_t(i), units.begin() + std::ptrdiff_t(i + length))];
    return groups;
}

int64_t total(const std::map<Units, int64_t>& groups) {
    int64_t sum = 0;
    for (const auto& [group, count] : groups) sum += count;
    return sum;
}

/// `chrf` does not count what is written where nothing as long is wanted.
template <class Counts>
void count(const Units& written, const Units& wanted, bool chrf, Counts& counts) {
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const auto ours = groupsOf(written, i + 1), theirs = groupsOf(wanted, i + 1);
        if (!chrf || !theirs.empty()) counts[i].written += total(ours);
        counts[i].wanted += total(theirs);
        for (const auto& [group, times] : ours)
            if (const auto it = theirs.find(group); it != theirs.end())
                counts[i].both += std::min(times, it->second);
    }
}

}  // namespace

void TextScores::add(const std::string& written, const std::string& wanted) {
    const Units ours = wordsOf(written), theirs = wordsOf(wanted);
    m_writtenWords += static_cast<int64_t>(ours.size());
    m_wantedWords += static_cast<int64_t>(theirs.size());
    count(ours, theirs, false, m_words);
    count(charactersOf(written), charactersOf(wanted), true, m_characters);
}

double TextScores::bleu() const {
    if (std::all_of(m_words.begin(), m_words.end(), [](const Counts& counts) { return counts.both == 0; }))
        return 0;
    double logs = 0, smooth = 1;
    for (const Counts& counts : m_words) {
        if (counts.written == 0) return 0;
        if (counts.both == 0) smooth *= 2;
        logs += std::log(counts.both > 0 ? double(counts.both) / double(counts.written)
                                         : 1 / (smooth * double(counts.written)));
    }
    const double shorter =
        m_writtenWords < m_wantedWords ? 1 - double(m_wantedWords) / double(m_writtenWords) : 0;
    return 100 * std::exp(shorter + logs / double(kWords));
}

double TextScores::chrf() const {
    constexpr double kBeta2 = 4;
    double precision = 0, recall = 0;
    int orders = 0;
    for (const Counts& counts : m_characters) {
        if (counts.written == 0 || counts.wanted == 0) continue;
        precision += double(counts.both) / double(counts.written);
        recall += double(counts.both) / double(counts.wanted);
        ++orders;
    }
    if (precision + recall == 0) return 0;
    precision /= orders;
    recall /= orders;
    return 100 * (1 + kBeta2) * precision * recall / (kBeta2 * precision + recall);
}

}  // namespace lathe
