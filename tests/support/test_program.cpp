// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/test_program.h"

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>

namespace lathe::test {
namespace {

std::map<std::string, TestFile::Run>& testFiles() {
    static std::map<std::string, TestFile::Run> files;
    return files;
}

}  // namespace

TestFile::TestFile(const char* source, Run run) {
    testFiles().emplace(std::filesystem::path(source).stem().string(), run);
}

}  // namespace lathe::test

int main(int argc, char** argv) {
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    const auto& files = lathe::test::testFiles();
    const auto found = files.find(argc > 1 ? argv[1] : "");
    if (found == files.end()) {
        std::fprintf(stderr, "usage: %s TEST [arguments of Qt Test]; the tests are\n", argv[0]);
        for (const auto& [name, run] : files) std::fprintf(stderr, "  %s\n", name.c_str());
        return 2;
    }
    return found->second(argc - 1, argv + 1);
}
