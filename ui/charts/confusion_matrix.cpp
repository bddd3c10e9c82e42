// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/confusion_matrix.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QScrollBar>
#include <QSvgGenerator>
#include <QToolTip>
#include <algorithm>

#include "ui/text/number_text.h"
#include "ui/text/plain_tool_tip.h"
#include "ui/theme/theme.h"

namespace lathe {
namespace {

constexpr int kNarrowest = 46, kWidest = 112;
constexpr int kLongestLabel = 150;
constexpr int kVisibleRows = 9;       ///< before it scrolls
constexpr int kLargestExport = 4000;  ///< pixels along the longer side, at which cells shrink
constexpr double kExportScale = 2;

QColor blend(const QColor& from, const QColor& to, double share) {
    const auto mix = [&](int a, int b) { return int(a + (b - a) * share); };
    return QColor(mix(from.red(), to.red()), mix(from.green(), to.green()), mix(from.blue(), to.blue()));
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(const Theme& theme, QWidget* parent)
    : QAbstractScrollArea(parent), m_theme(theme) {
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    viewport()->setAutoFillBackground(false);
    connect(&m_theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void ConfusionMatrix::setCounts(const QStringList& labels, std::vector<int64_t> counts) {
    m_labels = labels;
    m_counts = std::move(counts);
    m_rowTotals.assign(std::size_t(count()), 0);
    for (std::size_t i = 0; i < m_counts.size(); ++i) m_rowTotals[i / std::size_t(count())] += m_counts[i];
    m_row = std::clamp(m_row, 0, std::max(0, count() - 1));
    m_column = std::clamp(m_column, 0, std::max(0, count() - 1));
    updateGeometry();
    updateScrollBars();
    setAccessibleDescription(sentence(m_row, m_column));
    viewport()->update();
}

QString ConfusionMatrix::sentence(int row, int column) const {
    if (row < 0 || column < 0 || row >= count() || column >= count()) return {};
    const int64_t cell = m_counts[std::size_t(row * count() + column)], total = m_rowTotals[std::size_t(row)];
    const QString share = percentText(total > 0 ? 100.0 * double(cell) / double(total) : 0);
    if (row == column)
        return tr("%1, rightly called so: %2 of %3 (%4)")
            .arg(m_labels[row], countText(cell), countText(total), share);
    return tr("%1, called %2: %3 of %4 (%5)")
        .arg(m_labels[row], m_labels[column], countText(cell), countText(total), share);
}

ConfusionMatrix::Grid ConfusionMatrix::gridFor(int width) const {
    Grid grid;
    grid.labels = fontMetrics().horizontalAdvance(tr("is ↓  called →")) + 12;
    for (const QString& label : m_labels)
        grid.labels = std::max(grid.labels, fontMetrics().horizontalAdvance(label) + 12);
    grid.labels = std::min(grid.labels, kLongestLabel);
    grid.head = grid.height = fontMetrics().height() + 14;
    grid.width = std::clamp((width - grid.labels) / std::max(1, count()), kNarrowest, kWidest);
    return grid;
}

ConfusionMatrix::Grid ConfusionMatrix::exportGrid() const {
    Grid grid = gridFor(0);
    grid.width = 64;
    if (count() * grid.width > kLargestExport) grid.width = std::max(4, kLargestExport / count());
    grid.height = std::min(grid.height, grid.width);
    return grid;
}

QSize ConfusionMatrix::sizeOf(const Grid& grid) const {
    return {grid.labels + count() * grid.width, grid.head + count() * grid.height};
}

QSize ConfusionMatrix::sizeHint() const {
    const Grid grid = gridFor(width());
    const bool wide = grid.labels + count() * grid.width > width();
    const int bar = wide ? horizontalScrollBar()->sizeHint().height() : 0;
    return QSize(320, grid.head + std::min(count(), kVisibleRows) * grid.height + bar + 2);
}

QSize ConfusionMatrix::minimumSizeHint() const {
    return QSize(200, sizeHint().height());
}

QPoint ConfusionMatrix::scrolled() const {
    return {horizontalScrollBar()->value(), verticalScrollBar()->value()};
}

void ConfusionMatrix::updateScrollBars() {
    const Grid grid = gridFor(viewport()->width());
    const QSize all = sizeOf(grid), room = viewport()->size();
    horizontalScrollBar()->setRange(0, std::max(0, all.width() - room.width()));
    horizontalScrollBar()->setPageStep(room.width());
    horizontalScrollBar()->setSingleStep(grid.width);
    verticalScrollBar()->setRange(0, std::max(0, all.height() - room.height()));
    verticalScrollBar()->setPageStep(room.height());
    verticalScrollBar()->setSingleStep(grid.height);
}

void ConfusionMatrix::resizeEvent(QResizeEvent* event) {
    QAbstractScrollArea::resizeEvent(event);
    updateScrollBars();
    updateGeometry();
}

QPoint ConfusionMatrix::cellAt(const QPoint& place) const {
    const Grid grid = gridFor(viewport()->width());
    if (place.x() < grid.labels || place.y() < grid.head) return {-1, -1};
    const QPoint inside = place + scrolled() - QPoint(grid.labels, grid.head);
    const QPoint cell(inside.x() / grid.width, inside.y() / grid.height);
    return cell.x() < count() && cell.y() < count() ? cell : QPoint(-1, -1);
}

void ConfusionMatrix::setCurrent(int row, int column) {
    m_row = std::clamp(row, 0, std::max(0, count() - 1));
    m_column = std::clamp(column, 0, std::max(0, count() - 1));
    const Grid grid = gridFor(viewport()->width());
    const auto show = [](QScrollBar* bar, int begin, int size, int room) {
        if (begin < bar->value()) bar->setValue(begin);
        if (begin + size > bar->value() + room) bar->setValue(begin + size - room);
    };
    show(horizontalScrollBar(), m_column * grid.width, grid.width, viewport()->width() - grid.labels);
    show(verticalScrollBar(), m_row * grid.height, grid.height, viewport()->height() - grid.head);
    setAccessibleDescription(sentence(m_row, m_column));
    viewport()->update();
    Q_EMIT described(sentence(m_row, m_column));
}

void ConfusionMatrix::mousePressEvent(QMouseEvent* event) {
    const QPoint cell = cellAt(event->pos());
    if (cell.x() >= 0) setCurrent(cell.y(), cell.x());
}

void ConfusionMatrix::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
        case Qt::Key_Left:
            return setCurrent(m_row, m_column - 1);
        case Qt::Key_Right:
            return setCurrent(m_row, m_column + 1);
        case Qt::Key_Up:
            return setCurrent(m_row - 1, m_column);
        case Qt::Key_Down:
            return setCurrent(m_row + 1, m_column);
        case Qt::Key_Home:
            return setCurrent(0, 0);
        case Qt::Key_End:
            return setCurrent(count() - 1, count() - 1);
        default:
            QAbstractScrollArea::keyPressEvent(event);
    }
}

bool ConfusionMatrix::viewportEvent(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QAbstractScrollArea::viewportEvent(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const QPoint cell = cellAt(help->pos());
    QToolTip::showText(help->globalPos(), plainToolTip(sentence(cell.y(), cell.x())), viewport());
    return true;
}

void ConfusionMatrix::drawCell(QPainter& painter, const QRect& place, int row, int column) const {
    const Tokens& tokens = m_theme.tokens();
    const int64_t cell = m_counts[std::size_t(row * count() + column)], total = m_rowTotals[std::size_t(row)];
    const double share = total > 0 ? double(cell) / double(total) : 0;
    // A single mistake among many is still to be seen.
    const double shade = cell == 0 ? 0 : 0.12 + 0.78 * share;
    const QColor ground = blend(tokens.card, row == column ? tokens.accent : tokens.warn, shade);
    painter.fillRect(place.adjusted(0, 0, place.width() > 12 ? -2 : 0, place.height() > 12 ? -2 : 0),
                     cell == 0 ? tokens.background : ground);
    if (place.width() < kNarrowest) return;
    painter.setPen(cell == 0 ? tokens.muted : shade > 0.5 ? tokens.card : tokens.text);
    painter.drawText(place.adjusted(0, 0, -2, -2), Qt::AlignCenter, shortCountText(cell));
}

void ConfusionMatrix::drawLabels(QPainter& painter, const Grid& grid, const QPoint& scrolled,
                                 const QSize& size) const {
    const Tokens& tokens = m_theme.tokens();
    const QFontMetrics metrics(painter.font());
    painter.fillRect(QRect(0, 0, size.width(), grid.head), tokens.card);
    painter.fillRect(QRect(0, 0, grid.labels, size.height()), tokens.card);
    painter.setPen(tokens.muted);
    painter.drawText(QRect(0, 0, grid.labels - 8, grid.head), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(tr("is ↓  called →"), Qt::ElideRight, grid.labels - 8));
    painter.setPen(tokens.text);
    painter.save();
    painter.setClipRect(QRect(grid.labels, 0, size.width() - grid.labels, grid.head));
    for (int i = 0; grid.width >= kNarrowest && i < count(); ++i) {
        const QRect place(grid.labels + i * grid.width - scrolled.x(), 0, grid.width - 2, grid.head);
        if (place.right() < grid.labels || place.left() > size.width()) continue;
        painter.drawText(place, Qt::AlignCenter,
                         metrics.elidedText(m_labels[i], Qt::ElideRight, place.width() - 4));
    }
    painter.setClipRect(QRect(0, grid.head, grid.labels, size.height() - grid.head));
    for (int i = 0; grid.height >= metrics.height() && i < count(); ++i) {
        const QRect place(0, grid.head + i * grid.height - scrolled.y(), grid.labels - 8, grid.height - 2);
        if (place.bottom() < grid.head || place.top() > size.height()) continue;
        painter.drawText(place, Qt::AlignLeft | Qt::AlignVCenter,
                         metrics.elidedText(m_labels[i], Qt::ElideRight, place.width()));
    }
    painter.restore();
}

void ConfusionMatrix::draw(QPainter& painter, const Grid& grid, const QPoint& scrolled,
                           const QSize& size) const {
    const auto shown = [](int offset, int step, int room, int count) {
        return std::pair(std::clamp(offset / step, 0, count),
                         std::clamp((offset + room) / step + 1, 0, count));
    };
    const auto [firstRow, lastRow] = shown(scrolled.y(), grid.height, size.height(), count());
    const auto [firstColumn, lastColumn] = shown(scrolled.x(), grid.width, size.width(), count());
    for (int row = firstRow; row < lastRow; ++row)
        for (int column = firstColumn; column < lastColumn; ++column)
            drawCell(painter,
                     QRect(grid.labels + column * grid.width - scrolled.x(),
                           grid.head + row * grid.height - scrolled.y(), grid.width, grid.height),
                     row, column);
    drawLabels(painter, grid, scrolled, size);
}

void ConfusionMatrix::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    const Grid grid = gridFor(viewport()->width());
    const QSize size = viewport()->size();
    draw(painter, grid, scrolled(), size);
    if (!hasFocus() || count() == 0) return;
    painter.setClipRect(QRect(grid.labels, grid.head, size.width(), size.height()));
    painter.setPen(QPen(m_theme.tokens().text, 2));
    const QPoint corner(grid.labels + m_column * grid.width, grid.head + m_row * grid.height);
    painter.drawRect(
        QRect(corner - scrolled(), QSize(grid.width - 2, grid.height - 2)).adjusted(1, 1, -1, -1));
}

bool ConfusionMatrix::exportPng(const QString& file) const {
    const Grid grid = exportGrid();
    const QSize size = sizeOf(grid);
    const double scale =
        std::max(size.width(), size.height()) * kExportScale > kLargestExport ? 1 : kExportScale;
    QImage image(size * scale, QImage::Format_RGB32);
    image.setDevicePixelRatio(scale);
    image.fill(m_theme.tokens().card);
    QPainter painter(&image);
    painter.setFont(font());
    draw(painter, grid, {}, size);
    return painter.end() && image.save(file, "PNG");
}

bool ConfusionMatrix::exportSvg(const QString& file) const {
    const Grid grid = exportGrid();
    QSvgGenerator generator;
    generator.setFileName(file);
    generator.setTitle(accessibleName());
    generator.setSize(sizeOf(grid));
    generator.setViewBox(QRect({}, sizeOf(grid)));
    QPainter painter;
    if (!painter.begin(&generator)) return false;
    painter.setFont(font());
    painter.fillRect(QRect({}, sizeOf(grid)), m_theme.tokens().card);
    draw(painter, grid, {}, sizeOf(grid));
    return painter.end();
}

}  // namespace lathe
