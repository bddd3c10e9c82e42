// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/plot_base.h"

#include <QSvgGenerator>

#include "ui/text/number_text.h"

namespace lathe {

QCustomPlot* makePlot(const Theme& theme, QWidget* parent) {
    auto* plot = new QCustomPlot(parent);
    // Without it, a pen wider than one pixel on noisy data costs up to a second a redraw.
    plot->setPlottingHint(QCP::phFastPolylines, true);
    plot->setNoAntialiasingOnDrag(true);
    plot->setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    plot->axisRect()->setAutoMargins(QCP::msAll);
    plot->setMinimumSize(120, 80);
    dressPlot(*plot, theme);
    return plot;
}

void dressPlot(QCustomPlot& plot, const Theme& theme) {
    const Tokens& tokens = theme.tokens();
    plot.setBackground(QBrush(tokens.card));
    QFont small = plot.font();
    small.setPixelSize(std::max(9, QApplication::font().pixelSize() * 11 / 13));
    for (QCPAxis* axis : {plot.xAxis, plot.yAxis}) {
        const bool horizontal = axis == plot.xAxis;
        axis->setBasePen(horizontal ? QPen(tokens.line) : QPen(Qt::NoPen));
        axis->setTickPen(Qt::NoPen);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelColor(tokens.muted);
        axis->setTickLabelFont(small);
        axis->setLabelColor(tokens.muted);
        axis->setLabelFont(small);
        axis->grid()->setVisible(!horizontal);
        axis->grid()->setPen(QPen(tokens.line, 1));
        axis->grid()->setZeroLinePen(QPen(tokens.line, 1));
        axis->grid()->setSubGridVisible(false);
    }
}

QPen seriesPen(const QColor& color, double width, int dash) {
    QPen pen(color, width);
    pen.setCapStyle(Qt::FlatCap);
    pen.setJoinStyle(Qt::RoundJoin);
    const QVector<qreal> pattern = Theme::dash(dash);
    if (!pattern.isEmpty()) pen.setDashPattern(pattern);
    return pen;
}

void setAxisScale(QCPAxis& axis, bool logarithmic) {
    axis.setScaleType(logarithmic ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    if (logarithmic)
        axis.setTicker(QSharedPointer<QCPAxisTickerLog>::create());
    else
        axis.setTicker(QSharedPointer<QCPAxisTicker>::create());
    axis.setNumberFormat("g");
    axis.setNumberPrecision(4);
}

bool exportPlotSvg(QCustomPlot& plot, const QString& file, const QString& title) {
    QSvgGenerator generator;
    generator.setFileName(file);
    generator.setTitle(title);
    generator.setSize(plot.size());
    generator.setViewBox(QRect(QPoint(0, 0), plot.size()));
    QCPPainter painter;
    if (!painter.begin(&generator)) return false;
    painter.setMode(QCPPainter::pmVectorized);
    painter.setMode(QCPPainter::pmNoCaching);
    plot.toPainter(&painter, plot.width(), plot.height());
    return painter.end();
}

QString ShortCountTicker::getTickLabel(double tick, const QLocale&, QChar, int) {
    return shortCountText(static_cast<int64_t>(tick));
}

}  // namespace lathe
