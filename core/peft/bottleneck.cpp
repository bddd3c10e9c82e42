// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/bottleneck.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

#include "core/formats/adapter_folder.h"
#include "core/model/layers.h"
#include "core/model/residual_join.h"
#include "core/peft/dense_layer.h"
#include "core/peft/peft_names.h"

namespace lathe {
namespace {

constexpr const char* kOwnName = "lathe";  ///< of an adapter made here; AdapterHub has it in every key

enum class Placement { Houlsby, Pfeiffer, Parallel };

struct BottleneckSettings {
    Placement placement;
    double reduction, scaling;
    std::string activation, init, name;

    explicit BottleneckSettings(const Settings& values)
        : reduction(numberSetting(values, "reduction_factor", 16)),
          scaling(numberSetting(values, "scaling", 1)),
          activation(textSetting(values, "activation", "relu")),
          init(textSetting(values, "init", "default")),
          name(textSetting(values, "adapter_name", kOwnName)) {
        const std::string placed = textSetting(values, "placement", "pfeiffer");
        placement = placed == "houlsby"    ? Placement::Houlsby
                    : placed == "parallel" ? Placement::Parallel
                                           : Placement::Pfeiffer;
    }
    int64_t inner(int64_t hidden) const {
        return std::max<int64_t>(1, static_cast<int64_t>(double(hidden) / reduction));
    }
    /// Houlsby sits behind attention and feed-forward, the others behind the feed-forward alone.
    bool sits(const JoinShape& join) const { return placement == Placement::Houlsby || join.isFeedForward; }
};

class BottleneckAdapter : public ResidualAdapter {
  public:
    /// Starts "default": N(0, 0.02²) both, as BERT does; "zero": the way down as torch starts, the way up 0,
    /// so that nothing changes at first. Biases 0.
    BottleneckAdapter(int64_t hidden, const BottleneckSettings& settings, at::Generator generator,
                      at::Device device)
        : m_settings(settings), m_activation(activationNamed(settings.activation).value()) {
        const int64_t inner = settings.inner(hidden);
        auto down = register_module("adapter_down", std::make_shared<torch::nn::Module>());
        m_down = down->register_module("0", std::make_shared<DenseLayer>(hidden, inner, generator, device));
        m_up = register_module("adapter_up", std::make_shared<DenseLayer>(inner, hidden, generator, device));
        const torch::NoGradGuard guard;
        m_down->bias.zero_();
        m_up->bias.zero_();
        m_up->weight.zero_();
        if (settings.init == "zero") return;
        for (const auto& layer : {m_down, m_up})
            layer->weight.copy_(at::empty(layer->weight.sizes(), at::kFloat).normal_(0, 0.02, generator));
    }

    at::Tensor forward(const at::Tensor& output, const at::Tensor& stream, LayerNormLayer* norm) override {
        const auto normed = [&](const at::Tensor& x) { return norm ? norm->forward(x) : x; };
        switch (m_settings.placement) {
            case Placement::Houlsby:
                return normed(narrow(output) + output + stream);
            case Placement::Parallel:
                return normed(narrow(stream) * m_settings.scaling + output + stream);
            case Placement::Pfeiffer:
                break;
        }
        return normed(narrow(normed(output + stream)) + output + stream);
    }

  private:
    at::Tensor narrow(const at::Tensor& x) const { return m_up->forward(m_activation(m_down->forward(x))); }

    BottleneckSettings m_settings;
    Activation m_activation;
    std::shared_ptr<DenseLayer> m_down, m_up;
};

std::vector<Field> bottleneckFields() {
    return {
        {"placement",
         FieldKind::Choice,
         std::string("pfeiffer"),
         {},
         {},
         {"pfeiffer", "houlsby", "parallel"},
         "Where the narrow layers sit: behind each block (pfeiffer), behind attention and feed-forward "
         "(houlsby), or "
         "beside the feed-forward (parallel).",
         false},
        {"reduction_factor",
         FieldKind::Number,
         16.0,
         1.0,
         4096.0,
         {},
         "The hidden size divided by this is the narrow size. Usual: 2 to 64.",
         false},
        {"activation",
         FieldKind::Choice,
         std::string("relu"),
         {},
         {},
         {"relu", "silu", "gelu", "tanh"},
         "The function between the way down and the way up. Usual: relu; silu for houlsby.",
         true},
        {"scaling",
         FieldKind::Number,
         1.0,
         0.0,
         100.0,
         {},
         "What a parallel layer's result is multiplied with. Usual: 1 to 4.",
         true},
        {"init",
         FieldKind::Choice,
         std::string("zero"),
         {},
         {},
         {"zero", "default"},
         "How the layers start: changing nothing (zero), or small and random as in AdapterHub (default).",
         true},
        {"adapter_name",
         FieldKind::Text,
         std::string(kOwnName),
         {},
         {},
         {},
         "The name that AdapterHub's files have in every key.",
         true},
    };
}

class BottleneckMethod : public AdapterMethod {
  public:
    BottleneckMethod() {
        m_entry.name = "bottleneck";
        m_entry.title = "Bottleneck adapter";
        m_entry.help =
            "A narrow layer is trained behind each sub-layer of the base. The oldest kind of adapter; cannot "
            "be "
            "merged, so that it makes every answer a little slower.";
        m_entry.learningRate = 1e-3;
        m_entry.isAdapter = true;
        m_entry.formula = "h + U·f(D·h)";
        m_entry.fields = bottleneckFields();
    }
    const MethodEntry& entry() const override { return m_entry; }
    std::string peftType() const override { return "BOTTLENECK"; }
    bool reads(const Json& config) const override { return isAdapterHubConfig(config); }

