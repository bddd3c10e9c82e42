// SPDX-License-Identifier: GPL-3.0-or-later
// Switches what is attached to a model off for as long as the object lives: the base's own answers.
#pragma once

#include "core/model/language_model.h"

namespace lathe {

class AdaptersOff {
  public:
    explicit AdaptersOff(LanguageModel& model) : m_places(model.places()) { set(false); }
    ~AdaptersOff() { set(true); }
    AdaptersOff(const AdaptersOff&) = delete;
    AdaptersOff& operator=(const AdaptersOff&) = delete;

  private:
    void set(bool on) const {
        for (AdapterPlace* place : m_places) place->setAdapterEnabled(on);
    }

    std::vector<AdapterPlace*> m_places;
};

}  // namespace lathe
