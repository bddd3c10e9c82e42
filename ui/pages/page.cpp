// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/page.h"

#include <QLabel>
#include <QPainter>
#include <QScrollArea>

namespace lathe {
namespace {
constexpr int kPadding = 16;
constexpr int kGap = 12;

/// A line of text that ends in "…" where the room ends.
class ElidedLabel : public QLabel {
  protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setPen(palette().color(foregroundRole()));
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter,
                         fontMetrics().elidedText(text(), Qt::ElideRight, width()));
    }
};

}  // namespace

Page::Page(const PageContext& context, QWidget* parent)
    : QWidget(parent),
      m_context(context),
      m_title(new QLabel),
      m_subtitle(new ElidedLabel),
      m_actions(new QHBoxLayout),
      m_body(new QVBoxLayout) {
    m_title->setProperty("role", "title");
    m_subtitle->setProperty("role", "muted");
    m_subtitle->setTextFormat(Qt::PlainText);
    // A long subtitle gives way to the actions instead of widening the page.
    m_subtitle->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_actions->setSpacing(8);

    auto* heading = new QHBoxLayout;
    heading->setContentsMargins(kPadding, 14, kPadding, 10);
    heading->setSpacing(10);
    heading->addWidget(m_title);
    heading->addWidget(m_subtitle, 1, Qt::AlignVCenter);
    heading->addLayout(m_actions);

    auto* scrolled = new QWidget;
    scrolled->setObjectName("scrolled");
    scrolled->setLayout(m_body);
    m_body->setContentsMargins(kPadding, 0, kPadding, kPadding);
    m_body->setSpacing(kGap);
    auto* area = new QScrollArea;
    area->setWidget(scrolled);
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);

    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(heading);
    all->addWidget(area, 1);
}

void Page::setHeading(const QString& title, const QString& subtitle) {
    m_title->setText(title);
    m_subtitle->setText(subtitle);
    m_subtitle->setToolTip(subtitle.toHtmlEscaped());
    setAccessibleName(title);
}

void Page::showRuns(const QStringList&) {
}

}  // namespace lathe
