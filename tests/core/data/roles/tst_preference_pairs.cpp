// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdlib>
#include <filesystem>

#include "core/data/roles/column_guess.h"
#include "core/data/roles/preference_pairs.h"
#include "core/data/task_data.h"
#include "tests/core/data/byte_tokenizer.h"
#include "tests/support/support.h"

using lathe::ErrorCode;
using lathe::Example;
using lathe::kNoTarget;
using lathe::loadTaskData;
using lathe::test::ByteTokenizer;
using Names = std::map<std::string, std::string>;

namespace {

/// "u:question|a:answer" of messages, by the first letters of their roles.
std::string brief(const std::vector<lathe::ChatMessage>& messages) {
    std::string text;
    for (const auto& message : messages)
        text += (text.empty() ? "" : "|") + message.role.substr(0, 1) + ":" + message.content;
    return text;
}

/// Where other people's data lies, as for the parity runs.
std::filesystem::path sampleData() {
    const char* given = std::getenv("LATHE_PARITY_DATA");
    return given ? std::filesystem::path(given) : lathe::test::testFile("../../shared/data");
}

}  // namespace

class TestPreference : public QObject {
    Q_OBJECT
    lathe::test::TemporaryFolder m_folder;
    ByteTokenizer m_causal{false};
    ByteTokenizer m_bert{true};

    lathe::Recipe recipe(const std::string& bytes, const std::string& name = "rows.jsonl",
                         const std::string& task = "preference") {
        lathe::Recipe made;
        made.task = task;
        made.data.train = m_folder.write(name, bytes).string();
        made.data.validation = "none";
        made.data.chatTemplate = "chatml";
        return made;
    }
    /// Prompt, chosen and rejected of a file's first row, one a line; or the error.
    std::string read(const std::string& bytes, const std::string& name = "rows.jsonl") {
        const auto records = lathe::readRecords(m_folder.write(name, bytes));
        if (!records.ok()) return records.error().text();
        const auto columns = lathe::resolveColumns(records.value(), "preference", {}, true);
        if (!columns.ok()) return columns.error().text();
        const auto row = lathe::preferenceOf(records.value(), records.value().records[0], columns.value());
        if (!row.ok()) return row.error().message;
        return brief(row.value().prompt.messages) + "\n" + brief(row.value().chosen) + "\n" +
               brief(row.value().rejected);
    }
    std::string learnt(const std::vector<int32_t>& targets) {
        std::string text;
        for (const int32_t target : targets)
            if (target != kNoTarget) text += m_causal.piece(target);
        return text;
    }

