// SPDX-License-Identifier: GPL-3.0-or-later
// What a user does at a widget.
#pragma once

#include <QLineEdit>
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

}  // namespace lathe::test
