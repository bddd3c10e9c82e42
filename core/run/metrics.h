// SPDX-License-Identifier: GPL-3.0-or-later
// What a metric is: a share or a number, better when higher or lower, and which one names a run.
#pragma once

#include <map>
#include <string>

namespace lathe {

/// Between 0 and 1, shown in percent.
bool isShareMetric(const std::string& name);
/// Better when higher; losses, errors and perplexity are better when lower.
bool metricRises(const std::string& name);

/// The metric of `metrics` that names a run of this task: the task's own ("f1" where a text has several
/// labels, "pearson" where the label is a number), else the loss, else any. `problemType` as in run.json.
/// Empty without metrics.
std::string headlineMetric(const std::string& task, const std::string& problemType,
                           const std::map<std::string, double>& metrics);

}  // namespace lathe
