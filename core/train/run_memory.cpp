// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/run_memory.h"

#include <ATen/DeviceAccelerator.h>
#include <malloc.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace lathe {
namespace {

/// A line of /proc/self/status that ends in kB ("VmRSS:"), in bytes; 0 without one.
int64_t statusBytes(const std::string& key) {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(key)) return std::strtoll(line.c_str() + key.size(), nullptr, 10) * 1024;
    return 0;
}

/// The mark of the process's resident pages becomes what they are now; false where that is not allowed.
bool resetMark() {
    std::ofstream file("/proc/self/clear_refs");
    file << 5 << std::flush;  // proc(5)
    return bool(file);
}

at::CachingDeviceAllocator::Stat deviceBytes(at::Device device) {
    const auto stats = at::accelerator::getDeviceStats(device.index());
    return stats.allocated_bytes[static_cast<std::size_t>(at::CachingDeviceAllocator::StatType::AGGREGATE)];
}

}  // namespace

void releaseMemory(at::Device device) {
    if (!device.is_cpu()) {
        at::accelerator::synchronizeDevice(device.index());
        at::accelerator::emptyCache();
    }
    ::malloc_trim(0);
}

RunMemory::RunMemory(at::Device device) : m_device(device) {
    releaseMemory(device);
    if (device.is_cpu()) {
        m_hasMark = resetMark();
        m_before = statusBytes("VmRSS:");
    } else {
        at::accelerator::resetPeakStats(device.index());
        m_before = deviceBytes(device).current;
    }
}

RunMemory::~RunMemory() {
    try {
        releaseMemory(m_device);
    } catch (const std::exception&) {
        // A device that has failed has nothing to give back.
    }
}

int64_t RunMemory::peakBytes() const {
    try {
        const int64_t now =
            m_device.is_cpu() ? statusBytes(m_hasMark ? "VmHWM:" : "VmRSS:") : deviceBytes(m_device).peak;
        m_seen = std::max(m_seen, now - m_before);
    } catch (const std::exception&) {
        // A device that has failed no longer counts: what was seen before is the answer.
    }
    return m_seen;
}

}  // namespace lathe
