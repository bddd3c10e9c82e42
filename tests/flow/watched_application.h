// SPDX-License-Identifier: GPL-3.0-or-later
// A QApplication that measures how long each event keeps the UI thread, so that a test can say it stays
// responsive.
#pragma once

#include <QApplication>

namespace lathe::test {

class WatchedApplication : public QApplication {
  public:
    using QApplication::QApplication;

    /// The longest a single event kept the UI thread since start or reset(), in milliseconds. Time in which
    /// the thread was ready but other threads had the processor is not counted (Linux's
    /// /proc/thread-self/schedstat).
    double longestMs() const { return m_longestMs; }
    /// What that event was: its type and the receiver's class.
    const QString& longestEvent() const { return m_longestEvent; }
    int events() const { return m_events; }
    void reset();

    bool notify(QObject* receiver, QEvent* event) override;

  private:
    int m_depth = 0, m_events = 0;
    double m_longestMs = 0;
    QString m_longestEvent;
};

}  // namespace lathe::test
