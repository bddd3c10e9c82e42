// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/roles/label_scan.h"

#include <algorithm>
#include <set>

#include "core/base/ascii.h"
#include "core/data/read/cell_text.h"
#include "core/data/read/lines.h"
#include "core/data/read/list_text.h"
#include "core/data/roles/columns.h"
#include "core/data/roles/label_columns.h"
#include "core/data/roles/labels.h"

namespace lathe {
namespace {

constexpr std::size_t kWaysKept = 4;
constexpr int64_t kRowsOfAClass = 20;  ///< fewer rows that say "None" are missing labels

std::string inQuotes(const std::string& text) {
    return "\"" + text.substr(0, 60) + (text.size() > 60 ? "…" : "") + "\"";
}

std::vector<std::string> parts(const std::string& text, std::string_view separators) {
    std::vector<std::string> found;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
        const std::string_view whole = text;
        if (const auto part = trimmed(whole.substr(begin, end - begin)); !part.empty())
            found.emplace_back(part);
        begin = end + 1;
    }
    return found;
}

std::vector<std::string> parts(const std::string& text, char separator) {
    return parts(text, std::string_view(&separator, 1));
}

/// As people see it in a message.
std::string separatorName(char separator) {
    return separator == '\n'   ? "a line break"
           : separator == '\t' ? "a tab"
           : separator == ' '  ? "a blank"
                               : "\"" + std::string(1, separator) + "\"";
}

/// Names that differ in nothing but this look like one label.
std::string folded(const std::string& name) {
    return lowerAscii(name, " _-.");
}

void noteSimilar(const std::vector<std::string>& names, std::vector<Note>& notes) {
    if (std::all_of(names.begin(), names.end(), isNumber)) return;
    std::map<std::string, std::string> first;
    int told = 0;
    for (const std::string& name : names) {
        const auto [it, isNew] = first.emplace(folded(name), name);
        if (isNew || isNumber(name) || ++told > 5) continue;
        addNote(notes, {"labels_similar",
                        "the labels " + inQuotes(it->second) + " and " + inQuotes(name) + " are two classes",
                        "write them alike if they are one"});
    }
}

/// Classes such as "food/price" where "food" and "price" are classes, too.
void noteComposed(const std::vector<std::string>& names, LabelKind kind, std::vector<Note>& notes) {
    const std::set<std::string> known(names.begin(), names.end());
    const std::string separators = "|" + std::string(kLabelSeparators);
    int told = 0;
    for (const std::string& name : names) {
        const bool composed = std::any_of(separators.begin(), separators.end(), [&](char separator) {
            const auto within = parts(name, separator);
            return within.size() > 1 && std::all_of(within.begin(), within.end(), [&](const auto& part) {
                       return known.contains(labelName(part));
                   });
        });
        if (!composed || ++told > 5) continue;
        addNote(notes,
                {"labels_composed",
                 "the label " + inQuotes(name) + " is made of other labels and is a class of its own",
                 kind == LabelKind::One ? "for rows with several labels: objective: {multi_label: true}"
                                        : "write several labels as a JSON list, or with | between them"});
    }
}

}  // namespace

std::vector<std::string> sortedLabels(std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (std::all_of(names.begin(), names.end(), isNumber))
        std::stable_sort(names.begin(), names.end(),
                         [](const auto& a, const auto& b) { return *numberOf(a) < *numberOf(b); });
    return names;
}

LabelScan::Seen* LabelScan::addName(const std::string& text) {
    if (text.empty()) return nullptr;
    const auto number = static_cast<int32_t>(m_names.size());
    const auto [it, isNew] = m_names.try_emplace(labelKey(text));
    Seen& seen = it->second;
    if (isNew) {
        seen.name = labelName(text);
        seen.number = number;
    }
    ++seen.rows;
    if (const auto way = seen.written.find(text); way != seen.written.end())
        ++way->second;
    else if (seen.written.size() < kWaysKept)
        seen.written.emplace(text, 1);
    return &seen;
}

void LabelScan::addRow(std::vector<std::string> keys) {
    ++m_labelled;
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    if (m_combinations.size() < 2) m_combinations.insert(std::move(keys));
}

