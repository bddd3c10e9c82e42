// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/recipe_draft.h"

#include <QUndoCommand>
#include <algorithm>
#include <utility>

#include "core/data/roles/columns.h"
#include "ui/text/core_text.h"

namespace lathe {

namespace {

/// Held out of a file that was just chosen.
constexpr const char* kUsualValidation = "0.1";

/// Prompts a step of reinforcement answers: each is answered several times.
constexpr int64_t kPromptsAStep = 4;

int64_t usualBatch(const std::string& task) {
    return rowShapeOf(task) == RowShape::Prompt ? kPromptsAStep : TrainSettings().batchSize;
}

/// What a task's own settings start with. Something must be rewarded: the first rule, until another is
/// chosen.
Settings firstSettings(const TaskEntry& task, const Catalog& catalog) {
    Settings settings;
    for (const Field& field : task.fields) {
        settings[field.key] = field.fallback;
        if (field.kind == FieldKind::RewardList && !catalog.rewards.empty())
            settings[field.key] = std::vector<NamedTexts>{{{"rule", catalog.rewards.front().name}}};
    }
    return settings;
}

constexpr const char* kTargets = "target_modules";

/// What linear layers of the same kind are called by different architectures.
const std::vector<std::vector<std::string>>& layerKinds() {
    static const std::vector<std::vector<std::string>> kinds{
        {"query", "q_proj", "q", "q_lin"},
        {"key", "k_proj", "k", "k_lin"},
        {"value", "v_proj", "v", "v_lin"},
        {"o_proj", "out_proj", "o", "out_lin"},
        {"gate_proj", "wi_0"},
        {"up_proj", "wi_1", "wi", "fc1", "c_fc", "lin1"},
        {"down_proj", "wo", "fc2", "lin2"},
    };
    return kinds;
}

bool hasName(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool knowsLayer(const BaseFacts& base, const std::string& name) {
    return hasName(base.linearNames, name) || hasName(base.embeddingNames, name);
}

/// The names as they are where the base has them, or where they were none of the base before either; else the
/// base's layers of the same kinds; empty (its usual ones) where it has no such layers.
std::vector<std::string> sameLayers(const std::vector<std::string>& names, const BaseFacts& before,
                                    const BaseFacts& now) {
    const auto known = [](const BaseFacts& base) {
        return [&base](const std::string& name) { return knowsLayer(base, name); };
    };
    if (std::all_of(names.begin(), names.end(), known(now)) ||
        !std::all_of(names.begin(), names.end(), known(before)))
        return names;
    std::vector<std::string> moved;
    for (const std::string& name : names) {
        std::string same = knowsLayer(now, name) ? name : std::string();
        for (const auto& kind : layerKinds()) {
            if (!same.empty() || !hasName(kind, name)) continue;
            const auto it = std::find_if(kind.begin(), kind.end(), known(now));
            if (it != kind.end()) same = *it;
        }
        if (same.empty()) return {};
        if (!hasName(moved, same)) moved.push_back(same);
    }
    return moved;
}

/// The field of that key, null when there is none.
const Field* fieldOf(const std::vector<Field>& fields, const std::string& key) {
    const auto it = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == key; });
    return it == fields.end() ? nullptr : &*it;
}

/// Whether it is a value of the field; an empty text is none where the default is a text.
bool isValueOf(const Field& field, const FieldValue& value) {
    const auto* text = std::get_if<std::string>(&value);
    const auto* usual = std::get_if<std::string>(&field.fallback);
    return fitsType(field, value) && !(text && text->empty() && usual && !usual->empty());
}

}  // namespace

/// One edit; edits of the same key that follow one another are one step back.
class RecipeDraft::Change : public QUndoCommand {
  public:
    Change(RecipeDraft& draft, QString key, const QString& text, Recipe after)
        : QUndoCommand(text),
          m_draft(draft),
          m_key(std::move(key)),
          m_before(draft.m_recipe),
          m_after(std::move(after)) {}

