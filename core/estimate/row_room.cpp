// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/estimate/row_room.h"

#include <algorithm>

#include "core/catalog/catalog.h"
#include "core/objectives/policy.h"

namespace lathe {
namespace {

Result<int64_t> roomOf(const Recipe& recipe, const ModelSource& source) {
    LATHE_TRY(const auto objective, makeObjective(recipe.task, recipe.objective.values));
    LATHE_TRY(const std::string type, jsonString(source.config, "model_type", "", source.path.string()));
    LATHE_TRY(const Architecture* architecture, findArchitecture(type));
    LATHE_TRY(const auto methods, chooseMethods(recipe.methods));
    LATHE_TRY(const ModelShape shape, architecture->shape(source.config, {objective->head(), 2}));
    return rowRoom(shape, methods, *objective);
}

}  // namespace

Result<int64_t> rowRoom(const ModelShape& shape, const std::vector<ChosenMethod>& methods,
                        const Objective& objective) {
    int64_t room = shape.context;
    for (const auto& [method, settings] : methods) {
        LATHE_TRY(const auto plan, method->plan(settings, shape));
        room -= plan.virtualTokens;
    }
    if (room < 1)
        return Error{ErrorCode::RecipeInvalid, "the virtual tokens leave no room in the base's context",
                     "method.virtual_tokens", "use fewer"};
    if (const auto* policy = objective.policy()) {
        room -= policy->settings().maxNewTokens;
        if (room < 1)
            return Error{ErrorCode::RecipeInvalid,
                         "the answers leave no room for a prompt in the base's context",
                         "reinforcement.max_new_tokens", "make them shorter"};
    }
    return room;
}

void fitToBase(Recipe& recipe, const ModelSource& source) {
    const auto room = roomOf(recipe, source);
    if (room.ok()) recipe.data.fitLength(room.value());
}

}  // namespace lathe
