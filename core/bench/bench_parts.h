// SPDX-License-Identifier: GPL-3.0-or-later
// What measurements share: rows of random text, and the middle of what was measured.
#pragma once

#include <vector>

#include "core/data/task_data.h"
#include "core/model/language_model.h"

namespace lathe {

/// `count` rows of `length` ids, the same on every machine, with what the shape's head learns from them: a
/// label where it has labels, else the ids themselves.
std::vector<Example> randomRows(const ModelShape& shape, int64_t count, int64_t length);

/// The middle value, or the mean of the two in the middle; `values` is not empty.
double medianOf(std::vector<double> values);

}  // namespace lathe
