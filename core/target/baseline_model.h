// SPDX-License-Identifier: GPL-3.0-or-later
// What a tuned model was before: its base with the head that its run started with.
#pragma once

#include <memory>

#include "core/target/loaded_model.h"

namespace lathe {

class BaselineModel {
  public:
    /// Of a run or of a base with adapters, which must outlive this. Adapters on a plain base are switched
    /// off while it is asked; anything else is opened beside `tuned`. BadArgument for a plain model;
    /// ModelMismatch where it had another head or other labels.
    static Result<BaselineModel> open(LoadedModel& tuned);

    /// work(model) with the model as it was; `tuned` is afterwards as it is now.
    template <class Work>
    auto ask(Work work) {
        if (m_opened) return work(*m_opened);
        struct Off {
            explicit Off(LoadedModel& target) : m_model(target) { m_model.setAdapterEnabled(false); }
            ~Off() { m_model.setAdapterEnabled(true); }
            LoadedModel& m_model;
        } off(m_tuned);
        return work(m_tuned);
    }

  private:
    explicit BaselineModel(LoadedModel& tuned) : m_tuned(tuned) {}

    LoadedModel& m_tuned;
    std::unique_ptr<LoadedModel> m_opened;  ///< null: m_tuned without its adapters
};

}  // namespace lathe
