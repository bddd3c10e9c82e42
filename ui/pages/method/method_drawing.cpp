// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/method/method_drawing.h"

#include <QLocale>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace lathe {
namespace {

bool isLowRank(const QString& method) {
    return QStringList{"lora", "dora", "lora_fa", "adalora", "vera"}.contains(method);
}

}  // namespace

MethodDrawing::MethodDrawing(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void MethodDrawing::setPicture(const MethodPicture& picture) {
    m_picture = picture;
    setAccessibleName(tr("How it works"));
    setAccessibleDescription(picture.formula + QLatin1String(". ") + trainedText());
    update();
}

QSize MethodDrawing::sizeHint() const {
    return QSize(320, fontMetrics().height() * 9);
}

QSize MethodDrawing::minimumSizeHint() const {
    return QSize(240, fontMetrics().height() * 7);
}

QString MethodDrawing::trainedText() const {
    if (m_picture.trained <= 0) return {};
    const double whole = double(m_picture.in) * double(m_picture.out);
    const QString count = QLocale().toString(qlonglong(m_picture.trained));
    if (whole <= 0) return tr("%1 trained").arg(count);
    const double percent = 100.0 * double(m_picture.trained) / whole;
    return tr("%1 trained (%2 %)").arg(count, QLocale().toString(percent, 'f', percent < 1 ? 2 : 1));
}

void MethodDrawing::paintBox(QPainter& painter, const QRectF& box, bool trained, const QString& text) const {
    const Tokens& tokens = m_theme.tokens();
    painter.setPen(Qt::NoPen);
    painter.setBrush(trained ? m_theme.seriesColor(1) : tokens.line);
    painter.drawRoundedRect(box, 3, 3);
    if (text.isEmpty()) return;
    // The orange of what trains is light in both themes, so its text is always the dark one.
    const QColor onTrained = m_theme.isDark() ? tokens.background : tokens.text;
    painter.setPen(trained ? onTrained : tokens.muted);
    painter.drawText(box, Qt::AlignCenter | Qt::TextWordWrap, text);
}

void MethodDrawing::paintText(QPainter& painter, const QRectF& place, const QString& text,
                              bool strong) const {
    QFont font = this->font();
    if (strong) font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(strong ? m_theme.tokens().text : m_theme.tokens().muted);
    painter.drawText(place, Qt::AlignCenter, text);
    painter.setFont(this->font());
}

void MethodDrawing::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (m_picture.in <= 0 || m_picture.out <= 0) {
        painter.setPen(m_theme.tokens().muted);
        const QString hint = tr("Choose a base to see the real sizes.");
        painter.drawText(
            rect(), Qt::AlignCenter | Qt::TextWordWrap,
            m_picture.formula.isEmpty() ? hint : m_picture.formula + QLatin1String("\n\n") + hint);
        return;
    }
    if (isLowRank(m_picture.method)) {
        paintLowRank(painter);
    } else if (m_picture.virtualTokens > 0) {
        paintFront(painter);
    } else if (m_picture.narrow > 0) {
        paintNarrow(painter);
    } else {
        paintWhole(painter);
    }
}

void MethodDrawing::paintLowRank(QPainter& painter) const {
    const int line = fontMetrics().height();
    const double side = std::clamp(std::min(height() - 3.0 * line, width() * 0.36), 40.0, 160.0);
    const double top = (height() - side - 2 * line - 6) / 2;
    // Thickness grows with the rank but stays readable: rank 1 of 384 would be a third of a pixel.
    const double share = double(m_picture.rank) / double(std::min(m_picture.in, m_picture.out));
    const double thin = std::clamp(side * std::sqrt(share), 5.0, side);
    const QString countB = tr("B %1 × %2").arg(m_picture.out).arg(m_picture.rank);
    const QString countA = tr("A %1 × %2").arg(m_picture.rank).arg(m_picture.in);
    const double textB = fontMetrics().horizontalAdvance(countB) + 8;
    const double columnB = std::max(thin, textB);
    const double plus = 40;
    double x = std::max(0.0, (width() - (side + plus + columnB + side + 12)) / 2);

    const QString size = tr("W %1 × %2").arg(m_picture.out).arg(m_picture.in);
    const QString frozen = tr("%1 frozen").arg(QLocale().toString(qlonglong(m_picture.frozen)));
    paintBox(painter, QRectF(x, top, side, side), false, size + QLatin1Char('\n') + frozen);
    x += side;
    paintText(painter, QRectF(x, top, plus, side), QStringLiteral("+"), true);
    x += plus;
    const bool trainsA =
        m_picture.method != QLatin1String("lora_fa") && m_picture.method != QLatin1String("vera");
    paintBox(painter, QRectF(x + (columnB - thin) / 2, top, thin, side),
             m_picture.method != QLatin1String("vera"), {});
    paintText(painter, QRectF(x, top + side + 4, columnB, line), countB, false);
    x += columnB + 12;
    const double right = std::max(40.0, std::min(side, width() - x));
    const double middle = top + std::max(0.0, (side - thin) / 2);
    paintBox(painter, QRectF(x, middle, right, thin), trainsA, {});
    paintText(painter, QRectF(x - 20, top + side + 4, right + 40, line), countA, false);
    paintText(painter, QRectF(0, top + side + 6 + line, width(), line), trainedText(), true);
}

