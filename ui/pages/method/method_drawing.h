// SPDX-License-Identifier: GPL-3.0-or-later
// "How it works": what a method does to one linear layer of the chosen base, between its parts, or in front
// of its texts, with the real sizes.
#pragma once

#include <QString>
#include <QWidget>
#include <cstdint>

namespace lathe {

class Theme;

/// What the drawing shows. Sizes are those of one layer of the base; 0 while no base is chosen.
struct MethodPicture {
    QString method;  ///< the recipe's name of it: "lora", "full", …
    QString formula;
    int64_t in = 0, out = 0, rank = 0;
    int64_t hidden = 0;         ///< of the base
    int64_t narrow = 0;         ///< a bottleneck adapter's inner size
    int64_t virtualTokens = 0;  ///< trained vectors in front of the text
    int64_t frozen = 0;         ///< parameters of the layer that stay
    int64_t trained = 0;        ///< parameters of the layer, or beside it, that train
};

class MethodDrawing : public QWidget {
    Q_OBJECT

  public:
    explicit MethodDrawing(const Theme& theme, QWidget* parent = nullptr);

    void setPicture(const MethodPicture& picture);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    void paintLowRank(QPainter& painter) const;
    void paintWhole(QPainter& painter) const;
    void paintFront(QPainter& painter) const;
    void paintNarrow(QPainter& painter) const;
    void paintBox(QPainter& painter, const QRectF& box, bool trained, const QString& text) const;
    void paintText(QPainter& painter, const QRectF& place, const QString& text, bool strong) const;
    QString trainedText() const;

    const Theme& m_theme;
    MethodPicture m_picture;
};

}  // namespace lathe
