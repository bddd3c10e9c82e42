// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/train_state.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace lathe {
namespace {

constexpr int kFormatVersion = 1;
/// Of anything that is counted; sums of such numbers stay whole and in their range.
constexpr int64_t kMostCounted = int64_t(1) << 53;
constexpr double kMostSeconds = 1e12;

std::string toHex(const std::string& bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string hex;
    for (const unsigned char byte : bytes) {
        hex += kDigits[byte >> 4];
        hex += kDigits[byte & 15];
    }
    return hex;
}

Result<std::string> fromHex(const std::string& hex, const std::string& place) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned value = 0;
        const auto [end, failure] = std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
        if (failure != std::errc() || end != hex.data() + i + 2)
            return Error{ErrorCode::FileMalformed, "the random state is no hexadecimal text", place, ""};
        bytes += static_cast<char>(value);
    }
    return bytes;
}

std::string bytesOf(const at::Tensor& state) {
    return {static_cast<const char*>(state.const_data_ptr()), static_cast<std::size_t>(state.numel())};
}

/// JSON has no name for infinity and NaN: they are texts in state.json.
Json exactJson(double value) {
    if (std::isfinite(value)) return value;
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

Json exactJson(const std::map<std::string, double>& numbers) {
    Json json = Json::object();
    for (const auto& [name, value] : numbers) json[name] = exactJson(value);
    return json;
}

/// Of an absent key 0.
Result<double> exactNumber(const Json& json, const std::string& key, const std::string& place) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    static const std::map<std::string, double> named{
        {"nan", std::numeric_limits<double>::quiet_NaN()}, {"inf", kInfinity}, {"-inf", -kInfinity}};
    const auto found = json.find(key);
    if (found == json.end() || !found->is_string()) return jsonNumber(json, key.c_str(), 0, place);
    const auto value = named.find(found->get<std::string>());
    if (value != named.end()) return value->second;
    return Error{ErrorCode::FileMalformed, "\"" + key + "\" is no number", place, ""};
}

Result<std::map<std::string, double>> numbersFromJson(const Json& json, const char* key,
                                                      const std::string& place) {
    std::map<std::string, double> numbers;
    const auto found = json.find(key);
    if (found == json.end() || !found->is_object()) return numbers;
    for (const auto& [name, value] : found->items()) {
        LATHE_TRY(numbers[name], exactNumber(*found, name, place));
    }
    return numbers;
}

/// A whole number from `least` to `most`.
Result<int64_t> count(const Json& json, const char* key, int64_t fallback, int64_t least, int64_t most,
                      const std::string& place) {
    LATHE_TRY(const int64_t value, jsonInteger(json, key, fallback, place));
    if (value >= least && value <= most) return value;
    return Error{ErrorCode::FileMalformed,
                 "\"" + std::string(key) + "\" is " + std::to_string(value) + ", not from " +
                     std::to_string(least) + " to " + std::to_string(most),
                 place, ""};
}

Result<double> secondsFrom(const Json& json, const std::string& place) {
    LATHE_TRY(const double seconds, exactNumber(json, "seconds", place));
    if (seconds >= 0 && seconds <= kMostSeconds) return seconds;
    return Error{ErrorCode::FileMalformed, "\"seconds\" is not the length of a run", place, ""};
}

}  // namespace

RandomState captureRandomState(at::Device device) {
    RandomState state;
    const auto read = [](at::Device where) {
        at::Generator generator = at::globalContext().defaultGenerator(where);
        const std::scoped_lock lock(generator.mutex());
        return bytesOf(generator.get_state());
    };
    state.cpu = read(at::kCPU);
    if (!device.is_cpu()) state.device = read(device);
    return state;
}

Result<void> restoreRandomState(const RandomState& state, at::Device device) {
    const auto write = [](at::Device where, const std::string& bytes) -> Result<void> {
        at::Generator generator = at::globalContext().defaultGenerator(where);
        const std::scoped_lock lock(generator.mutex());
        const at::Tensor current = generator.get_state();
        if (static_cast<std::size_t>(current.numel()) != bytes.size())
            return Error{ErrorCode::ModelMismatch,
                         "the checkpoint's random state is of another build or device", "state.json",
                         "resume on the kind of device where the run began"};
        at::Tensor wanted = at::empty_like(current);
        std::copy(bytes.begin(), bytes.end(), static_cast<char*>(wanted.data_ptr()));
        generator.set_state(wanted);
        return {};
    };
    LATHE_TRY_VOID(write(at::kCPU, state.cpu));
    if (!device.is_cpu()) LATHE_TRY_VOID(write(device, state.device));
    return {};
}

Json stateToJson(const TrainState& state, const RandomState& random, int64_t updates) {
    return {{"format", kFormatVersion},
            {"step", state.step},
            {"updates", updates},
            {"epoch", state.cursor.epoch},
            {"row", state.cursor.row},
            {"tokens", state.tokens},
            {"seconds", exactJson(state.seconds)},
            {"loss_since_log", exactJson(state.lossSinceLog)},
            {"steps_since_log", state.stepsSinceLog},
            {"train_loss", exactJson(state.trainLoss)},
            {"before", exactJson(state.before)},
            {"metrics", exactJson(state.metrics)},
            {"best_metric", exactJson(state.bestMetric)},
            {"best_step", state.bestStep},
            {"evaluation_due", state.evaluationDue},
            {"random_cpu", toHex(random.cpu)},
            {"random_device", toHex(random.device)}};
}

Result<StoredState> stateFromJson(const Json& json, const std::string& place) {
    if (!json.is_object()) return Error{ErrorCode::FileMalformed, "not the state of a run", place, ""};
    StoredState result;
    TrainState& state = result.state;
    LATHE_TRY(const int64_t format, jsonInteger(json, "format", 0, place));
    if (format != kFormatVersion)
        return Error{ErrorCode::Unsupported, "the checkpoint has format " + std::to_string(format), place,
                     "resume it with the version of Lathe that wrote it"};
    LATHE_TRY(state.step, count(json, "step", -1, 0, kMostCounted, place));
    LATHE_TRY(result.updates, count(json, "updates", -1, 0, kMostCounted, place));
    LATHE_TRY(state.cursor.epoch, count(json, "epoch", -1, 0, kMostCounted, place));
    LATHE_TRY(state.cursor.row, count(json, "row", -1, 0, kMostCounted, place));
    LATHE_TRY(state.tokens, count(json, "tokens", 0, 0, kMostCounted, place));
    LATHE_TRY(state.seconds, secondsFrom(json, place));
    LATHE_TRY(state.lossSinceLog, exactNumber(json, "loss_since_log", place));
    LATHE_TRY(state.stepsSinceLog, count(json, "steps_since_log", 0, 0, state.step, place));
    LATHE_TRY(state.trainLoss, exactNumber(json, "train_loss", place));
    LATHE_TRY(state.before, numbersFromJson(json, "before", place));
    LATHE_TRY(state.metrics, numbersFromJson(json, "metrics", place));
    LATHE_TRY(state.bestMetric, exactNumber(json, "best_metric", place));
    LATHE_TRY(state.bestStep, count(json, "best_step", -1, -1, state.step, place));
    LATHE_TRY(state.evaluationDue, jsonBool(json, "evaluation_due", false, place));
    LATHE_TRY(const std::string cpu, jsonString(json, "random_cpu", "", place));
    LATHE_TRY(const std::string device, jsonString(json, "random_device", "", place));
    LATHE_TRY(result.random.cpu, fromHex(cpu, place));
    LATHE_TRY(result.random.device, fromHex(device, place));
    return result;
}

}  // namespace lathe
