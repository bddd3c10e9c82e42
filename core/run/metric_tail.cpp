// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/metric_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "core/base/files.h"

namespace lathe {
namespace {

constexpr std::size_t kChunkBytes = 256 * 1024;
constexpr std::size_t kLongestLine = 16 * 1024 * 1024;
constexpr std::size_t kCompared = 256;

class Descriptor {
  public:
    explicit Descriptor(const std::filesystem::path& file)
        : m_value(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (m_value >= 0) ::close(m_value);
    }
    int value() const { return m_value; }

  private:
    int m_value;
};

}  // namespace

Result<MetricTail::Piece> MetricTail::read(std::size_t most) {
    Piece piece;
    const Descriptor file(m_file);
    if (file.value() < 0) {
        if (errno == ENOENT) return piece;  // the run has not begun to write
        return systemError(errno, "cannot open", m_file);
    }
    struct stat now {};
    if (::fstat(file.value(), &now) != 0) return systemError(errno, "cannot read", m_file);
    if (!S_ISREG(now.st_mode))
        return Error{ErrorCode::FileUnreadable, "not a file", m_file.string(), "choose another run"};
    const bool known = m_inode != 0;
    const bool same = m_inode == now.st_ino && m_device == now.st_dev;
    if (!same || uint64_t(now.st_size) < m_offset || !isContinued(file.value())) {
        piece.restarted = known && m_offset > 0;
        m_inode = now.st_ino;
        m_device = now.st_dev;
        m_offset = 0;
        m_before.clear();
    }
    while (true) {
        LATHE_TRY(const std::string chunk, chunkAt(file.value()));
        std::size_t begin = 0;
        while (piece.events.size() < most) {
            const std::size_t end = chunk.find('\n', begin);
            if (end == std::string::npos) break;
            take(std::string_view(chunk).substr(begin, end - begin), piece);
            begin = end + 1;
        }
        m_offset += begin;
        if (begin > 0) {
            const std::size_t kept = std::min(begin, kCompared);
            m_before = chunk.substr(begin - kept, kept);
        }
        piece.more = chunk.find('\n', begin) != std::string::npos;
        if (piece.more || begin == 0) return piece;
    }
}

bool MetricTail::isContinued(int descriptor) const {
    std::string found(m_before.size(), '\0');
    const auto at = static_cast<off_t>(m_offset - m_before.size());
    return ::pread(descriptor, found.data(), found.size(), at) == std::ssize(found) && found == m_before;
}

/// From the offset on: as much as holds a complete line, or all there is.
Result<std::string> MetricTail::chunkAt(int descriptor) const {
    std::string chunk;
    for (std::size_t size = kChunkBytes; size <= kLongestLine; size *= 4) {
        chunk.resize(size);
        std::size_t got = 0;
        while (got < size) {
            const ssize_t part =
                ::pread(descriptor, chunk.data() + got, size - got, static_cast<off_t>(m_offset + got));
            if (part < 0 && errno == EINTR) continue;
            if (part < 0) return systemError(errno, "cannot read", m_file);
            if (part == 0) break;
            got += std::size_t(part);
        }
        chunk.resize(got);
        if (got < size || chunk.find('\n') != std::string::npos) return chunk;
    }
    return Error{ErrorCode::FileMalformed, "a line of more than 16 MiB", m_file.string(),
                 "the file is no record of a run"};
}

void MetricTail::take(std::string_view line, Piece& piece) const {
    const auto json = parseJson(line, m_file.string());
    auto event = json.ok() ? eventFromJson(json.value(), m_file.string()) : Result<Event>(json.error());
    if (event.ok())
        piece.events.push_back(std::move(event).value());
    else
        ++piece.damaged;
}

}  // namespace lathe
