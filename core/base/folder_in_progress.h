// SPDX-License-Identifier: GPL-3.0-or-later
// A folder that is complete or absent: made under another name next to its final place, then renamed.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "core/base/unfinished.h"

namespace lathe {

/// What happens to a folder with something in it that is already in the final place.
enum class IfPresent { Refuse, Replace };

/// A folder under construction next to its final place; gone unless it was published.
class FolderInProgress {
  public:
    explicit FolderInProgress(std::filesystem::path final, IfPresent ifPresent = IfPresent::Refuse)
        : m_final(std::move(final)), m_ifPresent(ifPresent) {
        if (!m_final.has_filename()) m_final = m_final.parent_path();  // "out/"
        m_path = unfinishedPath(m_final, Unfinished::Folder);
    }
    ~FolderInProgress() {
        std::error_code ignored;
        if (m_mine) std::filesystem::remove_all(m_path, ignored);
        if (m_mark >= 0) ::close(m_mark);
    }
    FolderInProgress(const FolderInProgress&) = delete;
    FolderInProgress& operator=(const FolderInProgress&) = delete;

    const std::filesystem::path& path() const { return m_path; }
    /// What killed processes left in the parent folder is removed first.
    Result<void> begin() {
        std::error_code ignored;
        removeUnfinished(m_final.has_parent_path() ? m_final.parent_path() : ".");
        if (m_ifPresent == IfPresent::Refuse && std::filesystem::exists(m_final, ignored) &&
            !(std::filesystem::is_directory(m_final, ignored) && std::filesystem::is_empty(m_final, ignored)))
            return Error{ErrorCode::BadArgument, "there is something already", m_final.string(),
                         "choose a new folder"};
        m_mine = true;
        LATHE_TRY_VOID(makeFolder(m_path));
        m_mark = ::open(m_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (m_mark >= 0) markWritten(m_mark);
        return {};
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
    int m_mark = -1;
};

}  // namespace lathe
