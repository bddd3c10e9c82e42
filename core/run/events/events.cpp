// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/events/events.h"

#include <cmath>

namespace lathe {
namespace {

/// JSON has no NaN: a value that is none is written as null.
OrderedJson finite(double value) {
    return std::isfinite(value) ? OrderedJson(value) : OrderedJson(nullptr);
}

OrderedJson metricsJson(const std::map<std::string, double>& metrics) {
    OrderedJson json = OrderedJson::object();
    for (const auto& [name, value] : metrics) json[name] = finite(value);
    return json;
}

struct Writer {
    OrderedJson operator()(const PhaseEvent& e) const { return {{"event", "phase"}, {"name", e.name}}; }
    OrderedJson operator()(const ParametersEvent& e) const {
        return {{"event", "parameters"},
                {"method", e.method},
                {"trainable", e.trainable},
                {"total", e.total},
                {"percent", finite(e.percent)}};
    }
    OrderedJson operator()(const StepEvent& e) const {
        return {{"event", "step"},
                {"step", e.step},
                {"max_steps", e.maxSteps},
                {"epoch", finite(e.epoch)},
                {"loss", finite(e.loss)},
                {"learning_rate", finite(e.learningRate)},
                {"grad_norm", finite(e.gradNorm)},
                {"tokens", e.tokens},
                {"tokens_per_second", finite(e.tokensPerSecond)},
                {"memory_bytes", e.memoryBytes}};
    }
    OrderedJson operator()(const EvalEvent& e) const {
        return {{"event", "eval"},
                {"step", e.step},
                {"loss", finite(e.loss)},
                {"metrics", metricsJson(e.metrics)}};
    }
    OrderedJson operator()(const SampleEvent& e) const {
        OrderedJson json{{"event", "sample"}, {"step", e.step}, {"prompt", e.prompt}, {"text", e.text}};
        if (e.reward) json["reward"] = finite(*e.reward);
        return json;
    }
    OrderedJson operator()(const RolloutEvent& e) const {
        return {{"event", "rollout"},         {"step", e.step},
                {"reward", finite(e.reward)}, {"kl", finite(e.kl)},
                {"length", finite(e.length)}, {"metrics", metricsJson(e.metrics)}};
    }
    OrderedJson operator()(const CheckpointEvent& e) const {
        return {{"event", "checkpoint"}, {"step", e.step}, {"path", e.path}};
    }
    OrderedJson operator()(const WarningEvent& e) const {
        return {{"event", "warning"}, {"code", e.code}, {"message", e.message}, {"hint", e.hint}};
    }
    OrderedJson operator()(const FinishedEvent& e) const {
        OrderedJson json{
            {"event", "finished"}, {"status", runStatusName(e.status)}, {"run", e.run},
            {"steps", e.steps},    {"seconds", finite(e.seconds)},      {"metrics", metricsJson(e.metrics)}};
        if (e.error)
            json["error"] = {{"code", errorCodeName(e.error->code)},
                             {"message", e.error->message},
                             {"place", e.error->place},
                             {"hint", e.error->hint}};
        return json;
    }
};

/// Reads one field at a time and remembers the first error.
class Reader {
  public:
    Reader(const Json& json, const std::string& place) : m_json(json), m_place(place) {}
    int64_t integer(const char* key) { return keep(jsonInteger(m_json, key, 0, m_place)); }
    double number(const char* key) { return keep(jsonNumber(m_json, key, std::nan(""), m_place)); }
    std::string text(const char* key) { return keep(jsonString(m_json, key, "", m_place)); }
    std::map<std::string, double> metrics() {
        std::map<std::string, double> found;
        const auto it = m_json.find("metrics");
        if (it == m_json.end() || !it->is_object()) return found;
        for (const auto& [name, value] : it->items())
            found[name] = value.is_number() ? value.get<double>() : std::nan("");
        return found;
    }
    RunStatus status() {
        const std::string name = text("status");
        const auto status = runStatusNamed(name);
        if (!status && !m_error)
            m_error =
                Error{ErrorCode::FileMalformed, "no run ends with the status \"" + name + "\"", m_place, ""};
        return status.value_or(RunStatus::Failed);
    }
    const std::optional<Error>& error() const { return m_error; }

  private:
    template <class T>
    T keep(Result<T> result) {
        if (result.ok()) return std::move(result).value();
        if (!m_error) m_error = result.error();
        return T{};
    }
    const Json& m_json;
    const std::string& m_place;
    std::optional<Error> m_error;
};

StepEvent readStep(Reader& in) {
    StepEvent e;
    e.step = in.integer("step");
    e.maxSteps = in.integer("max_steps");
    e.epoch = in.number("epoch");
    e.loss = in.number("loss");
    e.learningRate = in.number("learning_rate");
    e.gradNorm = in.number("grad_norm");
    e.tokens = in.integer("tokens");
    e.tokensPerSecond = in.number("tokens_per_second");
    e.memoryBytes = in.integer("memory_bytes");
    return e;
}

SampleEvent readSample(Reader& in, const Json& json) {
    SampleEvent e{in.integer("step"), in.text("prompt"), in.text("text"), {}};
    if (json.contains("reward")) e.reward = in.number("reward");
    return e;
}

FinishedEvent readFinished(Reader& in, const Json& json) {
    FinishedEvent e;
    e.status = in.status();
    e.run = in.text("run");
    e.steps = in.integer("steps");
    e.seconds = in.number("seconds");
    e.metrics = in.metrics();
    const auto it = json.find("error");
    if (it != json.end() && it->is_object()) {
        const std::string place = "error";
        Reader part(*it, place);
        e.error = Error{errorCodeFromName(part.text("code")), part.text("message"), part.text("place"),
                        part.text("hint")};
    }
    return e;
}

}  // namespace

OrderedJson eventToJson(const Event& event) {
    return std::visit(Writer{}, event);
}

Result<Event> eventFromJson(const Json& json, const std::string& place) {
    const Error notAnEvent{ErrorCode::FileMalformed, "not an event", place, ""};
    if (!json.is_object()) return notAnEvent;
    Reader in(json, place);
    const std::string kind = in.text("event");
    if (in.error() || kind.empty()) return notAnEvent;
    Event event;
    if (kind == "phase")
        event = PhaseEvent{in.text("name")};
    else if (kind == "parameters")
        event = ParametersEvent{in.text("method"), in.integer("trainable"), in.integer("total"),
                                in.number("percent")};
    else if (kind == "step")
        event = readStep(in);
    else if (kind == "eval")
        event = EvalEvent{in.integer("step"), in.number("loss"), in.metrics()};
    else if (kind == "sample")
        event = readSample(in, json);
    else if (kind == "rollout")
        event = RolloutEvent{in.integer("step"), in.number("reward"), in.number("kl"), in.number("length"),
                             in.metrics()};
    else if (kind == "checkpoint")
        event = CheckpointEvent{in.integer("step"), in.text("path")};
    else if (kind == "warning")
        event = WarningEvent{in.text("code"), in.text("message"), in.text("hint")};
    else if (kind == "finished")
        event = readFinished(in, json);
    else
        return Error{ErrorCode::Unsupported, "an event of another kind: " + kind, place, ""};
    if (in.error()) return *in.error();
    return event;
}

}  // namespace lathe
