// SPDX-License-Identifier: GPL-3.0-or-later
// What a user does at a widget.
#pragma once

#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QLineEdit>
#include <QScrollBar>
#include <QWheelEvent>
#include <QtTest/QtTest>

namespace lathe::test {

/// Types over what is there and finishes with Return.
inline void typeOver(QLineEdit* line, const QString& text) {
    line->selectAll();
    if (text.isEmpty())
        QTest::keyClick(line, Qt::Key_Delete);
    else
        QTest::keyClicks(line, text);
    QTest::keyClick(line, Qt::Key_Return);
}

/// Turns the wheel over the middle of the widget, as a mouse does: who does not take it passes it to its
/// parent.
inline void turnWheel(QWidget* widget, int angle) {
    const QPointF middle = QRectF(widget->rect()).center();
    QWheelEvent event(middle, widget->mapToGlobal(middle), QPoint(), QPoint(0, angle), Qt::NoButton,
                      Qt::NoModifier, Qt::NoScrollPhase, false);
    QSpontaneKeyEvent::setSpontaneous(&event);
    qApp->notify(widget, &event);
}

/// What a spin box, menu or slider is set to; null for other widgets and scroll bars.
inline QString settingOf(const QWidget* widget) {
    if (const auto* spin = qobject_cast<const QAbstractSpinBox*>(widget)) return "spin " + spin->text();
    if (const auto* menu = qobject_cast<const QComboBox*>(widget))
        return QString("menu %1").arg(menu->currentIndex());
    const auto* slider = qobject_cast<const QAbstractSlider*>(widget);
    if (!slider || qobject_cast<const QScrollBar*>(widget)) return {};
    return QString("slider %1").arg(slider->value());
}

}  // namespace lathe::test
