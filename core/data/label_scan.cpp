// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/label_scan.h"

#include <algorithm>
#include <set>

#include "core/base/ascii.h"
#include "core/data/columns.h"
#include "core/data/labels.h"
#include "core/data/lines.h"
#include "core/data/list_text.h"

namespace lathe {
namespace {

constexpr std::size_t kWaysKept = 4;
constexpr int64_t kRowsOfAClass = 20;  ///< fewer rows that say "None" are missing labels

std::string inQuotes(const std::string& text) {
    return "\"" + text.substr(0, 60) + (text.size() > 60 ? "…" : "") + "\"";
}

std::vector<std::string> parts(const std::string& text, char separator) {
    std::vector<std::string> found;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        const std::string_view whole = text;
        if (const auto part = trimmed(whole.substr(begin, end - begin)); !part.empty())
            found.emplace_back(part);
        begin = end + 1;
    }
    return found;
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

void LabelScan::addList(const std::vector<std::string>& items) {
    for (const std::string& item : items) {
        const std::string_view text = item;
        addName(std::string(trimmed(text)));
    }
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
        addList(items);
    } else if (const auto list = listInText(text, true)) {
        if (m_spelling.empty()) {
            m_spelling = list->spelling;
            m_listPlace = place;
        }
        addList(list->items);
    } else if (!text.empty() && !isMissingLabel(text)) {
        ++m_texts[text];
    }
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

/// '|' is a separator wherever it occurs. ';' and ',' are where most parts of the cells that hold one occur
/// in another cell, too: names of classes that hold one come back whole.
char LabelScan::separator() const {
    for (const auto& [text, rows] : m_texts)
        if (text.find('|') != std::string::npos) return '|';
    for (const char separator : {';', ','}) {
        std::map<std::string, std::size_t> cells;
        std::set<std::string> ofSeveral;
        for (const auto& [text, rows] : m_texts) {
            const auto names = parts(text, separator);
            for (const std::string& name : std::set<std::string>(names.begin(), names.end())) {
                ++cells[name];
                if (names.size() > 1) ofSeveral.insert(name);
            }
        }
        const auto shared = std::count_if(ofSeveral.begin(), ofSeveral.end(),
                                          [&](const std::string& name) { return cells[name] > 1; });
        if (!ofSeveral.empty() && static_cast<std::size_t>(shared) * 3 >= ofSeveral.size() * 2)
            return separator;
    }
    return 0;
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

std::vector<std::string> LabelScan::names(std::vector<Note>& notes) const {
    std::vector<std::string> names;
    for (const auto& [key, seen] : m_names)
        if (m_kind == LabelKind::Several || !isMissingLabel(seen.name) || isClass(seen))
            names.push_back(seen.name);
    noteSpellings(notes);
    const char between = separator();
    std::string example, unsplit;
    for (const auto& [text, rows] : m_texts) {
        const auto within = between ? parts(text, between) : std::vector<std::string>{text};
        for (const std::string& name : within) names.push_back(labelName(name));
        if (example.empty() && within.size() > 1) example = text;
        if (unsplit.empty() && within.size() == 1 && text.find_first_of(",;") != std::string::npos)
            unsplit = text;
    }
    if (!example.empty() && between != '|')
        addNote(notes, {"labels_split",
                        std::string("the labels of a row are separated by \"") + between + "\", as in " +
                            inQuotes(example),
                        "a JSON list or | between them leaves no doubt"});
    if (!unsplit.empty())
        addNote(notes, {"labels_unsplit",
                        "labels with a comma or semicolon are one name each, as " + inQuotes(unsplit),
                        "write several labels as a JSON list, or with | between them"});
    names = sortedLabels(std::move(names));
    const auto isList = [](const std::string& name) { return listInText(name, false).has_value(); };
    if (const auto list = std::find_if(names.begin(), names.end(), isList);
        m_kind == LabelKind::One && list != names.end())
        addNote(notes,
                {"labels_are_lists", "labels are lists, of which each is one class, as " + inQuotes(*list),
                 "for rows with several labels: objective: {multi_label: true}"});
    noteSimilar(names, notes);
    return names;
}

}  // namespace lathe
