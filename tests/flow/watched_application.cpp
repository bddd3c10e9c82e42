// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/flow/watched_application.h"

#include <fcntl.h>
#include <unistd.h>

#include <QElapsedTimer>
#include <QEvent>
#include <QMetaEnum>
#include <cstdio>

namespace lathe::test {
namespace {

/// Nanoseconds this thread has waited for a processor; 0 where the kernel does not tell.
qint64 waitedNs() {
    static thread_local const int file = ::open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
    char text[96] = {};
    if (file < 0 || ::pread(file, text, sizeof text - 1, 0) <= 0) return 0;
    long long onProcessor = 0, waited = 0;
    return std::sscanf(text, "%lld %lld", &onProcessor, &waited) == 2 ? waited : 0;
}

}  // namespace

void WatchedApplication::reset() {
    m_events = 0;
    m_longestMs = 0;
    m_longestEvent.clear();
}

bool WatchedApplication::notify(QObject* receiver, QEvent* event) {
    if (m_depth > 0) return QApplication::notify(receiver, event);
    // The receiver may be deleted by its event.
    const QString name = receiver->objectName();
    const char* type = QMetaEnum::fromType<QEvent::Type>().valueToKey(event->type());
    const QString what =
        QString("%1 to %2 %3").arg(type ? type : "event", receiver->metaObject()->className(), name);
    const qint64 waited = waitedNs();
    QElapsedTimer clock;
    clock.start();
    ++m_depth;
    const bool handled = QApplication::notify(receiver, event);
    --m_depth;
    const double ms = double(clock.nsecsElapsed() - (waitedNs() - waited)) / 1e6;
    ++m_events;
    if (ms > m_longestMs) {
        m_longestMs = ms;
        m_longestEvent = what;
    }
    return handled;
}

}  // namespace lathe::test
