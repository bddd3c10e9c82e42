// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/pipeline/pipeline_tokenizer.h"

#include <algorithm>
#include <array>

#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

const Json& partOf(const Json& description, const char* key) {
    static const Json none;
    const auto it = description.find(key);
    return it == description.end() ? none : *it;
}

constexpr std::size_t kMaxSteps = 128;
constexpr std::size_t kMaxTemplateItems = 1024;

/// How many objects a part holds: each step of a tokenizer is one.
std::size_t stepsIn(const Json& part) {
    if (!part.is_structured()) return 0;
    std::size_t steps = part.is_object() ? 1 : 0;
    for (const Json& item : part) steps += stepsIn(item);
    return steps;
}

/// Text whose bytes are all whole characters; spans still point into the given bytes.
AlignedText readableText(std::string_view text) {
    if (isValidUtf8(text)) return {text, 0};
    const AlignedText raw(text, 0);
    TextRewriter out(raw);
    for (std::size_t at = 0; at < text.size();) {
        const auto begin = static_cast<uint32_t>(at);
        const char32_t c = nextCodePoint(text, at);
        out.put(utf8Of(c), TextSpan{begin, static_cast<uint32_t>(at)});
    }
    return out.finish();
}

/// How many spaces a byte-level piece begins and ends with; in both counts when it is nothing else.
std::pair<uint32_t, uint32_t> spacesAround(std::string_view piece) {
    const auto isSpace = [](char32_t c) { return c == U'\u0120' || isWhitespace(c); };
    std::pair<uint32_t, uint32_t> counts{0, 0};
    bool leading = true;
    for (std::size_t at = 0; at < piece.size();) {
        const bool space = isSpace(nextCodePoint(piece, at));
        leading = leading && space;
        counts.first += leading ? 1 : 0;
        counts.second = space ? counts.second + 1 : 0;
    }
    return counts;
}

struct Role {
    const char* name;
    std::optional<int32_t> SpecialTokens::*id;
    std::array<const char*, 3> usualTexts;
};

constexpr std::array<Role, 7> kRoles{
    {{"bos_token", &SpecialTokens::bos, {"<s>", "<bos>", "<|begin_of_text|>"}},
     {"eos_token", &SpecialTokens::eos, {"</s>", "<eos>", "<|endoftext|>"}},
     {"pad_token", &SpecialTokens::pad, {"[PAD]", "<pad>", nullptr}},
     {"unk_token", &SpecialTokens::unk, {"[UNK]", "<unk>", nullptr}},
     {"cls_token", &SpecialTokens::cls, {"[CLS]", nullptr, nullptr}},
     {"sep_token", &SpecialTokens::sep, {"[SEP]", nullptr, nullptr}},
     {"mask_token", &SpecialTokens::mask, {"[MASK]", "<mask>", nullptr}}}};

}  // namespace

SpecialTokens rolesOf(const Tokenizer& tokenizer, const TokenizerExtras& extras) {
    SpecialTokens roles;
    for (const Role& role : kRoles) {
        if (const auto named = extras.roles.find(role.name); named != extras.roles.end()) {
            roles.*role.id = tokenizer.idOf(named->second);
            continue;
        }
        for (const char* text : role.usualTexts)
            if (text && !(roles.*role.id)) roles.*role.id = tokenizer.idOf(text);
    }
    return roles;
}