    void undo() override {
        m_undone = true;
        m_draft.m_refused.clear();
        m_draft.take(m_before);
    }
    void redo() override {
        if (std::exchange(m_undone, false)) m_draft.m_refused.clear();
        m_draft.take(m_after);
    }
    int id() const override { return 1; }
    bool mergeWith(const QUndoCommand* other) override {
        const auto* next = static_cast<const Change*>(other);
        if (m_key.isEmpty() || next->m_key != m_key) return false;
        m_after = next->m_after;
        return true;
    }

  private:
    RecipeDraft& m_draft;
    QString m_key;
    Recipe m_before, m_after;
    bool m_undone = false;  ///< redo() is called for the first edit, too
};

RecipeDraft::RecipeDraft(QObject* parent) : QObject(parent) {
}

void RecipeDraft::setRecipe(const Recipe& recipe) {
    m_refused.clear();
    push({}, tr("open recipe"), recipe);
}

void RecipeDraft::setValue(const QString& key, const FieldValue& value) {
    const std::string name = key.toStdString();
    if (!takes(key, fieldOf(recipeFields(), name), recipeValue(m_recipe, name), value, {name, "", ""}))
        return;
    Recipe after = m_recipe;
    const Result<void> set = setRecipeValue(after, name, value);
    LATHE_CHECK(set.ok());
    push(key, tr("change %1").arg(fieldLabel(name)), std::move(after));
}

void RecipeDraft::setTrainingFile(const QString& file) {
    Recipe after = m_recipe;
    after.data.train = file.toStdString();
    after.data.format = after.data.encoding = "auto";
    after.data.columns.clear();
    if (after.data.validation.empty()) after.data.validation = kUsualValidation;
    forget("data.");
    push({}, tr("choose data"), std::move(after));
}

void RecipeDraft::setTask(const QString& name) {
    const std::string wanted = name.toStdString();
    if (m_recipe.task == wanted) return;
    Recipe after = m_recipe;
    after.task = wanted;
    after.objective = {};
    if (const TaskEntry* entry = m_catalog ? m_catalog->task(wanted) : nullptr) {
        after.objective.section = entry->section;
        after.objective.values = firstSettings(*entry, *m_catalog);
        if (!entry->packs) after.data.packing = "none";
    }
    if (rowShapeOf(wanted) != rowShapeOf(m_recipe.task)) after.data.columns.clear();
    if (after.train.batchSize == usualBatch(m_recipe.task)) after.train.batchSize = usualBatch(wanted);
    forget("objective.");
    push({}, tr("choose task"), std::move(after));
}

void RecipeDraft::setObjectiveValue(const QString& key, const FieldValue& value) {
    const std::string name = key.toStdString();
    const QString edit = "objective." + key;
    const TaskEntry* entry = m_catalog ? m_catalog->task(m_recipe.task) : nullptr;
    Recipe after = m_recipe;
    FieldValue& held = after.objective.values[name];
    if (!takes(edit, entry ? fieldOf(entry->fields, name) : nullptr, held, value,
               {m_recipe.objective.section + "." + name, "", ""}))
        return;
    held = value;
    push(edit, tr("change %1").arg(fieldLabel(name)), std::move(after));
}

