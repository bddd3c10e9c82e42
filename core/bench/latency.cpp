// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bench/latency.h"

#include <algorithm>
#include <chrono>

#include "core/bench/bench_parts.h"
#include "core/peft/methods/bottleneck.h"
#include "core/peft/methods/lora.h"
#include "core/target/loaded_model.h"

namespace lathe {
namespace {

constexpr uint64_t kSeed = 1;

/// Rows of ids without padding.
Batch fullBatch(const LoadedModel& loaded, const LatencySettings& settings) {
    const auto rows = randomRows(loaded.model->shape(), settings.batch, settings.length);
    std::vector<const Example*> chosen;
    for (const Example& row : rows) chosen.push_back(&row);
    return makeBatch(chosen, loaded.batchSettings());
}

/// One way to answer: how the model is brought there, and how back to the base.
struct Contender {
    std::string name;
    std::function<void()> enter, leave;
};

class Race {
  public:
    Race(LoadedModel& loaded, const LatencySettings& settings) : m_loaded(loaded), m_settings(settings) {}

    Result<void> makeAdapters() {
        MethodSettings lora = defaultSettings(loraMethod().entry());
        lora.values["rank"] = m_settings.rank;
        const MethodSettings bottleneck = defaultSettings(bottleneckMethod().entry());
        const auto shaken = [](LanguageModel& model) {
            for (auto& item : model.named_parameters())
                if (item.key().find("lora_") != std::string::npos ||
                    item.key().find("adapter_") != std::string::npos)
                    item.value().normal_(0, 0.02);
        };
        const ModelShape& shape = m_loaded.model->shape();
        AdapterSet& set = *m_loaded.adapters;
        LATHE_TRY_VOID(set.make("lora", {{&loraMethod(), lora}}, shape, {kSeed}, shaken));
        LATHE_TRY_VOID(set.make("bottleneck", {{&bottleneckMethod(), bottleneck}}, shape, {kSeed}, shaken));
        put({{"lora", 1}});
        for (const auto& [name, projection] : m_loaded.model->projections())
            if (projection->hasAdapter())
                m_merged.push_back(
                    {projection->weight, projection->weight.variable_data(), projection->mergedWeight()});
        put({});
        return {};
    }

    std::vector<Contender> contenders() {
        const auto back = [this] { put({}); };
        return {{"base", back, back},
                {"lora", [this] { put({{"lora", 1}}); }, back},
                {"lora_merged", [this] { useMerged(true); }, [this] { useMerged(false); }},
                {"bottleneck", [this] { put({{"bottleneck", 1}}); }, back}};
    }

  private:
    struct Merged {
        at::Tensor weight, own, merged;
    };
    void put(const std::vector<AdapterShare>& mix) { LATHE_CHECK(m_loaded.use(mix).ok()); }
    void useMerged(bool on) {
        for (Merged& item : m_merged) item.weight.set_data(on ? item.merged : item.own);
    }

    LoadedModel& m_loaded;
    const LatencySettings& m_settings;
    std::vector<Merged> m_merged;
};

double millisOf(LoadedModel& loaded, const Batch& batch) {
    const auto start = std::chrono::steady_clock::now();
    // Reading one value waits for the device.
    (void)headLogits(*loaded.model, batch).flatten()[0].item<float>();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void summarise(std::vector<LatencyCase>& cases) {
    for (LatencyCase& item : cases) {
        const auto [smallest, largest] = std::minmax_element(item.millis.begin(), item.millis.end());
        item.median = medianOf(item.millis);
        item.smallest = *smallest;
        item.largest = *largest;
        item.ratio = item.median / cases.front().median;
    }
}

}  // namespace

Result<std::vector<LatencyCase>> measureLatency(const LatencySettings& settings) {
    LATHE_CHECK(settings.batch > 0 && settings.length > 0 && settings.steps > 0 && settings.warmup >= 0);
    LATHE_TRY(LoadedModel loaded, LoadedModel::openApart(settings.model, {}, settings.device));
    if (settings.length > loaded.model->room())
        return Error{ErrorCode::BadArgument,
                     "the length " + std::to_string(settings.length) +
                         " is more than the model's context of " + std::to_string(loaded.model->room()),
                     "--length", ""};
    const at::NoGradGuard noGrad;
    Race race(loaded, settings);
    LATHE_TRY_VOID(race.makeAdapters());
    const auto contenders = race.contenders();
    const Batch batch = fullBatch(loaded, settings);
    std::vector<LatencyCase> cases;
    for (const Contender& contender : contenders) cases.push_back({contender.name, {}});
    for (int64_t step = -settings.warmup; step < settings.steps; ++step)
        for (std::size_t i = 0; i < contenders.size(); ++i) {
            contenders[i].enter();
            const double millis = millisOf(loaded, batch);
            contenders[i].leave();
            if (step >= 0) cases[i].millis.push_back(millis);
        }
    summarise(cases);
    return cases;
}

}  // namespace lathe
