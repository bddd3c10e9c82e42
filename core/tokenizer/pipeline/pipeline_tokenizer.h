// SPDX-License-Identifier: GPL-3.0-or-later
// The tokenizer that a tokenizer.json describes: added tokens, normaliser, pre-tokenizer, model,
// post-processor.
#pragma once

#include "core/tokenizer/models/token_model.h"
#include "core/tokenizer/pipeline/added_tokens.h"
#include "core/tokenizer/pipeline/ids_to_text.h"
#include "core/tokenizer/pipeline/normalizer.h"
#include "core/tokenizer/pipeline/post_processor.h"
#include "core/tokenizer/pipeline/pre_tokenizer.h"
#include "core/tokenizer/tokenizer.h"

namespace lathe::tok {

/// What stands beside a tokenizer.json: tokens by role and the chat template.
struct TokenizerExtras {
    /// "bos_token", "eos_token", … to the token's text; roles left out are guessed from well-known texts.
    std::map<std::string, std::string> roles;
    std::string chatTemplate;
    std::vector<Note> notes;
};

class PipelineTokenizer : public Tokenizer {
  public:
    static Result<std::unique_ptr<Tokenizer>> build(const Json& description, const TokenizerExtras& extras,
                                                    const std::string& place);

    using Tokenizer::encode;
    Encoding encode(std::string_view text, bool addSpecial, std::span<const TextSpan> plain) const override;
    Encoding encodePair(std::string_view first, std::string_view second) const override;
    std::string decode(std::span<const int32_t> ids, bool skipSpecial) const override;
    int32_t vocabularySize() const override { return m_size; }
    std::string piece(int32_t id) const override;
    std::optional<int32_t> idOf(std::string_view piece) const override;
    bool isSpecial(int32_t id) const override { return m_added.isSpecial(id); }
    std::vector<std::pair<std::string, int32_t>> controlTokens() const override { return m_added.specials(); }
    const SpecialTokens& specialTokens() const override { return m_roles; }
    const std::string& chatTemplate() const override { return m_chatTemplate; }
    std::string kind() const override { return m_model->kind(); }

  private:
    struct Tokens {
        std::vector<int32_t> ids;
        std::vector<TextSpan> offsets;
    };

    PipelineTokenizer() = default;
    Result<void> checkIds(const std::string& place) const;
    Tokens tokenize(std::string_view text, std::span<const TextSpan> plain) const;
    void tokenizeStretch(AlignedText text, std::span<const TextSpan> plain, Tokens& out) const;
    void runModel(AlignedText text, std::span<const TextSpan> plain, Tokens& out) const;
    void writeOutSpecials(const SplitText& split, const Split& word, std::span<const TextSpan> plain,
                          std::vector<WordToken>& tokens) const;
    void trimOffsets(std::string_view text, Tokens& tokens) const;
    static void assemble(const std::vector<TemplateItem>& items, const Tokens& first, const Tokens& second,
                         Encoding& out);

    std::unique_ptr<Normalizer> m_normalizer;
    PreTokenizerParts m_preTokenizer;
    std::unique_ptr<TokenModel> m_model;
    std::unique_ptr<IdsToText> m_decoder;
    PostProcessor m_postProcessor;
    AddedTokens m_added;
    SpecialTokens m_roles;
    std::string m_chatTemplate;
    int32_t m_size = 0;
};

/// Ids by role: the named texts, else well-known ones such as [CLS] and <s>.
SpecialTokens rolesOf(const Tokenizer& tokenizer, const TokenizerExtras& extras);

}  // namespace lathe::tok
