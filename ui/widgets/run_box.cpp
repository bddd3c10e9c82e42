// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/run_box.h"

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

}  // namespace lathe
