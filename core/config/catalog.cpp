// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/catalog.h"

#include <algorithm>

#include "core/config/label_kind.h"

namespace lathe {
namespace {

template <class Entry>
const Entry* findByName(const std::vector<Entry>& entries, const std::string& name) {
    const auto it =
        std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.name == name; });
    return it == entries.end() ? nullptr : &*it;
}

}  // namespace

JudgedBy judgedBy(const TaskEntry& task, const Settings& objective) {
    if (labelKindOf(objective) == LabelKind::Number) return {"loss", false};
    if (labelKindOf(objective) == LabelKind::Several) return {"f1", true};
    return {task.metric, task.metricRises};
}

const TaskEntry* Catalog::task(const std::string& name) const {
    return findByName(tasks, name);
}

const MethodEntry* Catalog::method(const std::string& name) const {
    return findByName(methods, name);
}

const CatalogEntry* Catalog::reward(const std::string& name) const {
    return findByName(rewards, name);
}

bool Catalog::isTaskSection(const std::string& name) const {
    return std::any_of(tasks.begin(), tasks.end(),
                       [&](const TaskEntry& task) { return task.section == name && !task.fields.empty(); });
}

}  // namespace lathe
