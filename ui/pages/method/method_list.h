// SPDX-License-Identifier: GPL-3.0-or-later
// The methods that train together in one run: a chip each, the checked one's settings are shown; one more can
// join, the shown one can leave.
#pragma once

#include <QList>
#include <QStringList>
#include <QWidget>

class QButtonGroup;
class QLabel;
class QMenu;
class QPushButton;

namespace lathe {

class Chip;
class FlowLayout;

class MethodList : public QWidget {
    Q_OBJECT

  public:
    /// A method that could join, and why it cannot (empty: it can).
    struct Joining {
        QString name, title, help, obstacle;
    };

    explicit MethodList(QWidget* parent = nullptr);

    void setMethods(const QStringList& titles, int shown);
    void setJoining(const QList<Joining>& joining);
    /// Why the methods cannot work together; empty hides it.
    void setFault(const QString& fault);
    void retranslate();

  Q_SIGNALS:
    void chosen(int index);
    void removeAsked(int index);
    void joinAsked(const QString& name);

  private:
    void showWords();

    QLabel* m_together;
    QWidget* m_row;
    QButtonGroup* m_group;
    QList<Chip*> m_chips;
    QPushButton* m_remove;
    QPushButton* m_join;
    QMenu* m_menu;
    QLabel* m_fault;
    int m_shown = 0;
};

}  // namespace lathe
