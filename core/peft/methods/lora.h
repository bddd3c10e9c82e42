// SPDX-License-Identifier: GPL-3.0-or-later
// LoRA: a low-rank pair B·A beside chosen linear layers trains, the base stays as it was (methods.md,
// "LoRA").
#pragma once

#include "core/peft/low_rank.h"

namespace lathe {

/// What LoRA and its relatives share; each has its own adapter and says what it adds.
class LoraMethod : public LinearMethod {
  public:
    LoraMethod();
    std::string peftType() const override { return "LORA"; }
    bool reads(const OrderedJson& config) const override;

  protected:
    Result<std::vector<Own>> addedTo(const Settings& settings, const LinearModule& layer) const override;
    Maker maker(const Settings& settings, const Layers& layers, at::Generator generator) const override;
    MethodPlan::Kept keptOf(const Settings& settings, const LinearModule& layer) const override;
    std::shared_ptr<EmbeddingAdapter> makeForEmbedding(const Settings& settings, const LinearModule& layer,
                                                       at::Device device,
                                                       at::Generator generator) const override;
    Result<void> check(const Settings& settings, const Layers& layers) const override;
    int64_t storedBeside(const Settings& settings, const Layers& layers) const override;
    OrderedJson ownConfig(const Settings& settings, const ModelShape& shape) const override;
    Result<void> readOwnConfig(const ConfigView& config, Settings& settings) const override;
    KnownKeys knownKeys() const override;
    std::vector<StoredTensor> stored(const MethodSettings& settings, LanguageModel& model) const override;
};

const AdapterMethod& loraMethod();

}  // namespace lathe
