// SPDX-License-Identifier: GPL-3.0-or-later
// How the Method page shows the draft: the methods, values, targets, counts and the drawing.
#include <QDoubleSpinBox>
#include <QLabel>
#include <QSignalBlocker>
#include <algorithm>
#include <cmath>

#include "core/data/roles/columns.h"
#include "ui/charts/bar.h"
#include "ui/pages/method/method_card.h"
#include "ui/pages/method/method_drawing.h"
#include "ui/pages/method/method_list.h"
#include "ui/pages/method/method_page.h"
#include "ui/pages/method/rank_slider.h"
#include "ui/text/catalog_text.h"
#include "ui/text/core_text.h"
#include "ui/text/number_text.h"
#include "ui/text/run_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/field_form.h"
#include "ui/widgets/flow_layout.h"

namespace lathe {
namespace {

std::vector<std::string> namesOf(const FieldValue& value) {
    if (const auto* names = std::get_if<std::vector<std::string>>(&value)) return *names;
    if (const auto* name = std::get_if<std::string>(&value)) return {*name};
    return {};
}

}  // namespace

void MethodPage::showMethods() {
    const Catalog* catalog = context().draft.catalog();
    const auto holds = [this](const std::string& name) {
        return std::any_of(chosen().begin(), chosen().end(),
                           [&](const auto& own) { return own.name == name; });
    };
    for (MethodCard* card : std::as_const(m_cards)) card->setChecked(holds(card->name().toStdString()));
    const MethodEntry* shown = method();
    m_list->setVisible(catalog && shown && (shown->isAdapter || chosen().size() > 1));
    if (!catalog) return;
    QStringList titles;
    for (const MethodSettings& own : chosen()) titles.append(titleOf(own));
    m_list->setMethods(titles, int(m_shown));
    // Vectors in front of the texts have one place, whatever makes them.
    const auto standsInFront = [&](const MethodEntry& entry) {
        return std::any_of(entry.fields.begin(), entry.fields.end(),
                           [](const Field& field) { return field.key == "virtual_tokens"; });
    };
    const bool frontTaken = std::any_of(chosen().begin(), chosen().end(), [&](const MethodSettings& own) {
        const MethodEntry* entry = catalog->method(own.name);
        return entry && standsInFront(*entry);
    });
    QList<MethodList::Joining> joining;
    for (const MethodEntry& entry : catalog->methods) {
        if (!entry.isAdapter || holds(entry.name)) continue;
        joining.append({QString::fromStdString(entry.name), methodTitle(entry.name, entry.title),
                        methodSentence(entry.name, entry.help),
                        frontTaken && standsInFront(entry)
                            ? tr("Only one method can put vectors in front of the texts.")
                            : QString()});
    }
    m_list->setJoining(joining);
}

void MethodPage::showValues() {
    const RecipeDraft& draft = context().draft;
    m_rank->setValue(int(methodNumber("rank", 8)));
    {
        const QSignalBlocker alpha(m_alpha);
        const QSignalBlocker dropout(m_dropout);
        const double scale = methodNumber("alpha", 16);
        m_alpha->setDecimals(scale == std::floor(scale) ? 0 : 3);
        m_alpha->setValue(scale);
        m_dropout->setValue(methodNumber("dropout", 0));
    }
    if (m_shown < chosen().size())
        m_fields->setValues(draft.shown(chosen()[m_shown].values, QStringLiteral("method.%1.").arg(m_shown)));
    Settings values;
    for (const Field& field : trainingFields()) values[field.key] = recipeValue(draft.recipe(), field.key);
    m_training->setValues(draft.shown(values, {}));
    m_objective->setValues(draft.shown(draft.recipe().objective.values, "objective."));
    QMap<QString, QString> faults;
    QMap<QString, QString> methodFaults, objectiveFaults;
    const QString section = QString::fromStdString(draft.recipe().objective.section) + QLatin1Char('.');
    for (const RecipeFault& fault : draft.faults()) {
        const QString key = QString::fromStdString(fault.key);
        const QString message = QString::fromStdString(fault.message);
        faults.insert(key, message);
        if (key.startsWith(QLatin1String("method.")) && fault.method == m_shown)
            methodFaults.insert(key.mid(7), message);
        if (!key.startsWith(section)) continue;
        // Several rewards may each have a fault.
        QString& told = objectiveFaults[key.mid(section.size())];
        told += told.isEmpty() ? message : QLatin1Char('\n') + message;
    }
    m_training->setFaults(faults);
    m_fields->setFaults(methodFaults);
    m_objective->setFaults(objectiveFaults);
}

void MethodPage::showTargets() {
    const auto& facts = context().draft.baseFacts();
    QStringList names;
    if (facts) {
        for (const std::string& name : facts->linearNames) names.append(QString::fromStdString(name));
    }
    names.append(QString::fromLatin1(kAllLinear));
    const MethodEntry* entry = method();
    QStringList tables;
    if (facts && entry && entry->takesEmbeddings) {
        for (const std::string& name : facts->embeddingNames) tables.append(QString::fromStdString(name));
    }
    names += tables;
    QStringList present;
    for (const Chip* chip : std::as_const(m_targetChips)) present.append(chip->property("target").toString());
    if (present != names) {
        qDeleteAll(m_targetChips);
        m_targetChips.clear();
        for (const QString& name : std::as_const(names)) {
            auto* chip = new Chip(name);
            chip->setProperty("target", name);
            chip->setCheckable(true);
            connect(chip, &Chip::clicked, this, [this, name](bool on) { targetClicked(name, on); });
            m_targetsFlow->addWidget(chip);
            m_targetChips.append(chip);
        }
    }
    std::vector<std::string> chosen = namesOf(context().draft.methodValue("target_modules", m_shown));
    if (chosen.empty() && facts) chosen = facts->defaultTargets;
    const bool all = std::find(chosen.begin(), chosen.end(), kAllLinear) != chosen.end();
    for (Chip* chip : std::as_const(m_targetChips)) {
        const QString name = chip->property("target").toString();
        const bool on = std::find(chosen.begin(), chosen.end(), name.toStdString()) != chosen.end();
        const bool table = tables.contains(name);
        chip->setChecked(on || (all && !table && name != QLatin1String(kAllLinear)));
        chip->setText(name == QLatin1String(kAllLinear) ? tr("all linear") : name);
        chip->setToolTip(table ? tr("An embedding that gets an adapter")
                               : tr("Linear layers that get an adapter"));
    }
}

void MethodPage::showBills() {
    const std::vector<Bill>& bills = context().estimates.bills();
    double largest = 0;
    for (const Bill& bill : bills) largest = std::max(largest, double(bill.trainable));
    for (MethodCard* card : std::as_const(m_cards)) {
        const auto bill = std::find_if(bills.begin(), bills.end(),
                                       [&](const Bill& b) { return b.method == card->name().toStdString(); });
        if (bill == bills.end()) {
            card->setTrained({}, 0);
        } else {
            card->setTrained(countText(bill->trainable), Bar::logFraction(double(bill->trainable), largest));
        }
    }
    const auto& error = context().estimates.billsError();
    m_list->setFault(error && error->place.starts_with("method.") ? errorText(*error) : QString());
    showDrawing();
}

void MethodPage::showDrawing() {
    MethodPicture picture;
    const MethodEntry* entry = method();
    if (entry) {
        picture.method = QString::fromStdString(entry->name);
        picture.formula = methodFormula(entry->name, entry->formula);
    }
    picture.rank = int64_t(methodNumber("rank", 0));
    picture.virtualTokens = hasField("virtual_tokens") ? int64_t(methodNumber("virtual_tokens", 0)) : 0;
    if (const auto& facts = context().draft.baseFacts()) picture.hidden = facts->hiddenSize;
    if (hasField("reduction_factor") && picture.hidden > 0)
        picture.narrow =
            std::max<int64_t>(1, int64_t(double(picture.hidden) / methodNumber("reduction_factor", 16)));
    const std::vector<Bill>& bills = context().estimates.bills();
    const auto own = std::find_if(bills.begin(), bills.end(),
                                  [&](const Bill& bill) { return entry && bill.method == entry->name; });
    int linear = 0, changed = 0;
    const LayerShare* shown = nullptr;
    if (own != bills.end()) {
        for (const LayerShare& layer : own->layers) {
            if (layer.in <= 0 || layer.out <= 0) continue;
            ++linear;
            const bool changes = layer.added > 0 || layer.trained > 0;
            changed += changes;
            if (!shown || (changes && shown->added + shown->trained == 0 && layer.block >= 0)) shown = &layer;
        }
    }
    if (shown) {
        picture.in = shown->in;
        picture.out = shown->out;
        picture.trained = shown->added + shown->trained;
        // Of the matrix that is drawn: the layer's bias is not in the picture.
        picture.frozen = std::max<int64_t>(0, shown->in * shown->out - shown->trained);
    }
    m_drawing->setPicture(picture);
    m_whereText->setText(
        linear == 0 ? tr("Choose a base to see its layers.")
                    : tr("%1 linear layers of %2 · %3 blocks").arg(changed).arg(linear).arg(own->blocks));
}

void MethodPage::showJudges() {
    QList<NamedFolder> judges;
    for (const RunRow& row : m_library.runs()) {
        const RunRecord& record = row.summary.record;
        const bool judging = record.task == kRewardTask || record.task == "classification";
        if (!judging || record.status != RunStatus::Done) continue;
        judges.append({runTitle(row.summary), QString::fromStdString(row.summary.folder.string())});
    }
    m_objective->setFolders(judges);
}

void MethodPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_library.refresh();
}

}  // namespace lathe
