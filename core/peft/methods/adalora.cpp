// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/adalora.h"

#include <algorithm>
#include <cmath>

#include "core/model/parts/layers.h"
#include "core/peft/linear_method.h"
#include "core/peft/methods/rank_budget.h"

namespace lathe {
namespace {

constexpr double kSpread = 0.02;  ///< of A and B at the start

class AdaLoraAdapter : public ProjectionAdapter {
  public:
    /// `kept` rows of the `rank` that the scaling is over.
    AdaLoraAdapter(const LinearModule& layer, int64_t rank, int64_t kept, double alpha, double dropout,
                   at::Device device)
        : m_scaling((alpha > 0 ? alpha : double(rank)) / (double(rank) + 1e-5)), m_dropout(dropout) {
        const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
        m_a = register_parameter("lora_A", at::zeros({kept, layer.in}, options));
        m_e = register_parameter("lora_E", at::zeros({kept, 1}, options));
        m_b = register_parameter("lora_B", at::zeros({layer.out, kept}, options));
    }

    void initialise(const at::Generator& generator) {
        const torch::NoGradGuard guard;
        for (at::Tensor* part : {&m_a, &m_b})
            part->copy_(at::empty(part->sizes(), at::kFloat).normal_(0, kSpread, generator));
    }
    at::Tensor forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) override {
        return weight.linear(x, bias) + branch(dropoutWhen(is_training(), x, m_dropout));
    }
    std::optional<ThinProduct> product(const at::Tensor& x) const override {
        const auto type = x.scalar_type();
        const at::Tensor low = at::linear(dropoutWhen(is_training(), x, m_dropout), (m_a * m_e).to(type));
        return ThinProduct{low * (m_scaling * this->weight()), m_b.to(type)};
    }
    at::Tensor branch(const at::Tensor& x) const override {
        const auto type = x.scalar_type();
        const at::Tensor low = at::linear(x, (m_a * m_e).to(type));
        return at::linear(low, m_b.to(type)) * (m_scaling * this->weight());
    }
    at::Tensor mergedWeight(const at::Tensor& weight) const override {
        return weight.to(at::kFloat) + m_scaling * this->weight() * at::mm(m_b, m_a * m_e);
    }
    RankedTriplets triplets() const { return {m_a, m_e, m_b}; }

  private:
    double m_scaling, m_dropout;
    at::Tensor m_a, m_e, m_b;
};

std::vector<Field> ownFields() {
    return {
        {"rank",
         FieldKind::Integer,
         int64_t(12),
         1.0,
         4096.0,
         {},
         "The inner size every layer starts with. Usual: half more than target_rank.",
         false},
        {"target_rank",
         FieldKind::Integer,
         int64_t(8),
         1.0,
         4096.0,
         {},
         "The inner size that is left on average. Usual: 4 to 16.",
         false},
        {"alpha",
         FieldKind::Number,
         16.0,
         0.0,
         65536.0,
         {},
         "The change is scaled by alpha / rank; 0 stands for the rank. Usual: rank to twice the rank.",
         false},
        {"dropout",
         FieldKind::Number,
         0.0,
         0.0,
         0.99,
         {},
         "Share of the inputs of A left out while training. Usual: 0 to 0.1.",
         false},
        {"warmup_share",
         FieldKind::Number,
         0.1,
         0.0,
         0.9,
         {},
         "Share of the steps before anything is taken away. Usual: 0.1.",
         true},
        {"final_share",
         FieldKind::Number,
         0.3,
         0.0,
         0.9,
         {},
         "Share of the steps at the end in which the sizes stay. Usual: 0.3.",
         true},
        {"every",
         FieldKind::Integer,
         int64_t(1),
         1.0,
         100000.0,
         {},
         "Steps between two choices of what is taken away. Usual: 1 to 10.",
         true},
        {"beta1",
         FieldKind::Number,
         0.85,
         0.0,
         0.999,
         {},
         "How slowly the importance of a direction changes. Usual: 0.85.",
         true},
        {"beta2",
         FieldKind::Number,
         0.85,
         0.0,
         0.999,
         {},
         "How slowly the uncertainty of that importance changes. Usual: 0.85.",
         true},
        {"orthogonality",
         FieldKind::Number,
         0.5,
         0.0,
         100.0,
         {},
         "Weight of the penalty that keeps the directions at right angles. Usual: 0.1 to 0.5.",
         true},
    };
}

class AdaLoraMethod : public LinearMethod {
  public:
    AdaLoraMethod() {
        m_entry.name = "adalora";
        m_entry.title = "AdaLoRA";
        m_entry.help =
            "LoRA that starts wide and takes inner size away from the layers that need it least, so that a "
            "budget "
            "goes where it helps.";
        m_entry.learningRate = 1e-2;
        m_entry.isAdapter = true;
        m_entry.formula = "W + s·B·diag(E)·A";
        m_entry.fields = withLinearFields(ownFields());
    }
    std::string peftType() const override { return "ADALORA"; }

