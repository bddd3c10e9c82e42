// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/threads.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <thread>

namespace lathe {

int usualThreads() {
    static const int usual = at::get_num_threads();  // read before anybody sets it
    return usual;
}

int threadsBesideWindow() {
    const int cores = static_cast<int>(std::thread::hardware_concurrency());
    return cores > 1 ? std::clamp(usualThreads(), 1, cores - 1) : 1;
}

void useThreads(int count) {
    const int usual = usualThreads();
    at::set_num_threads(count > 0 ? count : usual);
}

}  // namespace lathe
