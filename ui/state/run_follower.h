// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a run from its folder and goes on reading while a process trains it: the events in order, in pieces.
#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <memory>
#include <vector>

#include "core/run/events/metric_tail.h"
#include "core/run/store/run_store.h"

namespace lathe {

class RunFollower : public QObject {
    Q_OBJECT

  public:
    explicit RunFollower(QObject* parent = nullptr);

    /// From the first event on; what was followed before is left.
    void follow(const QString& folder);
    void leave();
    /// Empty when nothing is followed.
    const QString& folder() const { return m_folder; }
    /// The record as it was read last.
    const RunRecord& record() const { return m_record; }
    /// A process trains the run now.
    bool isLive() const { return !m_folder.isEmpty() && m_record.status == RunStatus::Running; }

  Q_SIGNALS:
    /// The first piece, or the file was replaced (the run was resumed): `events` are from the beginning.
    void began();
    void eventsArrived(const std::vector<lathe::Event>& events);
    /// Every event that is there has been read; again after each change of the record.
    void caughtUp();
    void failed(const lathe::Error& error);

  private:
    static RunRecord nothingRead();
    struct Answer;
    void read();
    void take(int asked, const Answer& answer);

    QString m_folder;
    RunRecord m_record = nothingRead();  ///< nothing is known before the first reading
    std::shared_ptr<MetricTail> m_tail;  ///< used by one reading at a time
    QTimer m_timer;
    int m_asked = 0;
    bool m_begun = false, m_caughtUp = false;
};

}  // namespace lathe
