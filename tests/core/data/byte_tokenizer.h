// SPDX-License-Identifier: GPL-3.0-or-later
// A tokenizer small enough to check by hand: every byte is a token, and a few written-out pieces are, too.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/tokenizer/tokenizer.h"

namespace lathe::test {

class ByteTokenizer : public Tokenizer {
  public:
    static constexpr int32_t kFirstByte = 100;
    enum Id : int32_t { kMask = 0, kStart = 1, kEnd = 2, kCls = 3, kSep = 4, kJoined = 5 };

    /// With `bertLike`, encoding with special tokens gives [CLS] text [SEP] (text2 [SEP]).
    explicit ByteTokenizer(bool bertLike) : m_bertLike(bertLike) {
        if (bertLike) {
            m_special.cls = kCls;
            m_special.sep = kSep;
            m_special.mask = kMask;
        } else {
            m_special.eos = kEnd;
        }
    }

    using Tokenizer::encode;
    Encoding encode(std::string_view text, bool addSpecial, std::span<const TextSpan> plain) const override {
        Encoding encoding;
        const bool around = addSpecial && m_bertLike;
        if (around) add(encoding, kCls, 0, 0, 0);
        addText(encoding, text, plain, 0);
        if (around) add(encoding, kSep, 0, 0, 0);
        return encoding;
    }
    Encoding encodePair(std::string_view first, std::string_view second) const override {
        Encoding encoding = encode(first, true);
        addText(encoding, second, {}, 1);
        if (m_bertLike) add(encoding, kSep, 1, 0, 0);
        return encoding;
    }
    std::string decode(std::span<const int32_t> ids, bool) const override {
        std::string text;
        for (const int32_t id : ids) text += piece(id);
        return text;
    }
    int32_t vocabularySize() const override { return kFirstByte + 256; }
    std::string piece(int32_t id) const override {
        for (const auto& [known, text] : m_pieces)
            if (known == id) return text;
        return id >= kFirstByte ? std::string(1, static_cast<char>(id - kFirstByte)) : std::string();
    }
    std::optional<int32_t> idOf(std::string_view wanted) const override {
        for (const auto& [id, text] : m_pieces)
            if (text == wanted) return id;
        return std::nullopt;
    }
    bool isSpecial(int32_t id) const override { return id < kJoined; }
    std::vector<std::pair<std::string, int32_t>> controlTokens() const override {
        std::vector<std::pair<std::string, int32_t>> tokens;
        for (const auto& [id, text] : m_pieces)
            if (isSpecial(id)) tokens.emplace_back(text, id);
        return tokens;
    }
    const SpecialTokens& specialTokens() const override { return m_special; }
    const std::string& chatTemplate() const override { return m_template; }
    std::string kind() const override { return "bytes"; }

  private:
    static void add(Encoding& encoding, int32_t id, int32_t type, std::size_t begin, std::size_t end) {
        encoding.ids.push_back(id);
        encoding.typeIds.push_back(type);
        encoding.offsets.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
    }
    void addText(Encoding& encoding, std::string_view text, std::span<const TextSpan> plain,
                 int32_t type) const {
        for (std::size_t at = 0; at < text.size();) {
            std::size_t size = 1;
            int32_t id = kFirstByte + static_cast<unsigned char>(text[at]);
            for (const auto& [known, piece] : m_pieces) {
                if (!text.substr(at).starts_with(piece)) continue;
                const auto isOver = [at, size = piece.size()](const TextSpan& range) {
                    return range.begin < at + size && at < range.end;
                };
                if (isSpecial(known) && std::any_of(plain.begin(), plain.end(), isOver)) continue;
                id = known;
                size = piece.size();
            }
            add(encoding, id, type, at, at + size);
            at += size;
        }
    }

    bool m_bertLike;
    SpecialTokens m_special;
    std::string m_template;
    /// kJoined stands for merges that reach over the border between a prompt and its answer.
    std::vector<std::pair<int32_t, std::string>> m_pieces = {
        {kStart, "<|im_start|>"}, {kEnd, "<|im_end|>"}, {kCls, "[CLS]"}, {kSep, "[SEP]"}, {kJoined, "\nYes"}};
};

}  // namespace lathe::test
