// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/scatter_plot.h"

#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/charts/plot_base.h"

namespace lathe {
namespace {

/// Shares as percent on the axis while the data stays between 0 and 1.
class PercentTicker : public QCPAxisTicker {
  protected:
    QString getTickLabel(double tick, const QLocale& locale, QChar, int) override {
        return locale.toString(tick * 100, 'g', 4) + " %";
    }
};

constexpr int kBandAlpha = 90;

}  // namespace

class ScatterPlot::Impl {
  public:
    Impl(const Theme& theme, ScatterPlot* owner) : m_theme(theme), m_plot(makePlot(theme, owner)) {
        m_plot->setInteractions(QCP::iNone);
        m_plot->xAxis->setScaleType(QCPAxis::stLogarithmic);
        m_plot->xAxis->setTicker(QSharedPointer<ShortCountTicker>::create());
        m_plot->axisRect()->setMinimumMargins(QMargins(8, 24, 24, 4));
        rebuild();
    }

    void rebuild() {
        m_plot->clearItems();
        m_plot->clearGraphs();
        dressPlot(*m_plot, m_theme);
        addTitle();
        if (m_high > m_low) addBand();
        addLine();
        for (const ScatterPoint& point : m_points) addPoint(point);
        fit();
        m_plot->replot(QCustomPlot::rpQueuedReplot);
    }

    void addTitle() {
        auto* title = new QCPItemText(m_plot);
        title->setClipToAxisRect(false);
        title->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
        title->position->setType(QCPItemPosition::ptAbsolute);
        title->position->setCoords(4, 2);
        title->setText(m_title);
        title->setColor(m_theme.tokens().muted);
        title->setFont(m_plot->xAxis->labelFont());
    }

    void addBand() {
        auto* band = new QCPItemRect(m_plot);
        for (QCPItemPosition* corner : {band->topLeft, band->bottomRight})
            corner->setTypeX(QCPItemPosition::ptAxisRectRatio);
        band->topLeft->setCoords(0, m_high);
        band->bottomRight->setCoords(1, m_low);
        QColor color = m_theme.tokens().trainedToken;
        color.setAlpha(kBandAlpha);
        band->setBrush(color);
        band->setPen(Qt::NoPen);
        // Beside the title, where no point and no line is ever in its way.
        auto* words = new QCPItemText(m_plot);
        words->setClipToAxisRect(false);
        words->position->setType(QCPItemPosition::ptViewportRatio);
        words->position->setCoords(1, 0);
        words->setPositionAlignment(Qt::AlignRight | Qt::AlignTop);
        words->setPadding(QMargins(0, 2, 8, 0));
        words->setText(m_bandLabel);
        words->setColor(m_theme.tokens().good);
        words->setFont(m_plot->xAxis->tickLabelFont());
    }

    void addLine() {
        QCPGraph* line = m_plot->addGraph();
        line->setPen(QPen(m_theme.tokens().muted, 1, Qt::DashLine));
        for (const ScatterPoint& point : m_points)
            if (point.joined && point.x > 0) line->addData(point.x, point.y);
    }

    void addPoint(const ScatterPoint& point) {
        if (point.x <= 0 || !std::isfinite(point.y)) return;
        const QColor color = point.joined ? m_theme.seriesColor(point.color) : m_theme.tokens().text;
        QCPGraph* disc = m_plot->addGraph();
        disc->setLineStyle(QCPGraph::lsNone);
        disc->setScatterStyle(
            QCPScatterStyle(point.joined ? QCPScatterStyle::ssDisc : QCPScatterStyle::ssSquare, color, color,
                            point.strong ? 13 : 8));
        disc->addData(point.x, point.y);
        auto* words = new QCPItemText(m_plot);
        words->setClipToAxisRect(false);
        words->position->setCoords(point.x, point.y);
        words->setPositionAlignment(Qt::AlignHCenter | Qt::AlignBottom);
        words->setPadding(QMargins(0, 0, 0, point.strong ? 9 : 6));
        words->setText(point.label);
        words->setColor(color);
        QFont font = m_plot->xAxis->tickLabelFont();
        font.setBold(point.strong);
        words->setFont(font);
    }

    void fit() {
        double left = HUGE_VAL, right = 0, low = m_high > m_low ? m_low : HUGE_VAL,
               high = m_high > m_low ? m_high : -HUGE_VAL;
        for (const ScatterPoint& point : m_points) {
            if (point.x <= 0 || !std::isfinite(point.y)) continue;
            left = std::min(left, point.x);
            right = std::max(right, point.x);
            low = std::min(low, point.y);
            high = std::max(high, point.y);
        }
        if (right <= 0) left = 1e3, right = 1e6;
        if (low > high) low = 0, high = 1;
        const double room = high > low ? (high - low) * 0.18 : std::max(std::abs(high) * 0.05, 1e-6);
        m_plot->xAxis->setRange(left / 2, right * 2);
        m_plot->yAxis->setRange(low - room, high + room);
    }

    const Theme& m_theme;
    QCustomPlot* m_plot;
    QList<ScatterPoint> m_points;
    double m_low = 0, m_high = 0;
    QString m_bandLabel, m_title;
};

ScatterPlot::ScatterPlot(const Theme& theme, QWidget* parent)
    : QWidget(parent), m_impl(std::make_unique<Impl>(theme, this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_impl->m_plot);
    connect(&theme, &Theme::changed, this, [this] { m_impl->rebuild(); });
}

ScatterPlot::~ScatterPlot() = default;

void ScatterPlot::setPoints(const QList<ScatterPoint>& points) {
    m_impl->m_points = points;
    m_impl->rebuild();
}
void ScatterPlot::setBand(double low, double high, const QString& label) {
    m_impl->m_low = low;
    m_impl->m_high = high;
    m_impl->m_bandLabel = label;
    m_impl->rebuild();
}
void ScatterPlot::setTitle(const QString& title) {
    m_impl->m_title = title;
    setAccessibleName(title);
    m_impl->rebuild();
}
void ScatterPlot::setXLabel(const QString& label) {
    m_impl->m_plot->xAxis->setLabel(label);
    m_impl->rebuild();
}
void ScatterPlot::setPercent(bool on) {
    if (on)
        m_impl->m_plot->yAxis->setTicker(QSharedPointer<PercentTicker>::create());
    else
        m_impl->m_plot->yAxis->setTicker(QSharedPointer<QCPAxisTicker>::create());
    m_impl->rebuild();
}
bool ScatterPlot::exportPng(const QString& file) const {
    return m_impl->m_plot->savePng(file, 0, 0, 2.0);
}
bool ScatterPlot::exportSvg(const QString& file) const {
    return exportPlotSvg(*m_impl->m_plot, file, m_impl->m_title);
}
bool ScatterPlot::exportPdf(const QString& file) const {
    return m_impl->m_plot->savePdf(file);
}

}  // namespace lathe
