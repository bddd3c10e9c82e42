// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/vera.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>

#include "core/model/parts/layers.h"
#include "core/peft/linear_method.h"

namespace lathe {
namespace {

/// Set in settings from a folder: whether it holds the shared pair.
constexpr const char* kPairStored = "save_projection";

/// The pair all layers share, cut to each layer's size.
struct SharedPair {
    at::Tensor a;  ///< (rank, largest in)
    at::Tensor b;  ///< (largest out, rank)
};

/// U(-√(6/fan), √(6/fan)) from one generator, A first, as PEFT draws them.
SharedPair drawPair(int64_t rank, int64_t in, int64_t out, uint64_t key, at::Device device) {
    at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(key);
    const auto drawn = [&](int64_t rows, int64_t columns) {
        const double bound = std::sqrt(6.0 / double(columns));
        return at::empty({rows, columns}, at::kFloat).uniform_(-bound, bound, generator).to(device);
    };
    at::Tensor a = drawn(rank, in);
    return {std::move(a), drawn(out, rank)};
}

class VeraAdapter : public ProjectionAdapter {
  public:
    VeraAdapter(const LinearModule& layer, SharedPair shared, double start, double dropout)
        : m_in(layer.in), m_out(layer.out), m_dropout(dropout), m_shared(std::move(shared)) {
        const auto options = m_shared.a.options();
        m_d = register_parameter("vera_lambda_d", at::full({m_shared.a.size(0)}, start, options));
        m_b = register_parameter("vera_lambda_b", at::zeros({layer.out}, options));
    }

    at::Tensor forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) override {
        return weight.linear(x, bias) + branch(dropoutWhen(is_training(), x, m_dropout));
    }
    std::optional<ThinProduct> product(const at::Tensor& x) const override {
        const auto type = x.scalar_type();
        const at::Tensor dropped = dropoutWhen(is_training(), x, m_dropout);
        return ThinProduct{m_d.to(type) * at::linear(dropped, ownA().to(type)),
                           (weightedB().unsqueeze(1) * ownB()).to(type)};
    }
    at::Tensor branch(const at::Tensor& x) const override {
        const auto type = x.scalar_type();
        const at::Tensor low = m_d.to(type) * at::linear(x, ownA().to(type));
        return weightedB().to(type) * at::linear(low, ownB().to(type));
    }
    at::Tensor mergedWeight(const at::Tensor& weight) const override {
        return weight.to(at::kFloat) + at::mm(weightedB().unsqueeze(1) * ownB(), m_d.unsqueeze(1) * ownA());
    }
    /// The parameter itself at weight 1.
    at::Tensor weightedB() const { return weight() == 1 ? m_b : m_b * weight(); }
    const SharedPair& shared() const { return m_shared; }

  private:
    at::Tensor ownA() const { return m_shared.a.narrow(1, 0, m_in); }
    at::Tensor ownB() const { return m_shared.b.narrow(0, 0, m_out); }

    int64_t m_in, m_out;
    double m_dropout;
    SharedPair m_shared;
    at::Tensor m_d, m_b;
};

class VeraMethod : public LinearMethod {
  public:
    VeraMethod() {
        m_entry.name = "vera";
        m_entry.title = "VeRA";
        m_entry.help =
            "One random pair of matrices, the same for all layers, is only scaled: two short vectors a layer "
            "train. The smallest results of the family; wants a high rank and a high learning rate.";
        m_entry.learningRate = 2e-2;
        m_entry.isAdapter = true;
        m_entry.formula = "W + Λb·B·Λd·A";
        m_entry.fields = withLinearFields({
            {"rank",
             FieldKind::Integer,
             int64_t(256),
             1.0,
             16384.0,
             {},
             "The inner size r of the shared pair. Usual: 256 to 1024.",
             false},
            {"dropout",
             FieldKind::Number,
             0.0,
             0.0,
             0.99,
             {},
             "Share of the inputs of A left out while training. Usual: 0 to 0.1.",
             false},
            {"d_initial",
             FieldKind::Number,
             0.1,
             0.0,
             100.0,
             {},
             "What the inner vector starts at. Usual: 0.1.",
             true},
            {"projection_seed",
             FieldKind::Integer,
             int64_t(0),
             0.0,
             4294967295.0,
             {},
             "The seed of the shared pair; adapters of one base should have the same.",
             true},
        });
    }
    std::string peftType() const override { return "VERA"; }

