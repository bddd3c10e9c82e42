// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/estimate/memory_advice.h"

#include <ATen/DeviceAccelerator.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "core/base/machine_memory.h"
#include "core/batches/device.h"

namespace lathe {
namespace {

constexpr double kSpare = 0.1;
constexpr int64_t kShortestRows = 32;

bool fits(int64_t need, const FreeMemory& room) {
    return double(need) * (1 + kSpare) <= double(room.bytes);
}

std::string gib(int64_t bytes) {
    char text[32];
    std::snprintf(text, sizeof text, bytes < (int64_t(1) << 30) ? "%.0f MiB" : "%.1f GiB",
                  bytes < (int64_t(1) << 30) ? double(bytes) / (1 << 20) : double(bytes) / (1 << 30));
    return text;
}

/// The same steps in smaller parts, down to the smallest batch that is needed.
bool halveBatch(Recipe& recipe) {
    if (recipe.train.batchSize < 2) return false;
    recipe.train.gradientAccumulation *= 2;
    recipe.train.batchSize = (recipe.train.batchSize + 1) / 2;
    return true;
}
bool checkpoint(Recipe& recipe) {
    if (recipe.train.gradientCheckpointing) return false;
    return recipe.train.gradientCheckpointing = true;
}
bool shorten(Recipe& recipe) {
    if (recipe.data.maxLength < 2 * kShortestRows) return false;
    recipe.data.maxLength /= 2;
    return true;
}
bool pack(Recipe& recipe) {
    if (recipe.train.quantization != "none") return false;
    recipe.train.quantization = "nf4";
    return true;
}

/// The keys in which the two differ, as people would write them.
std::string changesText(const Recipe& before, const Recipe& after) {
    std::string text;
    for (const char* key : {"train.batch_size", "train.gradient_accumulation", "train.gradient_checkpointing",
                            "train.quantization", "data.max_length"}) {
        const auto value = dumpJson(fieldValueToJson(recipeValue(after, key)));
        if (value == dumpJson(fieldValueToJson(recipeValue(before, key)))) continue;
        text += (text.empty() ? "" : " ") + std::string(key) + "=" +
                (value.front() == '"' ? value.substr(1, value.size() - 2) : value);
    }
    return text;
}

std::string advice(const Recipe& recipe, const FreeMemory& room, const NeedOf& needOf) {
    Recipe smallest = recipe;
    int64_t least = -1;
    const auto tried = [&](const Recipe& changed) {
        const auto need = needOf(changed);
        if (!need.ok()) return std::string();
        if (least < 0 || need.value() < least) {
            least = need.value();
            smallest = changed;
        }
        if (!fits(need.value(), room)) return std::string();
        return changesText(recipe, changed) + " would take about " + gib(need.value());
    };
    // From what leaves the result as it is to what changes it; first each alone, then with the ones before.
    using Change = bool (*)(Recipe&);
    const std::vector<std::vector<Change>> ways{{halveBatch},
                                                {checkpoint},
                                                {halveBatch, checkpoint},
                                                {pack},
                                                {halveBatch, checkpoint, pack},
                                                {shorten},
                                                {halveBatch, checkpoint, shorten},
                                                {halveBatch, checkpoint, pack, shorten}};
    for (const auto& way : ways) {
        Recipe changed = recipe;
        for (bool more = true; more;) {
            more = false;
            for (const Change change : way) more = change(changed) || more;
            if (!more) break;
            if (const std::string text = tried(changed); !text.empty()) return text;
        }
    }
    std::string text = "take a smaller base, or a method that trains less";
    if (least >= 0) text += "; even " + changesText(recipe, smallest) + " would take about " + gib(least);
    return text;
}

}  // namespace

FreeMemory freeMemory(const std::string& device) {
    const auto chosen = chooseDevice(device);
    if (chosen.ok() && !chosen.value().is_cpu()) {
        const auto [free, total] = at::accelerator::getMemoryInfo(chosen.value().index());
        return {static_cast<int64_t>(free), "the GPU"};
    }
    const MemoryRoom room = memoryRoom();
    return {room.bytes, room.limitedBy};
}

std::optional<Note> memoryNote(const Recipe& recipe, int64_t need, const FreeMemory& room,
                               const NeedOf& needOf) {
    if (room.where.empty() || fits(need, room)) return std::nullopt;
    return Note{"memory_short",
                "this needs about " + gib(need) + " of memory, and " + room.where + " has " +
                    gib(room.bytes) + " left",
                advice(recipe, room, needOf)};
}

}  // namespace lathe
