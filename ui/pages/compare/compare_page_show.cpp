// SPDX-License-Identifier: GPL-3.0-or-later
// What the Compare page says about the runs it has read: quality, verdict, numbers, differences.
#include <QHeaderView>
#include <QLabel>
#include <QLocale>
#include <QTableWidget>
#include <algorithm>

#include "core/run/metrics.h"
#include "ui/charts/scatter_plot.h"
#include "ui/pages/compare/compare_page.h"
#include "ui/text/catalog_text.h"
#include "ui/text/core_text.h"
#include "ui/text/number_text.h"
#include "ui/text/plain_tool_tip.h"
#include "ui/text/run_text.h"
#include "ui/widgets/card.h"
#include "ui/widgets/plain_table.h"

namespace lathe {

void ComparePage::showQuality() {
    const ComparisonVerdict* judged = verdict();
    m_qualityPlot->setVisible(judged);
    m_noQuality->setVisible(!judged);
    if (!judged) {
        m_noQuality->setText(
            tr("Quality against trained parameters appears when two runs of one kind are done."));
        return;
    }
    QList<ScatterPoint> points;
    for (int i = 0; i < int(m_curves.size()); ++i) {
        const RunRecord& record = m_curves[std::size_t(i)].run.record;
        const auto value = record.metrics.find(judged->metric);
        if (record.status != RunStatus::Done || value == record.metrics.end() || record.trainable <= 0)
            continue;
        ScatterPoint point;
        const bool ranked = record.settings.is_object() && record.settings.contains("method.rank");
        point.label = m_labels[i];
        if (ranked && record.settings["method.rank"].is_number_integer())
            point.label = QString::number(record.settings["method.rank"].get<int64_t>());
        point.x = double(record.trainable);
        point.y = value->second;
        point.color = i;
        point.strong = i == judged->smallestRun && !judged->alike;
        point.joined = ranked;
        points.append(point);
    }
    m_qualityPlot->setPercent(isShareMetric(judged->metric));
    m_qualityPlot->setTitle(metricTitle(judged->metric));
    m_qualityPlot->setPoints(points);
    const double other = judged->rises ? judged->best - judged->margin : judged->best + judged->margin;
    m_qualityPlot->setBand(std::min(other, judged->best), std::max(other, judged->best),
                           isShareMetric(judged->metric) ? tr("within 1 point of the best")
                                                         : tr("within %1 of the best").arg(judged->margin));
}

void ComparePage::showVerdict() {
    m_verdictCard->setVisible(m_curves.size() > 1);
    m_verdictCard->setTone(verdict() ? "accent" : "");
    if (m_curves.size() < 2) return;
    QString text = verdict() ? verdictText(*verdict()) : noVerdictText(std::get<NoVerdict>(m_judged));
    const int left = int(m_curves.size()) - (verdict() ? verdict()->judged : int(m_curves.size()));
    if (left > 0)
        text += QLatin1Char('\n') +
                tr("%n runs are not done, or have no such metric: they do not count.", nullptr, left);
    m_sentence->setText(text);
}

QString ComparePage::verdictText(const ComparisonVerdict& judged) const {
    const RunRecord& chosen = m_curves[std::size_t(judged.smallestRun)].run.record;
    const QString metric = metricTitle(judged.metric);
    const QString name = m_labels[judged.smallestRun];
    const QString value = metricText(judged.metric, chosen.metrics.at(judged.metric));
    const QString best = metricText(judged.metric, judged.best);
    if (judged.alike)
        return tr("These %1 runs are alike: each trains %2 parameters and reaches %3 from %4 to %5.")
            .arg(QString::number(judged.judged), countText(chosen.trainable), metric,
                 metricText(judged.metric, judged.worst), best);
    if (judged.smallestRun == judged.bestRun)
        return judged.nothingSmaller
                   ? tr("Best of these %1 runs, and the one with the fewest trained parameters (%2): %3, %4 "
                        "%5.")
                         .arg(QString::number(judged.judged), countText(chosen.trainable), name, metric,
                              value)
                   : tr("Best of these %1 runs: %2, %3 %4 with %5 trained parameters. None with fewer comes "
                        "within the margin.")
                         .arg(QString::number(judged.judged), name, metric, value,
                              countText(chosen.trainable));
    const RunRecord& top = m_curves[std::size_t(judged.bestRun)].run.record;
    const double share = double(chosen.trainable) / double(std::max<int64_t>(1, top.trainable));
    return tr("Enough here: %1, %2 %3 against %4 for the best (%5), with %6 of its trained parameters.")
        .arg(name, metric, value, best, m_labels[judged.bestRun], percentText(100 * share));
}

QString ComparePage::noVerdictText(NoVerdict reason) const {
    switch (reason) {
        case NoVerdict::TooFewDone: {
            const auto done = std::count_if(m_curves.begin(), m_curves.end(), [](const RunCurve& curve) {
                return curve.run.record.status == RunStatus::Done;
            });
            return tr("No verdict: %1 of these %2 runs are done, and it takes two.")
                .arg(done)
                .arg(m_curves.size());
        }
        case NoVerdict::Tasks:
            return tr("No verdict: these runs learn different tasks.");
        case NoVerdict::Data:
            return tr(
                "No verdict: these runs use different rows, or are asked something else of them. See "
                "below what was set differently.");
        case NoVerdict::Bases:
            return tr("No verdict: these runs start from different bases.");
        case NoVerdict::Budgets:
            return tr("No verdict: some of these runs trained longer than others.");
        case NoVerdict::Metrics:
            return tr("No verdict: these runs have no metric in common.");
    }
    return {};
}

void ComparePage::showNumbers() {
    const ComparisonVerdict* judged = verdict();
    const QStringList header{
        tr("Run"),     tr("Trained"), tr("Share"), judged ? metricTitle(judged->metric) : tr("Metric"),
        tr("To best"), tr("Time"),    tr("Result")};
    m_numbers->clear();
    m_numbers->setColumnCount(int(header.size()));
    m_numbers->setHorizontalHeaderLabels(header);
    m_numbers->setRowCount(int(m_curves.size()));
    for (int row = 0; row < int(m_curves.size()); ++row) {
        const RunCurve& curve = m_curves[std::size_t(row)];
        const RunRecord& record = curve.run.record;
        auto* name = plainCell(m_labels[row]);
        QPixmap dot(QSize(10, 10) * devicePixelRatioF());
        dot.setDevicePixelRatio(devicePixelRatioF());
        dot.fill(context().theme.seriesColor(row));
        name->setIcon(QIcon(dot));
        const bool counts =
            judged && record.status == RunStatus::Done && record.metrics.contains(judged->metric);
        const double share = record.total > 0 ? 100.0 * double(record.trainable) / double(record.total) : 0;
        QString toBest = QStringLiteral("–");
        if (counts) {
            const double gap = record.metrics.at(judged->metric) - judged->best;
            toBest = row == judged->bestRun          ? tr("best")
                     : isShareMetric(judged->metric) ? QLocale().toString(100 * gap, 'f', 1)
                                                     : QLocale().toString(gap, 'f', 4);
        }
        const QString cells[] = {
            record.trainable > 0 ? countText(record.trainable) : QStringLiteral("–"),
            record.total > 0 ? percentText(share) : QStringLiteral("–"),
            counts ? metricText(judged->metric, record.metrics.at(judged->metric)) : resultText(record),
            toBest,
            durationText(record.seconds),
            curve.resultBytes > 0 ? bytesText(curve.resultBytes) : QStringLiteral("–")};
        if (record.failure) name->setToolTip(plainToolTip(failureText(record)));
        m_numbers->setItem(row, 0, name);
        int column = 1;
        for (const QString& text : cells) m_numbers->setItem(row, column++, plainCell(text, true));
        if (!judged || judged->alike || row != judged->smallestRun) continue;
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
        m_differences->setItem(row, 0, plainCell(settingLabel(difference.key)));
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
