// SPDX-License-Identifier: GPL-3.0-or-later
// Paths as people write them: with ~ for the home folder.
#pragma once

#include <QString>

namespace lathe {

/// "/home/ana/reviews.csv" → "~/reviews.csv"; other paths as they are.
QString pathText(const QString& path);
/// The reverse, for what was typed.
QString typedPath(const QString& text);

}  // namespace lathe
