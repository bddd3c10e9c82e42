// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/files.h"
#include "tests/support/support.h"

class TestFiles : public QObject {
    Q_OBJECT
  private slots:
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
        QCOMPARE(std::distance(std::filesystem::directory_iterator(folder.path()), {}), std::ptrdiff_t(1));
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
    void hashesAsFips180() {
        QCOMPARE(lathe::sha256("abc"),
                 std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    }
};

LATHE_TEST(TestFiles)
#include "tst_files.moc"