void LabelScan::addVector(const std::vector<std::string>& items, const std::string& place) {
    std::set<std::string> keys;
    bool numbers = !items.empty();
    for (const std::string& item : items) {
        keys.insert(labelKey(item));
        numbers = numbers && zeroOrOne(item);
    }
    if (m_vectors.length == 0) {
        m_vectors.length = items.size();
        m_vectors.place = place;
        for (const std::string& item : items) m_vectors.first += (m_vectors.first.empty() ? "" : ", ") + item;
    }
    m_vectors.all = m_vectors.all && numbers && items.size() == m_vectors.length;
    m_vectors.repeated = m_vectors.repeated || keys.size() < items.size();
}

void LabelScan::addList(const std::vector<std::string>& items, const std::string& place) {
    std::vector<std::string> keys;
    for (const std::string& item : items) {
        const std::string_view text = item;
        addName(std::string(trimmed(text)));
        keys.push_back(labelKey(item));
    }
    addVector(items, place);
    addRow(std::move(keys));
}

void LabelScan::add(const OrderedJson& cell, const std::string& place) {
    const std::string whole = cell.is_array() ? std::string() : cellText(cell);
    const std::string_view view = whole;
    const std::string text(trimmed(view));
    if (m_kind != LabelKind::Several) {
        const Seen* seen = addName(text);
        m_rows.push_back(seen ? seen->number : -1);
    } else if (cell.is_array()) {
        std::vector<std::string> items;
        for (const OrderedJson& item : cell) items.push_back(cellText(item));
        addList(items, place);
    } else if (const auto list = listInText(text, true)) {
        if (m_spelling.empty()) {
            m_spelling = list->spelling;
            m_listPlace = place;
        }
        addList(list->items, place);
    } else if (text.empty()) {
        addRow({});
    } else if (!isMissingLabel(text)) {
        addVector(parts(text, "|;, "), place);
        ++m_texts[text];
        std::vector<std::string> keys;
        for (const std::string& part : parts(text, "|;,")) keys.push_back(labelKey(part));
        addRow(std::move(keys));
    }
}

Result<void> LabelScan::check() const {
    if (!m_vectors.all || !m_vectors.repeated || m_vectors.length < 2) return {};
    return Error{
        ErrorCode::DataInvalid,
        "the labels of every row are " + std::to_string(m_vectors.length) + " times 0 or 1, as [" +
            m_vectors.first.substr(0, 60) + "]: not names of labels",
        m_vectors.place,
        "write the names of a row's labels, such as [\"food\", \"price\"], or a column for each label "
        "with 0 or 1 in it"};
}

std::optional<std::string> LabelScan::onlyLabels() const {
    if (m_labelled < 2 || m_combinations.size() != 1) return std::nullopt;
    return labelList(*m_combinations.begin());
}

bool LabelScan::isClass(const Seen& seen) const {
    int64_t rows = 0, classes = 0, words = 0;
    for (const auto& [key, other] : m_names) {
        const bool missing = isMissingLabel(other.name);
        rows += missing ? 0 : other.rows;
        classes += !missing;
        words += missing;
    }
    const bool mayBeNamed = seen.name == "None" || seen.name == "NA" || seen.name == "N/A";
    return mayBeNamed && words == 1 && classes > 0 && seen.rows >= kRowsOfAClass &&
           seen.rows * 2 * classes >= rows;
}

/// Whether the cells that hold the separator are lists: for ';' and ',' most of their parts are in another
/// cell, too; for marks that names hold more often all are, and with blanks between them as labels alone.
bool LabelScan::separates(char separator) const {
    std::map<std::string, std::size_t> cells;
    std::set<std::string> ofSeveral;
    std::size_t ended = 0;
    for (const auto& [text, rows] : m_texts) {
        const auto names = parts(text, separator);
        ended += text.back() == separator;
        for (const std::string& name : std::set<std::string>(names.begin(), names.end())) {
            ++cells[name];
            if (names.size() > 1) ofSeveral.insert(name);
        }
    }
    const bool usual = separator == ';' || separator == ',';
    if (ofSeveral.empty()) return usual && ended > 0 && ended == m_texts.size();
    const auto fit = std::count_if(ofSeveral.begin(), ofSeveral.end(), [&](const std::string& name) {
        return separator == ' ' ? m_texts.contains(name) : cells[name] > 1;
    });
    const auto wanted = static_cast<std::size_t>(fit);
    return usual ? wanted * 3 >= ofSeveral.size() * 2 : wanted == ofSeveral.size();
}

