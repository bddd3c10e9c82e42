// SPDX-License-Identifier: GPL-3.0-or-later
// Recipes over a few labelled rows, and the notes that reading them gives.
#pragma once

#include "core/data/roles/labels.h"
#include "core/data/task_data.h"
#include "tests/support/support.h"

namespace lathe::test {

/// All of the rows are trained on.
inline Recipe labelledRecipe(const TemporaryFolder& folder, const std::string& name, const std::string& bytes,
                             LabelKind kind = LabelKind::One, const std::string& task = "classification") {
    Recipe made;
    made.task = task;
    setLabelKind(made.objective.values, kind);
    made.data.train = folder.write(name, bytes).string();
    made.data.validation = "none";
    return made;
}

/// The first note with this code; null when there is none.
inline const Note* noteOf(const DataReport& report, const std::string& code) {
    for (const Note& note : report.notes)
        if (note.code == code) return &note;
    return nullptr;
}

}  // namespace lathe::test
