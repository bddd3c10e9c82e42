// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/method/method_page.h"

#include <QButtonGroup>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <algorithm>

#include "ui/pages/method/method_card.h"
#include "ui/pages/method/method_drawing.h"
#include "ui/pages/method/method_list.h"
#include "ui/pages/method/rank_slider.h"
#include "ui/text/catalog_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/field_form.h"
#include "ui/widgets/flow_layout.h"

namespace lathe {
namespace {

constexpr int kCardColumns = 4;

/// Settings with an editor of their own on this page.
bool isOwnField(const std::string& key) {
    return key == "rank" || key == "alpha" || key == "dropout" || key == "target_modules";
}

}  // namespace

MethodPage::MethodPage(const PageContext& context, QWidget* parent)
    : Page(context, parent), m_library(context.library) {
    m_simple = new Chip;
    m_advanced = new Chip;
    auto* views = new QButtonGroup(this);
    for (Chip* chip : {m_simple, m_advanced}) {
        chip->setCheckable(true);
        views->addButton(chip);
        headerActions()->addWidget(chip);
    }
    m_simple->setChecked(true);
    connect(m_advanced, &Chip::toggled, this, [this](bool on) {
        m_training->setAdvanced(on);
        m_fields->setAdvanced(on);
        m_objective->setAdvanced(on);
        refresh();
    });

    m_loading = new QLabel;
    m_loading->setProperty("role", "muted");
    body()->addWidget(m_loading);
    m_cardGrid = new QGridLayout;
    m_cardGrid->setSpacing(12);
    m_methods = new QButtonGroup(this);
    m_methods->setExclusive(false);
    body()->addLayout(m_cardGrid);
    buildList();
    buildRank();
    buildWhere();
    buildObjective();
    buildTraining();
    buildRace();
    body()->addWidget(m_objectiveCard);
    body()->addWidget(m_trainingCard);
    body()->addStretch(1);

    connect(m_methods, &QButtonGroup::buttonClicked, this,
            [this](QAbstractButton* button) { cardClicked(static_cast<MethodCard*>(button)->name()); });
    connect(&context.controller, &TrainingController::backendReady, this, &MethodPage::buildCards);
    connect(&context.controller, &TrainingController::stateChanged, this, &MethodPage::showRace);
    connect(&context.draft, &RecipeDraft::changed, this, &MethodPage::refresh);
    connect(&context.draft, &RecipeDraft::baseFactsChanged, this, &MethodPage::refresh);
    connect(&context.estimates, &Estimates::billsChanged, this, &MethodPage::showBills);
    connect(&context.estimates, &Estimates::checked, this, &MethodPage::showRace);
    connect(&m_library, &RunLibrary::runsChanged, this, &MethodPage::showJudges);
    buildCards();
    retranslate();
}

void MethodPage::buildCards() {
    if (!m_cards.isEmpty() || !context().controller.backend()) return;
    m_loading->hide();
    const auto& methods = context().controller.backend()->catalog().methods;
    // Four in a row, or as many as there are methods.
    const int columns = std::clamp(int(methods.size()), 3, kCardColumns);
    for (const MethodEntry& entry : methods) {
        auto* card = new MethodCard(QString::fromStdString(entry.name), context().theme);
        const int place = int(m_cards.size());
        m_cardGrid->addWidget(card, place / columns, place % columns);
        m_cardGrid->setColumnStretch(place % columns, 1);
        m_methods->addButton(card);
        m_cards.append(card);
    }
    retranslate();
}

void MethodPage::buildList() {
    m_list = new MethodList;
    body()->addWidget(m_list);
    connect(m_list, &MethodList::chosen, this, [this](int index) {
        m_shown = std::size_t(index);
        refresh();
    });
    connect(m_list, &MethodList::removeAsked, this, [this](int index) {
        m_shown = index > 0 ? std::size_t(index) - 1 : 0;
        context().draft.removeMethod(std::size_t(index));
    });
    connect(m_list, &MethodList::joinAsked, this, [this](const QString& name) {
        m_shown = chosen().size();
        context().draft.addMethod(name);
    });
}

void MethodPage::buildRank() {
    m_rankCard = new Card;
    auto* line = new QHBoxLayout;
    line->setSpacing(20);
    m_rank = new RankSlider(context().theme);
    line->addWidget(m_rank, 1);
    const auto addSpin = [&](QLabel*& label, QDoubleSpinBox*& spin, const char* key) {
        label = new QLabel;
        spin = new QDoubleSpinBox;
        spin->setKeyboardTracking(false);
        spin->setMinimumWidth(76);
        label->setBuddy(spin);
        auto* pair = new QVBoxLayout;
        pair->setSpacing(2);
        pair->addWidget(label);
        pair->addWidget(spin);
        line->addLayout(pair);
        const QString name = QString::fromLatin1(key);
        connect(spin, &QDoubleSpinBox::valueChanged, this, [this, name](double value) {
            const FieldValue now = context().draft.methodValue(name, m_shown);
            const bool whole = std::holds_alternative<int64_t>(now);
            setMethodValue(name, whole ? FieldValue(int64_t(value)) : FieldValue(value));
        });
    };
    addSpin(m_alphaLabel, m_alpha, "alpha");
    addSpin(m_dropoutLabel, m_dropout, "dropout");
    m_rank->setObjectName("rank");
    m_alpha->setObjectName("alpha");
    m_dropout->setObjectName("dropout");
    m_alpha->setDecimals(0);
    m_alpha->setRange(0, 65536);
    m_dropout->setRange(0, 0.95);
    m_dropout->setSingleStep(0.05);
    m_rankCard->body()->addLayout(line);
    body()->addWidget(m_rankCard);
    connect(m_rank, &RankSlider::valueChanged, this,
            [this](int rank) { setMethodValue("rank", int64_t(rank)); });

    m_fieldsCard = new Card;
    m_fields = new FieldForm(2);
    m_fieldsCard->body()->addWidget(m_fields);
    body()->addWidget(m_fieldsCard);
    connect(m_fields, &FieldForm::valueChanged, this, &MethodPage::setMethodValue);
}

void MethodPage::buildWhere() {
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    m_whereCard = new Card;
    m_targets = new QWidget;
    m_targets->setObjectName("target_modules");
    m_targetsFlow = new FlowLayout(m_targets);
    m_whereText = new QLabel;
    m_whereText->setProperty("role", "muted");
    m_whereText->setWordWrap(true);
    m_whereCard->body()->addWidget(m_targets);
    m_whereCard->body()->addWidget(m_whereText);
    m_whereCard->body()->addStretch(1);
    m_howCard = new Card;
    m_drawing = new MethodDrawing(context().theme);
    m_howCard->body()->addWidget(m_drawing);
    row->addWidget(m_whereCard, 1);
    row->addWidget(m_howCard, 1);
    body()->addLayout(row);
}

void MethodPage::buildObjective() {
    m_objectiveCard = new Card;
    m_objective = new FieldForm(2);
    m_objective->setObjectName("objective");
    m_objectiveCard->body()->addWidget(m_objective);
    connect(m_objective, &FieldForm::valueChanged, this, [this](const QString& key, const FieldValue& value) {
        context().draft.setObjectiveValue(key, value);
    });
}

void MethodPage::buildTraining() {
    m_trainingCard = new Card;
    m_training = new FieldForm(2);
    m_training->setFields(trainingFields());
    m_trainingCard->body()->addWidget(m_training);
    connect(m_training, &FieldForm::valueChanged, this,
            [this](const QString& key, const FieldValue& value) { context().draft.setValue(key, value); });
}

std::vector<Field> MethodPage::trainingFields() {
    std::vector<Field> fields;
    for (const Field& field : recipeFields()) {
        if (field.key.starts_with("train.") || field.key == "device") fields.push_back(field);
    }
    return fields;
}

double MethodPage::methodNumber(const char* key, double fallback) const {
    const FieldValue value = context().draft.methodValue(QString::fromLatin1(key), m_shown);
    if (const auto* number = std::get_if<double>(&value)) return *number;
    if (const auto* number = std::get_if<int64_t>(&value)) return double(*number);
    return fallback;
}

const std::vector<MethodSettings>& MethodPage::chosen() const {
    return context().draft.recipe().methods;
}

const MethodEntry* MethodPage::method() const {
    const Catalog* catalog = context().draft.catalog();
    return catalog && m_shown < chosen().size() ? catalog->method(chosen()[m_shown].name) : nullptr;
}

QString MethodPage::titleOf(const MethodSettings& method) const {
    const Catalog* catalog = context().draft.catalog();
    const MethodEntry* entry = catalog ? catalog->method(method.name) : nullptr;
    return methodTitle(method.name, entry ? entry->title : method.name);
}

void MethodPage::setMethodValue(const QString& key, const FieldValue& value) {
    context().draft.setMethodValue(key, value, m_shown);
}

const TaskEntry* MethodPage::task() const {
    const Catalog* catalog = context().draft.catalog();
    return catalog ? catalog->task(context().draft.recipe().task) : nullptr;
}

bool MethodPage::hasField(const char* key) const {
    const MethodEntry* entry = method();
    return entry && std::any_of(entry->fields.begin(), entry->fields.end(),
                                [&](const Field& field) { return field.key == key; });
}

void MethodPage::buildFields() {
    const MethodEntry* entry = method();
    const std::string name = entry ? entry->name : std::string();
    if (name == m_fieldsOf) return;
    m_fieldsOf = name;
    std::vector<Field> fields;
    if (entry) {
        std::copy_if(entry->fields.begin(), entry->fields.end(), std::back_inserter(fields),
                     [](const Field& field) { return !isOwnField(field.key); });
    }
    m_fields->setFields(fields);
    m_fields->setAdvanced(m_advanced->isChecked());
}

void MethodPage::buildObjectiveFields() {
    const TaskEntry* entry = task();
    const std::string name = entry ? entry->name : std::string();
    if (name == m_objectiveOf) return;
    m_objectiveOf = name;
    if (entry) m_objective->setRewards(context().draft.catalog()->rewards);
    m_objective->setFields(entry ? entry->fields : std::vector<Field>());
    m_objective->setAdvanced(m_advanced->isChecked());
}

void MethodPage::refresh() {
    m_shown = std::min(m_shown, chosen().empty() ? 0 : chosen().size() - 1);
    buildFields();
    buildObjectiveFields();
    const MethodEntry* entry = method();
    const bool someFields =
        entry && std::any_of(entry->fields.begin(), entry->fields.end(), [this](const Field& field) {
            return !isOwnField(field.key) && (!field.advanced || m_advanced->isChecked());
        });
    showMethods();
    m_rankCard->setVisible(hasField("rank"));
    m_alpha->setVisible(hasField("alpha"));
    m_alphaLabel->setVisible(hasField("alpha"));
    m_dropout->setVisible(hasField("dropout"));
    m_dropoutLabel->setVisible(hasField("dropout"));
    m_fieldsCard->setVisible(someFields);
    const TaskEntry* ofTask = task();
    m_objectiveCard->setVisible(
        ofTask && std::any_of(ofTask->fields.begin(), ofTask->fields.end(), [this](const Field& field) {
            return !field.advanced || m_advanced->isChecked();
        }));
    m_whereCard->setVisible(hasField("target_modules"));
    showValues();
    showTargets();
    showBills();
    showRace();
}

void MethodPage::cardClicked(const QString& name) {
    const auto& list = chosen();
    const auto held = std::find_if(list.begin(), list.end(),
                                   [&](const MethodSettings& own) { return own.name == name.toStdString(); });
    if (held != list.end())
        m_shown = std::size_t(held - list.begin());
    else
        context().draft.setMethod(name, m_shown);
    refresh();  // the click has turned the card over
}

void MethodPage::targetClicked(const QString& name, bool on) {
    if (name == QLatin1String(kAllLinear)) {
        const auto& facts = context().draft.baseFacts();
        const FieldValue none =
            facts ? FieldValue(facts->defaultTargets) : FieldValue(std::vector<std::string>());
        setMethodValue("target_modules", on ? FieldValue(std::vector<std::string>{kAllLinear}) : none);
        return;
    }
    std::vector<std::string> names;
    for (const Chip* chip : std::as_const(m_targetChips)) {
        if (chip->isChecked() && chip->property("target").toString() != QLatin1String(kAllLinear))
            names.push_back(chip->property("target").toString().toStdString());
    }
    setMethodValue("target_modules", names);
}

void MethodPage::retranslate() {
    setHeading(tr("Method"), tr("what may change, and what it costs (bars: trained parameters, log scale)"));
    m_loading->setText(engineText());
    m_simple->setText(tr("Simple"));
    m_simple->setToolTip(tr("The settings that matter most"));
    m_advanced->setText(tr("Advanced"));
    m_advanced->setToolTip(tr("Every setting"));
    for (MethodCard* card : std::as_const(m_cards)) {
        const std::string name = card->name().toStdString();
        const MethodEntry* entry = context().controller.backend()->catalog().method(name);
        card->setWords(methodTitle(name, entry->title), methodFormula(name, entry->formula),
                       methodSentence(name, entry->help));
    }
    m_list->retranslate();
    m_rank->retranslate();
    m_alphaLabel->setText(tr("Alpha"));
    m_alpha->setAccessibleName(tr("Alpha"));
    m_alpha->setToolTip(tr("The change is scaled by alpha / rank. Usual: once or twice the rank."));
    m_dropoutLabel->setText(tr("Dropout"));
    m_dropout->setAccessibleName(tr("Dropout"));
    m_dropout->setToolTip(
        tr("Share of the adapter's inputs left out at random while training. Usual: 0 to 0.1."));
    m_fieldsCard->setTitle(tr("Settings of the method"));
    m_fields->retranslate();
    m_whereCard->setTitle(tr("Where"));
    m_howCard->setTitle(tr("How it works"));
    m_objectiveCard->setTitle(tr("Settings of the task"));
    m_objective->retranslate();
    m_trainingCard->setTitle(tr("Training"));
    m_training->retranslate();
    m_raceCard->setTitle(tr("Try several ranks"));
    m_raceText->setText(
        tr("Runs the same training for each rank and names the smallest that is good enough."));
    m_raceRank->setAccessibleName(tr("Another rank for the race"));
    m_raceRank->setToolTip(tr("Any whole number"));
    m_raceAdd->setText(tr("Add"));
    m_raceAdd->setToolTip(tr("Add this rank to the race"));
    m_raceStart->setText(tr("Race"));
    refresh();
}

QString MethodPage::railNote() const {
    return method() ? railNoteOf(context().draft.recipe()) : QString();
}

QString MethodPage::railNoteOf(const Recipe& recipe) const {
    const Catalog* catalog = context().draft.catalog();
    if (!catalog || recipe.methods.empty()) return {};
    QStringList titles;
    for (const MethodSettings& own : recipe.methods) titles.append(titleOf(own));
    const QString title = titles.join(QStringLiteral(" + "));
    const MethodSettings& first = recipe.methods.front();
    const MethodEntry* entry = catalog->method(first.name);
    const auto rank = entry ? std::find_if(entry->fields.begin(), entry->fields.end(),
                                           [](const Field& field) { return field.key == "rank"; })
                            : std::vector<Field>::const_iterator();
    if (titles.size() > 1 || !entry || rank == entry->fields.end()) return title;
    const auto set = first.values.find("rank");
    const FieldValue value = set == first.values.end() ? rank->fallback : set->second;
    return tr("%1 %2").arg(title, QString::fromStdString(fieldValueToText(value)));
}

void MethodPage::showField(const Lack& lack) {
    if (lack.key.startsWith("method") && lack.method < chosen().size()) {
        m_shown = lack.method;
        refresh();
    }
    Page::showField(lack);
}

int MethodPage::faultCount() const {
    const auto faults = context().draft.faults();
    return int(std::count_if(faults.begin(), faults.end(), [this](const RecipeFault& fault) {
        return fault.key.starts_with("method") || fault.key.starts_with("train.") || fault.key == "device" ||
               fault.key.starts_with(context().draft.recipe().objective.section + ".");
    }));
}

bool MethodPage::complete() const {
    return method() && faultCount() == 0;
}

}  // namespace lathe