/// A row of tokens: the trained ones, then the text's own.
void MethodDrawing::paintFront(QPainter& painter) const {
    constexpr int kShown = 4, kText = 6;
    const int line = fontMetrics().height();
    const double cell = std::clamp(width() / double(kShown + kText + 4), 14.0, 34.0), gap = 4;
    const int trained = int(std::min<int64_t>(kShown, m_picture.virtualTokens));
    const double whole = (trained + kText) * (cell + gap) + 2 * gap;
    const double top = (height() - cell - 2 * line - 8) / 2, left = (width() - whole) / 2;
    for (int i = 0; i < trained + kText; ++i) {
        const double x = left + i * (cell + gap) + (i < trained ? 0 : 2 * gap);
        paintBox(painter, QRectF(x, top, cell, cell), i < trained, {});
    }
    const double border = left + trained * (cell + gap) + gap / 2;
    const QString vectors = tr("%1 vectors").arg(QLocale().toString(qlonglong(m_picture.virtualTokens)));
    const double room = std::max(border - left, fontMetrics().horizontalAdvance(vectors) + 8.0);
    paintText(painter, QRectF(border - room, top + cell + 4, room, line), vectors, false);
    paintText(painter, QRectF(border + gap, top + cell + 4, kText * (cell + gap), line), tr("the text"),
              false);
    paintText(painter, QRectF(0, top + cell + 6 + line, width(), line), tr("the base is frozen"), true);
}

/// hidden → narrow → hidden.
void MethodDrawing::paintNarrow(QPainter& painter) const {
    const int line = fontMetrics().height();
    const double side = std::clamp(height() - 3.0 * line, 40.0, 120.0), bar = 26, gap = 30;
    const double share = double(m_picture.narrow) / double(std::max<int64_t>(1, m_picture.hidden));
    const double thin = std::clamp(side * std::sqrt(share), 6.0, side);
    const double top = (height() - side - 2 * line - 6) / 2, left = (width() - 3 * bar - 2 * gap) / 2;
    paintBox(painter, QRectF(left, top, bar, side), false, {});
    paintBox(painter, QRectF(left + bar + gap, top + (side - thin) / 2, bar, thin), true, {});
    paintBox(painter, QRectF(left + 2 * (bar + gap), top, bar, side), false, {});
    const QString sizes = tr("%1 → %2 → %1").arg(m_picture.hidden).arg(m_picture.narrow);
    paintText(painter, QRectF(0, top + side + 4, width(), line), sizes, false);
    const qlonglong count = 2 * m_picture.hidden * m_picture.narrow + m_picture.hidden + m_picture.narrow;
    paintText(painter, QRectF(0, top + side + 6 + line, width(), line),
              tr("%1 trained at each place").arg(QLocale().toString(count)), true);
}

void MethodDrawing::paintWhole(QPainter& painter) const {
    const int line = fontMetrics().height();
    const double side = std::clamp(height() - 3.0 * line, 40.0, 140.0);
    const double top = (height() - side - line - 8) / 2;
    const QString size = tr("W %1 × %2").arg(m_picture.out).arg(m_picture.in);
    const double wide = std::max(side, fontMetrics().horizontalAdvance(size) + 16.0);
    const QRectF box((width() - wide) / 2, top, wide, side);
    const bool all = m_picture.frozen <= 0;
    paintBox(painter, box, all, size);
    if (!all && m_picture.trained > 0) {
        QRectF part = box;
        part.setLeft(part.right() - std::max(6.0, wide * double(m_picture.trained) /
                                                      double(m_picture.frozen + m_picture.trained)));
        paintBox(painter, part, true, {});
    }
    const QString text = m_picture.trained > 0 ? trainedText() : tr("frozen");
    paintText(painter, QRectF(0, box.bottom() + 8, width(), line), text, true);
}

}  // namespace lathe
