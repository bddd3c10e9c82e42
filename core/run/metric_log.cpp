// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/metric_log.h"

#include <cerrno>

#include "core/base/files.h"

namespace lathe {
namespace {

/// The step of an event; -1 without one.
int64_t stepOf(const Json& event) {
    const auto at = event.find("step");
    return at != event.end() && at->is_number_integer() ? at->get<int64_t>() : -1;
}

bool isKind(const Json& event, const char* name) {
    const auto kind = event.find("event");
    return kind != event.end() && kind->is_string() && *kind == name;
}

/// Whether the event comes again in a run that goes on from `step`, or is of an end that was none.
bool comesAgain(const Json& event, int64_t step, bool evaluationDue) {
    if (stepOf(event) > step || isKind(event, "finished")) return true;
    return evaluationDue && stepOf(event) == step && (isKind(event, "eval") || isKind(event, "sample"));
}

std::string keptLines(const std::string& text, int64_t step, bool evaluationDue) {
    std::string kept;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = text.find('\n', begin);
        if (end == std::string::npos) break;  // a torn last line
        const std::string line = text.substr(begin, end - begin);
        const auto json = parseJson(line, "metrics.jsonl");
        const bool event = json.ok() && json.value().is_object();
        if (!event || !comesAgain(json.value(), step, evaluationDue)) kept += line + "\n";
        begin = end + 1;
    }
    return kept;
}

}  // namespace

Result<MetricLog> MetricLog::open(const std::filesystem::path& run, int64_t keepUpToStep,
                                  bool evaluationDue) {
    MetricLog log;
    log.m_path = run / "metrics.jsonl";
    if (keepUpToStep >= 0 && std::filesystem::exists(log.m_path)) {
        LATHE_TRY(const auto text, readTextFile(log.m_path));
        LATHE_TRY_VOID(writeFile(log.m_path, keptLines(text, keepUpToStep, evaluationDue)));
    }
    log.m_file.reset(std::fopen(log.m_path.c_str(), "ae"));
    if (!log.m_file) return systemError(errno, "cannot open", log.m_path);
    return log;
}

Result<void> MetricLog::append(const Event& event) {
    const std::string line =
        eventToJson(event).dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
    if (std::fwrite(line.data(), 1, line.size(), m_file.get()) != line.size() ||
        std::fflush(m_file.get()) != 0)
        return systemError(errno, "cannot write", m_path);
    return {};
}

}  // namespace lathe
