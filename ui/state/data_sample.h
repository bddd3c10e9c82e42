// SPDX-License-Identifier: GPL-3.0-or-later
// A look into a data file before any base is chosen: format, columns, the first rows as words, lengths and
// labels.
#pragma once

#include <QString>

#include "core/config/recipe.h"
#include "core/run/run_backend.h"

namespace lathe {

/// The same values as RunBackend::preview gives, with words for tokens and no ids. Reads the whole file, so
/// call it off the UI thread. Errors as readRecords and the column check give them.
Result<Preview> sampleData(const Recipe& recipe, int rows);

}  // namespace lathe
