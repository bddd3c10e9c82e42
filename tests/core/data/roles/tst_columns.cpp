// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/data/read/cell_text.h"
#include "core/data/roles/column_guess.h"
#include "core/data/roles/columns.h"
#include "tests/support/support.h"

using lathe::ErrorCode;
using Names = std::map<std::string, std::string>;

class TestColumns : public QObject {
    Q_OBJECT
    lathe::test::TemporaryFolder m_folder;

    lathe::RecordSet read(const std::string& name, const std::string& bytes) {
        return lathe::readRecords(m_folder.write(name, bytes)).value();
    }

  private slots:
    void guessesByName() {
        const auto reviews = read("a.csv", "id,Review Text,Sentiment\n1,fine film,good\n2,bad film,bad\n");
        QCOMPARE(lathe::guessColumns(reviews, "classification"),
                 (Names{{"text", "Review Text"}, {"label", "Sentiment"}}));
        const auto pairs = read("b.csv", "premise,hypothesis,label\na,b,0\nc,d,1\n");
        QCOMPARE(lathe::guessColumns(pairs, "classification"),
                 (Names{{"text", "premise"}, {"text2", "hypothesis"}, {"label", "label"}}));
        const auto chinese = read("c.csv", "文本,标签\n好,正面\n坏,负面\n");
        QCOMPARE(lathe::guessColumns(chinese, "classification"),
                 (Names{{"text", "文本"}, {"label", "标签"}}));
    }
    void guessesByContent() {
        const auto plain = read("d.tsv",
                                "a stirring and funny film\t1\none long string of cliches\t0\n"
                                "a good cast and a fine script\t1\nno fun at all\t0\nnice\t1\n");
        QCOMPARE(lathe::guessColumns(plain, "classification"), (Names{{"text", "0"}, {"label", "1"}}));
        const auto swapped = read("e.csv",
                                  "mood,phrase\ngood,a nice long phrase\nbad,a poor long phrase\n"
                                  "good,a third phrase\nbad,a fourth phrase\ngood,fifth\n");
        QCOMPARE(lathe::guessColumns(swapped, "classification"),
                 (Names{{"text", "phrase"}, {"label", "mood"}}));
    }
    void guessesInstructionShapes() {
        const auto guess = [&](const std::string& row) {
            return lathe::guessColumns(read("f.jsonl", row + "\n"), "instruction");
        };
        QCOMPARE(guess(R"({"instruction":"a","input":"b","output":"c"})"),
                 (Names{{"instruction", "instruction"}, {"input", "input"}, {"output", "output"}}));
        QCOMPARE(guess(R"({"prompt":"a","completion":"c"})"),
                 (Names{{"prompt", "prompt"}, {"completion", "completion"}}));
        QCOMPARE(guess(R"({"conversations":[{"from":"human","value":"x"}],"system":"s"})"),
                 (Names{{"conversations", "conversations"}, {"system", "system"}}));
        QCOMPARE(guess(R"({"messages":[{"role":"user","content":"x"}]})"), (Names{{"messages", "messages"}}));
        QCOMPARE(guess(R"({"question":"a","answer":"c"})"),
                 (Names{{"instruction", "question"}, {"output", "answer"}}));
    }
    void takesGivenColumnsByNameOrIndex() {
        const auto set = read("g.csv", "text,extra,label\nx y,some other text,a\nz,more,b\n");
        const auto byName = lathe::resolveColumns(set, "classification", {{"text", "extra"}}, true);
        LATHE_VERIFY_OK(byName);
        QCOMPARE(byName.value(), (lathe::ColumnMap{{"text", 1}, {"label", 2}}));
        const auto byIndex =
            lathe::resolveColumns(set, "classification", {{"text", "1"}, {"label", "2"}}, true);
        QCOMPARE(byIndex.value(), (lathe::ColumnMap{{"text", 1}, {"label", 2}}));
    }
    void aGivenShapeSilencesOtherGuesses() {
        const auto set = read("h.jsonl", R"({"prompt":"p","completion":"c","question":"q","answer":"a"})"
                                         "\n");
        const auto columns = lathe::resolveColumns(set, "instruction",
                                                   {{"instruction", "question"}, {"output", "answer"}}, true);
        LATHE_VERIFY_OK(columns);
        QCOMPARE(
            columns.value().at("instruction"),
            std::size_t(std::find(set.columns.begin(), set.columns.end(), "question") - set.columns.begin()));
        QVERIFY(!columns.value().contains("prompt"));
        QVERIFY(!columns.value().contains("completion"));
    }
    void missingColumnsListWhatThereIs() {
        const auto set = read("i.csv", "text,score\na b,0.25\nc d,0.5\n");
        const auto wrongName = lathe::resolveColumns(set, "classification", {{"label", "lable"}}, true);
        QCOMPARE(wrongName.error().code, ErrorCode::DataInvalid);
        QCOMPARE(QString::fromStdString(wrongName.error().message),
                 QString("there is no column \"lable\" for the label; the file has the columns text, score"));
        QVERIFY(wrongName.error().hint.find("columns: {label: NAME}") != std::string::npos);

        const auto single = read("j.jsonl", "{\"text\":\"a\"}\n");
        const auto none = lathe::resolveColumns(single, "classification", {}, true);
        QVERIFY(none.error().message.find("the file has the columns text") != std::string::npos);
        QVERIFY(none.error().hint.find("{text: text, label: NAME}") != std::string::npos);
        LATHE_VERIFY_OK(lathe::resolveColumns(single, "classification", {}, false));
        LATHE_VERIFY_OK(lathe::resolveColumns(single, "classification", {{"label", "gone"}}, false));
    }
    void unknownRolesAreRecipeFaults() {
        const auto set = read("k.csv", "text,label\na,1\nb,2\n");
        QCOMPARE(lathe::resolveColumns(set, "classification", {{"txt", "text"}}, true).error().code,
                 ErrorCode::RecipeInvalid);
    }
    void numbersAreWholeTexts() {
        QVERIFY(lathe::isNumber("-1.5e3"));
        QVERIFY(!lathe::isNumber("1a"));
        QVERIFY(!lathe::isNumber(""));
        QVERIFY(!lathe::isNumber("nan"));
    }
};

LATHE_TEST(TestColumns)
#include "tst_columns.moc"
