// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/unfinished.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/files.h"
#include "core/base/folder_in_progress.h"
#include "tests/support/support.h"

using namespace lathe;
namespace fs = std::filesystem;

namespace {

std::ptrdiff_t entriesIn(const fs::path& folder) {
    return std::distance(fs::directory_iterator(folder), {});
}

/// A process that begins a folder for `final` and is then as it is until it is killed.
class Writer {
  public:
    explicit Writer(const fs::path& final) {
        int ready[2];
        LATHE_CHECK(::pipe(ready) == 0);
        m_process = ::fork();
        if (m_process == 0) {
            FolderInProgress folder(final);
            const bool begun = folder.begin().ok() && writeFile(folder.path() / "part", "x").ok();
            [[maybe_unused]] const auto written = ::write(ready[1], begun ? "y" : "n", 1);
            while (true) ::pause();
        }
        char answer = 'n';
        LATHE_CHECK(::read(ready[0], &answer, 1) == 1 && answer == 'y');
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~Writer() { kill(); }
    void kill() {
        if (m_process <= 0) return;
        ::kill(m_process, SIGKILL);
        ::waitpid(m_process, nullptr, 0);
        m_process = 0;
    }

  private:
    pid_t m_process = 0;
};

}  // namespace

class TestUnfinished : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void namesAreRecognised() {
        for (const auto kind : {Unfinished::File, Unfinished::Folder, Unfinished::Aside}) {
            const fs::path first = unfinishedPath("a/b", kind), second = unfinishedPath("a/b", kind);
            QVERIFY(first != second);
            QCOMPARE(first.parent_path(), fs::path("a"));
            QVERIFY(isUnfinishedName(first.filename().string()));
        }
        for (const char* name : {"x.tmp-1", "x.partial-1-2", "x.old-1-2-3", "x.tmp-1.old-2-3-4"})
            QVERIFY2(isUnfinishedName(name), name);
        for (const char* name : {"x", ".tmp-1-2-3", "x.tmp-", "x.tmp-a", "x.tmp-1-", "x.tmp-1-2-3-4",
                                 "x.tmp-1-2-3 ", "x.tmp--1", "x.tmp-99999999999999999999-1-1"})
            QVERIFY2(!isUnfinishedName(name), name);
    }
    void whatALiveProcessWritesIsLeftAlone() {
        const test::TemporaryFolder folder;
        Writer writer(folder.path() / "final");
        removeUnfinished(folder.path());
        LATHE_VERIFY_OK(writeFile(folder.path() / "other", "x"));
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(2));
        writer.kill();
        LATHE_VERIFY_OK(writeFile(folder.path() / "other", "y"));  // the next one to write there removes it
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(1));
    }
    void aNumberThatWasGivenAgainIsNoWriter() {
        const test::TemporaryFolder folder;
        const std::string self = std::to_string(::getpid()), parent = std::to_string(::getppid());
        folder.write("a.tmp-" + self + "-1-0", "x");  // as old as the system
        folder.write("b.partial-" + parent + "-1-7/part", "x");
        folder.write("c.tmp-4294967297-5-0", "x");  // beyond any process
        folder.write("d.tmp-0-5-0", "x");
        removeUnfinished(folder.path());
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(0));
    }
    void whatAnotherMachineHoldsIsLeftAlone() {
        const test::TemporaryFolder folder;
        const fs::path file = folder.write("a.tmp-2000000000-5-0", "x");
        const int held = ::open(file.c_str(), O_RDONLY);
        markWritten(held);
        removeUnfinished(folder.path());
        QVERIFY(fs::exists(file));
        ::close(held);
        removeUnfinished(folder.path());
        QVERIFY(!fs::exists(file));
    }
    void otherNamesAreLeftAlone() {
        const test::TemporaryFolder folder;
        for (const char* name : {"a.tmp-2000000000", "b.partial-2000000000-0", "notes.old-2", "c.tmp-x"})
            folder.write(name, "x");
        removeUnfinished(folder.path());
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(4));
        removeUnfinished(folder.path(), Writers::All);
        QVERIFY(fs::exists(folder.path() / "c.tmp-x"));
        QVERIFY(fs::exists(folder.path() / "notes"));  // put back
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(2));
    }
    void whatWasMovedAsideIsPutBack() {
        const test::TemporaryFolder folder;
        folder.write("model.old-2000000000-5-0/x", "the only one");
        folder.write("adapter.old-2000000000-5-1/x", "older");
        folder.write("adapter/x", "newer");
        removeUnfinished(folder.path());
        QCOMPARE(readTextFile(folder.path() / "model/x").value(), std::string("the only one"));
        QCOMPARE(readTextFile(folder.path() / "adapter/x").value(), std::string("newer"));
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(2));
    }
    void nothingIsFollowedOutOfTheFolder() {
        const test::TemporaryFolder folder;
        const fs::path kept = folder.write("elsewhere/kept", "x");
        fs::create_directories(folder.path() / "here");
        fs::create_directory_symlink(folder.path() / "elsewhere",
                                     folder.path() / "here/a.partial-2000000000-5-0");
        removeUnfinished(folder.path() / "here");
        QVERIFY(fs::exists(kept));
        QCOMPARE(entriesIn(folder.path() / "here"), std::ptrdiff_t(0));
    }
    void aFolderNamedWithASlashIsMadeBesideIt() {
        const test::TemporaryFolder folder;
        FolderInProgress made(folder.path() / "out/");
        LATHE_VERIFY_OK(made.begin());
        QCOMPARE(made.path().parent_path(), folder.path());
        LATHE_VERIFY_OK(made.publish());
        QVERIFY(fs::is_directory(folder.path() / "out"));
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(1));
    }
    void onlyFilesAreReplacedByFiles() {
        const test::TemporaryFolder folder;
        QCOMPARE(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
        fs::create_directories(folder.path() / "inner");
        fs::create_symlink("/dev/null", folder.path() / "link");
        const fs::path file = folder.write("file", "old");
        for (const fs::path& place :
             {folder.path() / "pipe", folder.path() / "inner", folder.path() / "link", fs::path("/dev/null"),
              fs::path("/dev/stdout"), fs::path("/dev/../dev/new")}) {
            const auto written = writeFile(place, "x");
            QVERIFY2(!written.ok(), place.c_str());
            QCOMPARE(written.error().code, ErrorCode::BadArgument);
            QVERIFY(written.error().message.ends_with(", not a file"));
        }
        QVERIFY(fs::is_fifo(folder.path() / "pipe"));
        QVERIFY(fs::is_symlink(folder.path() / "link"));
        QVERIFY(fs::is_character_file("/dev/null"));
        LATHE_VERIFY_OK(writeFile(file, "new"));
        LATHE_VERIFY_OK(checkFilePlace(folder.path() / "not there"));
    }
};

LATHE_TEST(TestUnfinished)
#include "tst_unfinished.moc"
