// SPDX-License-Identifier: GPL-3.0-or-later
// Turns chosen records into examples for one task, counting what is cut and why rows are left out.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>

#include "core/data/columns.h"
#include "core/data/task_data.h"
#include "core/tokenizer/chat_format.h"

namespace lathe {

class RowEncoder {
  public:
    /// The arguments must outlive the encoder.
    RowEncoder(const Recipe& recipe, const Tokenizer& tokenizer) : m_recipe(recipe), m_tokenizer(tokenizer) {}

    /// How conversations are written (task instruction).
    void setChatFormat(ChatFormat format) { m_chat = std::move(format); }
    /// Class names by id (task classification); a row with another label is then an error. Without labels the
    /// rows need none.
    void setLabels(const std::vector<std::string>& labels);

    /// Encodes the records with the given indices in order; stops after `maxExamples` (0 = all).
    Result<std::vector<Example>> encode(const RecordSet& records, const ColumnMap& columns,
                                        std::span<const std::size_t> indices, DataReport& report,
                                        int64_t maxExamples = 0) const;

  private:
    struct Row {
        const RecordSet& records;
        const ColumnMap& columns;
        const Record& record;
    };
    /// No example: the row was dropped and counted.
    Result<std::optional<Example>> encodeConversation(const Row& row, DataReport& report) const;
    Result<std::optional<Example>> encodeClassified(const Row& row, DataReport& report) const;
    std::vector<Example> encodeBlocks(const RecordSet& records, const ColumnMap& columns,
                                      std::span<const std::size_t> indices, DataReport& report,
                                      int64_t maxExamples) const;

    const Recipe& m_recipe;
    const Tokenizer& m_tokenizer;
    std::optional<ChatFormat> m_chat;
    std::unordered_map<std::string, int64_t> m_labelIds;
};

}  // namespace lathe
