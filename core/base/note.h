// SPDX-License-Identifier: GPL-3.0-or-later
// What reading a file ignored, guessed, changed or left out: reported to the user, but not an error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace lathe {

struct Note {
    std::string code;     ///< stable, for scripts: "columns_unused"
    std::string message;  ///< a clause without the count: "the column \"tools\" is not used by this template"
    std::string hint;     ///< what to do about it; may be empty
    std::string place{};  ///< of the first occurrence: file:line, a key path or a file; may be empty
    int64_t rows = 0;     ///< in how many rows it occurs; 0: it concerns the file as a whole
};

/// Adds the note, or its rows to the one with the same code and message. Beyond a hundred, one note says that
/// there are more.
void addNote(std::vector<Note>& notes, Note note);

/// "MESSAGE (3 rows, the first at FILE:LINE)"
std::string noteText(const Note& note);

/// A list of objects: code, message, hint, place, rows.
OrderedJson notesToJson(const std::vector<Note>& notes);

}  // namespace lathe
