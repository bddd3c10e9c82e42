// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/task/task_card.h"

#include <QPainter>
#include <vector>

#include "ui/theme/theme.h"

namespace lathe {
namespace {

constexpr int kPictureHeight = 52;

/// One bar of the drawing, in parts of its half: a word, a line of text, a label.
struct Mark {
    double x, y, width;
    bool learnt = false;  ///< what the model is trained to produce
};

struct Sketch {
    std::vector<Mark> in, out;
};

Sketch sketchOf(const QString& task) {
    const std::vector<Mark> text{{0, 0, 1}, {0, 1, 0.8}, {0, 2, 0.9}};
    if (task == QLatin1String("language_modeling"))
        return {text, {{0, 0, 1, true}, {0, 1, 0.8, true}, {0, 2, 0.9, true}}};
    if (task == QLatin1String("masked_language_modeling")) {
        return {{{0, 0, 0.3}, {0.65, 0, 0.35}, {0, 1, 0.6}, {0, 2, 0.2}, {0.5, 2, 0.5}},
                {{0.33, 0, 0.29, true}, {0.63, 1, 0.3, true}, {0.23, 2, 0.24, true}}};
    }
    if (task == QLatin1String("instruction"))
        return {{{0, 1, 0.9}}, {{0, 0, 1, true}, {0, 1, 0.85, true}, {0, 2, 0.5, true}}};
    if (task == QLatin1String("classification")) return {text, {{0.2, 1, 0.45, true}}};
    if (task == QLatin1String("token_classification")) {
        return {{{0, 0.5, 0.28}, {0.34, 0.5, 0.2}, {0.6, 0.5, 0.4}},
                {{0, 0.5, 0.28, true}, {0.6, 0.5, 0.4, true}}};
    }
    if (task == QLatin1String("sequence_to_sequence"))
        return {text, {{0, 0.5, 0.9, true}, {0, 1.5, 0.6, true}}};
    if (task == QLatin1String("reward_model"))
        return {{{0, 0.3, 0.9}, {0, 1.7, 0.6}}, {{0, 0.3, 0.7, true}, {0, 1.7, 0.2, true}}};
    if (task == QLatin1String("preference")) return {{{0, 0.3, 0.9}, {0, 1.7, 0.6}}, {{0, 0.3, 0.9, true}}};
    if (task == QLatin1String("reinforcement")) {
        // Answers of its own, each with a reward beside it.
        return {{{0, 1, 0.9}},
                {{0, 0, 0.55},
                 {0.64, 0, 0.36, true},
                 {0, 1, 0.48},
                 {0.64, 1, 0.1, true},
                 {0, 2, 0.55},
                 {0.64, 2, 0.22, true}}};
    }
    return {text, {{0, 1, 0.6, true}}};
}

}  // namespace

TaskCard::TaskCard(const QString& name, const Theme& theme, QWidget* parent)
    : QAbstractButton(parent), m_theme(theme), m_name(name) {
    setCheckable(true);
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_Hover);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void TaskCard::setWords(const QString& title, const QString& sentence) {
    setText(title);
    m_sentence = sentence;
    setAccessibleName(title);
    setAccessibleDescription(sentence);
    setToolTip(sentence);
    updateGeometry();
    update();
}

void TaskCard::setNote(const QString& note) {
    m_note = note;
    setAccessibleDescription(note.isEmpty() ? m_sentence : m_sentence + QLatin1Char('\n') + note);
    update();
}

QSize TaskCard::sizeHint() const {
    return QSize(fontMetrics().averageCharWidth() * 30, fontMetrics().height() * 5 + kPictureHeight + 44);
}

void TaskCard::paintEvent(QPaintEvent*) {
    const Tokens& tokens = m_theme.tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const bool strong = isChecked() || hasFocus();
    painter.setPen(QPen(strong || underMouse() ? tokens.accent : tokens.line, strong ? 2 : 1));
    painter.setBrush(isChecked() ? tokens.accentSoft : tokens.card);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);

    const QRectF inner = QRectF(rect()).adjusted(12, 12, -12, -10);
    paintPicture(painter, QRectF(inner.left(), inner.top(), inner.width(), kPictureHeight));
    const int line = fontMetrics().height();
    double y = inner.top() + kPictureHeight + 10;
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    painter.setFont(bold);
    painter.setPen(tokens.text);
    painter.drawText(QRectF(inner.left(), y, inner.width(), line), Qt::AlignLeft | Qt::AlignVCenter, text());
    painter.setFont(font());
    y += line + 3;
    painter.setPen(tokens.muted);
    const double noteHeight = m_note.isEmpty() ? 0 : line;
    painter.drawText(QRectF(inner.left(), y, inner.width(), inner.bottom() - y - noteHeight),
                     Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, m_sentence);
    if (m_note.isEmpty()) return;
    painter.setPen(tokens.warn);
    painter.drawText(QRectF(inner.left(), inner.bottom() - line, inner.width(), line),
                     Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(m_note, Qt::ElideRight, int(inner.width())));
}

void TaskCard::paintPicture(QPainter& painter, const QRectF& area) const {
    const Tokens& tokens = m_theme.tokens();
    const Sketch sketch = sketchOf(m_name);
    const double arrow = 44;
    const double half = (std::min(area.width(), 260.0) - arrow) / 2;
    const double thickness = 8;
    const double pitch = (kPictureHeight - 12 - thickness) / 2.0;
    const auto paintMarks = [&](const std::vector<Mark>& marks, double left) {
        for (const Mark& mark : marks) {
            const QRectF bar(left + 8 + mark.x * (half - 16), area.top() + 6 + mark.y * pitch,
                             mark.width * (half - 16), thickness);
            painter.setBrush(mark.learnt ? m_theme.seriesColor(2) : tokens.line);
            painter.drawRoundedRect(bar, 4, 4);
        }
    };
    painter.setPen(Qt::NoPen);
    painter.setBrush(tokens.background);
    painter.drawRoundedRect(QRectF(area.left(), area.top(), half, kPictureHeight), 6, 6);
    painter.drawRoundedRect(QRectF(area.left() + half + arrow, area.top(), half, kPictureHeight), 6, 6);
    paintMarks(sketch.in, area.left());
    paintMarks(sketch.out, area.left() + half + arrow);

    painter.setPen(QPen(tokens.muted, 1.5, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    const QPointF tip(area.left() + half + arrow - 12, area.top() + kPictureHeight / 2.0);
    painter.drawLine(QPointF(area.left() + half + 12, tip.y()), tip);
    painter.drawPolyline(QPolygonF{tip + QPointF(-5, -4), tip, tip + QPointF(-5, 4)});
}

}  // namespace lathe
