// SPDX-License-Identifier: GPL-3.0-or-later
// Work that would hold up the window goes to the thread pool; its value comes back on the UI thread.
#pragma once

#include <QThreadPool>
#include <utility>

#include "ui/bridge/answer.h"

namespace lathe {

/// Runs `work()` on a pool thread, then `done(value)` on the UI thread unless `receiver` is gone by then.
/// `work` must own what it reads and touch no QObject.
template <class Work, class Done>
void runInBackground(QObject* receiver, Work work, Done done) {
    QThreadPool::globalInstance()->start(
        [work = std::move(work), answer = onUiThread(receiver, std::move(done))] { answer(work()); });
}

}  // namespace lathe
