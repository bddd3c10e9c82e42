// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/tokenizer/jinja/rendering.h"

using namespace lathe;

namespace {

const OrderedJson kPeople = {{"people",
                              {{{"name", "Bo"}, {"age", 30}, {"tags", {"x"}}},
                               {{"name", "al"}, {"age", 25}, {"tags", OrderedJson::array()}},
                               {{"name", "Cy"}, {"age", 30}}}}};

}  // namespace

class TestTemplateFilters : public QObject {
    Q_OBJECT
  private slots:
    void changesText() {
        LATHE_RENDERS(
            "{{ 'aBc'|upper }}{{ 'aBc'|lower }}{{ 'hello wOrld-x (y)'|title }}{{ 'aBC dE'|capitalize }}",
            "ABCabcHello World-X (Y)Abc de");
        LATHE_RENDERS(
            "{{ 'banana'|replace('a', 'o') }}{{ 'banana'|replace('a', 'o', 1) }}{{ ' x '|trim }}{{ "
            "'xax'|trim('x') }}",
            "bonono"
            "bonana"
            "x"
            "a");
        LATHE_RENDERS(
            "{{ 'ab'|center(7) }}|{{ 'a b'|wordcount }}|{{ 'a b/é'|urlencode }}|{{ '%s-%d'|format('a', 3) }}",
            "   ab  |2|a%20b/%C3%A9|a-3");
        LATHE_RENDERS(
            "{{ 'one two three'|truncate(7) }}|{{ 'one two three'|truncate(8, true, leeway=0) }}|{{ "
            "'short'|truncate(3) }}",
            "one...|one t...|short");
        LATHE_RENDERS("{{ 'Straße ǆ'|upper }}|{{ 'ΑΣ'|lower }}|{{ 'ß'|capitalize }}", "STRASSE Ǆ|ας|Ss");
    }
    void indents() {
        LATHE_RENDERS(
            "{{ 'a\n\nb'|indent(2) }}|{{ 'a\n\nb'|indent(2, true, true) }}|{{ 'a\nb'|indent('> ') }}",
            "a\n\n  b|  a\n  \n  b|a\n> b");
    }
    void escapes() {
        LATHE_RENDERS(
            "{{ '<a>&\"\\''|e }}|{{ ('<a>'|e)|e }}|{{ ('<b>'|safe) + '<i>' }}|{{ '<b> x  <!-- y --> "
            "&amp;'|striptags }}",
            "&lt;a&gt;&amp;&#34;&#39;|&lt;a&gt;|<b>&lt;i&gt;|x &");
        LATHE_RENDERS("{{ ['<'|e] }}{{ ('<'|e) is escaped }}{{ ('<%s>'|safe) % '<' }}",
                      "[Markup('&lt;')]True<&lt;>");
    }
    void convertsNumbers() {
        LATHE_RENDERS(
            "{{ ' 42 '|int }} {{ '3.7'|int }} {{ 'x'|int(5) }} {{ 'ff'|int(0, 16) }} {{ -3.9|int }} {{ "
            "none|int }}",
            "42 3 5 255 -3 0");
        LATHE_RENDERS(
            "{{ '2.5'|float }} {{ 'x'|float }} {{ '-inf'|float }} {{ '1_0'|float }} {{ '1__0'|float }}",
            "2.5 0.0 -inf 10.0 0.0");
        LATHE_RENDERS(
            "{{ 2.5|round }} {{ 3.5|round }} {{ 2.675|round(2) }} {{ 2.1|round(0, 'ceil') }} {{ "
            "1250|round(-2) }} {{ -4|abs }}",
            "2.0 4.0 2.67 3.0 1200 4");
        LATHE_RENDERS(
            "{{ [1, 2.5]|sum }} {{ people|sum('age') }} {{ [[1], [2]]|sum(start=[]) }} {{ [3, 1]|min }} {{ "
            "['b', 'A']|max }}",
            "3.5 85 [1, 2] 1 b", kPeople);
    }
    void writesJson() {
        LATHE_RENDERS("{{ {'a': [1, 2.0, none, true], 'é': '<\"\\n'}|tojson }}",
                      "{\"a\": [1, 2.0, null, true], \"é\": \"<\\\"\\n\"}");
        LATHE_RENDERS("{{ {'b': 1, 'a': []}|tojson(indent=2, sort_keys=true) }}",
                      "{\n  \"a\": [],\n  \"b\": 1\n}");
        LATHE_RENDERS(
            "{{ [1, {'a': 2}]|tojson(separators=(',', ':')) }}{{ 'é😀'|tojson(ensure_ascii=true) }}{{ "
            "'nan'|float|tojson }}",
            "[1,{\"a\":2}]\"\\u00e9\\ud83d\\ude00\"NaN");
        LATHE_RENDERS("{{ {1: 2, none: 3, true: 4, 1.5: 5}|tojson }}{{ [1, 2]|tojson(indent='-') }}",
                      "{\"1\": 4, \"null\": 3, \"1.5\": 5}[\n-1,\n-2\n]");
        QVERIFY(!test::render("{{ nope|tojson }}").ok());
        QVERIFY(!test::render("{{ range(2)|tojson }}").ok());
    }
    void sorts() {
        LATHE_RENDERS(
            "{{ ['b', 'A', 'c']|sort }}{{ ['b', 'A']|sort(case_sensitive=true) }}{{ [1, 3, 2]|sort(true) }}",
            "['A', 'b', 'c']['A', 'b'][3, 2, 1]");
        LATHE_RENDERS("{{ people|sort(attribute='age,name')|map(attribute='name')|join(' ') }}", "al Bo Cy",
                      kPeople);
        LATHE_RENDERS("{{ people|sort(true, attribute='age')|map(attribute='name')|join(' ') }}", "Bo Cy al",
                      kPeople);
        LATHE_RENDERS(
            "{{ {'b': 1, 'A': 2}|dictsort }}{{ {'b': 1, 'A': 2}|dictsort(by='value', reverse=true) }}",
            "[('A', 2), ('b', 1)][('A', 2), ('b', 1)]");
        LATHE_RENDERS(
            "{% for age, who in people|groupby('age') %}{{ age }}:{{ who|length }} {% endfor %}{{ "
            "(people|groupby('age'))[0].grouper }}",
            "25:1 30:2 25", kPeople);
        QVERIFY(!test::render("{{ [1, 'a']|sort }}").ok());
    }
    void selects() {
        LATHE_RENDERS(
            "{{ people|selectattr('tags')|map(attribute='name')|list }}{{ people|rejectattr('age', 'eq', "
            "30)|map(attribute='name')|list }}",
            "['Bo']['al']", kPeople);
        LATHE_RENDERS(
            "{{ people|map(attribute='tags.0', default='-')|join(',') }}{{ [0, 1, 2]|select|list }}{{ [0, 1, "
            "2]|reject('odd')|list }}",
            "x,-,-[1, 2][0, 2]", kPeople);
        LATHE_RENDERS("{{ ['a', 'b']|map('upper')|join }}{{ ['ab']|map('replace', 'a', 'c')|first }}",
                      "ABcb");
        QVERIFY(!test::render("{{ [1]|map('nofilter')|list }}").ok());
        QVERIFY(!test::render("{{ [1]|select('notest')|list }}").ok());
        QVERIFY(!test::render("{{ [1]|map|list }}").ok());
    }
    void takesSequencesApart() {
        LATHE_RENDERS(
            "{{ [1, 2]|first }}{{ [1, 2]|last }}{{ []|first }}{{ 'ab'|last }}{{ 'abc'|reverse }}{{ [1, "
            "2]|reverse|list }}",
            "12bcba[2, 1]");
        LATHE_RENDERS("{{ range(5)|batch(2, 'x')|list }}{{ range(5)|slice(2)|list }}",
                      "[[0, 1], [2, 3], [4, 'x']][[0, 1, 2], [3, 4]]");
        LATHE_RENDERS(
            "{{ ['a', 'A', 'b']|unique|list }}{{ [1, none, nope]|join('-') }}{{ 'ab'|list }}{{ {'a': "
            "1}|items|list }}",
            "['a', 'b']1-None-['a', 'b'][('a', 1)]");
        LATHE_RENDERS(
            "{{ nope|default('d') }}{{ ''|default('d') }}{{ ''|d('e', true) }}{{ none|default('d') }}{{ "
            "nope|length }}",
            "deNone0");
    }
    void tests() {
        LATHE_RENDERS(
            "{{ nope is defined }}{{ none is none }}{{ 'a' is string }}{{ 1 is number }}{{ true is integer "
            "}}{{ 1.0 is float }}",
            "FalseTrueTrueTrueFalseTrue");
        LATHE_RENDERS(
            "{{ {} is mapping }}{{ [] is sequence }}{{ {} is sequence }}{{ 1 is iterable }}{{ range is "
            "callable }}{{ nope is callable }}",
            "TrueTrueTrueFalseTrueTrue");
        LATHE_RENDERS(
            "{{ 3 is odd }}{{ 3 is divisibleby 3 }}{{ 'a' is lower }}{{ none is sameas none }}{{ 1 is in [1] "
            "}}{{ 2 is gt 1 }}{{ 1 is not eq 1 }}",
            "TrueTrueTrueTrueTrueTrueFalse");
        LATHE_RENDERS(
            "{{ 'upper' is filter }}{{ 'xmlattr' is filter }}{{ 'x' is filter }}{{ 'odd' is test }}",
            "TrueTrueFalseTrue");
    }
};

LATHE_TEST(TestTemplateFilters)
#include "tst_template_filters.moc"
