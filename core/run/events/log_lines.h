// SPDX-License-Identifier: GPL-3.0-or-later
// The lines of metrics.jsonl, one at a time in memory, from its beginning or from where a reader left off.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/run/events/events.h"

namespace lathe {

constexpr const char* kLogName = "metrics.jsonl";  ///< in a run's folder

struct LogLine {
    std::string_view text;        ///< without its line break; empty where it is too long
    int64_t number = 0, end = 0;  ///< the first read is 1; bytes of the file up to its end
    bool whole = true;            ///< false: the file ends in it
    bool tooLong = false;         ///< more than 16 MiB
};

class LogLines {
  public:
    /// FileMissing; FileUnreadable for what is not a file or cannot be read.
    static Result<LogLines> open(const std::filesystem::path& path);
    LogLines(LogLines&& other) noexcept;
    LogLines& operator=(LogLines&&) = delete;
    ~LogLines();

    /// Of the file when it was opened.
    const struct stat& status() const { return m_status; }
    /// Whether the file has these bytes before `end`.
    bool has(std::string_view bytes, int64_t end) const;
    /// Before the first next(): leaves out the bytes before `offset`.
    void startAt(int64_t offset) { m_readFrom = m_end = offset; }
    /// Valid until the next call; nothing at the end.
    Result<std::optional<LogLine>> next();

  private:
    LogLines(int descriptor, std::filesystem::path path)
        : m_descriptor(descriptor), m_path(std::move(path)) {}
    Result<bool> readPiece();
    std::optional<LogLine> take(std::size_t length, std::size_t lineBreak, bool tooLong);

    int m_descriptor;
    std::filesystem::path m_path;
    struct stat m_status {};
    std::string m_buffer;
    std::size_t m_taken = 0;
    int64_t m_number = 0, m_end = 0, m_readFrom = 0;
};

enum class LineKind { Event, Unknown, Damaged };

/// What a line holds; Unknown is an event that only another version of Lathe knows.
struct ReadLine {
    LineKind kind = LineKind::Damaged;
    Json json;
    std::optional<Event> event;
};
ReadLine readLine(const LogLine& line);

}  // namespace lathe
