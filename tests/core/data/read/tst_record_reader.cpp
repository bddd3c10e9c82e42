// SPDX-License-Identifier: GPL-3.0-or-later
#include <random>

#include "core/data/read/cell_text.h"
#include "core/data/read/record_reader.h"
#include "core/data/roles/columns.h"
#include "tests/support/support.h"

using lathe::ErrorCode;
using lathe::readRecords;
using lathe::TextUnit;

namespace {
std::string utf16le(const std::u16string& text) {
    std::string bytes;
    for (const char16_t unit : text) {
        bytes.push_back(static_cast<char>(unit & 0xFF));
        bytes.push_back(static_cast<char>(unit >> 8));
    }
    return bytes;
}
}  // namespace

class TestRecordReader : public QObject {
    Q_OBJECT
    lathe::test::TemporaryFolder m_folder;

    std::string cell(const lathe::RecordSet& set, std::size_t row, std::size_t column) {
        return lathe::cellText(set.records.at(row).values.at(column));
    }
    lathe::Result<lathe::RecordSet> read(const std::string& name, const std::string& bytes,
                                         int64_t limit = 0) {
        return readRecords(m_folder.write(name, bytes), {.limit = limit});
    }
    void compareError(const lathe::Result<lathe::RecordSet>& result, const std::string& placeEnd,
                      const std::string& part) {
        QVERIFY(!result.ok());
        QCOMPARE(result.error().code, ErrorCode::DataInvalid);
        QVERIFY2(result.error().place.ends_with(placeEnd), result.error().text().c_str());
        QVERIFY2(result.error().message.find(part) != std::string::npos, result.error().text().c_str());
    }