void RecipeDraft::setMethod(const QString& name, std::size_t at) {
    const std::string wanted = name.toStdString();
    const MethodEntry* entry = m_catalog ? m_catalog->method(wanted) : nullptr;
    const MethodSettings* old = at < m_recipe.methods.size() ? &m_recipe.methods[at] : nullptr;
    const MethodEntry* before = old && m_catalog ? m_catalog->method(old->name) : nullptr;
    const bool alone = !old || m_recipe.methods.size() == 1 || (entry && !entry->isAdapter);
    if (old && old->name == wanted && (!alone || m_recipe.methods.size() == 1)) return;
    MethodSettings next{wanted, {}};
    if (entry && old) {
        for (const Field& field : entry->fields) {
            const auto kept = old->values.find(field.key);
            // A key may mean something else to another method: VeRA's rank is not LoRA's.
            const bool same =
                before && std::any_of(before->fields.begin(), before->fields.end(), [&](const Field& f) {
                    return f.key == field.key && f.help == field.help;
                });
            const bool fits = same && kept != old->values.end() && !fieldFault(field, kept->second);
            next.values[field.key] = fits ? kept->second : field.fallback;
        }
    }
    Recipe after = m_recipe;
    if (alone)
        after.methods = {std::move(next)};
    else
        after.methods[at] = std::move(next);
    // A rate given for one method rarely suits another: full retraining wants a hundredth of LoRA's.
    after.train.learningRate.reset();
    forget("method.");
    push({}, tr("choose method"), std::move(after));
}

void RecipeDraft::addMethod(const QString& name) {
    Recipe after = m_recipe;
    MethodSettings next{name.toStdString(), {}};
    if (const MethodEntry* entry = m_catalog ? m_catalog->method(next.name) : nullptr)
        for (const Field& field : entry->fields) next.values[field.key] = field.fallback;
    after.methods.push_back(std::move(next));
    push({}, tr("combine methods"), std::move(after));
}

void RecipeDraft::removeMethod(std::size_t at) {
    if (at >= m_recipe.methods.size()) return;
    Recipe after = m_recipe;
    after.methods.erase(after.methods.begin() + static_cast<std::ptrdiff_t>(at));
    forget("method.");
    push({}, tr("remove method"), std::move(after));
}

void RecipeDraft::setMethodValue(const QString& key, const FieldValue& value, std::size_t at) {
    const std::string name = key.toStdString();
    const QString edit = QStringLiteral("method.%1.%2").arg(at).arg(key);
    if (!takes(edit, methodField(name, at), methodValue(key, at), value, {"method." + name, "", "", at}))
        return;
    Recipe after = m_recipe;
    if (after.methods.empty()) after.methods.emplace_back();
    if (at >= after.methods.size()) return;
    after.methods[at].values[name] = value;
    push(edit, tr("change %1").arg(fieldLabel(name)), std::move(after));
}

FieldValue RecipeDraft::methodValue(const QString& key, std::size_t at) const {
    const std::string name = key.toStdString();
    if (at >= m_recipe.methods.size()) return {};
    const Settings& values = m_recipe.methods[at].values;
    const auto found = values.find(name);
    if (found != values.end()) return found->second;
    const Field* field = methodField(name, at);
    return field ? field->fallback : FieldValue{};
}

const Field* RecipeDraft::methodField(const std::string& key, std::size_t at) const {
    if (!m_catalog || at >= m_recipe.methods.size()) return nullptr;
    const MethodEntry* entry = m_catalog->method(m_recipe.methods[at].name);
    return entry ? fieldOf(entry->fields, key) : nullptr;
}

bool RecipeDraft::takes(const QString& key, const Field* field, const FieldValue& now,
                        const FieldValue& value, RecipeFault fault) {
    if (field && !isValueOf(*field, value)) {
        const bool left = std::holds_alternative<std::monostate>(value);
        m_refused[key] = {*field, left ? std::string() : fieldValueToText(value), std::move(fault)};
        Q_EMIT changed();
        return false;
    }
    const bool wasRefused = m_refused.erase(key) > 0;
    if (now != value) return true;
    if (wasRefused) Q_EMIT changed();
    return false;
}

void RecipeDraft::forget(const QString& prefix) {
    std::erase_if(m_refused, [&](const auto& entry) { return entry.first.startsWith(prefix); });
}

Settings RecipeDraft::shown(Settings values, const QString& prefix) const {
    for (const auto& [key, refused] : m_refused)
        if (key.startsWith(prefix)) values[key.mid(prefix.size()).toStdString()] = refused.text;
    return values;
}

