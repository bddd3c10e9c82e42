// SPDX-License-Identifier: GPL-3.0-or-later
// A race: the same run over values of one key, and the verdict which smallest value is good enough.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lathe {

/// One entry of a race: the value of the key and how it did.
struct RaceEntry {
    std::string entry;  ///< "method.rank=4"
    std::string value;  ///< "4"
    std::string run;    ///< the run folder
    int64_t trainable = 0;
    std::map<std::string, double> metrics;
    double seconds = 0;
};

struct RaceReport {
    std::string smallest, best;  ///< values; empty when no entry has the metric
    std::string metric;
    double margin = 0;
    std::string sentence;
};

/// Accuracy within one point, loss within 0.01, counts as good enough.
constexpr double kRaceMargin = 0.01;

/// The smallest value whose metric is within `margin` of the best; values compare as numbers where they are.
RaceReport judgeRace(const std::vector<RaceEntry>& entries, const std::string& key, const std::string& metric,
                     bool metricRises, double margin);

}  // namespace lathe
