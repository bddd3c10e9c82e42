// SPDX-License-Identifier: GPL-3.0-or-later
// A form made from Fields: label, editor and reset dot for each, help as tooltip, faults beside the editor.
#pragma once

#include <QMap>
#include <QWidget>
#include <vector>

#include "core/config/field.h"

class QGridLayout;
class QLabel;
class QToolButton;

namespace lathe {

class FieldForm : public QWidget {
    Q_OBJECT

  public:
    /// `columns` pairs of label and editor beside each other.
    explicit FieldForm(int columns = 1, QWidget* parent = nullptr);

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
    bool isShown(const Row& row) const { return m_advanced || !row.field.advanced; }
    void arrange();

    QGridLayout* m_grid;
    int m_columns;
    bool m_advanced = false;
    bool m_filling = false;
    std::vector<Row> m_rows;
};

}  // namespace lathe
