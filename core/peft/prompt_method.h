// SPDX-License-Identifier: GPL-3.0-or-later
// What prompt tuning, prefix tuning and P-tuning share: vectors of a number of virtual tokens, a model that
// can take them, and PEFT's folder with the one tensor "prompt_embeddings".
#pragma once

#include <set>

#include "core/peft/method.h"

namespace lathe {

class PromptMethod : public AdapterMethod {
  public:
    const MethodEntry& entry() const override { return m_entry; }
    Result<MethodPlan> plan(const MethodSettings& settings, const ModelShape& shape) const override;
    Result<void> attach(const MethodSettings& settings, LanguageModel& model,
                        const AttachContext& context) const override;
    OrderedJson adapterConfig(const MethodSettings& settings, const ModelShape& shape,
                              const std::string& basePath) const override;
    Result<MethodSettings> settingsFromAdapter(const OrderedJson& config) const override;
    std::vector<StoredTensor> stored(const MethodSettings& settings, LanguageModel& model) const override;

  protected:
    PromptMethod(std::string name, SoftPrompt::Place place);

    /// Numbers in one virtual token's vector: the hidden size, or the keys and values of all blocks.
    int64_t width(const ModelShape& shape) const;

    /// The trained parameters, named below "prompt_encoder.".
    virtual std::vector<std::pair<std::string, std::vector<int64_t>>> parameters(
        const Settings& settings, const ModelShape& shape) const = 0;
    virtual Result<std::shared_ptr<SoftPrompt>> make(const Settings& settings, LanguageModel& model,
                                                     const AttachContext& context) const = 0;
    virtual OrderedJson ownConfig(const Settings& settings, const ModelShape& shape) const = 0;
    /// The settings of a folder, which holds the finished vectors whatever made them.
    virtual void asFinished(Settings& settings) const = 0;
    /// Keys of how the vectors were made, which change nothing once they are there.
    virtual std::set<std::string> makingKeys() const = 0;

    MethodEntry m_entry;
    SoftPrompt::Place m_place;
};

/// virtual_tokens with this usual number.
Field virtualTokensField(int64_t usual);

/// The vectors themselves are the parameter "prompt_encoder.embedding.weight" (length, width).
class PlainSoftPrompt : public SoftPrompt {
  public:
    PlainSoftPrompt(at::Tensor start, Place place);
    at::Tensor vectors() override;

  private:
    at::Tensor m_weight;
};

}  // namespace lathe
