// SPDX-License-Identifier: GPL-3.0-or-later
// What a whole run told, and the promise that a stopped and resumed one tells the same.
#pragma once

#include "core/train/run_session.h"
#include "tests/support/engine_support.h"

namespace lathe::test {

struct Seen {
    std::vector<Event> events;
    EventSink sink() {
        return [this](const Event& event) { events.push_back(event); };
    }
    template <class T>
    std::vector<T> all() const {
        std::vector<T> found;
        for (const Event& event : events)
            if (const auto* one = std::get_if<T>(&event)) found.push_back(*one);
        return found;
    }
    std::vector<double> losses() const {
        std::vector<double> result;
        for (const StepEvent& step : all<StepEvent>()) result.push_back(step.loss);
        return result;
    }
};

inline const char* textOf(const FinishedEvent& end) {
    return end.error ? end.error->message.c_str() : runStatusName(end.status);
}

/// Runs the recipe straight, and once more stopped after `stopAt` steps and resumed; in folders below
/// `folder`.
inline void resumedEqualsStraight(const Recipe& recipe, const std::filesystem::path& folder, int64_t stopAt) {
    RunControl free, stopping, again;
    Seen straight, first, second;
    runRecipe(recipe, folder / "a", free, straight.sink());
    const EventSink firstSink = first.sink();
    runRecipe(recipe, folder / "b", stopping, [&](const Event& event) {
        firstSink(event);
        const auto* step = std::get_if<StepEvent>(&event);
        if (step && step->step == stopAt) stopping.stop = true;
    });
    const FinishedEvent end = resumeRun(folder / "b", again, second.sink());
    QVERIFY2(end.status == RunStatus::Done, textOf(end));
    std::vector<double> joined = first.losses();
    const std::vector<double> rest = second.losses();
    joined.insert(joined.end(), rest.begin(), rest.end());
    QCOMPARE(joined, straight.losses());  // bit for bit
    QCOMPARE(second.all<EvalEvent>().back().metrics, straight.all<EvalEvent>().back().metrics);
}

}  // namespace lathe::test
