// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/encode/row_encoder.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/data/encode/row_parts.h"
#include "core/data/encode/truncation.h"
#include "core/data/read/cell_text.h"
#include "core/data/roles/label_columns.h"
#include "core/data/roles/tagged_words.h"
#include "core/tokenizer/text/pattern.h"

namespace lathe {
namespace {

/// The token written between documents, or none.
std::optional<int32_t> documentEnd(const Tokenizer& tokenizer) {
    const auto& special = tokenizer.specialTokens();
    return special.eos ? special.eos : special.sep;
}

/// The start token when the model expects one before every text.
std::optional<int32_t> documentStart(const Tokenizer& tokenizer) {
    const auto bos = tokenizer.specialTokens().bos;
    if (!bos) return std::nullopt;
    const auto ids = tokenizer.encode("a", true).ids;
    return !ids.empty() && ids.front() == *bos ? bos : std::nullopt;
}

}  // namespace

RowEncoder::RowEncoder(const Recipe& recipe, const Tokenizer& tokenizer)
    : m_recipe(recipe), m_tokenizer(tokenizer) {
    if (recipe.task != kMaskedTask) {
        m_start = documentStart(tokenizer);
        m_end = documentEnd(tokenizer);
        return;
    }
    const Encoding encoding = tokenizer.encode("a", true);
    bool inside = false;
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
        const bool isText = encoding.offsets[i].begin != encoding.offsets[i].end;
        inside = inside || isText;
        if (!isText) (inside ? m_around.behind : m_around.before).push_back(encoding.ids[i]);
    }
}

Result<void> RowEncoder::encode(const RecordSet& records, const ColumnMap& columns,
                                std::span<const std::size_t> indices, EncodedPart& part) const {
    const RowShape shape = *rowShapeOf(m_recipe.task);
    if (shape == RowShape::Text) return encodeBlocks(records, columns, indices, part);
    for (const std::size_t index : indices) {
        const auto cleaned = withoutMissingWords({records, columns, records.records[index]}, part.report);
        const DataRow row{records, columns, cleaned ? *cleaned : records.records[index]};
        const uint64_t before = tok::Pattern::givenUp();
        LATHE_TRY(auto example, encodeRow(shape, row, part.report));
        LATHE_TRY_VOID(checkExpressions(before, records, row.record));
        if (!example) continue;
        for (const auto* ids : {&example->ids, &example->rejected.ids, &example->decoderTargets})
            LATHE_TRY_VOID(checkModelRows(m_tokenizer, *ids, recordPlace(records, row.record)));
        part.add(std::move(*example));
    }
    return {};
}

Result<std::optional<Example>> RowEncoder::encodeRow(RowShape shape, const DataRow& row,
                                                     DataReport& report) const {
    if (isConversational(shape)) {
        LATHE_CHECK(m_chats.has_value());
        return m_chats->encode(shape, row, report);
    }
    if (shape == RowShape::Tagged) return encodeTagged(row, report);
    return shape == RowShape::Pair ? encodePair(row, report) : encodeClassified(row, report);
}

Result<std::optional<Example>> RowEncoder::encodeClassified(const DataRow& row, DataReport& report) const {
    const auto cell = [&](const char* role) {
        const auto it = row.columns.find(role);
        return it == row.columns.end() ? std::string() : cellText(row.record.values[it->second]);
    };
    Example example;
    example.line = row.record.line;
    example.text = cell("text");
    if (isBlank(example.text)) {
        drop(report, row.records, row.record, "empty text");
        return std::optional<Example>();
    }
    if (m_labels) {
        LATHE_TRY(const OrderedJson label, labelCell(row.records, row.record, row.columns, m_labels->kind()));
        LATHE_TRY(const std::string missing,
                  m_labels->read(label, recordPlace(row.records, row.record), example, report));
        if (!missing.empty()) {
            drop(report, row.records, row.record, missing);
            return std::optional<Example>();
        }
    }
    Encoding encoding;
    if (row.columns.contains("text2")) {
        const std::string second = cell("text2");
        encoding = m_tokenizer.encodePair(example.text, second);
        example.text += "\n" + second;
    } else {
        encoding = m_tokenizer.encode(example.text, true);
    }
    countLength(report, encoding.ids.size());
    report.cut += truncate(encoding, maxLengthOf(m_recipe), m_tokenizer);
    example.ids = std::move(encoding.ids);
    example.typeIds = std::move(encoding.typeIds);
    return std::optional<Example>(std::move(example));
}

