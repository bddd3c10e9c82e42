// SPDX-License-Identifier: GPL-3.0-or-later
// What a classifier mixes up: a row for each true class, a column for each class it was called, counts shaded
// by their share of the row. Labels stay in sight while many classes scroll; arrow keys move from cell to
// cell.
#pragma once

#include <QAbstractScrollArea>
#include <QStringList>
#include <vector>

namespace lathe {

class Theme;

class ConfusionMatrix : public QAbstractScrollArea {
    Q_OBJECT

  public:
    explicit ConfusionMatrix(const Theme& theme, QWidget* parent = nullptr);

    /// `counts`: labels² of them, true class · labels + called class.
    void setCounts(const QStringList& labels, std::vector<int64_t> counts);
    /// "negative, called positive: 14 of 42 (33.3 %)"; empty where there is no such cell.
    QString sentence(int row, int column) const;
    int currentRow() const { return m_row; }
    int currentColumn() const { return m_column; }

    bool exportPng(const QString& file) const;
    bool exportSvg(const QString& file) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  Q_SIGNALS:
    /// The sentence of the cell that was clicked or moved to.
    void described(const QString& sentence);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool viewportEvent(QEvent* event) override;

  private:
    /// Sizes of a drawing: the labels' column and row, one cell.
    struct Grid {
        int labels = 0, head = 0, width = 0, height = 0;
    };

    int count() const { return int(m_labels.size()); }
    Grid gridFor(int width) const;
    /// All of it, however large it gets; cells of many classes shrink.
    Grid exportGrid() const;
    QSize sizeOf(const Grid& grid) const;
    QPoint scrolled() const;
    /// The cell at a place of the viewport, (column, row); (-1, -1) beside them.
    QPoint cellAt(const QPoint& place) const;
    void draw(QPainter& painter, const Grid& grid, const QPoint& scrolled, const QSize& size) const;
    void drawCell(QPainter& painter, const QRect& place, int row, int column) const;
    void drawLabels(QPainter& painter, const Grid& grid, const QPoint& scrolled, const QSize& size) const;
    void setCurrent(int row, int column);
    void updateScrollBars();

    const Theme& m_theme;
    QStringList m_labels;
    std::vector<int64_t> m_counts, m_rowTotals;
    int m_row = 0, m_column = 0;
};

}  // namespace lathe
