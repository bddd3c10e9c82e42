// SPDX-License-Identifier: GPL-3.0-or-later
// A folder that is complete or absent: made under another name next to its final place, then renamed.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/files.h"

namespace lathe {

/// What happens to a folder with something in it that is already in the final place.
enum class IfPresent { Refuse, Replace };

/// A folder under construction next to its final place; gone unless it was published.
class FolderInProgress {
  public:
    explicit FolderInProgress(std::filesystem::path final, IfPresent ifPresent = IfPresent::Refuse)
        : m_final(std::move(final)), m_ifPresent(ifPresent) {
        m_path = m_final.string() + ".partial-" + std::to_string(::getpid());
    }
    ~FolderInProgress() {
        std::error_code ignored;
        if (m_mine) std::filesystem::remove_all(m_path, ignored);
    }
    FolderInProgress(const FolderInProgress&) = delete;
    FolderInProgress& operator=(const FolderInProgress&) = delete;

    const std::filesystem::path& path() const { return m_path; }
    Result<void> begin() {
        std::error_code ignored;
        if (m_ifPresent == IfPresent::Refuse && std::filesystem::exists(m_final, ignored) &&
            !(std::filesystem::is_directory(m_final, ignored) && std::filesystem::is_empty(m_final, ignored)))
            return Error{ErrorCode::BadArgument, "there is something already", m_final.string(),
                         "choose a new folder"};
        std::filesystem::remove_all(m_path, ignored);
        m_mine = true;
        return makeFolder(m_path);
    }
    /// The names of what the folder holds, in order.
    Result<std::vector<std::string>> publish() {
        std::vector<std::string> names;
        std::error_code failure;
        for (std::filesystem::directory_iterator it(m_path, failure), end; !failure && it != end;
             it.increment(failure))
            names.push_back(it->path().filename().string());
        if (failure) return systemError(failure.value(), "cannot list", m_path);
        std::sort(names.begin(), names.end());
        LATHE_TRY_VOID(m_ifPresent == IfPresent::Replace ? replaceFolder(m_path, m_final)
                                                         : publishFolder(m_path, m_final));
        m_mine = false;
        return names;
    }

  private:
    std::filesystem::path m_final, m_path;
    IfPresent m_ifPresent;
    bool m_mine = false;
};

}  // namespace lathe
