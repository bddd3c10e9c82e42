// SPDX-License-Identifier: GPL-3.0-or-later
// Drives the real lathe-run as a child process and gives its JSON lines.
#pragma once

#include <QtCore/QJsonObject>
#include <QtCore/QList>
#include <QtCore/QString>
#include <QtCore/QStringList>
#include <functional>

namespace lathe::test {

struct Outcome {
    int exitCode = -1;
    bool crashed = false;
    QList<QJsonObject> lines;  ///< stdout
    QString errors;            ///< stderr

    /// The values of `key` in all lines whose event is `event`.
    QList<double> numbers(const QString& event, const QString& key) const;
};

/// Runs `lathe-run ARGUMENTS --json` to its end (at most two minutes). `onLine` sees each line as it comes
/// and may signal the process by its id.
Outcome latheRun(const QStringList& arguments,
                 const std::function<void(const QJsonObject&, qint64 processId)>& onLine = {});

/// Where a shelf base lies; empty when it was not fetched.
QString shelfBase(const QString& name);

}  // namespace lathe::test
