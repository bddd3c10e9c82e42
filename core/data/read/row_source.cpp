// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/row_source.h"

#include <algorithm>

#include "core/data/read/lines.h"

namespace lathe {
namespace {

constexpr std::size_t kReleaseStep = std::size_t(8) << 20;
constexpr std::size_t kBatchRows = 1000;
constexpr std::size_t kBatchBytes = std::size_t(16) << 20;
constexpr std::size_t kKeptBytes = std::size_t(64) << 20;
constexpr std::size_t kMaxCells = std::size_t(1) << 27;
constexpr std::size_t kMaxSparseCells = std::size_t(1) << 22;
constexpr std::size_t kMaxSparsity = 64;  // cells to values

}  // namespace

void SourceText::passed(std::size_t position) {
    if (!m_file) return;
    if (position < m_released) m_released = 0;
    if (position - m_released < kReleaseStep) return;
    const auto offset = static_cast<std::size_t>(m_text.data() - m_file->text().data());
    m_file->release(offset + m_released, offset + position);
    m_released = position;
}

bool SourceLines::next(std::string_view& line) {
    const std::string_view text = m_source.text();
    if (m_position >= text.size()) return false;
    m_source.passed(m_position);
    auto rest = text.substr(m_position, kMaxDocumentBytes + 2);
    const std::size_t before = rest.size();
    line = takeLine(rest);
    m_position += before - rest.size();
    ++m_number;
    return true;
}

std::size_t RowSink::wanted(std::size_t count) const {
    if (m_settings.limit <= 0) return count;
    const auto left = static_cast<uint64_t>(m_settings.limit) -
                      std::min(m_records.rows, static_cast<uint64_t>(m_settings.limit));
    return static_cast<std::size_t>(std::min<uint64_t>(left, count));
}

Result<void> RowSink::add(Record&& record, std::size_t bytes) {
    ++m_records.rows;
    const auto held = m_records.records.size();
    const bool some = !m_take && m_settings.keep > 0 && held > 0;
    const bool left = held + 1 < m_records.rows;  // one before was not kept
    if (some && (left || held >= static_cast<std::size_t>(m_settings.keep) || m_bytes + bytes > kKeptBytes))
        return {};
    m_bytes += bytes;
    m_filled += static_cast<std::size_t>(std::count_if(record.values.begin(), record.values.end(),
                                                       [](const OrderedJson& v) { return !v.is_null(); }));
    m_records.records.push_back(std::move(record));
    LATHE_TRY_VOID(checkCells());
    if (!m_take || (m_records.records.size() < kBatchRows && m_bytes < kBatchBytes)) return {};
    return finish();
}

Result<void> RowSink::finish() {
    for (Record& record : m_records.records) record.values.resize(m_records.columns.size());
    if (!m_take || m_records.records.empty()) return {};
    LATHE_TRY_VOID((*m_take)(m_records));
    m_records.records.clear();
    m_bytes = m_filled = 0;
    return {};
}

/// A table nearly all of whose cells are empty takes far more memory than its file.
Result<void> RowSink::checkCells() const {
    const std::size_t cells = m_records.records.size() * m_records.columns.size();
    if (cells <= kMaxSparseCells || (cells <= kMaxCells && cells / kMaxSparsity <= m_filled)) return {};
    return Error{ErrorCode::FileTooLarge, "the rows have too many different columns for what they hold",
                 m_records.path.string(), ""};
}

}  // namespace lathe
