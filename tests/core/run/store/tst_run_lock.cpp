// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/store/run_lock.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "core/base/files.h"
#include "core/run/store/run_folder.h"
#include "core/run/store/run_store.h"
#include "tests/support/support.h"

using namespace lathe;
namespace fs = std::filesystem;

namespace {

int g_refusal = 0;  ///< errno of every flock, where it is not 0

}  // namespace

/// In place of the C library's, so that a file system without locks can be had.
extern "C" int flock(int descriptor, int operation) {
    if (g_refusal == 0) return static_cast<int>(::syscall(SYS_flock, descriptor, operation));
    errno = g_refusal;
    return -1;
}

namespace {

/// A process that owns `run` until it is killed.
class Owner {
  public:
    explicit Owner(const fs::path& run) {
        int ready[2];
        LATHE_CHECK(::pipe(ready) == 0);
        m_process = ::fork();
        if (m_process == 0) {
            const auto lock = RunLock::own(run);
            [[maybe_unused]] const auto written = ::write(ready[1], lock.ok() ? "y" : "n", 1);
            while (true) ::pause();
        }
        char answer = 'n';
        LATHE_CHECK(::read(ready[0], &answer, 1) == 1 && answer == 'y');
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~Owner() { kill(); }
    void kill() {
        if (m_process <= 0) return;
        ::kill(m_process, SIGKILL);
        ::waitpid(m_process, nullptr, 0);
        m_process = 0;
    }
    std::string text() const { return "process " + std::to_string(m_process); }

  private:
    pid_t m_process = 0;
};

void writeRecord(const fs::path& run, RunStatus status, const std::string& base = "") {
    RunRecord record;
    record.status = status;
    record.base = base;
    LATHE_VERIFY_OK(writeRunRecord(run, record));
}

}  // namespace

class TestRunLock : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void cleanup() { g_refusal = 0; }

