// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps the wheel for scrolling: spin boxes, menus and sliders take it only while they have the focus, and do
// not get the focus by it.
#pragma once

#include <QObject>

namespace lathe {

/// Works in every window of the application, on widgets made later too, for as long as it lives.
class WheelGuard : public QObject {
    Q_OBJECT

  public:
    explicit WheelGuard(QObject* parent = nullptr);

    bool eventFilter(QObject* watched, QEvent* event) override;
};

}  // namespace lathe
