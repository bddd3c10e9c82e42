// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/result.h"

#include <stdexcept>

namespace lathe {

const char* errorCodeName(ErrorCode code) {
    switch (code) {
        case ErrorCode::FileMissing:
            return "file_missing";
        case ErrorCode::FileUnreadable:
            return "file_unreadable";
        case ErrorCode::FileMalformed:
            return "file_malformed";
        case ErrorCode::FileTooLarge:
            return "file_too_large";
        case ErrorCode::DiskFull:
            return "disk_full";
        case ErrorCode::WriteFailed:
            return "write_failed";
        case ErrorCode::Unsupported:
            return "unsupported";
        case ErrorCode::RecipeInvalid:
            return "recipe_invalid";
        case ErrorCode::DataInvalid:
            return "data_invalid";
        case ErrorCode::ModelMismatch:
            return "model_mismatch";
        case ErrorCode::DeviceMissing:
            return "device_missing";
        case ErrorCode::OutOfMemory:
            return "out_of_memory";
        case ErrorCode::NonFinite:
            return "non_finite";
        case ErrorCode::Stopped:
            return "stopped";
        case ErrorCode::NetworkFailed:
            return "network_failed";
        case ErrorCode::BadArgument:
            return "bad_argument";
        case ErrorCode::Internal:
            return "internal";
    }
    return "internal";
}

ErrorCode errorCodeFromName(const std::string& name) {
    for (int i = 0; i <= static_cast<int>(ErrorCode::Internal); ++i)
        if (name == errorCodeName(static_cast<ErrorCode>(i))) return static_cast<ErrorCode>(i);
    return ErrorCode::Internal;
}

std::string Error::text() const {
    std::string line = place.empty() ? message : place + ": " + message;
    if (!hint.empty()) line += " (" + hint + ")";
    return line;
}

void checkFailed(const char* expression, const char* file, int line) {
    throw std::logic_error(std::string(file) + ":" + std::to_string(line) + ": check failed: " + expression);
}

}  // namespace lathe
