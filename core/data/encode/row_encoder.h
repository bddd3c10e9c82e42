// SPDX-License-Identifier: GPL-3.0-or-later
// Turns chosen records into examples for one task, counting what is cut and why rows are left out.
#pragma once

#include <optional>
#include <span>

#include "core/data/encode/chat_rows.h"
#include "core/data/encode/label_ids.h"
#include "core/data/encode/row_parts.h"
#include "core/data/roles/columns.h"

namespace lathe {

/// The task whose blocks keep the tokens that a text has around it, and hide others.
constexpr const char* kMaskedTask = "masked_language_modeling";

class RowEncoder {
  public:
    /// The arguments must outlive the encoder.
    RowEncoder(const Recipe& recipe, const Tokenizer& tokenizer);

    /// How conversations are written (instruction and preference rows, prompts).
    void setChatFormat(ChatFormat format) { m_chats.emplace(m_recipe, m_tokenizer, std::move(format)); }
    /// Class or tag names by id, none where labels are numbers; a row with another one is then an error.
    /// Until they are set the rows need no label.
    void setLabels(const std::vector<std::string>& labels) {
        m_labels.emplace(labels, labelKindOf(m_recipe.objective.values));
    }

    /// Encodes the records with the given indices in order. Texts go on from one call to the next.
    Result<void> encode(const RecordSet& records, const ColumnMap& columns,
                        std::span<const std::size_t> indices, EncodedPart& part) const;
    /// After the last row: the block of text that is left.
    void finish(EncodedPart& part) const;

  private:
    /// No example: the row was dropped and counted.
    Result<std::optional<Example>> encodeRow(RowShape shape, const DataRow& row, DataReport& report) const;
    Result<std::optional<Example>> encodeClassified(const DataRow& row, DataReport& report) const;
    Result<std::optional<Example>> encodeTagged(const DataRow& row, DataReport& report) const;
    Result<std::optional<Example>> encodePair(const DataRow& row, DataReport& report) const;
    Result<void> encodeBlocks(const RecordSet& records, const ColumnMap& columns,
                              std::span<const std::size_t> indices, EncodedPart& part) const;
    void finishBlock(EncodedPart& part) const;

    /// The tokens that a model expects before and behind every text, here around blocks of a masked model.
    struct Around {
        std::vector<int32_t> before, behind;
    };

    const Recipe& m_recipe;
    const Tokenizer& m_tokenizer;
    Around m_around;
    std::optional<int32_t> m_start, m_end;  ///< between the documents of other models
    std::optional<ChatRows> m_chats;
    std::optional<LabelIds> m_labels;
};

}  // namespace lathe
