// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine says about the draft before anything is loaded: base facts, bills, preview. The only asker
// of these questions, because a newer question cancels the older: the Bill dock and all pages listen here.
#pragma once

#include <QObject>
#include <QTimer>
#include <functional>
#include <optional>
#include <vector>

#include "ui/bridge/training_controller.h"
#include "ui/models/recipe_draft.h"

namespace lathe {

class Estimates : public QObject {
    Q_OBJECT

  public:
    /// Asks 80 ms after the draft's last change, once the controller has its backend.
    Estimates(RecipeDraft& draft, TrainingController& controller, QObject* parent = nullptr);

    /// One a method, the draft's own first; empty while no base is chosen or with an error.
    const std::vector<Bill>& bills() const { return m_bills; }
    const std::optional<Preview>& preview() const { return m_preview; }
    const std::optional<Error>& billsError() const { return m_billsError; }
    const std::optional<Error>& previewError() const { return m_previewError; }
    const std::optional<Error>& baseError() const { return m_baseError; }
    /// Optimiser steps the draft would take; 0 = not known yet.
    int64_t steps() const;
    /// True when every question asked has been answered.
    bool settled() const { return m_open == 0 && !m_timer.isActive(); }
    /// Asks everything again (a base was fetched, a file was saved).
    void refresh();

  Q_SIGNALS:
    void billsChanged();
    void previewChanged();
    void baseErrorChanged();

  private:
    void ask();
    void askBase(RunBackend& backend);
    void askBills(RunBackend& backend);
    void askPreview(RunBackend& backend);
    template <class T>
    std::function<void(Result<T>)> answerTo(uint64_t& latest, std::function<void(const Result<T>&)> take);

    /// An open question no longer matters: its answer will be dropped.
    void forget(uint64_t& latest);

    RecipeDraft& m_draft;
    TrainingController& m_controller;
    QTimer m_timer;
    std::vector<Bill> m_bills;
    std::optional<Preview> m_preview;
    std::optional<Error> m_billsError, m_previewError, m_baseError;
    std::string m_askedBase, m_askedBills, m_askedPreview;  ///< what the newest question was about
    uint64_t m_base = 0, m_billsAsked = 0, m_previewAsked = 0;
    int m_open = 0;
};

}  // namespace lathe
