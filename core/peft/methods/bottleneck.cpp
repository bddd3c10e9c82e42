// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/bottleneck.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>

#include "core/formats/hf/adapter_folder.h"
#include "core/model/parts/layers.h"
#include "core/model/parts/residual_join.h"
#include "core/peft/methods/dense_layer.h"
#include "core/peft/peft_names.h"

namespace lathe {
namespace {

constexpr const char* kOwnName = "lathe";  ///< of an adapter made here; AdapterHub has it in every key

constexpr const char* kUseThere = "use it with the program that made it; it cannot be merged";

enum class Placement { Houlsby, Pfeiffer, Parallel };

const char* placementName(Placement placement) {
    switch (placement) {
        case Placement::Houlsby:
            return "houlsby";
        case Placement::Parallel:
            return "parallel";
        case Placement::Pfeiffer:
            break;
    }
    return "pfeiffer";
}

/// The keys by which AdapterHub places an adapter and what it is added to.
OrderedJson placementKeys(Placement placement) {
    return {{"mh_adapter", placement == Placement::Houlsby},
            {"is_parallel", placement == Placement::Parallel},
            {"original_ln_before", placement == Placement::Pfeiffer},
            {"original_ln_after", true},
            {"residual_before_ln", true}};
}

/// The placement that computes what the configuration says; Unsupported, naming the key, when none does.
Result<Placement> placementOf(const ConfigView& config) {
    LATHE_TRY(const bool behindAttention, config.flagOr("mh_adapter", false));
    LATHE_TRY(const bool behindFeedForward, config.flagOr("output_adapter", true));
    LATHE_TRY(const bool parallel, config.flagOr("is_parallel", false));
    const auto unsupported = [&](const std::string& what) {
        return Error{ErrorCode::Unsupported, "the adapter has " + what + ", which no placement here computes",
                     config.place(), kUseThere};
    };
    if (!behindFeedForward) return unsupported("\"config.output_adapter\": false");
    if (behindAttention && parallel)
        return unsupported("\"config.mh_adapter\" and \"config.is_parallel\": true");
    const Placement placement = parallel          ? Placement::Parallel
                                : behindAttention ? Placement::Houlsby
                                                  : Placement::Pfeiffer;
    // Absent keys have AdapterHub's defaults. Without a norm before it (and in parallel) there is only one
    // way to take the residual, and in parallel that norm is without effect.
    LATHE_TRY(const bool normBefore, config.flagOr("original_ln_before", false));
    LATHE_TRY(const bool normAfter, config.flagOr("original_ln_after", true));
    const OrderedJson* residual = config.find("residual_before_ln");
    const OrderedJson keys = placementKeys(placement);
    if (!parallel && normBefore != keys.at("original_ln_before").get<bool>())
        return unsupported("\"config.original_ln_before\": " + std::string(normBefore ? "true" : "false"));
    if (!normAfter) return unsupported("\"config.original_ln_after\": false");
    if (placement == Placement::Pfeiffer && residual && *residual != true)
        return unsupported("\"config.residual_before_ln\": " + dumpJson(*residual));
    return placement;
}

struct BottleneckSettings {
    Placement placement;
    double reduction, scaling, dropout;
    std::string activation, init, name;

    explicit BottleneckSettings(const Settings& values)
        : reduction(numberSetting(values, "reduction_factor", 16)),
          scaling(numberSetting(values, "scaling", 1)),
          dropout(numberSetting(values, "dropout", 0)),
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
                return normed(narrow(stream) + output + stream);
            case Placement::Pfeiffer:
                break;
        }
        return normed(narrow(normed(output + stream)) + output + stream);
    }

  private:
    at::Tensor narrow(const at::Tensor& x) const {
        const at::Tensor y = m_up->forward(m_activation(m_down->forward(x)));
        return dropoutWhen(is_training(), y * m_settings.scaling, m_settings.dropout);
    }

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
         "What the way up's result is multiplied with. Usual: 1; 4 for parallel.",
         true},
        {"dropout",
         FieldKind::Number,
         0.0,
         0.0,
         0.99,
         {},
         "Share of the way up's result left out while training. Usual: 0 to 0.1.",
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
    bool reads(const OrderedJson& config) const override { return isAdapterHubConfig(config); }

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
            // The way down keeps what it reads, the way up the activation; behind a norm of its own that,
            // too.
            const bool norm = own.placement == Placement::Pfeiffer;
            plan.kept.push_back(
                {.module = join.name,
                 .numbers = (norm ? 2 : 1) * shape.hidden + inner + (own.dropout > 0 ? shape.hidden : 0)});
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

    OrderedJson adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                              const std::string& basePath) const override {
        const BottleneckSettings own(settings.values);
        OrderedJson config = placementKeys(own.placement);
        config.update({{"output_adapter", true},
                       {"reduction_factor", own.reduction},
                       {"non_linearity", own.activation == "silu" ? "swish" : own.activation},
                       {"init_weights", own.init == "zero" ? "mam_adapter" : "bert"},
                       {"scaling", own.scaling},
                       {"ln_before", false},
                       {"ln_after", false},
                       {"use_gating", false},
                       {"adapter_residual_before_ln", false},
                       {"inv_adapter", nullptr},
                       {"cross_adapter", false},
                       {"leave_out", OrderedJson::array()},
                       {"dropout", own.dropout},
                       {"phm_layer", false}});
        return {
            {"config", config},           {"hidden_size", shape.hidden},   {"model_class", shape.className},
            {"model_name", basePath},     {"model_type", shape.modelType}, {"name", own.name},
            {"version", "adapters.1.0.0"}};
    }

    Result<MethodSettings> settingsFromAdapter(const OrderedJson& config) const override {
        const ConfigView top(config, "adapter_config.json");
        LATHE_TRY(const ConfigView own, top.object("config"));
        MethodSettings settings = defaultSettings(m_entry);
        Settings& values = settings.values;
        LATHE_TRY(const Placement placement, placementOf(own));
        values["placement"] = std::string(placementName(placement));
        LATHE_TRY(values["reduction_factor"], own.numberOr("reduction_factor", 16, 1, 4096));
        LATHE_TRY(const std::string activation, own.textOr("non_linearity", "relu"));
        values["activation"] = activation == "swish" ? std::string("silu") : activation;
        if (const OrderedJson* scaling = own.find("scaling"); scaling && scaling->is_string())
            return Error{ErrorCode::Unsupported,
                         "a scaling that is " + scaling->get<std::string>() + " is not supported",
                         top.place(), kUseThere};
        LATHE_TRY(values["scaling"], own.numberOr("scaling", 1, 0, 100));
        LATHE_TRY(values["dropout"], own.numberOr("dropout", 0, 0, 0.99));
        LATHE_TRY(values["adapter_name"], top.textOr("name", kOwnName));
        // Nothing in "ln_before" and the like means AdapterHub's default, with which they do nothing.
        KnownKeys known{
            {"architecture", "init_weights", "init_weights_seed", "inv_adapter_reduction_factor", "phm_dim",
             "phm_c_init", "phm_init_range", "phm_rank", "phm_bias", "learn_phm", "factorized_phm_W",
             "shared_W_phm", "shared_phm_rule", "factorized_phm_rule", "hypercomplex_nonlinearity"},
            {{"stochastic_depth", 0.0}}};
        LATHE_TRY_VOID(own.refuseRest(known, kUseThere));
        known = {{"config_id", "hidden_size", "model_class", "model_name", "model_type", "version"}, {}};
        LATHE_TRY_VOID(top.refuseRest(known, kUseThere));
        return checkedSettings(m_entry, std::move(settings), top.place());
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
