// SPDX-License-Identifier: GPL-3.0-or-later
// Label columns of names and of numbers: cells, rows, counts, and what is refused where.
#include "core/data/encode/label_ids.h"
#include "core/data/roles/labels.h"

#include "tests/core/data/byte_tokenizer.h"
#include "tests/core/data/labelled_recipe.h"
#include "tests/support/support.h"

using namespace lathe;
using lathe::test::ByteTokenizer;

namespace {

using Names = std::vector<std::string>;

}  // namespace

class TestLabels : public QObject {
    Q_OBJECT
    test::TemporaryFolder m_folder;
    ByteTokenizer m_bert{true};

    Recipe recipe(LabelKind kind, const std::string& name, const std::string& bytes) {
        return test::labelledRecipe(m_folder, name, bytes, kind);
    }

  private slots:
    void cellsAreListsOfNames() {
        QCOMPARE(labelNames(Json({"a", " b ", 3, ""}), LabelKind::Several), (Names{"a", "b", "3"}));
        QCOMPARE(labelNames(Json(" b| a |b|"), LabelKind::Several), (Names{"b", "a"}));
        QCOMPARE(labelNames(Json(R"(["x|y", "z"])"), LabelKind::Several), (Names{"x|y", "z"}));
        QCOMPARE(labelNames(Json("[open"), LabelKind::Several), Names{"[open"});
        for (const Json& none : {Json(), Json(""), Json::array(), Json("[]"), Json(" | ")})
            QCOMPARE(labelNames(none, LabelKind::Several), Names{});
        QCOMPARE(labelNames(Json(" a|b "), LabelKind::One), Names{"a|b"});
        QCOMPARE(labelNames(Json(3.5), LabelKind::Number), Names{});
    }
    void rowsHaveSeveralLabelsOrNone() {
        const auto data = loadTaskData(recipe(LabelKind::Several, "several.jsonl",
                                              R"({"text": "a", "labels": ["red", "blue"]})"
                                              "\n"
                                              R"({"text": "b", "labels": "blue"})"
                                              "\n"
                                              R"({"text": "c", "labels": []})"
                                              "\n"),
                                       m_bert);
        LATHE_VERIFY_OK(data);
        const TaskData& rows = data.value();
        QCOMPARE(rows.labels, (Names{"blue", "red"}));
        QCOMPARE(rows.train.size(), std::size_t(3));
        QCOMPARE(*rows.train[0].labels, (std::vector<int32_t>{0, 1}));
        QCOMPARE(*rows.train[1].labels, (std::vector<int32_t>{0}));
        QVERIFY(rows.train[2].labels && rows.train[2].labels->empty());
        QCOMPARE(rows.train[0].label, int64_t(-1));
        QCOMPARE(rows.trainReport.labelCounts, (std::map<std::string, int64_t>{{"blue", 2}, {"red", 1}}));
        QCOMPARE(labelWords(rows.train[0], rows.labels), std::string("blue | red"));
        QCOMPARE(labelWords(rows.train[2], rows.labels), std::string("–"));
    }
    void anEmptyCellOfATableIsNoLabel() {
        const auto data =
            loadTaskData(recipe(LabelKind::Several, "t.csv", "text,label\na,x|y\nb,\nc,y\n"), m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().train.size(), std::size_t(3));
        QVERIFY(data.value().train[1].labels->empty());
        const auto none = loadTaskData(recipe(LabelKind::Several, "n.csv", "text,label\na,\nb,\n"), m_bert);
        QCOMPARE(none.error().code, ErrorCode::DataInvalid);
    }
    void unseenLabelsAreNamed() {
        auto made = recipe(LabelKind::Several, "seen.csv", "text,label\na,x|y\n");
        made.data.validation = m_folder.write("unseen.csv", "text,label\nb,x\nc,x|z\n").string();
        const auto data = loadTaskData(made, m_bert);
        QCOMPARE(data.error().code, ErrorCode::DataInvalid);
        QVERIFY(data.error().place.ends_with("unseen.csv:3"));
        QVERIFY(data.error().message.find("\"z\"") != std::string::npos);
    }
    void rowsHaveNumbers() {
        std::string bytes = "text,label\n,7\nodd,\n";
        for (int i = 0; i < 30; ++i) bytes += "row," + std::to_string(i) + "e-1\n";  // no two are the same
        bytes += "odd,NaN\n";
        const auto data = loadTaskData(recipe(LabelKind::Number, "numbers.csv", bytes), m_bert);
        LATHE_VERIFY_OK(data);
        const TaskData& rows = data.value();
        QVERIFY(rows.labels.empty() && rows.trainReport.labelCounts.empty());
        QCOMPARE(rows.train.size(), std::size_t(30));
        QCOMPARE(*rows.train[12].value, 1.2);
        QCOMPARE(labelWords(rows.train[12], {}), std::string("1.2"));
        QCOMPARE(rows.trainReport.reasons,
                 (Names{"line 2: empty text", "line 3: empty label", "line 34: missing label \"NaN\""}));
        const auto json = loadTaskData(
            recipe(LabelKind::Number, "numbers.jsonl", "{\"text\": \"a\", \"score\": -3}\n"), m_bert);
        LATHE_VERIFY_OK(json);
        QCOMPARE(*json.value().train[0].value, -3.0);
    }
    void whatIsNoNumberIsRefusedAtItsRow_data() {
        QTest::addColumn<QString>("cell");
        for (const char* cell : {"good", "inf", "-inf", "1e39", "3 stars", "0x10"})
            QTest::newRow(cell) << cell;
    }
    void whatIsNoNumberIsRefusedAtItsRow() {
        QFETCH(QString, cell);
        const auto data = loadTaskData(
            recipe(LabelKind::Number, "bad.csv", "text,label\na,1\nb," + cell.toStdString() + "\n"), m_bert);
        QVERIFY(!data.ok());
        QCOMPARE(data.error().code, ErrorCode::DataInvalid);
        QVERIFY2(data.error().place.ends_with("bad.csv:3"), data.error().place.c_str());
        QVERIFY(data.error().message.find("\"" + cell.toStdString() + "\"") != std::string::npos);
        QVERIFY(!data.error().hint.empty());
    }
    void rowsToPredictNeedNone() {
        DataReport report;
        for (const LabelKind kind : {LabelKind::Several, LabelKind::Number}) {
            const auto rows = loadRows(recipe(kind, "p.csv", "text\na\nb\n"), m_folder.path() / "p.csv",
                                       {"x"}, false, m_bert, report);
            LATHE_VERIFY_OK(rows);
            QVERIFY(!rows.value()[0].labels && !rows.value()[0].value);
        }
    }
    void theKindHasANameOfTransformers() {
        for (const LabelKind kind : {LabelKind::One, LabelKind::Several, LabelKind::Number}) {
            QVERIFY(labelKindOf(std::string(problemTypeOf(kind))) == kind);
            Settings settings;
            setLabelKind(settings, kind);
            QVERIFY(labelKindOf(settings) == kind && !namesTwoLabelKinds(settings));
        }
        QVERIFY(labelKindOf(std::string()) == LabelKind::One);
        QVERIFY(labelKindOf(Settings{{"beta", 0.1}}) == LabelKind::One);
    }
};

LATHE_TEST(TestLabels)
#include "tst_labels.moc"
