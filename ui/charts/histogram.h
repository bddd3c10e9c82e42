// SPDX-License-Identifier: GPL-3.0-or-later
// Bars of row lengths with the line at which rows are cut; the line can be dragged.
#pragma once

#include <QString>
#include <QWidget>
#include <vector>

namespace lathe {

class Theme;

class Histogram : public QWidget {
    Q_OBJECT

  public:
    explicit Histogram(const Theme& theme, QWidget* parent = nullptr);

    /// `counts[i]` rows have a length in [i * binWidth, (i + 1) * binWidth). `cut` 0 draws no line.
    void setData(std::vector<int64_t> counts, int64_t binWidth, int64_t cut, const QString& cutText);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  Q_SIGNALS:
    void cutMoved(int length);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;

  private:
    QRectF plotRect() const;
    int shownBins() const;
    double xOf(double length) const;

    const Theme& m_theme;
    std::vector<int64_t> m_counts;
    int64_t m_binWidth = 1;
    int64_t m_cut = 0;
    QString m_cutText;
    bool m_dragging = false;
};

}  // namespace lathe
