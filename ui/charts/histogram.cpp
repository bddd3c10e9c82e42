// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/histogram.h"

#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace lathe {

Histogram::Histogram(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void Histogram::setData(std::vector<int64_t> counts, int64_t binWidth, int64_t cut, const QString& cutText) {
    m_counts = std::move(counts);
    m_binWidth = std::max<int64_t>(1, binWidth);
    m_cut = cut;
    m_cutText = cutText;
    setAccessibleDescription(cutText);
    update();
}

QSize Histogram::sizeHint() const {
    return QSize(400, fontMetrics().height() * 8);
}

QSize Histogram::minimumSizeHint() const {
    return QSize(200, fontMetrics().height() * 6);
}

QRectF Histogram::plotRect() const {
    const int text = fontMetrics().height();
    return QRectF(8, text + 4, qMax(1, width() - 16), qMax(1, height() - 2 * text - 10));
}

int Histogram::shownBins() const {
    // The cut-off line stays inside the picture even when every row is shorter.
    const int64_t forCut = m_cut > 0 ? m_cut / m_binWidth + 2 : 1;
    return int(std::clamp<int64_t>(std::max<int64_t>(int64_t(m_counts.size()), forCut), 1, 4096));
}

double Histogram::xOf(double length) const {
    const QRectF plot = plotRect();
    return plot.left() + plot.width() * length / (double(shownBins()) * double(m_binWidth));
}

void Histogram::paintEvent(QPaintEvent*) {
    const Tokens& tokens = m_theme.tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF plot = plotRect();
    const int64_t tallest = m_counts.empty() ? 0 : *std::max_element(m_counts.begin(), m_counts.end());
    painter.setPen(QPen(tokens.line, 1));
    painter.drawLine(plot.bottomLeft(), plot.bottomRight());
    const QColor beyond = tokens.warn;
    for (std::size_t bin = 0; tallest > 0 && bin < m_counts.size(); ++bin) {
        if (m_counts[bin] == 0) continue;
        const double left = xOf(double(bin) * double(m_binWidth));
        const double right = xOf(double(bin + 1) * double(m_binWidth));
        const double gap = right - left > 6 ? 2 : 0;
        const double barHeight = std::max(2.0, plot.height() * double(m_counts[bin]) / double(tallest));
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_cut > 0 && int64_t(bin) * m_binWidth >= m_cut ? beyond : tokens.accent);
        painter.drawRoundedRect(QRectF(left + gap, plot.bottom() - barHeight, right - left - gap, barHeight),
                                2, 2);
    }

    // A mark every so many bins that the numbers keep clear of each other.
    painter.setPen(tokens.muted);
    const int textWidth = fontMetrics().horizontalAdvance(QStringLiteral("00000")) + 16;
    const double binPixels = plot.width() / shownBins();
    int every = 1;
    while (every * binPixels < textWidth) every *= 2;
    for (int bin = 0; bin <= shownBins(); bin += every) {
        const double x = xOf(double(bin) * double(m_binWidth));
        const QRectF place(x - textWidth / 2.0, plot.bottom() + 4, textWidth, fontMetrics().height());
        if (place.right() > width() + textWidth / 2.0 - 8) break;
        painter.drawText(place, Qt::AlignCenter, QLocale().toString(qlonglong(bin) * m_binWidth));
    }

    if (m_cut > 0) {
        const double x = xOf(double(m_cut));
        painter.setPen(QPen(tokens.warn, 1.5, Qt::DashLine));
        painter.drawLine(QPointF(x, 2), QPointF(x, plot.bottom()));
        painter.setPen(tokens.warn);
        const double textRoom = fontMetrics().horizontalAdvance(m_cutText) + 8;
        const bool left = x - textRoom > 0;
        painter.drawText(QRectF(left ? x - textRoom - 2 : x + 6, 0, textRoom, fontMetrics().height() + 2),
                         (left ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter, m_cutText);
    }
}

void Histogram::mousePressEvent(QMouseEvent* event) {
    m_dragging = m_cut > 0 && std::abs(event->position().x() - xOf(double(m_cut))) < 8;
}

void Histogram::mouseMoveEvent(QMouseEvent* event) {
    const double x = event->position().x();
    if (!m_dragging) {
        const bool near = m_cut > 0 && std::abs(x - xOf(double(m_cut))) < 8;
        setCursor(near ? Qt::SplitHCursor : Qt::ArrowCursor);
        return;
    }
    const QRectF plot = plotRect();
    const double share = std::clamp((x - plot.left()) / plot.width(), 0.0, 1.0);
    m_cut = std::max<int64_t>(8, int64_t(std::lround(share * shownBins() * double(m_binWidth) / 8) * 8));
    update();
}

void Histogram::mouseReleaseEvent(QMouseEvent*) {
    if (m_dragging) Q_EMIT cutMoved(int(m_cut));
    m_dragging = false;
}

}  // namespace lathe
