// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/sparkline_delegate.h"

#include <QPainter>
#include <algorithm>

#include "ui/theme/theme.h"

namespace lathe {

void SparklineDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const {
    QStyledItemDelegate::paint(painter, option, index);
    const auto values = index.data(kValuesRole).value<QList<double>>();
    if (values.size() < 2) return;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const double span = *high > *low ? *high - *low : 1;
    const QRectF area = QRectF(option.rect).adjusted(8, 6, -8, -6);
    QPolygonF line;
    for (int i = 0; i < values.size(); ++i) {
        line.append(QPointF(area.left() + area.width() * i / double(values.size() - 1),
                            area.bottom() - area.height() * (values[i] - *low) / span));
    }
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(m_theme.tokens().accent, 1.5));
    painter->drawPolyline(line);
    painter->restore();
}

}  // namespace lathe
