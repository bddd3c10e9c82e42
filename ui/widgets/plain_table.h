// SPDX-License-Identifier: GPL-3.0-or-later
// A read-only table in a card: whole rows, no grid, numbers to the right, as tall as its rows.
#pragma once

#include <QString>

class QTableWidget;
class QTableWidgetItem;

namespace lathe {

/// The caller owns it.
QTableWidget* makePlainTable();
QTableWidgetItem* plainCell(const QString& text, bool number = false);
/// As tall as its rows, so that the page scrolls and not the table; with more than `mostRows` it scrolls
/// after all.
void fitTableHeight(QTableWidget& table, int mostRows = 1000);

}  // namespace lathe
