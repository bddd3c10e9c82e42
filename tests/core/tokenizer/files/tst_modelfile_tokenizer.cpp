// SPDX-License-Identifier: GPL-3.0-or-later
// The Modelfile's template, filled as Ollama fills it, says what the chat format says.
#include "core/tokenizer/files/modelfile_tokenizer.h"

#include "core/formats/modelfile.h"
#include "tests/core/tokenizer/tokenizer_samples.h"
#include "tests/support/support.h"

using namespace lathe;
using namespace lathe::test;

namespace {

/// A Go template of texts, `.Name`, `if .Name … end` and `if ne .System " " … end`: all that Lathe writes.
class Template {
  public:
    /// With `open` the text ends where .Response stands, as Ollama has it when the answer is to be written.
    Template(std::string text, std::map<std::string, std::string> values, bool open)
        : m_text(std::move(text)), m_values(std::move(values)), m_open(open) {}

    std::string filled() {
        std::string out;
        part(true, out);
        if (m_at != m_text.size()) qFatal("the template has an end too many");
        return out;
    }

  private:
    /// Up to the next "end" of the same level.
    void part(bool shown, std::string& out) {
        while (m_at < m_text.size()) {
            const auto begin = std::min(m_text.find("{{ ", m_at), m_text.size());
            if (shown && !m_cut) out += m_text.substr(m_at, begin - m_at);
            m_at = begin;
            if (begin == m_text.size()) break;
            const auto end = m_text.find(" }}", begin);
            const std::string action = m_text.substr(begin + 3, end - begin - 3);
            m_at = end + 3;
            if (action == "end") return;
            if (action.starts_with("if ")) {
                const bool holds = action == "if ne .System \" \"" ? m_values.at(".System") != " "
                                                                   : !m_values.at(action.substr(3)).empty();
                part(shown && holds, out);
            } else if (shown && !m_cut) {
                out += m_values.at(action);
            }
            if (action == ".Response") m_cut = m_open;
        }
    }

    std::string m_text;
    std::map<std::string, std::string> m_values;
    bool m_open;
    std::size_t m_at = 0;
    bool m_cut = false;
};

/// The value of a keyword, read back; empty when the keyword is not there.
std::string valueOf(const std::string& file, const std::string& keyword) {
    const auto commands = parseModelfile(file, "Modelfile");
    if (!commands.ok()) qFatal("the Modelfile cannot be read back");
    for (const ModelfileCommand& command : commands.value())
        if (command.keyword == keyword) return command.value;
    return {};
}

std::string rendered(const ChatFormat& format, const std::vector<ChatMessage>& messages) {
    const auto chat = format.render(Conversation(messages), true);
    if (!chat.ok()) qFatal("%s", chat.error().message.c_str());
    return chat.value().text.substr(format.start().size());
}

struct Case {
    const char* row;
    const char* name;
    const char* chatTemplate;  ///< the model's own, which may change the format
};
constexpr Case kCases[] = {
    {"chatml", "chatml", ""},
    {"llama3", "llama3", ""},
    {"gemma", "gemma", ""},
    {"phi", "phi", ""},
    {"zephyr", "zephyr", ""},
    {"mistral", "mistral", ""},
    {"alpaca", "alpaca", ""},
    {"a template with its own system text", "auto",
     "{% for m in messages %}{% if loop.first and m.role != 'system' %}{{ '<|im_start|>system\nBe "
     "brief<|im_end|>\n' }}{% endif %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}"
     "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"},
    {"a template with marks around no system text", "auto",
     "{{ bos_token }}{% set text = '' %}{% if messages[0].role == 'system' %}{% set text = "
     "messages[0].content %}"
     "{% set messages = messages[1:] %}{% endif %}{{ '<|im_start|>system\nToday.\n' + text + '<|im_end|>' }}"
     "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>' }}{% endfor %}"
     "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"}};

}  // namespace

