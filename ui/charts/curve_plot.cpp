// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/curve_plot.h"

#include <QLocale>
#include <QMap>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/charts/metric_series.h"
#include "ui/charts/plot_base.h"

namespace lathe {
namespace {

constexpr double kRawOpacity = 0.28;
constexpr double kLineWidth = 2.2;
constexpr int kLabelGap = 8;

/// The range of the values so far, so that a plot of a million points need not look at them at each step.
struct Bounds {
    double low = HUGE_VAL, high = -HUGE_VAL, lowestPositive = HUGE_VAL;

    void take(const QList<double>& values) {
        for (const double value : values) {
            low = std::min(low, value);
            high = std::max(high, value);
            if (value > 0) lowestPositive = std::min(lowestPositive, value);
        }
    }
};

struct Series {
    QString name;
    int color = 0, dash = 0;
    CurvePlot::Style style = CurvePlot::Style::Smoothed;
    bool withValue = false;
    MetricSeries values;
    Bounds bounds;
    QCPGraph* raw = nullptr;  ///< null unless Smoothed
    QCPGraph* line = nullptr;
    QCPItemText* label = nullptr;

    const QList<double>& shown() const { return values.smoothed(); }
    QString labelText() const {
        if (!withValue) return name;
        return CurvePlot::tr("%1 %2").arg(name, QLocale().toString(shown().last(), 'g', 3));
    }
};

struct Mark {
    double x;
    QString text;
    QCPItemStraightLine* line;
    QCPItemText* label;
};

}  // namespace

class CurvePlot::Impl {
  public:
    Impl(const Theme& theme, CurvePlot* owner)
        : m_theme(theme), m_owner(owner), m_plot(makePlot(theme, owner)) {
        m_title = new QCPItemText(m_plot);
        m_title->setClipToAxisRect(false);
        m_title->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
        m_title->position->setType(QCPItemPosition::ptAbsolute);
        m_title->position->setCoords(4, 2);
        m_plot->axisRect()->setMinimumMargins(QMargins(8, 24, 12, 4));
        m_plot->axisRect()->setRangeZoom(Qt::Horizontal | Qt::Vertical);
        setAxisScale(*m_plot->xAxis, false);
        setAxisScale(*m_plot->yAxis, false);
        QObject::connect(m_plot, &QCustomPlot::mouseDoubleClick, m_owner, &CurvePlot::resetZoom);
        for (QCPAxis* axis : {m_plot->xAxis, m_plot->yAxis})
            QObject::connect(axis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), m_owner, [this] {
                if (!m_scaling) m_zoomed = true;
            });
        QObject::connect(m_plot, &QCustomPlot::beforeReplot, m_owner, [this] {
            if (std::exchange(m_fits, false) && !m_zoomed) fit();
        });
        // The labels stand beside where the lines really end, so they follow every layout of the axes.
        QObject::connect(m_plot, &QCustomPlot::afterLayout, m_owner, [this] { placeLabels(); });
        dress();
    }

    void dress() {
        dressPlot(*m_plot, m_theme);
        m_title->setColor(m_theme.tokens().muted);
        m_title->setFont(m_plot->xAxis->labelFont());
        for (auto& series : m_series) dress(series);
        for (Mark& mark : m_marks) dress(mark);
        redraw();
    }

