// SPDX-License-Identifier: GPL-3.0-or-later
// Brings an answer of the engine to the UI thread, and drops it when the one who asked is gone.
#pragma once

#include <QCoreApplication>
#include <QMetaObject>
#include <QPointer>
#include <utility>

namespace lathe {

/// A callback for RunBackend that may be called on any thread: `done(values…)` runs on the UI thread, unless
/// `receiver` is gone by then.
template <class Done>
auto onUiThread(QObject* receiver, Done done) {
    return [guard = QPointer<QObject>(receiver), done = std::move(done)](auto value) {
        QCoreApplication* application = QCoreApplication::instance();
        if (!application) return;
        // The guard may only be looked at on the UI thread, so the answer always travels there first.
        QMetaObject::invokeMethod(
            application,
            [guard, done, value = std::move(value)] {
                if (guard) done(value);
            },
            Qt::QueuedConnection);
    };
}

}  // namespace lathe
