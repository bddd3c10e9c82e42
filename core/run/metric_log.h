// SPDX-License-Identifier: GPL-3.0-or-later
// Appends events to metrics.jsonl, one flushed line each.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>

#include "core/run/events.h"

namespace lathe {

class MetricLog {
  public:
    /// Opens RUN/metrics.jsonl for appending; after a resume, lines past `keepUpToStep` are cut away first,
    /// with `evaluationDue` the evaluation of that step as well.
    static Result<MetricLog> open(const std::filesystem::path& run, int64_t keepUpToStep = -1,
                                  bool evaluationDue = false);
    /// DiskFull or WriteFailed when the line could not be written whole.
    Result<void> append(const Event& event);

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> m_file;
    std::filesystem::path m_path;
};

}  // namespace lathe
