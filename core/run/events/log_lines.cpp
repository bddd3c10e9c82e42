// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/events/log_lines.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "core/base/files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kPiece = std::size_t(1) << 18;
constexpr std::size_t kLongestLine = std::size_t(16) << 20;

}  // namespace

Result<LogLines> LogLines::open(const fs::path& path) {
    // Without O_NONBLOCK a named pipe would keep us waiting for its writer.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return systemError(errno, "cannot open", path);
    LogLines lines(descriptor, path);
    if (::fstat(descriptor, &lines.m_status) != 0) return systemError(errno, "cannot look at", path);
    if (!S_ISREG(lines.m_status.st_mode))
        return Error{ErrorCode::FileUnreadable, "not a file", path.string(), ""};
    return lines;
}

LogLines::LogLines(LogLines&& other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1)),
      m_path(std::move(other.m_path)),
      m_status(other.m_status) {
}

LogLines::~LogLines() {
    if (m_descriptor >= 0) ::close(m_descriptor);
}

bool LogLines::has(std::string_view bytes, int64_t end) const {
    std::string found(bytes.size(), '\0');
    const off_t at = end - std::ssize(bytes);
    return ::pread(m_descriptor, found.data(), found.size(), at) == std::ssize(found) && found == bytes;
}

Result<std::optional<LogLine>> LogLines::next() {
    m_buffer.erase(0, m_taken);
    m_taken = 0;
    bool tooLong = false;
    std::size_t searched = 0, newline = 0;
    while ((newline = m_buffer.find('\n', searched)) == std::string::npos) {
        searched = m_buffer.size();
        if (searched > kLongestLine) {
            tooLong = true;
            m_end += static_cast<int64_t>(searched);
            searched = 0;
            m_buffer.clear();
        }
        LATHE_TRY(const bool more, readPiece());
        if (more) continue;
        if (m_buffer.empty() && !tooLong) return std::optional<LogLine>();
        return take(m_buffer.size(), 0, tooLong);
    }
    return take(newline, 1, tooLong);
}

Result<bool> LogLines::readPiece() {
    const std::size_t size = m_buffer.size();
    m_buffer.resize(size + kPiece);
    ssize_t count = 0;
    do count = ::pread(m_descriptor, m_buffer.data() + size, kPiece, m_readFrom);
    while (count < 0 && errno == EINTR);
    const int failure = errno;
    m_buffer.resize(size + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0) return systemError(failure, "cannot read", m_path);
    m_readFrom += count;
    return count > 0;
}

std::optional<LogLine> LogLines::take(std::size_t length, std::size_t lineBreak, bool tooLong) {
    m_taken = length + lineBreak;
    m_end += static_cast<int64_t>(m_taken);
    const std::string_view text = tooLong ? "" : std::string_view(m_buffer).substr(0, length);
    return LogLine{text, ++m_number, m_end, lineBreak == 1, tooLong};
}

ReadLine readLine(const LogLine& line) {
    ReadLine read;
    auto json = parseJson(line.text, kLogName);
    if (!json.ok()) return read;
    read.json = std::move(json).value();
    auto event = eventFromJson(read.json, kLogName);
    if (event.ok()) read.event = std::move(event).value();
    if (event.ok())
        read.kind = LineKind::Event;
    else if (event.error().code == ErrorCode::Unsupported)
        read.kind = LineKind::Unknown;
    return read;
}

}  // namespace lathe
