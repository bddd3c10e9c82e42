// SPDX-License-Identifier: GPL-3.0-or-later
// The only file of the tests that is compiled with absolute paths, so that a compiler cache serves all others
// in every checkout.
#include "tests/support/paths.h"

namespace lathe::test {
namespace fs = std::filesystem;

fs::path sourceFile(const std::string& relative) {
    return fs::path(LATHE_SOURCE_DIR) / relative;
}
fs::path testFile(const std::string& relative) {
    return fs::path(LATHE_SOURCE_DIR) / "tests" / relative;
}
fs::path resourceFile(const std::string& relative) {
    return fs::path(LATHE_SOURCE_DIR) / "resources" / relative;
}
fs::path runProgram() {
    return LATHE_RUN_PROGRAM;
}

}  // namespace lathe::test
