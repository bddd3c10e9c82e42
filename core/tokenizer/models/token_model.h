// SPDX-License-Identifier: GPL-3.0-or-later
// Third step of a tokenizer: turns one stretch of text into tokens of a vocabulary.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/json.h"

namespace lathe::tok {

/// A token of a stretch and the bytes of the stretch it covers.
struct WordToken {
    int32_t id = 0;
    uint32_t begin = 0;
    uint32_t end = 0;
};

/// Pieces by id and ids by piece. Ids are unique, not negative and dense enough (at most four times the
/// count).
class Vocabulary {
  public:
    /// From {"piece": id, …}.
    static Result<Vocabulary> fromObject(const Json& vocab, const std::string& place);
    /// Piece i has id i.
    static Result<Vocabulary> fromList(std::vector<std::string> pieces, const std::string& place);

    Vocabulary(Vocabulary&&) = default;
    Vocabulary& operator=(Vocabulary&&) = default;
    Vocabulary(const Vocabulary&) = delete;
    Vocabulary& operator=(const Vocabulary&) = delete;

    std::optional<int32_t> find(std::string_view piece) const;
    /// Empty for an id that is not there.
    const std::string& piece(int32_t id) const;
    int32_t size() const { return static_cast<int32_t>(m_pieces.size()); }

  private:
    Vocabulary() = default;
    void index();

    std::vector<std::string> m_pieces;
    std::unordered_map<std::string_view, int32_t> m_ids;
};

class TokenModel {
  public:
    virtual ~TokenModel() = default;
    /// Appends the tokens of one stretch, left to right.
    virtual void tokenize(std::string_view word, std::vector<WordToken>& out) const = 0;
    virtual const Vocabulary& vocabulary() const = 0;
    virtual std::optional<int32_t> unknownId() const = 0;
    virtual std::string kind() const = 0;
    /// Whether the model can read plain bytes where byte-level vocabularies write characters for them.
    virtual bool canTakeBytes() const { return false; }
    virtual void takeBytes() {}
};

/// From the "model" object of a tokenizer.json.
Result<std::unique_ptr<TokenModel>> makeTokenModel(const Json& part, const std::string& place);

/// The ids of "<0x00>" … "<0xFF>"; empty when one of them is missing.
std::vector<int32_t> byteFallbackIds(const Vocabulary& vocabulary);

}  // namespace lathe::tok
