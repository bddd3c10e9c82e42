// SPDX-License-Identifier: GPL-3.0-or-later
// The race over ranks on the Method page: the same training once for each.
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSpinBox>
#include <algorithm>

#include "ui/pages/method/method_page.h"
#include "ui/text/plain_tool_tip.h"
#include "ui/widgets/card.h"
#include "ui/widgets/chip.h"
#include "ui/widgets/flow_layout.h"

namespace lathe {
namespace {

constexpr int kRaceRanks[] = {1, 2, 4, 8, 16, 32};

}  // namespace

void MethodPage::buildRace() {
    m_raceCard = new Card;
    m_raceText = new QLabel;
    m_raceText->setProperty("role", "muted");
    m_raceText->setWordWrap(true);
    m_raceCard->body()->addWidget(m_raceText);
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    m_raceRanks = new QWidget;
    m_raceFlow = new FlowLayout(m_raceRanks);
    m_raceRank = new QSpinBox;
    m_raceRank->setRange(1, 4096);
    m_raceRank->setValue(64);
    m_raceAdd = new QPushButton;
    m_raceCount = new QLabel;
    m_raceCount->setProperty("role", "muted");
    m_raceStart = new QPushButton;
    m_raceStart->setObjectName("raceStart");
    line->addWidget(m_raceRanks, 1);
    line->addWidget(m_raceRank);
    line->addWidget(m_raceAdd);
    line->addWidget(m_raceCount);
    line->addWidget(m_raceStart);
    m_raceCard->body()->addLayout(line);
    body()->addWidget(m_raceCard);
    for (const int rank : kRaceRanks) {
        m_raceRank->setValue(rank);
        addRaceRank();
    }
    m_raceRank->setValue(64);
    connect(m_raceAdd, &QPushButton::clicked, this, &MethodPage::addRaceRank);
    connect(m_raceStart, &QPushButton::clicked, this, &MethodPage::startRace);
}

void MethodPage::addRaceRank() {
    const int rank = m_raceRank->value();
    const auto same = std::find_if(m_raceChips.begin(), m_raceChips.end(),
                                   [&](const Chip* chip) { return chip->property("rank").toInt() == rank; });
    Chip* chip = same == m_raceChips.end() ? new Chip(QLocale().toString(rank)) : *same;
    if (same == m_raceChips.end()) {
        chip->setProperty("rank", rank);
        chip->setCheckable(true);
        m_raceFlow->addWidget(chip);
        m_raceChips.append(chip);
        connect(chip, &Chip::toggled, this, &MethodPage::showRace);
    }
    chip->setChecked(true);
}

void MethodPage::startRace() {
    std::vector<int64_t> ranks;
    for (const Chip* chip : std::as_const(m_raceChips)) {
        if (chip->isChecked()) ranks.push_back(chip->property("rank").toInt());
    }
    std::sort(ranks.begin(), ranks.end());
    std::vector<FieldValue> values(ranks.begin(), ranks.end());
    context().controller.startRace(context().draft.recipe(), "method.rank", values);
    Q_EMIT goTo("compare");
}

void MethodPage::showRace() {
    // A race is over the ranks of the first method.
    m_raceCard->setVisible(m_shown == 0 && hasField("rank"));
    const auto chosen =
        std::count_if(m_raceChips.begin(), m_raceChips.end(), [](const Chip* c) { return c->isChecked(); });
    m_raceCount->setText(tr("%n runs", nullptr, int(chosen)));
    for (Chip* chip : std::as_const(m_raceChips))
        chip->setAccessibleName(tr("Rank %1").arg(chip->property("rank").toInt()));
    QStringList missing;
    for (const Lack& lack : context().estimates.missing()) missing << lack.text;
    const bool busy = context().controller.busy();
    m_raceStart->setEnabled(chosen > 1 && context().controller.backend() && missing.isEmpty() && !busy);
    m_raceStart->setToolTip(busy ? tr("A run is going on; the race can start when it has ended.")
                            : !missing.isEmpty()
                                ? plainToolTip(tr("Still missing: %1").arg(missing.join('\n')))
                                : tr("Runs the same training once for each rank and compares them"));
}

}  // namespace lathe
