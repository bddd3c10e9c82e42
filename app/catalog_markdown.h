// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the help page recipe.md that lists every key, written from the catalog.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/base/result.h"
#include "core/config/catalog.h"

namespace lathe {

/// English text → the same in another language.
using Translations = std::map<std::string, std::string>;

/// The pairs of a Qt translation file (.ts); FileMalformed where an entry is not closed. Entries with plural
/// forms and those without a translation are left out.
Result<Translations> readTranslations(const std::filesystem::path& file);

/// From the heading "Every key" to the end of the page. Texts without a translation stay English, except an
/// entry's help, which is left out then.
std::string catalogMarkdown(const Catalog& catalog, const Translations& translations);

}  // namespace lathe
