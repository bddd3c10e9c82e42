// SPDX-License-Identifier: GPL-3.0-or-later
// Reading of large data files: in batches, the first rows only, and in little memory.
#include "core/data/read/cell_text.h"
#include "core/data/read/record_reader.h"
#include "core/data/roles/columns.h"
#include "tests/support/support.h"

using lathe::ErrorCode;
using lathe::readRecords;
using lathe::TextUnit;

namespace {
/// By how much the process grew at most while `work` was done.
template <class Work>
int64_t peakGrowthMiB(const Work& work) {
    const auto kib = [](const char* field) {
        QFile status("/proc/self/status");
        if (!status.open(QIODevice::ReadOnly)) return qint64(0);
        for (const QByteArray& line : status.readAll().split('\n'))
            if (line.startsWith(field))
                return line.mid(qsizetype(strlen(field))).simplified().split(' ').first().toLongLong();
        return qint64(0);
    };
    QFile reset("/proc/self/clear_refs");
    if (!reset.open(QIODevice::WriteOnly) || reset.write("5") != 1) return 0;
    reset.close();
    const auto before = kib("VmRSS:");
    work();
    return (kib("VmHWM:") - before) / 1024;
}
}  // namespace

class TestLargeFiles : public QObject {
    Q_OBJECT
    lathe::test::TemporaryFolder m_folder;

