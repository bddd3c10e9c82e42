// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/sample_table.h"

#include <QHeaderView>
#include <algorithm>

#include "ui/text/plain_tool_tip.h"

namespace lathe {
namespace {
constexpr int kTallestLines = 9;  // of text
}

SampleTable::SampleTable(QWidget* parent) : QTableWidget(parent) {
    verticalHeader()->hide();
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setSelectionMode(QAbstractItemView::NoSelection);
    setShowGrid(false);
    setWordWrap(true);
}

void SampleTable::setColumns(const QList<Column>& columns) {
    m_columns = columns;
    setColumnCount(int(columns.size()));
    for (int column = 0; column < columnCount(); ++column) {
        const bool number = columns[column].isNumber;
        auto* item = new QTableWidgetItem(columns[column].title);
        item->setTextAlignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
        setHorizontalHeaderItem(column, item);
        horizontalHeader()->setSectionResizeMode(
            column, number ? QHeaderView::ResizeToContents : QHeaderView::Stretch);
    }
}

void SampleTable::setLines(const QList<QStringList>& lines) {
    setRowCount(int(lines.size()));
    for (int row = 0; row < rowCount(); ++row) {
        for (int column = 0; column < columnCount(); ++column) {
            const QString text = lines[row].value(column);
            auto* item = new QTableWidgetItem(text.simplified());
            item->setToolTip(plainToolTip(text));
            const bool number = m_columns[column].isNumber;
            item->setTextAlignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
            setItem(row, column, item);
        }
    }
    fit();
}

void SampleTable::resizeEvent(QResizeEvent* event) {
    QTableWidget::resizeEvent(event);
    if (event->oldSize().width() != event->size().width()) fit();
}

void SampleTable::fit() {
    resizeRowsToContents();
    const int lines = verticalHeader()->length();
    const int tallest = fontMetrics().height() * kTallestLines;
    setFixedHeight(horizontalHeader()->sizeHint().height() + std::min(lines, tallest) + 2 * frameWidth() + 2);
}

}  // namespace lathe
