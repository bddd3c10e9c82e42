// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat/chat_format.h"

#include "tests/core/tokenizer/tokenizer_samples.h"
#include "tests/support/support.h"

using namespace lathe;
using lathe::test::chatTokenizer;

namespace {

const std::vector<ChatMessage> kTalk = {{"user", "Hi "}, {"assistant", "Hello"}, {"user", "Bye"}};
const std::vector<ChatMessage> kWithSystem = {{"system", "Be kind"}, {"user", "Hi"}};

/// The text with its answers in brackets, or what went wrong.
std::string bracketed(const Result<RenderedChat>& chat) {
    if (!chat.ok()) return "error: " + chat.error().message;
    std::string text = chat.value().text;
    for (auto answer = chat.value().answers.rbegin(); answer != chat.value().answers.rend(); ++answer) {
        text.insert(answer->end, "]");
        text.insert(answer->begin, "[");
    }
    return text;
}

std::string rendered(const std::string& name, const std::string& chatTemplate, const Conversation& talk,
                     bool forGeneration = false) {
    const auto tokenizer = chatTokenizer(chatTemplate);
    const auto format = ChatFormat::open({name}, *tokenizer);
    if (!format.ok()) return "error: " + format.error().message;
    return bracketed(format.value().render(talk, forGeneration));
}

const std::string kTurns =
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

}  // namespace

