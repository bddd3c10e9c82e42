// SPDX-License-Identifier: GPL-3.0-or-later
// Draws a table cell's list of numbers as a small curve.
#pragma once

#include <QStyledItemDelegate>

namespace lathe {

class Theme;

class SparklineDelegate : public QStyledItemDelegate {
    Q_OBJECT

  public:
    /// Cells give their numbers as QList<double> under this role.
    static constexpr int kValuesRole = Qt::UserRole + 1;

    SparklineDelegate(const Theme& theme, QObject* parent) : QStyledItemDelegate(parent), m_theme(theme) {}
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;

  private:
    const Theme& m_theme;
};

}  // namespace lathe
