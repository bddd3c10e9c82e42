// SPDX-License-Identifier: GPL-3.0-or-later
// The rank: a spin box for any whole number beside a slider that stops at the powers of two.
#pragma once

#include <QWidget>

class QLabel;
class QSlider;
class QSpinBox;

namespace lathe {

class Theme;

class RankSlider : public QWidget {
    Q_OBJECT

  public:
    explicit RankSlider(const Theme& theme, QWidget* parent = nullptr);

    int value() const;
    void setValue(int rank);
    void setRange(int smallest, int largest);
    QSpinBox* spinBox() const { return m_spin; }
    QSlider* slider() const { return m_slider; }
    void retranslate();

  Q_SIGNALS:
    void valueChanged(int rank);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void showOnSlider(int rank);

    const Theme& m_theme;
    QLabel* m_label;
    QSpinBox* m_spin;
    QSlider* m_slider;
};

}  // namespace lathe
