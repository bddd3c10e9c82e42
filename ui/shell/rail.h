// SPDX-License-Identifier: GPL-3.0-or-later
// The steps of a fine-tune at the left: number or tick, name, note; walked by keyboard with up and down.
#pragma once

#include <QFrame>
#include <QList>

#include "ui/theme/theme.h"

class QLabel;
class QVBoxLayout;

namespace lathe {

class RailStep;

class Rail : public QFrame {
    Q_OBJECT

  public:
    explicit Rail(const Theme& theme, QWidget* parent = nullptr);

    /// A grey heading above the steps that follow.
    void addSection(const QString& key);
    /// `number` 0 = a step without one.
    void addStep(const QString& page, int number);
    void setSectionTitle(const QString& key, const QString& title);
    void setStepTitle(const QString& page, const QString& title);
    /// The grey note, the tick, and how many faults. `next` is what the form has in place of the note, where
    /// that is of the run in progress.
    void setStepState(const QString& page, const QString& note, bool complete, int faults,
                      const QString& next = {});
    void setCurrent(const QString& page);

  Q_SIGNALS:
    void chosen(const QString& page);

  protected:
    void keyPressEvent(QKeyEvent* event) override;

  private:
    RailStep* step(const QString& page) const;

    const Theme& m_theme;
    QVBoxLayout* m_layout;
    QList<RailStep*> m_steps;
    QList<std::pair<QString, QLabel*>> m_sections;
};

}  // namespace lathe
