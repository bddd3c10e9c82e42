// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/pipeline/added_tokens.h"

#include <algorithm>

#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

Result<AddedToken> tokenFromJson(const Json& entry, const std::string& place) {
    if (!entry.is_object()) return malformed("an added token must be an object", place);
    AddedToken token;
    LATHE_TRY(auto id, jsonInteger(entry, "id", -1, place));
    LATHE_TRY(token.content, jsonString(entry, "content", "", place));
    LATHE_TRY(token.singleWord, jsonBool(entry, "single_word", false, place));
    LATHE_TRY(token.stripsLeft, jsonBool(entry, "lstrip", false, place));
    LATHE_TRY(token.stripsRight, jsonBool(entry, "rstrip", false, place));
    LATHE_TRY(token.special, jsonBool(entry, "special", false, place));
    LATHE_TRY(token.normalized, jsonBool(entry, "normalized", !token.special, place));
    if (id < 0 || id > INT32_MAX)
        return malformed("the added token \"" + token.content + "\" has no usable id", place);
    token.id = static_cast<int32_t>(id);
    return token;
}

bool wordEndsBefore(std::string_view text, std::size_t end) {
    if (end == 0) return false;
    std::size_t at = previousCharacter(text, end);
    return isWordCharacter(nextCodePoint(text, at));
}

bool wordBeginsAt(std::string_view text, std::size_t at) {
    return at < text.size() && isWordCharacter(nextCodePoint(text, at));
}

std::size_t spacesBegin(std::string_view text, std::size_t end) {
    while (end > 0) {
        const std::size_t last = previousCharacter(text, end);
        std::size_t at = last;
        if (!isWhitespace(nextCodePoint(text, at))) break;
        end = last;
    }
    return end;
}

/// The first range with bytes that does not end before `span`; an empty one past its end without any.
TextSpan rangeAt(std::span<const TextSpan> ranges, TextSpan span) {
    auto range = std::partition_point(ranges.begin(), ranges.end(),
                                      [&](const TextSpan& r) { return r.end <= span.begin; });
    while (range != ranges.end() && range->begin == range->end) ++range;
    return range == ranges.end() ? TextSpan{UINT32_MAX, UINT32_MAX} : *range;
}

bool liesIn(std::span<const TextSpan> ranges, TextSpan span) {
    const TextSpan range = rangeAt(ranges, span);
    return range.begin <= span.begin && span.end <= range.end;
}

std::size_t spacesEnd(std::string_view text, std::size_t at) {
    std::size_t next = at;
    while (at < text.size() && isWhitespace(nextCodePoint(text, next))) at = next;
    return at;
}

}  // namespace

Result<AddedTokens> AddedTokens::fromJson(const Json& list, const Vocabulary& vocabulary,
                                          const Normalizer* normalizer, const std::string& place) {
    AddedTokens added;
    if (list.is_null()) return added;
    if (!list.is_array()) return malformed("\"added_tokens\" must be a list", place);
    const auto limit = static_cast<int64_t>(vocabulary.size() + list.size()) * 4 + 1024;
    for (const auto& entry : list) {
        LATHE_TRY(auto token, tokenFromJson(entry, place));
        if (token.content.empty()) continue;
        if (const auto known = vocabulary.find(token.content)) {
            token.id = *known;
        } else if (token.id >= limit || !vocabulary.piece(token.id).empty()) {
            return malformed("the added token \"" + token.content + "\" has the id " +
                                 std::to_string(token.id) + ", which is out of range or taken",
                             place);
        }
        if (added.m_byId.contains(token.id)) {
            if (added.m_byId[token.id].content == token.content) continue;
            return malformed("two added tokens have the id " + std::to_string(token.id), place);
        }
        AlignedText content(token.content, 0);
        if (token.normalized && normalizer) normalizer->apply(content);
        if (!content.empty())
            (token.normalized ? added.m_normalized : added.m_raw).insert(content.text(), token.id);
        token.decoded = content.text();
        added.m_ids.insert_or_assign(token.content, token.id);
        added.m_byId.insert_or_assign(token.id, std::move(token));
    }
    return added;
}

const AddedToken* AddedTokens::find(int32_t id) const {
    const auto it = m_byId.find(id);
    return it == m_byId.end() ? nullptr : &it->second;
}

std::optional<int32_t> AddedTokens::idOf(std::string_view content) const {
    const auto it = m_ids.find(content);
    return it == m_ids.end() ? std::nullopt : std::optional(it->second);
}

bool AddedTokens::isSpecial(int32_t id) const {
    const AddedToken* token = find(id);
    return token && token->special;
}

std::vector<std::pair<std::string, int32_t>> AddedTokens::specials() const {
    std::vector<std::pair<std::string, int32_t>> out;
    for (const auto& [id, token] : m_byId)
        if (token.special) out.emplace_back(token.content, id);
    return out;
}

bool overlapsAny(std::span<const TextSpan> ranges, TextSpan span) {
    return rangeAt(ranges, span).begin < span.end;
}

void AddedTokens::Matcher::insert(std::string_view content, int32_t id) {
    trie.insert(content, id);
    firstBytes[static_cast<unsigned char>(content.front())] = true;
    any = true;
}

std::vector<AddedMatch> AddedTokens::Matcher::cut(const AlignedText& given,
                                                  const std::map<int32_t, AddedToken>& byId,
                                                  std::span<const TextSpan> plain) const {
    const std::string_view text = given.text();
    std::vector<AddedMatch> out;
    std::size_t done = 0;  // everything before is in `out`
    const auto putText = [&](std::size_t end) {
        if (end > done) out.push_back({static_cast<uint32_t>(done), static_cast<uint32_t>(end), -1});
    };
    for (std::size_t at = 0; any && at < text.size();) {
        std::size_t length = 0;
        int32_t id = -1;
        bool isText = false;
        if (firstBytes[static_cast<unsigned char>(text[at])])
            trie.eachMatch(PieceTrie::kRoot, text, at, [&](std::size_t found, int32_t value) {
                const bool special = !plain.empty() && byId.at(value).special;
                const TextSpan origin = special ? given.origin(at, at + found) : TextSpan{};
                const bool touches = special && overlapsAny(plain, origin);
                // What begins or ends outside of the range must not hide a token that lies outside.
                if (touches && !liesIn(plain, origin)) return;
                isText = touches;
                length = found;
                id = value;
            });
        if (length == 0 || isText) {
            at += std::max<std::size_t>(length, 1);
            continue;
        }
        const AddedToken& token = byId.at(id);
        std::size_t begin = at, end = at + length;
        at = end;
        if (token.singleWord && (wordEndsBefore(text, begin) || wordBeginsAt(text, end))) continue;
        if (token.stripsLeft) begin = std::max(done, spacesBegin(text, begin));
        if (token.stripsRight) end = at = spacesEnd(text, end);
        putText(begin);
        out.push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), id});
        done = end;
    }
    putText(text.size());
    return out;
}

}  // namespace lathe::tok