    lathe::Result<lathe::RecordSet> read(const std::string& name, const std::string& bytes,
                                         int64_t limit = 0) {
        return readRecords(m_folder.write(name, bytes), {.limit = limit});
    }
    /// 2,500 rows in each format.
    void filesOfEveryFormat() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QByteArray>("bytes");
        std::string jsonl, json = "[", csv, tsv = "text\tlabel\n", text, conll;
        for (int i = 0; i < 2500; ++i) {
            const std::string n = std::to_string(i);
            // A key that only comes late.
            const std::string row = "{\"text\":\"row " + n + "\"" + (i > 2000 ? ",\"late\":1" : "") + "}";
            jsonl += row + "\n";
            json += (i ? "," : "") + row;
            csv += "row number " + n + ",7\n";
            tsv += "row " + n + "\t\n";
            text += "line " + n + "\n" + (i % 7 ? "" : "more\n") + "\n";
            conll += "word" + n + " B-X\nb O\n\n";
        }
        const auto add = [](const char* name, const std::string& bytes) {
            QTest::newRow(name) << QString(name) << QByteArray::fromStdString(bytes);
        };
        add("k.jsonl", jsonl);
        add("k.json", json + "]");
        add("k.csv", csv);
        add("k.tsv", tsv);
        add("k.txt", text);
        add("k.conll", conll);
    }

  private slots:
    void keepsTheFirstRowsAndCountsTheOthers_data() { filesOfEveryFormat(); }
    void keepsTheFirstRowsAndCountsTheOthers() {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        const auto path = m_folder.write(name.toStdString(), bytes.toStdString());
        const auto all = readRecords(path).value();
        QCOMPARE(all.rows, uint64_t(all.records.size()));
        const auto first = readRecords(path, {.keep = 2});
        LATHE_VERIFY_OK(first);
        QCOMPARE(first.value().rows, all.rows);
        QCOMPARE(first.value().columns, all.columns);
        QCOMPARE(first.value().records.size(), std::size_t(2));
        QCOMPARE(first.value().records[1].values, all.records[1].values);
        QCOMPARE(first.value().records[1].line, all.records[1].line);
    }
    void batchesAreTheRows_data() { filesOfEveryFormat(); }
    void batchesAreTheRows() {
        QFETCH(QString, name);
        QFETCH(QByteArray, bytes);
        const auto path = m_folder.write(name.toStdString(), bytes.toStdString());
        for (const int64_t limit : {0, 1500}) {
            const auto all = readRecords(path, {.limit = limit}).value();
            const auto seen = readRecords(path, {.limit = limit, .keep = 1}).value();
            std::size_t row = 0, batches = 0;
            const auto read = lathe::readBatches(seen, {.limit = limit}, [&](const lathe::RecordSet& batch) {
                ++batches;
                for (const auto& record : batch.records) {
                    if (record.values != all.records.at(row).values ||
                        record.line != all.records.at(row).line)
                        return lathe::Result<void>(lathe::Error{ErrorCode::Internal, "row differs", "", ""});
                    ++row;
                }
                return lathe::Result<void>();
            });
            LATHE_VERIFY_OK(read);
            QCOMPARE(row, all.records.size());
            QCOMPARE(batches, std::size_t(limit == 0 ? 3 : 2));
        }
        const auto stopped =
            lathe::readBatches(readRecords(path, {.keep = 1}).value(), {}, [](const lathe::RecordSet&) {
                return lathe::Result<void>(lathe::Error{ErrorCode::Stopped, "enough", "", ""});
            });
        QCOMPARE(stopped.error().code, ErrorCode::Stopped);
    }
    void aLimitReadsOnlyTheBeginning() {
        // Longer than what is looked at first; the rows' lengths let none end there.
        const std::string filler(1000, 'x');
        std::string jsonl, json = "{\"about\":\"rows\",\"data\":[\n", csv = "text,label\n", text;
        for (int i = 0; i < 20'000; ++i) {
            const std::string row = "{\"text\":\"" + filler + std::to_string(i) + "\"}";
            jsonl += row + "\n";
            json += row + ",\n";
            csv += "\"" + filler + "\n" + std::to_string(i) + "\"," + std::to_string(i % 2) + "\n";
            text += filler + "\n" + std::to_string(i) + "\n\n";
        }
        jsonl += "{broken\n";  // beyond every limit here
        json += "{broken";
        csv += "\"open\n";
        text += std::string("\0", 1);
        const auto check = [&](const std::string& name, const std::string& bytes) {
            const auto path = m_folder.write(name, bytes);
            const auto few = readRecords(path, {.limit = 3});
            LATHE_VERIFY_OK(few);
            QCOMPARE(few.value().records.size(), std::size_t(3));
            QVERIFY(few.value().bytesNeeded > 0 && few.value().bytesNeeded <= std::size_t(16) << 20);
            const auto more = readRecords(path, {.limit = 19'000});  // beyond the beginning
            if (name == "l.txt") {
                QVERIFY(!more.ok());  // a zero byte says that this is no text
                return;
            }
            LATHE_VERIFY_OK(more);
            QCOMPARE(more.value().records.size(), std::size_t(19'000));
            QVERIFY(QString::fromStdString(lathe::cellText(more.value().records.at(18'999).values.at(0)))
                        .endsWith("18999"));
            QCOMPARE(more.value().bytesNeeded, std::size_t(0));
            QVERIFY(!readRecords(path).ok());
        };
        check("l.jsonl", jsonl);
        check("l.json", json);
        check("l.csv", csv);
        check("l.txt", text);
    }
    void linesAreNotTakenForDocumentsTooEarly() {
        // The only blank line stands far behind the rows that are wanted.
        std::string text;
        for (int i = 0; i < 400'000; ++i) text += "a line of fifty characters, as many other lines are\n";
        const auto path = m_folder.write("late.txt", text + "\nlast\n");
        QCOMPARE(
            readRecords(path, {.limit = 1}).value().records[0].values[0].get_ref<const std::string&>().size(),
            text.size() - 1);
        QCOMPARE(readRecords(path, {.limit = 2, .textUnit = TextUnit::Line}).value().records.size(),
                 std::size_t(2));
    }
    void aLargeFileTakesLittleMemory() {
        if (!QFile::exists("/proc/self/clear_refs")) QSKIP("the peak of memory cannot be measured here");
        std::string row = "{\"text\":\"" + std::string(2000, 'x') + "\"}\n", lines, array = "[";
        for (int i = 0; i < 60'000; ++i) {
            lines += row;
            array += (i ? "," : "") + row.substr(0, row.size() - 1);
        }
        const auto jsonl = m_folder.write("m.jsonl", lines), json = m_folder.write("m.json", array + "]");
        lines = array = std::string();
        lines.shrink_to_fit();
        array.shrink_to_fit();
        for (const auto& path : {jsonl, json}) {
            const auto growth = peakGrowthMiB(
                [&] { QCOMPARE(readRecords(path, {.keep = 1}).value().rows, uint64_t(60'000)); });
            QVERIFY2(growth < 48, qPrintable(QString::number(growth) + " MiB for 120"));
            const auto limited =
                peakGrowthMiB([&] { QCOMPARE(readRecords(path, {.limit = 10}).value().rows, uint64_t(10)); });
            QVERIFY2(limited < 48, qPrintable(QString::number(limited) + " MiB for ten rows"));
        }
    }
    void isNotQuadratic() {
        std::string csv = "text,label\n", jsonl;
        for (int i = 0; i < 100'000; ++i) {
            csv += "\"row with \"\"quotes\"\" and, commas\",1\n";
            jsonl += "{\"text\":\"row\",\"label\":1}\n";
        }
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(read("big.csv", csv).value().records.size(), std::size_t(100'000));
        QCOMPARE(read("big.jsonl", jsonl).value().records.size(), std::size_t(100'000));
        QVERIFY(timer.elapsed() < 10'000);
    }
};

LATHE_TEST(TestLargeFiles)
#include "tst_large_files.moc"
