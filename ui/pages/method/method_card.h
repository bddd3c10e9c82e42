// SPDX-License-Identifier: GPL-3.0-or-later
// A method to choose: its name, formula, trained parameters and their bar on a log scale shared by all cards.
#pragma once

#include <QAbstractButton>

namespace lathe {

class Theme;

class MethodCard : public QAbstractButton {
    Q_OBJECT

  public:
    MethodCard(const QString& name, const Theme& theme, QWidget* parent = nullptr);

    const QString& name() const { return m_name; }
    void setWords(const QString& title, const QString& formula, const QString& help);
    /// The trained parameters and the bar's length, 0 to 1; an empty text while the bill is not known.
    void setTrained(const QString& text, double fraction);
    QString trainedText() const { return m_trained; }
    double fraction() const { return m_fraction; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    const Theme& m_theme;
    QString m_name;
    QString m_formula;
    QString m_trained;
    double m_fraction = 0;
};

}  // namespace lathe
