// SPDX-License-Identifier: GPL-3.0-or-later
// What this build can do, as plain values: the engine fills it, the recipe check and the window read it.
#pragma once

#include <string>
#include <vector>

#include "core/config/field.h"

namespace lathe {

struct CatalogEntry {
    std::string name;   ///< as written in a recipe
    std::string title;  ///< as shown to people, English
    std::string help;   ///< one sentence: what it does and when to use it
    std::vector<Field> fields;
};

struct MethodEntry : CatalogEntry {
    double learningRate = 1e-3;    ///< used when the recipe names none
    bool isAdapter = false;        ///< the result is a PEFT adapter folder; otherwise a whole model
    bool checkpoints = true;       ///< goes with gradient checkpointing
    bool packs = true;             ///< goes with rows that share a sequence
    bool takesEmbeddings = false;  ///< its target_modules may name embeddings
    std::string formula;           ///< one line for the method's card: "W + (α/r)·B·A"
};

struct TaskEntry : CatalogEntry {
    std::string way;     ///< "self-supervised", "supervised" or "reinforcement"
    std::string metric;  ///< the metric that names the better run ("accuracy", "loss")
    bool metricRises = false;
    bool packs = false;                 ///< its rows can share a sequence
    std::string section = "objective";  ///< of the recipe: where the task's own `fields` are written
};

/// What names the better of two runs.
struct JudgedBy {
    std::string metric;
    bool rises = false;
};
/// Runs of the task with these settings: by its metric, by F1 with several labels, by the loss of a number.
JudgedBy judgedBy(const TaskEntry& task, const Settings& objective);

struct Catalog {
    std::vector<TaskEntry> tasks;
    std::vector<MethodEntry> methods;
    std::vector<CatalogEntry> architectures;
    std::vector<CatalogEntry> formats;
    std::vector<CatalogEntry> schedules;
    std::vector<CatalogEntry> rewards;  ///< rules, and what judges with a model

    const TaskEntry* task(const std::string& name) const;
    const MethodEntry* method(const std::string& name) const;
    const CatalogEntry* reward(const std::string& name) const;
    /// Whether a recipe's section of that name belongs to a task of this build.
    bool isTaskSection(const std::string& name) const;
};

}  // namespace lathe
