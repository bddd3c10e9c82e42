// SPDX-License-Identifier: GPL-3.0-or-later
// Files that become shorter while they are mapped, and bus errors that are not ours.
#include "core/base/mapped_guard.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <vector>

#include "core/base/files.h"
#include "core/data/read/record_reader.h"
#include "core/formats/hf/safetensors.h"
#include "tests/support/support.h"

using namespace lathe;

namespace {

constexpr std::size_t kSize = std::size_t(1) << 20;

uint64_t sumOf(std::string_view text) {
    uint64_t sum = 0;
    for (const char c : text) sum += static_cast<unsigned char>(c);
    return sum;
}

}  // namespace

class TestMappedGuard : public QObject {
    Q_OBJECT
  private slots:
    // Qt Test handles the signal itself, to print where it came from.
    void initTestCase() { ::signal(SIGBUS, SIG_DFL); }

    void whatIsCutOffReadsAsZerosAndIsFoundOut() {
        const test::TemporaryFolder folder;
        const auto path = folder.write("a", std::string(kSize, 'x'));
        const auto other = folder.write("b", std::string(kSize, 'y'));
        const auto file = MappedFile::open(path), whole = MappedFile::open(other);
        LATHE_VERIFY_OK(file);
        LATHE_VERIFY_OK(whole);
        LATHE_VERIFY_OK(checkMapping(file.value().bytes(), path));
        std::filesystem::resize_file(path, 4096);
        QCOMPARE(sumOf(file.value().text()), uint64_t(4096) * 'x');
        const auto checked = checkMapping(file.value().bytes(), path);
        QVERIFY(!checked.ok());
        QCOMPARE(checked.error().code, ErrorCode::FileUnreadable);
        QCOMPARE(checked.error().place, path.string());
        QCOMPARE(sumOf(whole.value().text()), uint64_t(kSize) * 'y');
        LATHE_VERIFY_OK(checkMapping(whole.value().bytes(), other));
        // A later mapping, perhaps at the same place, knows nothing of it.
        const auto again = MappedFile::open(path);
        LATHE_VERIFY_OK(again);
        QCOMPARE(sumOf(again.value().text()), uint64_t(4096) * 'x');
        LATHE_VERIFY_OK(checkMapping(again.value().bytes(), path));
    }
    void manyThreadsReadFilesThatShrink() {
        const test::TemporaryFolder folder;
        std::vector<std::thread> threads;
        std::atomic<int> found{0};
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, i] {
                for (int round = 0; round < 20; ++round) {
                    const auto path = folder.write(std::to_string(i), std::string(kSize / 4, 'x'));
                    const auto file = MappedFile::open(path);
                    const bool cut = (i + round) % 2 == 0;
                    if (cut) std::filesystem::resize_file(path, 0);
                    const bool read = sumOf(file.value().text()) == (cut ? 0 : uint64_t(kSize / 4) * 'x');
                    found += read && checkMapping(file.value().bytes(), path).ok() == !cut;
                }
            });
        for (std::thread& thread : threads) thread.join();
        QCOMPARE(found.load(), 8 * 20);
    }
    void weightsThatShrinkAreAnErrorOfTheFile() {
        const test::TemporaryFolder folder;
        const std::vector<float> values(kSize / 4, 1.5f);
        const auto path = folder.path() / "model.safetensors";
        LATHE_VERIFY_OK(writeSafetensors(
            path, {{"w", DType::F32, {int64_t(values.size())}, std::as_bytes(std::span(values))}}));
        const auto source = openSafetensors(path);
        LATHE_VERIFY_OK(source);
        std::vector<float> out(values.size());
        const TensorInfo* info = source.value()->find("w");
        LATHE_VERIFY_OK(source.value()->readFloat(*info, out));
        QCOMPARE(out, values);
        std::filesystem::resize_file(path, 8192);
        const auto read = source.value()->readFloat(*info, out);
        QVERIFY(!read.ok());
        QCOMPARE(read.error().code, ErrorCode::FileUnreadable);
    }
    void rowsThatShrinkAreAnErrorOfTheFile() {
        const test::TemporaryFolder folder;
        std::string text;
        while (text.size() < 4 * kSize) text += "{\"text\": \"a row of some words\"}\n";
        const auto path = folder.write("rows.jsonl", text);
        // Cut while the rows are handed on, as by a program that writes the file anew.
        int64_t batches = 0;
        const auto seen = readRecords(path, {.format = "jsonl", .keep = 1});
        LATHE_VERIFY_OK(seen);
        const auto read =
            readBatches(seen.value(), {.format = "jsonl"}, [&](const RecordSet&) -> Result<void> {
                if (++batches == 1) std::filesystem::resize_file(path, 4096);
                return {};
            });
        QVERIFY(!read.ok());
        QCOMPARE(read.error().code, ErrorCode::FileUnreadable);
    }
    void aFileThatIsReadWholeIsNotMapped() {
        const test::TemporaryFolder folder;
        const auto path = folder.write("a", std::string(kSize, 'x'));
        QCOMPARE(readTextFile(path).value().size(), kSize);
        QCOMPARE(sha256OfFile(path).value(), sha256(std::string(kSize, 'x')));
        QCOMPARE(readTextFile(path, 10).error().code, ErrorCode::FileTooLarge);
        QCOMPARE(readTextFile(folder.path()).error().code, ErrorCode::FileUnreadable);
    }
    // Somebody else's bus error still ends the process.
    void aBusErrorElsewhereGoesToWhoHandledItBefore() {
        const test::TemporaryFolder folder;
        const auto own = MappedFile::open(folder.write("own", "x"));
        const auto path = folder.write("foreign", std::string(8192, 'x'));
        const pid_t child = ::fork();
        if (child == 0) {
            const int fd = ::open(path.c_str(), O_RDONLY);
            const auto* data =
                static_cast<const volatile char*>(::mmap(nullptr, 8192, PROT_READ, MAP_PRIVATE, fd, 0));
            (void)::truncate(path.c_str(), 0);
            ::_exit(data[5000]);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        QVERIFY(WIFSIGNALED(status));
        QCOMPARE(WTERMSIG(status), SIGBUS);
    }
};

LATHE_TEST(TestMappedGuard)
#include "tst_mapped_guard.moc"
