// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/warning_list.h"

#include <QLabel>
#include <QPushButton>
#include <algorithm>

#include "ui/text/core_text.h"

namespace lathe {
namespace {

constexpr int kMostListed = 50;
constexpr int kMostOpen = 2;  ///< so many are shown with their figures unless the user chooses

QLabel* lineLabel(const char* role) {
    auto* label = new QLabel;
    label->setProperty("role", role);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    return label;
}

}  // namespace

WarningList::WarningList(QWidget* parent) : Card(parent) {
    setTone("warn");
    m_toggle = new QPushButton;
    m_toggle->setObjectName("warningDetails");
    m_close = new QPushButton;
    header()->addWidget(m_toggle);
    header()->addWidget(m_close);
    body()->setSpacing(4);
    m_more = lineLabel("muted");
    m_more->hide();
    body()->addWidget(m_more);
    connect(m_close, &QPushButton::clicked, this, &QWidget::hide);
    connect(m_toggle, &QPushButton::clicked, this, [this] {
        m_chosen = true;
        setOpen(!m_open);
    });
    hide();
}

void WarningList::add(const WarningEvent& warning, int64_t step) {
    const auto same = [&](const Entry& entry) {
        return entry.warning.code == warning.code && entry.warning.message == warning.message;
    };
    if (std::any_of(m_entries.begin(), m_entries.end(), same)) return;
    if (m_entries.size() == kMostListed) {
        ++m_dropped;
    } else {
        const Entry entry{warning, step, lineLabel("strong"), lineLabel("muted")};
        const int at = 2 * int(m_entries.size());
        body()->insertWidget(at, entry.title);
        body()->insertWidget(at + 1, entry.detail);
        m_entries.append(entry);
    }
    if (!m_chosen) m_open = m_entries.size() <= kMostOpen;
    retranslate();
    show();
}

void WarningList::clear() {
    for (const Entry& entry : std::as_const(m_entries)) {
        delete entry.title;
        delete entry.detail;
    }
    m_entries.clear();
    m_dropped = 0;
    m_open = true;
    m_chosen = false;
    hide();
}

void WarningList::retranslate() {
    setTitle(m_entries.size() == 1 ? tr("A warning") : tr("Warnings: %1").arg(m_entries.size() + m_dropped));
    m_close->setText(tr("Close"));
    m_more->setText(tr("and %1 more").arg(m_dropped));
    m_more->setVisible(m_dropped > 0);
    for (const Entry& entry : std::as_const(m_entries)) fill(entry);
    setOpen(m_open);
}

void WarningList::fill(const Entry& entry) const {
    const QString title = warningTitle(entry.warning.code);
    entry.title->setText(entry.step > 0 ? tr("%1 · step %2").arg(title).arg(entry.step) : title);
    const QString message = coreText(entry.warning.message), hint = coreText(entry.warning.hint);
    entry.detail->setText(hint.isEmpty() ? message : message + "\n" + hint);
}

void WarningList::setOpen(bool open) {
    m_open = open;
    m_toggle->setText(open ? tr("Less") : tr("Details"));
    m_toggle->setToolTip(open ? tr("Show only what the warnings are about.")
                              : tr("Show the figures and what to do about them."));
    for (const Entry& entry : std::as_const(m_entries)) entry.detail->setVisible(open);
}

}  // namespace lathe