    void dress(Series& series) {
        const QColor color = m_theme.seriesColor(series.color);
        if (series.raw) {
            QColor faint = color;
            faint.setAlphaF(kRawOpacity);
            series.raw->setPen(QPen(faint, 1));
        }
        series.line->setPen(seriesPen(color, kLineWidth, series.dash));
        series.line->setAntialiased(true);
        if (series.style == Style::Points)
            series.line->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, color, color, 7));
        QFont bold = m_plot->xAxis->tickLabelFont();
        bold.setBold(true);
        series.label->setFont(bold);
        series.label->setColor(color);
    }

    void dress(Mark& mark) {
        mark.line->setPen(QPen(m_theme.tokens().warn, 1, Qt::DotLine));
        mark.label->setColor(m_theme.tokens().warn);
        mark.label->setFont(m_plot->xAxis->tickLabelFont());
    }

    void setSeries(int id, const QString& name, int color, int dash, Style style, bool withValue) {
        if (m_series.contains(id) && m_series[id].style != style) removeSeries(id);
        Series& series = m_series[id];
        if (!series.line) {
            if (style == Style::Smoothed) series.raw = m_plot->addGraph();
            series.line = m_plot->addGraph();
            series.label = new QCPItemText(m_plot);
            series.label->setClipToAxisRect(false);
            series.label->setPositionAlignment(Qt::AlignLeft | Qt::AlignVCenter);
            series.label->position->setType(QCPItemPosition::ptAbsolute);
            series.label->setVisible(false);
            series.values.setSmoothing(style == Style::Smoothed ? m_smoothing : 0);
        }
        series.name = name;
        series.color = color;
        series.dash = dash;
        series.style = style;
        series.withValue = withValue;
        dress(series);
        redraw();
    }

    void removeSeries(int id) {
        if (!m_series.contains(id)) return;
        const Series series = m_series.take(id);
        if (series.raw) m_plot->removeGraph(series.raw);
        m_plot->removeGraph(series.line);
        m_plot->removeItem(series.label);
        redraw();
    }

    void append(int id, const QList<double>& xs, const QList<double>& ys) {
        const auto found = m_series.find(id);
        if (found == m_series.end()) return;
        Series& series = *found;
        const qsizetype first = series.values.append(xs, ys);
        const QList<double> newXs = series.values.xs().mid(first);
        if (newXs.isEmpty()) return;
        const QList<double> newYs = series.values.ys().mid(first);
        series.bounds.take(newYs);
        if (series.raw) series.raw->addData(newXs, newYs, true);
        series.line->addData(newXs, series.shown().mid(first), true);
        redraw();
    }

    void clear() {
        for (const int id : m_series.keys()) removeSeries(id);
        for (const Mark& mark : m_marks) {
            m_plot->removeItem(mark.line);
            m_plot->removeItem(mark.label);
        }
        m_marks.clear();
        m_zoomed = false;
        m_xEnd = 0;
        redraw();
    }

    void addMark(double x, const QString& text) {
        for (const Mark& mark : m_marks)
            if (mark.x == x && mark.text == text) return;  // it would be written over itself
        Mark mark{x, text, new QCPItemStraightLine(m_plot), new QCPItemText(m_plot)};
        mark.line->point1->setCoords(x, 0);
        mark.line->point2->setCoords(x, 1);
        mark.line->point1->setTypeY(QCPItemPosition::ptAxisRectRatio);
        mark.line->point2->setTypeY(QCPItemPosition::ptAxisRectRatio);
        mark.label->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
        mark.label->position->setCoords(x, 0);
        mark.label->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
        mark.label->setText(text);
        m_marks.append(mark);
        dress(m_marks.last());
        redraw();
    }

    void setSmoothing(double weight) {
        m_smoothing = weight;
        for (auto& series : m_series) {
            if (series.style != Style::Smoothed) continue;
            series.values.setSmoothing(weight);
            series.line->setData(series.values.xs(), series.values.smoothed(), true);
        }
        redraw();
    }

    void setLogScale(bool on) {
        setAxisScale(*m_plot->yAxis, on);
        m_zoomed = false;
        redraw();
    }

    void resetZoom() {
        m_zoomed = false;
        redraw();
    }

    void setMarkText(const QString& text) {
        for (Mark& mark : m_marks) {
            mark.text = text;
            mark.label->setText(text);
        }
        redraw();
    }

    /// Asks for one redraw at the end of this turn of the loop; it fits the axes unless the user has zoomed.
    void redraw() {
        m_fits = true;
        m_plot->replot(QCustomPlot::rpQueuedReplot);
    }

    void fit() {
        double right = m_xEnd, low = HUGE_VAL, high = -HUGE_VAL;
        const bool log = m_plot->yAxis->scaleType() == QCPAxis::stLogarithmic;
        for (const Series& series : m_series) {
            if (series.values.isEmpty()) continue;
            right = std::max(right, series.values.xs().last());
            if (log && series.bounds.high <= 0) continue;
            low = std::min(low, log ? series.bounds.lowestPositive : series.bounds.low);
            high = std::max(high, series.bounds.high);
        }
        if (low > high) low = log ? 0.1 : 0, high = 1;
        const double room = high > low ? (high - low) * 0.08 : high != 0 ? std::abs(high) * 0.1 : 1;
        m_scaling = true;
        m_plot->xAxis->setRange(0, right > 0 ? right * 1.02 : 1);
        if (log)
            m_plot->yAxis->setRange(low / 1.1, high * 1.1);
        else
            m_plot->yAxis->setRange(low >= 0 && low < room * 2 ? 0 : low - room, high + room);
        m_scaling = false;
    }

    /// Left of its line where there is no room at the right.
    void placeMarks() {
        const QRect area = m_plot->axisRect()->rect();
        for (const Mark& mark : m_marks) {
            const int wide = QFontMetrics(mark.label->font()).horizontalAdvance(mark.text) + 4;
            const bool fits = m_plot->xAxis->coordToPixel(mark.x) + wide <= area.right();
            mark.label->setPositionAlignment((fits ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignTop);
        }
    }

    void placeLabels() {
        placeMarks();
        std::vector<std::pair<double, Series*>> order;
        for (auto& series : m_series) {
            const bool shown = m_endLabels && !series.values.isEmpty() && !series.name.isEmpty();
            series.label->setVisible(shown);
            if (!shown) continue;
            const double last = series.shown().last();
            series.label->setText(series.labelText());
            order.emplace_back(m_plot->yAxis->coordToPixel(last), &series);
        }
        std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        const QRect area = m_plot->axisRect()->rect();
        const QFontMetrics metrics(m_plot->xAxis->tickLabelFont());
        double lowest = area.top();
        for (const auto& [wanted, series] : order) {
            const double y = std::max(wanted, lowest);
            lowest = y + metrics.height();
            const double end = m_plot->xAxis->coordToPixel(series->values.xs().last());
            const int wide =
                QFontMetrics(series->label->font()).horizontalAdvance(series->label->text()) + 10;
            const double rightmost = m_plot->width() - wide;
            const double x =
                std::clamp(end + kLabelGap, double(area.left()), std::max(double(area.left()), rightmost));
            series->label->position->setCoords(x, y);
        }
    }

    /// Room at the right so that a label at the end of a full-width line is not cut.
    void reserveLabelRoom() {
        const int wide =
            m_endLabels ? QFontMetrics(m_plot->font()).horizontalAdvance("validation 0.0000") : 12;
        m_plot->axisRect()->setMinimumMargins(QMargins(8, 24, wide, 4));
        redraw();
    }

    const Theme& m_theme;
    CurvePlot* m_owner;
    QCustomPlot* m_plot;
    QCPItemText* m_title;
    QMap<int, Series> m_series;
    QList<Mark> m_marks;
    double m_smoothing = 0.9, m_xEnd = 0;
    bool m_endLabels = false, m_zoomed = false, m_scaling = false, m_fits = false;
};

