// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/events/metric_log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "core/base/files.h"
#include "core/run/events/log_lines.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

/// A torn last line counts where it is none that is being written: a power cut leaves zeros.
bool isFault(const LogLine& line) {
    return line.whole || line.text.find('\0') != std::string_view::npos;
}

void countFault(LogFaults& faults, const LogLine& line) {
    if (!isFault(line)) return;
    if (faults.damaged++ == 0) faults.firstDamaged = line.number;
}

/// The step of an event; -1 without one.
int64_t stepOf(const Json& event) {
    const auto at = event.find("step");
    return at != event.end() && at->is_number_integer() ? at->get<int64_t>() : -1;
}

bool isKind(const Json& event, const char* name) {
    const auto kind = event.find("event");
    return kind != event.end() && kind->is_string() && *kind == name;
}

/// Which lines a run that goes on from a step keeps.
class Cut {
  public:
    Cut(int64_t step, bool evaluationDue) : m_step(step), m_evaluationDue(evaluationDue) {}

    bool keeps(const LogLine& line, const ReadLine& read) {
        if (!line.whole || read.kind == LineKind::Damaged) return false;
        if (comesAgain(read.json)) m_passed = true;
        // What has no step belongs to the events before it.
        return m_passed ? stepOf(read.json) >= 0 && !comesAgain(read.json) : true;
    }

  private:
    /// Whether the event comes again, or is of an end that was none.
    bool comesAgain(const Json& event) const {
        if (stepOf(event) > m_step || isKind(event, "finished")) return true;
        return m_evaluationDue && stepOf(event) == m_step &&
               (isKind(event, "eval") || isKind(event, "sample"));
    }

    int64_t m_step;
    bool m_evaluationDue, m_passed = false;
};

/// Calls `each` for every line that the cut keeps.
Result<LogFaults> eachKept(const fs::path& file, Cut cut,
                           const std::function<Result<void>(const LogLine& line)>& each) {
    LATHE_TRY(LogLines reader, LogLines::open(file));
    LogFaults faults;
    while (true) {
        LATHE_TRY(const auto line, reader.next());
        if (!line) return faults;
        const ReadLine read = readLine(*line);
        if (read.kind == LineKind::Damaged) countFault(faults, *line);
        if (!cut.keeps(*line, read)) continue;
        faults.newestStep = std::max(faults.newestStep, stepOf(read.json));
        LATHE_TRY_VOID(each(*line));
    }
}

/// Leaves what a run needs that goes on from a step. Mostly that is the beginning of the file, which is cut
/// in place; with damaged lines in it the file is written anew.
Result<LogFaults> cutLog(const fs::path& file, const Cut& cut) {
    int64_t beginning = 0;
    bool scattered = false;
    LATHE_TRY(const LogFaults faults, eachKept(file, cut, [&](const LogLine& line) -> Result<void> {
                  const int64_t begin = line.end - static_cast<int64_t>(line.text.size()) - 1;
                  if (begin == beginning)
                      beginning = line.end;
                  else
                      scattered = true;
                  return {};
              }));
    if (!scattered) {
        if (::truncate(file.c_str(), beginning) != 0) return systemError(errno, "cannot cut", file);
        return faults;
    }
    const auto write = [&](const AppendBytes& append) -> Result<void> {
        const auto writeLine = [&](const LogLine& line) -> Result<void> {
            LATHE_TRY_VOID(append(line.text));
            return append("\n");
        };
        LATHE_TRY_VOID(eachKept(file, cut, writeLine));
        return {};
    };
    LATHE_TRY_VOID(writeFileParts(file, write));
    return faults;
}

}  // namespace

std::optional<WarningEvent> LogFaults::warning() const {
    if (damaged > 0)
        return WarningEvent{"metrics_damaged",
                            std::to_string(damaged) + (damaged == 1 ? " line" : " lines") +
                                " of metrics.jsonl cannot be read (the first is line " +
                                std::to_string(firstDamaged) + "); the curves are without them",
                            "the result and the checkpoints do not depend on them"};
    if (unknown > 0)
        return WarningEvent{"metrics_unknown",
                            std::to_string(unknown) + (unknown == 1 ? " line" : " lines") +
                                " of metrics.jsonl are of kinds that this version does not know",
                            "read the run with the version of Lathe that wrote it"};
    return {};
}

