// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/training_checkpoint.h"

#include <ATen/Parallel.h>

#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <set>

#include "core/base/files.h"
#include "core/base/json.h"
#include "tests/support/tiny_training.h"

using namespace lathe;
using namespace lathe::test;
namespace fs = std::filesystem;

namespace {

TrainState stateAt(int64_t step) {
    TrainState state;
    state.step = step;
    state.cursor = {1, 4};
    state.tokens = 123;
    state.lossSinceLog = 0.1 + 0.2;
    state.stepsSinceLog = 1;
    state.before = {{"loss", 1.0 / 3}};
    state.metrics = {{"accuracy", 0.75}};
    state.bestStep = 1;
    return state;
}

fs::path save(const fs::path& run, const TinyRun& tiny, int64_t step) {
    const auto saved = saveCheckpoint(run, *tiny.optimizer, stateAt(step), captureRandomState(at::kCPU));
    LATHE_CHECK(saved.ok());
    return saved.value();
}

}  // namespace

class TestCheckpoint : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    // Tiny tensors are slower on several threads, above all on a busy machine.
    void initTestCase() { at::set_num_threads(1); }

    void stateComesBackExactly() {
        const TemporaryFolder run;
        TinyRun tiny(4, 1, 2, 0.1);
        (void)tiny.step(1e-2);
        const fs::path folder = save(run.path(), tiny, 5);
        TinyRun other(4, 1, 2, 0.1);
        const auto restored = loadCheckpoint(folder, *other.optimizer);
        LATHE_VERIFY_OK(restored);
        const TrainState& state = restored.value().state;
        QCOMPARE(state.step, int64_t(5));
        QCOMPARE(state.cursor.epoch, int64_t(1));
        QCOMPARE(state.cursor.row, int64_t(4));
        QCOMPARE(state.lossSinceLog, 0.1 + 0.2);
        QCOMPARE(state.before.at("loss"), 1.0 / 3);
        QCOMPARE(state.metrics.at("accuracy"), 0.75);
        const auto a = tiny.optimizer->states(), b = other.optimizer->states();
        for (std::size_t i = 0; i < a.size(); ++i) {
            QVERIFY(at::equal(a[i].master, b[i].master));
            QVERIFY(at::equal(a[i].firstMoment, b[i].firstMoment));
            QVERIFY(at::equal(a[i].secondMoment, b[i].secondMoment));
        }
        QCOMPARE(other.optimizer->updates(), int64_t(1));
    }
    void numbersThatAreNoneComeBack() {
        const TemporaryFolder run;
        TinyRun tiny(4, 1, 2, 0);
        TrainState state;
        state.step = 1;
        state.evaluationDue = true;
        state.before = {{"perplexity", INFINITY}, {"loss", 800}};
        state.metrics = {{"f1", NAN}, {"margin", -INFINITY}};
        state.bestMetric = -INFINITY;
        const auto saved = saveCheckpoint(run.path(), *tiny.optimizer, state, captureRandomState(at::kCPU));
        LATHE_VERIFY_OK(saved);
        const auto restored = loadCheckpoint(saved.value(), *tiny.optimizer);
        LATHE_VERIFY_OK(restored);
        const TrainState& found = restored.value().state;
        QCOMPARE(found.before, state.before);
        QVERIFY(std::isnan(found.metrics.at("f1")));
        QCOMPARE(found.metrics.at("margin"), -INFINITY);
        QCOMPARE(found.bestMetric, -INFINITY);
        QVERIFY(found.evaluationDue);
    }
    // 40 steps with dropout, against 20, a checkpoint, a new process's worth of objects, and 20 more.
    void resumeEqualsUninterrupted() {
        const TemporaryFolder run;
        std::vector<double> whole, parts;
        at::manual_seed(3);
        TinyRun straight(4, 1, 2, 0.2);
        for (int step = 0; step < 40; ++step) whole.push_back(straight.step(1e-2));

        at::manual_seed(3);
        TinyRun first(4, 1, 2, 0.2);
        for (int step = 0; step < 20; ++step) parts.push_back(first.step(1e-2));
        TrainState state;
        state.step = 20;
        state.cursor = first.loader->order.cursor();
        const auto saved = saveCheckpoint(run.path(), *first.optimizer, state, captureRandomState(at::kCPU));
        LATHE_VERIFY_OK(saved);

        TinyRun second(4, 1, 2, 0.2);
        const auto restored = loadCheckpoint(saved.value(), *second.optimizer);
        LATHE_VERIFY_OK(restored);
        QVERIFY(second.loader->order.restore(restored.value().state.cursor));
        LATHE_VERIFY_OK(restoreRandomState(restored.value().random, at::kCPU));
        for (int step = 0; step < 20; ++step) parts.push_back(second.step(1e-2));
        QCOMPARE(parts, whole);
    }
    void keepsTheLastThree() {
        const TemporaryFolder run;
        TinyRun tiny(4, 1, 2, 0);
        for (const int64_t step : {5, 10, 15, 20, 100}) save(run.path(), tiny, step);
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator(run.path() / "checkpoints"))
            names.insert(entry.path().filename().string());
        QCOMPARE(names, (std::set<std::string>{"step-15", "step-20", "step-100"}));
        QCOMPARE(chooseCheckpoint(run.path()).value().folder.filename().string(), std::string("step-100"));
    }
    void damagedOnesAreSkipped() {
        const TemporaryFolder run;
        TinyRun tiny(4, 1, 2, 0);
        save(run.path(), tiny, 1);
        const fs::path cut = save(run.path(), tiny, 2), noManifest = save(run.path(), tiny, 3);
        fs::remove(noManifest / "MANIFEST.json");
        fs::resize_file(cut / "weights.safetensors", fs::file_size(cut / "weights.safetensors") - 1);
        QCOMPARE(chooseCheckpoint(run.path()).value().folder.filename().string(), std::string("step-1"));
        // Same size, other bytes.
        std::fstream file(run.path() / "checkpoints/step-1/optimizer.safetensors",
                          std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(-1, std::ios::end);
        file.put('\x55');
        file.close();
        QCOMPARE(chooseCheckpoint(run.path()).error().code, ErrorCode::FileMissing);
        QCOMPARE(chooseCheckpoint(run.path() / "nowhere").error().code, ErrorCode::FileMissing);
    }
    void whatIsPassedOverIsTold() {
        const TemporaryFolder run;
        TinyRun tiny(4, 1, 2, 0);
        save(run.path(), tiny, 1);
        const fs::path cut = save(run.path(), tiny, 2);
        fs::remove(cut / "optimizer.safetensors");
        const auto chosen = chooseCheckpoint(run.path());
        LATHE_VERIFY_OK(chosen);
        QCOMPARE(chosen.value().folder.filename().string(), std::string("step-1"));
        QCOMPARE(chosen.value().skipped.size(), std::size_t(1));
        const std::string& message = chosen.value().skipped.front().message;
        QVERIFY2(message.find("step-2") != std::string::npos &&
                     message.find("optimizer.safetensors is missing") != std::string::npos,
                 message.c_str());
    }
    void whatCannotBeReadNowIsNotDamaged() {
        const TemporaryFolder run;
        TinyRun tiny(4, 1, 2, 0);
        save(run.path(), tiny, 1);
        const fs::path weights = save(run.path(), tiny, 2) / "weights.safetensors";
        fs::rename(weights, run.path() / "kept");
        fs::create_symlink("weights.safetensors", weights);  // a loop, for a disk that does not answer
        const auto loop = chooseCheckpoint(run.path());
        QVERIFY(!loop.ok() && loop.error().code != ErrorCode::FileMissing);
        QVERIFY2(loop.error().message.find("step-2 cannot be read now") != std::string::npos,
                 loop.error().text().c_str());
        fs::remove(weights);
        fs::rename(run.path() / "kept", weights);

        rlimit limit{};
        ::getrlimit(RLIMIT_NOFILE, &limit);
        const rlimit none{0, limit.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);  // too many open files
        const auto full = chooseCheckpoint(run.path());
        ::setrlimit(RLIMIT_NOFILE, &limit);
        QVERIFY(!full.ok() && full.error().code != ErrorCode::FileMissing);
        QCOMPARE(chooseCheckpoint(run.path()).value().folder.filename().string(), std::string("step-2"));
    }
    void aForgedStateIsDamage_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<qint64>("value");
        QTest::newRow("before the first step") << "step" << qint64(-1);
        QTest::newRow("of another step") << "step" << qint64(1);
        QTest::newRow("no such step") << "step" << (qint64(1) << 62);
        QTest::newRow("epoch") << "epoch" << qint64(-1);
        QTest::newRow("row") << "row" << (qint64(1) << 62);
        QTest::newRow("tokens") << "tokens" << qint64(-5);
        QTest::newRow("more steps than there were") << "steps_since_log" << qint64(100);
        QTest::newRow("best step to come") << "best_step" << qint64(100);
        QTest::newRow("updates") << "updates" << (qint64(1) << 60);
        QTest::newRow("seconds") << "seconds" << qint64(-1);
    }
    void aForgedStateIsDamage() {
        QFETCH(QString, key);
        QFETCH(qint64, value);
        const TemporaryFolder run;
        TinyRun tiny(4, 1, 2, 0);
        save(run.path(), tiny, 1);
        const fs::path forged = save(run.path(), tiny, 2);
        Json state = parseJson(readTextFile(forged / "state.json").value(), "").value();
        state[key.toStdString()] = value;
        LATHE_VERIFY_OK(writeFile(forged / "state.json", state.dump()));
        Json manifest = parseJson(readTextFile(forged / "MANIFEST.json").value(), "").value();
        for (Json& file : manifest["files"])
            if (file["name"] == "state.json") {
                file["bytes"] = fs::file_size(forged / "state.json");
                file["sha256"] = sha256OfFile(forged / "state.json").value();
            }
        LATHE_VERIFY_OK(writeFile(forged / "MANIFEST.json", manifest.dump()));
        const auto chosen = chooseCheckpoint(run.path());
        LATHE_VERIFY_OK(chosen);
        QCOMPARE(chosen.value().folder.filename().string(), std::string("step-1"));
        QCOMPARE(chosen.value().skipped.size(), std::size_t(1));
    }
    void aDiskWithoutRoomIsToldBeforeWriting() {
        const TemporaryFolder folder;
        if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=300k") != 0)
            QSKIP("a small disk cannot be mounted here");
        TinyRun tiny(4, 1, 2, 0);
        save(folder.path(), tiny, 1);
        std::ofstream(folder.path() / "other").write(std::string(60 << 10, 'x').c_str(), 60 << 10);
        const auto failed =
            saveCheckpoint(folder.path(), *tiny.optimizer, stateAt(2), captureRandomState(at::kCPU));
        const auto left = chooseCheckpoint(folder.path());
        const auto entries = fs::directory_iterator(folder.path() / "checkpoints");
        const auto count = std::distance(fs::begin(entries), fs::end(entries));
        ::umount(folder.path().c_str());
        QVERIFY(!failed.ok());
        QCOMPARE(failed.error().code, ErrorCode::DiskFull);
        QVERIFY2(failed.error().message.find("the checkpoint of step 2 needs") != std::string::npos,
                 failed.error().text().c_str());
        QCOMPARE(count, std::ptrdiff_t(1));
        QCOMPARE(left.value().folder.filename().string(), std::string("step-1"));
    }
    void anotherMethodDoesNotFit() {
        const TemporaryFolder run;
        TinyRun tiny(4, 1, 2, 0), wider(4, 1, 4, 0), full(4, 1, 0, 0);
        const fs::path folder = save(run.path(), tiny, 1);
        QCOMPARE(loadCheckpoint(folder, *wider.optimizer).error().code, ErrorCode::ModelMismatch);
        QCOMPARE(loadCheckpoint(folder, *full.optimizer).error().code, ErrorCode::ModelMismatch);
    }
    void aFailedSaveLeavesTheEarlierOnes() {
        const TemporaryFolder run;
        TinyRun tiny(4, 1, 2, 0);
        save(run.path(), tiny, 1);
        // A file size limit stands for a full disk: the write fails half-way.
        rlimit limit{};
        ::getrlimit(RLIMIT_FSIZE, &limit);
        const rlimit small{256, limit.rlim_max};
        std::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &small);
        const auto failed = saveCheckpoint(run.path(), *tiny.optimizer, stateAt(2), {});
        ::setrlimit(RLIMIT_FSIZE, &limit);
        QVERIFY(!failed.ok());
        const auto entries = fs::directory_iterator(run.path() / "checkpoints");
        QCOMPARE(std::distance(fs::begin(entries), fs::end(entries)), std::ptrdiff_t(1));
        QCOMPARE(chooseCheckpoint(run.path()).value().folder.filename().string(), std::string("step-1"));
    }
    void aStepIsReplaced() {
        const TemporaryFolder run;
        TinyRun tiny(4, 1, 2, 0);
        save(run.path(), tiny, 1);
        (void)tiny.step(1e-2);
        const fs::path folder = save(run.path(), tiny, 1);
        const auto entries = fs::directory_iterator(run.path() / "checkpoints");
        QCOMPARE(std::distance(fs::begin(entries), fs::end(entries)), std::ptrdiff_t(1));
        QCOMPARE(chooseCheckpoint(run.path()).value().folder, folder);
        TinyRun other(4, 1, 2, 0);
        LATHE_VERIFY_OK(loadCheckpoint(folder, *other.optimizer));
        QCOMPARE(other.optimizer->updates(), int64_t(1));
    }
    void wrongRandomStateIsAnError() {
        QCOMPARE(restoreRandomState({"short", ""}, at::kCPU).error().code, ErrorCode::ModelMismatch);
    }
};

LATHE_TEST(TestCheckpoint)
#include "tst_training_checkpoint.moc"
