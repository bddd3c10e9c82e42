// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/prefix.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "core/peft/methods/dense_layer.h"
#include "core/peft/prompt_method.h"

namespace lathe {
namespace {

/// Embedding → Linear → tanh → Linear, so that few numbers make the many of a prefix.
class ProjectedPrefix : public SoftPrompt {
  public:
    ProjectedPrefix(int64_t tokens, int64_t size, int64_t inner, int64_t width, at::Generator generator,
                    at::Device device)
        : SoftPrompt(tokens, Place::KeysAndValues) {
        auto holder = register_module("prompt_encoder", std::make_shared<torch::nn::Module>());
        auto embedding = holder->register_module("embedding", std::make_shared<torch::nn::Module>());
        m_start = embedding->register_parameter(
            "weight", at::empty({tokens, size}, at::kFloat).normal_(0, 1, generator).to(device));
        auto transform = holder->register_module("transform", std::make_shared<torch::nn::Module>());
        m_first =
            transform->register_module("0", std::make_shared<DenseLayer>(size, inner, generator, device));
        m_second =
            transform->register_module("2", std::make_shared<DenseLayer>(inner, width, generator, device));
    }
    at::Tensor vectors() override { return m_second->forward(at::tanh(m_first->forward(m_start))); }

  private:
    at::Tensor m_start;
    std::shared_ptr<DenseLayer> m_first, m_second;
};

class Prefix : public PromptMethod {
  public:
    Prefix() : PromptMethod("prefix", SoftPrompt::Place::KeysAndValues) {
        m_entry.title = "Prefix tuning";
        m_entry.help =
            "Trained keys and values stand in front of every block's own, so that each block is steered. "
            "Stronger "
            "than prompt tuning and larger; wants a high learning rate.";
        m_entry.learningRate = 1e-2;
        m_entry.checkpoints = false;
        m_entry.formula = "[Pk; k], [Pv; v]";
        m_entry.fields = {
            virtualTokensField(20),
            {"projection",
             FieldKind::Bool,
             false,
             {},
             {},
             {},
             "Make the vectors with a small network while training, which can be steadier; the result is the "
             "same "
             "kind.",
             false},
            {"projection_hidden",
             FieldKind::Integer,
             int64_t(0),
             0.0,
             65536.0,
             {},
             "The inner size of that network; 0 stands for the size of a key. Usual: 128 to 1024.",
             true},
        };
    }
    std::string peftType() const override { return "PREFIX_TUNING"; }

  protected:
    std::vector<std::pair<std::string, std::vector<int64_t>>> parameters(
        const Settings& settings, const ModelShape& shape) const override {
        const int64_t tokens = integerSetting(settings, "virtual_tokens", 20), all = width(shape);
        if (!boolSetting(settings, "projection", false)) return {{"embedding.weight", {tokens, all}}};
        const int64_t size = shape.kvHeads * shape.headDim, inner = innerSize(settings, shape);
        return {{"embedding.weight", {tokens, size}},
                {"transform.0.weight", {inner, size}},
                {"transform.0.bias", {inner}},
                {"transform.2.weight", {all, inner}},
                {"transform.2.bias", {all}}};
    }

    Result<std::shared_ptr<SoftPrompt>> make(const Settings& settings, LanguageModel& model,
                                             const AttachContext& context) const override {
        const ModelShape& shape = model.shape();
        const int64_t tokens = integerSetting(settings, "virtual_tokens", 20);
        const at::Device device = model.wordEmbeddings().device();
        at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(context.seed);
        if (boolSetting(settings, "projection", false))
            return std::shared_ptr<SoftPrompt>(std::make_shared<ProjectedPrefix>(
                tokens, shape.kvHeads * shape.headDim, innerSize(settings, shape), width(shape), generator,
                device));
        const at::Tensor start = at::empty({tokens, width(shape)}, at::kFloat).normal_(0, 1, generator);
        return std::shared_ptr<SoftPrompt>(std::make_shared<PlainSoftPrompt>(start.to(device), m_place));
    }

    OrderedJson ownConfig(const Settings&, const ModelShape& shape) const override {
        // The folder holds the finished vectors, whatever made them.
        return {{"encoder_hidden_size", shape.kvHeads * shape.headDim}, {"prefix_projection", false}};
    }
    void asFinished(Settings& settings) const override { settings["projection"] = false; }
    std::set<std::string> makingKeys() const override {
        return {"encoder_hidden_size", "init_weights", "prefix_projection"};
    }

  private:
    static int64_t innerSize(const Settings& settings, const ModelShape& shape) {
        const int64_t inner = integerSetting(settings, "projection_hidden", 0);
        return inner > 0 ? inner : shape.kvHeads * shape.headDim;
    }
};

}  // namespace

const AdapterMethod& prefixMethod() {
    static const Prefix method;
    return method;
}

}  // namespace lathe
