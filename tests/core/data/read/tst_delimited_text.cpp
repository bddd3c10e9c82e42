// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/delimited_text.h"

#include "tests/support/support.h"

using lathe::DelimitedText;
using lathe::TableLimits;
using Fields = std::vector<std::string>;

namespace {

constexpr TableLimits kSmall{.columns = 3, .cellBytes = 10, .rowBytes = 24};

/// The fields of all rows, or the error's text.
std::string readAll(const std::string& text, char delimiter, TableLimits limits) {
    DelimitedText table(text, delimiter, "f.csv", limits);
    std::string all;
    for (Fields fields;;) {
        const auto more = table.next(fields);
        if (!more.ok()) return more.error().text();
        if (!more.value()) return all;
        for (const auto& field : fields) all += "[" + field + "]";
    }
}

}  // namespace

class TestDelimitedText : public QObject {
    Q_OBJECT
  private slots:
    void whatFitsIsRead() {
        QCOMPARE(readAll("a,\"0123456789\",c\n0123456789,\"01234\"\"678\"\n", ',', kSmall),
                 std::string("[a][0123456789][c][0123456789][01234\"678]"));
        QCOMPARE(readAll("a\t\"b\"\tc\r\"d\n", '\t', kSmall), std::string("[a][b][c][\"d]"));
    }
    void whatIsTooLargeIsPlaced_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("error");
        const QString cell = "f.csv:2:3: row 2, column 2: the cell is larger than 10 bytes (%1)";
        const QString quote = cell.arg("the quote that opens it may never be closed");
        QTest::newRow("plain cell") << QByteArray("a,b\nc,01234567890\n")
                                    << cell.arg("check the line breaks of this file");
        QTest::newRow("quoted cell") << QByteArray("a,b\nc,\"01234567890\"\n") << quote;
        QTest::newRow("doubled quotes") << QByteArray("a,b\nc,\"\"\"0\"\"1\"\"2\"\"3\"\"4\"\"\"\n") << quote;
        QTest::newRow("open quote") << QByteArray("a,b\nc,\"d\ne,f\ng,h\ni,j\n") << quote;
        QTest::newRow("open quote at the end") << QByteArray("a,b\nc,\"d\n")
                                               << "f.csv:2:3: row 2, column 2: the quote that opens here is "
                                                  "never closed (close the field with a "
                                                  "quote, or double the quotes inside it)";
        QTest::newRow("columns") << QByteArray("a,b\na,b,c,d\n")
                                 << "f.csv:2:7: row 2, column 4: a row may have 3 columns at most";
        QTest::newRow("row")
            << QByteArray("a,b\n123456789,123456789,123456789\n")
            << "f.csv:2:1: row 2, column 3: the row is larger than 24 bytes (check the quotes and "
               "line breaks of this file)";
    }
    void whatIsTooLargeIsPlaced() {
        QFETCH(QByteArray, text);
        QFETCH(QString, error);
        QCOMPARE(QString::fromStdString(readAll(text.toStdString(), ',', kSmall)), error);
    }
    void anOpenQuoteStopsAtTheLimit() {
        // Only so much is looked at, however long the text goes on.
        const std::string text = "text,label\n\"open" + std::string(80 << 20, 'x');
        DelimitedText table(text, ',', "f.csv");
        Fields fields;
        QVERIFY(table.next(fields).value());
        const auto row = table.next(fields);
        QVERIFY(!row.ok());
        QVERIFY2(row.error().message.find("larger than 64 MiB") != std::string::npos,
                 row.error().text().c_str());
    }
    void theDelimiterIsToldByTheBeginning() {
        QCOMPARE(lathe::guessDelimiter("a;b;c,d\n"), ';');
        QCOMPARE(lathe::guessDelimiter("a\tb\n,,,,"), '\t');
        QCOMPARE(lathe::guessDelimiter("\"" + std::string(4 << 20, ';') + "\"|x"), ',');
    }
    void aFirstLineNamesTheSeparator_data() {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<char>("separator");
        QTest::newRow("plain") << QByteArray("sep=;\n") << ';';
        QTest::newRow("capitals") << QByteArray("SEP=|\r\n") << '|';
        QTest::newRow("blanks") << QByteArray(" Sep = ; \n") << ';';
        QTest::newRow("quotes") << QByteArray("\"sep=;\"\r\n") << ';';
        QTest::newRow("inner quotes") << QByteArray("sep=\";\"\n") << ';';
        QTest::newRow("mark") << QByteArray("\xEF\xBB\xBF\"sep=,\"\n") << ',';
        QTest::newRow("tab") << QByteArray("sep=\t\n") << '\t';
        QTest::newRow("tab in words") << QByteArray("sep=\\t\n") << '\t';
        QTest::newRow("colon") << QByteArray("sep=:\n") << ':';
        QTest::newRow("no line break") << QByteArray("sep=;") << ';';
        QTest::newRow("letter") << QByteArray("sep=x\n") << '\0';
        QTest::newRow("nothing") << QByteArray("sep=\n") << '\0';
        QTest::newRow("more") << QByteArray("sep=;a\n") << '\0';
        QTest::newRow("a name") << QByteArray("sepal;width\n") << '\0';
        QTest::newRow("long") << QByteArray("sep=;" + QByteArray(200, ' ')) << '\0';
    }
    void aFirstLineNamesTheSeparator() {
        QFETCH(QByteArray, line);
        QFETCH(char, separator);
        QCOMPARE(lathe::namedSeparator(line.toStdString()).value_or('\0'), separator);
    }
};

LATHE_TEST(TestDelimitedText)
#include "tst_delimited_text.moc"
