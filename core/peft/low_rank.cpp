// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/low_rank.h"

#include <cmath>

#include "core/ops/lora_linear.h"

namespace lathe {

LoraSettings::LoraSettings(const Settings& values)
    : rank(integerSetting(values, "rank", 8)),
      alpha(numberSetting(values, "alpha", 16)),
      dropout(numberSetting(values, "dropout", 0)),
      rankStabilised(boolSetting(values, "use_rslora", false)),
      init(textSetting(values, "init", "default")) {
}

Result<LoraSettings> LoraSettings::of(const Settings& values, const std::string& layer) const {
    LoraSettings own = *this;
    LATHE_TRY(const auto ownRank, patternValue(values, "rank_pattern", layer));
    LATHE_TRY(const auto ownAlpha, patternValue(values, "alpha_pattern", layer));
    if (ownRank && *ownRank != std::floor(*ownRank))
        return Error{ErrorCode::RecipeInvalid, "a rank is a whole number", "method.rank_pattern", ""};
    if (ownRank) own.rank = static_cast<int64_t>(*ownRank);
    if (ownAlpha) own.alpha = *ownAlpha;
    return own;
}

double LoraSettings::scaling() const {
    const double r = static_cast<double>(rank);
    return alpha / (rankStabilised ? std::sqrt(r) : r);
}

bool hasPatterns(const Settings& values) {
    for (const char* key : {"rank_pattern", "alpha_pattern"}) {
        const auto it = values.find(key);
        const auto* pattern = it == values.end() ? nullptr : std::get_if<NamedTexts>(&it->second);
        if (pattern && !pattern->empty()) return true;
    }
    return false;
}

std::vector<Field> loraFields() {
    const NamedTexts none;
    return {
        {"rank",
         FieldKind::Integer,
         int64_t(8),
         1.0,
         4096.0,
         {},
         "The inner size r of B·A: how much the change can express. Usual: 4 to 64.",
         false},
        {"alpha",
         FieldKind::Number,
         16.0,
         0.0,
         65536.0,
         {},
         "The change is scaled by alpha / rank. Usual: rank to twice the rank.",
         false},
        {"dropout",
         FieldKind::Number,
         0.0,
         0.0,
         0.99,
         {},
         "Share of the inputs of A left out while training. Usual: 0 to 0.1.",
         false},
        {"use_rslora",
         FieldKind::Bool,
         false,
         {},
         {},
         {},
         "Scale by alpha / √rank instead, steadier at high ranks.",
         true},
        {"rank_pattern",
         FieldKind::NameMap,
         none,
         {},
         {},
         {},
         "Other ranks for some layers, by name: {v_proj: 16}; of names that fit a layer the first counts.",
         true},
        {"alpha_pattern",
         FieldKind::NameMap,
         none,
         {},
         {},
         {},
         "Other alphas for some layers, by name: {v_proj: 32}; of names that fit a layer the first counts.",
         true},
        {kEnsureTying,
         FieldKind::Bool,
         false,
         {},
         {},
         {},
         "For a base whose head shares its table with the embedding: when modules_to_save names one of the "
         "two, "
         "train both as one. Otherwise they part.",
         true},
        {"init",
         FieldKind::Choice,
         std::string("default"),
         {},
         {},
         {"default", "gaussian", "pissa", "olora"},
         "How A and B start: as in PEFT (B at 0), A normal, or from the base's largest singular values "
         "(pissa) "
         "or its QR factors (olora), which often learn faster.",
         true},
    };
}

LowRankFactor::LowRankFactor(int64_t rows, int64_t columns, at::Device device) {
    weight = register_parameter(
        "weight", at::zeros({rows, columns}, at::TensorOptions().dtype(at::kFloat).device(device)));
}

LoraAdapter::LoraAdapter(const LinearModule& layer, const LoraSettings& settings, at::Device device)
    : m_a(register_module("lora_A", std::make_shared<LowRankFactor>(settings.rank, layer.in, device))),
      m_b(register_module("lora_B", std::make_shared<LowRankFactor>(layer.out, settings.rank, device))),
      m_scaling(settings.scaling()),
      m_dropout(settings.dropout) {
}

at::Tensor LoraAdapter::forward(const at::Tensor& x, const LinearWeight& weight, const at::Tensor& bias) {
    if (!m_startA.defined()) return loraLinear(x, weight, bias, a(), b(), scaling(), dropout());
    const auto [wideA, wideB] = plainPair();
    return loraLinear(x, weight, bias, wideA, wideB, scaling(), dropout());
}

at::Tensor LoraAdapter::change() const {
    const auto [wideA, wideB] = plainPair();
    return scaling() * at::mm(wideB, wideA);
}

at::Tensor LoraAdapter::mergedWeight(const at::Tensor& weight) const {
    return weight.to(at::kFloat) + change();
}

at::Tensor LoraAdapter::branch(const at::Tensor& x) const {
    const auto [wideA, wideB] = plainPair();
    const auto type = x.scalar_type();
    return at::linear(at::linear(x, wideA.to(type)), wideB.to(type)).mul(scaling());
}

std::optional<ThinProduct> LoraAdapter::product(const at::Tensor& x) const {
    const auto [wideA, wideB] = plainPair();
    const auto type = x.scalar_type();
    const at::Tensor dropped = dropout() > 0 ? at::dropout(x, dropout(), true) : x;
    return ThinProduct{at::linear(dropped, wideA.to(type)).mul(scaling()), wideB.to(type)};
}

std::pair<at::Tensor, at::Tensor> LoraAdapter::plainPair() const {
    if (!m_startA.defined()) return {a(), b()};
    return {at::cat({a(), m_startA}, 0), at::cat({b(), -m_startB}, 1)};
}

void LoraAdapter::initialise(const std::string& init, const at::Tensor& weight,
                             const at::Generator& generator) {
    const torch::NoGradGuard guard;
    const double rank = static_cast<double>(a().size(0)), in = static_cast<double>(a().size(1));
    if (init == "pissa" || init == "olora") {
        const int64_t r = std::min(a().size(0), std::min(weight.size(0), weight.size(1)));
        const at::Tensor base = weight.detach().to(at::kFloat);
        at::Tensor left, right;  // B (out, r) and A (r, in) at the start
        if (init == "pissa") {
            const auto [u, s, v] = at::linalg_svd(base, /*full_matrices=*/false);
            const at::Tensor root = s.narrow(0, 0, r).div(m_scaling).sqrt();
            left = u.narrow(1, 0, r) * root;
            right = root.unsqueeze(1) * v.narrow(0, 0, r);
        } else {
            const auto [q, upper] = at::linalg_qr(base);
            left = q.narrow(1, 0, r);
            right = upper.narrow(0, 0, r);
        }
        m_a->weight.narrow(0, 0, r).copy_(right);
        m_b->weight.narrow(1, 0, r).copy_(left);
        m_startA = a().detach().clone();
        m_startB = b().detach().clone();
        return;
    }
    at::Tensor values = at::empty(a().sizes(), at::kFloat);
    if (init == "gaussian")
        values.normal_(0, 1 / rank, generator);
    else
        values.uniform_(-1 / std::sqrt(in), 1 / std::sqrt(in), generator);
    m_a->weight.copy_(values);
}

LoraEmbedding::LoraEmbedding(const LinearModule& layer, const LoraSettings& settings, at::Device device,
                             at::Generator generator)
    : m_scaling(settings.scaling()) {
    const auto options = at::TensorOptions().dtype(at::kFloat).device(device);
    m_a = register_parameter("lora_embedding_A", at::zeros({settings.rank, layer.in}, options));
    const at::Tensor drawn =
        at::empty({layer.out, settings.rank}, at::kFloat).normal_(0, 1, std::move(generator));
    m_b = register_parameter("lora_embedding_B", drawn.to(device));
}

at::Tensor LoraEmbedding::branch(const at::Tensor& ids) const {
    return at::linear(at::embedding(m_a.t(), ids), m_b).mul(m_scaling * weight());
}

at::Tensor LoraEmbedding::change() const {
    return at::mm(m_b, m_a).t() * (m_scaling * weight());
}

}  // namespace lathe
