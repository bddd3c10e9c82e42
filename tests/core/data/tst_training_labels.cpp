// SPDX-License-Identifier: GPL-3.0-or-later
// Labels and tags as files write them: by value, missing, several in one cell, one column each, behind a
// limit.
#include "core/data/read/cell_text.h"
#include "core/data/training_labels.h"

#include "core/data/roles/labels.h"
#include "tests/core/data/byte_tokenizer.h"
#include "tests/core/data/labelled_recipe.h"
#include "tests/support/support.h"

using namespace lathe;
using test::noteOf;
using Names = std::vector<std::string>;
using Counts = std::map<std::string, int64_t>;

class TestTrainingLabels : public QObject {
    Q_OBJECT
    test::TemporaryFolder m_folder;
    test::ByteTokenizer m_bert{true};

    Recipe recipe(const std::string& name, const std::string& bytes, LabelKind kind = LabelKind::One,
                  const std::string& task = "classification") {
        return test::labelledRecipe(m_folder, name, bytes, kind, task);
    }

  private slots:
    void namesAreCompared_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("name");
        for (const auto& [text, name] : {std::pair{"1", "1"},
                                         {" 1.0 ", "1"},
                                         {"1.", "1"},
                                         {"+1", "1"},
                                         {"1.000e+00", "1"},
                                         {"-0.0", "0"},
                                         {"-2.50", "-2.5"},
                                         {".5", "0.5"},
                                         {"100", "100"},
                                         {"2.5e-01", "0.25"},
                                         {"007", "007"},
                                         {"1.2.3", "1.2.3"},
                                         {"12e5", "12e5"},
                                         {"1e+400", "1e+400"},
                                         {"12345678901234567890.0", "12345678901234567890"},
                                         {".", "."},
                                         {"-", "-"},
                                         {"good", "good"},
                                         {"v1.0", "v1.0"},
                                         {"", ""}})
            QTest::newRow(text) << text << name;
    }
    void namesAreCompared() {
        QFETCH(QString, text);
        QFETCH(QString, name);
        QCOMPARE(QString::fromStdString(labelName(text.toStdString())), name);
        QCOMPARE(labelName(name.toStdString()), name.toStdString());
    }
    void oneValueIsOneLabelInEveryFile() {
        const std::string json = R"({"text":"a","label":1})"
                                 "\n"
                                 R"({"text":"b","label":0.0})"
                                 "\n"
                                 R"({"text":"c","label":"1.0"})"
                                 "\n"
                                 R"({"text":"d","label":"0"})"
                                 "\n";
        Recipe made = recipe("values.jsonl", json);
        made.data.validation = m_folder.write("values.csv", "text,label\ne,1\nf,0.00\ng,\n").string();
        const auto data = loadTaskData(made, m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"0", "1"}));
        QCOMPARE(data.value().trainReport.labelCounts, (Counts{{"0", 2}, {"1", 2}}));
        QCOMPARE(data.value().validationReport.labelCounts, (Counts{{"0", 1}, {"1", 1}}));
        QVERIFY(noteOf(data.value().trainReport, "labels_spelled"));
        // A run that was trained when 1.0 was another name than 1.
        DataReport report;
        const auto rows = loadRows(made, made.data.validation, {"0.0", "1.0"}, true, m_bert, report);
        LATHE_VERIFY_OK(rows);
        QCOMPARE(rows.value()[0].label, int64_t(1));
        QCOMPARE(report.labelCounts, (Counts{{"0.0", 1}, {"1.0", 1}}));
        QVERIFY(sameLabels({"0.0", "True"}, {"0", "true"}) && !sameLabels({"0"}, {"0", "1"}));
    }
    void truthIsOneLabelInAnyCase() {
        const auto data = loadTaskData(recipe("truth.jsonl",
                                              "{\"text\":\"a\",\"label\":true}\n"
                                              "{\"text\":\"b\",\"label\":\"False\"}\n"
                                              "{\"text\":\"c\",\"label\":\"TRUE\"}\n"
                                              "{\"text\":\"d\",\"label\":false}\n"),
                                       m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"False", "true"}));
        QCOMPARE(data.value().trainReport.labelCounts, (Counts{{"False", 2}, {"true", 2}}));
    }
    void missingWordsAreNoLabels() {
        std::string rows = "text,label\n";
        for (int i = 0; i < 6; ++i) rows += std::string("row,") + (i % 2 ? "good" : "bad") + "\n";
        for (const char* word : {"NaN", "nan", "None", "null", "NULL", "N/A", "NA", "", "  ", "<NA>"})
            rows += std::string("row,") + word + "\n";
        rows += "row,None\n";
        const auto data = loadTaskData(recipe("missing.csv", rows), m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"bad", "good"}));
        const DataReport& report = data.value().trainReport;
        QCOMPARE(report.rows, int64_t(6));
        QCOMPARE(report.dropped, int64_t(11));
        QCOMPARE(report.reasons.front(), std::string("line 8: missing label \"NaN\""));
        int64_t noted = 0;
        for (const Note& note : report.notes) noted += note.code == "labels_missing" ? note.rows : 0;
        QCOMPARE(noted, int64_t(11));
    }
    void missingWordsAreNoTexts() {
        const auto data = loadTaskData(
            recipe("texts.csv", "text,label\nNaN,good\nfine,good\n None ,bad\npoor,bad\nNone at all,bad\n"),
            m_bert);
        LATHE_VERIFY_OK(data);
        const DataReport& report = data.value().trainReport;
        QCOMPARE(report.rows, int64_t(3));
        QCOMPARE(report.reasons, (Names{"line 2: empty text", "line 4: empty text"}));
        const Note* note = noteOf(report, "texts_missing");
        QVERIFY(note && note->rows == 1 && note->place.ends_with("texts.csv:2"));
        Recipe plain =
            recipe("plain.tsv", "text\tx\nsome text\t1\nnan\t2\n", LabelKind::One, "language_modeling");
        QCOMPARE(loadTaskData(plain, m_bert).value().trainReport.dropped, int64_t(1));
        // JSON has null for it.
        const auto json =
            loadTaskData(recipe("texts.jsonl",
                                "{\"text\":\"None\",\"label\":\"a\"}\n{\"text\":\"NaN\",\"label\":\"b\"}\n"
                                "{\"text\":null,\"label\":\"b\"}\n"),
                         m_bert);
        QCOMPARE(json.value().trainReport.rows, int64_t(2));
        QCOMPARE(noteOf(json.value().trainReport, "texts_missing")->rows, int64_t(1));
    }
    void missingWordsArePartOfNoPrompt() {
        Recipe made = recipe("asked.csv", "instruction,input,output\nSay it,NaN,hi\nSay more,,None\n",
                             LabelKind::One, "instruction");
        made.data.chatTemplate = "chatml";
        const auto data = loadTaskData(made, m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().train.size(), std::size_t(1));
        QVERIFY(data.value().train[0].text.find("NaN") == std::string::npos);
        QVERIFY(noteOf(data.value().trainReport, "texts_missing"));
    }
    void aWordOfManyRowsIsAClass() {
        std::string rows = "text,label\n";
        for (int i = 0; i < 90; ++i)
            rows += "row," + std::string(i % 3 == 0 ? "None" : i % 3 == 1 ? "for" : "against") + "\n";
        const auto data = loadTaskData(recipe("stance.csv", rows), m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"None", "against", "for"}));
        QCOMPARE(data.value().trainReport.dropped, int64_t(0));
        QCOMPARE(noteOf(data.value().trainReport, "labels_missing")->rows, int64_t(30));
        // In another file it is the class, too.
        DataReport report;
        const auto file = m_folder.write("few.csv", "text,label\nrow,None\nrow,nan\n");
        QCOMPARE(
            loadRows(recipe("s.csv", rows), file, data.value().labels, true, m_bert, report).value().size(),
            std::size_t(1));
        QCOMPARE(loadTaskData(recipe("none.csv", "text,label\na,none\nb,some\n"), m_bert).value().labels,
                 (Names{"none", "some"}));
    }
    void labelsThatLookAlikeAreTold() {
        const auto data =
            loadTaskData(recipe("alike.csv", "text,label\na,Positive\nb,positive\nc,negative\n"), m_bert);
        QCOMPARE(data.value().labels.size(), std::size_t(3));
        QVERIFY(noteOf(data.value().trainReport, "labels_similar"));
    }
    void severalLabelsInEverySpelling_data() {
        QTest::addColumn<QString>("rows");
        QTest::addColumn<QString>("note");
        QTest::newRow("python") << "a,\"['red', 'blue']\"\nb,['blue']\nc,[]\n" << "lists_as_text";
        QTest::newRow("json") << "a,\"[\"\"red\"\", \"\"blue\"\"]\"\nb,\"[\"\"blue\"\"]\"\nc,[]\n"
                              << "lists_as_text";
        QTest::newRow("bare") << "a,\"[red, blue]\"\nb,[blue]\nc,\n" << "lists_as_text";
        QTest::newRow("bars") << "a,red|blue\nb,blue\nc,\n" << "";
        QTest::newRow("commas") << "a,\"red, blue\"\nb,blue\nc,\nd,red\n" << "labels_split";
        QTest::newRow("semicolons") << "a,red;blue\nb,blue\nc,\nd,red;blue\ne,red\n" << "labels_split";
    }
    void severalLabelsInEverySpelling() {
        QFETCH(QString, rows);
        QFETCH(QString, note);
        const auto data = loadTaskData(
            recipe("spelled.csv", "text,label\n" + rows.toStdString(), LabelKind::Several), m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"blue", "red"}));
        QCOMPARE(*data.value().train[0].labels, (std::vector<int32_t>{0, 1}));
        QCOMPARE(*data.value().train[1].labels, (std::vector<int32_t>{0}));
        QVERIFY(data.value().train[2].labels->empty());
        QVERIFY(note.isEmpty() || noteOf(data.value().trainReport, note.toStdString()));
    }
    void severalLabelsWithOtherMarks_data() {
        QTest::addColumn<QString>("between");
        for (const char* between : {"/", " / ", "+", " & ", "#", "\n", "\t"})
            QTest::newRow(between) << between;
    }
    void severalLabelsWithOtherMarks() {
        QFETCH(QString, between);
        const std::string mark = between.toStdString();
        const std::string rows = "text,label\na,\"oak" + mark + "elm\"\nb,oak\nc,\"elm" + mark +
                                 "ash\"\nd,\"ash" + mark + "oak\"\ne,\n";
        const auto data = loadTaskData(recipe("marks.csv", rows, LabelKind::Several), m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"ash", "elm", "oak"}));
        QCOMPARE(*data.value().train[0].labels, (std::vector<int32_t>{1, 2}));
        QVERIFY(noteOf(data.value().trainReport, "labels_split"));
    }
    void blanksBetweenLabels() {
        const auto load = [&](const std::string& rows) {
            return loadTaskData(recipe("blanks.csv", "text,label\n" + rows, LabelKind::Several), m_bert)
                .value();
        };
        const TaskData all = load("a,oak elm\nb,oak\nc,elm\n");
        QCOMPARE(all.labels, (Names{"elm", "oak"}));
        QVERIFY(noteOf(all.trainReport, "labels_split"));
        const TaskData some = load("a,oak elm\nb,oak\nc,elm\nd,old elm\n");
        QCOMPARE(some.labels, (Names{"elm", "oak", "oak elm", "old elm"}));
        const Note* note = noteOf(some.trainReport, "labels_composed");
        QVERIFY(note && note->message.find("\"oak elm\"") != std::string::npos);
        const TaskData towns = load("a,New York\nb,New Delhi\nc,York\n");
        QCOMPARE(towns.labels, (Names{"New Delhi", "New York", "York"}));
        QVERIFY(!noteOf(towns.trainReport, "labels_composed"));
        const auto one = loadTaskData(recipe("one.csv", "text,label\na,oak/elm\nb,oak\nc,elm\n"), m_bert);
        QVERIFY(noteOf(one.value().trainReport, "labels_composed"));
    }
    void emptyPartsAreLeftOut() {
        for (const char* rows : {"a,oak;elm;\nb,oak;\nc,elm;\nd,oak;;elm\n", "a,oak;\nb,elm;\nc,oak;\n"}) {
            const auto data = loadTaskData(
                recipe("ends.csv", std::string("text,label\n") + rows, LabelKind::Several), m_bert);
            LATHE_VERIFY_OK(data);
            QCOMPARE(data.value().labels, (Names{"elm", "oak"}));
            const Note* note = noteOf(data.value().trainReport, "labels_empty");
            QVERIFY(note && note->rows >= 3);
        }
    }
    void listsOfZeroAndOneAreRefused_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("rows");
        QTest::newRow("json") << "v.jsonl"
                              << "{\"text\":\"a\",\"labels\":[0,1]}\n{\"text\":\"b\",\"labels\":[1,1]}\n";
        QTest::newRow("fractions") << "v.jsonl"
                                   << "{\"text\":\"a\",\"labels\":[0.0,1.0,0.0]}\n"
                                      "{\"text\":\"b\",\"labels\":[1.0,0.0,0.0]}\n";
        QTest::newRow("truth")
            << "v.jsonl"
            << "{\"text\":\"a\",\"labels\":[true,true]}\n{\"text\":\"b\",\"labels\":[false,true]}\n";
        QTest::newRow("text") << "v.csv" << "text,labels\na,\"[0, 1]\"\nb,\"[0, 0]\"\n";
        QTest::newRow("commas") << "v.csv" << "text,labels\na,\"0,1,0\"\nb,\"1,1,1\"\n";
        QTest::newRow("blanks") << "v.csv" << "text,labels\na,0 1 0\nb,\nc,1 0 0\n";
        QTest::newRow("numpy") << "v.csv" << "text,labels\na,[0 1 0]\nb,[1 0 0]\n";
    }
    void listsOfZeroAndOneAreRefused() {
        QFETCH(QString, name);
        QFETCH(QString, rows);
        const auto data =
            loadTaskData(recipe(name.toStdString(), rows.toStdString(), LabelKind::Several), m_bert);
        QCOMPARE(data.error().code, ErrorCode::DataInvalid);
        QVERIFY2(data.error().message.find("0 or 1") != std::string::npos, data.error().text().c_str());
        QVERIFY(data.error().hint.find("a column for each label") != std::string::npos);
    }
    void setsOfNumbersAreNames() {
        const auto data =
            loadTaskData(recipe("sets.jsonl",
                                "{\"text\":\"a\",\"labels\":[0,1]}\n{\"text\":\"b\",\"labels\":[1]}\n"
                                "{\"text\":\"c\",\"labels\":[]}\n",
                                LabelKind::Several),
                         m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"0", "1"}));
    }
    void rowsThatAllSayTheSameAreRefused() {
        const auto number =
            loadTaskData(recipe("n.csv", "text,label\na,2\nb,2.0\nc,\n", LabelKind::Number), m_bert);
        QVERIFY2(number.error().message.find("one value only, 2 ") != std::string::npos,
                 number.error().text().c_str());
        const auto several =
            loadTaskData(recipe("m.csv", "text,label\na,x|y\nb,y|x\n", LabelKind::Several), m_bert);
        QVERIFY2(several.error().message.find("x | y") != std::string::npos, several.error().text().c_str());
        LATHE_VERIFY_OK(loadTaskData(recipe("m.csv", "text,label\na,x|y\nb,\n", LabelKind::Several), m_bert));
        LATHE_VERIFY_OK(loadTaskData(recipe("n.csv", "text,label\na,2\nb,3\n", LabelKind::Number), m_bert));
    }
    void aCommaInANameIsNoSeparator() {
        const std::string rows =
            "text,label\na,\"Arts, crafts\"\nb,Sports\nc,\"Food; drink\"\nd,\"Arts, crafts\"\ne,Sports\n";
        const auto data = loadTaskData(recipe("names.csv", rows, LabelKind::Several), m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (Names{"Arts, crafts", "Food; drink", "Sports"}));
        QCOMPARE(data.value().train[0].labels->size(), std::size_t(1));
        QVERIFY(noteOf(data.value().trainReport, "labels_unsplit"));
    }
    void guessesAreTold() {
        const auto data = loadTaskData(
            recipe("guess.csv",
                   "remark,mood\nall is well here,up\nall is bad here,down\nwell enough it is,up\n"
                   "no good at all,down\nwhat a day,up\n"),
            m_bert);
        LATHE_VERIFY_OK(data);
        QVERIFY(noteOf(data.value().trainReport, "columns_guessed"));
        const auto plain = loadTaskData(recipe("plain.csv", "text,label\na,x\nb,y\n"), m_bert);
        QVERIFY(!noteOf(plain.value().trainReport, "columns_guessed"));
    }
    void whatALimitLeavesOutIsTold() {
        std::string rows = "text,label\n";
        for (int i = 0; i < 30; ++i)
            rows += "row," + std::string(i < 10 ? "bad" : i < 20 ? "fair" : "good") + "\n";
        Recipe made = recipe("limit.csv", rows);
        made.data.limit = 15;
        const auto data = loadTaskData(made, m_bert);
        LATHE_VERIFY_OK(data);
        const Note* note = noteOf(data.value().trainReport, "labels_beyond_limit");
        QVERIFY(note && note->message.find("\"good\"") != std::string::npos);
        made.data.limit = 5;
        const auto one = loadTaskData(made, m_bert);
        QVERIFY2(one.error().message.find("the first 5 rows (data.limit) have one label only, \"bad\"") !=
                     std::string::npos,
                 one.error().text().c_str());
        QVERIFY(one.error().hint.find("\"fair\", \"good\"") != std::string::npos);
        made.data.limit = 30;
        QVERIFY(!noteOf(loadTaskData(made, m_bert).value().trainReport, "labels_beyond_limit"));
    }
    void rowsOfOneWordAreRefused() {
        std::string rows = "Sentence,Word,Tag\n";
        for (int i = 0; i < 12; ++i)
            rows += (i % 4 ? "" : std::to_string(i / 4)) + ",word" + std::to_string(i) +
                    (i % 3 ? ",O\n" : ",B-X\n");
        Recipe made = recipe("words.csv", rows, LabelKind::One, "token_classification");
        made.data.columns = {{"tokens", "Word"}, {"tags", "Tag"}};
        const auto table = loadTaskData(made, m_bert);
        QCOMPARE(table.error().code, ErrorCode::DataInvalid);
        QVERIFY2(table.error().message.find("12 of 12 rows hold one word only") != std::string::npos,
                 table.error().text().c_str());
        QVERIFY(table.error().hint.find("\"Sentence\"") != std::string::npos);
        std::string lines;
        for (int i = 0; i < 12; ++i) lines += "word" + std::to_string(i) + (i % 3 ? " O\n\n" : " B-X\n\n");
        const auto conll =
            loadTaskData(recipe("w.conll", lines, LabelKind::One, "token_classification"), m_bert);
        QVERIFY(conll.error().hint.find("blank line between sentences") != std::string::npos);
    }
    void tagsWithoutASchemeAreTold() {
        const auto notes = [&](const std::string& tags, const std::string& code) {
            const auto data =
                loadTaskData(recipe("t.jsonl", "{\"tokens\":[\"a\",\"b\"],\"tags\":" + tags + "}\n",
                                    LabelKind::One, "token_classification"),
                             m_bert);
            return data.ok() && noteOf(data.value().trainReport, code) != nullptr;
        };
        QVERIFY(notes("[0, 1]", "tags_without_scheme"));
        QVERIFY(notes("[\"NOUN\", \"VERB\"]", "tags_without_scheme"));
        QVERIFY(notes("[\"O\", \"PER\"]", "tags_without_prefix"));
        QVERIFY(!notes("[\"O\", \"PER\"]", "tags_without_scheme"));
        QVERIFY(notes("[\"B-PER\", \"X\"]", "tags_without_prefix"));
        QVERIFY(!notes("[\"O\", \"U-PER\"]", "tags_without_scheme"));
        QVERIFY(notes("\"['O', 'B-X']\"", "lists_as_text"));
    }
    void aListCutShortIsRefused() {
        const auto data =
            loadTaskData(recipe("cut.csv", "tokens,tags\n['a' 'b' ... 'z'],['O' 'O' ... 'B-X']\n",
                                LabelKind::One, "token_classification"),
                         m_bert);
        QVERIFY(data.error().message.find("cut short") != std::string::npos);
        QVERIFY(data.error().place.ends_with("cut.csv:2"));
    }
};

LATHE_TEST(TestTrainingLabels)
#include "tst_training_labels.moc"