std::vector<RecipeFault> RecipeDraft::faults() const {
    if (m_catalog && !m_faults) {
        Recipe copy = m_recipe;
        m_faults = checkRecipe(copy, *m_catalog);
    }
    std::vector<RecipeFault> all;
    if (m_faults) all = *m_faults;
    for (const auto& [key, refused] : m_refused) {
        RecipeFault fault = refused.fault;
        fault.message = refusalText(refused.field, refused.text).toStdString();
        // The value that was kept is not the one that is shown.
        std::erase_if(all, [&](const RecipeFault& other) {
            return other.key == fault.key && other.method == fault.method;
        });
        all.push_back(std::move(fault));
    }
    return all;
}

QString RecipeDraft::fault(const QString& key) const {
    for (const RecipeFault& fault : faults())
        if (fault.key == key.toStdString()) return QString::fromStdString(fault.message);
    return {};
}

QList<Lack> RecipeDraft::missing() const {
    QList<Lack> lacks;
    if (m_recipe.task.empty()) lacks << Lack{tr("choose a task"), "task"};
    if (m_recipe.data.train.empty()) lacks << Lack{tr("choose data"), "data.train"};
    if (m_recipe.base.empty()) lacks << Lack{tr("choose a base"), "base"};
    if (!lacks.isEmpty() || !m_catalog) return lacks;
    for (const RecipeFault& fault : faults())
        lacks << Lack{tr("%1: %2").arg(fieldLabel(fault.key), coreText(fault.message)),
                      QString::fromStdString(fault.key), fault.method};
    if (lacks.isEmpty() && m_baseFacts && !m_baseFacts->tasks.empty() &&
        std::find(m_baseFacts->tasks.begin(), m_baseFacts->tasks.end(), m_recipe.task) ==
            m_baseFacts->tasks.end())
        lacks << Lack{tr("this base cannot be trained for this task"), "base"};
    return lacks;
}

QStringList RecipeDraft::refusals() const {
    QStringList lines;
    for (const auto& [key, refused] : m_refused)
        lines << tr("%1: %2").arg(fieldLabel(refused.fault.key), refusalText(refused.field, refused.text));
    return lines;
}

void RecipeDraft::setCatalog(const Catalog* catalog) {
    m_catalog = catalog;
    m_faults.reset();
    Q_EMIT changed();
}

void RecipeDraft::setBaseFacts(const BaseFacts& facts) {
    m_baseFacts = facts;
    const std::optional<BaseFacts> before = std::exchange(m_lastFacts, facts);
    if (before && before->path != facts.path) retarget(*before, facts);
    Q_EMIT baseFactsChanged();
}

void RecipeDraft::retarget(const BaseFacts& before, const BaseFacts& now) {
    Recipe after = m_recipe;
    QStringList old, chosen;
    for (MethodSettings& method : after.methods) {
        const auto set = method.values.find(kTargets);
        if (set == method.values.end()) continue;
        const auto* names = std::get_if<std::vector<std::string>>(&set->second);
        if (!names || names->empty()) continue;
        const std::vector<std::string> moved = sameLayers(*names, before, now);
        if (moved == *names) continue;
        for (const std::string& name : *names) old << QString::fromStdString(name);
        for (const std::string& name : moved.empty() ? now.defaultTargets : moved)
            chosen << QString::fromStdString(name);
        set->second = moved;
    }
    if (chosen.isEmpty()) return;
    push({}, tr("change the layers with the base"), std::move(after));
    Q_EMIT retargeted(old.join(", "), chosen.join(", "));
}

void RecipeDraft::clearBaseFacts() {
    if (!m_baseFacts) return;
    m_baseFacts.reset();
    Q_EMIT baseFactsChanged();
}

void RecipeDraft::push(const QString& key, const QString& text, Recipe after) {
    m_undo.push(new Change(*this, key, text, std::move(after)));
}

void RecipeDraft::take(const Recipe& recipe) {
    m_recipe = recipe;
    m_faults.reset();
    Q_EMIT changed();
}

}  // namespace lathe
