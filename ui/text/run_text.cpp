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

QString statusText(const std::string& status) {
    if (status == "done") return QCoreApplication::translate("RunText", "done");
    if (status == "running") return QCoreApplication::translate("RunText", "running");
    if (status == "stopped") return QCoreApplication::translate("RunText", "stopped");
    if (status == "failed") return QCoreApplication::translate("RunText", "failed");
    if (status == "interrupted") return QCoreApplication::translate("RunText", "interrupted");
    if (status == "incomplete") return QCoreApplication::translate("RunText", "incomplete");
    return QString::fromStdString(status);
}

QString failureText(const RunRecord& record) {
    if (!record.failure) return {};
    return QString::fromStdString(record.failure->text());
}

QString progressText(const RunRecord& record) {
    const QString status = statusText(record.status);
    if (record.status == "done" || record.maxSteps <= 0) return status;
    return QCoreApplication::translate("RunText", "%1 at %2 of %3")
        .arg(status)
        .arg(record.steps)
        .arg(record.maxSteps);
}

bool hasResult(const RunRecord& record) {
    std::map<std::string, double> judged = record.metrics;
    if (record.status == "done") return !judged.empty();
    judged.erase("train_loss");
    return !judged.empty() && judged != record.before;
}

std::string mainMetric(const RunRecord& record) {
    return hasResult(record) ? headlineMetric(record.task, record.problemType, record.metrics)
                             : std::string();
}

QString resultText(const RunRecord& record) {
    const std::string metric = mainMetric(record);
    if (!metric.empty())
        return QCoreApplication::translate("RunText", "%1 %2")
            .arg(metricTitle(metric), metricText(metric, record.metrics.at(metric)));
    if (record.status == "done") return QStringLiteral("–");
    return QCoreApplication::translate("RunText", "–, %1").arg(progressText(record));
}

QString choiceText(const RunSummary& run) {
    QStringList parts{runTitle(run), methodText(run.record)};
    if (hasResult(run.record)) parts << resultText(run.record);
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
