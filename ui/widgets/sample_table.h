// SPDX-License-Identifier: GPL-3.0-or-later
// Prompts and answers in lines that break, with numbers beside them; as tall as its lines, up to a limit.
#pragma once

#include <QStringList>
#include <QTableWidget>

namespace lathe {

class SampleTable : public QTableWidget {
    Q_OBJECT

  public:
    explicit SampleTable(QWidget* parent = nullptr);

    struct Column {
        QString title;
        bool isNumber = false;  ///< narrow, at the right
    };
    void setColumns(const QList<Column>& columns);
    /// One text a column; what is longer than its cell is told whole by the tooltip.
    void setLines(const QList<QStringList>& lines);

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    void fit();

    QList<Column> m_columns;
};

}  // namespace lathe
