// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/card.h"

#include <QLabel>
#include <QStyle>

namespace lathe {

Card::Card(QWidget* parent)
    : QFrame(parent), m_title(new QLabel), m_header(new QHBoxLayout), m_body(new QVBoxLayout) {
    setObjectName("card");
    setAttribute(Qt::WA_StyledBackground);
    m_title->setProperty("role", "strong");
    m_title->setTextFormat(Qt::PlainText);
    m_title->hide();
    m_header->setSpacing(8);
    m_body->setSpacing(8);
    auto* top = new QHBoxLayout;
    top->setSpacing(8);
    top->addWidget(m_title);
    top->addStretch(1);
    top->addLayout(m_header);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(12, 12, 12, 12);
    all->setSpacing(8);
    all->addLayout(top);
    all->addLayout(m_body, 1);
}

void Card::setTitle(const QString& title) {
    m_title->setText(title);
    m_title->setVisible(!title.isEmpty());
    setAccessibleName(title);
}

void Card::setTone(const QString& tone) {
    setProperty("tone", tone);
    style()->unpolish(this);
    style()->polish(this);
}

}  // namespace lathe