    Result<MethodPlan> plan(const MethodSettings& settings, const ModelShape& shape) const override {
        const BottleneckSettings own(settings.values);
        MethodPlan plan;
        const int64_t inner = own.inner(shape.hidden);
        for (const JoinShape& join : shape.joins) {
            if (!own.sits(join)) continue;
            const auto add = [&](const char* name, std::vector<int64_t> size) {
                plan.added.push_back({join.name + "." + name, std::move(size), join.name});
            };
            add("adapter_down.0.weight", {inner, shape.hidden});
            add("adapter_down.0.bias", {inner});
            add("adapter_up.weight", {shape.hidden, inner});
            add("adapter_up.bias", {shape.hidden});
        }
        trainHead(shape, plan);
        return plan;
    }

    Result<void> attach(const MethodSettings& settings, LanguageModel& model,
                        const AttachContext& context) const override {
        const BottleneckSettings own(settings.values);
        at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(context.seed);
        const auto joins = model.joins();
        for (const JoinShape& about : model.shape().joins) {
            if (!own.sits(about)) continue;
            ResidualJoin& join = *joins.at(about.name);
            if (join.hasAdapter())
                return Error{ErrorCode::Unsupported, "there is a bottleneck adapter already", about.name, ""};
            join.attach(std::make_shared<BottleneckAdapter>(model.shape().hidden, own, generator,
                                                            model.wordEmbeddings().device()));
        }
        return {};
    }

    Json adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                       const std::string& basePath) const override {
        const BottleneckSettings own(settings.values);
        const bool houlsby = own.placement == Placement::Houlsby,
                   parallel = own.placement == Placement::Parallel;
        const Json config = {{"mh_adapter", houlsby},
                             {"output_adapter", true},
                             {"reduction_factor", own.reduction},
                             {"non_linearity", own.activation == "silu" ? "swish" : own.activation},
                             {"original_ln_before", own.placement == Placement::Pfeiffer},
                             {"original_ln_after", true},
                             {"ln_before", false},
                             {"ln_after", false},
                             {"init_weights", own.init == "zero" ? "mam_adapter" : "bert"},
                             {"is_parallel", parallel},
                             {"scaling", own.scaling},
                             {"use_gating", false},
                             {"residual_before_ln", own.placement == Placement::Pfeiffer},
                             {"adapter_residual_before_ln", false},
                             {"inv_adapter", nullptr},
                             {"cross_adapter", false},
                             {"leave_out", Json::array()},
                             {"dropout", 0.0},
                             {"phm_layer", false}};
        return {
            {"config", config},           {"hidden_size", shape.hidden},   {"model_class", shape.className},
            {"model_name", basePath},     {"model_type", shape.modelType}, {"name", own.name},
            {"version", "adapters.1.0.0"}};
    }

    Result<MethodSettings> settingsFromAdapter(const Json& config) const override {
        const std::string place = "adapter_config.json";
        const Json& own = config.at("config");
        for (const char* key : {"ln_before", "ln_after", "use_gating", "inv_adapter", "cross_adapter",
                                "leave_out", "phm_layer", "adapter_residual_before_ln"})
            if (const auto it = own.find(key); it != own.end() && isSet(*it))
                return Error{ErrorCode::Unsupported,
                             std::string("the adapter uses ") + key + ", which this build does not have",
                             place, ""};
        MethodSettings settings = defaultSettings(m_entry);
        Settings& values = settings.values;
        LATHE_TRY(const bool houlsby, jsonBool(own, "mh_adapter", false, place));
        LATHE_TRY(const bool output, jsonBool(own, "output_adapter", true, place));
        LATHE_TRY(const bool parallel, jsonBool(own, "is_parallel", false, place));
        if (!output || (houlsby && parallel))
            return Error{ErrorCode::Unsupported,
                         "the adapter's places are none of pfeiffer, houlsby, parallel", place, ""};
        values["placement"] = std::string(parallel ? "parallel" : houlsby ? "houlsby" : "pfeiffer");
        LATHE_TRY(values["reduction_factor"], jsonNumber(own, "reduction_factor", 16, place));
        LATHE_TRY(const std::string activation, jsonString(own, "non_linearity", "relu", place));
        values["activation"] = activation == "swish" ? std::string("silu") : activation;
        LATHE_TRY(values["scaling"], jsonNumber(own, "scaling", 1, place));
        LATHE_TRY(values["adapter_name"], jsonString(config, "name", kOwnName, place));
        return checkedSettings(m_entry, std::move(settings), place);
    }

    std::vector<StoredTensor> stored(const MethodSettings& settings, LanguageModel& model) const override {
        const auto plan = this->plan(settings, model.shape());
        LATHE_CHECK(plan.ok());
        const std::string name = BottleneckSettings(settings.values).name;
        const auto parameters = model.named_parameters();
        std::vector<StoredTensor> tensors;
        for (const auto& added : plan.value().added)
            tensors.push_back(
                {added.module + "." + name + added.name.substr(added.module.size()), parameters[added.name]});
        for (const auto& head : plan.value().trainedBase) tensors.push_back({head, parameters[head]});
        return tensors;
    }

  private:
    MethodEntry m_entry;
};

}  // namespace

const AdapterMethod& bottleneckMethod() {
    static const BottleneckMethod method;
    return method;
}

}  // namespace lathe
