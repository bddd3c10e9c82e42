// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/state/run_follower.h"

#include "ui/bridge/background.h"

namespace lathe {
namespace {

constexpr int kLookMs = 500;
/// Of one piece: a long run is drawn in several, each of which holds the window up for some milliseconds.
constexpr std::size_t kEventsAtOnce = 8192;

}  // namespace

struct RunFollower::Answer {
    Result<MetricTail::Piece> piece{MetricTail::Piece{}};
    Result<RunRecord> record{RunRecord{}};
};

RunFollower::RunFollower(QObject* parent) : QObject(parent) {
    m_timer.setInterval(kLookMs);
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &RunFollower::read);
}

void RunFollower::follow(const QString& folder) {
    leave();
    m_folder = folder;
    m_tail = std::make_shared<MetricTail>(folder.toStdString());
    read();
}

void RunFollower::leave() {
    ++m_asked;
    m_timer.stop();
    m_folder.clear();
    m_record = nothingRead();
    m_tail.reset();
    m_begun = m_caughtUp = false;
}

void RunFollower::read() {
    const int asked = ++m_asked;
    runInBackground(
        this,
        [tail = m_tail, run = std::filesystem::path(m_folder.toStdString())] {
            // The record first: what a run writes before its end is in the events that are read after.
            Answer answer;
            answer.record = readRunRecord(run);
            answer.piece = tail->read(kEventsAtOnce);
            return answer;
        },
        [this, asked](const Answer& answer) { take(asked, answer); });
}

void RunFollower::take(int asked, const Answer& answer) {
    if (asked != m_asked) return;
    // A folder whose record is gone still shows its curves.
    const bool empty = answer.piece.ok() && answer.piece.value().events.empty() && !m_begun;
    if (!answer.piece.ok() || (empty && !answer.record.ok())) {
        const Error error = answer.piece.ok() ? answer.record.error() : answer.piece.error();
        leave();
        Q_EMIT failed(error);
        return;
    }
    const MetricTail::Piece& piece = answer.piece.value();
    const RunRecord record = answer.record.ok() ? answer.record.value() : nothingRead();
    const bool changed = record.status != m_record.status;
    m_record = record;
    if (!std::exchange(m_begun, true) || piece.restarted) {
        m_caughtUp = false;
        Q_EMIT began();
    }
    if (!piece.events.empty()) Q_EMIT eventsArrived(piece.events);
    if (asked != m_asked) return;  // a listener has turned to another run
    if (piece.more) {
        read();
        return;
    }
    if (!std::exchange(m_caughtUp, true) || changed) Q_EMIT caughtUp();
    if (asked == m_asked && isLive()) m_timer.start();
}

RunRecord RunFollower::nothingRead() {
    RunRecord record;
    record.status = RunStatus::Incomplete;
    return record;
}

}  // namespace lathe