    std::unique_ptr<StepAid> stepAid(const MethodSettings& settings, LanguageModel& model,
                                     int64_t totalSteps) const override {
        std::vector<RankedTriplets> triplets;
        for (const auto& [name, projection] : model.projections())
            if (const auto* adapter = dynamic_cast<AdaLoraAdapter*>(projection->adapter()))
                triplets.push_back(adapter->triplets());
        const Settings& values = settings.values;
        RankBudgetSettings budget;
        budget.targetRank = integerSetting(values, "target_rank", 8);
        budget.warmup = static_cast<int64_t>(double(totalSteps) * numberSetting(values, "warmup_share", 0.1));
        budget.final = static_cast<int64_t>(double(totalSteps) * numberSetting(values, "final_share", 0.3));
        budget.total = totalSteps;
        budget.every = integerSetting(values, "every", 1);
        budget.beta1 = numberSetting(values, "beta1", 0.85);
        budget.beta2 = numberSetting(values, "beta2", 0.85);
        budget.orthogonality = numberSetting(values, "orthogonality", 0.5);
        return std::make_unique<RankBudget>(std::move(triplets), budget);
    }

  protected:
    Result<void> check(const Settings& settings, const Layers&) const override {
        if (integerSetting(settings, "target_rank", 8) > integerSetting(settings, "rank", 12))
            return Error{ErrorCode::RecipeInvalid, "the target rank is above the rank to start with",
                         "method.target_rank", "make rank larger, usually half more than target_rank"};
        if (numberSetting(settings, "warmup_share", 0.1) + numberSetting(settings, "final_share", 0.3) >= 1)
            return Error{ErrorCode::RecipeInvalid, "warmup_share and final_share leave no step to choose in",
                         "method.final_share", "together they must be below 1"};
        return {};
    }

    Result<std::vector<Own>> addedTo(const Settings& settings, const LinearModule& layer) const override {
        LATHE_TRY(const int64_t kept, keptRank(settings, layer));
        return std::vector<Own>{
            {"lora_A", {kept, layer.in}}, {"lora_B", {layer.out, kept}}, {"lora_E", {kept, 1}}};
    }

    MethodPlan::Kept keptOf(const Settings& settings, const LinearModule& layer) const override {
        const bool drops = numberSetting(settings, "dropout", 0) > 0;
        return {.module = layer.name,
                .input = !drops,
                .numbers = integerSetting(settings, "rank", 12) + (drops ? 2 * layer.in : 0),
                .momentary = 3 * layer.out};
    }
    Maker maker(const Settings& settings, const Layers&, at::Generator generator) const override {
        return [settings, generator](const LinearModule& layer, const Projection& projection) {
            auto adapter = std::make_shared<AdaLoraAdapter>(
                layer, integerSetting(settings, "rank", 12), keptRank(settings, layer).value(),
                numberSetting(settings, "alpha", 16), numberSetting(settings, "dropout", 0),
                projection.weight.device());
            adapter->initialise(generator);
            return adapter;
        };
    }

