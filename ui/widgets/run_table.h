// SPDX-License-Identifier: GPL-3.0-or-later
// A table view dressed for lists of runs: whole rows, sortable, a curve in the curve column.
#pragma once

class QAbstractItemModel;
class QTableView;

namespace lathe {

class Theme;

/// The caller owns the view; the model must outlive it.
QTableView* makeRunTable(QAbstractItemModel& model, const Theme& theme);

}  // namespace lathe
