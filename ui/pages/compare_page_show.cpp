// SPDX-License-Identifier: GPL-3.0-or-later
// What the Compare page says about the runs it has read: quality, verdict, numbers, differences.
#include <QHeaderView>
#include <QLabel>
#include <QTableWidget>
#include <algorithm>

#include "ui/bridge/core_text.h"
#include "ui/models/catalog_text.h"
#include "ui/models/number_text.h"
#include "ui/pages/compare_page.h"
#include "ui/widgets/card.h"
#include "ui/widgets/plain_table.h"
#include "ui/widgets/scatter_plot.h"

namespace lathe {

void ComparePage::showQuality() {
    const bool shown = m_verdict.has_value();
    m_qualityPlot->setVisible(shown);
    m_noQuality->setVisible(!shown);
    if (!shown) return;
    QList<ScatterPoint> points;
    for (int i = 0; i < int(m_curves.size()); ++i) {
        const RunRecord& record = m_curves[std::size_t(i)].run.record;
        const auto value = record.metrics.find(m_verdict->metric);
        if (value == record.metrics.end() || record.trainable <= 0) continue;
        ScatterPoint point;
        const bool ranked = record.settings.is_object() && record.settings.contains("method.rank");
        point.label = m_labels[i];
        if (ranked && record.settings["method.rank"].is_number_integer())
            point.label = QString::number(record.settings["method.rank"].get<int64_t>());
        point.x = double(record.trainable);
        point.y = value->second;
        point.color = i;
        point.strong = i == m_verdict->smallestRun;
        point.joined = ranked;
        points.append(point);
    }
    m_qualityPlot->setPercent(isShareMetric(m_verdict->metric));
    m_qualityPlot->setTitle(metricTitle(m_verdict->metric));
    m_qualityPlot->setPoints(points);
    const double other =
        m_verdict->rises ? m_verdict->best - m_verdict->margin : m_verdict->best + m_verdict->margin;
    m_qualityPlot->setBand(std::min(other, m_verdict->best), std::max(other, m_verdict->best),
                           isShareMetric(m_verdict->metric)
                               ? tr("within 1 point of the best")
                               : tr("within %1 of the best").arg(m_verdict->margin));
}

void ComparePage::showVerdict() {
    m_verdictCard->setVisible(m_verdict && m_verdict->smallestRun >= 0);
    if (!m_verdict || m_verdict->smallestRun < 0) return;
    const int smallest = m_verdict->smallestRun;
    const int best = m_verdict->bestRun;
    const RunRecord& chosen = m_curves[std::size_t(smallest)].run.record;
    QString name = m_labels[smallest];
    name[0] = name[0].toUpper();
    const RunRecord& top = m_curves[std::size_t(best)].run.record;
    const QString metric = metricTitle(m_verdict->metric);
    const QString value = metricText(m_verdict->metric, chosen.metrics.at(m_verdict->metric));
    if (smallest == best) {
        m_sentence->setText(
            tr("%1 is the best and nothing smaller comes close: %2 %3 with %4 trained parameters.")
                .arg(name, metric, value, countText(chosen.trainable)));
        return;
    }
    const double share = double(chosen.trainable) / double(std::max<int64_t>(1, top.trainable));
    m_sentence->setText(
        tr("%1 is enough here: %2 %3 against %4 for the best (%5), with %6 of its trained parameters.")
            .arg(name, metric, value, metricText(m_verdict->metric, m_verdict->best), m_labels[best],
                 percentText(100 * share)));
}

void ComparePage::showNumbers() {
    const std::string metric = m_verdict ? m_verdict->metric : "loss";
    const QStringList header{tr("Run"),     tr("Trained"), tr("Share"), metricTitle(metric),
                             tr("To best"), tr("Time"),    tr("Result")};
    m_numbers->clear();
    m_numbers->setColumnCount(int(header.size()));
    m_numbers->setHorizontalHeaderLabels(header);
    m_numbers->setRowCount(int(m_curves.size()));
    for (int row = 0; row < int(m_curves.size()); ++row) {
        const RunCurve& curve = m_curves[std::size_t(row)];
        const RunRecord& record = curve.run.record;
        auto* name = plainCell(m_labels[row]);
        QPixmap dot(10, 10);
        dot.fill(context().theme.seriesColor(row));
        name->setIcon(QIcon(dot));
        const auto value = record.metrics.find(metric);
        const bool known = value != record.metrics.end();
        const double share = record.total > 0 ? 100.0 * double(record.trainable) / double(record.total) : 0;
        QString toBest = QStringLiteral("–");
        if (known && m_verdict) {
            const double gap = value->second - m_verdict->best;
            toBest = row == m_verdict->bestRun ? tr("best")
                     : isShareMetric(metric)   ? locale().toString(100 * gap, 'f', 1)
                                               : locale().toString(gap, 'f', 4);
        }
        const QString cells[] = {countText(record.trainable),
                                 percentText(share),
                                 known ? metricText(metric, value->second) : statusText(record.status),
                                 toBest,
                                 durationText(record.seconds),
                                 curve.resultBytes > 0 ? bytesText(curve.resultBytes) : QStringLiteral("–")};
        m_numbers->setItem(row, 0, name);
        int column = 1;
        for (const QString& text : cells) m_numbers->setItem(row, column++, plainCell(text, true));
        if (!m_verdict || row != m_verdict->smallestRun) continue;
        for (int i = 0; i < m_numbers->columnCount(); ++i) {
            QFont bold = font();
            bold.setWeight(QFont::DemiBold);
            m_numbers->item(row, i)->setFont(bold);
        }
    }
    m_numbers->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_numbers->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_numbers->horizontalHeader()->setDefaultAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_numbers->horizontalHeaderItem(0)->setTextAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    fitTableHeight(*m_numbers);
}

void ComparePage::showDifferences() {
    const std::vector<SettingDifference> differences = settingDifferences(m_curves);
    m_differencesCard->setVisible(!differences.empty());
    QStringList header{tr("Setting")};
    header.append(m_labels);
    m_differences->clear();
    m_differences->setColumnCount(int(header.size()));
    m_differences->setHorizontalHeaderLabels(header);
    m_differences->setRowCount(int(differences.size()));
    for (int row = 0; row < int(differences.size()); ++row) {
        const SettingDifference& difference = differences[std::size_t(row)];
        m_differences->setItem(row, 0, plainCell(fieldLabel(difference.key)));
        int column = 1;
        for (const std::string& value : difference.values) {
            const QString text = QString::fromStdString(value);
            m_differences->setItem(row, column++, plainCell(text.isEmpty() ? QStringLiteral("–") : text));
        }
    }
    m_differences->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    m_differences->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    fitTableHeight(*m_differences);
}

}  // namespace lathe
