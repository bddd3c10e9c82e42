// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/layer_map.h"

#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace lathe {
namespace {

constexpr int kRowHeight = 18;

}  // namespace

LayerMap::LayerMap(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
    retranslate();
}

void LayerMap::retranslate() {
    setAccessibleName(tr("Layers of the model"));
    setBill(Bill(m_bill));
}

void LayerMap::setBill(const Bill& bill) {
    m_bill = bill;
    m_rows.clear();
    // The model reads from the bottom up, so the last block stands at the top.
    Row head{tr("head"), {}};
    Row embedding{tr("input"), {}};
    std::vector<Row> blocks(std::size_t(std::clamp(bill.blocks, 0, 4096)));
    for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i].label = tr("block %1").arg(i);
    bool seenBlock = false;
    for (std::size_t i = 0; i < bill.layers.size(); ++i) {
        const int block = bill.layers[i].block;
        if (block >= 0 && std::size_t(block) < blocks.size()) {
            blocks[std::size_t(block)].layers.push_back(i);
            seenBlock = true;
        } else {
            (seenBlock ? head : embedding).layers.push_back(i);
        }
    }
    if (!head.layers.empty()) m_rows.push_back(std::move(head));
    for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) m_rows.push_back(std::move(*block));
    if (!embedding.layers.empty()) m_rows.push_back(std::move(embedding));
    updateGeometry();
    update();
}

QSize LayerMap::sizeHint() const {
    return QSize(
        320, std::max(4, std::min(16, int(m_rows.size()))) * (kRowHeight + 4) + fontMetrics().height() + 12);
}

QSize LayerMap::minimumSizeHint() const {
    return QSize(200, 96 + fontMetrics().height());
}

QRectF LayerMap::rowRect(std::size_t row) const {
    const double legend = fontMetrics().height() + 10;
    const double pitch = std::min(double(kRowHeight + 4),
                                  (height() - legend) / double(std::max<std::size_t>(1, m_rows.size())));
    const double label = fontMetrics().horizontalAdvance(tr("block %1").arg(888)) + 10;
    const double gap = pitch > 8 ? 4 : pitch > 3 ? 1 : 0;
    return QRectF(label, double(row) * pitch, std::max(10.0, width() - label), std::max(1.0, pitch - gap));
}

std::vector<LayerMap::Place> LayerMap::places() const {
    std::vector<Place> result;
    for (std::size_t row = 0; row < m_rows.size(); ++row) {
        const QRectF line = rowRect(row);
        // Width follows the square root of the size: a small layer stays visible beside a large one.
        double sum = 0;
        for (const std::size_t layer : m_rows[row].layers)
            sum += std::sqrt(double(m_bill.layers[layer].parameters) + 1);
        double x = line.left();
        for (const std::size_t layer : m_rows[row].layers) {
            const double width = line.width() * std::sqrt(double(m_bill.layers[layer].parameters) + 1) / sum;
            result.push_back({QRectF(x, line.top(), std::max(1.0, width - 2), line.height()), layer});
            x += width;
        }
    }
    return result;
}

void LayerMap::paintLayer(QPainter& painter, const Place& place) const {
    const Tokens& tokens = m_theme.tokens();
    const LayerShare& layer = m_bill.layers[place.layer];
    const double corner = place.rect.height() > 8 ? 3 : 0;
    painter.setBrush(tokens.line);
    painter.drawRoundedRect(place.rect, corner, corner);
    if (layer.trained > 0 && layer.parameters > 0) {
        QRectF part = place.rect;
        part.setWidth(
            std::max(2.0, part.width() * std::min(1.0, double(layer.trained) / double(layer.parameters))));
        painter.setBrush(m_theme.seriesColor(0));
        painter.drawRoundedRect(part, corner, corner);
    }
    if (layer.added > 0) {
        const double inset = place.rect.height() > 8 ? 3 : 0;
        QRectF part = place.rect.adjusted(inset, inset, -inset, -inset);
        part.setWidth(std::min(part.width(), std::max(6.0, part.width() * 0.6)));
        painter.setBrush(m_theme.seriesColor(1));
        painter.drawRoundedRect(part, std::min(2.0, corner), std::min(2.0, corner));
    }
}

void LayerMap::paintLegend(QPainter& painter) const {
    const Tokens& tokens = m_theme.tokens();
    const struct {
        QString text;
        QColor color;
    } entries[] = {{tr("frozen"), tokens.line},
                   {tr("trained"), m_theme.seriesColor(0)},
                   {tr("adapter"), m_theme.seriesColor(1)}};
    const int line = fontMetrics().height();
    double whole = 0;
    for (const auto& entry : entries) whole += fontMetrics().horizontalAdvance(entry.text) + 2.0 * line;
    // Under the drawing where there is room, else from the very left.
    double x = rowRect(0).left() + whole <= width() ? rowRect(0).left() : 0;
    for (const auto& entry : entries) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(entry.color);
        painter.drawRoundedRect(QRectF(x, height() - line / 2.0 - 5, 10, 10), 2, 2);
        painter.setPen(tokens.muted);
        const double width = fontMetrics().horizontalAdvance(entry.text) + 2;
        painter.drawText(QRectF(x + 15, height() - line, width, line), Qt::AlignLeft | Qt::AlignVCenter,
                         entry.text);
        x += 15 + width + 16;
    }
}

void LayerMap::paintEvent(QPaintEvent*) {
    if (m_rows.empty()) return;
    const Tokens& tokens = m_theme.tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(tokens.muted);
    double lastLabel = -1e9;
    for (std::size_t row = 0; row < m_rows.size(); ++row) {
        const QRectF line = rowRect(row);
        if (line.center().y() - lastLabel < fontMetrics().height()) continue;
        lastLabel = line.center().y();
        painter.drawText(QRectF(0, line.center().y() - 20, line.left() - 10, 40),
                         Qt::AlignRight | Qt::AlignVCenter, m_rows[row].label);
    }
    painter.setPen(Qt::NoPen);
    for (const Place& place : places()) paintLayer(painter, place);
    paintLegend(painter);
}

bool LayerMap::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    for (const Place& place : places()) {
        if (!place.rect.contains(help->pos())) continue;
        const LayerShare& layer = m_bill.layers[place.layer];
        // The module's name comes from the model's file: shown as it is, never as markup.
        const QString name = QString::fromStdString(layer.module).toHtmlEscaped();
        const QString text = tr("%1: %2 parameters, %3 of them trained, %4 added")
                                 .arg(name, QLocale().toString(qlonglong(layer.parameters)),
                                      QLocale().toString(qlonglong(layer.trained)),
                                      QLocale().toString(qlonglong(layer.added)));
        QToolTip::showText(help->globalPos(), text, this);
        return true;
    }
    QToolTip::hideText();
    event->ignore();
    return true;
}

}  // namespace lathe