CurvePlot::CurvePlot(const Theme& theme, QWidget* parent)
    : QWidget(parent), m_impl(std::make_unique<Impl>(theme, this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_impl->m_plot);
    connect(&theme, &Theme::changed, this, [this] { m_impl->dress(); });
}

// The plot's own signals must not reach an Impl that is gone.
CurvePlot::~CurvePlot() {
    delete m_impl->m_plot;
}

void CurvePlot::setSeries(int id, const QString& name, int color, int dash, Style style, bool withValue) {
    m_impl->setSeries(id, name, color, dash, style, withValue);
}
void CurvePlot::removeSeries(int id) {
    m_impl->removeSeries(id);
}
void CurvePlot::append(int id, const QList<double>& xs, const QList<double>& ys) {
    m_impl->append(id, xs, ys);
}
void CurvePlot::clear() {
    m_impl->clear();
}
void CurvePlot::addMark(double x, const QString& text) {
    m_impl->addMark(x, text);
}
void CurvePlot::setMarkText(const QString& text) {
    m_impl->setMarkText(text);
}
void CurvePlot::setTitle(const QString& title) {
    m_impl->m_title->setText(title);
    setAccessibleName(title);
    m_impl->redraw();
}
void CurvePlot::setXLabel(const QString& label) {
    m_impl->m_plot->xAxis->setLabel(label);
    m_impl->redraw();
}
void CurvePlot::setSmoothing(double weight) {
    m_impl->setSmoothing(weight);
}
void CurvePlot::setLogScale(bool on) {
    m_impl->setLogScale(on);
}
void CurvePlot::setXEnd(double end) {
    m_impl->m_xEnd = end;
    m_impl->redraw();
}
void CurvePlot::setEndLabels(bool on) {
    m_impl->m_endLabels = on;
    m_impl->reserveLabelRoom();
}
void CurvePlot::resetZoom() {
    m_impl->resetZoom();
}
bool CurvePlot::isEmpty() const {
    return std::all_of(m_impl->m_series.begin(), m_impl->m_series.end(),
                       [](const Series& series) { return series.values.isEmpty(); });
}
bool CurvePlot::exportPng(const QString& file) const {
    return m_impl->m_plot->savePng(file, 0, 0, 2.0);
}
bool CurvePlot::exportSvg(const QString& file) const {
    return exportPlotSvg(*m_impl->m_plot, file, m_impl->m_title->text());
}
bool CurvePlot::exportPdf(const QString& file) const {
    return m_impl->m_plot->savePdf(file);
}

}  // namespace lathe