Result<std::unique_ptr<Tokenizer>> PipelineTokenizer::build(const Json& description,
                                                            const TokenizerExtras& extras,
                                                            const std::string& place) {
    if (!description.is_object()) return malformed("a tokenizer.json must be an object", place);
    for (const auto& [part, most] :
         {std::pair("normalizer", kMaxSteps), std::pair("pre_tokenizer", kMaxSteps),
          std::pair("post_processor", kMaxTemplateItems), std::pair("decoder", kMaxSteps)})
        if (stepsIn(partOf(description, part)) > most)
            return malformed(std::string("\"") + part + "\" has more steps than a tokenizer needs", place);
    std::unique_ptr<PipelineTokenizer> made(new PipelineTokenizer);
    LATHE_TRY(made->m_model, makeTokenModel(partOf(description, "model"), place));
    LATHE_TRY(made->m_normalizer, makeNormalizer(partOf(description, "normalizer"), place));
    LATHE_TRY(made->m_preTokenizer,
              makePreTokenizer(partOf(description, "pre_tokenizer"), made->m_model->canTakeBytes(), place));
    if (made->m_preTokenizer.bytesForModel) made->m_model->takeBytes();
    LATHE_TRY(made->m_postProcessor, makePostProcessor(partOf(description, "post_processor"), place));
    LATHE_TRY(made->m_decoder, makeDecoder(partOf(description, "decoder"), place));
    LATHE_TRY(made->m_added,
              AddedTokens::fromJson(partOf(description, "added_tokens"), made->m_model->vocabulary(),
                                    made->m_normalizer.get(), place));
    made->m_size = made->m_model->vocabulary().size();
    if (!made->m_added.byId().empty())
        made->m_size = std::max(made->m_size, made->m_added.byId().rbegin()->first + 1);
    LATHE_TRY_VOID(made->checkIds(place));
    made->m_roles = rolesOf(*made, extras);
    if (!made->m_roles.unk && !extras.roles.contains("unk_token"))
        made->m_roles.unk = made->m_model->unknownId();
    made->m_chatTemplate = extras.chatTemplate;
    made->m_notes = extras.notes;
    return Result<std::unique_ptr<Tokenizer>>(std::move(made));
}

Result<void> PipelineTokenizer::checkIds(const std::string& place) const {
    for (const auto* items : {&m_postProcessor.single, &m_postProcessor.pair})
        for (const auto& item : *items)
            for (const int32_t id : item.ids)
                if (id >= m_size)
                    return malformed("the template's id " + std::to_string(id) + " is not in the vocabulary",
                                     place);
    return {};
}

Encoding PipelineTokenizer::encode(std::string_view text, bool addSpecial,
                                   std::span<const TextSpan> plain) const {
    Encoding out;
    Tokens tokens = tokenize(text, plain);
    if (addSpecial) {
        assemble(m_postProcessor.single, tokens, {}, out);
        return out;
    }
    out.ids = std::move(tokens.ids);
    out.offsets = std::move(tokens.offsets);
    out.typeIds.assign(out.ids.size(), 0);
    return out;
}

Encoding PipelineTokenizer::encodePair(std::string_view first, std::string_view second) const {
    Encoding out;
    assemble(m_postProcessor.pair, tokenize(first, {}), tokenize(second, {}), out);
    return out;
}

void PipelineTokenizer::assemble(const std::vector<TemplateItem>& items, const Tokens& first,
                                 const Tokens& second, Encoding& out) {
    for (const TemplateItem& item : items) {
        if (item.what == TemplateItem::What::Special) {
            out.ids.insert(out.ids.end(), item.ids.begin(), item.ids.end());
            out.offsets.resize(out.ids.size());
        } else {
            const Tokens& tokens = item.what == TemplateItem::What::First ? first : second;
            out.ids.insert(out.ids.end(), tokens.ids.begin(), tokens.ids.end());
            out.offsets.insert(out.offsets.end(), tokens.offsets.begin(), tokens.offsets.end());
        }
        out.typeIds.resize(out.ids.size(), item.typeId);
    }
}

PipelineTokenizer::Tokens PipelineTokenizer::tokenize(std::string_view text,
                                                      std::span<const TextSpan> plain) const {
    LATHE_CHECK(text.size() < UINT32_MAX);
    Tokens tokens;
    const AlignedText readable = readableText(text);
    for (const AddedMatch& match : m_added.cut(readable, false, plain)) {
        if (match.id < 0) {
            tokenizeStretch(readable.part(match.begin, match.end), plain, tokens);
        } else {
            tokens.ids.push_back(match.id);
            tokens.offsets.push_back(readable.origin(match.begin, match.end));
        }
    }
    if (m_postProcessor.trimsOffsets) trimOffsets(text, tokens);
    return tokens;
}

void PipelineTokenizer::tokenizeStretch(AlignedText text, std::span<const TextSpan> plain,
                                        Tokens& out) const {
    if (m_normalizer) m_normalizer->apply(text);
    if (!m_added.looksInNormalized()) return runModel(std::move(text), plain, out);
    for (const AddedMatch& match : m_added.cut(text, true, plain)) {
        if (match.id < 0) {
            runModel(text.part(match.begin, match.end), plain, out);
        } else {
            out.ids.push_back(match.id);
            out.offsets.push_back(text.origin(match.begin, match.end));
        }
    }
}

