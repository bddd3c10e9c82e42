// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/plain_table.h"

#include <QHeaderView>
#include <QTableWidget>

namespace lathe {

QTableWidget* makePlainTable() {
    auto* table = new QTableWidget;
    table->verticalHeader()->hide();
    table->setShowGrid(false);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setTabKeyNavigation(false);
    table->setWordWrap(false);
    table->horizontalHeader()->setHighlightSections(false);
    return table;
}

QTableWidgetItem* plainCell(const QString& text, bool number) {
    auto* item = new QTableWidgetItem(text);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    if (number) item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    return item;
}

void fitTableHeight(QTableWidget& table, int mostRows) {
    const bool scrolls = table.rowCount() > mostRows;
    table.setVerticalScrollBarPolicy(scrolls ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    int height = table.horizontalHeader()->sizeHint().height() + 4;
    for (int row = 0; row < std::min(table.rowCount(), mostRows); ++row) height += table.rowHeight(row);
    table.setFixedHeight(height);
}

}  // namespace lathe
