// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/task/task_page.h"

#include <QButtonGroup>
#include <QGridLayout>
#include <QLabel>
#include <algorithm>

#include "ui/pages/task/task_card.h"
#include "ui/text/catalog_text.h"

namespace lathe {
namespace {

constexpr int kColumns = 3;
constexpr const char* kWays[] = {"self-supervised", "supervised", "reinforcement"};

}  // namespace

TaskPage::TaskPage(const PageContext& context, QWidget* parent)
    : Page(context, parent), m_loading(new QLabel), m_buttons(new QButtonGroup(this)) {
    m_loading->setProperty("role", "muted");
    body()->addWidget(m_loading);
    body()->addStretch(1);
    connect(m_buttons, &QButtonGroup::buttonClicked, this, [this](QAbstractButton* button) {
        this->context().draft.setTask(static_cast<TaskCard*>(button)->name());
    });
    connect(&context.controller, &TrainingController::backendReady, this, &TaskPage::build);
    connect(&context.draft, &RecipeDraft::changed, this, &TaskPage::refresh);
    connect(&context.draft, &RecipeDraft::baseFactsChanged, this, &TaskPage::refresh);
    build();
    retranslate();
}

void TaskPage::build() {
    if (!m_cards.isEmpty() || !context().controller.backend()) return;
    m_loading->hide();
    const Catalog& catalog = context().controller.backend()->catalog();
    // One grid for the three ways, so that cards stand below each other whatever their number.
    auto* grid = new QGridLayout;
    grid->setSpacing(12);
    for (int column = 0; column < kColumns; ++column) {
        grid->setColumnStretch(column, 1);
        grid->setColumnMinimumWidth(column, 200);
    }
    int row = 0;
    for (const char* way : kWays) {
        Group group{way, new QLabel, new QLabel, nullptr};
        group.title->setProperty("role", "strong");
        group.sentence->setProperty("role", "muted");
        auto* heading = new QHBoxLayout;
        heading->setSpacing(8);
        heading->addWidget(group.title);
        heading->addWidget(group.sentence, 1);
        grid->addLayout(heading, row++, 0, 1, kColumns);
        int count = 0;
        for (const TaskEntry& task : catalog.tasks) {
            if (task.way != way) continue;
            auto* card = new TaskCard(QString::fromStdString(task.name), context().theme);
            m_buttons->addButton(card);
            m_cards.append(card);
            grid->addWidget(card, row + count / kColumns, count % kColumns);
            ++count;
        }
        if (count == 0) {
            group.empty = new QLabel;
            group.empty->setProperty("role", "muted");
            grid->addWidget(group.empty, row, 0, 1, kColumns);
        }
        row += std::max(1, (count + kColumns - 1) / kColumns);
        m_groups.append(group);
    }
    body()->insertLayout(0, grid);
    retranslate();
}

void TaskPage::refresh() {
    const auto& facts = context().draft.baseFacts();
    for (TaskCard* card : std::as_const(m_cards)) {
        const std::string name = card->name().toStdString();
        const bool fits = !facts || facts->tasks.empty() ||
                          std::find(facts->tasks.begin(), facts->tasks.end(), name) != facts->tasks.end();
        card->setNote(fits ? QString() : tr("needs another base"));
        if (name == context().draft.recipe().task) card->setChecked(true);
    }
    if (context().draft.recipe().task.empty() && m_buttons->checkedButton()) {
        m_buttons->setExclusive(false);
        m_buttons->checkedButton()->setChecked(false);
        m_buttons->setExclusive(true);
    }
}

void TaskPage::retranslate() {
    setHeading(tr("Task"), tr("what the model is to learn"));
    m_loading->setText(engineText());
    for (const Group& group : std::as_const(m_groups)) {
        group.title->setText(wayTitle(group.way));
        group.sentence->setText(waySentence(group.way));
        if (group.empty) group.empty->setText(tr("This version of Lathe has no task of this kind."));
    }
    for (TaskCard* card : std::as_const(m_cards)) {
        const std::string name = card->name().toStdString();
        const TaskEntry* entry = context().controller.backend()->catalog().task(name);
        card->setWords(taskTitle(name, entry->title), taskSentence(name, entry->help));
    }
    refresh();
}

QString TaskPage::railNote() const {
    return railNoteOf(context().draft.recipe());
}

QString TaskPage::railNoteOf(const Recipe& recipe) const {
    return recipe.task.empty() ? QString() : taskTitle(recipe.task, recipe.task);
}

bool TaskPage::complete() const {
    return !context().draft.recipe().task.empty();
}

}  // namespace lathe
