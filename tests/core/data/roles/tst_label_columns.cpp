// SPDX-License-Identifier: GPL-3.0-or-later
// Labels that have a column, or a key of an object, of their own; columns that may be labels; lists of one.
#include "core/data/roles/label_columns.h"

#include "core/data/task_data.h"
#include "tests/core/data/byte_tokenizer.h"
#include "tests/core/data/labelled_recipe.h"
#include "tests/support/support.h"

using namespace lathe;
using test::noteOf;
using Names = std::vector<std::string>;

class TestLabelColumns : public QObject {
    Q_OBJECT
    test::TemporaryFolder m_folder;
    test::ByteTokenizer m_bert{true};

    Recipe recipe(const std::string& name, const std::string& bytes, LabelKind kind = LabelKind::One) {
        return test::labelledRecipe(m_folder, name, bytes, kind);
    }

  private slots:
    void aColumnForEachLabel() {
        const std::string rows =
            "review,red,blue,green\nfine words here,1,1,0\nother words,0.0,1,0\nnone at all,0,0,1\n";
        const auto data = loadTaskData(recipe("hot.csv", rows, LabelKind::Several), m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"blue", "green", "red"}));
        QCOMPARE(*data.value().train[0].labels, (std::vector<int32_t>{0, 2}));
        QCOMPARE(data.value().columns.at("label.red"), std::string("red"));
        QVERIFY(noteOf(data.value().trainReport, "columns_one_hot")->message.find("blue, green, red") !=
                std::string::npos);
        Recipe named = recipe("named.csv", rows, LabelKind::Several);
        named.data.columns = {{"text", "review"}, {"label.red", "red"}, {"label.green", "green"}};
        QCOMPARE(loadTaskData(named, m_bert).value().labels, (Names{"green", "red"}));
        named.data.columns = {{"label.red", "review"}, {"text", "red"}};
        const auto wrong = loadTaskData(named, m_bert);
        QVERIFY2(wrong.error().message.find("not 0 or 1") != std::string::npos, wrong.error().text().c_str());
        QVERIFY(wrong.error().place.ends_with("named.csv:2"));
    }
    void oneOfSeveralColumnsIsTheLabel() {
        const std::string rows = "review,red,blue\nfine words here,1,0\nother words,0,1\nlast words,no,yes\n";
        const auto data = loadTaskData(recipe("onehot.csv", rows), m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"blue", "red"}));
        QCOMPARE(data.value().train[0].label, int64_t(1));
        QVERIFY(noteOf(data.value().trainReport, "columns_one_hot"));
        Recipe named = recipe("onehot2.csv", rows + "no words,0,0\n");
        named.data.columns = {{"text", "review"}, {"label.red", "red"}, {"label.blue", "blue"}};
        const auto none = loadTaskData(named, m_bert);
        QVERIFY2(none.error().message.find("0 of the columns") != std::string::npos,
                 none.error().text().c_str());
        QVERIFY(none.error().place.ends_with("onehot2.csv:5"));
    }
    void aCellOfALabelColumnThatSaysNothingIsRefused() {
        std::string rows = "review,red,blue\n";
        for (int i = 0; i < 12; ++i)
            rows += "words " + std::to_string(i) + (i == 7 ? ",,1\n" : i % 2 ? ",1,1\n" : ",0,1\n");
        const auto data = loadTaskData(recipe("hole.csv", rows, LabelKind::Several), m_bert);
        QVERIFY2(data.error().message.find("holds nothing, not 0 or 1") != std::string::npos &&
                     data.error().place.ends_with("hole.csv:9"),
                 data.error().text().c_str());
    }
    void aColumnOfFractionsIsRefused() {
        const std::string rows = "review,red,blue,green\na b c,0,0,1\nb c d,0,1,0\nc d e,0.7,1,1\n";
        const auto data = loadTaskData(recipe("soft.csv", rows, LabelKind::Several), m_bert);
        QVERIFY2(data.error().message.find("\"0.7\", not 0 or 1") != std::string::npos,
                 data.error().text().c_str());
        QVERIFY(data.error().place.ends_with("soft.csv:4"));
    }
    void columnsAlikeAreAskedAbout_data() {
        QTest::addColumn<QString>("on");
        QTest::addColumn<QString>("off");
        QTest::newRow("signs") << "1" << "-1";
        QTest::newRow("marks") << "x" << "";
        QTest::newRow("ones") << "1" << "";
        QTest::newRow("words") << "ja" << "nein";
        QTest::newRow("truth") << "1" << "0";
    }
    void columnsAlikeAreAskedAbout() {
        QFETCH(QString, on);
        QFETCH(QString, off);
        std::string rows = "review,red,blue\n";
        for (int i = 0; i < 9; ++i)
            rows += "words " + std::to_string(i) + "," + (i % 3 ? off : on).toStdString() + "," +
                    (i % 4 ? off : on).toStdString() + "\n";
        for (const LabelKind kind : {LabelKind::Several, LabelKind::One}) {
            if (kind == LabelKind::Several && off == "0") continue;
            const auto data = loadTaskData(recipe("alike.csv", rows, kind), m_bert);
            QCOMPARE(data.error().code, ErrorCode::DataInvalid);
            QVERIFY2(data.error().message.find("red, blue") != std::string::npos,
                     data.error().text().c_str());
            QVERIFY(data.error().hint.find("multi_label") != std::string::npos);
        }
        Recipe named = recipe("alike.csv", rows);
        named.data.columns = {{"label", "blue"}};
        if (!off.isEmpty()) LATHE_VERIFY_OK(loadTaskData(named, m_bert));
    }
    void anObjectSaysWhichLabelsThereAre() {
        for (const char* name : {"o.jsonl", "o.csv"}) {
            const std::string rows =
                std::string(name) == "o.csv"
                    ? "text,labels\na,\"{\"\"oak\"\": 1, \"\"elm\"\": false}\"\nb,\"{\"\"elm\"\": 1}\"\n"
                    : "{\"text\":\"a\",\"labels\":{\"oak\":1,\"elm\":false}}\n"
                      "{\"text\":\"b\",\"labels\":{\"oak\":0.0,\"elm\":true}}\n";
            const auto data = loadTaskData(recipe(name, rows, LabelKind::Several), m_bert);
            LATHE_VERIFY_OK(data);
            QCOMPARE(data.value().labels, (Names{"elm", "oak"}));
            QCOMPARE(*data.value().train[1].labels, (std::vector<int32_t>{0}));
        }
        const auto scores = loadTaskData(
            recipe("o2.jsonl", "{\"text\":\"a\",\"labels\":{\"oak\":0.7,\"elm\":0.1}}\n", LabelKind::Several),
            m_bert);
        QVERIFY2(scores.error().message.find("key \"oak\"") != std::string::npos,
                 scores.error().text().c_str());
        QVERIFY(scores.error().place.ends_with(":1"));
        const auto python = loadTaskData(
            recipe("o3.csv", "text,labels\na,\"{'oak': 1, 'elm': 0}\"\n", LabelKind::Several), m_bert);
        QVERIFY(python.error().hint.find("JSON") != std::string::npos);
    }
    void aListOfOneIsItsItem() {
        const auto data = loadTaskData(
            recipe("one.jsonl", "{\"text\":\"a\",\"label\":[\"x\"]}\n{\"text\":\"b\",\"label\":[\"y\"]}\n"),
            m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"x", "y"}));
        QCOMPARE(noteOf(data.value().trainReport, "labels_unwrapped")->rows, int64_t(2));
        const auto text = loadTaskData(recipe("one.csv", "text,label\na,['x']\nb,['y']\n"), m_bert);
        QCOMPARE(text.value().labels, (Names{"x", "y"}));
        const auto two = loadTaskData(
            recipe("two.jsonl",
                   "{\"text\":\"a\",\"label\":[\"x\"]}\n{\"text\":\"b\",\"label\":[\"y\",\"x\"]}\n"),
            m_bert);
        QVERIFY2(two.error().message.find("a list of 2 items") != std::string::npos,
                 two.error().text().c_str());
        QVERIFY(two.error().place.ends_with("two.jsonl:2"));
    }
};

LATHE_TEST(TestLabelColumns)
#include "tst_label_columns.moc"
