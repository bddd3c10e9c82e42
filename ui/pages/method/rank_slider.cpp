// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/method/rank_slider.h"

#include <QGridLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QSignalBlocker>
#include <QSlider>
#include <QSpinBox>
#include <QStyle>
#include <QStyleOptionSlider>
#include <algorithm>
#include <cmath>

#include "ui/theme/theme.h"

namespace lathe {
namespace {

constexpr int kLargestStop = 8;  // 2^8: beyond that the spin box is quicker

}  // namespace

RankSlider::RankSlider(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    m_label = new QLabel(this);
    m_spin = new QSpinBox(this);
    m_spin->setRange(1, 4096);
    m_spin->setKeyboardTracking(false);  // typing 16 does not set 1 on the way
    m_spin->setMinimumWidth(72);
    m_spin->setAlignment(Qt::AlignRight);
    m_label->setBuddy(m_spin);
    m_slider = new QSlider(Qt::Horizontal, this);
    m_slider->setRange(0, kLargestStop);
    m_slider->setPageStep(1);

    auto* grid = new QGridLayout(this);
    // Room at the right for half of the last number below the slider.
    grid->setContentsMargins(0, 0, 12, 0);
    grid->setHorizontalSpacing(16);
    grid->setVerticalSpacing(2);
    grid->addWidget(m_label, 0, 0);
    grid->addWidget(m_spin, 1, 0);
    grid->addWidget(m_slider, 0, 1, Qt::AlignBottom);
    grid->setRowMinimumHeight(1, m_spin->sizeHint().height());
    grid->setColumnStretch(1, 1);

    connect(m_spin, &QSpinBox::valueChanged, this, [this](int rank) {
        showOnSlider(rank);
        Q_EMIT valueChanged(rank);
    });
    connect(m_slider, &QSlider::valueChanged, this, [this](int stop) { m_spin->setValue(1 << stop); });
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
    retranslate();
}

void RankSlider::retranslate() {
    m_label->setText(tr("Rank"));
    const QString help =
        tr("How many directions each changed layer may learn. Any whole number; 4 to 16 is usual. More "
           "trains more "
           "parameters.");
    m_spin->setToolTip(help);
    m_spin->setAccessibleName(tr("Rank"));
    m_slider->setToolTip(help);
    m_slider->setAccessibleName(tr("Rank, powers of two"));
}

int RankSlider::value() const {
    return m_spin->value();
}

void RankSlider::setValue(int rank) {
    const QSignalBlocker blocker(m_spin);
    m_spin->setValue(rank);
    showOnSlider(m_spin->value());
}

void RankSlider::setRange(int smallest, int largest) {
    const QSignalBlocker blocker(m_spin);
    m_spin->setRange(smallest, largest);
}

void RankSlider::showOnSlider(int rank) {
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(std::clamp(int(std::lround(std::log2(double(std::max(1, rank))))), 0, kLargestStop));
}

void RankSlider::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setPen(m_theme.tokens().muted);
    QStyleOptionSlider option;
    option.initFrom(m_slider);
    const int handle = m_slider->style()->pixelMetric(QStyle::PM_SliderLength, &option, m_slider);
    const QRect groove = m_slider->geometry().adjusted(handle / 2, 0, -handle / 2, 0);
    for (int stop = 0; stop <= kLargestStop; ++stop) {
        const int x = QStyle::sliderPositionFromValue(0, kLargestStop, stop, groove.width());
        const QRect place(groove.left() + x - 24, groove.bottom() + 4, 48, fontMetrics().height());
        painter.drawText(place, Qt::AlignCenter, QLocale().toString(1 << stop));
    }
}

}  // namespace lathe
