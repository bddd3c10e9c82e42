// SPDX-License-Identifier: GPL-3.0-or-later
// bench_tokenize BASE FILE: encodes the file line by line on one thread and prints what that cost as JSON,
// in processor time, so that other programs do not count.
#include <sys/resource.h>

#include <cstdio>
#include <ctime>
#include <fstream>

#include "core/run/base_model.h"

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
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("{\"bytes\": %zu, \"tokens\": %zu, \"seconds\": %.3f, \"peak_bytes\": %ld}\n", bytes, tokens,
                seconds, usage.ru_maxrss * 1024);
    return 0;
}
