// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/method/method_list.h"

#include <QAction>
#include <QButtonGroup>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>

#include "ui/widgets/chip.h"
#include "ui/widgets/flow_layout.h"

namespace lathe {

MethodList::MethodList(QWidget* parent) : QWidget(parent) {
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(4);
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    m_together = new QLabel;
    m_together->setProperty("role", "muted");
    m_row = new QWidget;
    new FlowLayout(m_row);
    m_group = new QButtonGroup(this);
    m_remove = new QPushButton;
    m_remove->setObjectName("removeMethod");
    m_join = new QPushButton;
    m_join->setObjectName("joinMethod");
    m_menu = new QMenu(this);
    m_menu->setToolTipsVisible(true);
    m_join->setMenu(m_menu);
    for (QPushButton* button : {m_remove, m_join})
        button->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    line->addWidget(m_together);
    line->addWidget(m_row, 1);
    line->addWidget(m_remove);
    line->addWidget(m_join);
    m_fault = new QLabel;
    m_fault->setProperty("role", "warn");
    m_fault->setTextFormat(Qt::PlainText);
    m_fault->setWordWrap(true);
    m_fault->hide();
    all->addLayout(line);
    all->addWidget(m_fault);
    connect(m_group, &QButtonGroup::idClicked, this, &MethodList::chosen);
    connect(m_remove, &QPushButton::clicked, this, [this] { Q_EMIT removeAsked(m_shown); });
}

void MethodList::setMethods(const QStringList& titles, int shown) {
    while (m_chips.size() > titles.size()) delete m_chips.takeLast();
    while (m_chips.size() < titles.size()) {
        auto* chip = new Chip;
        m_row->layout()->addWidget(chip);
        m_group->addButton(chip, int(m_chips.size()));
        m_chips.append(chip);
    }
    for (int i = 0; i < titles.size(); ++i) m_chips[i]->setText(titles[i]);
    m_shown = shown;
    if (shown < m_chips.size()) m_chips[shown]->setChecked(true);
    showWords();
}

void MethodList::setJoining(const QList<Joining>& joining) {
    m_menu->clear();
    bool any = false;
    for (const Joining& method : joining) {
        QAction* action = m_menu->addAction(method.title);
        action->setData(method.name);
        action->setToolTip(method.obstacle.isEmpty() ? method.help : method.obstacle);
        action->setEnabled(method.obstacle.isEmpty());
        any = any || action->isEnabled();
        connect(action, &QAction::triggered, this, [this, name = method.name] { Q_EMIT joinAsked(name); });
    }
    m_join->setEnabled(any);
}

void MethodList::setFault(const QString& fault) {
    m_fault->setText(fault);
    m_fault->setVisible(!fault.isEmpty());
}

void MethodList::retranslate() {
    m_join->setText(tr("Combine with"));
    m_join->setToolTip(tr("Trains one more method in the same run, beside those that are chosen"));
    showWords();
}

void MethodList::showWords() {
    const bool several = m_chips.size() > 1;
    m_together->setText(several ? tr("Trained together:")
                                : tr("Methods that add to the base can be trained together."));
    m_row->setVisible(several);
    m_remove->setVisible(several);
    for (Chip* chip : std::as_const(m_chips))
        chip->setToolTip(tr("Shows the settings of %1").arg(chip->text()));
    if (!several) return;
    m_remove->setText(tr("Remove %1").arg(m_chips.value(m_shown)->text()));
    m_remove->setToolTip(tr("Takes this method out; the others stay as they are"));
}

}  // namespace lathe
