// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/pipeline/ids_to_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/pattern.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

using Pieces = std::vector<std::string>;

/// Pieces do not grow beyond this by replacement: a chain of replacements could grow them without end.
constexpr std::size_t kMaxGrownPiece = 4096;

void replaceAll(std::string& text, std::string_view from, std::string_view to) {
    if (from.empty()) return;
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

/// Takes back the spaces that word pieces put around English punctuation.
void cleanUp(std::string& text) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kRules{{{" .", "."},
                                                                                    {" ?", "?"},
                                                                                    {" !", "!"},
                                                                                    {" ,", ","},
                                                                                    {" ' ", "'"},
                                                                                    {" n't", "n't"},
                                                                                    {" 'm", "'m"},
                                                                                    {" do not", " don't"},
                                                                                    {" 's", "'s"},
                                                                                    {" 've", "'ve"},
                                                                                    {" 're", "'re"}}};
    for (const auto& [from, to] : kRules) replaceAll(text, from, to);
}

class Sequence : public IdsToText {
  public:
    explicit Sequence(std::vector<std::unique_ptr<IdsToText>> steps) : m_steps(std::move(steps)) {}
    void apply(Pieces& pieces) const override {
        for (const auto& step : m_steps) step->apply(pieces);
    }

  private:
    std::vector<std::unique_ptr<IdsToText>> m_steps;
};

class ByteCharacters : public IdsToText {
  public:
    void apply(Pieces& pieces) const override {
        std::string bytes;
        for (const auto& piece : pieces) append(piece, bytes);
        pieces = {replaceInvalidUtf8(bytes)};
    }

  private:
    /// A piece with a character that stands for no byte is text already.
    static void append(const std::string& piece, std::string& bytes) {
        const std::size_t before = bytes.size();
        for (std::size_t at = 0; at < piece.size();) {
            const int byte = byteOfCharacter(nextCodePoint(piece, at));
            if (byte < 0) {
                bytes.resize(before);
                bytes += piece;
                return;
            }
            bytes += static_cast<char>(byte);
        }
    }
};

class WordPieces : public IdsToText {
  public:
    WordPieces(std::string prefix, bool cleanup) : m_prefix(std::move(prefix)), m_cleanup(cleanup) {}
    void apply(Pieces& pieces) const override {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            if (i > 0) {
                if (pieces[i].starts_with(m_prefix))
                    pieces[i].erase(0, m_prefix.size());
                else
                    pieces[i].insert(0, " ");
            }
            if (m_cleanup) cleanUp(pieces[i]);
        }
    }

  private:
    std::string m_prefix;
    bool m_cleanup;
};

class Metaspace : public IdsToText {
  public:
    Metaspace(std::string mark, bool dropsFirst) : m_mark(std::move(mark)), m_dropsFirst(dropsFirst) {}
    void apply(Pieces& pieces) const override {
        for (std::size_t i = 0; i < pieces.size(); ++i)
            replaceAll(pieces[i], m_mark, i == 0 && m_dropsFirst ? "" : " ");
    }

  private:
    std::string m_mark;
    bool m_dropsFirst;
};

/// "<0xE4>" and its like become bytes; a run of them that is no text gives one U+FFFD a byte.
class ByteFallback : public IdsToText {
  public:
    void apply(Pieces& pieces) const override {
        Pieces out;
        std::string run;
        const auto flush = [&] {
            if (run.empty()) return;
            if (isValidUtf8(run))
                out.push_back(run);
            else
                out.insert(out.end(), run.size(), "\xEF\xBF\xBD");
            run.clear();
        };
        for (auto& piece : pieces) {
            if (const auto byte = byteOf(piece)) {
                run += *byte;
            } else {
                flush();
                out.push_back(std::move(piece));
            }
        }
        flush();
        pieces = std::move(out);
    }

  private:
    static int digit(char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                      : -1;
    }
    static std::optional<char> byteOf(const std::string& piece) {
        if (piece.size() != 6 || !piece.starts_with("<0x") || piece[5] != '>') return std::nullopt;
        const int high = digit(piece[3]), low = digit(piece[4]);
        if (high < 0 || low < 0) return std::nullopt;
        return static_cast<char>(high * 16 + low);
    }
};

class Fuse : public IdsToText {
  public:
    void apply(Pieces& pieces) const override {
        std::string all;
        for (const auto& piece : pieces) all += piece;
        pieces = {std::move(all)};
    }
};

class Strip : public IdsToText {
  public:
    Strip(std::string content, int64_t start, int64_t stop)
        : m_content(std::move(content)), m_start(start), m_stop(stop) {}
    void apply(Pieces& pieces) const override {
        for (auto& piece : pieces) {
            for (int64_t i = 0; i < m_start && piece.starts_with(m_content); ++i)
                piece.erase(0, m_content.size());
            for (int64_t i = 0; i < m_stop && piece.ends_with(m_content); ++i)
                piece.resize(piece.size() - m_content.size());
        }
    }

  private:
    std::string m_content;
    int64_t m_start, m_stop;
};

