// SPDX-License-Identifier: GPL-3.0-or-later
// The real lathe-run on a real base (MiniLM) and the starter data: train, stop, resume, answer, export, race.
#include <signal.h>

#include <QtCore/QDirIterator>
#include <QtCore/QFile>
#include <QtCore/QJsonArray>
#include <QtCore/QJsonDocument>
#include <QtCore/QProcess>

#include "core/base/files.h"
#include "core/run/store/run_store.h"
#include "tests/flow/lathe_run.h"
#include "tests/support/support.h"

using namespace lathe;
using test::latheRun;

class TestTrainFlow : public QObject {
    Q_OBJECT
  private:
    test::TemporaryFolder m_folder;

    QString recipe() const {
        return QString::fromStdString(test::resourceFile("recipes/sentiment.yaml").string());
    }
    QString out(const QString& name) const {
        return QString::fromStdString((m_folder.path() / name.toStdString()).string());
    }
    QStringList trainLine(const QString& name, const QStringList& overrides) const {
        return QStringList{"train", recipe()} + overrides + QStringList{"--out", out(name)};
    }

    /// Its exit code; -1 for one that a signal ends.
    static int shell(const QString& line) {
        QProcess process;
        process.start("sh", {"-c", line});
        process.waitForFinished(120'000);
        return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    }

  private slots:
    void initTestCase() {
        if (test::shelfBase("minilm-l6").isEmpty())
            QSKIP("minilm-l6 is not on the shelf (lathe-run shelf get minilm-l6)");
    }

    void runFolderIsComplete() {
        const auto run =
            latheRun(trainLine("run", {"train.max_steps=6", "train.eval_every=3", "train.save_every=2"}));
        QVERIFY2(run.exitCode == 0, qPrintable(run.errors));
        QCOMPARE(run.numbers("step", "loss").size(), 6);
        QCOMPARE(run.numbers("eval", "loss").size(), 3);
        QCOMPARE(run.numbers("parameters", "trainable").first(), 74498.0);
        const std::filesystem::path folder = m_folder.path() / "run";
        for (const char* file : {"recipe.yaml", "run.json", "metrics.jsonl", "adapter/adapter_config.json",
                                 "adapter/adapter_model.safetensors", "checkpoints/step-6/MANIFEST.json"})
            QVERIFY2(std::filesystem::exists(folder / file), file);
        const auto record = readRunRecord(folder);
        LATHE_VERIFY_OK(record);
        QCOMPARE(record.value().status, RunStatus::Done);
        QCOMPARE(record.value().labels.size(), std::size_t(2));
        QVERIFY(record.value().metrics.count("accuracy"));
        LATHE_VERIFY_OK(readMetrics(folder));
    }

    void resumeEqualsUninterrupted() {
        const QStringList settings{"train.max_steps=12", "train.eval_every=0", "train.save_every=4",
                                   "method.dropout=0.1"};
        const auto whole = latheRun(trainLine("whole", settings));
        QVERIFY2(whole.exitCode == 0, qPrintable(whole.errors));
        const auto stopped =
            latheRun(trainLine("stopped", settings), [](const QJsonObject& line, qint64 process) {
                if (line["event"].toString() == "step" && line["step"].toInt() == 5)
                    ::kill(static_cast<pid_t>(process), SIGINT);
            });
        QCOMPARE(stopped.exitCode, 3);
        QVERIFY(stopped.numbers("step", "loss").size() < 12);
        const auto resumed = latheRun({"resume", out("stopped")});
        QVERIFY2(resumed.exitCode == 0, qPrintable(resumed.errors));
        const auto first = stopped.numbers("step", "loss"), rest = resumed.numbers("step", "loss");
        QCOMPARE(first + rest, whole.numbers("step", "loss"));  // bit for bit
        QCOMPARE(resumed.numbers("eval", "loss").last(), whole.numbers("eval", "loss").last());
        LATHE_VERIFY_OK(readMetrics(m_folder.path() / "stopped"));

        const auto again = latheRun({"resume", out("whole")});
        QVERIFY2(again.exitCode == 0, qPrintable(again.errors));
        QCOMPARE(again.lines.size(), 2);  // that nothing was changed, and how the run had ended
        QCOMPARE(again.lines.last(), whole.lines.last());
    }

    void oneBaseHoldsManyAdapters() {
        const QString text = "A wonderful, warm film.";
        const auto each = latheRun({"predict", "shelf:minilm-l6", "--adapter", out("run"), "--adapter",
                                    out("whole"), "--each", "--text", text});
        QVERIFY2(each.exitCode == 0, qPrintable(each.errors));
        QCOMPARE(each.lines.size(), 2);
        for (const QString run : {"run", "whole"}) {
            const auto line = each.lines[run == "run" ? 0 : 1];
            QCOMPARE(line["adapter"].toString(), run);
            const auto alone = latheRun({"predict", out(run), "--text", text});
            QVERIFY2(alone.exitCode == 0, qPrintable(alone.errors));
            for (const char* label : {"positive", "negative"})
                QVERIFY(qAbs(line["probabilities"].toObject()[label].toDouble() -
                             alone.lines.first()["probabilities"].toObject()[label].toDouble()) < 1e-5);
        }
        const QStringList both{"mix",       "shelf:minilm-l6", "--adapter", out("run"),
                               "--adapter", out("whole"),      "--out",     out("both")};
        QCOMPARE(latheRun(both).exitCode, 1);  // two heads
        QCOMPARE(latheRun(both + QStringList{"--rank", "4"}).exitCode, 2);
        QVERIFY(!std::filesystem::exists(m_folder.path() / "both"));
        const auto mixed = latheRun({"mix", "shelf:minilm-l6", "--adapter", out("run"), "--adapter-weight",
                                     "0.5", "--how", "svd", "--rank", "4", "--out", out("mixed")});
        QVERIFY2(mixed.exitCode == 0, qPrintable(mixed.errors));
        QCOMPARE(mixed.lines.first()["rank"].toInt(), 4);
        QVERIFY(std::filesystem::exists(m_folder.path() / "mixed/adapter_config.json"));
    }

    void latencyIsMeasured() {
        const auto bench =
            latheRun({"bench", "latency", "--batch", "2", "--length", "8", "--steps", "2", "--warmup", "1"});
        QVERIFY2(bench.exitCode == 0, qPrintable(bench.errors));
        QCOMPARE(bench.lines.size(), 4);
        for (const auto& line : bench.lines)
            QVERIFY(line["median_ms"].toDouble() > 0 && line["ratio"].toDouble() > 0);
        QCOMPARE(bench.lines.first()["ratio"].toDouble(), 1.0);
    }

    void finishedRunsAnswer() {
        const auto prediction = latheRun({"predict", out("run"), "--text", "A wonderful, warm film."});
        QVERIFY2(prediction.exitCode == 0, qPrintable(prediction.errors));
        const auto shares = prediction.lines.first()["probabilities"].toObject();
        QCOMPARE(shares.size(), 2);
        QVERIFY(qAbs(shares["positive"].toDouble() + shares["negative"].toDouble() - 1) < 1e-6);
        const auto evaluation =
            latheRun({"evaluate", out("run"), "--data",
                      QString::fromStdString(test::resourceFile("datasets/reviews_en.csv").string())});
        QVERIFY2(evaluation.exitCode == 0, qPrintable(evaluation.errors));
        QVERIFY(evaluation.lines.first()["metrics"].toObject()["accuracy"].toDouble() > 0);
        const auto exported = latheRun({"export", out("run"), "--to", "hf", "--out", out("merged")});
        QVERIFY2(exported.exitCode == 0, qPrintable(exported.errors));
        QVERIFY(exported.lines.first()["largest_logit_difference"].toDouble() < 1e-4);
        const auto inspected = latheRun({"inspect", out("merged")});
        QCOMPARE(inspected.lines.first()["architecture"].toString(), QString("bert"));
    }

    void heldOutRowsAreJudgedBeforeAndAfter() {
        const auto judged =
            latheRun({"evaluate", out("run"), "--before", "--rows", "3", "--out", out("worst.csv")});
        QVERIFY2(judged.exitCode == 0, qPrintable(judged.errors));
        QCOMPARE(judged.lines.size(), 1);
        const QJsonObject report = judged.lines.first(), before = report["before"].toObject();
        const auto record = readRunRecord(m_folder.path() / "run");
        LATHE_VERIFY_OK(record);
        QVERIFY(report["held_out"].toBool());
        QVERIFY(qAbs(before["loss"].toDouble() - record.value().before.at("loss")) < 1e-4);
        QVERIFY(qAbs(report["loss"].toDouble() - record.value().metrics.at("loss")) < 1e-4);
        QCOMPARE(report["metrics"].toObject()["accuracy"].toDouble(), record.value().metrics.at("accuracy"));
        QCOMPARE(report["labels"].toArray().size(), 2);
        QCOMPARE(report["worst"].toArray().size(), 3);
        int64_t rows = 0;
        for (const auto& line : report["confusion"].toObject()["counts"].toArray())
            for (const auto& count : line.toArray()) rows += count.toInteger();
        QCOMPARE(rows, report["rows"].toInteger());
        for (const char* file : {"worst.csv", "worst-labels.csv"}) QVERIFY2(QFile::exists(out(file)), file);

        const auto plain = latheRun({"evaluate", "shelf:minilm-l6", "--before"});
        QCOMPARE(plain.exitCode, 2);
        QVERIFY(plain.errors.contains("--task"));
    }

    void otherMethodsTrain() {
        for (const QStringList& method :
             {QStringList{"method=full"}, QStringList{"method=freeze", "method.train_last_blocks=1"}}) {
            const auto run = latheRun(trainLine(
                method.first(),
                method + QStringList{"train.max_steps=3", "train.eval_every=0", "train.learning_rate=1e-4"}));
            QVERIFY2(run.exitCode == 0, qPrintable(run.errors));
            QVERIFY(std::filesystem::exists(m_folder.path() / method.first().toStdString() /
                                            "model/model.safetensors"));
            const auto answer = latheRun({"predict", out(method.first()), "--text", "Dull."});
            QVERIFY2(answer.exitCode == 0, qPrintable(answer.errors));
        }
    }

    void raceNamesAValue() {
        const auto line = [&](const QString& steps, const QString& over) {
            return QStringList{
                "race",  recipe(),   "train.max_steps=" + steps, "train.eval_every=0", "--over", over,
                "--out", out("race")};
        };
        const auto race = latheRun(line("4", "method.rank=1,2"));
        QVERIFY2(race.exitCode == 0, qPrintable(race.errors));
        const auto report = race.lines.last();
        QCOMPARE(report["event"].toString(), QString("report"));
        QVERIFY(report["smallest"].toString() == "1" || report["smallest"].toString() == "2");
        QCOMPARE(race.numbers("result", "trainable"), (QList<double>{9986, 19202}));

        // In its folder what is done counts, and only another value runs.
        const auto more = latheRun(line("4", "method.rank=2,1,2,3"));
        QVERIFY2(more.exitCode == 0, qPrintable(more.errors));
        QCOMPARE(more.numbers("step", "step"), (QList<double>{1, 2, 3, 4}));
        QCOMPARE(more.numbers("result", "trainable").first(3), (QList<double>{19202, 9986, 19202}));
        const auto changed = latheRun(line("5", "method.rank=1,2"));
        QCOMPARE(changed.exitCode, 2);
        QVERIFY2(changed.errors.contains("recipe has changed"), qPrintable(changed.errors));
        QVERIFY(changed.numbers("step", "step").isEmpty());
    }

    void aRaceReportsAlthoughAnEntryFails() {
        const auto race = latheRun({"race", recipe(), "train.max_steps=2", "train.eval_every=0", "--over",
                                    "method.target_modules=query,no_such,key", "--out", out("broken-race")});
        QCOMPARE(race.exitCode, 1);
        QCOMPARE(race.lines.last()["event"].toString(), QString("report"));
        QVERIFY(!race.lines.last()["smallest"].toString().isEmpty());
        QStringList failed, ended;
        for (const QJsonObject& line : race.lines)
            if (line["event"].toString() == "result")
                (line.contains("error") ? failed : ended).append(line["value"].toString());
        QCOMPARE(failed, QStringList{"no_such"});
        QCOMPARE(ended, (QStringList{"query", "key"}));
    }

    // A closed terminal sends it twice.
    void aHangupKeepsACheckpoint() {
        ::signal(SIGHUP, SIG_DFL);  // the tests may run under nohup
        const auto run = latheRun(
            trainLine("hung-up", {"train.max_steps=500", "train.eval_every=0", "train.save_every=0"}),
            [&](const QJsonObject& line, qint64 process) {
                if (line["event"].toString() != "step" || line["step"].toInt() != 2) return;
                ::kill(static_cast<pid_t>(process), SIGHUP);
                ::kill(static_cast<pid_t>(process), SIGHUP);
            });
        QCOMPARE(run.exitCode, 3);
        LATHE_VERIFY_OK(latestCheckpoint(m_folder.path() / "hung-up"));
    }

    void aReaderThatGoesAwayIsAnErrorAtTheEnd() {
        const auto run = latheRun({"catalog"});
        QCOMPARE(run.exitCode, 0);
        const QString program = QString::fromStdString(test::runProgram().string());
        if (QFile::exists("/dev/full")) QCOMPARE(shell(program + " catalog > /dev/full"), 1);
        const QStringList line = trainLine("closed", {"train.max_steps=2", "train.eval_every=0"});
        QCOMPARE(shell(program + " " + line.join(' ') + " >&- 2>&-"), 0);
        // What was written for a terminal is not in the files of the run.
        QFile log(out("closed") + "/metrics.jsonl");
        QVERIFY(log.open(QIODevice::ReadOnly));
        for (const QByteArray& one : log.readAll().trimmed().split('\n'))
            QVERIFY2(QJsonDocument::fromJson(one).isObject(), one.constData());
    }

    void aFileThatMayNotGrowIsAnErrorOfTheRun() {
        const QString program = QString::fromStdString(test::runProgram().string());
        const QStringList line = trainLine("limited", {"train.max_steps=2", "train.eval_every=0"});
        QCOMPARE(shell("ulimit -f 64; " + program + " " + line.join(' ')), 1);  // the adapter is larger
        QCOMPARE(readRunRecord(m_folder.path() / "limited").value().status, RunStatus::Failed);
        QDirIterator files(out("limited"), QDir::AllEntries | QDir::NoDotAndDotDot,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) QVERIFY2(!files.next().contains(".partial-"), qPrintable(files.filePath()));
    }

    void anInterruptedTrainKeepsItsResult() {
        QByteArray environment;
        const auto run =
            latheRun(trainLine("kept", {"train.max_steps=500", "train.eval_every=0", "train.save_every=0"}),
                     [&](const QJsonObject& line, qint64 process) {
                         if (line["event"].toString() != "step" || line["step"].toInt() != 2) return;
                         QFile file(QString("/proc/%1/environ").arg(process));
                         if (file.open(QIODevice::ReadOnly)) environment = file.readAll();
                         ::kill(static_cast<pid_t>(process), SIGINT);
                     });
        QCOMPARE(run.exitCode, 3);
        // OpenMP's threads do not spin for long: lathe-run has started itself again with that policy.
        QVERIFY(qEnvironmentVariableIsSet("OMP_WAIT_POLICY") || environment.contains("GOMP_SPINCOUNT="));
        LATHE_VERIFY_OK(latestCheckpoint(m_folder.path() / "kept"));
        QCOMPARE(readRunRecord(m_folder.path() / "kept").value().status, RunStatus::Stopped);
    }
};

LATHE_TEST_IN(QCoreApplication, TestTrainFlow)
#include "tst_train_flow.moc"
