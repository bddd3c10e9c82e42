// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/text/run_text.h"

#include <QCoreApplication>

#include "core/run/metrics.h"
#include "ui/text/catalog_text.h"
#include "ui/text/number_text.h"

namespace lathe {

QString runTitle(const RunSummary& run) {
    if (!run.record.name.empty()) return QString::fromStdString(run.record.name);
    return QString::fromStdString(run.folder.filename().string());
}

QString statusText(RunStatus status) {
    switch (status) {
        case RunStatus::Running:
            return QCoreApplication::translate("RunText", "running");
        case RunStatus::Done:
            return QCoreApplication::translate("RunText", "done");
        case RunStatus::Stopped:
            return QCoreApplication::translate("RunText", "stopped");
        case RunStatus::Failed:
            return QCoreApplication::translate("RunText", "failed");
        case RunStatus::Interrupted:
            return QCoreApplication::translate("RunText", "interrupted");
        case RunStatus::Incomplete:
            break;
    }
    return QCoreApplication::translate("RunText", "incomplete");
}

QString failureText(const RunRecord& record) {
    if (!record.failure) return {};
    return QString::fromStdString(record.failure->text());
}

QString progressText(const RunRecord& record) {
    const QString status = statusText(record.status);
    if (record.status == RunStatus::Done || record.maxSteps <= 0) return status;
    return QCoreApplication::translate("RunText", "%1 at %2 of %3")
        .arg(status)
        .arg(record.steps)
        .arg(record.maxSteps);
}

bool hasTrainedMetrics(const RunRecord& record) {
    std::map<std::string, double> judged = record.metrics;
    if (record.status == RunStatus::Done) return !judged.empty();
    judged.erase("train_loss");
    return !judged.empty() && judged != record.before;
}

std::string mainMetric(const RunRecord& record) {
    return hasTrainedMetrics(record) ? headlineMetric(record.task, record.problemType, record.metrics)
                                     : std::string();
}

QString resultText(const RunRecord& record) {
    const std::string metric = mainMetric(record);
    if (!metric.empty())
        return QCoreApplication::translate("RunText", "%1 %2")
            .arg(metricTitle(metric), metricText(metric, record.metrics.at(metric)));
    if (record.status == RunStatus::Done) return QStringLiteral("–");
    return QCoreApplication::translate("RunText", "–, %1").arg(progressText(record));
}

QString choiceText(const RunSummary& run) {
    QStringList parts{runTitle(run), methodText(run.record)};
    if (hasTrainedMetrics(run.record)) parts << resultText(run.record);
    return parts.join(QStringLiteral(" · "));
}

QString methodText(const RunRecord& record) {
    QStringList titles;
    for (const QString& name : QString::fromStdString(record.method).split('+'))
        titles << methodTitle(name.toStdString(), name.toStdString());
    const QString title = titles.join(QStringLiteral(" + "));
    const auto rank = record.settings.find("method.rank");
    if (!record.settings.is_object() || rank == record.settings.end() || !rank->is_number_integer())
        return title;
    return QCoreApplication::translate("RunText", "%1, rank %2").arg(title).arg(rank->get<int64_t>());
}

}  // namespace lathe
