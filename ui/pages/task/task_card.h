// SPDX-License-Identifier: GPL-3.0-or-later
// A task to choose: its title, one sentence, and a small drawing of what goes in and what comes out.
#pragma once

#include <QAbstractButton>

namespace lathe {

class Theme;

class TaskCard : public QAbstractButton {
    Q_OBJECT

  public:
    TaskCard(const QString& name, const Theme& theme, QWidget* parent = nullptr);

    const QString& name() const { return m_name; }
    void setWords(const QString& title, const QString& sentence);
    /// A short reason shown instead of the drawing's caption when the chosen base cannot learn this task.
    void setNote(const QString& note);
    QString note() const { return m_note; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void paintPicture(QPainter& painter, const QRectF& area) const;

    const Theme& m_theme;
    QString m_name;
    QString m_sentence;
    QString m_note;
};

}  // namespace lathe