Result<LogFaults> eachEvent(const fs::path& run, const std::function<void(Event&&)>& each) {
    LATHE_TRY(LogLines reader, LogLines::open(run / kLogName));
    LogFaults faults;
    while (true) {
        LATHE_TRY(const auto line, reader.next());
        if (!line) return faults;
        ReadLine read = readLine(*line);
        if (!line->whole || read.kind == LineKind::Damaged)
            countFault(faults, *line);
        else if (read.kind == LineKind::Unknown)
            ++faults.unknown;
        if (!line->whole || !read.event) continue;
        faults.newestStep = std::max(faults.newestStep, stepOf(read.json));
        each(std::move(*read.event));
    }
}

Result<MetricLog> MetricLog::open(const fs::path& run, int64_t keepUpToStep, bool evaluationDue) {
    MetricLog log;
    log.m_path = run / kLogName;
    std::error_code ignored;
    const bool isThere = fs::symlink_status(log.m_path, ignored).type() != fs::file_type::not_found;
    if (keepUpToStep >= 0 && isThere) {
        LATHE_TRY(log.m_faults, cutLog(log.m_path, Cut(keepUpToStep, evaluationDue)));
    }
    LATHE_TRY_VOID(log.openFile());
    return log;
}

Result<void> MetricLog::openFile() {
    m_file.reset(std::fopen(m_path.c_str(), "a+e"));  // read, too: see restoreIfLost
    if (!m_file) return systemError(errno, "cannot open", m_path);
    std::setvbuf(m_file.get(), nullptr, _IONBF, 0);
    struct stat info {};
    if (::fstat(::fileno(m_file.get()), &info) != 0) return systemError(errno, "cannot look at", m_path);
    m_bytes = info.st_size;
    return {};
}

/// The file that is open has no name any more when it was removed or replaced. Elsewhere than on a local file
/// system it may keep another name, so that its own is looked for as well.
Result<void> MetricLog::restoreIfLost() {
    const int file = ::fileno(m_file.get());
    struct stat open {
    }, named{};
    if (::fstat(file, &open) != 0) return systemError(errno, "cannot look at", m_path);
    const bool isThere = ::stat(m_path.c_str(), &named) == 0 || errno != ENOENT;
    if (open.st_nlink > 0 && isThere) return {};
    const auto write = [&](const AppendBytes& append) -> Result<void> {
        std::array<char, 1 << 16> piece;
        for (int64_t done = 0; done < m_bytes;) {
            const int64_t wanted = std::min<int64_t>(piece.size(), m_bytes - done);
            const ssize_t count = ::pread(file, piece.data(), static_cast<std::size_t>(wanted), done);
            if (count < 0) return systemError(errno, "cannot read", m_path);
            if (count == 0) break;
            LATHE_TRY_VOID(append(std::string_view(piece.data(), static_cast<std::size_t>(count))));
            done += count;
        }
        return {};
    };
    LATHE_TRY_VOID(writeFileParts(m_path, write));
    m_restored = true;
    return openFile();
}

Result<void> MetricLog::append(const Event& event) {
    LATHE_TRY_VOID(restoreIfLost());
    const std::string line =
        eventToJson(event).dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
    if (std::fwrite(line.data(), 1, line.size(), m_file.get()) == line.size()) {
        m_bytes += static_cast<int64_t>(line.size());
        return {};
    }
    const int failure = errno;
    std::clearerr(m_file.get());
    // A part of the line would spoil the next one. A device cannot be cut.
    if (::ftruncate(::fileno(m_file.get()), m_bytes) != 0) errno = failure;
    return systemError(failure, "cannot write", m_path);
}

Result<void> MetricLog::sync() {
    if (::fsync(::fileno(m_file.get())) != 0) return systemError(errno, "cannot sync", m_path);
    return {};
}

}  // namespace lathe
