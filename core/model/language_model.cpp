// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/language_model.h"

#include <algorithm>
#include <span>

#include "core/ops/activation_checkpoint.h"

namespace lathe {
namespace {

constexpr double kInitialSpread = 0.02;

std::string shapeText(const std::vector<int64_t>& shape) {
    std::string text;
    for (const int64_t size : shape) text += (text.empty() ? "" : " x ") + std::to_string(size);
    return text.empty() ? "a single number" : text;
}

bool endsWith(const std::string& text, const std::string& end) {
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// A head made for the task may be new; any other head and any part of the body may not.
bool mayBeNew(const ParameterShape& parameter, const ModelShape& shape) {
    return parameter.isHead && shape.trainsHead();
}

void initialise(at::Tensor& parameter, const ParameterShape& about, at::Generator& generator) {
    if (about.isNorm) {
        parameter.fill_(endsWith(about.name, ".bias") ? 0 : 1);
    } else if (endsWith(about.name, ".bias")) {
        parameter.zero_();
    } else {
        parameter.copy_(at::empty(parameter.sizes()).normal_(0, kInitialSpread, generator));
    }
}

Result<void> readInto(at::Tensor& parameter, const TensorInfo& info, const WeightSource& weights) {
    const bool direct =
        parameter.device().is_cpu() && parameter.scalar_type() == at::kFloat && parameter.is_contiguous();
    at::Tensor values = direct ? parameter : at::empty(parameter.sizes(), at::kFloat);
    LATHE_TRY_VOID(weights.readFloat(info, std::span(values.data_ptr<float>(), size_t(values.numel()))));
    if (!direct) parameter.copy_(values);
    return {};
}

}  // namespace

const TensorInfo* tensorOf(const ParameterShape& parameter, const WeightSource& weights) {
    std::vector<std::string> names{parameter.name};
    if (!parameter.isHead) names.push_back(parameter.name.substr(parameter.name.find('.') + 1));
    if (parameter.isNorm) {
        for (size_t i = 0, count = names.size(); i < count; ++i) {
            if (endsWith(names[i], ".weight"))
                names.push_back(names[i].substr(0, names[i].size() - 6) + "gamma");
            if (endsWith(names[i], ".bias"))
                names.push_back(names[i].substr(0, names[i].size() - 4) + "beta");
        }
    }
    for (const std::string& name : names) {
        if (const TensorInfo* info = weights.find(name)) return info;
    }
    return nullptr;
}

const char* classSuffix(HeadKind head) {
    switch (head) {
        case HeadKind::Body:
            return "Model";
        case HeadKind::LanguageModel:
            return "ForCausalLM";
        case HeadKind::MaskedLanguageModel:
            return "ForMaskedLM";
        case HeadKind::SequenceToSequence:
            return "ForConditionalGeneration";
        case HeadKind::SequenceClassification:
            return "ForSequenceClassification";
        case HeadKind::TokenClassification:
            return "ForTokenClassification";
    }
    LATHE_CHECK(!"a head of no kind");
    return "";
}

void listJoins(ModelShape& shape, const std::string& block, int index, const std::string& attention,
               const std::string& feedForward) {
    shape.joins.push_back({block + attention, index, false});
    shape.joins.push_back({block + feedForward, index, true});
}

void KeyValueCache::keepRows(const at::Tensor& rows) {
    const auto keep = [&](at::Tensor& tensor) {
        if (tensor.defined()) tensor = tensor.index_select(0, rows);
    };
    for (Layer& layer : layers)
        for (at::Tensor* tensor : {&layer.keys, &layer.values, &layer.memoryKeys, &layer.memoryValues})
            keep(*tensor);
    keep(memory);
    keep(memoryMask);
    keep(lengths);
}

void LanguageModel::setShape(const ModelShape& shape) {
    LATHE_CHECK(shape.head == m_shape.head && shape.parameters.size() == m_shape.parameters.size());
    m_shape = shape;
}

LanguageHead LanguageModel::languageHead() {
    LATHE_CHECK(!"the model has no language head");
    return {};
}

at::Tensor LanguageModel::step(const at::Tensor& /*ids*/, KeyValueCache& /*cache*/) {
    LATHE_CHECK(!"an encoder does not generate");
    return {};
}

at::Tensor LanguageModel::classify(const at::Tensor& /*hidden*/, const Batch& /*batch*/) {
    LATHE_CHECK(!"the model has no classification head");
    return {};
}

void LanguageModel::readSource(const Batch& /*source*/, KeyValueCache& /*cache*/) {
    LATHE_CHECK(!"the model has no encoder of its own");
}

at::Tensor LanguageModel::throughBlock(std::function<at::Tensor(const std::vector<at::Tensor>&)> block,
                                       const std::vector<at::Tensor>& inputs) const {
    return m_checkpointing && at::GradMode::is_enabled() ? checkpoint(std::move(block), inputs)
                                                         : block(inputs);
}

at::Tensor headLogits(LanguageModel& model, const Batch& batch) {
    return headLogits(model, model.hidden(batch), batch);
}

at::Tensor headLogits(LanguageModel& model, const at::Tensor& hidden, const Batch& batch) {
    switch (model.shape().head) {
        case HeadKind::Body:
            return hidden;
        case HeadKind::SequenceClassification:
        case HeadKind::TokenClassification:
            return model.classify(hidden, batch);
        case HeadKind::LanguageModel:
        case HeadKind::MaskedLanguageModel:
        case HeadKind::SequenceToSequence:
            return languageLogits(hidden, model.languageHead());
    }
    return {};
}

bool Architecture::canHave(HeadKind head) const {
    return std::find(heads.begin(), heads.end(), head) != heads.end();
}

std::vector<HeadKind> encoderHeads() {
    return {HeadKind::Body, HeadKind::MaskedLanguageModel, HeadKind::SequenceClassification,
            HeadKind::TokenClassification};
}

Result<void> checkHead(const std::vector<HeadKind>& heads, const HeadChoice& head, const std::string& title) {
    if (std::find(heads.begin(), heads.end(), head.kind) != heads.end()) return {};
    return Error{ErrorCode::Unsupported, title + " cannot have this head", "config.json",
                 "choose another base or another task"};
}

std::vector<std::pair<std::string, std::shared_ptr<Projection>>> LanguageModel::projections() {
    std::vector<std::pair<std::string, std::shared_ptr<Projection>>> found;
    for (const auto& item : named_modules("", /*include_self=*/false)) {
        if (auto projection = std::dynamic_pointer_cast<Projection>(item.value())) {
            found.emplace_back(item.key(), std::move(projection));
        }
    }
    return found;
}

int64_t LanguageModel::parameterCount() {
    int64_t count = 0;
    for (const at::Tensor& parameter : parameters()) count += parameter.numel();
    for (const auto& [name, projection] : projections())
        if (projection->isPacked()) count += projection->in() * projection->out();
    return count;
}

std::map<std::string, std::shared_ptr<ResidualJoin>> LanguageModel::joins() {
    std::map<std::string, std::shared_ptr<ResidualJoin>> found;
    for (const auto& item : named_modules("", /*include_self=*/false))
        if (auto join = std::dynamic_pointer_cast<ResidualJoin>(item.value()))
            found.emplace(item.key(), join);
    return found;
}

std::map<std::string, std::shared_ptr<Lookup>> LanguageModel::lookups() {
    std::map<std::string, std::shared_ptr<Lookup>> found;
    for (const auto& item : named_modules("", /*include_self=*/false))
        if (auto lookup = std::dynamic_pointer_cast<Lookup>(item.value())) found.emplace(item.key(), lookup);
    return found;
}

std::vector<AdapterPlace*> LanguageModel::places() {
    std::vector<AdapterPlace*> found{this};
    for (const auto& module : modules(/*include_self=*/false))
        if (auto* place = dynamic_cast<AdapterPlace*>(module.get())) found.push_back(place);
    return found;
}

int64_t LanguageModel::promptTokens() const {
    const SoftPrompt* prompt = active();
    return prompt && prompt->place() == SoftPrompt::Place::Embeddings ? prompt->length() : 0;
}

int64_t LanguageModel::prefixTokens() const {
    const SoftPrompt* prompt = active();
    return prompt && prompt->place() == SoftPrompt::Place::KeysAndValues ? prompt->length() : 0;
}

at::Tensor LanguageModel::behindPrompt(const at::Tensor& x) const {
    if (promptTokens() == 0) return x;
    const at::Tensor front = active()->vectors().to(x.scalar_type()).unsqueeze(0);
    return at::cat({front.expand({x.size(0), -1, -1}), x}, 1);
}

std::vector<KeysAndValues> LanguageModel::prefixes() const {
    if (prefixTokens() == 0) return std::vector<KeysAndValues>(size_t(m_shape.blocks));
    return byBlock(active()->vectors(), m_shape.blocks, m_shape.kvHeads, m_shape.headDim);
}

Result<void> checkWeights(const ModelShape& shape, const WeightSource& weights) {
    for (const ParameterShape& parameter : shape.parameters) {
        const TensorInfo* info = tensorOf(parameter, weights);
        if (!info) {
            if (mayBeNew(parameter, shape)) continue;
            const bool pooler = parameter.name.find(".pooler.") != std::string::npos;
            return Error{
                ErrorCode::ModelMismatch, "the weights lack this tensor", parameter.name,
                pooler ? "the checkpoint of a masked language model has no pooler, which reads a text as "
                         "a whole: take a base with one, or train this one to fill in or to tag words"
                       : "the file may be incomplete or belong to another model than its config.json"};
        }
        if (info->shape != parameter.shape) {
            return Error{ErrorCode::ModelMismatch,
                         "the weights hold " + shapeText(info->shape) + " where config.json asks for " +
                             shapeText(parameter.shape),
                         info->name, "the file may belong to another model than its config.json"};
        }
    }
    return {};
}

Result<std::vector<std::string>> loadWeights(LanguageModel& model, const WeightSource& weights, uint64_t seed,
                                             const BaseQuantization& quantization) {
    at::NoGradGuard noGrad;
    const ModelShape& shape = model.shape();
    LATHE_TRY_VOID(checkWeights(shape, weights));
    auto parameters = model.named_parameters();
    at::Generator generator = at::detail::createCPUGenerator(seed);
    std::map<std::string, std::shared_ptr<Projection>> toPack;
    if (quantization.kind != Quantization::None)
        for (auto& [name, projection] : model.projections()) toPack.emplace(name + ".weight", projection);
    std::vector<std::string> fresh;
    for (const ParameterShape& about : shape.parameters) {
        at::Tensor& parameter = parameters[about.name];
        if (const TensorInfo* info = tensorOf(about, weights)) {
            LATHE_TRY_VOID(readInto(parameter, *info, weights));
        } else {
            initialise(parameter, about, generator);
            fresh.push_back(about.name);
        }
        const auto packed = toPack.find(about.name);
        if (packed != toPack.end() && about.isLinear && !quantization.plain.count(about.name)) {
            parameter.set_requires_grad(false);
            packed->second->pack(quantization.kind);
        }
    }
    return fresh;
}

void initialiseWeights(LanguageModel& model, uint64_t seed) {
    at::NoGradGuard noGrad;
    auto parameters = model.named_parameters();
    at::Generator generator = at::detail::createCPUGenerator(seed);
    for (const ParameterShape& about : model.shape().parameters)
        initialise(parameters[about.name], about, generator);
}

}  // namespace lathe
