// SPDX-License-Identifier: GPL-3.0-or-later
// Which of a folder's chat templates is used for which conversation.
#include "core/tokenizer/files/template_files.h"

#include "core/tokenizer/chat/chat_format.h"
#include "tests/core/tokenizer/tokenizer_samples.h"
#include "tests/support/support.h"

using namespace lathe;
using lathe::test::chatTokenizer;
using lathe::test::TemporaryFolder;

namespace {

const Conversation kPlain(std::vector<ChatMessage>{{"user", "?"}});
const Conversation kWithTools({{"user", "?"}}, OrderedJson::array({{{"name", "look"}}}));

/// What the folder's template writes, or why it does not.
std::string written(const Result<std::string>& source, const Conversation& talk) {
    if (!source.ok()) return "error: " + source.error().message;
    const auto tokenizer = chatTokenizer(source.value());
    const auto format = ChatFormat::open({}, *tokenizer);
    if (!format.ok()) return "error: " + format.error().message;
    const auto chat = format.value().render(talk, true);
    return chat.ok() ? chat.value().text : "error: " + chat.error().message;
}

}  // namespace

class TestTemplateFiles : public QObject {
    Q_OBJECT
  private slots:
    void ofSeveralTheOneForToolsAndTheDefaultAreUsed() {
        const TemporaryFolder folder;
        const Json list = Json::parse(R"({"chat_template":[{"name":"search","template":"S"},)"
                                      R"({"name":"tool_use","template":"T\n"},)"
                                      R"({"name":"default","template":"D\n"}]})");
        const Json object =
            Json::parse(R"({"chat_template":{"search":"S","tool_use":"T\n","default":"D\n"}})");
        for (const Json& config : {list, object}) {
            const auto source = tok::readChatTemplate(folder.path(), config);
            QCOMPARE(written(source, kPlain), std::string("D"));
            QCOMPARE(written(source, kWithTools), std::string("T"));
        }
        QCOMPARE(tok::readChatTemplate(folder.path(), Json::object()).value(), std::string());
    }
    void filesComeBeforeTheConfiguration() {
        const TemporaryFolder folder;
        const Json config = {{"chat_template", "C"}};
        QCOMPARE(written(tok::readChatTemplate(folder.path(), config), kWithTools), std::string("C"));
        folder.write("additional_chat_templates/tool_use.jinja", "T");
        folder.write("additional_chat_templates/notes.txt", "not a template");
        const auto toolsAlone = tok::readChatTemplate(folder.path(), config);
        QCOMPARE(written(toolsAlone, kWithTools), std::string("T"));
        QVERIFY(
            written(toolsAlone, kPlain).starts_with("error: the base has chat templates by name (tool_use)"));
        folder.write("chat_template.jinja", "F");
        const auto both = tok::readChatTemplate(folder.path(), config);
        QCOMPARE(written(both, kPlain), std::string("F"));
        QCOMPARE(written(both, kWithTools), std::string("T"));
    }
    void withoutADefaultConversationsAreRefused() {
        const TemporaryFolder folder;
        const Json config = {{"chat_template", {{"search", "S"}, {"it's \"so\"", "Q"}}}};
        const auto source = tok::readChatTemplate(folder.path(), config);
        for (const Conversation& talk : {kPlain, kWithTools}) {
            const std::string text = written(source, talk);
            QVERIFY2(text.find("(it's \"so\", search)") != std::string::npos, text.c_str());
        }
    }
    void whatIsNotATemplateIsRefused() {
        const TemporaryFolder folder;
        for (const char* bad : {R"(7)", R"([{"name":"default"}])", R"(["x"])", R"({"default":1})"}) {
            const auto source = tok::readChatTemplate(folder.path(), {{"chat_template", Json::parse(bad)}});
            QVERIFY2(!source.ok(), bad);
            QCOMPARE(source.error().code, ErrorCode::FileMalformed);
            QVERIFY(source.error().place.ends_with("tokenizer_config.json"));
        }
        const Json none = {{"chat_template", nullptr}};
        QCOMPARE(tok::readChatTemplate(folder.path(), none).value(), std::string());
    }
};

LATHE_TEST(TestTemplateFiles)
#include "tst_template_files.moc"
