// SPDX-License-Identifier: GPL-3.0-or-later
// Finds held-out rows whose texts are among the training rows, too: scores are then of what was learned by
// heart.
#pragma once

#include <span>

#include "core/data/read/data_report.h"
#include "core/data/roles/columns.h"

namespace lathe {

/// Of the texts in `cells`, without regard to case, blanks and punctuation. 0 where they hold none.
uint64_t textHash(std::span<const std::string> texts);

/// Compares two parts by the hashes of their rows: 8 bytes a training row, 16 a held-out one.
class DuplicateRows {
  public:
    /// `task` says which columns are what is asked; answers are not compared where they are labels.
    explicit DuplicateRows(const std::string& task);

    void addTraining(const Record& record, const ColumnMap& columns);
    void addHeldOut(const RecordSet& records, const Record& record, const ColumnMap& columns);
    /// A note where there are any. Call once, when all rows are there.
    void report(DataReport& heldOut);

  private:
    uint64_t hashOf(const Record& record, const ColumnMap& columns) const;

    struct HeldOut {
        uint64_t hash = 0, line = 0;
    };
    RowShape m_shape;
    std::vector<uint64_t> m_training;
    std::vector<HeldOut> m_heldOut;
    std::string m_path;
    bool m_counted = false;  ///< rows are counted, not lines
};

}  // namespace lathe
