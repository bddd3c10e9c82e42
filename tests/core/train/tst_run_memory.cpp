// SPDX-License-Identifier: GPL-3.0-or-later
// What counts as the memory of a run, and which exceptions are a lack of it.
#include "core/train/run_memory.h"

#include <c10/util/Exception.h>

#include <ATen/Parallel.h>
#include <stdexcept>
#include <thread>

#include "core/train/caught_error.h"
#include "core/train/threads.h"
#include "tests/support/engine_support.h"

using namespace lathe;

namespace {

constexpr int64_t kMiB = int64_t(1) << 20;

/// Written to, so that it is really there.
void use(int64_t bytes) {
    at::ones({bytes}, at::kByte);
}

template <class Throw>
Error errorOf(Throw what) {
    return withoutThrowing<void>(
               [&]() -> Result<void> {
                   what();
                   return {};
               },
               kSmallerRun)
        .error();
}

}  // namespace

class TestRunMemory : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void eachRunHasItsOwnPeak() {
        const at::Tensor there = at::ones({100 * kMiB}, at::kByte);
        {
            const RunMemory large(at::kCPU);
            use(300 * kMiB);
            QVERIFY(large.peakBytes() >= 290 * kMiB);
            QVERIFY(large.peakBytes() < 340 * kMiB);
        }
        const RunMemory small(at::kCPU);
        use(50 * kMiB);
        QVERIFY(small.peakBytes() >= 45 * kMiB);
        QVERIFY(small.peakBytes() < 90 * kMiB);
    }
    void theCpuAllocatorsFailureIsALackOfMemory() {
        const Error error = errorOf([] { (void)at::empty({int64_t(1) << 46}, at::kByte); });
        QCOMPARE(error.code, ErrorCode::OutOfMemory);
        QCOMPARE(error.hint, std::string(kSmallerRun));
        QVERIFY(error.message.find("67108864.0 MiB") != std::string::npos);
    }
    void otherAllocatorsAreKnownByTypeOrWords() {
        QCOMPARE(errorOf([] { throw std::bad_alloc(); }).code, ErrorCode::OutOfMemory);
        QCOMPARE(errorOf([] { std::vector<char>().resize(SIZE_MAX); }).code, ErrorCode::OutOfMemory);
        QCOMPARE(errorOf([] { TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA ran out"); }).code,
                 ErrorCode::OutOfMemory);
        QCOMPARE(errorOf([] { TORCH_CHECK(false, "CUDA error: out of memory"); }).code,
                 ErrorCode::OutOfMemory);
        QCOMPARE(errorOf([] { (void)at::empty({int64_t(1) << 40, int64_t(1) << 40}); }).code,
                 ErrorCode::OutOfMemory);
    }
    void otherExceptionsAreMistakesWithTheirText() {
        const Error error = errorOf([] { throw std::runtime_error("of the test"); });
        QCOMPARE(error.code, ErrorCode::Internal);
        QCOMPARE(error.message, std::string("of the test"));
        QCOMPARE(errorOf([] { throw 7; }).code, ErrorCode::Internal);
        QCOMPARE(errorOf([] { (void)at::ones({2}).add(at::ones({3})); }).code, ErrorCode::Internal);
    }
    void aNumberOfThreadsHoldsForOneStartOnly() {
        const int usual = usualThreads();
        useThreads(usual + 1);
        QCOMPARE(at::get_num_threads(), usual + 1);
        useThreads(0);
        QCOMPARE(at::get_num_threads(), usual);
        QVERIFY(threadsBesideWindow() >= 1);
        QVERIFY(threadsBesideWindow() < std::max(2, int(std::thread::hardware_concurrency())));
    }
};

LATHE_TEST(TestRunMemory)
#include "tst_run_memory.moc"
