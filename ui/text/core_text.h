// SPDX-License-Identifier: GPL-3.0-or-later
// Words that come from core/ in English (field names, help, catalog, errors) in the window's language.
#pragma once

#include <QString>
#include <string>

#include "core/base/result.h"
#include "core/config/field.h"

namespace lathe {

/// "train.learning_rate" → "Learning rate", translated.
QString fieldLabel(const std::string& key);
/// The field's help and what it allows, for a tooltip.
QString fieldHelp(const Field& field);
/// Why what was typed is not a value of the field, as a translated sentence.
QString refusalText(const Field& field, const std::string& typed);
/// Any fixed English text of the catalog (titles, help), translated where a translation is known.
QString coreText(const std::string& english);
/// What went wrong as people read it: a sentence for the code, then the place and the detail.
QString errorText(const Error& error);
/// What a run's warning is about, by its code, as a few translated words.
QString warningTitle(const std::string& code);
/// What to try; empty when nothing is known.
QString errorHint(const Error& error);

}  // namespace lathe
