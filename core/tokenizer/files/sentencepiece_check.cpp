// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/files/sentencepiece_check.h"

#include <cmath>
#include <cstring>
#include <unordered_set>

#include "core/tokenizer/pipeline/charsmap.h"

namespace lathe::tok {
namespace {

constexpr std::size_t kMaxPiece = 4096;
constexpr std::size_t kMaxPieces = std::size_t(1) << 20;
constexpr uint64_t kUserDefined = 4;  // SentencePiece.Type

Error bad(const std::string& what, const std::string& place) {
    return {ErrorCode::FileMalformed, "not a sound sentencepiece model: " + what, place, ""};
}

/// One field of the protocol buffer wire format.
struct WireField {
    uint32_t number = 0;
    uint32_t type = 0;
    uint64_t value = 0;      ///< of a varint
    std::string_view bytes;  ///< of a text, a message or a fixed-width number
};

class WireReader {
  public:
    WireReader(std::string_view bytes, const std::string& place) : m_bytes(bytes), m_place(place) {}
    bool atEnd() const { return m_bytes.empty(); }

    Result<WireField> next() {
        LATHE_TRY(auto key, varint());
        WireField field{static_cast<uint32_t>(key >> 3), static_cast<uint32_t>(key & 7), 0, {}};
        if (key >> 3 == 0 || key >> 3 > 0x1FFFFFFF) return bad("a field number is out of range", m_place);
        uint64_t size = 0;
        switch (field.type) {
            case 0: {
                LATHE_TRY(field.value, varint());
                return field;
            }
            case 1:
                size = 8;
                break;
            case 5:
                size = 4;
                break;
            case 2: {
                LATHE_TRY(size, varint());
                break;
            }
            default:
                return bad("an unknown wire type", m_place);
        }
        if (size > m_bytes.size()) return bad("it is cut short", m_place);
        field.bytes = m_bytes.substr(0, size);
        m_bytes.remove_prefix(size);
        return field;
    }

  private:
    Result<uint64_t> varint() {
        uint64_t value = 0;
        for (unsigned i = 0; i < 10 && i < m_bytes.size(); ++i) {
            const auto byte = static_cast<unsigned char>(m_bytes[i]);
            value |= uint64_t(byte & 0x7F) << (7 * i);
            if (byte < 0x80) {
                m_bytes.remove_prefix(i + 1);
                return value;
            }
        }
        return bad("a number does not end", m_place);
    }

    std::string_view m_bytes;
    const std::string& m_place;
};

struct Piece {
    std::string_view text;
    bool userDefined = false;
};

Result<Piece> checkPiece(std::string_view bytes, std::size_t index, const std::string& place) {
    const std::string where = "piece " + std::to_string(index);
    Piece piece;
    std::string_view& text = piece.text;
    WireReader reader(bytes, place);
    while (!reader.atEnd()) {
        LATHE_TRY(auto field, reader.next());
        if (field.number == 1 && field.type == 2) text = field.bytes;
        if (field.number == 3 && field.type == 0) piece.userDefined = field.value == kUserDefined;
        if (field.number == 2 && field.type == 5) {
            float score = 0;
            std::memcpy(&score, field.bytes.data(), sizeof score);
            if (!std::isfinite(score)) return bad(where + " has no usable score", place);
        }
    }
    if (text.empty()) return bad(where + " is empty", place);
    if (text.size() > kMaxPiece) return bad(where + " is longer than 4096 bytes", place);
    return piece;
}

/// normalizer_spec and denormalizer_spec hold a character map in field 2.
Result<void> checkNormalizer(std::string_view bytes, const std::string& place) {
    WireReader reader(bytes, place);
    while (!reader.atEnd()) {
        LATHE_TRY(auto field, reader.next());
        if (field.number != 2 || field.type != 2 || field.bytes.empty()) continue;
        LATHE_TRY(auto map, CharsMap::parse(field.bytes, place));
    }
    return {};
}

}  // namespace

Result<SentencePieceFacts> checkSentencePieceModel(std::string_view bytes, const std::string& place) {
    SentencePieceFacts facts;
    std::unordered_set<std::string_view> pieces;
    WireReader reader(bytes, place);
    while (!reader.atEnd()) {
        LATHE_TRY(auto field, reader.next());
        if (field.type != 2) continue;
        if (field.number == 1) {
            if (pieces.size() >= kMaxPieces) return bad("too many pieces", place);
            LATHE_TRY(const auto piece, checkPiece(field.bytes, pieces.size(), place));
            if (piece.userDefined) facts.userDefined.push_back(static_cast<int32_t>(pieces.size()));
            if (!pieces.insert(piece.text).second)
                return bad("the piece \"" + std::string(piece.text) + "\" appears twice", place);
        } else if (field.number == 3 || field.number == 5) {
            LATHE_TRY_VOID(checkNormalizer(field.bytes, place));
        }
    }
    if (pieces.empty()) return bad("it holds no pieces", place);
    return facts;
}

}  // namespace lathe::tok
