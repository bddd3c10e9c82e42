// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/tokenizer/jinja/rendering.h"

using namespace lathe;

class TestTemplateStatements : public QObject {
    Q_OBJECT
  private slots:
    void branches() {
        LATHE_RENDERS(
            "{% if 0 %}a{% elif '' %}b{% elif [0] %}c{% else %}d{% endif %}{% if nope %}e{% endif %}", "c");
    }
    void loops() {
        LATHE_RENDERS(
            "{% for x in [7, 8] %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ "
            "loop.first }}"
            "{{ loop.last }}{{ loop.length }} {% endfor %}",
            "1021TrueFalse2 2110FalseTrue2 ");
        LATHE_RENDERS("{% for x in 'abc' %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
                      "<a>b a<b>c b<c> ");
        LATHE_RENDERS("{% for x in [1, 1, 2] %}{{ loop.changed(x) }}{{ loop.cycle('a', 'b') }} {% endfor %}",
                      "Truea Falseb Truea ");
        LATHE_RENDERS(
            "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}{% for (a, b), c in [((1, "
            "2), 3)] %}"
            "{{ a ~ b ~ c }}{% endfor %}",
            "a1b2123");
        LATHE_RENDERS("{% for x in [] %}a{% else %}none{% endfor %}{% for x in nope %}a{% endfor %}", "none");
        LATHE_RENDERS(
            "{% for x in [3, 1, 2] if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% endfor %}",
            "1/2:3 2/2:2 ");
        QVERIFY(!test::render("{% for a, b in [1] %}{% endfor %}").ok());
    }
    void leavesLoops() {
        LATHE_RENDERS("{% for x in [1, 2, 3] %}{% if x == 2 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
                      "13");
        LATHE_RENDERS(
            "{% for x in [1, 2, 3] %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% else %}e{% endfor %}",
            "1");
        // As Jinja: "else" follows a loop of which no iteration came to its end.
        LATHE_RENDERS("{% for x in [1, 2] %}{% break %}{% else %}e{% endfor %}", "e");
        LATHE_RENDERS("{% for x in [1] %}{% set y %}a{% break %}{% endset %}{% endfor %}b", "b");
        QVERIFY(!test::render("{% break %}").ok());
        QVERIFY(!test::render("{% for x in [1] %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}").ok());
    }
    void recurses() {
        LATHE_RENDERS(
            "{% for n in [1, [2, [3]], 4] recursive %}{% if n is iterable %}({{ loop(n) }}){% else %}{{ n "
            "}}@{{ loop.depth }}"
            "{% endif %}{% endfor %}",
            "1@1(2@2(3@3))4@1");
    }
    void selectsWhileItLoops() {
        // The condition sees what the body has set, and is asked one element ahead by loop.last.
        LATHE_RENDERS(
            "{% set ns = namespace(on=true) %}{% for x in [1, 2, 3] if ns.on %}{{ x }}{% set ns.on = false "
            "%}{% endfor %}",
            "1");
        LATHE_RENDERS("{% for x in [1, 2, 3] if x != 2 %}{{ x }}{{ loop.last }}{{ x }} {% endfor %}",
                      "1False1 3True3 ");
    }
    void keepsVariablesInsideLoops() {
        LATHE_RENDERS("{% set x = 0 %}{% for y in [1, 2] %}{{ x }}{% set x = y %}{{ x }}{% endfor %}{{ x }}",
                      "01020");
        LATHE_RENDERS(
            "{% for y in [1, 2] %}{% if y == 1 %}{% set x = 'in' %}{% endif %}[{{ x }}]{% endfor %}{{ x }}",
            "[in][out]out", {{"x", "out"}});
        LATHE_RENDERS("{% if false %}{% set x = 1 %}{% endif %}{{ x }}", "out", {{"x", "out"}});
        // Set further down without a condition, the name is the template's own from the start.
        LATHE_RENDERS("{% for y in [1] %}[{{ x }}]{% endfor %}{% set x = 1 %}{{ x }}", "[]1", {{"x", "out"}});
        LATHE_RENDERS("{{ x }}{% for y in [1] %}[{{ x }}]{% endfor %}{% set x = 1 %}", "out[out]",
                      {{"x", "out"}});
        LATHE_RENDERS("{% with x = 1, y = x %}{{ x }}{{ y }}{% endwith %}{{ x }}", "1outout", {{"x", "out"}});
        LATHE_RENDERS("{% generation %}{% set x = 1 %}{{ x }}{% endgeneration %}{{ x }}", "1out",
                      {{"x", "out"}});
    }
    void setsTuplesBlocksAndNamespaces() {
        LATHE_RENDERS("{% set a, (b, c) = 1, (2, 3) %}{{ a ~ b ~ c }}{% set t = 1, 2 %}{{ t }}", "123(1, 2)");
        LATHE_RENDERS("{% set a | upper | replace('B', '-') %}a{{ 'b' }}c{% endset %}{{ a }}", "A-C");
        LATHE_RENDERS(
            "{% set ns = namespace(n=0) %}{% for x in [1, 2] %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n "
            "}}{{ ns }}",
            "3<Namespace {'n': 3}>");
        QVERIFY(!test::render("{% set d.x = 1 %}", {{"d", {{"x", 0}}}}).ok());
        QVERIFY(!test::render("{% set ns = namespace() %}{% set ns._x = 1 %}").ok());
    }
    void callsMacros() {
        LATHE_RENDERS(
            "{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }};{% endmacro %}{{ m(1) }}{{ m(1, c=5) }}{{ "
            "m(b=3, a=4) }}{{ m() }}",
            "121;125;434;2;");
        LATHE_RENDERS("{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}",
                      "1(2,){'x': 3}");
        LATHE_RENDERS(
            "{% macro m() %}<{{ caller('x') }}>{% endmacro %}{% call(v) m() %}{{ v }}{{ y }}{% endcall %}",
            "<xout>", {{"y", "out"}});
        LATHE_RENDERS("{% macro m(n) %}{{ n }}{% if n %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}",
                      "3210");
        LATHE_RENDERS(
            "{% macro m() %}{{ later }}{% endmacro %}{% set later = 1 %}{{ m() }}{{ m.name }}{{ m.arguments "
            "}}{{ m }}",
            "1m()<Macro 'm'>");
        QVERIFY(!test::render("{% macro m() %}{% endmacro %}{{ m(1) }}").ok());
        QVERIFY(!test::render("{% macro m() %}{% endmacro %}{{ m(x=1) }}").ok());
        QVERIFY(!test::render("{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}").ok());
    }
    void filtersBlocks() {
        LATHE_RENDERS("{% filter upper|replace('A', '4') %}banana{% endfilter %}", "B4N4N4");
    }
    void hasGlobals() {
        LATHE_RENDERS(
            "{{ range(5, 0, -2)|list }}{{ dict(a=1) }}{% set c = cycler(1, 2) %}{{ c.next() }}{{ c.next() "
            "}}{{ c.next() }}"
            "{{ c.current }}{% set j = joiner('|') %}{{ j() }}a{{ j() }}b",
            "[5, 3, 1]{'a': 1}1212a|b");
    }
    void failsOnUnknownFiltersWhereJinjaDoes() {
        LATHE_RENDERS("{% if false %}{{ 1|nofilter }}{% endif %}{{ 1|nofilter if false else 'b' }}", "b");
        QVERIFY(!test::render("{% if true %}{{ 1|nofilter }}{% endif %}").ok());
        QVERIFY(!jinja::Template::parse("{{ 1|nofilter }}", "t").ok());
        QVERIFY(!jinja::Template::parse(
                     "{% if false %}{% for x in y %}{{ x is notest }}{% endfor %}{% endif %}", "t")
                     .ok());
    }
    void readsWhatTransformersRefusesAsErrors() {
        for (const char* const source : {"{{",
                                         "{{ }}",
                                         "{% if %}{% endif %}",
                                         "{% if 1 %}",
                                         "{% endif %}",
                                         "{% for x in y %}{% endif %}",
                                         "{% else %}",
                                         "{{ a b }}",
                                         "{{ 'a }}",
                                         "{{ (1 }}",
                                         "{{ 1) }}",
                                         "{{ [1} }}",
                                         "{{ {1} }}",
                                         "{{ a. }}",
                                         "{{ 1 + }}",
                                         "{{ a = 1 }}",
                                         "{{ a! }}",
                                         "{# a",
                                         "{% raw %}a",
                                         "{% set 1 = 2 %}",
                                         "{% set true = 2 %}",
                                         "{% set [a] = 1 %}",
                                         "{% macro m(a=1, b) %}{% endmacro %}",
                                         "{% call 1 %}{% endcall %}",
                                         "{{ f(a=1, 2) }}",
                                         "{{ f(a=1, a=2) }}",
                                         "{{ '\\x4' }}",
                                         "{% for loop in x %}{% endfor %}",
                                         "{% for x in y %}{% set loop = 1 %}{% endfor %}",
                                         "{{ 1 is string is string }}",
                                         "{% print 1 2 %}",
                                         "{{ 01 }}"}) {
            const auto parsed = jinja::Template::parse(source, "t");
            QVERIFY2(!parsed.ok(), source);
            QCOMPARE(errorCodeName(parsed.error().code), "file_malformed");
            QVERIFY2(parsed.error().place.starts_with("t:1:"), parsed.error().place.c_str());
        }
    }
};

LATHE_TEST(TestTemplateStatements)
#include "tst_template_statements.moc"
