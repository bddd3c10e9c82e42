// SPDX-License-Identifier: GPL-3.0-or-later
#include <numeric>
#include <set>

#include "core/data/encode/masking.h"
#include "core/data/roles/tagged_words.h"
#include "core/data/task_data.h"
#include "tests/core/data/byte_tokenizer.h"
#include "tests/support/support.h"

using lathe::ErrorCode;
using lathe::Example;
using lathe::kNoTarget;
using lathe::loadTaskData;
using lathe::test::ByteTokenizer;

class TestTaskData : public QObject {
    Q_OBJECT
    lathe::test::TemporaryFolder m_folder;
    ByteTokenizer m_causal{false};
    ByteTokenizer m_bert{true};

    lathe::Recipe recipe(const std::string& task, const std::string& name, const std::string& bytes) {
        lathe::Recipe made;
        made.task = task;
        made.data.train = m_folder.write(name, bytes).string();
        made.data.validation = "none";
        made.data.chatTemplate = "chatml";
        return made;
    }
    std::string targetText(const Example& example) {
        std::string text;
        for (const int32_t target : example.targets)
            if (target != kNoTarget) text += m_causal.piece(target);
        return text;
    }

  private slots:
    void alpacaLearnsTheAnswerAndItsEnd() {
        const auto data = loadTaskData(
            recipe("instruction", "a.json", R"([{"instruction":"Say it","input":"hi","output":"Hi there"}])"),
            m_causal);
        LATHE_VERIFY_OK(data);
        const Example& row = data.value().train.at(0);
        const std::string text =
            "<|im_start|>user\nSay it\nhi<|im_end|>\n<|im_start|>assistant\nHi there<|im_end|>\n";
        QCOMPARE(row.text, text);
        QCOMPARE(row.ids, m_causal.encode(text, false).ids);
        QCOMPARE(targetText(row), std::string("Hi there<|im_end|>"));
        QCOMPARE(row.targets.back(), kNoTarget);
        QCOMPARE(row.prompt, std::string("<|im_start|>user\nSay it\nhi<|im_end|>\n<|im_start|>assistant\n"));
        const auto& report = data.value().trainReport;
        QCOMPARE(report.rows, int64_t(1));
        QCOMPARE(report.tokens, int64_t(row.ids.size()));
        QCOMPARE(report.trainedTokens, int64_t(9));
        QCOMPARE(data.value().chat->name(), std::string("chatml"));
    }
    void aTokenAcrossTheBorderIsLearnt() {
        const auto data = loadTaskData(
            recipe("instruction", "b.json", R"([{"instruction":"q","output":"Yes!"}])"), m_causal);
        LATHE_VERIFY_OK(data);
        QCOMPARE(targetText(data.value().train[0]), std::string("\nYes!<|im_end|>"));
    }
    void lossOnAllLearnsEverything() {
        auto all = recipe("instruction", "c.json", R"([{"instruction":"q","output":"a"}])");
        all.data.lossOn = "all";
        const auto data = loadTaskData(all, m_causal);
        QCOMPARE(data.value().train[0].targets, data.value().train[0].ids);
    }
    void conversationsLearnEveryAnswer() {
        const std::string rows =
            R"({"messages":[{"role":"system","content":"S"},{"role":"user","content":"1"},)"
            R"({"role":"assistant","content":"one"},{"role":"user","content":[{"type":"text","text":"2"}]},)"
            R"({"role":"assistant","content":"two"}]})"
            "\n";
        const auto data = loadTaskData(recipe("instruction", "d.jsonl", rows), m_causal);
        LATHE_VERIFY_OK(data);
        QCOMPARE(targetText(data.value().train[0]), std::string("one<|im_end|>two<|im_end|>"));
        QVERIFY(
            data.value().train[0].prompt.ends_with("<|im_start|>user\n2<|im_end|>\n<|im_start|>assistant\n"));

        const auto shareGpt = loadTaskData(
            recipe("instruction", "e.json",
                   R"([{"conversations":[{"from":"human","value":"1"},{"from":"gpt","value":"one"}]}])"),
            m_causal);
        LATHE_VERIFY_OK(shareGpt);
        QCOMPARE(targetText(shareGpt.value().train[0]), std::string("one<|im_end|>"));
        const auto history = loadTaskData(
            recipe("instruction", "f.json",
                   R"([{"instruction":"2","input":"","output":"two","history":[["1","one"]],"system":"S"}])"),
            m_causal);
        LATHE_VERIFY_OK(history);
        QCOMPARE(history.value().train[0].text, data.value().train[0].text);
    }
    void badConversationsAreNamed() {
        const auto data = loadTaskData(recipe("instruction", "g.jsonl",
                                              "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}\n"
                                              "{\"messages\":[{\"role\":\"wizard\",\"content\":\"x\"}]}\n"),
                                       m_causal);
        QCOMPARE(data.error().code, ErrorCode::DataInvalid);
        QVERIFY(data.error().place.ends_with("g.jsonl:2"));
        QVERIFY(data.error().message.find("wizard") != std::string::npos);
    }
    void countsCutAndDroppedRows() {
        auto cut = recipe("instruction", "h.json",
                          R"([{"instruction":"q","output":"a"},{"instruction":"q","output":" "},)"
                          R"({"instruction":"q","output":"a long answer that is cut"},)"
                          R"({"instruction":"a very long question, longer than the limit","output":"a"}])");
        cut.data.maxLength = 30;
        const auto data = loadTaskData(cut, m_causal);
        LATHE_VERIFY_OK(data);
        const auto& report = data.value().trainReport;
        QCOMPARE(report.rows, int64_t(2));
        QCOMPARE(report.cut, int64_t(1));
        QCOMPARE(report.dropped, int64_t(2));
        QCOMPARE(report.reasons,
                 (std::vector<std::string>{"row 2: empty answer",
                                           "row 4: the prompt alone fills max_length, no answer is left"}));
        QCOMPARE(data.value().train[1].ids.size(), std::size_t(30));
        QCOMPARE(std::accumulate(report.lengthHistogram.begin(), report.lengthHistogram.end(), int64_t(0)),
                 int64_t(3));

        // Where the base sets the length, it is named.
        cut.data.maxLength = 8000;
        cut.data.fitLength(30);
        const auto ofBase = loadTaskData(cut, m_causal);
        LATHE_VERIFY_OK(ofBase);
        QCOMPARE(ofBase.value().trainReport.reasons.at(1),
                 std::string("row 4: the prompt alone fills the 30 tokens of room in the base's context, no "
                             "answer is left"));
        const auto& notes = ofBase.value().trainReport.notes;
        QCOMPARE(notes.size(), std::size_t(1));
        QCOMPARE(notes[0].code, std::string("max_length_lowered"));
        QVERIFY(notes[0].message.find("30 tokens of room in the base's context") != std::string::npos);

        const auto none =
            loadTaskData(recipe("instruction", "i.json", R"([{"instruction":"q","output":""}])"), m_causal);
        QCOMPARE(none.error().code, ErrorCode::DataInvalid);
        QVERIFY(none.error().hint.find("row 1: empty answer") != std::string::npos);
    }
    void languageModellingFillsBlocks() {
        auto text = recipe("language_modeling", "j.txt", "abc\nd\n\nefgh\n");
        text.data.maxLength = 4;
        const auto data = loadTaskData(text, m_causal);
        LATHE_VERIFY_OK(data);
        // abc\nd<end>efgh<end>: 11 tokens, so 4 + 4 + 3.
        QCOMPARE(data.value().train.size(), std::size_t(3));
        QCOMPARE(data.value().train[1].ids,
                 (std::vector<int32_t>{100 + 'd', ByteTokenizer::kEnd, 100 + 'e', 100 + 'f'}));
        QCOMPARE(data.value().train[1].targets, data.value().train[1].ids);
        QCOMPARE(data.value().train[2].text, std::string("gh<|im_end|>"));
        QCOMPARE(data.value().train[2].line, uint64_t(4));
        QCOMPARE(data.value().trainReport.tokens, int64_t(11));
        text.data.maxLength = 10;
        QCOMPARE(loadTaskData(text, m_causal).value().train.size(), std::size_t(1));
        QCOMPARE(loadTaskData(text, m_causal, {1, 0}).value().train.size(), std::size_t(1));
    }
    void fewDocumentsAreSplitByBlocks() {
        auto text = recipe("language_modeling", "k.txt", std::string(400, 'x'));
        text.data.maxLength = 20;
        text.data.validation = "0.25";
        const auto data = loadTaskData(text, m_causal);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().validation.size(), std::size_t(5));
        QCOMPARE(data.value().train.size(), std::size_t(15));
        QCOMPARE(data.value().trainReport.rows, int64_t(15));
    }
    void classificationNumbersItsLabels() {
        const auto data = loadTaskData(
            recipe("classification", "l.csv", "text,label\ngood,10\nbad,9\nfine,10\n  ,9\nodd,\n"), m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (std::vector<std::string>{"9", "10"}));
        QCOMPARE(data.value().train.size(), std::size_t(3));
        QCOMPARE(data.value().train[0].label, int64_t(1));
        QCOMPARE(data.value().train[0].ids.front(), int32_t(ByteTokenizer::kCls));
        QCOMPARE(data.value().train[0].ids.back(), int32_t(ByteTokenizer::kSep));
        QVERIFY(data.value().train[0].targets.empty());
        QCOMPARE(data.value().trainReport.labelCounts, (std::map<std::string, int64_t>{{"10", 2}, {"9", 1}}));
        QCOMPARE(data.value().trainReport.reasons,
                 (std::vector<std::string>{"line 5: empty text", "line 6: empty label"}));
    }
    void classificationReadsJsonLabelsAndPairs() {
        const auto data = loadTaskData(
            recipe(
                "classification", "m.json",
                R"([{"premise":"a","hypothesis":"b","label":1},{"premise":"c","hypothesis":"d","label":0}])"),
            m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().train[0].typeIds, (std::vector<int32_t>{0, 0, 0, 1, 1}));
        QCOMPARE(data.value().train[0].label, int64_t(1));
        QCOMPARE(data.value().columns.at("text2"), std::string("hypothesis"));
    }
    void unseenLabelsAreNamed() {
        auto made = recipe("classification", "n.csv", "text,label\na,good\nb,bad\n");
        made.data.validation = m_folder.write("n_dev.csv", "text,label\nc,good\nd,ugly\n").string();
        const auto data = loadTaskData(made, m_bert);
        QCOMPARE(data.error().code, ErrorCode::DataInvalid);
        QVERIFY(data.error().place.ends_with("n_dev.csv:3"));
        QVERIFY(data.error().message.find("\"ugly\"") != std::string::npos);
    }
    void columnsWithoutClassesAreRefused() {
        std::string same = "text,label\na,1\nb,1\n", different = "text,label\n";
        for (int i = 0; i < 30; ++i) different += "row,0." + std::to_string(i + 100) + "\n";
        QCOMPARE(loadTaskData(recipe("classification", "o.csv", same), m_bert).error().code,
                 ErrorCode::DataInvalid);
        QCOMPARE(loadTaskData(recipe("classification", "p.csv", different), m_bert).error().code,
                 ErrorCode::DataInvalid);
    }
    void fractionsSplitTheSameWayEveryTime() {
        std::string rows = "text,label\n";
        for (int i = 0; i < 100; ++i) rows += "row " + std::to_string(i) + "," + (i % 2 ? "a" : "b") + "\n";
        auto made = recipe("classification", "q.csv", rows);
        made.data.validation = "0.2";
        const auto lines = [](const std::vector<Example>& part) {
            std::vector<uint64_t> found;
            for (const auto& example : part) found.push_back(example.line);
            return found;
        };
        const auto first = loadTaskData(made, m_bert).value(), second = loadTaskData(made, m_bert).value();
        QCOMPARE(first.validation.size(), std::size_t(20));
        QCOMPARE(lines(first.validation), lines(second.validation));
        std::set<uint64_t> all;
        for (const auto* part : {&first.train, &first.validation})
            for (const auto line : lines(*part)) all.insert(line);
        QCOMPARE(all.size(), std::size_t(100));
        made.data.splitSeed = 7;
        QVERIFY(lines(loadTaskData(made, m_bert).value().validation) != lines(first.validation));
        made.data.limit = 10;
        QCOMPARE(loadTaskData(made, m_bert).value().train.size(), std::size_t(8));
        made.data.validation = "1.5";
        QCOMPARE(loadTaskData(made, m_bert).error().code, ErrorCode::RecipeInvalid);
    }
    void loadsRowsToPredict() {
        const auto made = recipe("classification", "r.csv", "text,label\na,good\nb,bad\n");
        lathe::DataReport report;
        const auto texts = m_folder.write("r.txt", "one\n\ntwo\nthree\n");
        const auto rows = lathe::loadRows(made, texts, {"bad", "good"}, false, m_bert, report);
        LATHE_VERIFY_OK(rows);
        QCOMPARE(rows.value().size(), std::size_t(3));
        QCOMPARE(rows.value()[2].text, std::string("three"));
        QCOMPARE(rows.value()[2].label, int64_t(-1));
        QVERIFY(!lathe::loadRows(made, texts, {"bad", "good"}, true, m_bert, report).ok());
        const auto labelled = lathe::loadRows(made, made.data.train, {"bad", "good"}, true, m_bert, report);
        QCOMPARE(labelled.value()[0].label, int64_t(1));
    }
    void aFileReadInBatchesGivesTheSame_data() {
        QTest::addColumn<QString>("task");
        for (const char* task : {"classification", "language_modeling", "instruction"})
            QTest::newRow(task) << task;
    }
    void aFileReadInBatchesGivesTheSame() {
        QFETCH(QString, task);
        // The same rows once more with a column that makes the file too large to be held.
        const std::string blob(100'000, 'x');
        std::string small = "text,label,instruction,output\n", large = "text,label,instruction,output,blob\n";
        for (int i = 0; i < 700; ++i) {
            const std::string n = std::to_string(i);
            const std::string row =
                "text " + n + "," + std::to_string(i % 3) + ",q," + (i % 9 ? "a" : "") + n.substr(1);
            small += row + "\n";
            large += row + "," + blob + "\n";
        }
        auto asked = recipe(task.toStdString(), "small.csv", small);
        asked.data.validation = "0.2";
        asked.data.maxLength = 24;
        asked.data.chatTemplate = "plain";
        const auto& tokenizer = task == "classification" ? m_bert : m_causal;
        const auto held = loadTaskData(asked, tokenizer);
        LATHE_VERIFY_OK(held);
        asked.data.train = m_folder.write("large.csv", large).string();
        const auto streamed = loadTaskData(asked, tokenizer);
        LATHE_VERIFY_OK(streamed);
        const auto shown = loadTaskData(asked, tokenizer, {3, 0});
        LATHE_VERIFY_OK(shown);
        QCOMPARE(streamed.value().availableColumns.size(), std::size_t(5));
        const auto same = [](const Example& a, const Example& b) {
            return a.ids == b.ids && a.targets == b.targets && a.label == b.label && a.line == b.line;
        };
        for (const auto part : {&lathe::TaskData::train, &lathe::TaskData::validation}) {
            const auto& expected = held.value().*part;
            const auto& got = streamed.value().*part;
            QVERIFY(std::equal(got.begin(), got.end(), expected.begin(), expected.end(), same));
        }
        QCOMPARE(shown.value().train.size(), std::size_t(3));
        QVERIFY(same(shown.value().train[2], held.value().train[2]));
        QVERIFY(shown.value().validation.empty());
        for (const auto* data : {&streamed.value(), &shown.value()})
            for (const auto part : {&lathe::TaskData::trainReport, &lathe::TaskData::validationReport}) {
                const auto &expected = held.value().*part, &got = data->*part;
                QCOMPARE(got.rows, expected.rows);
                QCOMPARE(got.tokens, expected.tokens);
                QCOMPARE(got.trainedTokens, expected.trainedTokens);
                QCOMPARE(got.dropped, expected.dropped);
                QCOMPARE(got.reasons, expected.reasons);
                QCOMPARE(got.lengthHistogram, expected.lengthHistogram);
            }
    }
    void aFileWithoutClassesIsToldEarly() {
        std::string rows;
        for (int i = 0; i < 100'010; ++i) rows += "{\"text\":\"a\",\"label\":" + std::to_string(i) + "}\n";
        const auto data = loadTaskData(recipe("classification", "ids.jsonl", rows), m_bert);
        QVERIFY(data.error().message.find("more than 100,000 different values") != std::string::npos);
    }
    void textsThatShareSequencesStayWhole() {
        auto made = recipe("language_modeling", "s.txt", "abcdef\n\nxy\n\nz\n");
        made.data.maxLength = 4;
        made.data.packing = "best_fit";
        const auto data = loadTaskData(made, m_causal);
        LATHE_VERIFY_OK(data);
        std::vector<std::string> texts;
        for (const Example& row : data.value().train) texts.push_back(row.text);
        made.data.packing = "none";
        const auto blocks = loadTaskData(made, m_causal);
        LATHE_VERIFY_OK(blocks);
        QVERIFY(texts.size() > blocks.value().train.size());
        QCOMPARE(texts.front(), std::string("abcd"));
        QVERIFY(std::none_of(texts.begin(), texts.end(), [](const std::string& text) {
            return text.find('f') != std::string::npos && text.find('x') != std::string::npos;
        }));
    }
    void tagsStandWhereWordsBegin() {
        auto asked = recipe("token_classification", "t.conll", "ab B-X\nc O\n\nd O\ne I-X\n");
        const auto data = loadTaskData(asked, m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (std::vector<std::string>{"O", "B-X", "I-X"}));
        const Example& row = data.value().train.at(0);
        QCOMPARE(row.text, std::string("ab c"));
        QCOMPARE(row.ids, m_bert.encode("ab c", true).ids);
        const int32_t n = kNoTarget;
        QCOMPARE(row.targets, (std::vector<int32_t>{n, 1, n, n, 0, n}));  // [CLS] a b blank c [SEP]
        asked.data.train = m_folder.write("t.jsonl", R"({"tokens":["a","b"],"tags":["O"]})").string();
        const auto uneven = loadTaskData(asked, m_bert);
        QVERIFY(!uneven.ok());
        asked.data.train = m_folder.write("t.jsonl", R"({"tokens":["a","b"],"ner_tags":[0,3]})").string();
        QCOMPARE(loadTaskData(asked, m_bert).value().labels, (std::vector<std::string>{"0", "3"}));
    }
    // Words longer than a string keeps inside itself: none may point into a text that is gone.
    void wordsAndTagsAreSeparatedByBlanks() {
        const std::vector<std::string> words{"Bundesverfassungsgericht", "sits", "in",
                                             "Karlsruhe-Innenstadt"};
        QCOMPARE(lathe::wordsOf(lathe::Json("\tBundesverfassungsgericht  sits in\nKarlsruhe-Innenstadt ")),
                 words);
        QVERIFY(lathe::wordsOf(lathe::Json(" ")).empty());
        const auto data =
            loadTaskData(recipe("token_classification", "blanks.jsonl",
                                R"({"tokens":"Bundesverfassungsgericht sits in Karlsruhe-Innenstadt",)"
                                R"("tags":"B-ORGANISATION-OF-STATE O O B-LOC"})"
                                "\n"),
                         m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().labels, (std::vector<std::string>{"O", "B-LOC", "B-ORGANISATION-OF-STATE"}));
        QCOMPARE(data.value().train.at(0).text, lathe::sentenceOf(words));
        QCOMPARE(data.value().trainReport.labelCounts,
                 (std::map<std::string, int64_t>{{"O", 2}, {"B-LOC", 1}, {"B-ORGANISATION-OF-STATE", 1}}));
    }
    void pairsEndWithTheEndToken() {
        const auto data = loadTaskData(
            recipe("sequence_to_sequence", "p.tsv", "source\ttarget\nhello\tnihao\nno\t\n"), m_causal);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().train.size(), std::size_t(1));  // an empty target teaches nothing
        const Example& row = data.value().train[0];
        QCOMPARE(row.ids, m_causal.encode("hello", false).ids);
        auto target = m_causal.encode("nihao", false).ids;
        target.push_back(ByteTokenizer::kEnd);
        QCOMPARE(row.decoderTargets, target);
        QCOMPARE(data.value().trainReport.dropped, int64_t(1));
        QCOMPARE(data.value().trainReport.trainedTokens, int64_t(6));
    }
    void maskedBlocksKeepWhatStandsAroundThem() {
        auto asked = recipe("masked_language_modeling", "m.txt", "abcdefghijklmnop\n");
        asked.data.maxLength = 6;
        const auto data = loadTaskData(asked, m_bert);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().train.size(), std::size_t(4));
        const Example& block = data.value().train[0];
        QCOMPARE(block.ids, m_bert.encode("abcd", true).ids);
        QCOMPARE(block.targets.front(), kNoTarget);
        QCOMPARE(block.targets.back(), kNoTarget);
        QCOMPARE(targetText(block), std::string("abcd"));
        QCOMPARE(data.value().masking->maskId, int32_t(ByteTokenizer::kMask));
        QVERIFY(!loadTaskData(asked, m_causal).ok());
    }
    void masksAShareOfTheTokens() {
        Example whole;
        for (int i = 0; i < 20'000; ++i) whole.ids.push_back(ByteTokenizer::kFirstByte + i % 256);
        whole.targets = whole.ids;
        whole.targets[0] = kNoTarget;
        const lathe::Masking masking{ByteTokenizer::kMask, m_bert.vocabularySize()};
        Example row = whole, again = whole, other = whole;
        lathe::maskTokens(row, masking, 7);
        lathe::maskTokens(again, masking, 7);
        lathe::maskTokens(other, masking, 8);
        QCOMPARE(row.ids, again.ids);
        QVERIFY(row.ids != other.ids);
        QCOMPARE(row.ids[0], whole.ids[0]);
        int chosen = 0, hidden = 0, kept = 0;
        for (std::size_t i = 0; i < row.ids.size(); ++i) {
            if (row.targets[i] == kNoTarget) {
                QCOMPARE(row.ids[i], whole.ids[i]);
                continue;
            }
            QCOMPARE(row.targets[i], whole.ids[i]);
            ++chosen;
            hidden += row.ids[i] == ByteTokenizer::kMask;
            kept += row.ids[i] == whole.ids[i];
        }
        // Four deviations of a binomial count on each side.
        QVERIFY2(std::abs(chosen - 3000) < 202, qPrintable(QString::number(chosen)));
        QVERIFY2(std::abs(hidden - 0.8 * chosen) < 90, qPrintable(QString::number(hidden)));
        QVERIFY2(std::abs(kept - 0.1 * chosen) < 67, qPrintable(QString::number(kept)));
        Example one;
        one.ids = one.targets = {ByteTokenizer::kFirstByte};
        lathe::maskTokens(one, masking, 1);
        QCOMPARE(one.targets[0], int32_t(ByteTokenizer::kFirstByte));  // something is always learnt
    }
};

LATHE_TEST(TestTaskData)
#include "tst_task_data.moc"
