// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/files/sentencepiece_tokenizer.h"

#include <sentencepiece_processor.h>

#include <algorithm>

#include "core/base/files.h"
#include "core/tokenizer/files/sentencepiece_check.h"
#include "core/tokenizer/text/part_json.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::tok {
namespace {

using Processor = sentencepiece::SentencePieceProcessor;

constexpr int64_t kMaxExtraIds = 10'000;
constexpr std::string_view kMark = "\xE2\x96\x81";

class SentencePieceTokenizer : public Tokenizer {
  public:
    SentencePieceTokenizer(std::unique_ptr<Processor> processor, Vocabulary vocabulary, AddedTokens added,
                           Blanks blanks)
        : m_processor(std::move(processor)),
          m_vocabulary(std::move(vocabulary)),
          m_added(std::move(added)),
          m_blanks(blanks) {
        m_size = m_vocabulary.size();
        if (!m_added.byId().empty()) m_size = std::max(m_size, m_added.byId().rbegin()->first + 1);
    }

    void setExtras(const SentencePieceOptions& options, const TokenizerExtras& extras) {
        m_roles = rolesOf(*this, extras);
        if (!m_roles.unk) m_roles.unk = m_processor->unk_id();
        if (options.addBos) m_before = m_roles.bos;
        if (options.addEos) m_after = m_roles.eos;
        m_chatTemplate = extras.chatTemplate;
        m_notes = extras.notes;
    }

    using Tokenizer::encode;
    Encoding encode(std::string_view text, bool addSpecial, std::span<const TextSpan> plain) const override {
        Encoding out;
        if (addSpecial) mark(m_before, 0, out);
        append(text, plain, 0, out);
        if (addSpecial) mark(m_after, 0, out);
        return out;
    }

    Encoding encodePair(std::string_view first, std::string_view second) const override {
        Encoding out = encode(first, true);
        mark(m_before, 1, out);
        append(second, {}, 1, out);
        mark(m_after, 1, out);
        return out;
    }

    std::string decode(std::span<const int32_t> ids, bool skipSpecial) const override {
        std::string text;
        std::vector<int> run;
        const auto flush = [&] {
            std::string part;
            if (!run.empty() && m_processor->Decode(run, &part).ok()) {
                // The library drops the space that opens a text; this run only goes on with one.
                const bool spaced = m_vocabulary.piece(run.front()).starts_with(kMark);
                if (!text.empty() && spaced && !part.starts_with(' ')) text += ' ';
                text += part;
            }
            run.clear();
        };
        for (const int32_t id : ids) {
            const AddedToken* token = m_added.find(id);
            if (!token && id >= 0 && id < m_vocabulary.size()) run.push_back(id);
            if (!token) continue;
            flush();
            if (!skipSpecial || !token->special) text += token->content;
        }
        flush();
        if ((m_blanks == Blanks::First || m_blanks == Blanks::Always) && text.starts_with(' '))
            text.erase(0, 1);
        return text;
    }

    int32_t vocabularySize() const override { return m_size; }
    std::string piece(int32_t id) const override {
        if (const AddedToken* token = m_added.find(id)) return token->content;
        return m_vocabulary.piece(id);
    }
    std::optional<int32_t> idOf(std::string_view piece) const override {
        if (const auto id = m_added.idOf(piece)) return id;
        return m_vocabulary.find(piece);
    }
    bool isSpecial(int32_t id) const override { return m_added.isSpecial(id); }
    std::vector<std::pair<std::string, int32_t>> controlTokens() const override { return m_added.specials(); }
    const SpecialTokens& specialTokens() const override { return m_roles; }
    const std::string& chatTemplate() const override { return m_chatTemplate; }
    std::string kind() const override { return "sentencepiece"; }

  private:
    static void mark(std::optional<int32_t> id, int32_t typeId, Encoding& out) {
        if (!id) return;
        out.ids.push_back(*id);
        out.typeIds.push_back(typeId);
        out.offsets.push_back({});
    }

    void append(std::string_view text, std::span<const TextSpan> plain, int32_t typeId, Encoding& out) const {
        for (const AddedMatch& match : m_added.cut(AlignedText(text, 0), false, plain)) {
            if (match.id >= 0) {
                out.ids.push_back(match.id);
                out.offsets.push_back({match.begin, match.end});
                continue;
            }
            appendStretch(text.substr(match.begin, match.end - match.begin), match.begin, out);
        }
        out.typeIds.resize(out.ids.size(), typeId);
    }

    void appendStretch(std::string_view part, uint32_t begin, Encoding& out) const {
        const uint32_t blank = isGivenBlank(part, begin) ? 1 : 0;
        const std::string text = (blank ? " " : "") + std::string(part);
        sentencepiece::ImmutableSentencePieceText pieces;
        // A model that contradicts itself (a merge to an id of another kind) is found out only here.
        if (!m_processor->Encode(text, pieces.mutable_proto()).ok()) {
            out.ids.push_back(m_processor->unk_id());
            out.offsets.push_back({begin, begin + static_cast<uint32_t>(part.size())});
            return;
        }
        for (const auto& piece : pieces.pieces()) {
            out.ids.push_back(static_cast<int32_t>(piece.id()));
            out.offsets.push_back({begin + (std::max(piece.begin(), blank) - blank),
                                   begin + (std::max(piece.end(), blank) - blank)});
        }
    }