    std::vector<StoredTensor> stored(const MethodSettings& settings, LanguageModel& model) const override {
        std::vector<StoredTensor> tensors = LinearMethod::stored(settings, model);
        storeWeighted(
            model, "vera_lambda_b",
            [](const ProjectionAdapter& adapter) {
                const auto* own = dynamic_cast<const VeraAdapter*>(&adapter);
                return own ? own->weightedB() : at::Tensor();
            },
            tensors);
        for (const auto& [name, projection] : model.projections())
            if (const auto* adapter = dynamic_cast<VeraAdapter*>(projection->adapter())) {
                // A folder without the pair has the seed that it is drawn from.
                const bool optional = !boolSetting(settings.values, kPairStored, true);
                tensors.push_back({"base_model.vera_A", adapter->shared().a, optional});
                tensors.push_back({"base_model.vera_B", adapter->shared().b, optional});
                break;
            }
        return tensors;
    }

  private:
    /// Most inputs and most outputs, each over all layers.
    static std::pair<int64_t, int64_t> largest(const Layers& layers) {
        int64_t in = 0, out = 0;
        for (const auto& layer : layers) {
            in = std::max(in, layer.in);
            out = std::max(out, layer.out);
        }
        return {in, out};
    }

  protected:
    Result<std::vector<Own>> addedTo(const Settings& settings, const LinearModule& layer) const override {
        return std::vector<Own>{{"vera_lambda_d", {integerSetting(settings, "rank", 256)}},
                                {"vera_lambda_b", {layer.out}}};
    }

    MethodPlan::Kept keptOf(const Settings& settings, const LinearModule& layer) const override {
        // The frozen pair's products are kept for the vectors that scale them.
        const bool drops = numberSetting(settings, "dropout", 0) > 0;
        return {.module = layer.name,
                .numbers = integerSetting(settings, "rank", 256) + layer.out + (drops ? layer.in : 0),
                .momentary = 3 * layer.out};
    }
    Maker maker(const Settings& settings, const Layers& layers, at::Generator) const override {
        const auto [in, out] = largest(layers);
        auto shared = std::make_shared<SharedPair>();
        return [settings, in = in, out = out, shared](const LinearModule& layer,
                                                      const Projection& projection) {
            if (!shared->a.defined())
                *shared = drawPair(integerSetting(settings, "rank", 256), in, out,
                                   static_cast<uint64_t>(integerSetting(settings, "projection_seed", 0)),
                                   projection.weight.device());
            return std::make_shared<VeraAdapter>(layer, *shared, numberSetting(settings, "d_initial", 0.1),
                                                 numberSetting(settings, "dropout", 0));
        };
    }

    int64_t storedBeside(const Settings& settings, const Layers& layers) const override {
        const auto [in, out] = largest(layers);
        return integerSetting(settings, "rank", 256) * (in + out);
    }

    OrderedJson ownConfig(const Settings& settings, const ModelShape&) const override {
        const std::string bias = textSetting(settings, "bias", "none");
        return {{"bias", bias == "lora_only" ? "vera_only" : bias},
                {"d_initial", numberSetting(settings, "d_initial", 0.1)},
                {"init_weights", true},
                {"projection_prng_key", integerSetting(settings, "projection_seed", 0)},
                {"r", integerSetting(settings, "rank", 256)},
                {"save_projection", true},
                {"vera_dropout", numberSetting(settings, "dropout", 0)}};
    }

    Result<void> readOwnConfig(const ConfigView& config, Settings& settings) const override {
        if (textSetting(settings, "bias", "none") == "vera_only") settings["bias"] = std::string("lora_only");
        LATHE_TRY(settings["rank"], config.sizeOr("r", 256, 16384));
        LATHE_TRY(settings["dropout"], config.numberOr("vera_dropout", 0, 0, 0.99));
        LATHE_TRY(settings["d_initial"], config.numberOr("d_initial", 0.1, 0, 100));
        LATHE_TRY(settings["projection_seed"], config.sizeOr("projection_prng_key", 0, 4294967295, 0));
        LATHE_TRY(settings[kPairStored], config.flagOr("save_projection", true));
        return {};
    }
    KnownKeys knownKeys() const override { return peftKeys({"init_weights"}); }
};

}  // namespace

const AdapterMethod& veraMethod() {
    static const VeraMethod method;
    return method;
}

}  // namespace lathe
