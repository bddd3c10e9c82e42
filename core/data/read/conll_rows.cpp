// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/conll_rows.h"

#include <algorithm>

#include "core/data/read/lines.h"

namespace lathe {
namespace {

constexpr std::size_t kMaxWords = 100'000;  ///< of one sentence
constexpr std::size_t kMaxLineBytes = std::size_t(64) << 10;
constexpr int kSampleLines = 40;
constexpr int kLayoutLines = 200;
constexpr std::size_t kLayoutBytes = std::size_t(1) << 20;
constexpr std::size_t kUniversalColumns = 10;  ///< of CoNLL-U

bool isTag(std::string_view text) {
    if (text == "O") return true;
    return text.size() > 2 && text[1] == '-' &&
           std::string_view("BIESLU").find(text[0]) != std::string_view::npos;
}

/// "# sent_id = 3" and the like, as CoNLL-U writes before a sentence.
bool isKeyComment(const std::vector<std::string_view>& columns) {
    return columns.size() > 2 && columns[0] == "#" && columns[2] == "=";
}

/// How the lines of a CoNLL file are written.
struct ConllLayout {
    bool tabs = false;     ///< between columns
    bool indexed = false;  ///< the first column counts the words of a sentence

    bool isComment(std::string_view line, const std::vector<std::string_view>& columns) const {
        if (!line.starts_with('#')) return false;
        return indexed || (tabs ? line.find('\t') == std::string_view::npos : isKeyComment(columns));
    }
};

/// A column counts words where it does so throughout the first lines, with two columns or more behind it.
/// Words of several tokens ("3-4") and empty nodes ("3.1") of CoNLL-U are between the numbers.
ConllLayout layoutOf(std::string_view text) {
    ConllLayout layout;
    if (text.size() > kLayoutBytes) text = text.substr(0, text.rfind('\n', kLayoutBytes));
    uint64_t number = 0, highest = 0;
    bool counts = true, first = true;
    for (int seen = 0; !text.empty() && seen < kLayoutLines;) {
        const auto line = takeLine(text);
        const auto columns = blankSeparated(line);
        if (columns.empty()) number = 0;
        if (columns.empty() || line.starts_with('#') || columns.front().starts_with("-DOCSTART-")) continue;
        if (first) layout.tabs = line.find('\t') != std::string_view::npos;
        first = false;
        ++seen;
        const auto index = columns.front();
        counts = counts && (columns.size() > 2 || seen > 1) &&
                 index.find_first_not_of("0123456789-.") == std::string_view::npos;
        if (!counts) break;
        if (index.find_first_of("-.") != std::string_view::npos) continue;
        counts = index == std::to_string(++number);
        highest = std::max(highest, number);
    }
    layout.indexed = counts && highest > 1;
    return layout;
}

/// Gathers the words of a sentence.
class ConllReader {
  public:
    ConllReader(RowSink& sink, ConllLayout layout)
        : m_sink(sink), m_layout(layout), m_file(sink.records().path.string()) {}

    Result<void> line(std::string_view line, uint64_t number) {
        const auto place = [&] { return m_file + ":" + std::to_string(number); };
        if (line.size() > kMaxLineBytes)
            return Error{ErrorCode::DataInvalid, "a line is larger than 64 KiB", place(),
                         "each line holds a word and its tag"};
        const auto columns = blankSeparated(line);
        if (columns.empty() || columns.front().starts_with("-DOCSTART-")) return finish();
        if (m_layout.isComment(line, columns)) {
            note({"comments_skipped", "lines that start with # are comments and left out", "", place(), 1});
            return {};
        }
        if (columns.size() < (m_layout.indexed ? 3u : 2u))
            return Error{ErrorCode::DataInvalid, "this line has a word without a tag", place(),
                         "each line holds a word and its tag; blank lines separate sentences"};
        if (m_words.size() == kMaxWords)
            return Error{ErrorCode::DataInvalid, "a sentence has more than 100,000 words", place(),
                         "separate sentences with blank lines"};
        if (m_layout.indexed) {
            if (columns.front().find_first_of("-.") != std::string_view::npos) {
                note({"words_skipped", "lines of several words (3-4) or of none (3.1) are left out", "",
                      place(), 1});
                return {};
            }
            if (columns.size() == kUniversalColumns && !isTag(columns.back()))
                return Error{
                    ErrorCode::DataInvalid, "this is a file of CoNLL-U, whose last column holds no tags",
                    place(),
                    "write a word and its tag per line: of CoNLL-U the 2nd and, for parts of speech, "
                    "the 4th column"};
            note(
                {"index_column", "the first column counts the words; the second one holds them", "", m_file});
        }
        const auto word = columns[m_layout.indexed ? 1 : 0];
        if (m_words.empty()) m_start = number;
        m_bytes += word.size() + columns.back().size();
        m_words.emplace_back(word);
        m_tags.emplace_back(columns.back());
        return {};
    }

    Result<void> finish() {
        if (m_words.empty()) return {};
        LATHE_TRY_VOID(m_sink.add({{OrderedJson(m_words), OrderedJson(m_tags)}, m_start}, m_bytes));
        m_words.clear();
        m_tags.clear();
        m_bytes = 0;
        return {};
    }

  private:
    void note(Note note) { addNote(m_sink.records().notes, std::move(note)); }

    RowSink& m_sink;
    ConllLayout m_layout;
    std::string m_file;
    std::vector<std::string> m_words, m_tags;
    std::size_t m_bytes = 0;
    uint64_t m_start = 0;
};

}  // namespace

Result<void> readConll(SourceText& source, RowSink& sink) {
    sink.records().columns = {"tokens", "tags"};
    ConllReader reader(sink, layoutOf(source.text()));
    SourceLines lines(source);
    for (std::string_view line; !sink.full() && lines.next(line);)
        LATHE_TRY_VOID(reader.line(line, lines.number()));
    return source.whole() && !sink.full() ? reader.finish() : Result<void>();
}

bool looksLikeConll(std::string_view text) {
    int seen = 0;
    bool entity = false;
    while (!text.empty() && seen < kSampleLines) {
        const auto newline = text.find('\n');
        const auto columns = blankSeparated(text.substr(0, newline));
        text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
        if (columns.empty() || columns.front().starts_with("-DOCSTART-") || isKeyComment(columns)) continue;
        if (columns.size() < 2 || !isTag(columns.back())) return false;
        entity = entity || columns.back() != "O";
        ++seen;
    }
    return entity;
}

}  // namespace lathe