class Replace : public IdsToText {
  public:
    Replace(Pattern pattern, std::string content)
        : m_pattern(std::move(pattern)), m_content(std::move(content)) {}
    void apply(Pieces& pieces) const override {
        std::vector<Split> matches;
        for (auto& piece : pieces) {
            matches.clear();
            if (!isValidUtf8(piece)) piece = replaceInvalidUtf8(piece);
            m_pattern.findAll(piece, matches);
            if (piece.size() + matches.size() * m_content.size() > std::max(piece.size(), kMaxGrownPiece))
                continue;
            for (auto match = matches.rbegin(); match != matches.rend(); ++match)
                piece.replace(match->begin, match->end - match->begin, m_content);
        }
    }

  private:
    Pattern m_pattern;
    std::string m_content;
};

class WordEnds : public IdsToText {
  public:
    explicit WordEnds(std::string suffix) : m_suffix(std::move(suffix)) {}
    void apply(Pieces& pieces) const override {
        for (std::size_t i = 0; i < pieces.size(); ++i)
            replaceAll(pieces[i], m_suffix, i + 1 == pieces.size() ? "" : " ");
    }

  private:
    std::string m_suffix;
};

/// Connectionist temporal classification: repeats are one, the padding piece is silence.
class Ctc : public IdsToText {
  public:
    Ctc(std::string padding, std::string delimiter, bool cleanup)
        : m_padding(std::move(padding)), m_delimiter(std::move(delimiter)), m_cleanup(cleanup) {}
    void apply(Pieces& pieces) const override {
        pieces.erase(std::unique(pieces.begin(), pieces.end()), pieces.end());
        for (auto& piece : pieces) {
            replaceAll(piece, m_padding, "");
            if (!m_cleanup) continue;
            cleanUp(piece);
            replaceAll(piece, m_delimiter, " ");
        }
        std::erase_if(pieces, [](const std::string& piece) { return piece.empty(); });
    }

  private:
    std::string m_padding, m_delimiter;
    bool m_cleanup;
};

using Made = Result<std::unique_ptr<IdsToText>>;

template <class T, class... Arguments>
Made make(Arguments&&... arguments) {
    return Made(std::make_unique<T>(std::forward<Arguments>(arguments)...));
}

Made makeSequence(const Json& part, const std::string& place) {
    LATHE_TRY(auto list, partArray(part, "decoders", place));
    std::vector<std::unique_ptr<IdsToText>> steps;
    for (const auto& item : *list) {
        LATHE_TRY(auto step, makeDecoder(item, place));
        if (step) steps.push_back(std::move(step));
    }
    return make<Sequence>(std::move(steps));
}

Made makeMetaspace(const Json& part, const std::string& place) {
    LATHE_TRY(auto mark, jsonString(part, "replacement", "\xE2\x96\x81", place));
    LATHE_TRY(auto prefix, jsonBool(part, "add_prefix_space", true, place));
    LATHE_TRY(auto scheme, jsonString(part, "prepend_scheme", prefix ? "always" : "never", place));
    return make<Metaspace>(std::move(mark), scheme != "never");
}

Made makeStrip(const Json& part, const std::string& place) {
    LATHE_TRY(auto content, jsonString(part, "content", " ", place));
    LATHE_TRY(auto start, jsonInteger(part, "start", 0, place));
    LATHE_TRY(auto stop, jsonInteger(part, "stop", 0, place));
    if (content.empty()) return malformed("Strip needs a \"content\"", place);
    return make<Strip>(std::move(content), start, stop);
}

Made makeCtc(const Json& part, const std::string& place) {
    LATHE_TRY(auto padding, jsonString(part, "pad_token", "<pad>", place));
    LATHE_TRY(auto delimiter, jsonString(part, "word_delimiter_token", "|", place));
    LATHE_TRY(auto cleanup, jsonBool(part, "cleanup", true, place));
    return make<Ctc>(std::move(padding), std::move(delimiter), cleanup);
}

}  // namespace

Result<std::unique_ptr<IdsToText>> makeDecoder(const Json& part, const std::string& place) {
    if (part.is_null()) return Made(std::unique_ptr<IdsToText>());
    LATHE_TRY(auto type, partType(part, place));
    if (type == "Sequence") return makeSequence(part, place);
    if (type == "ByteLevel") return make<ByteCharacters>();
    if (type == "ByteFallback") return make<ByteFallback>();
    if (type == "Fuse") return make<Fuse>();
    if (type == "Metaspace") return makeMetaspace(part, place);
    if (type == "Strip") return makeStrip(part, place);
    if (type == "CTC") return makeCtc(part, place);
    if (type == "WordPiece") {
        LATHE_TRY(auto prefix, jsonString(part, "prefix", "##", place));
        LATHE_TRY(auto cleanup, jsonBool(part, "cleanup", true, place));
        return make<WordPieces>(std::move(prefix), cleanup);
    }
    if (type == "Replace") {
        LATHE_TRY(auto pattern, Pattern::fromJson(part.value("pattern", Json()), place));
        LATHE_TRY(auto content, jsonString(part, "content", "", place));
        return make<Replace>(std::move(pattern), std::move(content));
    }
    if (type == "BPEDecoder") {
        LATHE_TRY(auto suffix, jsonString(part, "suffix", "</w>", place));
        return make<WordEnds>(std::move(suffix));
    }
    return unsupportedPart("decoder", type, place);
}

}  // namespace lathe::tok
