// SPDX-License-Identifier: GPL-3.0-or-later
// The runs of a library as table rows: name, status, curve, metric, trained parameters, when.
#pragma once

#include <QAbstractTableModel>
#include <QSortFilterProxyModel>

#include "ui/state/run_library.h"

namespace lathe {

class RunListModel : public QAbstractTableModel {
    Q_OBJECT

  public:
    enum Column { Name, Status, Method, Curve, Metric, Trained, Started, ColumnCount };
    enum Role { FolderRole = Qt::UserRole, ValuesRole, SortRole, SearchRole };

    explicit RunListModel(const RunLibrary& library, QObject* parent = nullptr);

    /// Shows a box before each name; checked runs are those of `checked()`.
    void setCheckable(bool checkable);
    QStringList checked() const { return m_checked; }
    void setChecked(const QStringList& folders);
    void retranslate();

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  Q_SIGNALS:
    void checkedChanged();
    /// The user typed a new name; the page writes it to the run's folder.
    void renamed(const QString& folder, const QString& name);

  private:
    QString display(const RunSummary& run, int column) const;
    QVariant sortValue(const RunRow& row, int column) const;

    const RunLibrary& m_library;
    bool m_checkable = false;
    QStringList m_checked;
};

/// Searches in everything a run says about itself and sorts numbers as numbers.
class RunFilterModel : public QSortFilterProxyModel {
    Q_OBJECT

  public:
    explicit RunFilterModel(QObject* parent = nullptr);
    void setSearch(const QString& text);

  protected:
    bool filterAcceptsRow(int row, const QModelIndex& parent) const override;

  private:
    QStringList m_words;
};

}  // namespace lathe
