// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/resource_folder.h"

#include <QCoreApplication>

namespace lathe {

std::optional<std::filesystem::path> resourceFolder() {
    const std::filesystem::path program = QCoreApplication::applicationDirPath().toStdString();
    // build/PRESET/app in the source tree is three folders below it.
    for (const char* relative : {"../share/lathe/resources", "../../../resources", "../../../../resources"}) {
        std::error_code ignored;
        const std::filesystem::path folder = std::filesystem::weakly_canonical(program / relative, ignored);
        if (std::filesystem::is_directory(folder / "recipes", ignored)) return folder;
    }
    return std::nullopt;
}

}  // namespace lathe
