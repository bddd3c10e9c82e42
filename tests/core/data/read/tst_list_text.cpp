// SPDX-License-Identifier: GPL-3.0-or-later
// Lists in one cell, in every common spelling, and texts that only look like one.
#include "core/data/read/list_text.h"

#include "core/data/roles/tagged_words.h"
#include "tests/support/support.h"

using lathe::Json;
using lathe::listInText;
using lathe::wordsOf;
using Names = std::vector<std::string>;

class TestListText : public QObject {
    Q_OBJECT
  private slots:
    void everySpellingGivesTheItems_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("spelling");
        QTest::newRow("json") << " [\"it's\", \"B-X\", \"a\\\"b\"] " << "JSON";
        QTest::newRow("python") << "['it\\'s', 'B-X', 'a\"b']" << "Python";
        QTest::newRow("python, both quotes") << "[\"it's\", 'B-X', 'a\"b']" << "Python";
        QTest::newRow("python 2") << "[u\"it's\", u'B-X', u'a\"b']" << "Python";
        QTest::newRow("python, escaped") << "['it\\x27s', 'B\\u002dX', 'a\"b']" << "Python";
        QTest::newRow("tuple") << "(\"it's\", 'B-X', 'a\"b')" << "Python";
        QTest::newRow("set") << "{\"it's\", 'B-X', 'a\"b'}" << "Python";
        QTest::newRow("numpy") << "[\"it's\" 'B-X'\n 'a\"b']" << "numpy";
        QTest::newRow("numpy repr") << "array([\"it's\", 'B-X', 'a\"b'], dtype='<U4')" << "Python";
    }
    void everySpellingGivesTheItems() {
        QFETCH(QString, text);
        QFETCH(QString, spelling);
        const auto list = listInText(text.toStdString(), false);
        QVERIFY(list.has_value());
        QCOMPARE(list->items, (Names{"it's", "B-X", "a\"b"}));
        QCOMPARE(QString::fromStdString(list->spelling), spelling);
        QCOMPARE(wordsOf(Json(text.toStdString())), (Names{"it's", "B-X", "a\"b"}));
    }
    void numbersAreItems() {
        QCOMPARE(listInText("[0 3 -1]", false)->items, (Names{"0", "3", "-1"}));
        QCOMPARE(listInText("[0, 3, 0]", false)->items, (Names{"0", "3", "0"}));
        QVERIFY(listInText("[]", false)->items.empty());
    }
    void sentencesInBracketsAreSentences_data() {
        QTest::addColumn<QString>("text");
        for (const char* text : {"", "[", "( Oslo )", "[ Oslo is nice ]", "( 'quoted' words )", "[Oslo",
                                 "['open]", "['a',, 'b']", "array(", "{a}", "['a'] and more"})
            QTest::newRow(text) << text;
    }
    void sentencesInBracketsAreSentences() {
        QFETCH(QString, text);
        QVERIFY(!listInText(text.toStdString(), false).has_value());
    }
    void namesWithoutQuotesAreAListOfLabels() {
        QCOMPARE(listInText("[New York, Paris]", true)->items, (Names{"New York", "Paris"}));
        QVERIFY(!listInText("[New York, Paris]", false).has_value());
        QVERIFY(!listInText("(New York, Paris)", true).has_value());
    }
    void whatNumpyLeavesOutIsTold() {
        QVERIFY(listInText("['a' 'b' ... 'y' 'z']", false)->cutShort);
        QVERIFY(lathe::isCutShort(Json("[0 0 ... 1 1]")));
        QVERIFY(!lathe::isCutShort(Json("wait ... what")));
        QVERIFY(!lathe::isCutShort(Json("['wait', '...', 'what']")));
    }
};

LATHE_TEST(TestListText)
#include "tst_list_text.moc"
