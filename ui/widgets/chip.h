// SPDX-License-Identifier: GPL-3.0-or-later
// A small checkable pill: one choice among many, a filter, a switch.
#pragma once

#include <QToolButton>

namespace lathe {

class Chip : public QToolButton {
    Q_OBJECT

  public:
    explicit Chip(const QString& text = {}, QWidget* parent = nullptr);
};

}  // namespace lathe