class TestChatFormat : public QObject {
    Q_OBJECT
  private slots:
    void namedFormats_data() {
        QTest::addColumn<QString>("talk");
        QTest::addColumn<QString>("withSystem");
        QTest::addRow("chatml")
            << "<|im_start|>user\nHi <|im_end|>\n<|im_start|>assistant\n[Hello<|im_end|>]\n"
               "<|im_start|>user\nBye<|im_end|>\n"
            << "<|im_start|>system\nBe kind<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"
               "<|im_start|>assistant\n";
        QTest::addRow("llama3") << "<s><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
                                   "<|start_header_id|>assistant<|end_header_id|>\n\n[Hello<|eot_id|>]"
                                   "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>"
                                << "<s><|start_header_id|>system<|end_header_id|>\n\nBe kind<|eot_id|>"
                                   "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
                                   "<|start_header_id|>assistant<|end_header_id|>\n\n";
        QTest::addRow("gemma")
            << "<s><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n"
               "[Hello<end_of_turn>]\n<start_of_turn>user\nBye<end_of_turn>\n"
            << "<s><start_of_turn>user\nBe kind\n\nHi<end_of_turn>\n<start_of_turn>model\n";
        QTest::addRow("mistral") << "<s>[INST] Hi  [/INST][ Hello</s>][INST] Bye [/INST]"
                                 << "<s>[INST] Be kind\n\nHi [/INST]";
        QTest::addRow("zephyr") << "<|user|>\nHi </s>\n<|assistant|>\n[Hello</s>]\n<|user|>\nBye</s>\n"
                                << "<|system|>\nBe kind</s>\n<|user|>\nHi</s>\n<|assistant|>\n";
        QTest::addRow("alpaca") << "Below is an instruction that describes a task. Write a response that "
                                   "appropriately completes the request.\n\n### Instruction:\nHi \n\n"
                                   "### Response:\n[Hello</s>]\n\n### Instruction:\nBye\n\n### Response:\n"
                                << "Be kind\n\n### Instruction:\nHi\n\n### Response:\n";
        QTest::addRow("plain") << "Hi \n[Hello</s>]Bye\n"
                               << "Be kind\nHi\n";
        QTest::addRow("none") << "Hi [Hello]Bye"
                              << "Be kindHi";
    }
    void namedFormats() {
        QFETCH(QString, talk);
        QFETCH(QString, withSystem);
        const std::string name = QTest::currentDataTag();
        QCOMPARE(QString::fromStdString(rendered(name, "", kTalk)), talk);
        QCOMPARE(QString::fromStdString(rendered(name, "", kWithSystem, true)), withSystem);
    }
    void aModelsOwnTemplateIsRun() {
        QCOMPARE(rendered("auto", kTurns, kTalk),
                 std::string("<|im_start|>user\nHi <|im_end|>\n<|im_start|>assistant\n[Hello<|im_end|>]\n"
                             "<|im_start|>user\nBye<|im_end|>\n"));
        const auto tokenizer = chatTokenizer(kTurns);
        const auto format = ChatFormat::open({}, *tokenizer);
        LATHE_VERIFY_OK(format);
        QCOMPARE(format.value().name(), std::string("model"));
        QCOMPARE(format.value().stopIds(), (std::vector<int32_t>{278, 276}));
        QVERIFY(!format.value().reads("tools"));
    }
    void whatATemplateAddsToAnAnswerIsLearned() {
        const std::string thinks =
            "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' and "
            "loop.last %}"
            "{{ '<think>\n\n</think>\n\n' }}{% endif %}{{ m.content + '<|im_end|>\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
        QCOMPARE(rendered("auto", thinks, {{{"user", "1"}, {"assistant", "one"}}}),
                 std::string("<|im_start|>user\n1<|im_end|>\n<|im_start|>assistant\n"
                             "[<think>\n\n</think>\n\none<|im_end|>]\n"));
    }
    void answersAreFoundWithoutALoopOverMessages() {
        const std::string byIndex =
            "{% for i in range(messages|length) %}{{ messages[i].role ~ ': ' ~ messages[i].content ~ '</s>' "
            "}}"
            "{% endfor %}{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}";
        QCOMPARE(rendered("auto", byIndex, kTalk),
                 std::string("user: Hi </s>assistant: [Hello</s>]user: Bye</s>"));
    }
    void answersThatCannotBeFoundAreRefused() {
        // The whole is written backwards, by index.
        const std::string backwards =
            "{% for i in range(messages|length) %}{{ messages[-1 - i].content ~ '</s>' }}{% endfor %}";
        const std::string text = rendered("auto", backwards, kTalk);
        QVERIFY2(text.starts_with("error: the chat template does not show where answers begin"),
                 text.c_str());
    }
    void generationMarksDecide() {
        const std::string marks =
            "{% for m in messages %}{{ m.role ~ ':' }}{% if m.role == 'assistant' %}{% generation %}{{ "
            "m.content }}"
            "{% endgeneration %}{% else %}{{ m.content }}{% endif %}{{ '</s>' }}{% endfor %}";
        QCOMPARE(rendered("auto", marks, kTalk),
                 std::string("user:Hi </s>assistant:[Hello]</s>user:Bye</s>"));
    }
    void marksBehindAnAnswerAreOfIt() {
        const std::string marks =
            "{% for m in messages %}{{ m.role ~ ':' }}{% if m.role == 'assistant' %}{% generation %}{{ "
            "m.content }}{% endgeneration %}{{ '|' }}{% generation %}{{ '.' }}{% endgeneration %}{% else %}"
            "{{ m.content }}{% endif %}{% endfor %}{% generation %}{{ '</s>' }}{% endgeneration %}";
        const ChatMessage asks{"user", "1"}, says{"assistant", "one"};
        QCOMPARE(rendered("auto", marks, {{asks, says, asks, says}}),
                 std::string("user:1assistant:[one]|[.]user:1assistant:[one]|[.][</s>]"));
        ChatMessage context = says;
        context.learned = false;
        QCOMPARE(rendered("auto", marks, {{asks, says, asks, context}}),
                 std::string("user:1assistant:[one]|[.]user:1assistant:one|.</s>"));
        // No answer is behind the last question.
        QCOMPARE(rendered("auto", marks, {{asks, says, asks}}),
                 std::string("user:1assistant:[one]|[.]user:1</s>"));
    }
    void marksThatFitNoAnswerAreRefused() {
        const std::string marks =
            "{% for i in range(messages | length) %}{% generation %}{{ messages[i].content }}"
            "{% endgeneration %}{% endfor %}";
        const ChatMessage asks{"user", "1"}, says{"assistant", "one"};
        const std::string text = rendered("auto", marks, {{asks, says, asks, says}});
        QVERIFY2(text.find("it marks 4 answers of 2") != std::string::npos, text.c_str());
    }
    void contextAndEmptyAnswersAreNotLearned() {
        Conversation talk({{"user", "1"},
                           {"assistant", "wrong"},
                           {"user", "2"},
                           {"assistant", ""},
                           {"user", "3"},
                           {"assistant", "right"}});
        talk.messages[1].learned = false;
        const std::string text = rendered("auto", kTurns, talk);
        QCOMPARE(std::count(text.begin(), text.end(), '['), 1);
        QVERIFY(text.ends_with("assistant\n[right<|im_end|>]\n"));
    }
    void toolsAndTheirCallsComeFromTheTemplate() {
        const std::string tools =
            "{% if tools %}{{ tools | tojson }}{% endif %}{% for m in messages %}{{ '<|im_start|>' ~ m.role "
            "~ '\n' }}"
            "{% if m.tool_calls %}{% for c in m.tool_calls %}{{ c.function.name ~ (c.function.arguments | "
            "tojson) }}"
            "{% endfor %}{% else %}{{ m.content }}{% endif %}{{ '<|im_end|>' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
        ChatMessage call{"assistant", ""};
        call.more["tool_calls"] = OrderedJson::parse(
            R"([{"type":"function","function":{"name":"look","arguments":{"z":1,"a":"é"}}}])");
        const ChatMessage asks{"user", "?"}, result{"tool", "42"}, says{"assistant", "It is 42."};
        Conversation talk(std::vector<ChatMessage>{asks, call, result, says});
        talk.tools = OrderedJson::parse(R"([{"name":"look","about":"x"}])");
        QCOMPARE(
            rendered("auto", tools, talk),
            std::string("[{\"name\": \"look\", \"about\": \"x\"}]<|im_start|>user\n?<|im_end|><|im_start|>"
                        "assistant\n[look{\"z\": 1, \"a\": \"é\"}<|im_end|>]<|im_start|>tool\n42<|im_end|>"
                        "<|im_start|>assistant\n[It is 42.<|im_end|>]"));
    }
    void controlTokensInContentsAreText() {
        const auto tokenizer = chatTokenizer(kTurns);
        const Conversation talk(std::vector<ChatMessage>{{"user", "a<|im_end|>b"}, {"assistant", "</s>"}});
        for (const bool split : {true, false}) {
            const auto format = ChatFormat::open({"auto", split}, *tokenizer);
            LATHE_VERIFY_OK(format);
            const auto chat = format.value().render(talk, false);
            QCOMPARE(bracketed(chat),
                     std::string("<|im_start|>user\na<|im_end|>b<|im_end|>\n<|im_start|>assistant\n"
                                 "[</s><|im_end|>]\n"));
            QCOMPARE(chat.value().plain.size(), split ? std::size_t(2) : std::size_t(0));
            const auto ids = encodeChat(*tokenizer, chat.value()).ids;
            QCOMPARE(std::count(ids.begin(), ids.end(), 278), split ? 2 : 3);
            QCOMPARE(std::count(ids.begin(), ids.end(), 276), split ? 0 : 1);
        }
    }
    void aTemplatesOwnRefusalIsARowsFault() {
        const auto tokenizer = chatTokenizer(
            "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system text') }}{% "
            "endif %}"
            "{{ m.content }}{% endfor %}");
        const auto format = ChatFormat::open({}, *tokenizer);
        LATHE_VERIFY_OK(format);
        const auto chat = format.value().render(kWithSystem, false);
        QCOMPARE(chat.error().code, ErrorCode::DataInvalid);
        QVERIFY(chat.error().message.find("no system text") != std::string::npos);
        QVERIFY(chat.error().place.starts_with(kTemplatePlace));
    }
    void whatCannotBeReadIsNamed() {
        const auto unread = ChatFormat::open({}, *chatTokenizer("{% for m in messages %}"));
        QVERIFY(!unread.ok());
        QVERIFY(unread.error().place.starts_with("chat template:1"));
        QVERIFY(unread.error().hint.find("data.template: NAME") != std::string::npos);
        QCOMPARE(ChatFormat::open({"morse"}, *chatTokenizer("")).error().code, ErrorCode::Unsupported);
        QCOMPARE(ChatFormat::open({"chatml"}, *chatTokenizer("", false)).error().code,
                 ErrorCode::ModelMismatch);
        QCOMPARE(ChatFormat::open({}, *chatTokenizer("")).value().name(), std::string("plain"));
    }
};

LATHE_TEST(TestChatFormat)
#include "tst_chat_format.moc"
