// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/data_rows.h"

#include <limits>

namespace lathe {
namespace {

/// Of a file that is not held: enough to tell what its columns are.
constexpr std::size_t kFirstRows = 1000;

}  // namespace

Result<DataRows> DataRows::open(const std::filesystem::path& path, ReadSettings settings) {
    DataRows rows;
    settings.keep = std::numeric_limits<int64_t>::max();  // what fits the reader's limit of bytes
    LATHE_TRY(rows.m_first, readRecords(path, settings));
    auto& records = rows.m_first.records;
    rows.m_held = records.size() == rows.m_first.rows;
    if (!rows.m_held && records.size() > kFirstRows) {
        records.resize(kFirstRows);
        records.shrink_to_fit();
    }
    rows.m_settings = std::move(settings);
    return rows;
}

Result<DataRows> DataRows::withoutLimit() const {
    ReadSettings settings = m_settings;
    settings.format = m_first.format;
    settings.limit = 0;
    return open(m_first.path, std::move(settings));
}

Result<void> DataRows::each(const TakeRows& take) const {
    if (m_held) return take(m_first);
    const Error changed{ErrorCode::DataInvalid, "the file changed while it was read", m_first.path.string(),
                        "start again when it is whole"};
    uint64_t rows = 0;
    LATHE_TRY_VOID(readBatches(m_first, m_settings, [&](const RecordSet& batch) -> Result<void> {
        rows += batch.records.size();
        if (rows > m_first.rows || batch.columns.size() != m_first.columns.size()) return changed;
        return take(batch);
    }));
    if (rows != m_first.rows) return changed;
    return {};
}

}  // namespace lathe
