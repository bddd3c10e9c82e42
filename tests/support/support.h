// SPDX-License-Identifier: GPL-3.0-or-later
// Helpers shared by all tests: Result checks, temporary folders, the shelf bases, sample data.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/base/result.h"
#include "tests/support/paths.h"
#include "tests/support/test_program.h"

/// Fails the test with the error's text when a Result is not ok; evaluates the expression once.
#define LATHE_VERIFY_OK(expression)                                                                \
    do {                                                                                           \
        const auto& latheChecked = (expression);                                                   \
        QVERIFY2(latheChecked.ok(), latheChecked.ok() ? "" : latheChecked.error().text().c_str()); \
    } while (false)

namespace lathe::test {

/// A folder that is removed when the object goes.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    std::filesystem::path path() const { return m_path; }
    /// Writes `bytes` to a file inside and returns its path.
    std::filesystem::path write(const std::string& name, const std::string& bytes) const;

  private:
    std::filesystem::path m_path;
};

}  // namespace lathe::test
