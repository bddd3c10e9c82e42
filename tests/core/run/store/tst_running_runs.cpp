// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that train at once are told of each other; those of dead processes are not.
#include "core/run/store/running_runs.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/support.h"

using namespace lathe;
namespace fs = std::filesystem;

namespace {

/// A process that trains `run` until it is killed.
class Other {
  public:
    explicit Other(const fs::path& run) {
        int ready[2];
        if (::pipe(ready) != 0) qFatal("no pipe");
        m_child = ::fork();
        if (m_child == 0) {
            const RunningRun running(run);
            (void)!::write(ready[1], "x", 1);
            while (true) ::pause();
        }
        char byte = 0;
        (void)!::read(ready[0], &byte, 1);
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~Other() {
        ::kill(m_child, SIGKILL);
        ::waitpid(m_child, nullptr, 0);
    }

  private:
    pid_t m_child;
};

std::ptrdiff_t marks() {
    return std::distance(fs::directory_iterator(fs::path(::getenv("LATHE_HOME")) / "running"), {});
}

}  // namespace

class TestRunningRuns : public QObject {
    Q_OBJECT
  private slots:
    void initTestCase() { ::setenv("LATHE_HOME", m_home.path().c_str(), 1); }
    void cleanupTestCase() { ::unsetenv("LATHE_HOME"); }

    void eachIsToldOfTheOtherOnce() {
        const Other first("/runs/first");
        RunningRun own("/runs/own");
        QCOMPARE(own.newOthers(), std::vector<std::string>{"/runs/first"});
        QVERIFY(own.newOthers().empty());
        const Other second("/runs/second");
        QCOMPARE(own.newOthers(), std::vector<std::string>{"/runs/second"});
        QVERIFY(own.newOthers().empty());
    }
    void whatADeadProcessLeftIsRemoved() {
        { const Other killed("/runs/killed"); }
        QVERIFY(marks() >= 1);
        RunningRun own("/runs/own");
        QVERIFY(own.newOthers().empty());
        QCOMPARE(marks(), 1);
    }
    void ownRunsOneAfterTheOtherAreNotOthers() {
        { RunningRun before("/runs/before"); }
        RunningRun own("/runs/own");
        QVERIFY(own.newOthers().empty());
    }
    void aFolderThatCannotBeWrittenIsNoFault() {
        const test::TemporaryFolder folder;
        const auto file = folder.write("home", "");
        ::setenv("LATHE_HOME", file.c_str(), 1);
        RunningRun own("/runs/own");
        QVERIFY(own.newOthers().empty());
        ::setenv("LATHE_HOME", m_home.path().c_str(), 1);
    }

  private:
    test::TemporaryFolder m_home;
};

LATHE_TEST(TestRunningRuns)
#include "tst_running_runs.moc"
