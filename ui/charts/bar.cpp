// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/bar.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

namespace lathe {

Bar::Bar(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void Bar::setParts(const QList<Part>& parts) {
    m_parts = parts;
    update();
}

void Bar::setFraction(double fraction, int color) {
    setParts({{fraction, m_theme.seriesColor(color)}});
}

double Bar::logFraction(double value, double whole) {
    if (value < 1 || whole <= 1) return 0;
    return std::clamp(std::log(value) / std::log(whole), 0.0, 1.0);
}

QSize Bar::sizeHint() const {
    return {80, 8};
}

void Bar::paintEvent(QPaintEvent*) {
    constexpr double kLeastVisible = 3;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath shape;
    shape.addRoundedRect(rect(), height() / 2.0, height() / 2.0);
    painter.setClipPath(shape);
    painter.fillRect(rect(), m_theme.tokens().line);
    double left = 0;
    for (const Part& part : m_parts) {
        if (part.fraction <= 0) continue;
        const double wide = std::max(kLeastVisible, std::min(1.0, part.fraction) * width());
        painter.fillRect(QRectF(left, 0, wide, height()), part.color);
        left += wide;
    }
}

}  // namespace lathe