Result<std::optional<Example>> RowEncoder::encodeTagged(const DataRow& row, DataReport& report) const {
    const OrderedJson& cell = row.record.values[row.columns.at("tokens")];
    const std::string place = recordPlace(row.records, row.record);
    if (isCutShort(cell))
        return Error{ErrorCode::DataInvalid, "the list of words is cut short with \"...\"", place,
                     "numpy prints long arrays so; write the whole list, as JSON for example"};
    const auto words = wordsOf(cell);
    if (words.empty()) {
        drop(report, row.records, row.record, "no words");
        return std::optional<Example>();
    }
    std::vector<std::string> tags;
    if (m_labels) {
        LATHE_TRY(tags, tagsOf(row.record.values[row.columns.at("tags")], place));
        if (tags.size() != words.size())
            return Error{ErrorCode::DataInvalid,
                         "the row has " + std::to_string(words.size()) + " words and " +
                             std::to_string(tags.size()) + " tags",
                         place, "each word needs one tag"};
    }
    Example example;
    example.line = row.record.line;
    example.text = sentenceOf(words);
    Encoding encoding = m_tokenizer.encode(example.text, true);
    countLength(report, encoding.ids.size());
    report.cut += truncate(encoding, maxLengthOf(m_recipe), m_tokenizer);
    for (const int word : wordStarts(words, encoding)) {
        int64_t target = kNoTarget;
        if (word >= 0 && !tags.empty()) {
            const std::string tag = labelName(tags[static_cast<std::size_t>(word)]);
            LATHE_TRY(target, m_labels->id(tag, place));
            ++report.labelCounts[m_labels->name(target)];
        }
        example.targets.push_back(static_cast<int32_t>(target));
    }
    example.ids = std::move(encoding.ids);
    example.typeIds = std::move(encoding.typeIds);
    return std::optional<Example>(std::move(example));
}

Result<std::optional<Example>> RowEncoder::encodePair(const DataRow& row, DataReport& report) const {
    Example example;
    example.line = row.record.line;
    example.text = cellText(row.record.values[row.columns.at("source")]);
    const auto target = row.columns.find("target");
    const std::string wanted =
        target == row.columns.end() ? std::string() : cellText(row.record.values[target->second]);
    if (isBlank(example.text) || (target != row.columns.end() && isBlank(wanted))) {
        drop(report, row.records, row.record, isBlank(example.text) ? "empty source" : "empty target");
        return std::optional<Example>();
    }
    Encoding source = m_tokenizer.encode(example.text, true);
    countLength(report, source.ids.size());
    bool cut = truncate(source, maxLengthOf(m_recipe), m_tokenizer);
    if (target != row.columns.end()) {
        // As the model's own tokenizer ends a text; the end is what stops generation.
        Encoding answer = m_tokenizer.encode(wanted, true);
        const auto end = m_tokenizer.specialTokens().eos;
        if (end && (answer.ids.empty() || answer.ids.back() != *end)) answer.ids.push_back(*end);
        const std::size_t maxLength = maxLengthOf(m_recipe);
        if (answer.ids.size() > maxLength) {
            // A target that is cut still ends: the model is to learn to stop (as transformers truncates).
            answer.ids.resize(maxLength);
            if (end) answer.ids.back() = *end;
            cut = true;
        }
        example.decoderTargets = std::move(answer.ids);
        example.text += "\n" + wanted;
    }
    report.cut += cut;
    example.ids = std::move(source.ids);
    return std::optional<Example>(std::move(example));
}

Result<void> RowEncoder::encodeBlocks(const RecordSet& records, const ColumnMap& columns,
                                      std::span<const std::size_t> indices, EncodedPart& part) const {
    const std::size_t column = columns.at("text");
    const std::size_t added = m_around.before.size() + m_around.behind.size();
    const std::size_t maxLength = std::max(maxLengthOf(m_recipe), added + 2) - added;
    for (const std::size_t index : indices) {
        const Record& record = records.records[index];
        const auto cleaned = withoutMissingWords({records, columns, record}, part.report);
        const std::string text = cellText((cleaned ? *cleaned : record).values[column]);
        if (isBlank(text)) {
            drop(part.report, records, record, "empty text");
            continue;
        }
        const uint64_t before = tok::Pattern::givenUp();
        std::vector<int32_t> ids = m_tokenizer.encode(text, false).ids;
        LATHE_TRY_VOID(checkExpressions(before, records, record));
        if (m_start) ids.insert(ids.begin(), *m_start);
        if (m_end && (ids.empty() || ids.back() != *m_end)) ids.push_back(*m_end);
        LATHE_TRY_VOID(checkModelRows(m_tokenizer, ids, recordPlace(records, record)));
        countLength(part.report, ids.size());
        for (const int32_t id : ids) {
            if (part.open.ids.empty()) part.open.line = record.line;
            part.open.ids.push_back(id);
            if (part.open.ids.size() == maxLength) finishBlock(part);
        }
        // Packed rows are whole texts, not what is left of one and the start of the next.
        if (m_recipe.data.packing != "none") finish(part);
    }
    return {};
}

void RowEncoder::finishBlock(EncodedPart& part) const {
    Example& block = part.open;
    block.targets = block.ids;
    block.ids.insert(block.ids.begin(), m_around.before.begin(), m_around.before.end());
    block.ids.insert(block.ids.end(), m_around.behind.begin(), m_around.behind.end());
    block.targets.insert(block.targets.begin(), m_around.before.size(), kNoTarget);
    block.targets.resize(block.ids.size(), kNoTarget);
    block.typeIds.assign(block.ids.size(), 0);
    block.text = m_tokenizer.decode(block.ids, false);
    part.add(std::move(block));
    block = {};
}

void RowEncoder::finish(EncodedPart& part) const {
    // One token alone has nothing to predict.
    if (part.open.ids.size() >= 2) finishBlock(part);
    part.open = {};
}

}  // namespace lathe
