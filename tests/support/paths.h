// SPDX-License-Identifier: GPL-3.0-or-later
// Where the checkout and its programs are.
#pragma once

#include <filesystem>
#include <string>

namespace lathe::test {

/// A file of the repository.
std::filesystem::path sourceFile(const std::string& relative);
/// tests/<relative>
std::filesystem::path testFile(const std::string& relative);
/// The repository's resources folder.
std::filesystem::path resourceFile(const std::string& relative);
/// The lathe-run that was built with the tests.
std::filesystem::path runProgram();

}  // namespace lathe::test
