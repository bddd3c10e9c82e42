// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/page.h"

#include <QLabel>
#include <QPainter>
#include <QScrollArea>

#include "ui/text/core_text.h"
#include "ui/text/plain_tool_tip.h"

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
      m_body(new QVBoxLayout),
      m_area(new QScrollArea) {
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
    m_area->setWidget(scrolled);
    m_area->setWidgetResizable(true);
    m_area->setFrameShape(QFrame::NoFrame);
    m_area->setFocusPolicy(Qt::NoFocus);

    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addLayout(heading);
    all->addWidget(m_area, 1);
}

void Page::setHeading(const QString& title, const QString& subtitle) {
    m_title->setText(title);
    m_subtitle->setText(subtitle);
    m_subtitle->setToolTip(plainToolTip(subtitle));
    setAccessibleName(title);
}

void Page::showRuns(const QStringList&) {
}

void Page::showField(const Lack& lack) {
    const QString inner = lack.key.mid(lack.key.indexOf('.') + 1);
    for (const QString& name : {lack.key, inner}) {
        auto* editor = findChild<QWidget*>(name);
        if (!editor || editor->isHidden()) continue;
        m_area->ensureWidgetVisible(editor);
        editor->setFocus(Qt::OtherFocusReason);
        return;
    }
}

QString Page::engineText() const {
    if (m_context.engineError)
        return tr("The engine could not be loaded: %1").arg(errorText(*m_context.engineError));
    return tr("The engine is loading.");
}

}  // namespace lathe
