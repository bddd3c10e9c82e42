// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/training_labels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include "core/base/ascii.h"
#include "core/data/read/cell_text.h"
#include "core/data/read/list_text.h"
#include "core/data/roles/label_columns.h"
#include "core/data/roles/label_scan.h"
#include "core/data/roles/labels.h"
#include "core/data/roles/tag_scheme.h"
#include "core/data/roles/tagged_words.h"

namespace lathe {
namespace {

constexpr std::size_t kMaxLabels = 100'000;
constexpr std::size_t kMaxTags = 10'000;
constexpr int64_t kRareRows = 5;
constexpr std::size_t kNamesShown = 5;
constexpr uint64_t kSentencesToTell = 10;      ///< with fewer, rows of one word may be by chance
constexpr uintmax_t kLimitedFile = 64u << 20;  ///< behind a limit no more bytes are looked at

using Names = std::vector<std::string>;

std::string shown(const Names& names) {
    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i)
        list += (i > 0 ? ", \"" : "\"") + names[i] + "\"";
    return names.size() > kNamesShown ? list + ", …" : list;
}

/// What the rows of a file hold: their labels, or their tags.
using Gather = std::function<Result<Names>(const DataRows& rows, std::vector<Note>& notes)>;

bool isLimited(const Recipe& recipe, const DataRows& rows) {
    return recipe.data.limit > 0 && rows.count() == static_cast<std::size_t>(recipe.data.limit);
}

/// The labels that only rows behind the limit have; none where those rows cannot be read or are too many.
Names behindLimit(const Recipe& recipe, const DataRows& rows, const Names& names, const Gather& gather) {
    if (!isLimited(recipe, rows)) return {};
    std::error_code failure;
    const auto size = std::filesystem::file_size(rows.first().path, failure);
    if (!failure && size > kLimitedFile) return {};
    auto all = rows.withoutLimit();
    if (!all.ok() || all.value().first().columns != rows.first().columns) return {};
    std::vector<Note> ignored;
    const auto gathered = gather(all.value(), ignored);
    if (!gathered.ok()) return {};
    const std::set<std::string> known(names.begin(), names.end());
    Names others;
    for (const std::string& name : gathered.value())
        if (!known.contains(name)) others.push_back(name);
    return others;
}

std::string firstRows(const Recipe& recipe) {
    return "the first " + std::to_string(recipe.data.limit) + " rows (data.limit)";
}

void noteBehindLimit(const Recipe& recipe, const Names& others, const char* what, std::vector<Note>& notes) {
    if (others.empty()) return;
    addNote(notes,
            {"labels_beyond_limit",
             firstRows(recipe) + " leave out the " + what + (others.size() == 1 ? " " : "s ") + shown(others),
             "raise data.limit, or shuffle the file", recipe.data.train});
}

/// An error where the limit's rows hold too few labels, that others would be behind it.
Error tooFew(const Recipe& recipe, const DataRows& rows, const Names& names, const Names& others,
             const std::string& what, const std::string& column, const std::string& hint) {
    const std::string found =
        names.empty() ? "no " + what : "one " + what + " only, \"" + names.front() + "\"";
    const std::string place = rows.first().path.string(), where = " (column \"" + column + "\")";
    if (!isLimited(recipe, rows))
        return {ErrorCode::DataInvalid, "the rows have " + found + where, place, hint};
    return {ErrorCode::DataInvalid, firstRows(recipe) + " have " + found + where, place,
            others.empty() ? "raise data.limit, or " + hint
                           : "raise data.limit, or shuffle the file: rows behind it have " + shown(others)};
}

/// An error where rows differ in nothing that could be learned.
Error oneOnly(const Recipe& recipe, const DataRows& rows, const std::string& found, const std::string& column,
              const std::string& hint) {
    const bool limited = isLimited(recipe, rows);
    return {ErrorCode::DataInvalid,
            (limited ? firstRows(recipe) : std::string("the rows")) + " have " + found + " (column \"" +
                column + "\"): there is nothing to learn",
            rows.first().path.string(), limited ? "raise data.limit, or shuffle the file" : hint};
}

/// DataInvalid where two rows or more all have the same number. What is no number is refused where rows are
/// encoded.
Result<void> checkNumbersDiffer(const Recipe& recipe, const DataRows& rows, const ColumnMap& columns,
                                const std::string& name) {
    std::set<double> values;
    uint64_t count = 0;
    LATHE_TRY_VOID(rows.each([&](const RecordSet& batch) -> Result<void> {
        for (const Record& record : batch.records) {
            if (values.size() > 1) return {};
            LATHE_TRY(const OrderedJson cell, labelCell(batch, record, columns, LabelKind::Number));
            const std::string text = labelText(cell);
            if (isMissingLabel(text)) continue;
            const auto number = numberOf(text);
            values.insert(number.value_or(std::numeric_limits<double>::infinity()));
            ++count;
        }
        return {};
    }));
    if (count < 2 || values.size() != 1 || std::isinf(*values.begin())) return {};
    return oneOnly(recipe, rows, "one value only, " + numberText(*values.begin()), name,
                   "name the column with the numbers in the recipe: data: {columns: {label: NAME}}");
}

/// A list of one label is that label.
void noteUnwrapped(const OrderedJson& cell, LabelKind kind, const std::string& place,
                   std::vector<Note>& notes) {
    if (kind == LabelKind::Several) return;
    const auto list = cell.is_string() ? listInText(cell.get_ref<const std::string&>(), false) : std::nullopt;
    if ((list && list->items.size() == 1) || (cell.is_array() && cell.size() == 1))
        addNote(notes, {"labels_unwrapped", "the label is a list of one item and is taken as the item",
                        "for rows with several labels: objective: {multi_label: true}", place, 1});
}

Error tooMany(const DataRows& rows, const std::string& message, const std::string& hint) {
    return {ErrorCode::DataInvalid, message, rows.first().path.string(), hint};
}

/// How many rows hold how many words, and how their lists are written.
struct SentenceScan {
    uint64_t rows = 0, single = 0;
    std::set<std::string> listsNoted{};