  private slots:
    void readsEveryLayout_data() {
        QTest::addColumn<QString>("row");
        QTest::addColumn<QString>("read");
        QTest::newRow("texts") << R"({"prompt":"Q","chosen":"A","rejected":"B"})" << "u:Q\na:A\na:B";
        QTest::newRow("instruction and input")
            << R"({"instruction":"I","input":"x","chosen":"A","rejected":"B","system":"S"})"
            << "s:S|u:I\nx\na:A\na:B";
        QTest::newRow("history")
            << R"({"instruction":"2","chosen":"A","rejected":"B","history":[["1","one"]]})"
            << "u:1|a:one|u:2\na:A\na:B";
        QTest::newRow("question") << R"({"question":"Q","chosen":"A","rejected":"B"})" << "u:Q\na:A\na:B";
        QTest::newRow("input alone") << R"({"input":"Q","chosen":"A","rejected":"B"})" << "u:Q\na:A\na:B";
        QTest::newRow("messages with objects")
            << R"({"conversations":[{"from":"human","value":"Q"}],"chosen":{"from":"gpt","value":"A"},)"
               R"("rejected":{"from":"gpt","value":"B"}})"
            << "u:Q\na:A\na:B";
        QTest::newRow("roles and contents")
            << R"({"messages":[{"role":"user","content":"Q"}],"chosen":{"role":"assistant","content":"A"},)"
               R"("rejected":{"role":"assistant","content":"B"},"system":"S"})"
            << "s:S|u:Q\na:A\na:B";
        QTest::newRow("messages with texts")
            << R"({"messages":[{"role":"user","content":"Q"}],"chosen":"A","rejected":"B"})"
            << "u:Q\na:A\na:B";
        QTest::newRow("whole conversations")
            << R"({"chosen":[{"role":"user","content":"1"},{"role":"assistant","content":"one"},)"
               R"({"role":"user","content":"2"},{"role":"assistant","content":"A"}],)"
               R"("rejected":[{"role":"user","content":"1"},{"role":"assistant","content":"one"},)"
               R"({"role":"user","content":"2"},{"role":"assistant","content":"B"}]})"
            << "u:1|a:one|u:2\na:A\na:B";
        QTest::newRow("whole conversations beside their prompt")
            << R"({"prompt":"Q","chosen":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}],)"
               R"("rejected":[{"role":"user","content":"Q"},{"role":"assistant","content":"B"}],)"
               R"("system":"S"})"
            << "s:S|u:Q\na:A\na:B";
        QTest::newRow("lists after a list")
            << R"({"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"A"}],)"
               R"("rejected":[{"role":"assistant","content":"B"}]})"
            << "u:Q\na:A\na:B";
        QTest::newRow("dialogues in text")
            << R"({"chosen":"\n\nHuman: 1\n\nAssistant: one\n\nstill one\n\nHuman: 2\n\nAssistant: A",)"
               R"("rejected":"\n\nHuman: 1\n\nAssistant: one\n\nstill one\n\nHuman: 2\n\nAssistant: B"})"
            << "u:1|a:one\n\nstill one|u:2\na:A\na:B";
        QTest::newRow("dialogues that part early")
            << R"({"chosen":"\n\nHuman: 1\n\nAssistant: A",)"
               R"("rejected":"\n\nHuman: 1\n\nAssistant: B\n\nHuman: 2"})"
            << "u:1\na:A\na:B|u:2";
        QTest::newRow("a dialogue as prompt")
            << R"({"prompt":"\n\nHuman: Q\n\nAssistant:","chosen":" A","rejected":" B"})"
            << "u:Q\na: A\na: B";
        QTest::newRow("texts with a common beginning")
            << R"({"chosen":"The sum is four.","rejected":"The sum is forty."})"
            << "u:The sum is\na: four.\na: forty.";
        QTest::newRow("one text begins the other") << R"({"chosen":"It is","rejected":"It is so"})"
                                                   << "u:It\na: is\na: is so";
        QTest::newRow("characters of three bytes") << R"({"chosen":"答案是三","rejected":"答案是丈"})"
                                                   << "u:答案是\na:三\na:丈";
        QTest::newRow("nothing in common") << R"({"chosen":"A","rejected":"B"})" << "\na:A\na:B";
        QTest::newRow("an empty prompt") << R"({"prompt":"","chosen":"It is A","rejected":"It is B"})"
                                         << "u:It is\na: A\na: B";
        QTest::newRow("an answer that looks like a list")
            << R"({"prompt":"Q","chosen":"[1, 2]","rejected":"[]"})"
            << "u:Q\na:[1, 2]\na:[]";
    }
    void readsEveryLayout() {
        QFETCH(QString, row);
        QFETCH(QString, read);
        QCOMPARE(QString::fromStdString(this->read(row.toStdString() + "\n")), read);
    }
    void readsTables() {
        QCOMPARE(read("prompt,chosen,rejected\nQ,A,B\n", "t.csv"), std::string("u:Q\na:A\na:B"));
        QCOMPARE(read("chosen\trejected\n"
                      R"([{"role":"user","content":"Q"},{"role":"assistant","content":"A"}])"
                      "\t"
                      R"([{"role":"user","content":"Q"},{"role":"assistant","content":"B"}])",
                      "t.tsv"),
                 std::string("u:Q\na:A\na:B"));
    }
    void namesWhatIsWrong() {
        // A role is the template's to know; a message without one is not a message.
        QVERIFY(read(R"({"prompt":"Q","chosen":{"value":"A"},"rejected":"B"})").find("needs a role") !=
                std::string::npos);
        QVERIFY(read(R"({"chosen":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}],)"
                     R"("rejected":"B"})")
                    .find("the other is not") != std::string::npos);
        const std::string missing = read(R"({"prompt":"Q","chosen":"A"})");
        QVERIFY(missing.find("no column is recognised as the rejected answer") != std::string::npos);
        QVERIFY(missing.find("chosen: NAME, rejected: NAME") != std::string::npos);
    }
    void guessesAndTakesColumns() {
        const auto records = lathe::readRecords(m_folder.write(
            "g.jsonl",
            R"({"prompt":"p","query":"q","Chosen Response":"a","rejected_response":"b","better":"c",)"
            R"("messages":[{"role":"user","content":"m"}]})"
            "\n"));
        LATHE_VERIFY_OK(records);
        for (const char* task : {"preference", "reward_model"})
            QCOMPARE(lathe::guessColumns(records.value(), task), (Names{{"messages", "messages"},
                                                                        {"chosen", "Chosen Response"},
                                                                        {"rejected", "rejected_response"}}));
        const auto resolved = [&](const Names& given) {
            const auto columns = lathe::resolveColumns(records.value(), "preference", given, true);
            Names names;
            if (!columns.ok()) return Names{{"error", columns.error().text()}};
            for (const auto& [role, column] : columns.value()) names[role] = records.value().columns[column];
            return names;
        };
        QCOMPARE(resolved({{"instruction", "query"}, {"chosen", "better"}}),
                 (Names{{"instruction", "query"}, {"chosen", "better"}, {"rejected", "rejected_response"}}));
        QCOMPARE(resolved({{"messages", "messages"}}), (Names{{"messages", "messages"},
                                                              {"chosen", "Chosen Response"},
                                                              {"rejected", "rejected_response"}}));
        QVERIFY(resolved({{"label", "query"}}).contains("error"));
    }
    void learnsBothAnswersAndTheirEnds() {
        const auto data =
            loadTaskData(recipe(R"({"prompt":"Q","chosen":"good","rejected":"bad"})"), m_causal);
        LATHE_VERIFY_OK(data);
        const Example& row = data.value().train.at(0);
        const std::string prompt = "<|im_start|>user\nQ<|im_end|>\n<|im_start|>assistant\n";
        QCOMPARE(row.prompt, prompt);
        QCOMPARE(row.text, prompt + "good<|im_end|>\n");
        QCOMPARE(row.rejected.text, prompt + "bad<|im_end|>\n");
        QCOMPARE(row.ids, m_causal.encode(row.text, false).ids);
        QCOMPARE(row.rejected.ids, m_causal.encode(row.rejected.text, false).ids);
        QCOMPARE(row.rejected.typeIds.size(), row.rejected.ids.size());
        QCOMPARE(learnt(row.targets), std::string("good<|im_end|>"));
        QCOMPARE(learnt(row.rejected.targets), std::string("bad<|im_end|>"));
        QCOMPARE(row.promptLength, int64_t(m_causal.encode(prompt, false).ids.size()));
        const auto& report = data.value().trainReport;
        QCOMPARE(report.tokens, int64_t(row.ids.size() + row.rejected.ids.size()));
        QCOMPARE(report.trainedTokens, int64_t(5 + 4));
        QCOMPARE(data.value().chat->name(), std::string("chatml"));
    }
    void onlyTheComparedAnswersAreLearnt() {
        auto made = recipe(R"({"instruction":"2","chosen":"A","rejected":"B","history":[["1","one"]]})");
        made.data.lossOn = "all";  // says nothing of pairs
        const auto data = loadTaskData(made, m_causal);
        LATHE_VERIFY_OK(data);
        QCOMPARE(learnt(data.value().train[0].targets), std::string("A<|im_end|>"));
    }
    void aTokenAcrossTheBorderEndsThePrompt() {
        // "\nYes" is one token here, so the two answers part one token before the prompt's last byte.
        const auto data = loadTaskData(recipe(R"({"prompt":"Q","chosen":"Yes","rejected":"No"})"), m_causal);
        LATHE_VERIFY_OK(data);
        const Example& row = data.value().train.at(0);
        QCOMPARE(learnt(row.targets), std::string("\nYes<|im_end|>"));
        QCOMPARE(learnt(row.rejected.targets), std::string("\nNo<|im_end|>"));
        const auto shared = static_cast<std::size_t>(row.promptLength);
        QVERIFY(std::equal(row.ids.begin(), row.ids.begin() + shared, row.rejected.ids.begin()));
        QCOMPARE(row.ids[shared], int32_t(ByteTokenizer::kJoined));
    }
    void countsCutAndDroppedRows() {
        auto made =
            recipe(R"({"prompt":"q","chosen":"a","rejected":"b"})"
                   "\n"
                   R"({"prompt":"q","chosen":"a much longer answer","rejected":"b"})"
                   "\n"
                   R"({"prompt":"q","chosen":" ","rejected":"b"})"
                   "\n"
                   R"({"prompt":"q","chosen":"a","rejected":null})"
                   "\n"
                   R"({"prompt":"q","chosen":"same","rejected":"same"})"
                   "\n"
                   R"({"prompt":"a long question that fills it all","chosen":"a","rejected":"b"})"
                   "\n"
                   R"({"prompt":"q","chosen":"alike for long, then X","rejected":"alike for long, then Y"})"
                   "\n");
        made.data.maxLength = 30;
        const auto data = loadTaskData(made, m_causal);
        LATHE_VERIFY_OK(data);
        const auto& report = data.value().trainReport;
        QCOMPARE(report.reasons,
                 (std::vector<std::string>{"line 3: chosen answer: empty answer",
                                           "line 4: rejected answer: empty answer",
                                           "line 5: the chosen and the rejected answer are the same",
                                           "line 6: the prompt alone fills max_length, no answer is left",
                                           "line 7: the answers differ only beyond max_length"}));
        QCOMPARE(report.rows, int64_t(2));
        QCOMPARE(report.cut, int64_t(1));
        QCOMPARE(data.value().train[1].ids.size(), std::size_t(30));
        QCOMPARE(data.value().train[1].targets.size(), std::size_t(30));
        QVERIFY(data.value().train[1].text.find("much longer answer") != std::string::npos);
    }
    void rewardRowsKeepWhatAnEncoderExpects() {
        auto made = recipe(R"({"prompt":"Q","chosen":"good","rejected":"bad"})", "r.jsonl", "reward_model");
        made.data.chatTemplate = "plain";
        made.data.maxLength = 5;
        const auto data = loadTaskData(made, m_bert);
        LATHE_VERIFY_OK(data);
        const Example& row = data.value().train.at(0);
        QCOMPARE(row.ids.front(), int32_t(ByteTokenizer::kCls));
        QCOMPARE(row.ids.back(), int32_t(ByteTokenizer::kSep));
        QCOMPARE(row.rejected.ids.back(), int32_t(ByteTokenizer::kSep));
        QCOMPARE(row.ids.size(), std::size_t(5));
        QCOMPARE(row.promptLength, int64_t(3));  // [CLS] Q line break
        QCOMPARE(learnt(row.targets), std::string("g"));
        QCOMPARE(learnt(row.rejected.targets), std::string("b"));
    }
    void readsRealPreferences_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<int>("rows");
        QTest::newRow("English") << "preference/dpo_en_demo.json" << 300;
        QTest::newRow("Chinese") << "preference/dpo_zh_demo.json" << 300;
    }
    void readsRealPreferences() {
        QFETCH(QString, file);
        QFETCH(int, rows);
        const auto path = sampleData() / file.toStdString();
        if (!std::filesystem::exists(path))
            QSKIP(qPrintable("no " + file + " (set LATHE_PARITY_DATA to a folder that holds it)"));
        auto made = recipe("");
        made.data.train = path.string();
        made.data.maxLength = 1 << 20;
        const auto data = loadTaskData(made, m_causal);
        LATHE_VERIFY_OK(data);
        const auto& used = data.value();
        QCOMPARE(used.columns,
                 (Names{{"conversations", "conversations"}, {"chosen", "chosen"}, {"rejected", "rejected"}}));
        QCOMPARE(int(used.train.size()), rows);
        for (const Example& row : used.train) {
            const auto shared = static_cast<std::size_t>(row.promptLength);
            QVERIFY(shared > 0 && shared < std::min(row.ids.size(), row.rejected.ids.size()));
            QVERIFY(std::equal(row.ids.begin(), row.ids.begin() + shared, row.rejected.ids.begin()));
            const std::string prompt = m_causal.decode(std::span(row.ids).first(shared), false);
            QVERIFY(row.prompt == prompt || row.prompt == prompt + "\n");  // an answer may begin with "\nYes"
            QCOMPARE(prompt + learnt(row.targets) + "\n", row.text);
            QCOMPARE(prompt + learnt(row.rejected.targets) + "\n", row.rejected.text);
        }
    }
};

LATHE_TEST(TestPreference)
#include "tst_preference_pairs.moc"
