// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parts/rotary_config.h"

#include <cmath>

#include "core/model/parts/config_reader.h"

namespace lathe {
namespace {

const std::map<std::string, RotaryScaling>& scalings() {
    static const std::map<std::string, RotaryScaling> known{
        {"default", RotaryScaling::None},      {"linear", RotaryScaling::Linear},
        {"dynamic", RotaryScaling::Dynamic},   {"yarn", RotaryScaling::Yarn},
        {"longrope", RotaryScaling::LongRope}, {"su", RotaryScaling::LongRope},
        {"llama3", RotaryScaling::Llama3}};
    return known;
}

/// Those of all kinds of scaling: what another kind needs is without effect, as in transformers.
KnownKeys knownRopeKeys() {
    return {{"attention_factor", "beta_fast", "beta_slow", "factor", "full_attention", "high_freq_factor",
             "long_factor", "low_freq_factor", "mscale", "mscale_all_dim", "original_max_position_embeddings",
             "partial_rotary_factor", "rope_theta", "rope_type", "short_factor", "sliding_attention",
             "truncate", "type"},
            {}};
}

Result<std::vector<double>> readFactors(const ConfigView& rope, const char* key, int64_t count) {
    const OrderedJson* list = rope.find(key);
    if (!list || !list->is_array() || int64_t(list->size()) != count)
        return rope.fault(key, "must be a list of " + std::to_string(count) + " numbers");
    std::vector<double> factors;
    for (const OrderedJson& item : *list) {
        if (!item.is_number() || !(item.get<double>() > 0))
            return rope.fault(key, "must hold numbers above 0");
        factors.push_back(item.get<double>());
    }
    return factors;
}

/// YaRN's 0.1 · m · ln(factor) + 1.
double yarnMagnitude(double factor, double multiplier) {
    return factor <= 1 ? 1 : 0.1 * multiplier * std::log(factor) + 1;
}

Result<void> readYarn(const ConfigView& rope, RotarySettings& settings) {
    LATHE_TRY(settings.betaFast, rope.numberOr("beta_fast", 32, 1e-6, 1e6));
    LATHE_TRY(settings.betaSlow, rope.numberOr("beta_slow", 1, 1e-6, 1e6));
    LATHE_TRY(settings.wholePairs, rope.flagOr("truncate", true));
    LATHE_TRY(const double magnitude, rope.numberOr("mscale", 0, 0, 1e6));
    LATHE_TRY(const double magnitudeAll, rope.numberOr("mscale_all_dim", 0, 0, 1e6));
    const bool both = magnitude > 0 && magnitudeAll > 0;
    const double usual =
        both ? yarnMagnitude(settings.factor, magnitude) / yarnMagnitude(settings.factor, magnitudeAll)
             : yarnMagnitude(settings.factor, 1);
    LATHE_TRY(settings.attentionFactor, rope.numberOr("attention_factor", usual, 1e-6, 1e6));
    return {};
}

Result<void> readLongRope(const ConfigView& rope, int64_t pairs, RotarySettings& settings) {
    LATHE_TRY(settings.shortFactors, readFactors(rope, "short_factor", pairs));
    LATHE_TRY(settings.longFactors, readFactors(rope, "long_factor", pairs));
    const double usual =
        settings.factor <= 1 || settings.originalContext < 2
            ? 1
            : std::sqrt(1 + std::log(settings.factor) / std::log(double(settings.originalContext)));
    LATHE_TRY(settings.attentionFactor, rope.numberOr("attention_factor", usual, 1e-6, 1e6));
    return {};
}

Result<void> readLlama3(const ConfigView& rope, RotarySettings& settings) {
    LATHE_TRY(settings.lowFrequencyFactor, rope.numberOr("low_freq_factor", 1, 1e-3, 1e6));
    LATHE_TRY(settings.highFrequencyFactor, rope.numberOr("high_freq_factor", 4, 1e-3, 1e6));
    if (settings.highFrequencyFactor <= settings.lowFrequencyFactor)
        return configError("\"high_freq_factor\" must be above \"low_freq_factor\"");
    return {};
}

/// A model that states its first context outside the block means it to hold (Phi-3).
Result<int64_t> readOriginalContext(const ConfigView& top, const ConfigView& rope, int64_t context,
                                    RotaryScaling scaling) {
    constexpr const char* key = "original_max_position_embeddings";
    if (scaling == RotaryScaling::Dynamic) return context;
    LATHE_TRY(const int64_t inBlock, rope.sizeOr(key, context, kMaxContext));
    return top.sizeOr(key, inBlock, kMaxContext);
}

}  // namespace

Result<RotarySettings> readRotary(const ConfigView& top, int64_t headDim, int64_t context,
                                  const char* layerType, double base) {
    const bool older = !top.has("rope_parameters");
    const bool given = top.has("rope_scaling");
    LATHE_TRY(ConfigView rope, top.object(older && given ? "rope_scaling" : "rope_parameters"));
    if (const OrderedJson* own = rope.find(layerType); own && own->is_object()) {
        LATHE_TRY(rope, rope.object(layerType));
    }
    LATHE_TRY_VOID(rope.refuseRest(knownRopeKeys(), "choose another base"));

    RotarySettings settings;
    LATHE_TRY(const double topBase, top.numberOr("rope_theta", base, 1, 1e12));
    LATHE_TRY(settings.base, rope.numberOr("rope_theta", topBase, 1, 1e12));
    LATHE_TRY(const double topShare, top.numberOr("partial_rotary_factor", 1, 0.01, 1));
    LATHE_TRY(settings.share, rope.numberOr("partial_rotary_factor", topShare, 0.01, 1));
    const int64_t part = rotaryPart(settings, headDim);
    if (part < 2 || part % 2 != 0) return configError("the part of a head that turns must be even");

    LATHE_TRY(const std::string legacyType, rope.textOr("type", "default"));
    LATHE_TRY(const std::string type, rope.textOr("rope_type", legacyType));
    const auto found = scalings().find(type);
    if (found == scalings().end()) {
        return Error{ErrorCode::Unsupported, "rotary scaling \"" + type + "\" is not supported",
                     "config.json", "known: default, linear, dynamic, yarn, longrope, llama3"};
    }
    settings.scaling = found->second;
    if (settings.scaling == RotaryScaling::None) return settings;
    // Phi-3 called its LongRoPE "yarn" at first.
    if (settings.scaling == RotaryScaling::Yarn && rope.has("short_factor"))
        settings.scaling = RotaryScaling::LongRope;
    if (settings.scaling == RotaryScaling::Dynamic && part < 4)
        return configError("dynamic rotary scaling needs heads of at least 4");
    LATHE_TRY(settings.originalContext, readOriginalContext(top, rope, context, settings.scaling));
    const double ratio = double(context) / double(settings.originalContext);
    const bool stretched =
        settings.scaling == RotaryScaling::LongRope || settings.scaling == RotaryScaling::Yarn;
    LATHE_TRY(settings.factor, rope.numberOr("factor", stretched ? std::max(ratio, 1e-6) : 1, 1e-6, 1e6));
    if (settings.scaling == RotaryScaling::Yarn) LATHE_TRY_VOID(readYarn(rope, settings));
    if (settings.scaling == RotaryScaling::LongRope) LATHE_TRY_VOID(readLongRope(rope, part / 2, settings));
    if (settings.scaling == RotaryScaling::Llama3) LATHE_TRY_VOID(readLlama3(rope, settings));
    return settings;
}

Result<void> checkWholeHeads(const RotarySettings& settings) {
    if (settings.share == 1) return {};
    return Error{ErrorCode::Unsupported,
                 "\"partial_rotary_factor\" is not 1, which this architecture does not use", "config.json",
                 "remove it where the model was trained without, or choose another base"};
}

}  // namespace lathe
