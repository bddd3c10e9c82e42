// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/probability_bars.h"

#include <QLocale>
#include <QPainter>
#include <QStringList>
#include <algorithm>

#include "ui/theme/theme.h"

namespace lathe {
namespace {

constexpr std::size_t kShown = 8;

}  // namespace

ProbabilityBars::ProbabilityBars(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ProbabilityBars::setProbabilities(std::vector<std::pair<QString, double>> probabilities, bool several) {
    m_probabilities = std::move(probabilities);
    m_several = several;
    std::stable_sort(m_probabilities.begin(), m_probabilities.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (m_probabilities.size() > kShown) m_probabilities.resize(kShown);
    QStringList spoken;
    for (const auto& [label, probability] : m_probabilities) {
        spoken.append(tr("%1 %2 %").arg(label, QLocale().toString(100 * probability, 'f', 1)));
    }
    setAccessibleName(tr("Probabilities"));
    setAccessibleDescription(spoken.join(QLatin1String(", ")));
    updateGeometry();
    update();
}

int ProbabilityBars::rowHeight() const {
    return fontMetrics().height() + 8;
}

QSize ProbabilityBars::sizeHint() const {
    return QSize(280, std::max(1, int(m_probabilities.size())) * rowHeight());
}

QSize ProbabilityBars::minimumSizeHint() const {
    return QSize(160, sizeHint().height());
}

void ProbabilityBars::paintEvent(QPaintEvent*) {
    const Tokens& tokens = m_theme.tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QFont bold = font();
    bold.setWeight(QFont::DemiBold);
    const int labelWidth = width() * 3 / 10;
    const int numberWidth = QFontMetrics(bold).horizontalAdvance(QStringLiteral("100.0 %")) + 8;
    for (std::size_t i = 0; i < m_probabilities.size(); ++i) {
        const auto& [label, probability] = m_probabilities[i];
        const QRect row(0, int(i) * rowHeight(), width(), rowHeight());
        const bool standsOut = m_several ? probability > 0.5 : i == 0;
        painter.setFont(standsOut ? bold : font());
        painter.setPen(standsOut ? tokens.text : tokens.muted);
        painter.drawText(row.adjusted(0, 0, labelWidth - width() - 8, 0), Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(label, Qt::ElideRight, labelWidth - 8));
        painter.drawText(row, Qt::AlignRight | Qt::AlignVCenter,
                         tr("%1 %").arg(QLocale().toString(100 * probability, 'f', 1)));
        const QRectF track(labelWidth, row.center().y() - 3.5,
                           std::max(1, width() - labelWidth - numberWidth), 8);
        painter.setPen(Qt::NoPen);
        painter.setBrush(tokens.line);
        painter.drawRoundedRect(track, 4, 4);
        QRectF bar = track;
        bar.setWidth(std::max(4.0, track.width() * std::clamp(probability, 0.0, 1.0)));
        painter.setBrush(standsOut ? tokens.accent : tokens.muted);
        painter.drawRoundedRect(bar, 4, 4);
    }
}

}  // namespace lathe
