// SPDX-License-Identifier: GPL-3.0-or-later
// What both programs do first, so that a terminal, a pipe or a closed descriptor cannot harm a run.
#pragma once

#include <fcntl.h>

#include <cerrno>
#include <csignal>

namespace lathe {

/// Opens /dev/null on those of the descriptors 0, 1 and 2 that are closed, so that no file of a run becomes
/// the standard output; ignores SIGPIPE and SIGXFSZ, so that a reader that goes away and a file that may not
/// grow are errors of writing.
inline void guardProcess() {
    for (int descriptor = 0; descriptor <= 2; ++descriptor)
        while (::fcntl(descriptor, F_GETFD) < 0 && errno == EBADF)
            if (::open("/dev/null", O_RDWR) < 0) break;
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

/// Whether a closed terminal is to end the program: not after nohup.
inline bool heedsHangup() {
    struct sigaction now {};
    return ::sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler != SIG_IGN;
}

}  // namespace lathe
