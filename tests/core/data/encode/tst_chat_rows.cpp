// SPDX-License-Identifier: GPL-3.0-or-later
// What a row says beside its texts is used by the model's template, or named: never ignored without a word.
#include "core/data/encode/chat_rows.h"

#include "core/data/task_data.h"
#include "tests/core/tokenizer/tokenizer_samples.h"
#include "tests/support/support.h"

using namespace lathe;
using lathe::test::chatTokenizer;

namespace {

const std::string kTurns =
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
/// Has a form for tools, calls, reasoning and parts of contents.
const std::string kRich =
    "{% if tools %}{{ tools | tojson ~ '\n' }}{% endif %}{% for m in messages %}{{ '<|im_start|>' ~ m.role ~ "
    "'\n' }}"
    "{% if m.reasoning_content %}{{ '(' ~ m.reasoning_content ~ ')' }}{% endif %}"
    "{% if m.content is string %}{{ m.content }}{% else %}{% for p in m.content or [] %}{{ '*' ~ p.text }}{% "
    "endfor %}"
    "{% endif %}{% for c in m.tool_calls or [] %}{{ c.function | tojson }}{% endfor %}{{ '<|im_end|>\n' }}{% "
    "endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

std::string learned(const Example& row, const Tokenizer& tokenizer) {
    std::vector<int32_t> ids;
    for (const int32_t target : row.targets)
        if (target != kNoTarget) ids.push_back(target);
    return tokenizer.decode(ids, false);
}

/// Shows each message as its role and keys, in order, with their values.
const std::string kKeys =
    "{% for m in messages %}{{ '<|im_start|>' ~ m.role ~ '\n' }}{% for k in m %}"
    "{{ k ~ '=' ~ m[k] ~ ';' }}{% endfor %}{{ '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    // What it mentions counts as used.
    "{% if false %}{{ m.content ~ m.tool_calls ~ m.name ~ m.id ~ m.reasoning_content }}{% endif %}";

std::vector<std::string> codes(const DataReport& report) {
    std::vector<std::string> found;
    for (const Note& note : report.notes) found.push_back(note.code);
    return found;
}

}  // namespace

class TestChatRows : public QObject {
    Q_OBJECT
    lathe::test::TemporaryFolder m_folder;
    int m_files = 0;

    Result<TaskData> load(const std::string& rows, const Tokenizer& tokenizer,
                          const std::string& task = "instruction") {
        Recipe recipe;
        recipe.task = task;
        recipe.data.train = m_folder.write("rows" + std::to_string(++m_files) + ".jsonl", rows).string();
        recipe.data.validation = "none";
        recipe.data.maxLength = 1024;
        return loadTaskData(recipe, tokenizer);
    }

