// SPDX-License-Identifier: GPL-3.0-or-later
// A thin bar of coloured parts on a grey ground: a share, or memory by part.
#pragma once

#include <QList>
#include <QWidget>

#include "ui/theme/theme.h"

namespace lathe {

class Bar : public QWidget {
    Q_OBJECT

  public:
    struct Part {
        double fraction = 0;  ///< of the whole width; the caller says if that is linear or log
        QColor color;
    };

    explicit Bar(const Theme& theme, QWidget* parent = nullptr);

    void setParts(const QList<Part>& parts);
    /// One part in a series colour of the theme.
    void setFraction(double fraction, int color);
    /// Where `value` lies between 1 and `whole` on a log scale: 0 … 1.
    static double logFraction(double value, double whole);

    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    const Theme& m_theme;
    QList<Part> m_parts;
};

}  // namespace lathe
