// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/race.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace lathe {
namespace {

/// Values compare as numbers where both are numbers, else as texts.
bool smaller(const std::string& a, const std::string& b) {
    double x = 0, y = 0;
    const auto first = std::from_chars(a.data(), a.data() + a.size(), x);
    const auto second = std::from_chars(b.data(), b.data() + b.size(), y);
    const bool numbers = first.ec == std::errc() && second.ec == std::errc() &&
                         first.ptr == a.data() + a.size() && second.ptr == b.data() + b.size();
    return numbers ? x < y : a < b;
}

std::string quality(double value, bool rises) {
    char text[32];
    if (rises)
        std::snprintf(text, sizeof text, "%.1f %%", value * 100);
    else
        std::snprintf(text, sizeof text, "%.4f", value);
    return text;
}

}  // namespace

RaceReport judgeRace(const std::vector<RaceEntry>& entries, const std::string& key, const std::string& metric,
                     bool metricRises, double margin) {
    RaceReport report;
    report.metric = metric;
    report.margin = margin;
    std::vector<const RaceEntry*> judged;
    for (const auto& entry : entries)
        if (const auto it = entry.metrics.find(metric);
            it != entry.metrics.end() && std::isfinite(it->second))
            judged.push_back(&entry);
    if (judged.empty()) {
        report.sentence = "No entry finished with " + metric + ".";
        return report;
    }
    const auto score = [&](const RaceEntry* e) {
        return metricRises ? e->metrics.at(metric) : -e->metrics.at(metric);
    };
    const auto best =
        *std::max_element(judged.begin(), judged.end(), [&](auto a, auto b) { return score(a) < score(b); });
    const RaceEntry* smallest = best;
    for (const auto* entry : judged)
        if (score(entry) >= score(best) - margin && smaller(entry->value, smallest->value)) smallest = entry;
    report.best = best->value;
    report.smallest = smallest->value;
    const std::string name = key.substr(key.rfind('.') + 1);
    report.sentence = name + " " + smallest->value + " is enough: " + metric + " " +
                      quality(smallest->metrics.at(metric), metricRises);
    if (smallest != best)
        report.sentence += ", within " + quality(margin, metricRises) + " of the best (" + name + " " +
                           best->value + ", " + quality(best->metrics.at(metric), metricRises) + ")";
    report.sentence += ", with " + std::to_string(smallest->trainable) + " trained parameters.";
    return report;
}

}  // namespace lathe
