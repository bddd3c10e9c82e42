// SPDX-License-Identifier: GPL-3.0-or-later
// The English words of core/ that the window can translate, listed here because core/ has no Qt for lupdate
// to find.
#pragma once

#include <span>

namespace lathe {

/// Labels of fields ("Learning rate"), as fieldLabel makes them from the keys.
std::span<const char* const> knownFieldLabels();
/// Help texts of fields and schedules, and hints of warnings.
std::span<const char* const> knownHelps();

}  // namespace lathe
