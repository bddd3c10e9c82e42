// SPDX-License-Identifier: GPL-3.0-or-later
// metrics.jsonl read on from where the last reading ended, piece by piece: a long run is never in memory as a
// whole, and one that another process trains can be followed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/run/events/events.h"

namespace lathe {

class MetricTail {
  public:
    struct Piece {
        std::vector<Event> events;
        bool restarted = false;  ///< the file was replaced or cut: what was read before no longer holds
        bool more = false;       ///< there are complete lines left to read now
        int64_t damaged = 0;     ///< lines that are no event, passed over
    };

    /// The file need not be there yet.
    explicit MetricTail(const std::filesystem::path& run) : m_file(run / "metrics.jsonl") {}

    /// At most `most` events of complete lines; none while nothing is new. FileUnreadable when the file
    /// cannot be read, FileMalformed for a line of more than 16 MiB.
    Result<Piece> read(std::size_t most);

  private:
    std::filesystem::path m_file;
    int64_t m_offset = 0;  ///< of the first byte that was not read
    std::string m_before;  ///< the last bytes before it
    uint64_t m_device = 0, m_inode = 0;
};

}  // namespace lathe
