// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/flow_layout.h"

#include <QWidget>

namespace lathe {

FlowLayout::FlowLayout(QWidget* parent, int spacing) : QLayout(parent) {
    setSpacing(spacing);
    setContentsMargins(0, 0, 0, 0);
}

FlowLayout::~FlowLayout() {
    qDeleteAll(m_items);
}

void FlowLayout::addItem(QLayoutItem* item) {
    m_items.append(item);
}

QLayoutItem* FlowLayout::itemAt(int index) const {
    return m_items.value(index);
}

QLayoutItem* FlowLayout::takeAt(int index) {
    return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr;
}

int FlowLayout::heightForWidth(int width) const {
    return arrange(QRect(0, 0, width, 0), false);
}

QSize FlowLayout::minimumSize() const {
    QSize size;
    for (QLayoutItem* item : m_items) {
        if (!item->isEmpty()) size = size.expandedTo(item->minimumSize());
    }
    const QMargins margins = contentsMargins();
    return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom());
}

QSize FlowLayout::sizeHint() const {
    return minimumSize();
}

void FlowLayout::setGeometry(const QRect& rect) {
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

int FlowLayout::arrange(const QRect& rect, bool place) const {
    const QRect inner = rect.marginsRemoved(contentsMargins());
    const bool mirrored = parentWidget() && parentWidget()->layoutDirection() == Qt::RightToLeft;
    QList<std::pair<QLayoutItem*, QRect>> line;
    int x = 0;
    int y = 0;
    int lineHeight = 0;
    const auto finishLine = [&] {
        for (auto& [item, box] : line) {
            box.moveTop(inner.top() + y + (lineHeight - box.height()) / 2);
            if (place) item->setGeometry(box);
        }
        line.clear();
    };
    for (QLayoutItem* item : m_items) {
        if (item->isEmpty()) continue;
        const QSize size = item->sizeHint().boundedTo(QSize(qMax(1, inner.width()), 1 << 20));
        if (x > 0 && x + size.width() > inner.width()) {
            finishLine();
            x = 0;
            y += lineHeight + spacing();
            lineHeight = 0;
        }
        const int left = mirrored ? inner.right() + 1 - x - size.width() : inner.left() + x;
        line.append({item, QRect(QPoint(left, 0), size)});
        x += size.width() + spacing();
        lineHeight = qMax(lineHeight, size.height());
    }
    finishLine();
    const QMargins margins = contentsMargins();
    return y + lineHeight + margins.top() + margins.bottom();
}

}  // namespace lathe
