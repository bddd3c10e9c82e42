// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/flow/lathe_run.h"

#include <QtCore/QElapsedTimer>
#include <QtCore/QJsonDocument>
#include <QtCore/QProcess>

#include "tests/support/support.h"

namespace lathe::test {
namespace {

constexpr qint64 kLongestMs = 120'000;

}  // namespace

QList<double> Outcome::numbers(const QString& event, const QString& key) const {
    QList<double> found;
    for (const auto& line : lines)
        if (line["event"].toString() == event) found.append(line[key].toDouble());
    return found;
}

Outcome latheRun(const QStringList& arguments,
                 const std::function<void(const QJsonObject&, qint64)>& onLine) {
    Outcome outcome;
    QProcess process;
    process.start(QString::fromStdString(runProgram().string()), arguments + QStringList{"--json"});
    if (!process.waitForStarted()) return outcome;
    QElapsedTimer clock;
    clock.start();
    const auto takeLines = [&] {
        while (process.canReadLine()) {
            outcome.lines.append(QJsonDocument::fromJson(process.readLine()).object());
            if (onLine) onLine(outcome.lines.last(), process.processId());
        }
    };
    while (process.state() != QProcess::NotRunning && clock.elapsed() < kLongestMs) {
        process.waitForReadyRead(200);
        takeLines();
    }
    if (process.state() != QProcess::NotRunning) {
        process.kill();
        process.waitForFinished();
    }
    takeLines();
    outcome.crashed = process.exitStatus() != QProcess::NormalExit;
    outcome.exitCode = outcome.crashed ? -1 : process.exitCode();
    outcome.errors = QString::fromUtf8(process.readAllStandardError());
    return outcome;
}

QString shelfBase(const QString& name) {
    for (const auto& item : latheRun({"shelf", "list"}).lines)
        if (item["name"].toString() == name) return item["path"].toString();
    return {};
}

}  // namespace lathe::test
