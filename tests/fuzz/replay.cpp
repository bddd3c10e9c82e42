// SPDX-License-Identifier: GPL-3.0-or-later
// Gives every file of the hostile corpus to its reader: named cases must get their named answer, and what is
// cut or damaged a clean load or a named error, soon and in little memory. replay CORPUS READER
#include <sanitizer/common_interface_defs.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "core/base/files.h"
#include "tests/fuzz/readers.h"

using namespace lathe;
namespace fs = std::filesystem;

namespace {

// Of processor time. The aim is 2 s, and the slowest is printed; the rest is for slow and busy machines.
constexpr double kMaxSeconds = 5;
constexpr unsigned kHangSeconds = 60;
constexpr std::size_t kCuts = 4096;
constexpr int kFlips = 10'000;

std::string g_current;  ///< what to name when the process dies
void stopHanging(int) {
    std::fprintf(stderr, "replay: no answer in %u s to %s\n", kHangSeconds, g_current.c_str());
    std::_Exit(1);
}
void nameCurrent() {
    std::fprintf(stderr, "replay: died at %s\n", g_current.c_str());
}

double processorSeconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return double(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

class Replay {
  public:
    explicit Replay(const fuzz::Reader& reader) : m_reader(reader) {}

    /// `expected` is "ok", an error code's name, or "any" when any clean answer will do.
    void check(const std::string& name, const fs::path& path, const std::string& expected) {
        g_current = name;
        ++m_files;
        ::alarm(kHangSeconds);
        const double begin = processorSeconds();
        const std::string answer = answerTo(path);
        const double seconds = processorSeconds() - begin;
        ::alarm(0);
        if (seconds > m_slowest) {
            m_slowest = seconds;
            m_slowestName = name;
        }
        const std::string code = answer.substr(0, answer.find(':'));
        m_refused += code != "ok";
        if (expected == "any" ? code == "fault" : code != expected)
            fail(name, "expected " + expected + ", got " + answer);
        if (seconds > kMaxSeconds) fail(name, "took " + std::to_string(seconds) + " s");
    }

    void damage(const std::string& name, const std::string& seed) {
        for (std::size_t size = 0; size < std::min(kCuts, seed.size()); ++size)
            checkBytes(name + " cut at " + std::to_string(size), seed.substr(0, size));
    }

    void flip(const std::vector<std::pair<std::string, std::string>>& seeds) {
        std::mt19937 random(7);
        for (int round = 0; round < kFlips && !seeds.empty(); ++round) {
            auto [name, bytes] = seeds[static_cast<std::size_t>(round) % seeds.size()];
            if (bytes.empty()) continue;
            for (int i = 0; i <= round % 4; ++i) bytes[random() % bytes.size()] ^= char(1u << random() % 8);
            checkBytes(name + " flipped, round " + std::to_string(round), bytes);
        }
    }

    int report(std::size_t cases) const {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        std::printf(
            "%s: %zu named cases, %zu files in all, %zu refused, %zu failures; slowest %.3f s (%s); peak %ld "
            "MiB\n",
            m_reader.name, cases, m_files, m_refused, m_failures, m_slowest, m_slowestName.c_str(),
            usage.ru_maxrss / 1024);
        return m_failures == 0 ? 0 : 1;
    }

  private:
    std::string answerTo(const fs::path& path) const {
        try {
            const auto result = m_reader.read(path);
            if (result.ok()) return "ok";
            const Error& error = result.error();
            if (error.code == ErrorCode::Internal || error.message.empty() || error.place.empty())
                return "fault: an error without a name or a place: " + error.text();
            return std::string(errorCodeName(error.code)) + ": " + error.text();
        } catch (const std::exception& e) {
            return std::string("fault: thrown: ") + e.what();
        }
    }
    void checkBytes(const std::string& name, const std::string& bytes) {
        m_file.write(bytes.data(), bytes.size());
        check(name, m_file.path(), "any");
    }
    void fail(const std::string& name, const std::string& why) {
        if (++m_failures <= 20) std::printf("FAIL %s: %s\n", name.c_str(), why.substr(0, 500).c_str());
    }

    const fuzz::Reader& m_reader;
    fuzz::MemoryFile m_file;
    std::size_t m_files = 0, m_refused = 0, m_failures = 0;
    double m_slowest = 0;
    std::string m_slowestName;
};

}  // namespace

// One allocation of more than 256 MiB, or 1 GiB in all, is a finding: no file here has more than 16 MiB.
extern "C" const char* __asan_default_options() {
    return "max_allocation_size_mb=256:hard_rss_limit_mb=1024:quarantine_size_mb=32";
}

int main(int argc, char** argv) {
    const fuzz::Reader* reader = argc == 3 ? fuzz::reader(argv[2]) : nullptr;
    if (!reader) {
        std::fprintf(stderr, "usage: replay CORPUS READER\n");
        return 2;
    }
    __sanitizer_set_death_callback(nameCurrent);
    std::signal(SIGALRM, stopHanging);
    const fs::path corpus = argv[1];
    Replay replay(*reader);
    std::vector<std::pair<std::string, std::string>> seeds;
    std::size_t cases = 0;
    std::ifstream table(corpus / "cases.tsv");
    for (std::string kind, expected, role, name; table >> kind >> role >> expected >> name;) {
        if (kind != reader->name) continue;
        const fs::path path = corpus / kind / role / name;
        ++cases;
        replay.check(name, path, expected);
        if (role == "seed" && fs::is_regular_file(path)) seeds.emplace_back(name, readTextFile(path).value());
    }
    if (cases == 0) {
        std::fprintf(stderr, "replay: the corpus has no case for %s\n", reader->name);
        return 2;
    }
    for (const auto& [name, bytes] : seeds) replay.damage(name, bytes);
    replay.flip(seeds);
    return replay.report(cases);
}
