// SPDX-License-Identifier: GPL-3.0-or-later
// bench_tokenize BASE FILE: encodes the file line by line on one thread and prints what that cost as JSON,
// in processor time, so that other programs do not count.
#include <cstdio>
#include <ctime>
#include <fstream>

#include "core/run/base_model.h"

/// The highest memory so far. getrusage would count what the calling program had before this one was loaded.
static std::size_t peakBytes() {
    std::ifstream status("/proc/self/status");
    std::size_t kilobytes = 0;
    for (std::string word; status >> word;)
        if (word == "VmHWM:") status >> kilobytes;
    return kilobytes * 1024;
}

int main(int argc, char** argv) {
    if (argc != 3) return std::fprintf(stderr, "usage: bench_tokenize BASE FILE\n"), 2;
    const auto tokenizer = lathe::openTokenizer(argv[1]);
    if (!tokenizer.ok()) return std::fprintf(stderr, "%s\n", tokenizer.error().text().c_str()), 1;
    std::ifstream file(argv[2], std::ios::binary);
    std::size_t bytes = 0, tokens = 0;
    std::string line;
    const std::clock_t start = std::clock();
    while (std::getline(file, line)) {
        bytes += line.size() + 1;
        tokens += tokenizer.value()->encode(line, true).ids.size();
    }
    const double seconds = double(std::clock() - start) / CLOCKS_PER_SEC;
    std::printf("{\"bytes\": %zu, \"tokens\": %zu, \"seconds\": %.3f, \"peak_bytes\": %zu}\n", bytes, tokens,
                seconds, peakBytes());
    return 0;
}
