// SPDX-License-Identifier: GPL-3.0-or-later
// Step 1: what is to be learnt, as cards in the three ways of fine-tuning.
#pragma once

#include <QList>

#include "ui/pages/page.h"

class QButtonGroup;

namespace lathe {

class TaskCard;

class TaskPage : public Page {
    Q_OBJECT

  public:
    TaskPage(const PageContext& context, QWidget* parent);

    void retranslate() override;
    QString railNote() const override;
    QString railNoteOf(const Recipe& recipe) const override;
    bool complete() const override;

  private:
    /// Cards are made once, when the engine says what it can do.
    void build();
    void refresh();

    struct Group {
        std::string way;
        QLabel* title;
        QLabel* sentence;
        QLabel* empty;  ///< said instead of cards when this build has no task of the kind; else null
    };

    QLabel* m_loading;
    QButtonGroup* m_buttons;
    QList<Group> m_groups;
    QList<TaskCard*> m_cards;
};

}  // namespace lathe
