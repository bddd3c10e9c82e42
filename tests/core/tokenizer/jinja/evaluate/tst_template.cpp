// SPDX-License-Identifier: GPL-3.0-or-later
#include <thread>

#include "tests/core/tokenizer/jinja/rendering.h"

using namespace lathe;

namespace {

const OrderedJson kChat = {{"messages",
                            {{{"role", "system"}, {"content", "Sei nett."}},
                             {{"role", "user"}, {"content", "Zähle"}},
                             {{"role", "assistant"}, {"content", "eins"}}}},
                           {"tools", nullptr},
                           {"bos_token", "<s>"}};

/// "INDEX:TEXT|…" of what loops over messages wrote.
std::string itemsOf(const std::string& source) {
    const auto outcome = test::render(source, kChat);
    if (!outcome.ok()) return outcome.error().text();
    std::string out;
    for (const auto& item : outcome.value().items)
        out += std::to_string(item.index) + ":" +
               outcome.value().text.substr(item.stretch.begin, item.stretch.end - item.stretch.begin) + "|";
    return out;
}

std::string errorOf(const std::string& source) {
    const auto outcome = test::render(source, kChat);
    return outcome.ok() ? "" : std::string(errorCodeName(outcome.error().code)) + " " + outcome.error().place;
}

}  // namespace

class TestTemplate : public QObject {
    Q_OBJECT
  private slots:
    void rendersAConversation() {
        LATHE_RENDERS(
            "{{ bos_token }}{% for m in messages %}\n<{{ m.role }}>\n{{ m['content'] }}\n{% endfor %}\n",
            "<s><system>\nSei nett.\n<user>\nZähle\n<assistant>\neins\n", kChat);
    }

    void notesWhatLoopsOverMessagesWrite() {
        QCOMPARE(itemsOf("a{% for m in messages %}[{{ m.role }}]{% endfor %}b"),
                 std::string("0:[system]|1:[user]|2:[assistant]|"));
        QCOMPARE(itemsOf("{% set rest = messages[1:] %}{% for m in rest %}{{ m.content }}{% endfor %}"),
                 std::string("1:Zähle|2:eins|"));
        QCOMPARE(itemsOf("{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}"),
                 std::string("1:Zähle|"));
        QCOMPARE(
            itemsOf(
                "{% for m in messages|selectattr('role', 'ne', 'user')|list %}{{ loop.index }}{% endfor %}"),
            std::string("0:1|2:2|"));
        QCOMPARE(itemsOf("{% for m in messages|reverse %}{{ m.role[0] }}{% endfor %}"),
                 std::string("2:a|1:u|0:s|"));
    }
    void notesEachLoopInTheOrderOfTheText() {
        QCOMPARE(itemsOf("{% for m in messages %}{% if loop.first %}{% for n in messages %}{{ n.role[0] }}{% "
                         "endfor %}."
                         "{% endif %}{% endfor %}{% for m in messages %}x{% endfor %}"),
                 std::string("0:sua.|0:s|1:u|2:a|0:x|1:x|2:x|"));
    }
    void notesNothingForTextThatIsCaughtOrEmpty() {
        QCOMPARE(itemsOf("{% set x %}{% for m in messages %}a{% endfor %}{% endset %}{{ x }}"),
                 std::string());
        QCOMPARE(itemsOf("{% macro f() %}{% for m in messages %}a{% endfor %}{% endmacro %}{{ f() }}"),
                 std::string());
        QCOMPARE(itemsOf("{% for m in messages %}{% set x = 1 %}{% endfor %}"), std::string());
        QCOMPARE(itemsOf("{% for c in 'abc' %}{{ c }}{% endfor %}"), std::string());
        QCOMPARE(itemsOf("{% for m in messages recursive %}{{ m.role[0] }}{% endfor %}"),
                 std::string("0:s|1:u|2:a|"));
    }

    void notesWhatIsGenerated() {
        const auto outcome = test::render(
            "{% for m in messages %}{{ m.role }}:{% if m.role != 'system' %}{% generation %}{{ m.content }};"
            "{% endgeneration %}{% endif %}{% endfor %}",
            kChat);
        LATHE_VERIFY_OK(outcome);
        const auto& [text, generated, items] = outcome.value();
        QCOMPARE(generated.size(), std::size_t(2));
        QCOMPARE(text.substr(generated[0].begin, generated[0].end - generated[0].begin),
                 std::string("Zähle;"));
        QCOMPARE(text.substr(generated[1].begin, generated[1].end - generated[1].begin),
                 std::string("eins;"));
        QCOMPARE(items.size(), std::size_t(3));
    }

