// SPDX-License-Identifier: GPL-3.0-or-later
// A form made from Fields: label, editor and reset dot for each, help as tooltip, faults beside the editor.
#pragma once

#include <QMap>
#include <QWidget>
#include <vector>

#include "core/config/catalog.h"
#include "ui/widgets/folder_box.h"

class QGridLayout;
class QLabel;
class QToolButton;

namespace lathe {

class FieldForm : public QWidget {
    Q_OBJECT

  public:
    /// `columns` pairs of label and editor beside each other.
    explicit FieldForm(int columns = 1, QWidget* parent = nullptr);

    /// What fields of rewards choose from; before setFields().
    void setRewards(const std::vector<CatalogEntry>& kinds) { m_rewardKinds = kinds; }
    /// What fields that name a folder offer.
    void setFolders(const QList<NamedFolder>& folders);
    /// Makes the editors anew; values start at the fallbacks.
    void setFields(const std::vector<Field>& fields);
    /// Shows these values without emitting valueChanged; keys not in it show their fallback.
    void setValues(const Settings& values);
    /// key → sentence; shown under the editor.
    void setFaults(const QMap<QString, QString>& faults);
    /// Fields marked advanced are hidden unless this is on.
    void setAdvanced(bool advanced);
    /// Labels and tooltips in the current language.
    void retranslate();

  Q_SIGNALS:
    /// `value` is of the field's type, or the text that was typed where that is none; the text stays in
    /// sight.
    void valueChanged(const QString& key, const lathe::FieldValue& value);

  private:
    struct Row {
        Field field;
        QLabel* label;
        QWidget* editor;
        QToolButton* reset;
        QLabel* fault;
        FieldValue value;
    };

    QWidget* makeEditor(const Field& field);
    void show(Row& row, const FieldValue& value);
    void edited(const QString& key, const FieldValue& value);
    Row* find(const QString& key);
    /// An advanced field with a fault is shown among the simple ones, too.
    bool isShown(const Row& row) const;
    /// Has lines of its own, across all columns.
    static bool isWide(const Field& field) { return field.kind == FieldKind::RewardList; }
    /// Of rewards there is no default to go back to.
    static bool isChanged(const Row& row) { return !isWide(row.field) && row.value != row.field.fallback; }
    void arrange();
    void place(const Row& row, int line, int column);

    QGridLayout* m_grid;
    int m_columns;
    bool m_advanced = false;
    bool m_filling = false;
    std::vector<Row> m_rows;
    std::vector<CatalogEntry> m_rewardKinds;
    QList<NamedFolder> m_folders;
};

}  // namespace lathe