    void add(const RecordSet& records, const Record& record, const ColumnMap& columns,
             std::vector<Note>& notes) {
        const std::size_t words = wordsOf(record.values[columns.at("tokens")]).size();
        rows += words > 0;
        single += words == 1;
        for (const char* role : {"tokens", "tags"}) {
            const OrderedJson& cell = record.values[columns.at(role)];
            if (!cell.is_string() || listsNoted.contains(role)) continue;
            const auto list = listInText(cell.get_ref<const std::string&>(), false);
            if (!list) continue;
            listsNoted.insert(role);
            addNote(notes, {"lists_as_text",
                            "the column \"" + records.columns[columns.at(role)] +
                                "\" holds lists written as text (" + list->spelling + ")",
                            "", recordPlace(records, record)});
        }
    }
};

/// A column that says to which sentence a word belongs.
std::string sentenceColumn(const RecordSet& records) {
    for (const std::string& name : records.columns)
        if (lowerAscii(name).find("sent") != std::string::npos) return name;
    return {};
}

Result<void> checkSentences(const RecordSet& records, const SentenceScan& scan) {
    if (scan.rows < kSentencesToTell || scan.single * 20 < scan.rows * 19) return {};
    const std::string number = records.format == "conll" ? "" : sentenceColumn(records);
    const std::string together =
        number.empty() ? "" : "; the column \"" + number + "\" seems to say which words belong together";
    return Error{
        ErrorCode::DataInvalid,
        std::to_string(scan.single) + " of " + std::to_string(scan.rows) +
            " rows hold one word only, so that no word has neighbours to be told by",
        records.path.string(),
        records.format == "conll"
            ? "leave a blank line between sentences, not between words"
            : "write one row per sentence with lists of words and tags, or a CoNLL file (a word and its tag "
              "per line, a blank line between sentences)" +
                  together + "; words that stand alone are a classification"};
}

Result<Names> gatherTags(const DataRows& rows, const ColumnMap& columns, SentenceScan* sentences,
                         std::vector<Note>& notes) {
    const std::size_t column = columns.at("tags");
    std::set<std::string> tags;
    LATHE_TRY_VOID(rows.each([&](const RecordSet& batch) -> Result<void> {
        for (const auto& record : batch.records) {
            if (sentences) sentences->add(batch, record, columns, notes);
            LATHE_TRY(const auto found, tagsOf(record.values[column], recordPlace(batch, record)));
            for (const std::string& tag : found) tags.insert(labelName(tag));
            if (tags.size() > kMaxTags)
                return tooMany(rows, "the rows have more than 10,000 tags",
                               "name the column with the tags in the recipe: data: {columns: {tags: NAME}}");
        }
        return {};
    }));
    return Names(tags.begin(), tags.end());
}

void noteScheme(const Names& tags, std::vector<Note>& notes) {
    const TagScheme scheme = tagSchemeOf(tags);
    Names bare;
    for (const std::string& tag : tags)
        if (const TagParts parts = tagParts(tag); parts.place != 'O' && parts.kind == tag)
            bare.push_back(tag);
    if (scheme == TagScheme::Prefixed && !bare.empty())
        addNote(
            notes,
            {"tags_without_prefix",
             "these tags have no B- or I- before them and are entities of that name: " + shown(bare), ""});
    if (scheme == TagScheme::None)
        addNote(notes, {"tags_without_scheme",
                        "the tags (" + shown(tags) +
                            ") name no entities: f1 cannot be computed, and accuracy judges the "
                            "model",
                        "for entities write tags such as B-PER, I-PER and O"});
    else if (scheme == TagScheme::Bare)
        addNote(notes,
                {"tags_without_prefix",
                 "the tags have no B- or I- before them: neighbours with one tag count as one entity", ""});
}

}  // namespace

