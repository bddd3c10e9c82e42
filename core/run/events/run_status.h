// SPDX-License-Identifier: GPL-3.0-or-later
// How a run is or ended, as run.json and its last event name it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace lathe {

enum class RunStatus : uint8_t {
    Running,
    Done,
    Stopped,  ///< by its user, with what it had learned so far as its result
    Failed,
    Interrupted,  ///< said to be running, and nobody owns it; never written
    Incomplete,   ///< its record cannot be read; never written
};

/// "running", "done", …
const char* runStatusName(RunStatus status);
std::optional<RunStatus> runStatusNamed(std::string_view name);

/// Whether there are weights that it trained to its end or to where it was stopped.
inline bool hasResult(RunStatus status) {
    return status == RunStatus::Done || status == RunStatus::Stopped;
}
/// Whether it may go on, where it has a checkpoint.
inline bool canResume(RunStatus status) {
    return status != RunStatus::Done && status != RunStatus::Running;
}

}  // namespace lathe