    std::vector<std::string> defaultTargets(const ModelShape& shape) const override {
        // PEFT has its own list for RoBERTa and T5 alone (methods.md, "Target selection").
        if (shape.modelType == "roberta") return {"query", "key", "value", "dense"};
        if (shape.modelType == "t5") return {"q", "k", "v", "o", "wi", "wo"};
        return shape.defaultTargets;
    }

    OrderedJson ownConfig(const Settings& settings, const ModelShape&) const override {
        return {{"init_r", integerSetting(settings, "rank", 12)},
                {"target_r", integerSetting(settings, "target_rank", 8)},
                {"r", integerSetting(settings, "target_rank", 8)},
                {"lora_alpha", numberSetting(settings, "alpha", 16)},
                {"lora_dropout", numberSetting(settings, "dropout", 0)},
                {"beta1", numberSetting(settings, "beta1", 0.85)},
                {"beta2", numberSetting(settings, "beta2", 0.85)},
                {"deltaT", integerSetting(settings, "every", 1)},
                {"orth_reg_weight", numberSetting(settings, "orthogonality", 0.5)},
                {"init_lora_weights", true},
                {"rank_pattern", nullptr},
                {"tfinal", 0},
                {"tinit", 0},
                {"total_step", 1}};
    }

    Result<void> readOwnConfig(const ConfigView& config, Settings& settings) const override {
        LATHE_TRY(const int64_t rank, config.sizeOr("init_r", 12, 4096));
        LATHE_TRY(const int64_t target, config.sizeOr("target_r", 8, 4096));
        settings["rank"] = rank;
        settings["target_rank"] = std::min(rank, target);
        LATHE_TRY(settings["alpha"], config.numberOr("lora_alpha", 8, 0, 65536));
        LATHE_TRY(settings["dropout"], config.numberOr("lora_dropout", 0, 0, 0.99));
        // Which rows a file still has of each layer; the scaling stays that of the first rank.
        LATHE_TRY(const ConfigView rows, config.object("rank_pattern"));
        NamedTexts kept;
        for (const std::string& name : rows.keys()) {
            const OrderedJson* marks = rows.find(name);
            if (!marks || !marks->is_array())
                return rows.fault(name, "must be a list with a mark for each row");
            std::string layer = name.substr(0, name.rfind(".lora_E"));
            if (layer.starts_with(kPeftPrefix)) layer.erase(0, std::string(kPeftPrefix).size());
            kept[layer] = std::to_string(std::count(marks->begin(), marks->end(), OrderedJson(true)));
        }
        if (!kept.empty()) settings["rank_pattern"] = kept;
        return {};
    }
    KnownKeys knownKeys() const override {
        // How the ranks were handed out, which is done; "r" is without effect in PEFT, too.
        return peftKeys({"beta1", "beta2", "deltaT", "init_lora_weights", "loftq_config", "megatron_core",
                         "orth_reg_weight", "qalora_group_size", "r", "tfinal", "tinit", "total_step"});
    }

  private:
    /// The rows of one layer: the rank, or what a file has kept.
    static Result<int64_t> keptRank(const Settings& settings, const LinearModule& layer) {
        const int64_t rank = integerSetting(settings, "rank", 12);
        const auto it = settings.find("rank_pattern");
        if (it == settings.end()) return rank;
        const auto* kept = std::get_if<NamedTexts>(&it->second);
        const auto own = kept ? kept->find(layer.name) : NamedTexts::const_iterator();
        if (!kept || own == kept->end()) return rank;
        return std::strtoll(own->second.c_str(), nullptr, 10);
    }
};

}  // namespace

const AdapterMethod& adaloraMethod() {
    static const AdaLoraMethod method;
    return method;
}

}  // namespace lathe
