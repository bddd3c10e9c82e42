// SPDX-License-Identifier: GPL-3.0-or-later
// What the plots share: a QCustomPlot dressed in the theme, its export, and its axis looks. For
// ui/widgets/*.cpp only.
#pragma once

#include <qcustomplot.h>

#include "ui/theme/theme.h"

namespace lathe {

/// A plot without frame and legend, axes and grid in the theme's colours (set again when the theme changes).
QCustomPlot* makePlot(const Theme& theme, QWidget* parent);
void dressPlot(QCustomPlot& plot, const Theme& theme);
/// A pen that stays fast on a million noisy points (see phFastPolylines in makePlot).
QPen seriesPen(const QColor& color, double width, int dash);
/// Linear with plain numbers, or logarithmic with powers of ten.
void setAxisScale(QCPAxis& axis, bool logarithmic);

bool exportPlotSvg(QCustomPlot& plot, const QString& file, const QString& title);

/// Ticks written as "10 k", "1 M".
class ShortCountTicker : public QCPAxisTickerLog {
  protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar format, int precision) override;
};

}  // namespace lathe
