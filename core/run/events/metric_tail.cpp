// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/events/metric_tail.h"

#include <algorithm>

#include "core/run/events/log_lines.h"

namespace lathe {
namespace {

constexpr std::size_t kCompared = 256;

}  // namespace

Result<MetricTail::Piece> MetricTail::read(std::size_t most) {
    Piece piece;
    auto lines = LogLines::open(m_file);
    if (!lines.ok()) {
        if (lines.error().code == ErrorCode::FileMissing) return piece;  // the run has not begun to write
        return lines.error();
    }
    const struct stat& now = lines.value().status();
    const bool same = m_inode == now.st_ino && m_device == now.st_dev;
    // A log that was cut may be as long again already.
    if (!same || now.st_size < m_offset || !lines.value().has(m_before, m_offset)) {
        piece.restarted = m_inode != 0 && m_offset > 0;
        m_inode = now.st_ino;
        m_device = now.st_dev;
        m_offset = 0;
        m_before.clear();
    }
    lines.value().startAt(m_offset);
    while (true) {
        LATHE_TRY(const auto line, lines.value().next());
        if (line && line->tooLong)
            return Error{ErrorCode::FileMalformed, "a line of more than 16 MiB", m_file.string(),
                         "the file is no record of a run"};
        piece.more = line && line->whole && piece.events.size() == most;
        if (!line || !line->whole || piece.more) return piece;
        ReadLine read = readLine(*line);
        if (read.event)
            piece.events.push_back(std::move(*read.event));
        else
            ++piece.damaged;
        m_offset = line->end;
        m_before = line->text.substr(line->text.size() - std::min(line->text.size(), kCompared));
        m_before += '\n';
    }
}

}  // namespace lathe
