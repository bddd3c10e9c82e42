// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/method/method_card.h"

#include <QPainter>
#include <algorithm>

#include "ui/theme/theme.h"

namespace lathe {

MethodCard::MethodCard(const QString& name, const Theme& theme, QWidget* parent)
    : QAbstractButton(parent), m_theme(theme), m_name(name) {
    setCheckable(true);
    setAutoExclusive(true);
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void MethodCard::setWords(const QString& title, const QString& formula, const QString& help) {
    setText(title);
    m_formula = formula;
    setToolTip(help);
    setAccessibleName(title);
    update();
}

void MethodCard::setTrained(const QString& text, double fraction) {
    m_trained = text;
    m_fraction = fraction;
    setAccessibleDescription(text.isEmpty() ? m_formula
                                            : tr("%1; trains %2 parameters").arg(m_formula, text));
    update();
}

QSize MethodCard::sizeHint() const {
    return QSize(fontMetrics().averageCharWidth() * 22, fontMetrics().height() * 2 + 36);
}

QSize MethodCard::minimumSizeHint() const {
    return QSize(fontMetrics().averageCharWidth() * 14, sizeHint().height());
}

void MethodCard::paintEvent(QPaintEvent*) {
    const Tokens& tokens = m_theme.tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool strong = isChecked() || hasFocus();
    const QRectF frame = QRectF(rect()).adjusted(1, 1, -1, -1);
    painter.setPen(
        QPen(isChecked() || hasFocus() || underMouse() ? tokens.accent : tokens.line, strong ? 2 : 1));
    painter.setBrush(isChecked() ? tokens.accentSoft : tokens.card);
    painter.drawRoundedRect(frame, 8, 8);

    const int line = fontMetrics().height();
    const QRect inner = rect().adjusted(12, 9, -12, -9);
    painter.setPen(tokens.muted);
    const int trainedWidth = fontMetrics().horizontalAdvance(m_trained);
    painter.drawText(QRect(inner.left(), inner.top(), inner.width(), line), Qt::AlignRight | Qt::AlignVCenter,
                     m_trained);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    painter.setFont(bold);
    painter.setPen(tokens.text);
    painter.drawText(QRect(inner.left(), inner.top(), inner.width() - trainedWidth - 6, line),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetrics(bold).elidedText(text(), Qt::ElideRight, inner.width() - trainedWidth - 6));
    painter.setFont(font());
    painter.setPen(tokens.muted);
    painter.drawText(QRect(inner.left(), inner.top() + line + 2, inner.width(), line),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(m_formula, Qt::ElideRight, inner.width()));

    const QRectF track(inner.left(), inner.bottom() - 7, inner.width(), 8);
    painter.setPen(Qt::NoPen);
    painter.setBrush(tokens.line);
    painter.drawRoundedRect(track, 4, 4);
    if (m_fraction <= 0) return;
    QColor bar = tokens.muted;
    bar.setAlphaF(0.6F);
    painter.setBrush(isChecked() ? m_theme.seriesColor(1) : bar);
    painter.drawRoundedRect(QRectF(track.left(), track.top(), std::max(8.0, track.width() * m_fraction), 8),
                            4, 4);
}

}  // namespace lathe