Result<TrainingLabels> collectLabels(const Recipe& recipe, const DataRows& rows, const ColumnMap& columns,
                                     std::vector<Note>& notes) {
    const LabelKind kind = labelKindOf(recipe.objective.values);
    TrainingLabels labels;
    const auto column = columns.find("label");
    const std::string name = column == columns.end() ? "label" : rows.first().columns[column->second];
    if (kind == LabelKind::Number) {
        LATHE_TRY_VOID(checkNumbersDiffer(recipe, rows, columns, name));
        return labels;
    }
    const std::string hint = "name the column with the classes in the recipe: data: {columns: {label: NAME}}";
    std::optional<std::string> only;
    const Gather gather = [&](const DataRows& some, std::vector<Note>& told) -> Result<Names> {
        LabelScan scan(kind);
        LATHE_TRY_VOID(some.each([&](const RecordSet& batch) -> Result<void> {
            for (const auto& record : batch.records) {
                LATHE_TRY(const OrderedJson cell, labelCell(batch, record, columns, kind));
                scan.add(cell, recordPlace(batch, record));
                if (column != columns.end())
                    noteUnwrapped(record.values[column->second], kind, recordPlace(batch, record), told);
                if (scan.different() > kMaxLabels)
                    return tooMany(
                        rows, "the column \"" + name + "\" holds more than 100,000 different values", hint);
            }
            return {};
        }));
        LATHE_TRY_VOID(scan.check());
        if (&some == &rows && kind == LabelKind::One) labels.rows = scan.rows();
        if (&some == &rows) only = scan.onlyLabels();
        return scan.names(told);
    };
    LATHE_TRY(labels.names, gather(rows, notes));
    const Names others = behindLimit(recipe, rows, labels.names, gather);
    noteBehindLimit(recipe, others, "label", notes);
    if (labels.names.size() < (kind == LabelKind::Several ? 1u : 2u))
        return tooFew(recipe, rows, labels.names, others, "label", name, hint);
    if (only)
        return oneOnly(recipe, rows, "the same labels in every row, " + *only, name,
                       "add rows with other labels, or with none");
    if (kind == LabelKind::One && labels.names.size() == rows.count() && labels.names.size() > 20)
        return tooMany(
            rows, "the column \"" + name + "\" has a different value in every row, so it holds no classes",
            hint + "; numbers are learnt with objective: {regression: true}");
    return labels;
}

Result<TrainingLabels> collectTags(const Recipe& recipe, const DataRows& rows, const ColumnMap& columns,
                                   std::vector<Note>& notes) {
    TrainingLabels labels;
    SentenceScan sentences;
    const Gather gather = [&](const DataRows& some, std::vector<Note>& told) {
        return gatherTags(some, columns, &some == &rows ? &sentences : nullptr, told);
    };
    LATHE_TRY(Names tags, gather(rows, notes));
    LATHE_TRY_VOID(checkSentences(rows.first(), sentences));
    const Names others = behindLimit(recipe, rows, tags, gather);
    noteBehindLimit(recipe, others, "tag", notes);
    if (tags.size() < 2)
        return tooFew(recipe, rows, tags, others, "tag", rows.first().columns[columns.at("tags")],
                      "name the columns in the recipe: data: {columns: {tokens: NAME, tags: NAME}}");
    labels.names = sortedLabels(std::move(tags));
    std::stable_partition(labels.names.begin(), labels.names.end(),
                          [](const auto& tag) { return tag == "O"; });
    noteScheme(labels.names, notes);
    return labels;
}

void noteRareLabels(TaskData& data) {
    const auto rowsOf = [](const DataReport& report, const std::string& label) {
        const auto count = report.labelCounts.find(label);
        return count == report.labelCounts.end() ? 0 : count->second;
    };
    Names rare, unseen;
    for (const std::string& label : data.labels) {
        if (rowsOf(data.trainReport, label) < kRareRows) rare.push_back(label);
        if (data.validationReport.rows > 0 && rowsOf(data.validationReport, label) == 0)
            unseen.push_back(label);
    }
    const auto note = [&](const Names& labels, const char* one, const char* many, const char* hint) {
        if (labels.empty()) return;
        const std::string what = labels.size() == 1 ? one : std::to_string(labels.size()) + many;
        addNote(data.trainReport.notes, {"labels_rare", what + shown(labels), hint});
    };
    note(rare, "one label has fewer than 5 training rows: ", " labels have fewer than 5 training rows: ",
         "add rows with them, or join them with other labels");
    note(unseen, "one label is in no validation row, so that nothing says how well it is learned: ",
         " labels are in no validation row, so that nothing says how well they are learned: ",
         "hold out more rows, or name a validation file");
}

}  // namespace lathe
