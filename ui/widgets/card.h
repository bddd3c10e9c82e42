// SPDX-License-Identifier: GPL-3.0-or-later
// A white box with rounded corners, an optional bold title with room for actions beside it, and a body.
#pragma once

#include <QFrame>
#include <QHBoxLayout>
#include <QVBoxLayout>

class QLabel;

namespace lathe {

class Card : public QFrame {
    Q_OBJECT

  public:
    explicit Card(QWidget* parent = nullptr);

    void setTitle(const QString& title);
    QHBoxLayout* header() const { return m_header; }  ///< right of the title
    QVBoxLayout* body() const { return m_body; }
    /// Draws the border in the accent (chosen), the warning colour, or plainly: "", "accent", "warn".
    void setTone(const QString& tone);

  private:
    QLabel* m_title;
    QHBoxLayout* m_header;
    QVBoxLayout* m_body;
};

}  // namespace lathe
