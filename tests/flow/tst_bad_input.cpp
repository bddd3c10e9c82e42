// SPDX-License-Identifier: GPL-3.0-or-later
// Bad recipes, data and models given to the real lathe-run: one clear sentence, the right exit code, no
// crash.
#include <QtCore/QFile>
#include <QtCore/QProcess>

#include "core/base/files.h"
#include "tests/flow/lathe_run.h"
#include "tests/support/support.h"

using namespace lathe;
using test::latheRun;

class TestBadInput : public QObject {
    Q_OBJECT
  private:
    test::TemporaryFolder m_folder;
    QString m_base;
    int m_runs = 0;

    QString write(const std::string& name, const std::string& text) const {
        return QString::fromStdString(m_folder.write(name, text).string());
    }
    /// A copy of MiniLM's folder, to be damaged.
    QString copyOfBase(const std::string& name) const {
        const auto copy = m_folder.path() / name;
        std::filesystem::copy(m_base.toStdString(), copy, std::filesystem::copy_options::recursive);
        return QString::fromStdString(copy.string());
    }
    /// A classification recipe over `data` and `base`.
    QString recipe(const QString& data, const QString& base, const QString& validation = "none") const {
        const std::string text = "lathe: 1\ntask: classification\nbase: '" + base.toStdString() +
                                 "'\ndata:\n  train: '" + data.toStdString() + "'\n  validation: '" +
                                 validation.toStdString() +
                                 "'\n  columns: {text: text, label: label}\ntrain:\n  max_steps: 1\n";
        return write("recipe.yaml", text);
    }
    /// A train line whose run folder, made before the fault is met, stays out of the user's own runs.
    QStringList train(const QString& recipeFile) {
        return {"train", recipeFile, "--out",
                QString::fromStdString((m_folder.path() / "run").string()) + QString::number(++m_runs)};
    }
    void refused(const QStringList& line, int exitCode, const QString& wanted) const {
        const auto outcome = latheRun(line);
        QVERIFY2(!outcome.crashed, qPrintable(outcome.errors));
        QCOMPARE(outcome.exitCode, exitCode);
        QVERIFY2(outcome.errors.contains(wanted), qPrintable(outcome.errors));
    }

  private slots:
    void initTestCase() { m_base = test::shelfBase("minilm-l6"); }

