// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/resource_folder.h"

namespace lathe {

std::optional<std::filesystem::path> resourceFolder() {
    std::error_code ignored;
    const std::filesystem::path program =
        std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    // build/PRESET/app in the source tree is three folders below it.
    for (const char* relative : {"../share/lathe/resources", "../../../resources", "../../../../resources"}) {
        const std::filesystem::path folder = std::filesystem::weakly_canonical(program / relative, ignored);
        if (std::filesystem::is_directory(folder / "recipes", ignored)) return folder;
    }
    return std::nullopt;
}

}  // namespace lathe
