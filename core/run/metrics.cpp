// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/metrics.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/config/label_kind.h"

namespace lathe {
namespace {

constexpr std::array<std::string_view, 8> kShares{"accuracy", "macro_f1",        "f1",       "precision",
                                                  "recall",   "reward_accuracy", "win_rate", "ended"};
constexpr std::array<std::string_view, 6> kFalling{"loss", "train_loss", "perplexity", "mse", "mae", "kl"};

std::string_view ownMetric(const std::string& task, const std::string& problemType) {
    if (task == "classification") {
        const LabelKind kind = labelKindOf(problemType);
        return kind == LabelKind::Several ? "f1" : kind == LabelKind::Number ? "pearson" : "accuracy";
    }
    if (task == "token_classification") return "f1";
    if (task == "preference" || task == "reward_model") return "reward_accuracy";
    if (task == "reinforcement") return "reward";
    return "loss";
}

}  // namespace

bool isShareMetric(const std::string& name) {
    return std::find(kShares.begin(), kShares.end(), name) != kShares.end();
}

bool metricRises(const std::string& name) {
    return std::find(kFalling.begin(), kFalling.end(), name) == kFalling.end();
}

std::string headlineMetric(const std::string& task, const std::string& problemType,
                           const std::map<std::string, double>& metrics) {
    for (const std::string_view name : {ownMetric(task, problemType), std::string_view("accuracy"),
                                        std::string_view("reward"), std::string_view("loss")})
        if (metrics.contains(std::string(name))) return std::string(name);
    return metrics.empty() ? std::string() : metrics.begin()->first;
}

}  // namespace lathe
