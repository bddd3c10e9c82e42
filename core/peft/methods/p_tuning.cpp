// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/p_tuning.h"

#include <ATen/CPUGeneratorImpl.h>

#include "core/peft/methods/dense_layer.h"
#include "core/peft/prompt_method.h"

namespace lathe {
namespace {

struct Sizes {
    int64_t tokens, size, inner;
};

/// Embedding → (Linear → ReLU) twice → Linear.
class MlpPrompt : public SoftPrompt {
  public:
    MlpPrompt(const Sizes& sizes, at::Generator generator, at::Device device)
        : SoftPrompt(sizes.tokens, Place::Embeddings) {
        auto holder = register_module("prompt_encoder", std::make_shared<torch::nn::Module>());
        auto embedding = holder->register_module("embedding", std::make_shared<torch::nn::Module>());
        m_start = embedding->register_parameter(
            "weight", at::empty({sizes.tokens, sizes.size}, at::kFloat).normal_(0, 1, generator).to(device));
        auto head = holder->register_module("mlp_head", std::make_shared<torch::nn::Module>());
        const auto layer = [&](const char* name, int64_t in, int64_t out) {
            return head->register_module(name, std::make_shared<DenseLayer>(in, out, generator, device));
        };
        m_layers = {layer("0", sizes.size, sizes.inner), layer("2", sizes.inner, sizes.inner),
                    layer("4", sizes.inner, sizes.size)};
    }
    at::Tensor vectors() override {
        const at::Tensor first = at::relu(m_layers[0]->forward(m_start));
        return m_layers[2]->forward(at::relu(m_layers[1]->forward(first)));
    }

  private:
    at::Tensor m_start;
    std::vector<std::shared_ptr<DenseLayer>> m_layers;
};

/// Embedding → LSTM in both directions, two layers deep → Linear → ReLU → Linear.
class LstmPrompt : public SoftPrompt {
  public:
    LstmPrompt(const Sizes& sizes, at::Generator generator, at::Device device)
        : SoftPrompt(sizes.tokens, Place::Embeddings), m_inner(sizes.inner) {
        auto holder = register_module("prompt_encoder", std::make_shared<torch::nn::Module>());
        auto embedding = holder->register_module("embedding", std::make_shared<torch::nn::Module>());
        m_start = embedding->register_parameter(
            "weight", at::empty({sizes.tokens, sizes.size}, at::kFloat).normal_(0, 1, generator).to(device));
        auto lstm = holder->register_module("lstm_head", std::make_shared<torch::nn::Module>());
        const double bound = 1 / std::sqrt(double(sizes.inner));
        for (const auto& [name, shape] : lstmShapes(sizes))
            m_weights.push_back(lstm->register_parameter(
                name, at::empty(shape, at::kFloat).uniform_(-bound, bound, generator).to(device)));
        auto head = holder->register_module("mlp_head", std::make_shared<torch::nn::Module>());
        m_first = head->register_module(
            "0", std::make_shared<DenseLayer>(2 * sizes.inner, 2 * sizes.inner, generator, device));
        m_second = head->register_module(
            "2", std::make_shared<DenseLayer>(2 * sizes.inner, sizes.size, generator, device));
    }

    /// The parameters as torch names and orders them.
    static std::vector<std::pair<std::string, std::vector<int64_t>>> lstmShapes(const Sizes& sizes) {
        std::vector<std::pair<std::string, std::vector<int64_t>>> list;
        for (int layer = 0; layer < kLayers; ++layer)
            for (const char* direction : {"", "_reverse"}) {
                const std::string end = "_l" + std::to_string(layer) + direction;
                const int64_t in = layer == 0 ? sizes.size : 2 * sizes.inner, gates = 4 * sizes.inner;
                list.push_back({"weight_ih" + end, {gates, in}});
                list.push_back({"weight_hh" + end, {gates, sizes.inner}});
                list.push_back({"bias_ih" + end, {gates}});
                list.push_back({"bias_hh" + end, {gates}});
            }
        return list;
    }

    at::Tensor vectors() override {
        const at::Tensor zeros = at::zeros({2 * kLayers, 1, m_inner}, m_start.options());
        const at::Tensor out = std::get<0>(at::lstm(m_start.unsqueeze(0), {zeros, zeros}, m_weights,
                                                    /*has_biases=*/true, kLayers, /*dropout=*/0,
                                                    /*train=*/at::GradMode::is_enabled(),
                                                    /*bidirectional=*/true, /*batch_first=*/true));
        return m_second->forward(at::relu(m_first->forward(out.squeeze(0))));
    }