/// '|' is a separator wherever it occurs. Names of classes that hold another mark come back whole.
char LabelScan::separator() const {
    for (const auto& [text, rows] : m_texts)
        if (text.find('|') != std::string::npos) return '|';
    const auto found = std::find_if(kLabelSeparators.begin(), kLabelSeparators.end(),
                                    [&](char separator) { return separates(separator); });
    return found == kLabelSeparators.end() ? char(0) : *found;
}

void LabelScan::noteSpellings(std::vector<Note>& notes) const {
    int told = 0;
    for (const auto& [key, seen] : m_names) {
        if (isMissingLabel(seen.name)) {
            if (isClass(seen))
                addNote(notes, {"labels_missing", "the label " + inQuotes(seen.name) + " is taken as a class",
                                "remove these rows if the word means that there is no label", "", seen.rows});
            continue;
        }
        for (const auto& [way, rows] : seen.written) {
            if (way == seen.name || ++told > 5) continue;
            addNote(notes,
                    {"labels_spelled", "the label " + inQuotes(way) + " is read as " + inQuotes(seen.name),
                     "", "", rows});
        }
    }
    if (!m_spelling.empty())
        addNote(notes,
                {"lists_as_text", "the labels of a row are a list written as text (" + m_spelling + ")", "",
                 m_listPlace});
}

void LabelScan::noteSplit(char between, std::vector<Note>& notes) const {
    std::string example, unsplit, emptyPart;
    int64_t emptyRows = 0;
    for (const auto& [text, rows] : m_texts) {
        const auto within = between ? parts(text, between) : std::vector<std::string>{text};
        const auto all = between ? static_cast<std::size_t>(std::count(text.begin(), text.end(), between)) + 1
                                 : within.size();
        if (example.empty() && within.size() > 1) example = text;
        if (unsplit.empty() && within.size() == 1 && all == 1 &&
            text.find_first_of(",;") != std::string::npos)
            unsplit = text;
        if (within.size() == all || between == ' ') continue;
        if (emptyPart.empty()) emptyPart = text;
        emptyRows += rows;
    }
    if (!example.empty() && between != '|')
        addNote(notes, {"labels_split",
                        "the labels of a row are separated by " + separatorName(between) + ", as in " +
                            inQuotes(example),
                        "a JSON list or | between them leaves no doubt"});
    if (!emptyPart.empty())
        addNote(notes,
                {"labels_empty", "empty parts between labels are left out, as in " + inQuotes(emptyPart), "",
                 "", emptyRows});
    if (!unsplit.empty())
        addNote(notes, {"labels_unsplit",
                        "labels with a comma or semicolon are one name each, as " + inQuotes(unsplit),
                        "write several labels as a JSON list, or with | between them"});
}

std::vector<std::string> LabelScan::names(std::vector<Note>& notes) const {
    std::vector<std::string> names;
    for (const auto& [key, seen] : m_names)
        if (m_kind == LabelKind::Several || !isMissingLabel(seen.name) || isClass(seen))
            names.push_back(seen.name);
    noteSpellings(notes);
    const char between = separator();
    for (const auto& [text, rows] : m_texts)
        for (const std::string& name : between ? parts(text, between) : std::vector<std::string>{text})
            names.push_back(labelName(name));
    noteSplit(between, notes);
    names = sortedLabels(std::move(names));
    const auto isList = [](const std::string& name) { return listInText(name, false).has_value(); };
    if (const auto list = std::find_if(names.begin(), names.end(), isList);
        m_kind == LabelKind::One && list != names.end())
        addNote(notes,
                {"labels_are_lists", "labels are lists, of which each is one class, as " + inQuotes(*list),
                 "for rows with several labels: objective: {multi_label: true}"});
    noteComposed(names, m_kind, notes);
    noteSimilar(names, notes);
    return names;
}

}  // namespace lathe
