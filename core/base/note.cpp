// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/note.h"

#include <algorithm>

namespace lathe {
namespace {

constexpr std::size_t kMostNotes = 100;

}  // namespace

void addNote(std::vector<Note>& notes, Note note) {
    const auto same = std::find_if(notes.begin(), notes.end(), [&](const Note& known) {
        return known.code == note.code && known.message == note.message;
    });
    if (same != notes.end())
        same->rows += note.rows;
    else if (notes.size() < kMostNotes)
        notes.push_back(std::move(note));
    else if (notes.size() == kMostNotes)
        notes.push_back({"notes_left_out", "further notes are left out", ""});
}

std::string noteText(const Note& note) {
    std::string where;
    if (note.rows > 0) where = std::to_string(note.rows) + (note.rows == 1 ? " row" : " rows");
    if (note.rows > 0 && !note.place.empty()) where += note.rows == 1 ? ", at " : ", the first at ";
    where += note.place;
    return where.empty() ? note.message : note.message + " (" + where + ")";
}

OrderedJson notesToJson(const std::vector<Note>& notes) {
    OrderedJson list = OrderedJson::array();
    for (const Note& note : notes)
        list.push_back({{"code", note.code},
                        {"message", note.message},
                        {"hint", note.hint},
                        {"place", note.place},
                        {"rows", note.rows}});
    return list;
}

}  // namespace lathe
