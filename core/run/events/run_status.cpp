// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/events/run_status.h"

#include <array>

namespace lathe {
namespace {

constexpr std::array<const char*, 6> kNames{"running", "done",        "stopped",
                                            "failed",  "interrupted", "incomplete"};

}  // namespace

const char* runStatusName(RunStatus status) {
    return kNames.at(static_cast<std::size_t>(status));
}

std::optional<RunStatus> runStatusNamed(std::string_view name) {
    for (std::size_t i = 0; i < kNames.size(); ++i)
        if (name == kNames[i]) return static_cast<RunStatus>(i);
    return std::nullopt;
}

}  // namespace lathe