    void knowsWhatATemplateUses() {
        const auto parsed = jinja::Template::parse(
            "{% set own = tools %}{% for m in messages %}{{ m.reasoning_content }}{{ m['tool_calls'] }}{{ "
            "own }}"
            "{% if 'name' in m %}{{ m.get('id') }}{% endif %}{{ 'literal' }}{% endfor %}"
            "{{ messages|map(attribute='function.arguments')|list }}",
            "t");
        LATHE_VERIFY_OK(parsed);
        for (const char* const name : {"tools", "messages", "reasoning_content", "tool_calls", "name", "id",
                                       "function", "arguments", "function.arguments"})
            QVERIFY2(parsed.value().uses(name), name);
        for (const char* const name : {"own", "m", "literal", "enable_thinking", "tool"})
            QVERIFY2(!parsed.value().uses(name), name);
    }

    void placesErrors() {
        QCOMPARE(errorOf("a\n  {{ 1 + }}"), std::string("file_malformed t.jinja:2:10"));
        QCOMPARE(errorOf("ä {% for x in %}"), std::string("file_malformed t.jinja:1:15"));
        QCOMPARE(errorOf("\n{{ messages[0].nope.x }}"), std::string("data_invalid t.jinja:2:20"));
        QCOMPARE(errorOf("{{ 1 }}\n{% for m in messages %}\n{{ raise_exception('no') }}{% endfor %}"),
                 std::string("data_invalid t.jinja:3:19"));
        QCOMPARE(errorOf("{{ 1|nofilter }}"), std::string("unsupported t.jinja:1:6"));
        QCOMPARE(errorOf("{% include 'x' %}"), std::string("unsupported t.jinja:1:1"));
        QCOMPARE(errorOf("{{ nofunction(1) }}"), std::string("unsupported t.jinja:1:14"));
        QCOMPARE(errorOf("\xff"), std::string("file_malformed t.jinja"));
        QCOMPARE(errorOf(std::string((1 << 20) + 1, 'a')), std::string("file_too_large t.jinja"));
    }
    void passesOnWhatTheTemplateRaises() {
        LATHE_RENDERS("{{ raise_exception('roles must ' ~ 'alternate') }}",
                      "ERROR t.jinja:1:19: roles must alternate");
    }
    void refusesVariablesThatJsonCannotCarry() {
        QVERIFY(!test::render("{{ x }}", {{"x", 18446744073709551615ull}}).ok());
        QVERIFY(!test::render("{{ x }}", {{"x", "\xff"}}).ok());
        OrderedJson deep = OrderedJson::array();
        for (int i = 0; i < 300; ++i) deep = OrderedJson::array({deep});
        QVERIFY(!test::render("{{ x }}", {{"x", deep}}).ok());
    }

    void showsTheClock() {
        const auto parsed =
            jinja::Template::parse("{{ strftime_now('%d %b %Y %A %H:%M:%S.%f [%z] %-d') }}", "t");
        LATHE_VERIFY_OK(parsed);
        jinja::Clock clock;
        clock.time.tm_year = 124;
        clock.time.tm_mon = 6;
        clock.time.tm_mday = 6;
        clock.time.tm_wday = 6;
        clock.time.tm_hour = 9;
        clock.microseconds = 42;
        const auto outcome = parsed.value().render(OrderedJson::object(), {}, &clock);
        LATHE_VERIFY_OK(outcome);
        QCOMPARE(outcome.value().text, std::string("06 Jul 2024 Saturday 09:00:00.000042 [] 6"));
    }

    void rendersInSeveralThreads() {
        const auto parsed = jinja::Template::parse(
            "{% macro f(x) %}<{{ x|upper }}>{% endmacro %}{% for m in messages %}{{ f(m.role) }}{{ {'a': "
            "[loop.index]} }}"
            "{% endfor %}",
            "t");
        LATHE_VERIFY_OK(parsed);
        const auto expected = parsed.value().render(kChat);
        LATHE_VERIFY_OK(expected);
        std::atomic<int> wrong = 0;
        {
            std::vector<std::jthread> threads;
            for (int i = 0; i < 4; ++i)
                threads.emplace_back([&] {
                    for (int round = 0; round < 50; ++round) {
                        const auto outcome = parsed.value().render(kChat);
                        wrong += !outcome.ok() || outcome.value().text != expected.value().text;
                    }
                });
        }
        QCOMPARE(wrong.load(), 0);
    }
};

LATHE_TEST(TestTemplate)
#include "tst_template.moc"