    void aSecondWriterIsRefusedByNumberUntilTheFirstIsKilled() {
        const test::TemporaryFolder folder;
        writeRecord(folder.path(), RunStatus::Running);
        QCOMPARE(readRunRecord(folder.path()).value().status, RunStatus::Interrupted);
        Owner owner(folder.path());
        QCOMPARE(readRunRecord(folder.path()).value().status, RunStatus::Running);
        for (int i = 0; i < 3; ++i) {
            const auto second = RunLock::own(folder.path());
            QVERIFY(!second.ok());
            QCOMPARE(second.error().message, "this run is being trained by " + owner.text());
            QVERIFY(!second.error().hint.empty());
        }
        QVERIFY(!RunLock::share(folder.path()).ok());
        owner.kill();
        QCOMPARE(readRunRecord(folder.path()).value().status, RunStatus::Interrupted);
        LATHE_VERIFY_OK(RunLock::share(folder.path()));
        LATHE_VERIFY_OK(RunLock::own(folder.path()));
    }
    void severalRead() {
        const test::TemporaryFolder folder;
        const auto first = RunLock::share(folder.path()), second = RunLock::share(folder.path());
        LATHE_VERIFY_OK(first);
        LATHE_VERIFY_OK(second);
        QCOMPARE(RunLock::isOwned(folder.path()), std::optional(false));
        const auto writer = RunLock::own(folder.path());
        QVERIFY(!writer.ok());
        QVERIFY(writer.error().message.find("reading") != std::string::npos);
    }
    void askingWhoOwnsDoesNotRefuseAWriter() {
        const test::TemporaryFolder folder;
        std::atomic<bool> stop{false};
        std::jthread asking([&] {
            while (!stop) (void)RunLock::isOwned(folder.path());
        });
        for (int i = 0; i < 200; ++i) LATHE_VERIFY_OK(RunLock::own(folder.path()));
        stop = true;
    }
    void readersOfAResultHoldItsRunAndTheRunsBelow() {
        const test::TemporaryFolder folder;
        const fs::path below = folder.path() / "below", above = folder.path() / "above";
        for (const fs::path& run : {below, above}) fs::create_directories(run / "adapter");
        writeRecord(below, RunStatus::Done, "a-model");
        writeRecord(above, RunStatus::Done, below.string());
        std::vector<RunLock> locks;
        LATHE_VERIFY_OK(shareRuns(above / "adapter", locks));
        QCOMPARE(locks.size(), std::size_t(2));
        QVERIFY(!RunLock::own(below).ok());
        locks.clear();
        LATHE_VERIFY_OK(RunLock::own(below));
        LATHE_VERIFY_OK(shareRuns("a-model", locks));
        QVERIFY(locks.empty());
        const Owner owner(below);
        QVERIFY(!shareRuns(above, locks).ok());
    }
    void theOwnerRemovesWhatDeadWritersLeft() {
        const test::TemporaryFolder folder;
        const fs::path run = folder.path();
        for (const char* gone : {"adapter.partial-71/x", "checkpoints/step-5.partial-8/MANIFEST.json",
                                 "run.json.tmp-4711-0", "model.old-12/x"})
            folder.write(gone, "x");
        folder.write("model/x", "the newer one");
        folder.write("adapter.old-9/x", "moved aside, and nothing came in its place");
        for (const char* kept : {"checkpoints/step-5/state.json", "notes.partial-x", "a.tmp", ".old-7"})
            folder.write(kept, "x");
        LATHE_VERIFY_OK(RunLock::own(run));
        for (const char* gone : {"adapter.partial-71", "checkpoints/step-5.partial-8", "run.json.tmp-4711-0",
                                 "model.old-12", "adapter.old-9"})
            QVERIFY2(!fs::exists(run / gone), gone);
        QCOMPARE(readTextFile(run / "model/x").value(), std::string("the newer one"));
        QVERIFY(fs::exists(run / "adapter/x"));
        for (const char* kept : {"checkpoints/step-5/state.json", "notes.partial-x", "a.tmp", ".old-7"})
            QVERIFY2(fs::exists(run / kept), kept);
    }
    void withoutLocksItGoesOnUnguarded() {
        const test::TemporaryFolder folder;
        writeRecord(folder.path(), RunStatus::Running);
        for (const int refusal : {ENOLCK, EOPNOTSUPP, ENOSYS}) {
            g_refusal = refusal;
            const auto writer = RunLock::own(folder.path());
            LATHE_VERIFY_OK(writer);
            QVERIFY(!writer.value().holds());
            LATHE_VERIFY_OK(RunLock::share(folder.path()));
            QVERIFY(!RunLock::isOwned(folder.path()));
            QCOMPARE(readRunRecord(folder.path()).value().status, RunStatus::Running);
        }
    }
    void aLockThatIsNoFileOfOursIsRefused() {
        const test::TemporaryFolder folder;
        const fs::path other = folder.write("other", "kept");
        fs::create_directories(folder.path() / "run");
        fs::create_symlink(other, folder.path() / "run/lock");
        QVERIFY(!RunLock::own(folder.path() / "run").ok());
        QCOMPARE(readTextFile(other).value(), std::string("kept"));
        QVERIFY(!RunLock::own(folder.path() / "nowhere").ok());
    }
    void aUsersFileCalledLockIsKept() {
        const test::TemporaryFolder folder;
        for (const std::string text : {"notes", "12 pages", "7777777777777777777777777777777777777777"}) {
            folder.write("lock", text);
            QVERIFY(!RunLock::own(folder.path()).ok());
            QCOMPARE(readTextFile(folder.path() / "lock").value(), text);
        }
        folder.write("lock", "4711\n");
        LATHE_VERIFY_OK(RunLock::own(folder.path()));
    }
    void theFolderOfSeveralRunsIsOwnedLikewise() {
        const test::TemporaryFolder folder;
        const Owner owner(folder.path());
        const auto second = RunLock::own(folder.path());
        QVERIFY(!second.ok());
        QCOMPARE(second.error().message, "this folder is being written by " + owner.text());
    }
    void aNewRunTakesAnEmptyFolderOrLeftovers() {
        const test::TemporaryFolder folder;
        LATHE_VERIFY_OK(claimNewRun(folder.path() / "a/new"));
        const fs::path run = folder.path() / "dead";
        folder.write("dead/lock", "12\n");
        folder.write("dead/recipe.yaml", "x");
        folder.write("dead/metrics.jsonl", "x");
        folder.write("dead/checkpoints/step-3/state.json", "x");
        folder.write("dead/adapter.partial-12/x", "x");
        writeRecord(run, RunStatus::Running);
        LATHE_VERIFY_OK(claimNewRun(run));
        QCOMPARE(std::distance(fs::directory_iterator(run), {}), std::ptrdiff_t(1));  // the lock
    }
    void aNewRunLeavesEverythingElseAlone_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("status");
        QTest::newRow("a user's recipe") << "recipe.yaml" << "";
        QTest::newRow("something beside a dead run") << "thesis.txt" << "failed";
        QTest::newRow("a checkpoint") << "checkpoints/step-3/MANIFEST.json" << "interrupted";
        QTest::newRow("a result") << "adapter/x" << "stopped";
        QTest::newRow("a finished record") << "metrics.jsonl" << "done";
    }
    void aNewRunLeavesEverythingElseAlone() {
        QFETCH(QString, file);
        QFETCH(QString, status);
        const test::TemporaryFolder folder;
        folder.write("run/" + file.toStdString(), "kept");
        const fs::path run = folder.path() / "run";
        if (!status.isEmpty()) writeRecord(run, *runStatusNamed(status.toStdString()));
        const auto claimed = claimNewRun(run);
        QVERIFY(!claimed.ok());
        QCOMPARE(claimed.error().code, ErrorCode::BadArgument);
        QCOMPARE(readTextFile(run / file.toStdString()).value(), std::string("kept"));
        QCOMPARE(fs::exists(run / "lock"), false);
        QVERIFY(!checkNewRun(run / file.toStdString()).ok());  // no folder
    }
    void aFolderThatCannotBeListedNowIsLeftAlone() {
        const test::TemporaryFolder folder;
        folder.write("kept/step-3/MANIFEST.json", "{}");
        for (const char* name : {"checkpoints", "adapter"}) {
            const fs::path run = folder.path() / ("run-of-" + std::string(name));
            fs::create_directories(run);
            writeRecord(run, RunStatus::Interrupted);
            fs::create_symlink(name, run / name);  // a loop, for a disk that does not answer
            const auto claimed = claimNewRun(run);
            QVERIFY2(!claimed.ok(), name);
            QVERIFY(fs::is_symlink(run / name));
            QVERIFY(latestCheckpoint(run).error().code != ErrorCode::FileMissing ||
                    runResult(run).error().code != ErrorCode::FileMissing);
        }
    }
    void ofTwoThatClaimOneFolderAtOnceOneGetsIt() {
        const test::TemporaryFolder folder;
        for (int round = 0; round < 20; ++round) {
            const fs::path run = folder.path() / std::to_string(round);
            std::atomic<int> claimed{0};
            const auto claim = [&] {
                const auto lock = claimNewRun(run);
                if (!lock.ok()) return;
                ++claimed;
                folder.write(std::to_string(round) + "/checkpoints/step-1/MANIFEST.json", "{}");
            };
            { std::jthread first(claim), second(claim); }
            QCOMPARE(claimed.load(), 1);
        }
    }
};

LATHE_TEST(TestRunLock)
#include "tst_run_lock.moc"
