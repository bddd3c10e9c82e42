// SPDX-License-Identifier: GPL-3.0-or-later
// What the engine says about the draft before anything is loaded: base facts, bills, preview. The only asker
// of these questions, because a newer question cancels the older: the Bill dock and all pages listen here.
#pragma once

#include <QObject>
#include <QTimer>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "ui/bridge/training_controller.h"
#include "ui/state/recipe_draft.h"

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
    /// What the run in progress (or the one that ended last) trains; null while that is not known.
    const Bill* runBill() const { return m_runBill ? &*m_runBill : nullptr; }
    /// Rows that the run learns from; 0 = not known.
    int64_t runRows() const { return m_runRows; }
    /// Optimiser steps the draft would take; 0 = not known yet.
    int64_t steps() const;
    /// True when every question asked has been answered.
    bool settled() const {
        return !m_base.open && !m_billsAsked.open && !m_previewAsked.open && !m_runBillAsked.open &&
               !m_timer.isActive();
    }
    /// preview() is of an older question: the newer one is not answered yet.
    bool isReading() const { return m_previewAsked.open || m_timer.isActive(); }
    /// What Start lacks, with what reading the base and the data has found; empty = can start, once
    /// settled().
    QList<Lack> missing() const;
    /// Asks everything again (a base was fetched, a file was saved).
    void refresh();

  Q_SIGNALS:
    void billsChanged();
    void previewChanged();
    void baseErrorChanged();
    void runBillChanged();
    /// An answer has come, or there was nothing to ask: settled() and missing() may be others now.
    void checked();

  private:
    /// The newest question of one kind.
    struct Question {
        uint64_t ticket = 0;
        bool open = false;
        std::string about;
    };

    void ask();
    void askBase(RunBackend& backend);
    void askBills(RunBackend& backend);
    void askPreview(RunBackend& backend);
    /// The run's bill, if its recipe is not the draft's: asked when no other bill is, because a newer
    /// question would cancel the older.
    void askRunBill(RunBackend& backend);
    void beginRun();
    void takeBills(const Result<std::vector<Bill>>& bills);
    template <class T>
    std::function<void(Result<T>)> answerTo(Question& question, std::function<void(const Result<T>&)> take);
    /// An open question no longer matters: its answer will be dropped.
    static void forget(Question& question);

    RecipeDraft& m_draft;
    TrainingController& m_controller;
    QTimer m_timer;
    std::vector<Bill> m_bills;
    std::optional<Preview> m_preview;
    std::optional<Error> m_billsError, m_previewError, m_baseError;
    Question m_base, m_billsAsked, m_previewAsked, m_runBillAsked;
    std::optional<Recipe> m_runRecipe;  ///< its bill is not known yet
    std::optional<Bill> m_runBill;
    int64_t m_runRows = 0;
};

}  // namespace lathe