  private:
    static constexpr int kLayers = 2;
    int64_t m_inner;
    at::Tensor m_start;
    std::vector<at::Tensor> m_weights;
    std::shared_ptr<DenseLayer> m_first, m_second;
};

class PTuning : public PromptMethod {
  public:
    PTuning() : PromptMethod("p_tuning", SoftPrompt::Place::Embeddings) {
        m_entry.title = "P-tuning";
        m_entry.help =
            "Prompt tuning whose vectors come from a small network while training, which helps them agree "
            "with each "
            "other; only the vectors are kept.";
        m_entry.learningRate = 1e-2;
        m_entry.formula = "[MLP(P); E(x)]";
        m_entry.fields = {
            virtualTokensField(20),
            {"encoder",
             FieldKind::Choice,
             std::string("mlp"),
             {},
             {},
             {"mlp", "lstm", "none"},
             "The network that makes the vectors; none once they are finished.",
             false},
            {"encoder_hidden",
             FieldKind::Integer,
             int64_t(0),
             0.0,
             65536.0,
             {},
             "Its inner size; 0 stands for the base's hidden size. Usual: 128 to 1024.",
             true},
        };
    }
    std::string peftType() const override { return "P_TUNING"; }

  protected:
    std::vector<std::pair<std::string, std::vector<int64_t>>> parameters(
        const Settings& settings, const ModelShape& shape) const override {
        const Sizes own = sizes(settings, shape);
        std::vector<std::pair<std::string, std::vector<int64_t>>> list{
            {"embedding.weight", {own.tokens, own.size}}};
        const auto dense = [&](const std::string& name, int64_t in, int64_t out) {
            list.push_back({name + ".weight", {out, in}});
            list.push_back({name + ".bias", {out}});
        };
        const std::string encoder = textSetting(settings, "encoder", "mlp");
        if (encoder == "mlp") {
            dense("mlp_head.0", own.size, own.inner);
            dense("mlp_head.2", own.inner, own.inner);
            dense("mlp_head.4", own.inner, own.size);
        } else if (encoder == "lstm") {
            for (const auto& [name, size] : LstmPrompt::lstmShapes(own))
                list.push_back({"lstm_head." + name, size});
            dense("mlp_head.0", 2 * own.inner, 2 * own.inner);
            dense("mlp_head.2", 2 * own.inner, own.size);
        }
        return list;
    }

    Result<std::shared_ptr<SoftPrompt>> make(const Settings& settings, LanguageModel& model,
                                             const AttachContext& context) const override {
        const Sizes own = sizes(settings, model.shape());
        const at::Device device = model.wordEmbeddings().device();
        at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(context.seed);
        const std::string encoder = textSetting(settings, "encoder", "mlp");
        if (encoder == "mlp")
            return std::shared_ptr<SoftPrompt>(std::make_shared<MlpPrompt>(own, generator, device));
        if (encoder == "lstm")
            return std::shared_ptr<SoftPrompt>(std::make_shared<LstmPrompt>(own, generator, device));
        const at::Tensor start = at::empty({own.tokens, own.size}, at::kFloat).normal_(0, 1, generator);
        return std::shared_ptr<SoftPrompt>(std::make_shared<PlainSoftPrompt>(start.to(device), m_place));
    }

    OrderedJson ownConfig(const Settings& settings, const ModelShape& shape) const override {
        return {{"encoder_reparameterization_type",
                 textSetting(settings, "encoder", "mlp") == "lstm" ? "LSTM" : "MLP"},
                {"encoder_hidden_size", sizes(settings, shape).inner},
                {"encoder_num_layers", 2},
                {"encoder_dropout", 0.0}};
    }
    void asFinished(Settings& settings) const override { settings["encoder"] = std::string("none"); }
    std::set<std::string> makingKeys() const override {
        return {"encoder_dropout", "encoder_hidden_size", "encoder_num_layers",
                "encoder_reparameterization_type"};
    }

  private:
    static Sizes sizes(const Settings& settings, const ModelShape& shape) {
        const int64_t inner = integerSetting(settings, "encoder_hidden", 0);
        return {integerSetting(settings, "virtual_tokens", 20), shape.hidden,
                inner > 0 ? inner : shape.hidden};
    }
};

}  // namespace

const AdapterMethod& pTuningMethod() {
    static const PTuning method;
    return method;
}

}  // namespace lathe
