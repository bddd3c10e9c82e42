// SPDX-License-Identifier: GPL-3.0-or-later
// The rows of one data file to be gone through several times: held in memory where the file is small, else
// read anew each time.
#pragma once

#include "core/data/read/record_reader.h"

namespace lathe {

class DataRows {
  public:
    /// Reads and checks all rows. Errors as readRecords; `settings.keep` is not looked at.
    static Result<DataRows> open(const std::filesystem::path& path, ReadSettings settings);

    /// The whole file, where these rows are the first of it.
    Result<DataRows> withoutLimit() const;

    /// Format, encoding, all columns, and the first rows or all of them.
    const RecordSet& first() const { return m_first; }
    std::size_t count() const { return static_cast<std::size_t>(m_first.rows); }
    /// Goes through all rows in batches. Errors of `take`, and DataInvalid when the file is no longer what it
    /// was.
    Result<void> each(const TakeRows& take) const;

  private:
    RecordSet m_first;
    ReadSettings m_settings;
    bool m_held = true;
};

}  // namespace lathe
