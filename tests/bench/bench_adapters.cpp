// SPDX-License-Identifier: GPL-3.0-or-later
// bench_adapters BASE ADAPTER...: opens the base once, adds one adapter after the other, then switches
// between them in turns. Prints as JSON what each added (bytes of its tensors, growth of the process) and how
// long switching took.
#include <ATen/Parallel.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "core/target/loaded_model.h"

namespace {

constexpr int kRounds = 50;

long residentBytes() {
    std::ifstream status("/proc/self/statm");
    long whole = 0, resident = 0;
    status >> whole >> resident;
    return resident * ::sysconf(_SC_PAGESIZE);
}

int fail(const lathe::Error& error) {
    std::fprintf(stderr, "%s\n", error.text().c_str());
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return std::fprintf(stderr, "usage: bench_adapters BASE ADAPTER...\n"), 2;
    at::set_num_threads(1);
    // The first adapter says which head the base is opened with; the figures begin when it is read once more.
    auto opened = lathe::LoadedModel::openApart(argv[1], {{argv[2]}}, "cpu");
    if (!opened.ok()) return fail(opened.error());
    lathe::LoadedModel& model = opened.value();
    if (const auto first = model.logits({1, 2, 3}); !first.ok()) return fail(first.error());
    std::vector<std::string> names;
    for (int i = 2; i < argc; ++i) {
        const long before = residentBytes();
        const auto name = model.hold(lathe::AdapterChoice{argv[i]});
        if (!name.ok()) return fail(name.error());
        std::printf("{\"adapter\": \"%s\", \"tensor_bytes\": %lld, \"resident_growth\": %ld}\n",
                    name.value().c_str(), static_cast<long long>(model.adapters->bytes(name.value())),
                    residentBytes() - before);
        names.push_back(name.value());
    }
    const long before = residentBytes();
    std::vector<double> millis;
    for (int round = 0; round < kRounds; ++round)
        for (const std::string& name : names) {
            const auto start = std::chrono::steady_clock::now();
            if (const auto done = model.use({{name, 1}}); !done.ok()) return fail(done.error());
            const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
            millis.push_back(took.count());
            if (const auto answer = model.logits({1, 2, 3}); !answer.ok()) return fail(answer.error());
        }
    std::sort(millis.begin(), millis.end());
    std::printf("{\"switches\": %zu, \"median_ms\": %.3f, \"largest_ms\": %.3f, \"resident_growth\": %ld}\n",
                millis.size(), millis[millis.size() / 2], millis.back(), residentBytes() - before);
    return 0;
}
