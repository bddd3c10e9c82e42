// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/run_box.h"

#include <QStylePainter>
#include <algorithm>

namespace lathe {

RunBox::RunBox(QWidget* parent) : QComboBox(parent) {
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    connect(this, &QComboBox::activated, this, [this](int index) { choose(itemData(index).toString()); });
}

void RunBox::settle(const QString& latest) {
    int index = findData(m_chosen);
    if (index < 0) index = findData(latest);
    setCurrentIndex(std::max(0, index));
}

QString RunBox::shownText() const {
    QStyleOptionComboBox option;
    initStyleOption(&option);
    const QRect room =
        style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this);
    return fontMetrics().elidedText(currentText(), Qt::ElideMiddle, room.width());
}

void RunBox::paintEvent(QPaintEvent* event) {
    if (currentIndex() < 0) return QComboBox::paintEvent(event);  // the placeholder
    QStylePainter painter(this);
    QStyleOptionComboBox option;
    initStyleOption(&option);
    option.currentText = shownText();
    painter.drawComplexControl(QStyle::CC_ComboBox, option);
    painter.drawControl(QStyle::CE_ComboBoxLabel, option);
}

}  // namespace lathe
