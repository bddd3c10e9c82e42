// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as the pages write them: counts, bytes, shares, durations, metrics.
#pragma once

#include <QString>
#include <cstdint>
#include <string>

namespace lathe {

/// 74498 → "74,498" in the system's grouping.
QString countText(int64_t count);
/// 22713986 → "22.7 M"; small counts stay whole.
QString shortCountText(int64_t count);
/// 300032 → "293 KiB".
QString bytesText(int64_t bytes);
/// 0.3269 → "0.33 %"; the argument is a percentage.
QString percentText(double percent);
/// 48.2 → "48 s"; 90 → "1 min 30 s".
QString durationText(double seconds);
/// A metric by its name: shares ("accuracy") as percent, others with four significant digits.
QString metricText(const std::string& name, double value);

}  // namespace lathe
