// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/encode/row_parts.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/data/roles/labels.h"
#include "core/tokenizer/text/pattern.h"

namespace lathe {
namespace {

constexpr std::size_t kReasonsKept = 20;

int64_t countTargets(const std::vector<int32_t>& targets) {
    return std::count_if(targets.begin(), targets.end(), [](int32_t t) { return t != kNoTarget; });
}

/// Labels have words of their own for none, and margins are numbers.
bool isTextRole(const std::string& role) {
    return role != "label" && role != "tags" && role != "margin" && !role.starts_with(kLabelColumn);
}

}  // namespace

std::size_t maxLengthOf(const Recipe& recipe) {
    return static_cast<std::size_t>(std::max<int64_t>(recipe.data.maxLength, 1));
}

std::string roomText(const Recipe& recipe) {
    if (!recipe.data.maxLengthOfBase) return "max_length";
    return "the " + std::to_string(maxLengthOf(recipe)) + " tokens of room in the base's context";
}

bool hasTarget(const std::vector<int32_t>& targets) {
    return std::any_of(targets.begin(), targets.end(), [](int32_t target) { return target != kNoTarget; });
}

void drop(DataReport& report, const RecordSet& records, const Record& record, const std::string& why) {
    ++report.dropped;
    if (report.reasons.size() == kReasonsKept) return;
    const bool counted = records.format == "json" || records.format == "folder";
    report.reasons.push_back((counted ? "row " : "line ") + std::to_string(record.line) + ": " + why);
}

std::optional<Record> withoutMissingWords(const DataRow& row, DataReport& report) {
    std::optional<Record> cleaned;
    const bool table = row.records.format == "csv" || row.records.format == "tsv";
    if (!table && !row.records.format.starts_with("json")) return cleaned;
    for (const auto& [role, column] : row.columns) {
        const OrderedJson& cell = row.record.values[column];
        if (!isTextRole(role) || !cell.is_string()) continue;
        const auto& text = cell.get_ref<const std::string&>();
        if (isBlank(text) || !isMissingLabel(text) || (!table && lowerAscii(text) != "nan")) continue;
        addNote(report.notes,
                {"texts_missing",
                 "the column \"" + row.records.columns[column] + "\" holds \"" + text + "\", " +
                     (table ? "a missing value as pandas reads it: taken as empty"
                            : "which looks like a missing value and is learned as a text"),
                 table ? "in rows of JSON (.jsonl) such a word is a text" : "write null where there is none",
                 recordPlace(row.records, row.record), 1});
        if (!table) continue;
        if (!cleaned) cleaned = row.record;
        cleaned->values[column] = nullptr;
    }
    return cleaned;
}

void countLength(DataReport& report, std::size_t tokens) {
    const std::size_t bin = tokens / kHistogramBin;
    if (report.lengthHistogram.size() <= bin) report.lengthHistogram.resize(bin + 1);
    ++report.lengthHistogram[bin];
}

void EncodedPart::add(Example&& example) {
    ++report.rows;
    report.tokens += static_cast<int64_t>(example.ids.size() + example.rejected.ids.size());
    report.trainedTokens += countTargets(example.targets) + countTargets(example.rejected.targets);
    report.trainedTokens += static_cast<int64_t>(example.decoderTargets.size());
    if (examples.size() < most) examples.push_back(std::move(example));
}

Result<void> checkExpressions(uint64_t before, const RecordSet& records, const Record& record) {
    if (tok::Pattern::givenUp() == before) return {};
    return Error{
        ErrorCode::DataInvalid,
        "an expression of the tokenizer takes too many steps on the text, so that its tokens are not "
        "known",
        recordPlace(records, record), "leave the row out"};
}

std::vector<int32_t> targetsOf(const Encoding& encoding, const RenderedChat& chat, bool everything) {
    std::vector<int32_t> targets(encoding.ids.size(), kNoTarget);
    std::size_t answer = 0;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const std::size_t begin = encoding.offsets[i].begin;
        const std::size_t end = std::max<std::size_t>(encoding.offsets[i].end, begin + 1);
        while (answer < chat.answers.size() && chat.answers[answer].end <= begin) ++answer;
        const bool inside = answer < chat.answers.size() && chat.answers[answer].begin < end;
        if (everything || inside) targets[i] = encoding.ids[i];
    }
    return targets;
}

}  // namespace lathe
