// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/estimates.h"

#include <cmath>
#include <utility>

#include "core/config/recipe_yaml.h"
#include "ui/bridge/answer.h"
#include "ui/text/core_text.h"

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
    // The seed draws what is held out; the name is nothing to the rows.
    const int64_t seed = recipe.train.seed;
    recipe.train = TrainSettings{};
    recipe.train.seed = seed;
    recipe.name.clear();
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
    connect(&controller, &TrainingController::runStarted, this, &Estimates::beginRun);
}

QList<Lack> Estimates::missing() const {
    QList<Lack> lacks = m_draft.missing();
    if (!lacks.isEmpty()) return lacks;
    const auto add = [&](const std::optional<Error>& error, const char* key) {
        if (!error || !lacks.isEmpty()) return;
        const QString place = QString::fromStdString(error->place);
        lacks << Lack{errorText(*error), place.startsWith("method.") ? place : QString(key)};
    };
    add(m_baseError, "base");
    add(m_previewError, "data.train");
    add(m_billsError, "base");
    return lacks;
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
    for (Question* question : {&m_base, &m_billsAsked, &m_previewAsked}) question->about.clear();
    m_timer.start();
}

void Estimates::ask() {
    RunBackend* backend = m_controller.backend();
    if (!backend) return;
    askBase(*backend);
    askBills(*backend);
    askPreview(*backend);
    Q_EMIT checked();
}

/// Drops answers that a newer question has overtaken.
template <class T>
std::function<void(Result<T>)> Estimates::answerTo(Question& question,
                                                   std::function<void(const Result<T>&)> take) {
    question.open = true;
    Question* asked = &question;
    const uint64_t mine = ++question.ticket;
    return onUiThread(this, [this, asked, mine, take](const Result<T>& result) {
        if (asked->ticket != mine || !asked->open) return;
        asked->open = false;
        take(result);
        Q_EMIT checked();
    });
}

void Estimates::forget(Question& question) {
    ++question.ticket;
    question.open = false;
}

void Estimates::askBase(RunBackend& backend) {
    const std::string& base = m_draft.recipe().base;
    if (base == m_base.about) return;
    m_base.about = base;
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
    if (asked == m_billsAsked.about || m_runBillAsked.open) return;
    m_billsAsked.about = asked;
    if (asked.empty()) {
        forget(m_billsAsked);
        m_bills.clear();
        m_billsError.reset();
        Q_EMIT billsChanged();
        return;
    }
    backend.bills(recipe,
                  answerTo<std::vector<Bill>>(
                      m_billsAsked, [this](const Result<std::vector<Bill>>& bills) { takeBills(bills); }));
}

void Estimates::takeBills(const Result<std::vector<Bill>>& bills) {
    m_billsError = bills ? std::nullopt : std::optional(bills.error());
    m_bills = bills ? bills.value() : std::vector<Bill>{};
    Q_EMIT billsChanged();
    if (m_runRecipe && m_controller.backend()) askRunBill(*m_controller.backend());
}

void Estimates::beginRun() {
    const std::optional<Recipe>& recipe = m_controller.runRecipe();
    m_runBill.reset();
    m_runRecipe = recipe;
    m_runRows = 0;
    if (recipe && m_preview && dataPart(*recipe) == m_previewAsked.about) m_runRows = m_preview->train.rows;
    Q_EMIT runBillChanged();
    if (recipe && m_controller.backend() && !m_billsAsked.open) askRunBill(*m_controller.backend());
}

void Estimates::askRunBill(RunBackend& backend) {
    const Recipe recipe = *std::exchange(m_runRecipe, std::nullopt);
    if (recipeToYaml(recipe) == m_billsAsked.about) {
        if (!m_bills.empty()) m_runBill = m_bills.front();
        Q_EMIT runBillChanged();
        return;
    }
    backend.bills(recipe,
                  answerTo<std::vector<Bill>>(m_runBillAsked, [this](const Result<std::vector<Bill>>& bills) {
                      if (bills && !bills.value().empty()) m_runBill = bills.value().front();
                      Q_EMIT runBillChanged();
                      m_timer.start();  // the draft may have changed meanwhile
                  }));
}

void Estimates::askPreview(RunBackend& backend) {
    const Recipe& recipe = m_draft.recipe();
    const bool enough = !recipe.base.empty() && !recipe.task.empty() && !recipe.data.train.empty();
    const std::string asked = enough ? dataPart(recipe) : std::string();
    if (asked == m_previewAsked.about) return;
    m_previewAsked.about = asked;
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
