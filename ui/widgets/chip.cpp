// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/chip.h"

namespace lathe {

Chip::Chip(const QString& text, QWidget* parent) : QToolButton(parent) {
    setObjectName("chip");
    setText(text);
    setCheckable(true);
    setCursor(Qt::PointingHandCursor);
    setFocusPolicy(Qt::StrongFocus);
}

}  // namespace lathe
