// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/machine_memory.h"

#include <sys/resource.h>

#include "tests/support/support.h"

using namespace lathe;

namespace {

constexpr int64_t kMiB = int64_t(1) << 20;
const std::string kMeminfo = "MemTotal: 8000000 kB\nMemFree: 100 kB\nMemAvailable: 4096000 kB\n";

std::string text(int64_t number) {
    return std::to_string(number) + "\n";
}

}  // namespace

class TestMachineMemory : public QObject {
    Q_OBJECT
  private slots:
    void withoutLimitsItIsWhatTheMachineHas() {
        const test::TemporaryFolder root;
        root.write("proc/meminfo", kMeminfo);
        root.write("proc/self/cgroup", "0::/user.slice\n");
        root.write("sys/fs/cgroup/user.slice/memory.max", "max\n");
        root.write("sys/fs/cgroup/user.slice/memory.current", text(kMiB));
        const MemoryRoom room = memoryRoom(root.path());
        QCOMPARE(room.bytes, int64_t(4096000) * 1024);
        QCOMPARE(room.limitedBy, std::string("the machine"));
    }
    void theTightestGroupOfVersion2Counts() {
        const test::TemporaryFolder root;
        root.write("proc/meminfo", kMeminfo);
        root.write("proc/self/cgroup", "0::/a/b\n");
        root.write("sys/fs/cgroup/a/b/memory.max", text(2000 * kMiB));
        root.write("sys/fs/cgroup/a/b/memory.current", text(100 * kMiB));
        root.write("sys/fs/cgroup/a/memory.max", text(1000 * kMiB));
        root.write("sys/fs/cgroup/a/memory.current", text(700 * kMiB));
        root.write("sys/fs/cgroup/a/memory.stat", "anon 1\ninactive_file " + text(200 * kMiB));
        const MemoryRoom room = memoryRoom(root.path());
        QCOMPARE(room.bytes, 500 * kMiB);
        QCOMPARE(room.limitedBy, std::string("the control group"));
    }
    void version1AndAContainersOwnMountCount() {
        const test::TemporaryFolder root;
        root.write("proc/meminfo", kMeminfo);
        root.write("proc/self/cgroup", "7:cpu,cpuacct:/x\n4:memory:/docker/0123\n0::/\n");
        root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", text(300 * kMiB));
        root.write("sys/fs/cgroup/memory/memory.usage_in_bytes", text(120 * kMiB));
        root.write("sys/fs/cgroup/memory/memory.stat", "cache 5\ntotal_inactive_file " + text(20 * kMiB));
        QCOMPARE(memoryRoom(root.path()).bytes, 200 * kMiB);
        root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        QCOMPARE(memoryRoom(root.path()).limitedBy, std::string("the machine"));
    }
    void nothingIsKnownWhereNothingIsTold() {
        const test::TemporaryFolder root;
        QVERIFY(memoryRoom(root.path()).limitedBy.empty());
    }
    void theLimitOfTheAddressSpaceCounts() {
        rlimit before{};
        QCOMPARE(::getrlimit(RLIMIT_AS, &before), 0);
        // Far above what this process needs: sanitizers take terabytes of addresses.
        constexpr int64_t kLimit = int64_t(1) << 46, kRoom = int64_t(3) << 30;
        const test::TemporaryFolder root;
        root.write("proc/meminfo", kMeminfo);
        root.write("proc/self/status", "VmSize: " + std::to_string((kLimit - kRoom) / 1024) + " kB\n");
        rlimit limit = before;
        limit.rlim_cur = rlim_t(kLimit);
        QCOMPARE(::setrlimit(RLIMIT_AS, &limit), 0);
        const MemoryRoom room = memoryRoom(root.path());
        ::setrlimit(RLIMIT_AS, &before);
        QCOMPARE(room.bytes, kRoom);
        QCOMPARE(room.limitedBy, std::string("ulimit -v"));
    }
};

LATHE_TEST(TestMachineMemory)
#include "tst_machine_memory.moc"
