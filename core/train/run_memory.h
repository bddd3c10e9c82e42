// SPDX-License-Identifier: GPL-3.0-or-later
// The memory that one run takes: the most it had at once, without what the process had before.
#pragma once

#include <ATen/ATen.h>

namespace lathe {

class RunMemory {
  public:
    /// Begins to measure on that device: gives back what earlier work left unused, and resets the peak.
    explicit RunMemory(at::Device device);
    /// Waits for the device and gives what is unused back to the system.
    ~RunMemory();
    RunMemory(const RunMemory&) = delete;
    RunMemory& operator=(const RunMemory&) = delete;

    /// Bytes: the device allocator's on a GPU, the process's resident pages elsewhere. Where the system does
    /// not let a process reset its mark, the most at any call of this function.
    int64_t peakBytes() const;

  private:
    at::Device m_device;
    int64_t m_before = 0;
    bool m_hasMark = true;  ///< the system keeps the mark from the start on
    mutable int64_t m_seen = 0;
};

/// Gives memory that is not used any more back to the system, the device's and the process's.
void releaseMemory(at::Device device);

}  // namespace lathe