    void recipeFaultsComeTogether() {
        const auto outcome = latheRun({"train", write("bad.yaml",
                                                      "lathe: 1\ntask: clasify\nbase: x\ndata:\n  trian: a\n"
                                                      "train:\n  batch_size: 0\n")});
        QCOMPARE(outcome.exitCode, 2);
        for (const char* part :
             {"bad.yaml:2:1: task", "bad.yaml:5:3: data.trian: unknown key; did you mean data.train?",
              "bad.yaml:7:3: train.batch_size", "data.train: is missing"})
            QVERIFY2(outcome.errors.contains(part), qPrintable(outcome.errors));
    }
    void badCommandLines() {
        QCOMPARE(latheRun({"train"}).exitCode, 2);
        QCOMPARE(latheRun({"nonsense"}).exitCode, 2);
        QCOMPARE(latheRun({"tokenize", "shelf:minilm-l6"}).exitCode, 2);
    }
    void numbersThatAreNone_data() {
        QTest::addColumn<QStringList>("options");
        const auto row = [](const char* option, const char* value) {
            QTest::addRow("%s %s", option, value) << QStringList{option, value};
        };
        for (const char* value : {"nan", "inf", "-inf", "1e309", "0x", "1,5"})
            for (const char* option : {"--temperature", "--top-p", "--length-penalty", "--adapter-weight"})
                row(option, value);
        for (const char* option : {"--seed", "--max-new-tokens", "--threads"})
            for (const char* value :
                 {"99999999999999999999", "-99999999999999999999", "1.5", "1e3", "nan", ""})
                row(option, value);
    }
    void numbersThatAreNone() {
        QFETCH(QStringList, options);
        const auto outcome =
            latheRun(QStringList{"generate", "/nowhere", "--prompt", "x", "--adapter", "/nowhere"} +
                     QStringList{options.first() + "=" + options.last()});
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY2(outcome.errors.contains(options.first()), qPrintable(outcome.errors));
    }
    void listsOfIdsAreWhole() {
        for (const char* ids : {"1,2,,3", "1,", ",1", "1,x", "1.5", "", "99999999999999999999"}) {
            const auto outcome = latheRun({"logits", "/nowhere", QString("--ids=") + ids});
            QCOMPARE(outcome.exitCode, 2);
            QVERIFY2(outcome.errors.contains("--ids"), qPrintable(outcome.errors));
        }
        refused({"logits", "/nowhere", "--ids", "1,2", "--decoder-ids", "0,,1"}, 2, "--decoder-ids");
    }
    void devicesAreNotReplaced() {
        for (const char* place : {"/dev/null", "/dev/full", "/dev/stdout"})
            refused({"evaluate", "/nowhere", "--out", place}, 2, "not a file");
        for (const QStringList& line :
             {QStringList{"train", recipe("x.csv", "x")}, QStringList{"export", "/nowhere", "--to", "hf"}}) {
            const auto outcome = latheRun(line + QStringList{"--out", "/dev/full"});
            QVERIFY(outcome.exitCode == 1 || outcome.exitCode == 2);
        }
        QVERIFY(std::filesystem::is_character_file("/dev/null"));
    }
    void outputThatIsLostIsAnError() {
        if (!QFile::exists("/dev/full")) QSKIP("there is no /dev/full");
        const QString table = write("lost.csv", "text,label\nfine,positive\n");
        QStringList lines{"catalog", "shelf list", "inspect " + table, "--help", "train --help", "--version"};
        if (!m_base.isEmpty())
            lines += {"params --base " + m_base + " --method lora", "tokenize " + m_base + " --text fine",
                      "logits " + m_base + " --ids 1,2"};
        for (const QString& line : lines) {
            QProcess process;
            const QString program = QString::fromStdString(test::runProgram().string());
            process.start("sh", {"-c", program + " " + line + " > /dev/full"});
            QVERIFY(process.waitForFinished(120'000));
            QVERIFY2(process.exitCode() == 1, qPrintable(line));
        }
    }
    void missingAndBrokenData() {
        if (m_base.isEmpty()) QSKIP("minilm-l6 is not on the shelf");
        const QString good = write("good.csv", "text,label\nfine film,positive\ndull film,negative\n");
        refused(train(recipe("nowhere.csv", m_base)), 1, "nowhere.csv");
        refused(train(recipe(write("empty.csv", ""), m_base)), 1, "empty.csv");
        refused(train(recipe(write("columns.csv", "a,b\nx,y\n"), m_base)), 1,
                "the file has the columns a, b");
        refused(train(recipe(write("torn.csv", "text,label\nfine,positive\n\"open,negative\n"), m_base)), 1,
                "torn.csv:3");
        const QString unseen = write("unseen.csv", "text,label\nfine film,neutral\n");
        refused(train(recipe(good, m_base, unseen)), 1, "neutral");
    }
    void missingAndBrokenModels() {
        if (m_base.isEmpty()) QSKIP("minilm-l6 is not on the shelf");
        const QString good = write("good.csv", "text,label\nfine film,positive\ndull film,negative\n");
        refused(train(recipe(good, "/nowhere/at/all")), 1, "/nowhere/at/all");
        refused(train(recipe(good, "shelf:nothing")), 1, "nothing");

        const QString brokenPath = copyOfBase("broken");
        std::filesystem::resize_file(m_folder.path() / "broken/model.safetensors", 1'000'000);
        refused(train(recipe(good, brokenPath)), 1, "model.safetensors");
        const QString strange = copyOfBase("strange");
        QVERIFY(writeFile(m_folder.path() / "strange/config.json", "{\"model_type\":\"warp\"}").ok());
        refused(train(recipe(good, strange)), 1, "warp");
        refused(train(recipe(good,
                             write("lying.gguf", std::string("GGUF\3\0\0\0", 8) + std::string(16, '\xff')))),
                1, "lying.gguf");
    }
    void basesOfOtherPrograms() {
        const auto inspect = [](const QString& base) { return QStringList{"inspect", base}; };
        qputenv("HF_HUB_CACHE", (m_folder.path() / "hub").c_str());
        refused(inspect("hub:org/none"), 1, "fetch it: hf download org/none");
        refused(inspect("hub:../none"), 2, "write hub:ORG/NAME");
        write("whole.gguf", "GGUF");
        refused(inspect(write("a.Modelfile", "FROM ./whole.gguf\nADAPTER ./x.gguf\n")), 1, "a.Modelfile:2");
        refused(inspect(write("b.Modelfile", "FROM llama3.2\n")), 1, "FROM names \"llama3.2\"");
        if (m_base.isEmpty()) QSKIP("minilm-l6 is not on the shelf");
        const std::string commit(40, 'c');
        write("hub/models--org--mini/refs/main", commit);
        std::filesystem::create_directories(m_folder.path() / "hub/models--org--mini/snapshots");
        copyOfBase("hub/models--org--mini/snapshots/" + commit);
        const QString modelfile =
            write("c.Modelfile", QStringLiteral("FROM \"%1\"\n").arg(m_base).toStdString());
        for (const QString& base : {QString("hub:org/mini"), modelfile}) {
            const auto outcome = latheRun(inspect(base));
            QVERIFY2(outcome.exitCode == 0, qPrintable(outcome.errors));
            QCOMPARE(outcome.lines.first()["architecture"].toString(), QString("bert"));
        }
    }
    void aTokenizerThatDoesNotFit() {
        if (m_base.isEmpty()) QSKIP("minilm-l6 is not on the shelf");
        const QString misfit = copyOfBase("misfit");
        const auto copy = m_folder.path() / "misfit";
        std::filesystem::remove(copy / "tokenizer.json");
        auto vocabulary = readTextFile(copy / "vocab.txt").value();
        for (int i = 0; i < 100; ++i) vocabulary += "extra" + std::to_string(i) + "\n";
        QVERIFY(writeFile(copy / "vocab.txt", vocabulary).ok());
        // A row that uses one of them is refused; those that do not are trained on.
        const QString used = write("used.csv", "text,label\nextra7 film,positive\ndull film,negative\n");
        refused(train(recipe(used, misfit)), 1, "used.csv:2");
    }
    void hostileFilesAreInspected_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("wanted");
        const auto row = [](const char* name, const QByteArray& bytes, const char* wanted) {
            QTest::newRow(name) << QString(name) << bytes << QString(wanted);
        };
        row("version.gguf", QByteArray("GGUF\x09\0\0\0", 8) + QByteArray(16, '\0'), "GGUF version 9");
        row("counts.gguf", QByteArray("GGUF\x03\0\0\0", 8) + QByteArray(16, '\xff'), "tensors");
        row("cut.gguf", "GGUF", "the file ends too early");
        row("open.csv", "text,label\n\"open,bad\n", "open.csv:2:1");
        row("zero.csv", QByteArray("a,b\n1,\0\n", 8), "zero.csv:2:3");
        row("torn.jsonl", "{\"text\":\"a\"}\n{\"text\":\n", "torn.jsonl:2");
        row("deep.json", "[" + QByteArray(100'000, '['), "nested deeper than 128 levels");
        row("twice.json", "[{\"a\":1,\"a\":2}]", "appears twice");
    }
    void hostileFilesAreInspected() {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        QFETCH(QString, wanted);
        refused({"inspect", write(name.toStdString(), bytes.toStdString())}, 1, wanted);
    }
    void resumeNeedsACheckpoint() {
        refused({"resume", QString::fromStdString(m_folder.path().string())}, 1, "no complete checkpoint");
    }
};

LATHE_TEST_IN(QCoreApplication, TestBadInput)
#include "tst_bad_input.moc"
