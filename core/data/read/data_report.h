// SPDX-License-Identifier: GPL-3.0-or-later
// What became of the rows of one part of the data: counts, lengths, labels, notes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/note.h"

namespace lathe {

struct DataReport {
    int64_t rows = 0;                      ///< usable rows
    int64_t dropped = 0;                   ///< rows left out (no target left, empty text)
    int64_t cut = 0;                       ///< rows cut at max_length
    std::vector<std::string> reasons;      ///< for the first few dropped rows: "line 417: empty answer"
    std::vector<int64_t> lengthHistogram;  ///< bins of kHistogramBin tokens, before cutting
    std::map<std::string, int64_t> labelCounts;
    std::vector<Note> notes;    ///< what was ignored, guessed or changed in the rows
    int64_t tokens = 0;         ///< after cutting
    int64_t trainedTokens = 0;  ///< positions with a target
};
constexpr int64_t kHistogramBin = 16;

}  // namespace lathe
