// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>

#include "tests/support/support.h"

namespace {

bool g_canExchange = true;
std::set<ino_t> g_synced;

std::ptrdiff_t entriesIn(const std::filesystem::path& folder) {
    return std::distance(std::filesystem::directory_iterator(folder), {});
}

}  // namespace

/// Takes the place of the C library's function, for a file system that cannot exchange two folders.
extern "C" int renameat2(int oldFolder, const char* oldPath, int newFolder, const char* newPath,
                         unsigned int flags) noexcept {
    if (g_canExchange)
        return static_cast<int>(::syscall(SYS_renameat2, oldFolder, oldPath, newFolder, newPath, flags));
    errno = EINVAL;
    return -1;
}

extern "C" int fsync(int descriptor) {
    struct stat info {};
    if (::fstat(descriptor, &info) == 0) g_synced.insert(info.st_ino);
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

namespace {

bool isSynced(const std::filesystem::path& path) {
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 && g_synced.contains(info.st_ino);
}

}  // namespace

class TestFiles : public QObject {
    Q_OBJECT
  private slots:
    void cleanup() { g_canExchange = true; }

    void readerStopsAtTheEnd() {
        const std::string bytes("\x01\x02\x03\x04\x05", 5);
        lathe::ByteReader reader(std::as_bytes(std::span(bytes)), "f");
        QCOMPARE(reader.read<uint32_t>().value(), 0x04030201u);
        QVERIFY(!reader.read<uint16_t>().ok());
        QCOMPARE(reader.remaining(), uint64_t(1));
        QVERIFY(!reader.take(UINT64_MAX).ok());
    }
    void checkedArithmeticRefusesOverflow() {
        QVERIFY(!lathe::checkedMultiply(uint64_t(1) << 62, 4, "f").ok());
        QVERIFY(!lathe::checkedAdd(UINT64_MAX, 1, "f").ok());
        QCOMPARE(lathe::checkedMultiply(6, 7, "f").value(), uint64_t(42));
    }
    void writeReplacesWholeFiles() {
        lathe::test::TemporaryFolder folder;
        const auto path = folder.path() / "a.txt";
        LATHE_VERIFY_OK(lathe::writeFile(path, "one"));
        LATHE_VERIFY_OK(lathe::writeFile(path, "two"));
        QCOMPARE(lathe::readTextFile(path).value(), std::string("two"));
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(1));
    }
    void whatIsNotAFileIsNotReplaced() {
        const lathe::test::TemporaryFolder folder;
        const auto pipe = folder.path() / "pipe", link = folder.path() / "link";
        QCOMPARE(::mkfifo(pipe.c_str(), 0600), 0);
        std::filesystem::create_symlink("/dev/null", link);
        for (const auto& path : {pipe, link, folder.path()}) {
            const auto written = lathe::writeFile(path, "x");
            QVERIFY2(!written.ok(), path.c_str());
            QCOMPARE(written.error().code, lathe::ErrorCode::BadArgument);
        }
        QVERIFY(std::filesystem::is_fifo(pipe) && std::filesystem::is_symlink(link));
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(2));
    }
    void partsThatFailLeaveTheOldFile() {
        const lathe::test::TemporaryFolder folder;
        const auto path = folder.write("a.txt", "old");
        const auto failed = lathe::writeFileParts(path, [](const lathe::AppendBytes& append) {
            LATHE_CHECK(append("half").ok());
            return lathe::Result<void>(lathe::Error{lathe::ErrorCode::NonFinite, "", "", ""});
        });
        QCOMPARE(failed.error().code, lathe::ErrorCode::NonFinite);
        QCOMPARE(lathe::readTextFile(path).value(), std::string("old"));
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(1));
    }
    void newFoldersAreSyncedIntoTheirParents() {
        const lathe::test::TemporaryFolder folder;
        g_synced.clear();
        LATHE_VERIFY_OK(lathe::makeFolder(folder.path() / "a" / "b"));
        QVERIFY(isSynced(folder.path()) && isSynced(folder.path() / "a"));
        g_synced.clear();
        QVERIFY(lathe::makeNewFolder(folder.path() / "c").value());
        QVERIFY(isSynced(folder.path()));
        QVERIFY(!lathe::makeNewFolder(folder.path() / "c").value());
    }
    void freeSpaceIsCompared() {
        const lathe::test::TemporaryFolder folder;
        LATHE_VERIFY_OK(lathe::checkFreeSpace(folder.path(), 1, "a checkpoint"));
        const auto short_ = lathe::checkFreeSpace(folder.path(), uint64_t(1) << 62, "a checkpoint");
        QCOMPARE(short_.error().code, lathe::ErrorCode::DiskFull);
        QVERIFY(short_.error().message.starts_with("a checkpoint needs 4.0 EiB, and the disk has "));
        QCOMPARE(lathe::sizeText(1023), std::string("1023 bytes"));
        QCOMPARE(lathe::sizeText(1536), std::string("1.5 KiB"));
        QCOMPARE(lathe::sizeText((uint64_t(1) << 30) - 1), std::string("1.0 GiB"));
        QCOMPARE(lathe::sizeText(uint64_t(300) << 20), std::string("300 MiB"));
    }
    void missingFilesSaySo() {
        const auto text = lathe::readTextFile("/nowhere/at/all");
        QVERIFY(!text.ok());
        QCOMPARE(text.error().code, lathe::ErrorCode::FileMissing);
        QVERIFY(!lathe::writeFile("/nowhere/at/all", "x").ok());
    }
    void publishedFolderIsComplete() {
        lathe::test::TemporaryFolder folder;
        folder.write("tmp/a.txt", "a");
        folder.write("tmp/sub/b.txt", "b");
        LATHE_VERIFY_OK(lathe::publishFolder(folder.path() / "tmp", folder.path() / "final"));
        QCOMPARE(lathe::readTextFile(folder.path() / "final/sub/b.txt").value(), std::string("b"));
        QVERIFY(!std::filesystem::exists(folder.path() / "tmp"));
    }
    void anotherFolderIsReplaced_data() {
        QTest::addColumn<bool>("canExchange");
        QTest::newRow("exchanged") << true;
        QTest::newRow("renamed") << false;
    }
    void anotherFolderIsReplaced() {
        QFETCH(bool, canExchange);
        g_canExchange = canExchange;
        const lathe::test::TemporaryFolder folder;
        const std::filesystem::path final = folder.path() / "final";
        for (const std::string text : {"first", "second"}) {
            folder.write("tmp/a.txt", text);
            LATHE_VERIFY_OK(lathe::replaceFolder(folder.path() / "tmp", final));
            QCOMPARE(lathe::readTextFile(final / "a.txt").value(), text);
            QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(1));
        }
        // A folder cannot take the place of the one it is in.
        folder.write("final/inner/a.txt", "third");
        QVERIFY(!lathe::replaceFolder(final / "inner", final).ok());
        QCOMPARE(lathe::readTextFile(final / "a.txt").value(), std::string("second"));
        QCOMPARE(lathe::readTextFile(final / "inner/a.txt").value(), std::string("third"));
        QCOMPARE(entriesIn(folder.path()), std::ptrdiff_t(1));
    }
    void aFolderInTheWayIsNotPublishedOver() {
        const lathe::test::TemporaryFolder folder;
        folder.write("tmp/a.txt", "new");
        folder.write("final/a.txt", "old");
        QVERIFY(!lathe::publishFolder(folder.path() / "tmp", folder.path() / "final").ok());
        QCOMPARE(lathe::readTextFile(folder.path() / "final/a.txt").value(), std::string("old"));
    }
    void hashesAsFips180() {
        QCOMPARE(lathe::sha256("abc"),
                 std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    }
};

LATHE_TEST(TestFiles)
#include "tst_files.moc"
