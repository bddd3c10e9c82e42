// SPDX-License-Identifier: GPL-3.0-or-later
// A drawing of the model's blocks: frozen layers grey, trained ones coloured, adapters where they sit.
#pragma once

#include <QWidget>

#include "core/run/bill.h"

namespace lathe {

class Theme;

class LayerMap : public QWidget {
    Q_OBJECT

  public:
    explicit LayerMap(const Theme& theme, QWidget* parent = nullptr);

    void setBill(const Bill& bill);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    void retranslate();

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

  private:
    /// One drawn line: the layers of a block, or those outside the blocks. Indices into Bill::layers.
    struct Row {
        QString label;
        std::vector<std::size_t> layers;
    };
    struct Place {
        QRectF rect;
        std::size_t layer = 0;
    };
    std::vector<Place> places() const;
    QRectF rowRect(std::size_t row) const;
    void paintLayer(QPainter& painter, const Place& place) const;
    void paintLegend(QPainter& painter) const;

    const Theme& m_theme;
    Bill m_bill;
    std::vector<Row> m_rows;
};

}  // namespace lathe
