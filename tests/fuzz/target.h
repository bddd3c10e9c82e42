// SPDX-License-Identifier: GPL-3.0-or-later
// LATHE_FUZZ_TARGET(name): libFuzzer's entry point over the reader of that name.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/readers.h"

#define LATHE_FUZZ_TARGET(kind)                                                      \
    extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {   \
        static const lathe::fuzz::MemoryFile file;                                   \
        static const lathe::fuzz::Reader* const reader = lathe::fuzz::reader(#kind); \
        file.write(data, size);                                                      \
        (void)reader->read(file.path());                                             \
        return 0;                                                                    \
    }
