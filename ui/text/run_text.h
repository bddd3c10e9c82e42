// SPDX-License-Identifier: GPL-3.0-or-later
// What a run's record says in words: status, method, metric.
#pragma once

#include <QString>

#include "core/run/store/run_store.h"

namespace lathe {

/// The name people gave the run, else its folder's.
QString runTitle(const RunSummary& run);
/// "done", "failed", … as people read it.
QString statusText(RunStatus status);
/// Why the run failed, in one sentence; empty when it did not.
QString failureText(const RunRecord& record);
/// How far the run is or was, where it is not done: "stopped at 4 of 20".
QString progressText(const RunRecord& record);
/// Whether the metrics are of the model that was trained: a run that ended before its first evaluation has
/// those from before its first step only.
bool hasTrainedMetrics(const RunRecord& record);
/// The metric that names the run; empty when it has no result.
std::string mainMetric(const RunRecord& record);
/// "accuracy 80.0 %", or "–" with how far the run was where it has no result.
QString resultText(const RunRecord& record);
/// What tells a run from others of its name: "mood · LoRA, rank 8 · accuracy 80.0 %".
QString choiceText(const RunSummary& run);
/// "lora, rank 8" from the record's settings.
QString methodText(const RunRecord& record);

}  // namespace lathe
