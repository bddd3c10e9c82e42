// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/token_view.h"

#include <QFontDatabase>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include "ui/theme/theme.h"

namespace lathe {
namespace {

constexpr int kGap = 3;      // between tokens
constexpr int kPadding = 3;  // inside a token, left and right
constexpr int kRowGap = 19;  // between rows, with a line in its middle

QFont tokenFont(const QFont& base) {
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPointSizeF(qMax(6.0, base.pointSizeF() > 0 ? base.pointSizeF() * 0.92 : 9.0));
    if (base.pixelSize() > 0) font.setPixelSize(qMax(9, int(base.pixelSize() * 0.92)));
    return font;
}

}  // namespace

TokenView::TokenView(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    setAccessibleName(tr("Rows as the model reads them"));
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void TokenView::setRows(QList<TokenRow> rows) {
    m_rows = std::move(rows);
    QStringList text;
    for (const TokenRow& row : std::as_const(m_rows)) text.append(row.pieces.join(QLatin1Char(' ')));
    setAccessibleDescription(text.join(QLatin1Char('\n')));
    setMinimumHeight(heightForWidth(qMax(1, width())));
    updateGeometry();
    update();
}

int TokenView::heightForWidth(int width) const {
    int height = 0;
    boxes(width, &height);
    return height;
}

QSize TokenView::sizeHint() const {
    const int width = qMax(320, this->width());
    return QSize(width, heightForWidth(width));
}

void TokenView::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    setMinimumHeight(heightForWidth(width()));
}

std::vector<TokenView::Box> TokenView::boxes(int width, int* height) const {
    const QFontMetrics metrics(tokenFont(font()));
    const int lineHeight = metrics.height() + 2;
    std::vector<Box> result;
    int y = 0;
    for (int row = 0; row < m_rows.size(); ++row) {
        if (row > 0) y += kRowGap;
        int x = 0;
        const auto add = [&](const QString& text, int token) {
            const int boxWidth = qMin(metrics.horizontalAdvance(text) + 2 * kPadding, qMax(1, width));
            if (x > 0 && x + boxWidth > width) {
                x = 0;
                y += lineHeight + kGap;
            }
            result.push_back({QRect(x, y, boxWidth, lineHeight), row, token});
            x += boxWidth + kGap;
        };
        const TokenRow& tokens = m_rows[row];
        for (int token = 0; token < tokens.pieces.size(); ++token) add(tokens.pieces[token], token);
        if (!tokens.label.isEmpty()) add(tokens.label, -1);
        y += lineHeight;
    }
    *height = y;
    return result;
}

void TokenView::paintEvent(QPaintEvent*) {
    const Tokens& tokens = m_theme.tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QFont font = tokenFont(this->font());
    painter.setFont(font);
    const QFontMetrics metrics(font);
    int height = 0;
    int lastRow = 0;
    for (const Box& box : boxes(width(), &height)) {
        const TokenRow& row = m_rows[box.row];
        if (box.row != lastRow) {
            const qreal line = box.rect.top() - kRowGap / 2 - 0.5;
            painter.setPen(QPen(tokens.line, 1));
            painter.drawLine(QPointF(0, line), QPointF(width(), line));
            lastRow = box.row;
        }
        const bool isLabel = box.token < 0, names = isLabel && !row.labelTrained;
        const bool trained = isLabel ? row.labelTrained
                                     : std::size_t(box.token) < row.trained.size() && row.trained[box.token];
        painter.setPen(Qt::NoPen);
        painter.setBrush(names ? tokens.card : trained ? tokens.trainedToken : tokens.background);
        painter.drawRoundedRect(box.rect, 3, 3);
        painter.setPen(names ? tokens.muted : trained ? tokens.trainedTokenText : tokens.text);
        const QString& text = isLabel ? row.label : row.pieces[box.token];
        painter.drawText(box.rect, Qt::AlignCenter,
                         metrics.elidedText(text, Qt::ElideRight, box.rect.width() - kPadding));
    }
}

bool TokenView::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    int height = 0;
    for (const Box& box : boxes(width(), &height)) {
        if (box.token < 0 || !box.rect.contains(help->pos())) continue;
        const TokenRow& row = m_rows[box.row];
        const bool trained = std::size_t(box.token) < row.trained.size() && row.trained[box.token];
        const QString role = trained ? tr("trained: the model learns to write this") : tr("read only");
        const QString text =
            std::size_t(box.token) < row.ids.size()
                ? tr("Token %1, id %2, %3").arg(box.token + 1).arg(row.ids[box.token]).arg(role)
                : tr("Word %1. Choose a base to see its tokens.").arg(box.token + 1);
        QToolTip::showText(help->globalPos(), text, this, box.rect);
        return true;
    }
    QToolTip::hideText();
    event->ignore();
    return true;
}

}  // namespace lathe
