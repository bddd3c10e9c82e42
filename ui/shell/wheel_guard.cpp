// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/wheel_guard.h"

#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QEvent>
#include <QScrollBar>

namespace lathe {
namespace {

/// A widget whose value the wheel changes; a scroll bar is there for it.
bool isEditor(const QObject* object) {
    return qobject_cast<const QAbstractSpinBox*>(object) || qobject_cast<const QComboBox*>(object) ||
           (qobject_cast<const QAbstractSlider*>(object) && !qobject_cast<const QScrollBar*>(object));
}

}  // namespace

WheelGuard::WheelGuard(QObject* parent) : QObject(parent) {
    QCoreApplication::instance()->installEventFilter(this);
}

bool WheelGuard::eventFilter(QObject* watched, QEvent* event) {
    const bool polish = event->type() == QEvent::Polish;
    if ((!polish && event->type() != QEvent::Wheel) || !isEditor(watched)) return false;
    auto* editor = static_cast<QWidget*>(watched);
    if (polish) {
        if (editor->focusPolicy() == Qt::WheelFocus) editor->setFocusPolicy(Qt::StrongFocus);
        return false;
    }
    if (editor->hasFocus()) return false;
    event->ignore();  // so that Qt offers it to the parent, up to what scrolls
    return true;
}

}  // namespace lathe