  private slots:
    void toolsAndCallsAreWrittenByATemplateThatHasThem() {
        const auto tokenizer = chatTokenizer(kRich);
        const OrderedJson call = R"({"name": "look", "arguments": {"z": 1, "a": 2}})",
                          tools = R"([{"name": "look", "about": "trains"}])";
        const auto data = load(R"({"conversations":[{"from":"human","value":"When?"},)"
                               R"({"from":"function_call","value":)" +
                                   call.dump() +
                                   R"(},{"from":"observation","value":"10:40"},)"
                                   R"({"from":"gpt","value":"At 10:40."}],"tools":)" +
                                   tools.dump() + "}",
                               *tokenizer);
        LATHE_VERIFY_OK(data);
        const Example& row = data.value().train.at(0);
        QVERIFY(row.text.starts_with(R"([{"name": "look", "about": "trains"}])"));
        QCOMPARE(
            learned(row, *tokenizer),
            std::string(R"({"name": "look", "arguments": {"z": 1, "a": 2}}<|im_end|>At 10:40.<|im_end|>)"));
        QVERIFY(data.value().trainReport.notes.empty());
    }
    void toolsAndCallsAreNamedWhereTheTemplateHasNoForm() {
        const auto tokenizer = chatTokenizer(kTurns);
        const std::string row =
            R"({"messages":[{"role":"user","content":"?"},{"role":"assistant","content":null,"tool_calls":)"
            R"([{"id":"1","type":"function","function":{"name":"look","arguments":{"town":"Aldorf"}}}]},)"
            R"({"role":"tool","content":"10:40"},{"role":"assistant","content":"Then."}],)"
            R"("tools":[{"name":"look"}]})";
        const auto data = load(row + "\n" + row, *tokenizer);
        LATHE_VERIFY_OK(data);
        const auto& report = data.value().trainReport;
        QCOMPARE(codes(report), (std::vector<std::string>{"columns_unused", "tool_calls_as_text"}));
        QVERIFY(report.notes[0].message.find("\"tools\"") != std::string::npos);
        QCOMPARE(report.notes[0].rows, int64_t(2));
        QVERIFY(report.notes[0].place.ends_with(":1"));
        QCOMPARE(learned(data.value().train[0], *tokenizer),
                 std::string(R"({"name":"look","arguments":{"town":"Aldorf"}}<|im_end|>Then.<|im_end|>)"));
    }
    void markedAnswersAreContext_data() {
        QTest::addColumn<QString>("mark");
        QTest::addRow("OpenAI, Mistral") << R"("weight": 0)";
        QTest::addRow("Axolotl") << R"("train": false)";
        QTest::addRow("Axolotl, the other name") << R"("training": false)";
    }
    void markedAnswersAreContext() {
        QFETCH(QString, mark);
        const auto tokenizer = chatTokenizer(kTurns);
        const std::string wrong = R"({"role":"assistant","content":"Six.",)" + mark.toStdString() + "}";
        const auto data =
            load(R"({"messages":[{"role":"user","content":"2+2?"},)" + wrong +
                     R"(,{"role":"user","content":"No."},{"role":"assistant","content":"Four.","weight":1}]})"
                     "\n"
                     R"({"messages":[{"role":"user","content":"2+2?"},)" +
                     wrong + "]}",
                 *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().train.size(), std::size_t(1));
        QCOMPARE(learned(data.value().train[0], *tokenizer), std::string("Four.<|im_end|>"));
        QVERIFY(data.value().train[0].text.find("Six.") != std::string::npos);
        QCOMPARE(codes(data.value().trainReport), std::vector<std::string>{"answers_context"});
        QCOMPARE(data.value().trainReport.reasons,
                 std::vector<std::string>{"line 2: every answer is marked as context"});
    }
    void aWeightThatIsNeitherIsRefused() {
        const auto tokenizer = chatTokenizer(kTurns);
        const auto data = load(
            R"({"messages":[{"role":"user","content":"?"},{"role":"assistant","content":"x","weight":0.5}]})",
            *tokenizer);
        QCOMPARE(data.error().code, ErrorCode::DataInvalid);
        QVERIFY(data.error().message.find("0.5") != std::string::npos);
        QVERIFY(data.error().place.ends_with(":1"));
    }
    void anEmptyAnswerBetweenOthersIsNotATarget() {
        const auto tokenizer = chatTokenizer(kTurns);
        const auto data =
            load(R"({"messages":[{"role":"user","content":"1"},{"role":"assistant","content":""},)"
                 R"({"role":"user","content":"2"},{"role":"assistant","content":"two"}]})",
                 *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(learned(data.value().train.at(0), *tokenizer), std::string("two<|im_end|>"));
        QCOMPARE(codes(data.value().trainReport), std::vector<std::string>{"answers_empty"});
    }
    void reasoningIsWrittenOrNamed() {
        const std::string row = R"({"messages":[{"role":"user","content":"2*3?"},)"
                                R"({"role":"assistant","reasoning_content":"two threes","content":"6"}]})";
        const auto rich = chatTokenizer(kRich), turns = chatTokenizer(kTurns);
        const auto written = load(row, *rich), left = load(row, *turns);
        LATHE_VERIFY_OK(written);
        QCOMPARE(learned(written.value().train.at(0), *rich), std::string("(two threes)6<|im_end|>"));
        QVERIFY(written.value().trainReport.notes.empty());
        LATHE_VERIFY_OK(left);
        QCOMPARE(codes(left.value().trainReport), std::vector<std::string>{"message_keys_unused"});
        QVERIFY(left.value().trainReport.notes[0].message.find("reasoning_content") != std::string::npos);
    }
    void partsOfContents() {
        const std::string row =
            R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}])"
            R"(},{"role":"assistant","content":"c"}]})";
        const auto rich = chatTokenizer(kRich), turns = chatTokenizer(kTurns);
        QVERIFY(load(row, *rich).value().train.at(0).text.find("user\n*a*b<|im_end|>") != std::string::npos);
        QVERIFY(load(row, *turns).value().train.at(0).text.find("user\nab<|im_end|>") != std::string::npos);
        const auto picture =
            load(R"({"messages":[{"role":"user","content":[{"type":"image","url":"x.png"}]},)"
                 R"({"role":"assistant","content":"c"}]})",
                 *turns);
        QCOMPARE(picture.error().code, ErrorCode::DataInvalid);
        QVERIFY(picture.error().message.find("\"image\"") != std::string::npos);
    }
    void aKeyWithoutAValueIsAsIfItWereNotThere() {
        const auto tokenizer = chatTokenizer(kKeys);
        const auto data = load(
            R"({"messages":[{"role":"user","content":"When?","name":null},)"
            R"({"role":"assistant","content":null,"tool_calls":[{"f":null}],"id":null},)"
            R"({"role":"tool","tool_calls":null,"content":"Now"},{"role":"assistant","content":"Now."}]})",
            *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().train.at(0).text,
                 std::string("<|im_start|>user\nrole=user;content=When?;<|im_end|>\n"
                             "<|im_start|>assistant\nrole=assistant;tool_calls=[{'f': None}];<|im_end|>\n"
                             "<|im_start|>tool\nrole=tool;content=Now;<|im_end|>\n"
                             "<|im_start|>assistant\nrole=assistant;content=Now.;<|im_end|>\n"));
        QVERIFY(data.value().trainReport.notes.empty());
    }
    void reasoningHasTheNamesThatTemplatesReadItBy_data() {
        QTest::addColumn<QString>("given");
        QTest::addColumn<QString>("shown");
        QTest::addRow("the usual name") << R"("reasoning_content":"a")"
                                        << "thinking=a;role=assistant;content=6;reasoning_content=a;";
        QTest::addRow("reasoning") << R"("reasoning":"a","thinking":null)"
                                   << "thinking=a;role=assistant;content=6;reasoning=a;reasoning_content=a;";
        QTest::addRow("two of them")
            << R"("reasoning":"a","thinking":"b")"
            << "thinking=b;role=assistant;content=6;reasoning=a;reasoning_content=b;";
    }
    void reasoningHasTheNamesThatTemplatesReadItBy() {
        QFETCH(QString, given);
        QFETCH(QString, shown);
        const auto tokenizer = chatTokenizer(kKeys);
        const auto data = load(R"({"messages":[{"role":"user","content":"2*3?"},{"role":"assistant",)" +
                                   given.toStdString() + R"(,"content":"6"}]})",
                               *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(learned(data.value().train.at(0), *tokenizer), shown.toStdString() + "<|im_end|>");
        // Only a second text that the template does not read is named.
        QCOMPARE(codes(data.value().trainReport).size(),
                 std::size_t(QTest::currentDataTag() == std::string("two of them")));
    }
    void oldFunctionCallsAreToolCalls() {
        const auto tokenizer = chatTokenizer(kRich);
        const auto data =
            load(R"({"messages":[{"role":"user","content":"When?"},)"
                 R"({"role":"assistant","content":null,"function_call":{"name":"look","arguments":"{}"}},)"
                 R"({"role":"function","content":"10:40"},{"role":"assistant","content":"At 10:40."}]})",
                 *tokenizer);
        LATHE_VERIFY_OK(data);
        const Example& row = data.value().train.at(0);
        QCOMPARE(learned(row, *tokenizer),
                 std::string(R"({"name": "look", "arguments": "{}"}<|im_end|>At 10:40.<|im_end|>)"));
        QVERIFY(row.text.find("<|im_start|>tool\n10:40") != std::string::npos);
        QCOMPARE(codes(data.value().trainReport),
                 (std::vector<std::string>{"function_call_read", "roles_renamed"}));
    }
    void rolesAreGivenToTheTemplateAsTheyAre() {
        const auto tokenizer = chatTokenizer(kTurns);
        const auto data = load(R"({"messages":[{"role":"developer","content":"Be kind."},)"
                               R"({"role":"ipython","content":"4"},{"role":"function","content":"5"},)"
                               R"({"role":"assistant","content":"Hi."}]})",
                               *tokenizer);
        LATHE_VERIFY_OK(data);
        QVERIFY(data.value().train.at(0).text.starts_with(
            "<|im_start|>developer\nBe kind.<|im_end|>\n<|im_start|>ipython\n4<|im_end|>\n"
            "<|im_start|>function\n5<|im_end|>\n"));
        QVERIFY(data.value().trainReport.notes.empty());
        const auto strict = chatTokenizer(
            "{% for m in messages %}{% if m.role not in ['user', 'assistant'] %}"
            "{{ raise_exception('unexpected role ' ~ m.role) }}{% endif %}{{ m.content }}{% endfor %}");
        const auto refused =
            load(R"({"messages":[{"role":"developer","content":"x"},{"role":"assistant","content":"y"}]})",
                 *strict);
        QVERIFY(refused.error().hint.find("unexpected role developer") != std::string::npos);
    }
    void rolesThatAreReadAsOthersAreNamed() {
        const auto plain = chatTokenizer("");
        const auto data = load(R"({"messages":[{"role":"developer","content":"Be kind."},)"
                               R"({"role":"human","content":"Hi?"},{"role":"human","content":"You?"},)"
                               R"({"role":"gpt","content":"Hi."}]})",
                               *plain);
        LATHE_VERIFY_OK(data);
        const auto& notes = data.value().trainReport.notes;
        QCOMPARE(codes(data.value().trainReport), std::vector<std::string>(3, "roles_renamed"));
        QCOMPARE(notes[0].message, std::string("the role \"developer\" is read as system"));
        QCOMPARE(notes[1].message, std::string("the role \"human\" is read as user"));
        QCOMPARE(notes[1].rows, int64_t(1));
        // ShareGPT's own words need no note.
        const auto shared = load(
            R"({"conversations":[{"from":"human","value":"Hi?"},{"from":"gpt","value":"Hi."}]})", *plain);
        LATHE_VERIFY_OK(shared);
        QVERIFY(shared.value().trainReport.notes.empty());
    }
    void rolesAreNamedWhereNoneIsTheAssistants() {
        const auto tokenizer = chatTokenizer(kTurns);
        const auto data =
            load(R"({"messages":[{"role":"User","content":"a"},{"role":"Assistant","content":"b"}]})"
                 "\n"
                 R"({"messages":[{"role":"user","content":"a"}]})"
                 "\n"
                 R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
                 *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().trainReport.reasons,
                 (std::vector<std::string>{"line 1: no answer: the roles are User, Assistant",
                                           "line 2: no answer"}));
    }
    void marksThatAreNotUsedAreNamed() {
        const auto tokenizer = chatTokenizer(kRich);
        const auto data =
            load(R"({"messages":[{"role":"user","content":"a","train":true},)"
                 R"({"role":"user","content":"b","weight":0},)"
                 R"({"role":"assistant","content":[{"type":"text","text":"c","weight":0,"cache":{}}]}]})",
                 *tokenizer);
        LATHE_VERIFY_OK(data);
        const auto& notes = data.value().trainReport.notes;
        QCOMPARE(codes(data.value().trainReport),
                 (std::vector<std::string>{"marks_unused", "marks_unused", "message_keys_unused"}));
        QVERIFY(notes[0].message.find("\"train\"") != std::string::npos);
        QVERIFY(notes[0].message.find("\"user\"") != std::string::npos);
        QVERIFY(notes[1].message.find("part") != std::string::npos);
        QVERIFY(notes[2].message.find("\"cache\"") != std::string::npos);
    }
    void anAnswerBeforeTheFirstQuestion() {
        // The loop writes the start token, and what every conversation begins with.
        const auto tokenizer = chatTokenizer(
            "{% for m in messages %}{% if loop.first %}{{ bos_token ~ '<|im_start|>system\n!<|im_end|>\n' }}"
            "{% endif %}{{ '<|im_start|>' ~ m.role ~ '\n' ~ m.content ~ '<|im_end|>\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}");
        const auto data = load(R"({"messages":[{"role":"assistant","content":"Welcome."},)"
                               R"({"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."}]})"
                               "\n"
                               R"({"messages":[{"role":"assistant","content":"Welcome."}]})",
                               *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(learned(data.value().train.at(0), *tokenizer),
                 std::string("Welcome.<|im_end|>Hello.<|im_end|>"));
        const Example& alone = data.value().train.at(1);
        QCOMPARE(learned(alone, *tokenizer), std::string("Welcome.<|im_end|>"));
        QCOMPARE(alone.prompt, std::string("<s><|im_start|>system\n!<|im_end|>\n<|im_start|>assistant\n"));
    }
    void anAnswerBeforeTheFirstQuestionWithoutTheThoughtsOfTheLast() {
        const auto tokenizer = chatTokenizer(
            "{% for m in messages %}{{ (bos_token if loop.first else '') ~ '<|im_start|>' ~ m.role ~ '\\n' ~ "
            "('()' if loop.last and m.role == 'assistant' else '') ~ m.content ~ '<|im_end|>\\n' }}{% endfor "
            "%}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n()' }}{% endif %}");
        const auto data = load(R"({"messages":[{"role":"assistant","content":"Welcome."},)"
                               R"({"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."}]})",
                               *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(learned(data.value().train.at(0), *tokenizer),
                 std::string("Welcome.<|im_end|>Hello.<|im_end|>"));
    }
    void anAnswerBeforeTheFirstQuestionThatCannotBeFoundIsDropped() {
        const auto tokenizer = chatTokenizer(
            "{% for i in range(messages | length) %}{{ (bos_token if i == 0 else '') ~ '<|im_start|>' ~ "
            "messages[i].role ~ '\n' ~ messages[i].content ~ '<|im_end|>\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}");
        const auto data =
            load(R"({"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Ho"}]})"
                 "\n"
                 R"({"messages":[{"role":"assistant","content":"Welcome."}]})",
                 *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().train.size(), std::size_t(1));
        QCOMPARE(
            data.value().trainReport.reasons,
            std::vector<std::string>{"line 2: the chat template does not show where an answer before the "
                                     "first question begins"});
    }
    void aConversationThatTheTemplateRefusesIsDropped() {
        const auto tokenizer = chatTokenizer(
            "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
            "{{ raise_exception('roles must alternate') }}{% endif %}{{ m.content ~ '</s>' }}{% endfor %}");
        const auto data =
            load(R"({"messages":[{"role":"user","content":"1"},{"role":"assistant","content":"one"}]})"
                 "\n"
                 R"({"messages":[{"role":"assistant","content":"one"},{"role":"user","content":"1"}]})",
                 *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().train.size(), std::size_t(1));
        QCOMPARE(data.value().trainReport.dropped, int64_t(1));
        QVERIFY(data.value().trainReport.reasons.at(0).find("roles must alternate") != std::string::npos);
    }
    void anAnswerIsLearnedWhereThePromptAloneIsRefused() {
        const auto tokenizer = chatTokenizer(
            "{{ '#' if messages[0].content else '' }}{% for m in messages %}{{ '<|im_start|>' ~ m.role ~ "
            "'\\n' ~ "
            "m.content ~ '<|im_end|>' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}");
        const auto data =
            load(R"({"messages":[{"role":"assistant","content":"Good day. What is it?"}]})", *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(data.value().train.size(), std::size_t(1));
        const Example& row = data.value().train.at(0);
        QCOMPARE(row.prompt, std::string("#<|im_start|>assistant\n"));
        QCOMPARE(learned(row, *tokenizer), std::string("Good day. What is it?<|im_end|>"));
    }
    void contentsThatTheTemplateLeavesOutAreNoted() {
        const auto tokenizer = chatTokenizer(
            "{% for m in messages if m.role != 'system' %}{{ m.content ~ '</s>' }}{% endfor %}");
        const auto data =
            load(R"({"messages":[{"role":"system","content":"Be kind"},{"role":"user","content":"1"},)"
                 R"({"role":"assistant","content":"one"}]})",
                 *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(codes(data.value().trainReport), std::vector<std::string>{"content_not_rendered"});
    }
    void columnsWithoutARoleAreNamed() {
        const auto tokenizer = chatTokenizer(kTurns);
        const auto data = load(R"({"instruction":"1","output":"one","source":"web","id":7})", *tokenizer);
        LATHE_VERIFY_OK(data);
        QCOMPARE(codes(data.value().trainReport), std::vector<std::string>{"columns_unused"});
        const std::string& message = data.value().trainReport.notes[0].message;
        QVERIFY2(message.find("source, id") != std::string::npos ||
                     message.find("id, source") != std::string::npos,
                 message.c_str());
    }
    void preferencesShareTheirToolsAndKeepTheirCalls() {
        const auto tokenizer = chatTokenizer(kRich);
        const auto data = load(R"({"prompt":[{"role":"user","content":"?"}],"tools":[{"name":"look"}],)"
                               R"("chosen":[{"role":"assistant","content":"",)"
                               R"("tool_calls":[{"function":{"name":"look","arguments":{}}}]}],)"
                               R"("rejected":[{"role":"assistant","content":"I do not know."}]})",
                               *tokenizer, "preference");
        LATHE_VERIFY_OK(data);
        const Example& row = data.value().train.at(0);
        QVERIFY(row.prompt.starts_with(R"([{"name": "look"}])"));
        QVERIFY(row.text.find(R"({"name": "look", "arguments": {}}<|im_end|>)") != std::string::npos);
        QVERIFY(row.rejected.text.ends_with("I do not know.<|im_end|>\n"));
    }
};

LATHE_TEST(TestChatRows)
#include "tst_chat_rows.moc"
