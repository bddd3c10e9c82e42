// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/export/lora_mix.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/peft/methods/lora.h"

namespace lathe {
namespace {

constexpr int64_t kMaxRank = 4096;  ///< that a LoRA's settings may have

/// What all parts add to one layer: the pairs side by side, weights and scalings in A; double.
struct Layer {
    LinearModule about;
    std::vector<at::Tensor> a, b;    ///< (rank, in), (out, rank)
    std::vector<std::string> parts;  ///< whose they are
};

struct Pair {
    at::Tensor a, b;
    double all = 0, kept = 0;  ///< squared singular values
};

Error notMixed(const std::string& what, const std::string& adapter) {
    return {ErrorCode::Unsupported, "only plain LoRA adapters can be mixed into one: " + what, adapter,
            "put them on together with --adapter and --adapter-weight instead"};
}

/// Whether the set's adapter is one LoRA that trains nothing of the base but a new head.
Result<void> checkPart(const AdapterSet& set, const ModelShape& shape, const std::string& name) {
    const auto& methods = set.methods(name);
    if (methods.size() != 1 || methods.front().name != "lora")
        return notMixed("this one is another kind", name);
    for (const std::string& parameter : set.replaced(name)) {
        const auto about = std::find_if(shape.parameters.begin(), shape.parameters.end(),
                                        [&](const ParameterShape& p) { return p.name == parameter; });
        if (about == shape.parameters.end() || !about->isHead || !shape.trainsHead())
            return notMixed("this one brings its own " + parameter, name);
    }
    return {};
}

Result<std::vector<Layer>> layersOf(const AdapterSet& set, LanguageModel& model,
                                    const std::vector<AdapterShare>& parts) {
    std::vector<std::pair<LinearModule, const AdapterPlace*>> places;
    const auto lookups = model.lookups();
    for (const LinearModule& module : embeddingModules(model.shape()))
        places.emplace_back(module, lookups.at(module.name).get());
    std::map<std::string, LinearModule> known;
    for (const LinearModule& module : linearModules(model.shape())) known.emplace(module.name, module);
    if (const auto head = languageHeadModule(model.shape())) known.emplace(head->name, *head);
    for (const auto& [name, projection] : model.projections())
        if (const auto it = known.find(name); it != known.end())
            places.emplace_back(it->second, projection.get());
    std::vector<Layer> layers;
    for (const auto& [module, place] : places) {
        Layer layer;
        for (const AdapterShare& part : parts) {
            const auto content = set.content(part.name, place);
            if (!content) continue;
            const auto* adapter = dynamic_cast<const LowRankPair*>(content.get());
            if (!adapter) return notMixed("this one is another kind", part.name);
            const auto [a, b] = adapter->plainPair();
            layer.a.push_back(a.detach().to(at::kDouble) * (part.weight * adapter->ownScaling()));
            layer.b.push_back(b.detach().to(at::kDouble));
            layer.parts.push_back(part.name);
        }
        if (layer.a.empty()) continue;
        layer.about = module;
        layers.push_back(std::move(layer));
    }
    return layers;
}

/// `a` and `b` filled up with zeros to `rank`.
Pair padded(const at::Tensor& a, const at::Tensor& b, int64_t rank) {
    const int64_t missing = rank - a.size(0);
    if (missing == 0) return {a, b};
    return {at::cat({a, at::zeros({missing, a.size(1)}, a.options())}, 0),
            at::cat({b, at::zeros({b.size(0), missing}, b.options())}, 1)};
}

/// U·Σ and Vᵀ of B·A, cut to `rank`. The singular values are those of a small core: B = Qb·Rb, Aᵀ = Qa·Ra,
/// and B·A = Qb·(Rb·Raᵀ)·Qaᵀ.
Pair largestParts(const at::Tensor& a, const at::Tensor& b, int64_t rank) {
    const auto [qb, rb] = at::linalg_qr(b);
    const auto [qa, ra] = at::linalg_qr(a.t());
    const auto [u, s, v] = at::linalg_svd(at::mm(rb, ra.t()), /*full_matrices=*/false);
    const int64_t kept = std::min(rank, s.size(0));
    const at::Tensor scaled = u.narrow(1, 0, kept) * s.narrow(0, 0, kept);
    Pair pair = padded(at::mm(v.narrow(0, 0, kept), qa.t()), at::mm(qb, scaled), rank);
    pair.all = s.square().sum().item<double>();
    pair.kept = s.narrow(0, 0, kept).square().sum().item<double>();
    return pair;
}

/// target_modules that name exactly these layers: the parts' own names where that works, else every layer.
std::vector<std::string> targetsOf(const AdapterSet& set, const ModelShape& shape,
                                   const std::vector<AdapterShare>& parts, const std::vector<Layer>& layers) {
    std::vector<std::string> wanted, names;
    for (const Layer& layer : layers) wanted.push_back(layer.about.name);
    for (const AdapterShare& part : parts) {
        auto own = listSetting(set.methods(part.name).front().values, "target_modules");
        if (own.empty()) own = shape.defaultTargets;
        for (const std::string& name : own)
            if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    std::vector<std::string> reached;
    if (const auto selected = selectTargets(names, shape); selected.ok())
        for (const LinearModule& module : selected.value().layers) reached.push_back(module.name);
    std::sort(reached.begin(), reached.end());
    std::vector<std::string> sorted = wanted;
    std::sort(sorted.begin(), sorted.end());
    return reached == sorted ? names : wanted;
}

/// The rank of the mix, by PEFT's rule: the sum of the parts' (largest) ranks, or the largest of them when
/// none is asked for.
Result<int64_t> rankOf(const std::vector<Layer>& layers, const MixSettings& how) {
    std::map<std::string, int64_t> ranks;
    for (const Layer& layer : layers)
        for (std::size_t i = 0; i < layer.parts.size(); ++i) {
            int64_t& largest = ranks[layer.parts[i]];
            largest = std::max(largest, layer.a[i].size(0));
        }
    int64_t sum = 0, largest = 0;
    for (const auto& [part, own] : ranks) {
        sum += own;
        largest = std::max(largest, own);
    }
    const int64_t rank = how.kind == MixKind::Concatenation ? sum : how.rank > 0 ? how.rank : largest;
    if (rank < 1 || rank > kMaxRank)
        return Error{ErrorCode::BadArgument, "the mix would have the rank " + std::to_string(rank), "rank",
                     "a rank is 1 to " + std::to_string(kMaxRank) + "; svd takes any of them"};
    return rank;
}

}  // namespace

std::optional<MixKind> mixKindNamed(const std::string& name) {
    if (name == "cat") return MixKind::Concatenation;
    if (name == "svd") return MixKind::SingularValues;
    return {};
}

Result<LoraMix> mixLora(AdapterSet& set, LanguageModel& model, const std::vector<AdapterShare>& parts,
                        const MixSettings& how, const std::string& name) {
    if (parts.empty()) return Error{ErrorCode::BadArgument, "there are no adapters to mix", "", "name some"};
    // The parts together say which head the new adapter has, and its shape.
    const auto before = set.chosen();
    LATHE_TRY_VOID(set.choose(parts));
    const ModelShape shape = model.shape();
    std::map<std::string, at::Tensor> heads;
    for (const auto& item : model.named_parameters())
        for (const AdapterShare& part : parts)
            for (const std::string& parameter : set.replaced(part.name))
                if (parameter == item.key()) heads[parameter] = item.value().variable_data();
    LATHE_TRY_VOID(set.choose(before));
    for (const AdapterShare& part : parts) LATHE_TRY_VOID(checkPart(set, shape, part.name));

    const at::NoGradGuard noGrad;
    LATHE_TRY(const auto layers, layersOf(set, model, parts));
    LoraMix mix;
    LATHE_TRY(mix.rank, rankOf(layers, how));
    mix.layers = static_cast<int64_t>(layers.size());
    mix.settings = defaultSettings(loraMethod().entry());
    mix.settings.values["rank"] = mix.rank;
    mix.settings.values["alpha"] = static_cast<double>(mix.rank);
    mix.settings.values["target_modules"] = targetsOf(set, shape, parts, layers);

    std::map<std::string, Pair> pairs;
    double all = 0, kept = 0;
    for (const Layer& layer : layers) {
        const at::Tensor a = at::cat(layer.a, 0), b = at::cat(layer.b, 1);
        Pair pair =
            how.kind == MixKind::Concatenation ? padded(a, b, mix.rank) : largestParts(a, b, mix.rank);
        all += pair.all;
        kept += pair.kept;
        pairs.emplace(layer.about.name, std::move(pair));
    }
    mix.kept = all > 0 ? kept / all : 1;
    LATHE_TRY_VOID(set.make(name, {{&loraMethod(), mix.settings}}, shape, {}, [&](LanguageModel& fresh) {
        for (auto& item : fresh.named_parameters()) {
            if (const auto head = heads.find(item.key()); head != heads.end())
                item.value().copy_(head->second);
            for (const std::string end :
                 {".lora_A.weight", ".lora_B.weight", ".lora_embedding_A", ".lora_embedding_B"}) {
                if (!item.key().ends_with(end)) continue;
                const Pair& pair = pairs.at(item.key().substr(0, item.key().size() - end.size()));
                item.value().copy_(end.find("_A") != std::string::npos ? pair.a : pair.b);
            }
        }
    }));
    return mix;
}

}  // namespace lathe
