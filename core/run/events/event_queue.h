// SPDX-License-Identifier: GPL-3.0-or-later
// The one place where values cross from the worker to the window: push there, takeAll here.
#pragma once

#include <mutex>
#include <vector>

#include "core/run/events/events.h"

namespace lathe {

class EventQueue {
  public:
    void push(Event event) {
        std::scoped_lock lock(m_mutex);
        m_events.push_back(std::move(event));
    }
    /// Everything since the last call, in order; the lock is held for a swap only.
    std::vector<Event> takeAll() {
        std::vector<Event> taken;
        std::scoped_lock lock(m_mutex);
        taken.swap(m_events);
        return taken;
    }

  private:
    std::mutex m_mutex;
    std::vector<Event> m_events;
};

}  // namespace lathe
