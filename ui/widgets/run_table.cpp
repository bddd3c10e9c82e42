// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/run_table.h"

#include <QHeaderView>
#include <QTableView>

#include "ui/charts/sparkline_delegate.h"
#include "ui/models/run_list_model.h"

namespace lathe {
namespace {

/// Below those that are visible: measuring all of a thousand at each refresh would take 50 ms.
constexpr int kMeasuredRows = 100;

}  // namespace

QTableView* makeRunTable(QAbstractItemModel& model, const Theme& theme) {
    auto* view = new QTableView;
    view->setModel(&model);
    view->setItemDelegateForColumn(RunListModel::Curve, new SparklineDelegate(theme, view));
    view->setSelectionBehavior(QAbstractItemView::SelectRows);
    view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    view->setShowGrid(false);
    view->setSortingEnabled(true);
    view->sortByColumn(RunListModel::Started, Qt::DescendingOrder);
    view->setWordWrap(false);
    view->setTabKeyNavigation(false);
    view->verticalHeader()->hide();
    view->verticalHeader()->setDefaultSectionSize(view->fontMetrics().height() + 14);
    view->horizontalHeader()->setHighlightSections(false);
    view->setTextElideMode(Qt::ElideMiddle);  // what sets two runs apart is often at the end of their names
    view->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    view->horizontalHeader()->setResizeContentsPrecision(kMeasuredRows);
    view->horizontalHeader()->setSectionResizeMode(RunListModel::Name, QHeaderView::Stretch);
    view->horizontalHeader()->setSectionResizeMode(RunListModel::Curve, QHeaderView::Fixed);
    view->setColumnWidth(RunListModel::Curve, 84);
    return view;
}

}  // namespace lathe
