// SPDX-License-Identifier: GPL-3.0-or-later
// The data sets that come with the program, wherever it is installed or built.
#pragma once

#include <QStringList>

namespace lathe {

/// Absolute paths in name order; empty when the program was moved away from its files.
QStringList starterDataFiles();
/// "reviews_en.tsv" → "reviews en".
QString starterDataTitle(const QString& file);

}  // namespace lathe
