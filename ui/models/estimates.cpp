// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/estimates.h"

#include <cmath>

#include "core/config/recipe_yaml.h"
#include "ui/bridge/answer.h"

namespace lathe {
namespace {

constexpr int kDebounceMs = 80;
constexpr int64_t kPreviewRows = 24;

/// The part of a recipe that the rows depend on, as text to compare.
std::string dataPart(Recipe recipe) {
    std::vector<MethodSettings> methods;  // virtual tokens take room from the rows
    for (const MethodSettings& method : recipe.methods)
        if (const auto tokens = method.values.find("virtual_tokens"); tokens != method.values.end())
            methods.push_back({method.name, {*tokens}});
    recipe.methods = methods.empty() ? std::vector<MethodSettings>{MethodSettings{}} : std::move(methods);
    recipe.train = TrainSettings{};
    return recipeToYaml(recipe);
}

}  // namespace

Estimates::Estimates(RecipeDraft& draft, TrainingController& controller, QObject* parent)
    : QObject(parent), m_draft(draft), m_controller(controller) {
    m_timer.setSingleShot(true);
    m_timer.setInterval(kDebounceMs);
    connect(&m_timer, &QTimer::timeout, this, &Estimates::ask);
    connect(&draft, &RecipeDraft::changed, &m_timer, qOverload<>(&QTimer::start));
    connect(&controller, &TrainingController::backendReady, &m_timer, qOverload<>(&QTimer::start));
}

int64_t Estimates::steps() const {
    const TrainSettings& train = m_draft.recipe().train;
    if (train.maxSteps > 0) return train.maxSteps;
    if (!m_preview || m_preview->sequences <= 0) return 0;
    const double batches =
        std::ceil(double(m_preview->sequences) / double(std::max<int64_t>(1, train.batchSize)));
    const double perEpoch = std::ceil(batches / double(std::max<int64_t>(1, train.gradientAccumulation)));
    return static_cast<int64_t>(std::ceil(perEpoch * train.epochs));
}

void Estimates::refresh() {
    m_askedBase.clear();
    m_askedBills.clear();
    m_askedPreview.clear();
    m_timer.start();
}

void Estimates::ask() {
    RunBackend* backend = m_controller.backend();
    if (!backend) return;
    askBase(*backend);
    askBills(*backend);
    askPreview(*backend);
}

/// Counts the question and drops answers that a newer question has overtaken.
template <class T>
std::function<void(Result<T>)> Estimates::answerTo(uint64_t& latest,
                                                   std::function<void(const Result<T>&)> take) {
    if (latest % 2 == 0) ++m_open;  // odd = a question is open; a newer one takes its place
    latest += latest % 2 == 0 ? 1 : 2;
    uint64_t* newest = &latest;
    const uint64_t mine = latest;
    return onUiThread(this, [this, newest, mine, take](const Result<T>& result) {
        if (*newest != mine) return;
        ++*newest;
        --m_open;
        take(result);
    });
}

void Estimates::forget(uint64_t& latest) {
    if (latest % 2 == 0) return;
    ++latest;
    --m_open;
}

void Estimates::askBase(RunBackend& backend) {
    const std::string& base = m_draft.recipe().base;
    if (base == m_askedBase) return;
    m_askedBase = base;
    m_draft.clearBaseFacts();
    if (base.empty()) {
        forget(m_base);
        m_baseError.reset();
        Q_EMIT baseErrorChanged();
        return;
    }
    backend.describeBase(base, answerTo<BaseFacts>(m_base, [this](const Result<BaseFacts>& facts) {
                             m_baseError = facts ? std::nullopt : std::optional(facts.error());
                             if (facts) m_draft.setBaseFacts(facts.value());
                             Q_EMIT baseErrorChanged();
                         }));
}

void Estimates::askBills(RunBackend& backend) {
    const Recipe& recipe = m_draft.recipe();
    const std::string asked =
        recipe.base.empty() || recipe.task.empty() ? std::string() : recipeToYaml(recipe);
    if (asked == m_askedBills) return;
    m_askedBills = asked;
    if (asked.empty()) {
        forget(m_billsAsked);
        m_bills.clear();
        m_billsError.reset();
        Q_EMIT billsChanged();
        return;
    }
    backend.bills(recipe,
                  answerTo<std::vector<Bill>>(m_billsAsked, [this](const Result<std::vector<Bill>>& bills) {
                      m_billsError = bills ? std::nullopt : std::optional(bills.error());
                      m_bills = bills ? bills.value() : std::vector<Bill>{};
                      Q_EMIT billsChanged();
                  }));
}

void Estimates::askPreview(RunBackend& backend) {
    const Recipe& recipe = m_draft.recipe();
    const bool enough = !recipe.base.empty() && !recipe.task.empty() && !recipe.data.train.empty();
    const std::string asked = enough ? dataPart(recipe) : std::string();
    if (asked == m_askedPreview) return;
    m_askedPreview = asked;
    if (!enough) {
        forget(m_previewAsked);
        m_preview.reset();
        m_previewError.reset();
        Q_EMIT previewChanged();
        return;
    }
    backend.preview(recipe, kPreviewRows,
                    answerTo<Preview>(m_previewAsked, [this](const Result<Preview>& preview) {
                        m_previewError = preview ? std::nullopt : std::optional(preview.error());
                        m_preview.reset();
                        if (preview) m_preview = preview.value();
                        Q_EMIT previewChanged();
                    }));
}

}  // namespace lathe
