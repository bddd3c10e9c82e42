// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/run_list_model.h"

#include <QDateTime>
#include <QLocale>

#include "ui/text/catalog_text.h"
#include "ui/text/number_text.h"
#include "ui/text/plain_tool_tip.h"
#include "ui/text/run_text.h"

namespace lathe {

RunListModel::RunListModel(const RunLibrary& library, QObject* parent)
    : QAbstractTableModel(parent), m_library(library) {
    connect(&m_library, &RunLibrary::aboutToReset, this, [this] { beginResetModel(); });
    connect(&m_library, &RunLibrary::wasReset, this, [this] { endResetModel(); });
    // Where the list stays the same an open editor, the selection and the place in the list do, too.
    connect(&m_library, &RunLibrary::runsChanged, this, [this] {
        if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    });
}

void RunListModel::setCheckable(bool checkable) {
    m_checkable = checkable;
}

void RunListModel::setChecked(const QStringList& folders) {
    if (folders == m_checked) return;
    m_checked = folders;
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, Name), index(rowCount() - 1, Name), {Qt::CheckStateRole});
    Q_EMIT checkedChanged();
}

void RunListModel::retranslate() {
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, ColumnCount - 1);
    if (rowCount() > 0) Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int RunListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : int(m_library.runs().size());
}

int RunListModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QString RunListModel::display(const RunSummary& run, int column) const {
    const RunRecord& record = run.record;
    switch (column) {
        case Name:
            return runTitle(run);
        case Status:
            return statusText(record.status);
        case Method:
            return methodText(record);
        case Metric:
            if (hasTrainedMetrics(record)) return resultText(record);
            // Beside the status, and short: the names need the room.
            return record.status != RunStatus::Done && record.maxSteps > 0
                       ? tr("step %1 of %2").arg(record.steps).arg(record.maxSteps)
                       : QStringLiteral("–");
        case Trained:
            return record.trainable > 0 ? countText(record.trainable) : QStringLiteral("–");
        case Started: {
            const auto time =
                QDateTime::fromString(QString::fromStdString(record.started), Qt::ISODate).toLocalTime();
            if (!time.isValid()) return QStringLiteral("–");
            return QLocale().toString(time, QLocale::ShortFormat);
        }
        default:
            return {};
    }
}

QVariant RunListModel::sortValue(const RunRow& row, int column) const {
    const RunRecord& record = row.summary.record;
    switch (column) {
        case Metric: {
            const std::string metric = mainMetric(record);
            return metric.empty() ? QVariant(-1e300) : QVariant(record.metrics.at(metric));
        }
        case Trained:
            return qlonglong(record.trainable);
        case Started:
            return QString::fromStdString(record.started);
        case Curve:
            return row.curve.isEmpty() ? QVariant(1e300) : QVariant(row.curve.last());
        default:
            return display(row.summary, column).toLower();
    }
}

QVariant RunListModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const RunRow& row = m_library.runs()[std::size_t(index.row())];
    const RunRecord& record = row.summary.record;
    const QString folder = QString::fromStdString(row.summary.folder.string());
    switch (role) {
        case Qt::DisplayRole:
        case Qt::EditRole:
            return display(row.summary, index.column());
        case Qt::TextAlignmentRole:
            return index.column() == Metric || index.column() == Trained
                       ? int(Qt::AlignRight | Qt::AlignVCenter)
                       : int(Qt::AlignLeft | Qt::AlignVCenter);
        case Qt::CheckStateRole:
            if (!m_checkable || index.column() != Name) return {};
            return m_checked.contains(folder) ? Qt::Checked : Qt::Unchecked;
        case Qt::ToolTipRole:
            return plainToolTip(record.failure ? failureText(record) : folder);
        case FolderRole:
            return folder;
        case ValuesRole:
            return index.column() == Curve ? QVariant::fromValue(row.curve) : QVariant();
        case SortRole:
            return sortValue(row, index.column());
        case SearchRole:
            return QStringList{runTitle(row.summary),
                               statusText(record.status),
                               methodText(record),
                               taskTitle(record.task, record.task),
                               QString::fromStdString(record.base),
                               QString::fromStdString(record.note),
                               QString(runStatusName(record.status))}
                .join(QLatin1Char('\n'));
        default:
            return {};
    }
}

bool RunListModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (!index.isValid()) return false;
    const QString folder = index.data(FolderRole).toString();
    if (role == Qt::CheckStateRole && m_checkable) {
        QStringList folders = m_checked;
        folders.removeAll(folder);
        if (value.toInt() == Qt::Checked) folders.append(folder);
        setChecked(folders);
        return true;
    }
    const QString name = value.toString().trimmed();
    if (role != Qt::EditRole || index.column() != Name || name.isEmpty() || name == index.data().toString())
        return false;
    Q_EMIT renamed(folder, name);
    return true;
}

Qt::ItemFlags RunListModel::flags(const QModelIndex& index) const {
    Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    if (index.column() != Name) return flags;
    return flags | (m_checkable ? Qt::ItemIsUserCheckable : Qt::ItemIsEditable);
}

QVariant RunListModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole) {
        return int((section == Metric || section == Trained ? Qt::AlignRight : Qt::AlignLeft) |
                   Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) return {};
    switch (section) {
        case Name:
            return tr("Run");
        case Status:
            return tr("Status");
        case Method:
            return tr("Method");
        case Curve:
            return tr("Curve");
        case Metric:
            return tr("Result");
        case Trained:
            return tr("Trained");
        default:
            return tr("Started");
    }
}

RunFilterModel::RunFilterModel(QObject* parent) : QSortFilterProxyModel(parent) {
    setSortRole(RunListModel::SortRole);
    setDynamicSortFilter(true);
}

void RunFilterModel::setSearch(const QString& text) {
    m_words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    invalidateFilter();
}

bool RunFilterModel::filterAcceptsRow(int row, const QModelIndex& parent) const {
    const QString text = sourceModel()->index(row, 0, parent).data(RunListModel::SearchRole).toString();
    return std::all_of(m_words.begin(), m_words.end(),
                       [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
}

}  // namespace lathe