    /// Whether a stretch at byte `begin` of its text gets a blank that it does not have.
    bool isGivenBlank(std::string_view part, uint32_t begin) const {
        const bool asked = m_blanks == Blanks::Always || (m_blanks == Blanks::First && begin == 0);
        return asked && !part.starts_with(' ') && !part.starts_with(kMark);
    }

    std::unique_ptr<Processor> m_processor;
    Vocabulary m_vocabulary;
    AddedTokens m_added;
    SpecialTokens m_roles;
    std::optional<int32_t> m_before, m_after;
    std::string m_chatTemplate;
    Blanks m_blanks;
    int32_t m_size = 0;
};

/// What stands for itself in a text: tokens of the files next to the model, its control pieces and, where the
/// library is not to look for them, its user-defined pieces.
Json addedTokens(const Processor& processor, const SentencePieceOptions& options,
                 const SentencePieceFacts& facts, const Vocabulary& vocabulary, std::vector<Note>& notes) {
    SideTokens side = options.side;
    const bool listed = std::any_of(side.listed.begin(), side.listed.end(), [](const Json& entry) {
        return tokenText(entry).starts_with("<extra_id_");
    });
    Json front = Json::array();
    for (int64_t i = 0; i < options.extraIds && !listed; ++i)
        front.push_back({{"id", vocabulary.size() + i},
                         {"content", "<extra_id_" + std::to_string(options.extraIds - 1 - i) + ">"},
                         {"special", true}});
    side.listed.insert(side.listed.begin(), front.begin(), front.end());
    Json list = Json::array();
    addSideTokens(side,
                  {[&](const std::string& text) -> std::optional<int64_t> { return vocabulary.find(text); },
                   vocabulary.size()},
                  list, notes);
    const auto addPiece = [&](int id, bool special) {
        list.push_back({{"id", id}, {"content", processor.IdToPiece(id)}, {"special", special}});
    };
    for (int id = 0; id < processor.GetPieceSize(); ++id)
        if (processor.IsControl(id) || processor.IsUnknown(id)) addPiece(id, true);
    if (options.blanks != Blanks::AsModel)
        for (const int32_t id : facts.userDefined) addPiece(id, false);
    for (Json& entry : list) entry["normalized"] = false;
    return list;
}

/// A second normalizer_spec, of which the fields count over those of the first.
std::string_view normalizerOf(Blanks blanks) {
    using namespace std::string_view_literals;
    switch (blanks) {
        case Blanks::AsModel:
            return {};
        case Blanks::EveryWord:  // add_dummy_prefix and remove_extra_whitespaces
            return "\x1A\x04\x18\x01\x20\x01"sv;
        case Blanks::Never:
        case Blanks::First:
        case Blanks::Always:  // no precompiled_charsmap, neither of those two, escape_whitespaces
            return "\x1A\x08\x12\x00\x18\x00\x20\x00\x28\x01"sv;
    }
    return {};
}

Result<std::unique_ptr<Processor>> loadProcessor(std::string_view bytes, const std::string& place) {
    auto processor = std::make_unique<Processor>();
    std::string fault;
    try {
        const auto status = processor->LoadFromSerializedProto(bytes);
        if (!status.ok()) fault = status.ToString();
    } catch (const std::exception& e) {
        fault = e.what();
    }
    if (!fault.empty()) return malformed("sentencepiece cannot read the model: " + fault, place);
    return processor;
}

}  // namespace

Result<std::unique_ptr<Tokenizer>> openSentencePiece(const std::filesystem::path& file,
                                                     const SentencePieceOptions& options,
                                                     const TokenizerExtras& extras) {
    const std::string place = file.string();
    LATHE_TRY(auto bytes, readTextFile(file));
    LATHE_TRY(const auto facts, checkSentencePieceModel(bytes, place));
    bytes += normalizerOf(options.blanks);
    LATHE_TRY(auto processor, loadProcessor(bytes, place));
    if (options.extraIds < 0 || options.extraIds > kMaxExtraIds)
        return malformed("\"extra_ids\" must be between 0 and " + std::to_string(kMaxExtraIds), place);
    std::vector<std::string> pieces;
    for (int id = 0; id < processor->GetPieceSize(); ++id) pieces.push_back(processor->IdToPiece(id));
    LATHE_TRY(auto vocabulary, Vocabulary::fromList(std::move(pieces), place));
    TokenizerExtras noted = extras;
    const Json list = addedTokens(*processor, options, facts, vocabulary, noted.notes);
    LATHE_TRY(auto added, AddedTokens::fromJson(list, vocabulary, nullptr, place));
    auto tokenizer = std::make_unique<SentencePieceTokenizer>(std::move(processor), std::move(vocabulary),
                                                              std::move(added), options.blanks);
    tokenizer->setExtras(options, noted);
    return Result<std::unique_ptr<Tokenizer>>(std::move(tokenizer));
}

}  // namespace lathe::tok