void PipelineTokenizer::runModel(AlignedText text, std::span<const TextSpan> plain, Tokens& out) const {
    if (text.empty()) return;
    SplitText split{std::move(text), {}};
    split.splits.push_back({0, static_cast<uint32_t>(split.text.text().size())});
    if (m_preTokenizer.steps) m_preTokenizer.steps->apply(split);
    const auto view = split.text.text();
    std::vector<WordToken> tokens;
    for (const Split& word : split.splits) {
        tokens.clear();
        m_model->tokenize(view.substr(word.begin, word.end - word.begin), tokens);
        if (!plain.empty()) writeOutSpecials(split, word, plain, tokens);
        for (const WordToken& token : tokens) {
            out.ids.push_back(token.id);
            out.offsets.push_back(split.text.origin(word.begin + token.begin, word.begin + token.end));
        }
    }
}

/// Models such as Unigram know the spellings of special tokens as pieces. In a user's text the characters of
/// such a piece become tokens one by one.
void PipelineTokenizer::writeOutSpecials(const SplitText& split, const Split& word,
                                         std::span<const TextSpan> plain,
                                         std::vector<WordToken>& tokens) const {
    const auto unknown = m_model->unknownId();
    const auto isControl = [&](const WordToken& token) {
        return token.id != unknown && m_added.isSpecial(token.id) &&
               overlapsAny(plain, split.text.origin(word.begin + token.begin, word.begin + token.end));
    };
    if (std::none_of(tokens.begin(), tokens.end(), isControl)) return;
    const auto text = split.text.text();
    std::vector<WordToken> given;
    given.swap(tokens);
    for (const WordToken& token : given) {
        if (!isControl(token)) {
            tokens.push_back(token);
            continue;
        }
        const std::size_t end = word.begin + token.end;
        for (std::size_t at = word.begin + token.begin; at < end;) {
            const std::size_t begin = at;
            nextCodePoint(text, at);
            std::vector<WordToken> character;
            m_model->tokenize(text.substr(begin, at - begin), character);
            for (const WordToken& part : character) {
                const auto id = m_added.isSpecial(part.id) ? unknown : part.id;
                if (id)
                    tokens.push_back({*id, static_cast<uint32_t>(begin - word.begin),
                                      static_cast<uint32_t>(at - word.begin)});
            }
        }
    }
}

void PipelineTokenizer::trimOffsets(std::string_view text, Tokens& tokens) const {
    for (std::size_t i = 0; i < tokens.ids.size(); ++i) {
        TextSpan& span = tokens.offsets[i];
        const bool added = m_added.find(tokens.ids[i]) != nullptr;
        auto [leading, trailing] =
            spacesAround(added ? text.substr(span.begin, span.end - span.begin) : piece(tokens.ids[i]));
        // The space that the tokenizer put before the text is no character of the text.
        if (leading == 1 && m_postProcessor.addsPrefixSpace && (i == 0 || span.begin == 0)) leading = 0;
        std::size_t begin = span.begin, end = span.end;
        for (; leading > 0 && begin < end; --leading) nextCodePoint(text, begin);
        for (; trailing > 0 && end > begin; --trailing) end = previousCharacter(text, end);
        span = {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
    }
}

std::string PipelineTokenizer::decode(std::span<const int32_t> ids, bool skipSpecial) const {
    std::vector<std::string> pieces;
    pieces.reserve(ids.size());
    for (const int32_t id : ids) {
        const AddedToken* added = m_added.find(id);
        // As the reference has it: a special token that normalising changed is text.
        if (skipSpecial && added && added->special && added->decoded == added->content) continue;
        const std::string& text = added ? added->decoded : m_model->vocabulary().piece(id);
        if (!text.empty()) pieces.push_back(text);
    }
    const bool joined = m_decoder != nullptr;
    if (joined) m_decoder->apply(pieces);
    std::string text;
    for (const auto& part : pieces) {
        if (!joined && !text.empty()) text += ' ';
        text += part;
    }
    return text;
}

std::string PipelineTokenizer::piece(int32_t id) const {
    if (const AddedToken* token = m_added.find(id)) return token->content;
    return m_model->vocabulary().piece(id);
}

std::optional<int32_t> PipelineTokenizer::idOf(std::string_view piece) const {
    if (const auto id = m_added.idOf(piece)) return id;
    return m_model->vocabulary().find(piece);
}

}  // namespace lathe::tok
