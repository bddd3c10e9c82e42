// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>

#include "tests/core/tokenizer/jinja/rendering.h"

using namespace lathe;

namespace {

using namespace std::chrono_literals;

// The aim is 1 s; the rest is for slow and busy machines and for sanitizers.
constexpr auto kSoon = 5s;

/// The error of a template that must fail soon.
std::string errorOf(const std::string& source, const jinja::Limits& limits = {}) {
    const auto begin = std::chrono::steady_clock::now();
    const auto outcome = test::render(source, OrderedJson::object(), limits);
    const auto took = std::chrono::steady_clock::now() - begin;
    if (took > kSoon) return "took too long";
    return outcome.ok() ? "rendered" : outcome.error().message;
}

std::string repeated(const std::string& text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
}

const std::string kDoubled =
    "{% set ns = namespace(x=[0], y=[0]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y "
    "= [ns.y, ns.y] %}{% endfor %}";

}  // namespace

#define LATHE_FAILS(source, part)                                       \
    do {                                                                \
        const std::string error = errorOf(source);                      \
        QVERIFY2(error.find(part) != std::string::npos, error.c_str()); \
    } while (false)

class TestTemplateLimits : public QObject {
    Q_OBJECT
  private slots:
    void endsLongLoops() {
        LATHE_FAILS("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
                    "1000000 steps");
        LATHE_FAILS("{{ range(10 ** 9) }}", "a range of more than 10000");
        LATHE_FAILS("{% for i in range(9999) %}{{ range(9999)|sort|length }}{% endfor %}", "1000000 steps");
    }
    void endsRecursion() {
        LATHE_FAILS("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "64 levels deep");
        LATHE_FAILS("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "64 levels deep");
        LATHE_FAILS("{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
                    "64 levels deep");
        const std::string deep = "{% macro m(x) %}{{ " + repeated("(", 100) + "m(x)" + repeated(")", 100) +
                                 " }}{% endmacro %}{{ m(1) }}";
        LATHE_FAILS(deep, "64 levels deep");
        LATHE_FAILS("{% macro m(x) %}{{ " + repeated("[", 100) + "m(x)" + repeated("]", 100) +
                        " }}{% endmacro %}{{ m(1) }}",
                    "nests more than");
    }
    void refusesMemoryBeforeItIsTaken() {
        for (const char* const source :
             {"{{ 'a' * 10 ** 9 }}", "{{ [0] * 10 ** 9 }}",
              "{{ ('a' * 10 ** 6)|replace('a', 'b' * 10 ** 6) }}", "{{ 'a'.center(10 ** 12) }}",
              "{{ 'a'|center(10 ** 12) }}", "{{ '%999999999d' % 1 }}", "{{ '%*d' % (10 ** 15, 1) }}",
              "{{ '{:>999999999}'.format(1) }}", "{{ '1'.zfill(10 ** 15) }}",
              "{{ ('a\n' * 10 ** 6)|indent(10 ** 6) }}", "{{ ('b' * 10 ** 6).join('a' * 10 ** 5) }}",
              "{{ [[1]]|tojson(indent=10 ** 9) }}",
              "{{ range(9999)|list|tojson(separators=('a' * 10 ** 6, '')) }}"})
            LATHE_FAILS(source, "128 MiB");
    }
    void endsDoubling() {
        LATHE_FAILS(
            "{% set ns = namespace(x='aa') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor "
            "%}",
            "128 MiB");
        LATHE_FAILS(
            "{% set ns = namespace(x=[0]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
            "1000000 steps");
        LATHE_FAILS(kDoubled + "{{ ns.x }}", "1000000 steps");
        LATHE_FAILS(kDoubled + "{{ ns.x|tojson }}", "1000000 steps");
        LATHE_FAILS(kDoubled + "{{ ns.x == ns.y }}", "1000000 steps");
        LATHE_FAILS(kDoubled + "{{ ns.x < ns.y }}", "1000000 steps");
    }
    void endsValuesThatNest() {
        const std::string deep =
            "{% set ns = namespace(x=[], y=(1,)) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% set "
            "ns.y = (ns.y,) %}{% endfor %}";
        LATHE_FAILS(deep + "{{ ns.x }}", "nests more than");
        LATHE_FAILS(deep + "{{ ns.x|tojson }}", "nests more than");
        LATHE_FAILS(deep + "{{ {ns.y: 1} }}", "nests more than");
        LATHE_FAILS("{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns }}", "nests more than");
        LATHE_RENDERS(deep + "ok", "ok");
    }
    void endsPowers() {
        LATHE_FAILS("{{ 9 ** 9 ** 9 }}", "64 bits");
        LATHE_FAILS("{{ 9.0 ** 9999 }}", "too large");
        LATHE_FAILS("{{ 2 ** 10 ** 18 }}", "64 bits");
        LATHE_RENDERS("{{ 1 ** 9223372036854775807 }} {{ (-1) ** 9223372036854775807 }}", "1 -1");
    }
    void endsHugeSlicesSoon() {
        LATHE_RENDERS(
            "{{ 'abc'[::-1000000000000000000] }}{{ 'abc'[-9223372036854775807:9223372036854775807] }}"
            "{{ [1, 2][9223372036854775807::-9223372036854775807] }}",
            "cabc[2]");
        LATHE_FAILS("{{ [1]|batch(10 ** 12, 0)|list }}", "1000000 steps");
        LATHE_FAILS("{{ [1]|slice(10 ** 12, 0)|list }}", "1000000 steps");
    }
    void searchesInLinearTime() {
        LATHE_FAILS(
            "{% set text = 'a' * 10 ** 6 ~ 'b' %}{% for i in range(9999) %}{{ text.find('a' * 10 ** 5 ~ 'c') "
            "}}"
            "{{ text.rfind('c' ~ 'a' * 10 ** 5) }}{{ text.count('a' * 10 ** 5 ~ 'c') }}{% endfor %}",
            "the template ");
    }
    void limitsTheText() {
        LATHE_FAILS("{% for i in range(9999) %}{{ 'a' * 1000 }}{% endfor %}",
                    "writes more than 4194304 bytes");
    }
    void refusesDeepExpressions() {
        const int many = 50'000;
        for (const std::string& inside :
             {repeated("(", many) + "1" + repeated(")", many), repeated("[", many) + repeated("]", many),
              repeated("{1:", many) + "1" + repeated("}", many), repeated("f(", many) + repeated(")", many),
              "a" + repeated(".a", many), "a" + repeated("|e", many), repeated("not ", many) + "a",
              repeated("-", many) + "1", "a" + repeated("+a", many), "2" + repeated("**2", many),
              repeated("1 if 1 else ", many) + "1"}) {
            const auto parsed = jinja::Template::parse("{{ " + inside + " }}", "t");
            QVERIFY2(!parsed.ok(), inside.substr(0, 20).c_str());
            QCOMPARE(errorCodeName(parsed.error().code), "unsupported");
        }
        for (const auto& [open, close] : {std::pair{"{% if 1 %}", "{% endif %}"},
                                          {"{% for a in b %}", "{% endfor %}"},
                                          {"{% macro a() %}", "{% endmacro %}"}})
            QVERIFY(!jinja::Template::parse(repeated(open, 10'000) + repeated(close, 10'000), "t").ok());
        QVERIFY(!jinja::Template::parse(repeated("{{", 1 << 19), "t").ok());
        QVERIFY(!jinja::Template::parse(repeated("{%", 1 << 19), "t").ok());
    }
    void takesWhatPythonTakes() {
        LATHE_RENDERS("{{ " + repeated("(", 190) + "1" + repeated(")", 190) + " }}", "1");
        LATHE_RENDERS("{{ 0" + repeated(" + 1", 190) + " }}", "190");
        LATHE_RENDERS(repeated("{% if 1 %}", 90) + "x" + repeated("{% endif %}", 90), "x");
        LATHE_RENDERS(repeated("{% for a in [1] %}", 40) + "{{ a }}" + repeated("{% endfor %}", 40), "1");
        LATHE_RENDERS(
            "{% macro m(n) %}{% if n %}{% for x in [1] %}{{ m(n - 1)|trim }}{% endfor %}{% else %}end{% "
            "endif %}{% endmacro %}{{ m(60) }}",
            "end");
        LATHE_RENDERS("{{ ''" + repeated(" ~ 'a'", 50'000) + "|length }}", repeated("a", 49'999) + "1");
    }
    void countsWhatIsSet() {
        jinja::Limits limits;
        limits.steps = 100;
        QVERIFY(errorOf("{% for i in range(99) %}{% endfor %}", limits).find("100 steps") !=
                std::string::npos);
        limits = {};
        limits.depth = 3;
        QVERIFY(errorOf("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}", limits)
                    .find("3 levels") != std::string::npos);
        limits = {};
        limits.range = 10;
        QCOMPARE(errorOf("{{ range(10)|length }}", limits), std::string("rendered"));
        QVERIFY(errorOf("{{ range(11)|length }}", limits).find("10 elements") != std::string::npos);
        limits = {};
        limits.output = 10;
        QCOMPARE(errorOf("0123456789", limits), std::string("rendered"));
        QVERIFY(errorOf("0123456789a", limits).find("10 bytes") != std::string::npos);
        limits = {};
        limits.memory = 1 << 20;
        QVERIFY(errorOf("{{ ('a' * 2000000)|length }}", limits).find("1 MiB") != std::string::npos);
        limits = {};
        limits.time = 0ms;
        QVERIFY(errorOf("{% for i in range(999) %}{{ i }}{% endfor %}", limits).find("0 ms") !=
                std::string::npos);
    }
};

LATHE_TEST(TestTemplateLimits)
#include "tst_template_limits.moc"
