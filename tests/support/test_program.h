// SPDX-License-Identifier: GPL-3.0-or-later
// Many test files in one program: each names its classes with LATHE_TEST in place of QTEST_MAIN, and the
// program runs the file that its first argument names ("tests_core tst_json"), with Qt Test's own arguments
// after it.
#pragma once

#include <QtTest/QtTest>

namespace lathe::test {

/// Enters a test file into the list of its program.
class TestFile {
  public:
    using Run = int (*)(int argc, char** argv);
    /// `source` is the path of the file; its name without ".cpp" is the test's name.
    TestFile(const char* source, Run run);
};

/// For tests that need no Q…Application.
struct NoApplication {
    NoApplication(int&, char**) {}
};

template <class Test>
int runTest(int argc, char** argv) {
    Test test;
    return QTest::qExec(&test, argc, argv);
}

template <class Application, class... Tests>
int runFile(int argc, char** argv) {
    [[maybe_unused]] Application application(argc, argv);
    return (runTest<Tests>(argc, argv) | ...);
}

}  // namespace lathe::test

#define LATHE_TEST_IN(Application, ...)                        \
    static const lathe::test::TestFile latheTestFile(__FILE__, \
                                                     &lathe::test::runFile<Application, __VA_ARGS__>);
#define LATHE_TEST(...) LATHE_TEST_IN(lathe::test::NoApplication, __VA_ARGS__)