class TestOllama : public QObject {
    Q_OBJECT
  private slots:
    void theTemplateSaysWhatTheFormatSays_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("chatTemplate");
        for (const Case& c : kCases) QTest::newRow(c.row) << c.name << c.chatTemplate;
    }
    void theTemplateSaysWhatTheFormatSays() {
        QFETCH(QString, name);
        QFETCH(QString, chatTemplate);
        const auto tokenizer = chatTokenizer(chatTemplate.toStdString());
        const auto format = ChatFormat::open({name.toStdString()}, *tokenizer);
        LATHE_VERIFY_OK(format);
        const std::string file = ollamaModelfile("./model.gguf", format.value(), *tokenizer);
        const std::string text = valueOf(file, "template"), ownSystem = valueOf(file, "system");
        const auto turn = [&](const std::string& system, const std::string& prompt,
                              const std::string& response) {
            return Template(text, {{".System", system}, {".Prompt", prompt}, {".Response", response}},
                            response.empty())
                .filled();
        };
        const ChatMessage system{"system", "Be kind"}, hi{"user", "Hi"}, hello{"assistant", "Hello"},
            bye{"user", "Bye"};
        QCOMPARE(turn("Be kind", "Hi", ""), rendered(format.value(), {system, hi}));
        QCOMPARE(turn(ownSystem, "Hi", ""), rendered(format.value(), {hi}));
        QCOMPARE(turn("Be kind", "Hi", "Hello") + turn("", "Bye", ""),
                 rendered(format.value(), {system, hi, hello, bye}));
        QCOMPARE(turn(ownSystem, "Hi", "Hello") + turn("", "Bye", ""),
                 rendered(format.value(), {hi, hello, bye}));
    }
    void aTemplateBeyondOllamasIsLeftOut() {
        // The number of the turn cannot be written in a template that is filled turn by turn.
        const auto tokenizer = chatTokenizer(
            "{% for m in messages %}{{ loop.index ~ m.role ~ ':' ~ m.content ~ '<|im_end|>' }}{% endfor %}");
        const auto format = ChatFormat::open({}, *tokenizer);
        LATHE_VERIFY_OK(format);
        const std::string file = ollamaModelfile("m.gguf", format.value(), *tokenizer);
        QVERIFY(file.find("TEMPLATE \"") == std::string::npos);
        QVERIFY(file.find("# The model's chat template cannot be written") != std::string::npos);
        QCOMPARE(valueOf(file, "from"), std::string("m.gguf"));
    }
    void theFileIsWrittenOut() {
        const auto tokenizer = chatTokenizer("");
        const auto chatml = ChatFormat::open({"chatml"}, *tokenizer);
        LATHE_VERIFY_OK(chatml);
        QCOMPARE(ollamaModelfile("./model.gguf", chatml.value(), *tokenizer),
                 std::string(
                     "FROM ./model.gguf\n"
                     "TEMPLATE \"\"\"{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>\n{{ end }}"
                     "{{ if .Prompt }}<|im_start|>user\n{{ .Prompt }}<|im_end|>\n{{ end }}"
                     "<|im_start|>assistant\n{{ .Response }}<|im_end|>\n\"\"\"\n"
                     "PARAMETER stop \"<|im_end|>\"\nPARAMETER stop \"</s>\"\n"));
        const auto gemma = ChatFormat::open({"gemma"}, *tokenizer);
        LATHE_VERIFY_OK(gemma);
        QCOMPARE(valueOf(ollamaModelfile("m", gemma.value(), *tokenizer), "template"),
                 std::string("{{ if .Prompt }}<start_of_turn>user\n{{ if .System }}{{ .System }}\n\n{{ end }}"
                             "{{ .Prompt }}<end_of_turn>\n{{ end }}<start_of_turn>model\n"
                             "{{ .Response }}<end_of_turn>\n"));
        const auto plain = ChatFormat::open({"plain"}, *tokenizer);
        LATHE_VERIFY_OK(plain);
        QCOMPARE(ollamaModelfile("m", plain.value(), *tokenizer),
                 std::string("FROM m\nPARAMETER stop \"</s>\"\n"));
    }
};

LATHE_TEST(TestOllama)
#include "tst_modelfile_tokenizer.moc"
