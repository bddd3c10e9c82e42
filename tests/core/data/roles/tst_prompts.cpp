// SPDX-License-Identifier: GPL-3.0-or-later
// Prompts to answer for a reward: every layout a file may have, the wanted answer, and what is left out.
#include "core/data/task_data.h"
#include "tests/core/data/byte_tokenizer.h"
#include "tests/support/support.h"

using namespace lathe;
using lathe::test::ByteTokenizer;

class TestPrompts : public QObject {
    Q_OBJECT
    lathe::test::TemporaryFolder m_folder;
    ByteTokenizer m_tokenizer{false};

    Recipe recipe(const std::string& bytes, const std::string& name = "rows.jsonl") {
        Recipe made;
        made.task = "reinforcement";
        made.data.train = m_folder.write(name, bytes).string();
        made.data.validation = "none";
        made.data.chatTemplate = "chatml";
        return made;
    }

  private slots:
    void readsEveryLayout_data() {
        QTest::addColumn<QString>("bytes");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("answer");
        QTest::newRow("prompt") << R"({"prompt": "2+2?", "answer": 4})" << "a.jsonl" << "2+2?" << "4";
        QTest::newRow("question") << R"({"question": "2+2?", "solution": "four"})" << "a.jsonl" << "2+2?"
                                  << "four";
        QTest::newRow("alpaca") << R"([{"instruction": "Add", "input": "2, 2", "output": "4"}])" << "a.json"
                                << "Add\n2, 2"
                                << "4";
        QTest::newRow("messages, answered") << R"({"messages": [{"role": "user", "content": "Hi"}, )"
                                               R"({"role": "assistant", "content": "Hello"}]})"
                                            << "a.jsonl" << "Hi" << "Hello";
        QTest::newRow("messages, open")
            << R"({"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Hi"}], )"
               R"("answer": "x"})"
            << "a.jsonl" << "Hi" << "x";
        QTest::newRow("preference rows")
            << R"({"prompt": "Why?", "chosen": "a", "rejected": "b"})" << "a.jsonl" << "Why?"
            << "";
        QTest::newRow("one column") << "prompts\nWhy?\n" << "a.csv" << "Why?" << "";
    }
    void readsEveryLayout() {
        QFETCH(QString, bytes);
        QFETCH(QString, name);
        const auto data = loadTaskData(recipe(bytes.toStdString() + "\n", name.toStdString()), m_tokenizer);
        QVERIFY2(data.ok(), data.ok() ? "" : data.error().text().c_str());
        const Example& row = data.value().train.front();
        QTEST(QString::fromStdString(row.text), "text");
        QTEST(QString::fromStdString(row.answer), "answer");
        QVERIFY(row.targets.empty() && !row.ids.empty());
        // What generation starts from: up to where the assistant speaks, the answer not shown.
        QVERIFY(row.prompt.ends_with("<|im_start|>assistant\n"));
        QVERIFY(row.answer.empty() || row.answer == "x" ||
                row.prompt.find(row.answer + "<|im_end|>") == std::string::npos);
        QCOMPARE(row.ids, m_tokenizer.encode(row.prompt, false).ids);
    }

    void namedColumnsWin() {
        Recipe made = recipe(Json{{"a", "Say it"}, {"b", "it"}, {"prompt", "no"}}.dump());
        made.data.columns = {{"prompt", "a"}, {"answer", "b"}};
        const auto data = loadTaskData(made, m_tokenizer);
        QVERIFY2(data.ok(), data.ok() ? "" : data.error().text().c_str());
        QCOMPARE(data.value().train.front().text, std::string("Say it"));
        QCOMPARE(data.value().train.front().answer, std::string("it"));
        made.data.columns = {{"text", "a"}};
        QCOMPARE(loadTaskData(made, m_tokenizer).error().code, ErrorCode::RecipeInvalid);
    }

    void whatCannotBeAskedIsLeftOut() {
        std::string rows;
        for (const std::string& prompt : {std::string("short"), std::string(" "), std::string(300, 'x')})
            rows += Json{{"prompt", prompt}}.dump() + "\n";
        Recipe made = recipe(rows);
        made.data.maxLength = 120;
        const auto data = loadTaskData(made, m_tokenizer);
        QVERIFY2(data.ok(), data.ok() ? "" : data.error().text().c_str());
        QCOMPARE(data.value().train.size(), std::size_t(1));
        QCOMPARE(data.value().trainReport.dropped, int64_t(2));
        const auto none = loadTaskData(recipe(Json{{"number", 1}, {"other", 2}}.dump()), m_tokenizer);
        QCOMPARE(none.error().code, ErrorCode::DataInvalid);
        QVERIFY(none.error().message.find("prompt") != std::string::npos);
    }
};

LATHE_TEST(TestPrompts)
#include "tst_prompts.moc"
