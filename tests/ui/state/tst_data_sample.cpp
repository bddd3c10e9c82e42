// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/support.h"
#include "ui/state/data_sample.h"
#include "ui/text/token_text.h"

using namespace lathe;

class TestDataSample : public QObject {
    Q_OBJECT

    static Recipe recipeFor(const char* task, const std::filesystem::path& file) {
        Recipe recipe;
        recipe.task = task;
        recipe.data.train = file.string();
        return recipe;
    }

  private Q_SLOTS:
    void answersAreWhatIsLearnt() {
        test::TemporaryFolder folder;
        const auto file =
            folder.write("rows.jsonl", R"({"instruction": "Add them", "input": "1 2", "output": "three"})"
                                       "\n");
        const auto preview = sampleData(recipeFor("instruction", file), 4);
        LATHE_VERIFY_OK(preview);
        const PreviewRow& row = preview.value().rows.at(0);
        QCOMPARE(row.pieces, std::vector<std::string>({"Add", "them", "1", "2", "three"}));
        QCOMPARE(row.trained, std::vector<bool>({false, false, false, false, true}));
        QCOMPARE(preview.value().train.trainedTokens, int64_t(1));
        QCOMPARE(preview.value().train.tokens, int64_t(5));
    }

    void conversationsAreRead() {
        test::TemporaryFolder folder;
        const auto file = folder.write("rows.jsonl", R"({"messages": [{"role": "user", "content": "hi"}, )"
                                                     R"({"role": "assistant", "content": "hello you"}]})"
                                                     "\n");
        const auto preview = sampleData(recipeFor("instruction", file), 4);
        LATHE_VERIFY_OK(preview);
        QCOMPARE(preview.value().rows.at(0).trained, std::vector<bool>({false, true, true}));
    }

    void bothAnswersOfAPreferenceAreShown() {
        test::TemporaryFolder folder;
        const auto file =
            folder.write("pairs.jsonl",
                         R"({"conversations":[{"from":"human","value":"Which one"}],)"
                         R"("chosen":{"from":"gpt","value":"this"},"rejected":{"from":"gpt","value":"that"}})"
                         "\n");
        const auto preview = sampleData(recipeFor("preference", file), 4);
        LATHE_VERIFY_OK(preview);
        const PreviewRow& row = preview.value().rows.at(0);
        QCOMPARE(row.pieces, std::vector<std::string>({"Which", "one", "this"}));
        QCOMPARE(row.trained, std::vector<bool>({false, false, true}));
        QCOMPARE(row.rejected.pieces, std::vector<std::string>({"Which", "one", "that"}));
        QCOMPARE(row.rejected.trained, row.trained);
        QCOMPARE(preview.value().train.trainedTokens, int64_t(2));
    }

    void promptsAreOnlyRead() {
        test::TemporaryFolder folder;
        const auto file = folder.write("sums.jsonl", R"({"prompt": "1 + 2 =", "answer": "3"})"
                                                     "\n"
                                                     R"({"prompt": "", "answer": "4"})"
                                                     "\n");
        const auto preview = sampleData(recipeFor("reinforcement", file), 4);
        LATHE_VERIFY_OK(preview);
        QCOMPARE(preview.value().rows.size(), std::size_t(1));
        QCOMPARE(preview.value().rows[0].pieces, std::vector<std::string>({"1", "+", "2", "="}));
        QCOMPARE(preview.value().train.trainedTokens, int64_t(0));
        QCOMPARE(preview.value().columns.at("answer"), std::string("answer"));
        const auto chat = folder.write("chat.jsonl", R"({"messages": [{"role": "user", "content": "hi"}, )"
                                                     R"({"role": "assistant", "content": "hello you"}]})"
                                                     "\n");
        const auto turns = sampleData(recipeFor("reinforcement", chat), 4);
        LATHE_VERIFY_OK(turns);
        QCOMPARE(turns.value().rows.at(0).pieces, std::vector<std::string>({"hi"}));
    }

    void labelsAreCountedAndEmptyRowsNamed() {
        test::TemporaryFolder folder;
        const auto file = folder.write("rows.csv", "text,label\ngood film,1\n,0\nbad one,0\n");
        const auto preview = sampleData(recipeFor("classification", file), 4);
        LATHE_VERIFY_OK(preview);
        const DataReport& report = preview.value().train;
        QCOMPARE(report.rows, int64_t(2));
        QCOMPARE(report.dropped, int64_t(1));
        QCOMPARE(report.reasons, std::vector<std::string>({"line 3: empty text"}));
        QCOMPARE(report.labelCounts.at("1"), int64_t(1));
        QCOMPARE(report.lengthHistogram, std::vector<int64_t>({2}));
    }

    void eachOfSeveralLabelsIsCountedAndNoNumber() {
        test::TemporaryFolder folder;
        const auto file = folder.write("rows.csv", "text,label\ngood film,1|2\nbad one,2\nno one,\n");
        Recipe recipe = recipeFor("classification", file);
        setLabelKind(recipe.objective.values, LabelKind::Several);
        const auto several = sampleData(recipe, 4);
        LATHE_VERIFY_OK(several);
        QCOMPARE(several.value().train.labelCounts, (std::map<std::string, int64_t>{{"1", 1}, {"2", 2}}));
        QCOMPARE(several.value().rows[0].label, std::string("1 | 2"));
        QCOMPARE(several.value().rows[2].label, std::string("–"));
        setLabelKind(recipe.objective.values, LabelKind::Number);
        const auto numbers = sampleData(recipe, 4);
        LATHE_VERIFY_OK(numbers);
        QVERIFY(numbers.value().train.labelCounts.empty() && numbers.value().labels.empty());
        QCOMPARE(numbers.value().rows[1].label, std::string("2"));
    }

    void aMissingFileIsAnError() {
        const auto preview = sampleData(recipeFor("classification", "no/such/file.csv"), 4);
        QVERIFY(!preview.ok());
        QCOMPARE(preview.error().code, ErrorCode::FileMissing);
    }

    void piecesBecomeReadable() {
        QCOMPARE(pieceText("Ġthe", true), QString("·the"));
        QCOMPARE(pieceText("Ċ", true), QString("⏎"));
        QCOMPARE(pieceText("ä½ł", true), QString("你"));      // E4 BD A0, one letter a byte
        QCOMPARE(pieceText("ä½", true), QString("‹E4 BD›"));  // a character cut in two
        QCOMPARE(pieceText("<|im_start|>", true), QString("<|im_start|>"));
        QCOMPARE(pieceText("##ing", false), QString("##ing"));
        QCOMPARE(pieceText("▁the", false), QString("·the"));
        QCOMPARE(pieceText("é", false), QString("é"));
    }

    void wordsSplitAtBlanksAndIdeographs() {
        QCOMPARE(wordsOf("a fine\nfilm"), QStringList({"a", "fine", "⏎", "film"}));
        QCOMPARE(wordsOf("今天 cold"), QStringList({"今", "天", "cold"}));
        QVERIFY(wordsOf("  ").isEmpty());
    }
};

LATHE_TEST(TestDataSample)
#include "tst_data_sample.moc"
