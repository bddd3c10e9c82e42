// SPDX-License-Identifier: GPL-3.0-or-later
// Text to ids and back. One interface over byte-level BPE, WordPiece, Unigram and sentencepiece models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/json.h"
#include "core/base/note.h"
#include "core/base/result.h"

namespace lathe {

struct TextSpan {
    uint32_t begin = 0;  ///< byte offset in the given text
    uint32_t end =
        0;  ///< one past the last byte; special tokens that the text does not hold have begin == end
};

/// All vectors have one entry a token.
struct Encoding {
    std::vector<int32_t> ids;
    std::vector<int32_t> typeIds;  ///< 0 for the first text, 1 for the second
    std::vector<TextSpan> offsets;
};

/// The ids with a role; none where the model has no such token.
struct SpecialTokens {
    std::optional<int32_t> bos, eos, pad, unk, cls, sep, mask;
};

class Tokenizer {
  public:
    virtual ~Tokenizer() = default;

    /// Text to ids. With `addSpecial`, the tokens the model expects around a text ([CLS] … [SEP], <s> …) are
    /// added. Added and special tokens written out in the text become their ids (as the tokenizers package
    /// does).
    Encoding encode(std::string_view text, bool addSpecial) const { return encode(text, addSpecial, {}); }
    /// The same, where the byte ranges `plain` (ascending, not overlapping) hold the text of a user: special
    /// tokens written out there are text, and none begins or ends there. Other added tokens are recognised
    /// everywhere, and ordinary pieces may cross the border of a range. Within a range this is the tokenizers
    /// package's `encode_special_tokens`, except that no model's piece becomes a special token either.
    virtual Encoding encode(std::string_view text, bool addSpecial,
                            std::span<const TextSpan> plain) const = 0;
    /// Two texts for one input (text + text2), always with special tokens.
    virtual Encoding encodePair(std::string_view first, std::string_view second) const = 0;
    /// Ids to text. Bytes that are no whole character become U+FFFD.
    virtual std::string decode(std::span<const int32_t> ids, bool skipSpecial) const = 0;

    /// One past the largest id.
    virtual int32_t vocabularySize() const = 0;
    /// The id's piece as stored in the vocabulary ("Ġthe", "##ing"); empty for an id that is not there.
    virtual std::string piece(int32_t id) const = 0;
    virtual std::optional<int32_t> idOf(std::string_view piece) const = 0;
    virtual bool isSpecial(int32_t id) const = 0;
    /// The special tokens that encode() recognises in a text, by id: their spelling and their id.
    virtual std::vector<std::pair<std::string, int32_t>> controlTokens() const = 0;
    virtual const SpecialTokens& specialTokens() const = 0;
    /// The model's own Jinja chat template; empty when it has none.
    virtual const std::string& chatTemplate() const = 0;
    /// "byte-level BPE", "WordPiece", … for people.
    virtual std::string kind() const = 0;
    /// What the files say of the tokenizer that was not taken as it is written.
    const std::vector<Note>& notes() const { return m_notes; }
    /// How many ids the model has rows for; the tokenizer may know more (spare or added ones).
    int32_t modelRows() const { return m_modelRows; }
    void setModelRows(int32_t rows) { m_modelRows = rows; }

  protected:
    std::vector<Note> m_notes;

  private:
    int32_t m_modelRows = INT32_MAX;
};

/// ModelMismatch, with the token, when the model has no row for one of `ids`. `place`: where they came from.
Result<void> checkModelRows(const Tokenizer& tokenizer, std::span<const int32_t> ids,
                            const std::string& place);

/// The token as people read it; the vocabulary's own spelling for a part of a character.
std::string readablePiece(const Tokenizer& tokenizer, int32_t id);

/// Gives text piece by piece as ids arrive, holding back bytes until they are whole characters.
class StreamDecoder {
  public:
    explicit StreamDecoder(const Tokenizer& tokenizer) : m_tokenizer(tokenizer) {}
    /// The text that became certain with this id; may be empty.
    std::string add(int32_t id);
    /// What is still held back.
    std::string finish();

  private:
    std::string pending() const;

    const Tokenizer& m_tokenizer;
    std::vector<int32_t> m_ids;
    std::size_t m_prefixStart = 0;  ///< first id still needed as context
    std::size_t m_readUpTo = 0;     ///< ids before this are already given out
};

/// From a Hugging Face folder: tokenizer.json, else vocab.txt / vocab.json + merges.txt, else
/// tokenizer.model. tokenizer_config.json and chat_template.jinja are honoured when present.
Result<std::unique_ptr<Tokenizer>> openTokenizerFolder(const std::filesystem::path& folder);

/// From a GGUF file's metadata (keys "tokenizer.ggml.*" and "tokenizer.chat_template" as one flat object).
/// `place` names the file in errors.
Result<std::unique_ptr<Tokenizer>> openGgufTokenizer(const Json& metadata, const std::string& place);

}  // namespace lathe
