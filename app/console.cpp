// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/console.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "core/base/files.h"
#include "core/run/metrics.h"

namespace lathe {
namespace {

constexpr int kBarWidth = 30;

std::string format(const char* pattern, auto... values) {
    char text[512];
    std::snprintf(text, sizeof text, pattern, values...);
    return text;
}

OrderedJson errorJson(const Error& error) {
    return {{"error", errorCodeName(error.code)},
            {"message", error.message},
            {"place", error.place},
            {"hint", error.hint}};
}

/// An event as one line for people; empty when the bar shows it.
struct TextOf {
    std::string operator()(const PhaseEvent& e) const {
        static const std::map<std::string, std::string> names{{"load_base", "Opening the base"},
                                                              {"load_data", "Reading the data"},
                                                              {"reference", "Asking the model as it is"},
                                                              {"train", "Training"},
                                                              {"evaluate", "Evaluating"},
                                                              {"save", "Saving"}};
        const auto it = names.find(e.name);
        return it == names.end() ? e.name : it->second;
    }
    std::string operator()(const ParametersEvent& e) const {
        return "  " + e.method + ": " + groupedNumber(e.trainable) + " of " + groupedNumber(e.total) +
               " parameters train" + format(" (%.2f %%)", e.percent);
    }
    std::string operator()(const StepEvent&) const { return ""; }
    std::string operator()(const EvalEvent& e) const {
        return format("  step %lld: validation loss %.4f", static_cast<long long>(e.step), e.loss) +
               (e.metrics.empty() ? "" : ", " + metricsText(e.metrics));
    }
    std::string operator()(const SampleEvent&) const { return ""; }
    std::string operator()(const RolloutEvent& e) const {
        return format("  step %lld: reward %.3f, KL %.4f, %.0f tokens an answer",
                      static_cast<long long>(e.step), e.reward, e.kl, e.length);
    }
    std::string operator()(const CheckpointEvent&) const { return ""; }
    std::string operator()(const WarningEvent& e) const {
        return "  warning: " + e.message + (e.hint.empty() ? "" : " (" + e.hint + ")");
    }
    std::string operator()(const FinishedEvent& e) const {
        return format("  %s after %lld steps, %.1f s", runStatusName(e.status),
                      static_cast<long long>(e.steps), e.seconds) +
               (e.metrics.empty() ? "" : ": " + metricsText(e.metrics)) + "\n  run folder: " + e.run;
    }
};

}  // namespace

std::string groupedNumber(int64_t value) {
    std::string digits = std::to_string(value < 0 ? -value : value);
    for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
    return (value < 0 ? "-" : "") + digits;
}

std::string byteText(int64_t bytes) {
    static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double value = static_cast<double>(bytes);
    int unit = 0;
    while (value >= 1024 && unit < 4) {
        value /= 1024;
        ++unit;
    }
    return format(unit == 0 ? "%.0f %s" : "%.1f %s", value, kUnits[unit]);
}

std::string metricText(const std::string& name, double value) {
    return isShareMetric(name) ? format("%.1f %%", value * 100) : format("%.4g", value);
}

std::string metricsText(const std::map<std::string, double>& metrics) {
    std::string text;
    for (const auto& [name, value] : metrics)
        text += (text.empty() ? "" : ", ") + name + " " + metricText(name, value);
    return text;
}

void Console::line(const OrderedJson& object) const {
    if (!m_options.json) return;
    jsonLine(object.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
}

void Console::jsonLine(const std::string& object) const {
    if (m_options.json) write(object + "\n");
}

void Console::write(const std::string& text) const {
    if (m_lost) return;
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return;
    m_lost = true;
    complain(systemError(errno, "cannot write", "stdout"));
}

void Console::text(const std::string& line) const {
    piece(line + "\n");
}

void Console::piece(const std::string& text) const {
    if (!m_options.json && !m_options.quiet) write(text);
}

void Console::notes(const std::vector<Note>& notes, const std::string& title) const {
    for (const Note& note : notes)
        text("  " + title + ": " + noteText(note) + (note.hint.empty() ? "" : "; " + note.hint));
}

void Console::event(const Event& event, const EventLabel& label) {
    if (m_options.json) {
        OrderedJson json = eventToJson(event);
        if (!label.key.empty()) json[label.key] = label.value;
        return line(json);
    }
    if (const auto* step = std::get_if<StepEvent>(&event)) return bar(*step);
    const std::string text = std::visit(TextOf{}, event);
    if (text.empty()) return;
    endBar();
    if (!std::holds_alternative<WarningEvent>(event)) return this->text(text);
    if (!m_options.quiet) std::fprintf(stderr, "%s\n", text.c_str());
}

void Console::bar(const StepEvent& step) {
    if (m_options.quiet || !::isatty(STDERR_FILENO)) return;
    const double share =
        step.maxSteps > 0 ? static_cast<double>(step.step) / static_cast<double>(step.maxSteps) : 0;
    const int filled = std::clamp(static_cast<int>(share * kBarWidth), 0, kBarWidth);
    const double stepsLeft = static_cast<double>(step.maxSteps - step.step);
    const double secondsPerStep =
        step.tokensPerSecond > 0
            ? static_cast<double>(step.tokens) / static_cast<double>(step.step) / step.tokensPerSecond
            : 0;
    std::fprintf(stderr, "\r  [%s%s] %lld/%lld  loss %.4f  %.0f tokens/s  %.0f s left   ",
                 std::string(filled, '#').c_str(), std::string(kBarWidth - filled, '.').c_str(),
                 static_cast<long long>(step.step), static_cast<long long>(step.maxSteps), step.loss,
                 step.tokensPerSecond, stepsLeft * secondsPerStep);
    m_barShown = true;
}

void Console::progress(int64_t done, int64_t total) {
    if (m_options.quiet || !::isatty(STDERR_FILENO) || total < 1) return;
    const int filled = static_cast<int>(std::min(done, total) * kBarWidth / total);
    std::fprintf(stderr, "\r  [%s%s] %lld/%lld ", std::string(filled, '#').c_str(),
                 std::string(kBarWidth - filled, '.').c_str(), static_cast<long long>(done),
                 static_cast<long long>(total));
    if (done >= total) std::fputs("\r\033[K", stderr);
}

void Console::endBar() {
    if (!m_barShown) return;
    std::fputc('\n', stderr);
    m_barShown = false;
}

void Console::complain(const Error& error) const {
    std::fprintf(stderr, "lathe-run: %s\n", error.text().c_str());
}

int Console::fail(const Error& error) const {
    line(errorJson(error));
    complain(error);
    if (error.code == ErrorCode::Stopped) return kExitStopped;
    return error.code == ErrorCode::RecipeInvalid || error.code == ErrorCode::BadArgument ? kExitUsage
                                                                                          : kExitFailed;
}

int Console::fail(const std::vector<RecipeFault>& faults) const {
    for (const auto& fault : faults) {
        line({{"error", errorCodeName(ErrorCode::RecipeInvalid)},
              {"key", fault.key},
              {"message", fault.message},
              {"place", fault.place}});
        std::fprintf(stderr, "%s\n", fault.text().c_str());
    }
    return kExitUsage;
}

int Console::conclude(const FinishedEvent& finished) const {
    if (finished.error) complain(*finished.error);
    if (finished.status == RunStatus::Done) return kExitDone;
    return finished.status == RunStatus::Stopped ? kExitStopped : kExitFailed;
}

}  // namespace lathe
