// SPDX-License-Identifier: GPL-3.0-or-later
// Which rows of a file are held out for validation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lathe {

struct Split {
    std::vector<std::size_t> train, validation;  ///< ascending
};

/// A fraction of `count` rows, at least one and never all of them, by a shuffle from `seed`: the same on
/// every machine.
Split splitRows(std::size_t count, double fraction, int64_t seed);

/// The same with the same share of each label, as near as whole rows come to it. `labels`: by row, -1 for a
/// row that has none; such rows and labels of one row stay in the training part.
Split splitByLabel(std::span<const int32_t> labels, double fraction, int64_t seed);

}  // namespace lathe