  private slots:
    void readsQuotedCsv() {
        const auto set =
            read("a.csv", "text,label\r\n\"one, \"\"two\"\"\nthree\",1\r\n\r\nplain \"inside\",0\n\"\",2");
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().format, std::string("csv"));
        QCOMPARE(set.value().columns, (std::vector<std::string>{"text", "label"}));
        QCOMPARE(set.value().records.size(), std::size_t(3));
        QCOMPARE(cell(set.value(), 0, 0), std::string("one, \"two\"\nthree"));
        QCOMPARE(cell(set.value(), 1, 0), std::string("plain \"inside\""));
        QCOMPARE(cell(set.value(), 2, 1), std::string("2"));
        QCOMPARE(set.value().records[0].line, uint64_t(2));
        QCOMPARE(set.value().records[1].line, uint64_t(5));
    }
    void findsOtherSeparators() {
        const auto set = read("semicolon.csv", "text;label\ngood, really;1\nbad;0\n");
        LATHE_VERIFY_OK(set);
        QCOMPARE(cell(set.value(), 0, 0), std::string("good, really"));
    }
    void tellsHeaders_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<bool>("header");
        QTest::newRow("usual names") << QByteArray("sentence\tlabel\nx\ty\n") << true;
        QTest::newRow("number in the first row") << QByteArray("a fine film\t1\na bad one\t0\n") << false;
        QTest::newRow("a value that comes back")
            << QByteArray("fine film\tgood\nawful\tbad\nnice\tgood\n") << false;
        QTest::newRow("short unusual names") << QByteArray("phrase\tmood\nnice\tgood\nbad\tawful\n") << true;
        QTest::newRow("long first row")
            << QByteArray("this is a sentence, not a name\tgood\nanother sentence here\tbad\n") << false;
    }
    void tellsHeaders() {
        QFETCH(QByteArray, text);
        QFETCH(bool, header);
        const auto set = read("h.tsv", text.toStdString());
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().hasHeader, header);
        if (!header) {
            QCOMPARE(set.value().columns, (std::vector<std::string>{"0", "1"}));
            QCOMPARE(set.value().records[0].line, uint64_t(1));
        }
    }
    void namesThatComeBackAreNames() {
        const auto set = read("twice.csv", "text,label,label\na,good,x\nb,bad,y\n");
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().columns, (std::vector<std::string>{"text", "label", "label.1"}));
        QCOMPARE(set.value().records.size(), std::size_t(2));
        QCOMPARE(set.value().notes.size(), std::size_t(1));
        QCOMPARE(set.value().notes[0].code, std::string("columns_renamed"));
        QVERIFY(set.value().notes[0].message.find("the 2. and the 3.") != std::string::npos);
        const auto odd = read("odd.csv", "0,text,,text,text\n1,a,b,c,d\n2,e,f,g,h\n3,i,j,k,l\n");
        QCOMPARE(odd.value().columns, (std::vector<std::string>{"0", "text", "2", "text.1", "text.2"}));
    }
    void guessesOfAHeaderAreTold() {
        const auto code = [&](const std::string& bytes) {
            const auto set = read("g.csv", bytes);
            return set.ok() && set.value().notes.size() == 1 ? set.value().notes[0].code : std::string();
        };
        QCOMPARE(code("yes,no\nno,no\nyes,no\n"), std::string("header_guessed"));
        QCOMPARE(code("phrase,mood\nnice,good\nbad,awful\n"), std::string("header_guessed"));
        QCOMPARE(code("text,2024\nnice,5\nbad,6\n"), std::string("header_guessed"));  // is it a header?
        QCOMPARE(code("text,label\nnice,good\n"), std::string());
        QCOMPARE(code("a whole sentence that stands here,1\nanother one of the kind,0\n"), std::string());
    }
    void habitsOfSpreadsheets() {
        const auto named = read("sep.csv", "\xEF\xBB\xBFsep=;\r\ntext;label\r\na, b;1\r\n");
        LATHE_VERIFY_OK(named);
        QCOMPARE(named.value().columns, (std::vector<std::string>{"text", "label"}));
        QCOMPARE(cell(named.value(), 0, 0), std::string("a, b"));
        QCOMPARE(named.value().records[0].line, uint64_t(3));
        QCOMPARE(named.value().notes.at(0).code, std::string("separator_line"));
        QCOMPARE(read("s.csv", "\"sep=|\"\ntext|label\na|1\n").value().columns.size(), std::size_t(2));
        QCOMPARE(read("c.csv", "sep=,\ntext,label\na,1\n").value().records.size(), std::size_t(1));
        QCOMPARE(read("t.tsv", "SEP= ;\ntext;label\na;1\n").value().columns.size(), std::size_t(2));
        const auto inner = read("i.csv", "sep=\";\"\ntext;label\na;1\n");
        QCOMPARE(inner.value().records.at(0).line, uint64_t(3));

        const auto wide = read("wide.csv", ",,,\ntext,label,,\na,1,,\nb,0,,\n");
        LATHE_VERIFY_OK(wide);
        QCOMPARE(wide.value().columns, (std::vector<std::string>{"text", "label"}));
        QCOMPARE(wide.value().records.size(), std::size_t(2));
        QCOMPARE(wide.value().notes.at(0).code, std::string("columns_empty"));
        QCOMPARE(read("ends.csv", "text,label\na,1,\nb,0,,\n").value().records.size(), std::size_t(2));
        compareError(read("more.csv", "text,label\na,1,\nb,0,x\n"), "more.csv:3:1", "3 fields");
        QCOMPARE(read("used.csv", "text,label,\na,1,\nb,0,x\n").value().columns.size(), std::size_t(3));
    }
    void wordsThatJsonHasNotAreToldWhatToWrite() {
        for (const auto& [value, word] : {std::pair{"NaN", "null"},
                                          {"-Infinity", "null"},
                                          {"None", "json.dumps"},
                                          {"True", "json.dumps"},
                                          {"'a'", "json.dumps"}}) {
            const std::string row = "{\"text\": \"a\", \"label\": " + std::string(value) + "}";
            for (const auto& [name, bytes] :
                 {std::pair{"f.jsonl", row + "\n"}, {"f.json", "[{\"text\": \"b\"},\n" + row + "]"}}) {
                const auto set = read(name, bytes);
                QVERIFY(!set.ok());
                QVERIFY2(set.error().hint.find(word) != std::string::npos, set.error().text().c_str());
            }
        }
        QVERIFY(read("g.jsonl", "{\"text\": \"a\n").error().hint.find("whole JSON") != std::string::npos);
    }
    void tsvQuotesArePlainUnlessTheyWrapAField() {
        const auto set =
            read("q.tsv", "text\tlabel\n\"great\" he said\t1\n\"a \"\"b\"\" c\"\t0\n\"open\t1\n");
        LATHE_VERIFY_OK(set);
        QCOMPARE(cell(set.value(), 0, 0), std::string("\"great\" he said"));
        QCOMPARE(cell(set.value(), 1, 0), std::string("a \"b\" c"));
        QCOMPARE(cell(set.value(), 2, 0), std::string("\"open"));
    }
    void limitsRows() {
        QCOMPARE(read("l.csv", "text,label\na,1\nb,2\nc,3\n", 2).value().records.size(), std::size_t(2));
        QCOMPARE(read("l.tsv", "some text\t1\nb\t2\nc\t3\n", 2).value().records.size(), std::size_t(2));
        QCOMPARE(read("l.jsonl", "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n", 2).value().records.size(),
                 std::size_t(2));
        QCOMPARE(read("l.json", "[{\"a\":1},{\"a\":2}]", 1).value().records.size(), std::size_t(1));
        QCOMPARE(read("l.txt", "a\nb\nc\n", 2).value().records.size(), std::size_t(2));
    }
    void placesBrokenRows() {
        compareError(read("w.csv", "text,label\na,1\nb,2,3\n"), "w.csv:3:1", "3 fields");
        compareError(read("o.csv", "text,label\nok,1\nx,\"never\nclosed\n"), "o.csv:3:3", "never closed");
        compareError(read("t.csv", "text,label\n\"é\" x,1\n"), "t.csv:2:4", "closing quote");
        compareError(read("b.jsonl", "{\"a\":1}\n\n{\"a\": }\n"), "b.jsonl:3:7", "JSON");
        compareError(read("b.json", "[{\"a\":1},\n {\"a\": }]"), "b.json:2:8", "JSON");
        compareError(read("n.jsonl", "{\"a\":1}\n[1,2]\n"), "n.jsonl:2", "object");
        compareError(read("s.json", "[{\"a\":1}, 5]"), "s.json, row 2", "object");
    }
    void refusesWhatIsNoData() {
        compareError(read("e.csv", ""), "e.csv", "empty");
        compareError(read("e.json", " \n\t"), "e.json", "empty");
        compareError(read("none.json", "[]"), "none.json", "no rows");
        compareError(read("one.json", "{\"name\": \"x\",\n\"n\": 1}"), "one.json", "not rows");
        compareError(read("z.txt", std::string("text\nmore \0 text", 15)), "z.txt:2:6", "zero byte");
        compareError(read("deep.jsonl", std::string(100'000, '[')), "deep.jsonl:1", "nested");
        QCOMPARE(readRecords(m_folder.path() / "absent.csv").error().code, ErrorCode::FileMissing);
        QCOMPARE(readRecords(m_folder.path(), {.format = "csv"}).error().code, ErrorCode::DataInvalid);
        compareError(readRecords(m_folder.write("c.conll", "a B-PER\n\nalone\n")), "c.conll:3",
                     "without a tag");
    }
    void filesOfOtherKindsAreNamed_data() {
        QTest::addColumn<QByteArray>("start");
        QTest::addColumn<QString>("kind");
        QTest::newRow("gz") << QByteArray("\x1f\x8b\x08\0\0\0\0\0\0\3", 10) << "gzip";
        QTest::newRow("bz2") << QByteArray("BZh91AY&SY\xb6\x4d") << "bzip2";
        QTest::newRow("xz") << QByteArray(
                                   "\xfd"
                                   "7zXZ\0\0\4",
                                   8)
                            << "xz";
        QTest::newRow("zst") << QByteArray("\x28\xb5\x2f\xfd\x04\x58") << "zstd";
        QTest::newRow("xlsx") << QByteArray("PK\3\4\x14\0\0\0\x08\0", 10) << "zip";
        QTest::newRow("parquet") << QByteArray("PAR1\x15\4\x15\0\0", 9) << "Parquet";
        QTest::newRow("sqlite") << QByteArray("SQLite format 3\0\x10\0", 18) << "SQLite";
    }
    void filesOfOtherKindsAreNamed() {
        QFETCH(QByteArray, start);
        QFETCH(QString, kind);
        const std::string bytes = start.toStdString() + "\xff\xb0\xc4" + std::string(300, '\xb5');
        for (const char* name : {"a.csv.gz", "a.csv", "a.jsonl", "a.txt", "a"})
            for (const char* encoding : {"auto", "utf-8"}) {
                const auto read = readRecords(m_folder.write(name, bytes), {.encoding = encoding});
                QVERIFY2(!read.ok(), name);
                QVERIFY2(read.error().message.find(kind.toStdString()) != std::string::npos,
                         read.error().text().c_str());
                QVERIFY(!read.error().hint.empty());
            }
    }
    void aTextThatBeginsAsSuchAFileIsRead() {
        for (const char* text : {"PAR1 is a golf term\n", "PAR1,b\n1,2\n", "BZh is no word\n"})
            LATHE_VERIFY_OK(readRecords(m_folder.write("plain.csv", text), {}));
    }
    void joinsKeysOfJsonRows() {
        const auto set = read("k.jsonl", "{\"a\":1}\n{\"b\":[1,2],\"a\":null}\n");
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().columns, (std::vector<std::string>{"a", "b"}));
        QVERIFY(set.value().records[0].values[1].is_null());
        QVERIFY(set.value().records[1].values[1].is_array());
        QCOMPARE(set.value().records[1].line, uint64_t(2));
    }
    void readsJsonLayouts() {
        QCOMPARE(read("x.json", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n").value().format, std::string("jsonl"));
        QCOMPARE(read("y.json", "{\"data\":[{\"text\":\"a\"}],\"version\":1}").value().records.size(),
                 std::size_t(1));
        const auto strings = read("s.json", "[\"one\",\"two\"]");
        QCOMPARE(strings.value().columns, std::vector<std::string>{"text"});
        QCOMPARE(cell(strings.value(), 1, 0), std::string("two"));
    }
    void readsRowsWithinOneLine() {
        const auto format = [&](const std::string& line) {
            const auto set = read("one.json", line);
            return set.ok() ? set.value().format + std::to_string(set.value().records.size())
                            : set.error().text();
        };
        QCOMPARE(format(R"({"data":[{"text":"a"},{"text":"b"}]})"), std::string("json2"));
        QCOMPARE(format(R"({"version":"1","tags":["x"],"rows" : [ {"text":"a"}, {"text":"b"}]})"
                        "\n\n"),
                 std::string("json2"));
        // One row each: a conversation, two lists, no list of objects, another row below.
        QCOMPARE(format(R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})"),
                 std::string("jsonl1"));
        QCOMPARE(format(R"({"conversations":[{"from":"human","value":"a"}],"id":7})"), std::string("jsonl1"));
        QCOMPARE(format(R"({"chosen":[{"a":1}],"rejected":[{"a":2}]})"), std::string("jsonl1"));
        QCOMPARE(format(R"({"text":"a","words":["b","c"]})"), std::string("jsonl1"));
        QCOMPARE(format("{\"data\":[{\"text\":\"a\"}]}\n{\"data\":[{\"text\":\"b\"}]}\n"),
                 std::string("jsonl2"));
    }
    void readsJsonRowsOneByOne() {
        const auto set =
            read("r.json", " [ {\"text\":\"a ] , } \\\" b\",\"n\":[{\"x\":[1,2]},3]} ,\n \"two\" ] ");
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().records.size(), std::size_t(2));
        QCOMPARE(cell(set.value(), 0, 0), std::string("a ] , } \" b"));
        QCOMPARE(cell(set.value(), 1, 0), std::string("two"));
        // What lies behind the limit is not read.
        QCOMPARE(read("b.json", "[{\"a\":1},{\"a\":2},{\"a\": }]", 2).value().records.size(), std::size_t(2));
        compareError(read("c.json", "[{\"a\":1},\n{\"a\":2}"), "c.json:2:8", "not closed");
        compareError(read("d.json", "[{\"a\":1},\n{\"a\": [1,\n2 3]}]"), "d.json:3:3", "JSON");
        compareError(read("e.json", "[{\"a\":1},]"), "e.json:1:10", "JSON");
        compareError(read("f.json", "{\"data\":\n[{\"a\":1},{\"a\" 2}]}"), "f.json:2:15", "JSON");
        compareError(read("g.json", "{\"a\":\n"), "g.json:2:1", "JSON");
    }
    void readsTextAsDocumentsOrLines() {
        const std::string text = "first line\nsecond line\n\n \nthird\r\n";
        const auto documents = read("d.txt", text);
        LATHE_VERIFY_OK(documents);
        QCOMPARE(documents.value().records.size(), std::size_t(2));
        QCOMPARE(cell(documents.value(), 0, 0), std::string("first line\nsecond line"));
        QCOMPARE(cell(documents.value(), 1, 0), std::string("third"));
        QCOMPARE(documents.value().records[1].line, uint64_t(5));
        const auto lines = readRecords(m_folder.write("d.txt", text), {.textUnit = TextUnit::Line});
        QCOMPARE(lines.value().records.size(), std::size_t(3));
        QCOMPARE(read("l.txt", "one\ntwo\n\n").value().records.size(), std::size_t(2));
    }
    void readsTaggedWords() {
        // The tags stay as they are, in whatever scheme.
        const auto set = read("w.txt",
                              "-DOCSTART- -X- O\n\nJuan NP I-PER\nva V O\na S O\nMadrid NP I-LOC\n\n"
                              "El\tDT\tB-ORG\nPais\tNP\tE-ORG\nParis\tNP\tS-LOC\n");
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().format, std::string("conll"));
        QCOMPARE(set.value().columns, (std::vector<std::string>{"tokens", "tags"}));
        QCOMPARE(set.value().records.size(), std::size_t(2));
        QCOMPARE(cell(set.value(), 0, 0), std::string(R"(["Juan","va","a","Madrid"])"));
        QCOMPARE(cell(set.value(), 0, 1), std::string(R"(["I-PER","O","O","I-LOC"])"));
        QCOMPARE(cell(set.value(), 1, 1), std::string(R"(["B-ORG","E-ORG","S-LOC"])"));
        QCOMPARE(set.value().records[1].line, uint64_t(8));
        QCOMPARE(read("w.txt", "a O\nb B-X\n\nc O\n", 1).value().records.size(), std::size_t(1));
    }
    void readsFoldersByClass() {
        m_folder.write("classes/good/1.txt", "fine\n");
        m_folder.write("classes/good/2.txt", "lovely");
        m_folder.write("classes/bad/1.txt", "awful");
        m_folder.write("classes/README", "about the data");
        const auto set = readRecords(m_folder.path() / "classes");
        LATHE_VERIFY_OK(set);
        QCOMPARE(set.value().format, std::string("folder"));
        QCOMPARE(set.value().columns, (std::vector<std::string>{"text", "label"}));
        QCOMPARE(set.value().records.size(), std::size_t(3));
        QCOMPARE(cell(set.value(), 0, 0) + cell(set.value(), 0, 1), std::string("awfulbad"));
        QCOMPARE(cell(set.value(), 2, 0) + cell(set.value(), 2, 1), std::string("lovelygood"));
        const auto limited = readRecords(m_folder.path() / "classes", {.limit = 2});
        QCOMPARE(cell(limited.value(), 1, 1), std::string("good"));  // every class has its turn
        const auto flat = readRecords(m_folder.path() / "classes/good");
        QCOMPARE(flat.value().columns, std::vector<std::string>{"text"});
        m_folder.write("classes/stray.txt", "neither");
        compareError(readRecords(m_folder.path() / "classes"), "classes", "files and folders");
    }
    void anEncodingCanBeForced() {
        const std::string big5 = "text\n\xA7\xDA\xB3\xDF\xC5\x77\n";  // 我喜歡
        const auto forced = readRecords(m_folder.write("f.csv", big5), {.encoding = "big5"});
        LATHE_VERIFY_OK(forced);
        QCOMPARE(cell(forced.value(), 0, 0), std::string("我喜歡"));
        QCOMPARE(forced.value().encoding, std::string("Big5"));
        const auto wrong = readRecords(m_folder.write("f.csv", "text\n\xA7\n"), {.encoding = "big5"});
        compareError(wrong, "f.csv", "not big5");
        compareError(readRecords(m_folder.path() / "f.csv", {.encoding = "utf-8"}), "f.csv:2:1", "UTF-8");
    }
    void recognisesEncodings_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("encoding");
        QTest::addColumn<QString>("text");
        const QString chinese = QString::fromUtf8("这家餐厅的服务态度很好");
        // Chinese bytes as Python's str.encode("gb18030") gives them.
        const QByteArray gb = QByteArray::fromHex("d5e2bcd2b2cdccfcb5c4b7fecef1ccacb6c8badcbac3");
        const QString french = QString::fromUtf8("le café était fermé à Noël");
        QTest::newRow("utf-8") << QByteArray("text,label\n") + chinese.toUtf8() + ",1\nx,2\n"
                               << "UTF-8" << chinese;
        QTest::newRow("utf-8 with mark")
            << QByteArray("\xEF\xBB\xBFtext,label\n") + chinese.toUtf8() + ",1\nx,2\n"
            << "UTF-8" << chinese;
        QTest::newRow("gb18030") << QByteArray("text,label\n") + gb + ",1\nx,2\n" << "GB18030" << chinese;
        const auto chineseRow = [](const char* name, const char* hex, const char* encoding,
                                   const char* text) {
            QTest::newRow(name) << QByteArray("text,label\n") + QByteArray::fromHex(hex) + ",1\nx,2\n"
                                << QString::fromLatin1(encoding) << QString::fromUtf8(text);
        };
        // The same for str.encode("big5"); short texts are the hardest to tell apart.
        chineseRow("big5", "b36fae61c05cc655aabaaa41b0c8ba41abd7abdca66e", "Big5", "這家餐廳的服務態度很好");
        chineseRow("short big5", "abdca66ea659", "Big5", "很好吃");
        chineseRow("short gb18030", "badcbac3b3d4", "GB18030", "很好吃");
        chineseRow("long big5",
                   "b971bc76aabab1a1b860a6b3a8c7a9eccceea141a6fdac4fba74adfbaabaaaedba74ab44b160a558a6e2a143"
                   "a7daadcca440ae61a448a659b16fab44b160b67da4dfa141a455a6b8c1d9b77ca641a8d3a143",
                   "Big5",
                   "電影的情節有些拖沓，但是演員的表演非常出色。我們一家人吃得非常開心，下次還會再來。");
        chineseRow("long gb18030",
                   "b5e7d3b0b5c4c7e9bddad3d0d0a9cdcfedb3a3acb5abcac7d1ddd4b1b5c4b1edd1ddb7c7b3a3b3f6c9aba1a3"
                   "ced2c3c7d2bbbcd2c8cbb3d4b5c3b7c7b3a3bfaad0c4a3accfc2b4cebbb9bbe1d4d9c0b4a1a3",
                   "GB18030",
                   "电影的情节有些拖沓，但是演员的表演非常出色。我们一家人吃得非常开心，下次还会再来。");
        QTest::newRow("latin-1") << QByteArray("text,label\n") + french.toLatin1() + ",1\nx,2\n"
                                 << "ISO-8859-1" << french;
        const QString german = QString::fromUtf8("Ärger Ähnlich Übung für schöne Füße");
        QTest::newRow("latin-1 in German") << QByteArray("text,label\n") + german.toLatin1() + ",1\nx,2\n"
                                           << "ISO-8859-1" << german;
        const std::u16string wide = u"text,label\n" + chinese.toStdU16String() + u",1\nx,2\n";
        QTest::newRow("utf-16 with mark")
            << QByteArray::fromStdString("\xFF\xFE" + utf16le(wide)) << "UTF-16LE" << chinese;
        const std::u16string western = u"text,label\n" + french.toStdU16String() + u",1\nx,2\n";
        QTest::newRow("utf-16 without mark")
            << QByteArray::fromStdString(utf16le(western)) << "UTF-16LE" << french;
    }
    void recognisesEncodings() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, encoding);
        QFETCH(QString, text);
        const auto set = read("enc.csv", bytes.toStdString());
        LATHE_VERIFY_OK(set);
        QCOMPARE(QString::fromStdString(set.value().encoding), encoding);
        QCOMPARE(set.value().columns, (std::vector<std::string>{"text", "label"}));
        QCOMPARE(QString::fromStdString(cell(set.value(), 0, 0)), text);
    }
    void placesBrokenUtf8() {
        std::string text = "text,label\n";
        for (int i = 0; i < 20; ++i) text += "naïve,1\n";
        text += "caf\xE9,0\n";
        compareError(read("u.csv", text), "u.csv:22:4", "UTF-8");
    }
    void aRowMayNotFillTheMemory() {
        const std::string large(std::size_t(66) << 20, 'x');
        compareError(read("h.jsonl", "{\"a\":1}\n{\"a\":\"" + large + "\"}\n"), "h.jsonl:2",
                     "larger than 64 MiB");
        compareError(read("h.json", "[{\"a\":1},{\"a\":\"" + large + "\"}]"), "h.json:1:10",
                     "larger than 64 MiB");
        compareError(read("h.conll", "a B-X\n" + large + " O\n"), "h.conll:2", "larger than 64 KiB");
    }
    void survivesDamage_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"f.csv", "f.tsv", "f.jsonl", "f.json", "f.txt"}) QTest::newRow(name) << name;
    }
    void survivesDamage() {
        QFETCH(QString, name);
        const std::string seed =
            name.contains("json")
                ? "[{\"text\":\"caf\xC3\xA9 \\u00e9\",\"label\":1},\n{\"text\":[1,{}],\"b\":null}]\n"
                : "text,label\t\"x\"\n\"a, \"\"b\"\"\nc\",1\r\n\xE4\xBD\xA0\xE5\xA5\xBD;2\n\n";
        std::mt19937 random(1);
        for (int round = 0; round < 100; ++round) {
            std::string bytes = seed;
            for (int change = 0; change < 1 + round % 5; ++change)
                bytes[random() % bytes.size()] = static_cast<char>(random());
            bytes.resize(bytes.size() - random() % (bytes.size() / 2));
            const auto set = read(name.toStdString(), bytes);
            if (!set.ok()) continue;
            for (const auto& record : set.value().records)
                QCOMPARE(record.values.size(), set.value().columns.size());
        }
    }
};

LATHE_TEST(TestRecordReader)
#include "tst_record_reader.moc"
