// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/tokenizer/jinja/rendering.h"

using namespace lathe;

class TestTemplateMethods : public QObject {
    Q_OBJECT
  private slots:
    void splits() {
        LATHE_RENDERS(
            "{{ ' a  b '.split() }}{{ 'a,b,,c'.split(',') }}{{ 'a,b,c'.split(',', 1) }}{{ "
            "'a,b,c'.rsplit(',', 1) }}",
            "['a', 'b']['a', 'b', '', 'c']['a', 'b,c']['a,b', 'c']");
        LATHE_RENDERS(
            "{{ ' a  b  c '.split(none, 1) }}{{ ' a b  c '.rsplit(none, 1) }}{{ ''.split() }}{{ "
            "''.split(',') }}{{ 'aaa'.rsplit('aa') }}",
            "['a', 'b  c '][' a b', 'c'][]['']['a', '']");
        LATHE_RENDERS(
            "{{ 'a\\r\\nb\\nc\\u2028'.splitlines() }}{{ 'a\\nb'.splitlines(true) }}{{ 'k=v=w'.partition('=') "
            "}}{{ 'k=v=w'.rpartition('=') }}",
            "['a', 'b', 'c']['a\\n', 'b']('k', '=', 'v=w')('k=v', '=', 'w')");
        QVERIFY(!test::render("{{ 'a'.split('') }}").ok());
    }
    void strips() {
        LATHE_RENDERS(
            "{{ '  x '.strip() }}|{{ '  x '.lstrip() }}|{{ '  x '.rstrip() }}|{{ 'xyaxy'.strip('yx') }}|{{ "
            "'\\u3000é\\u00a0'.strip() }}",
            "x|x |  x|a|é");
    }
    void searches() {
        LATHE_RENDERS(
            "{{ 'héllo'.find('l') }}{{ 'héllo'.rfind('l') }}{{ 'héllo'.find('x') }}{{ 'aaaa'.count('aa') "
            "}}{{ 'abc'.index('c') }}"
            "{{ 'ab'.find('b', 1) }}{{ 'ab'.find('a', 1) }}",
            "23-1221-1");
        LATHE_RENDERS(
            "{{ 'abc'.startswith('ab') }}{{ 'abc'.startswith(('x', 'a')) }}{{ 'abc'.endswith('c') }}{{ "
            "'abc'.startswith('b', 1) }}",
            "TrueTrueTrueTrue");
        QVERIFY(!test::render("{{ 'a'.index('b') }}").ok());
    }
    void changesText() {
        LATHE_RENDERS(
            "{{ 'aXb'.replace('X', '-') }}{{ 'abc'.replace('', '.') }}{{ 'aaa'.replace('a', 'b', 2) }}{{ ', "
            "'.join(['x', 'y']) }}",
            "a-b.a.b.c.bbax, y");
        LATHE_RENDERS(
            "{{ \"they're here\".title() }}{{ 'aB'.upper() }}{{ 'aB'.lower() }}{{ 'hELLO w'.capitalize() "
            "}}{{ 'ẞ'.casefold() }}",
            "They'Re HereABabHello wss");
        LATHE_RENDERS(
            "{{ 'pre-x'.removeprefix('pre-') }}{{ 'x.py'.removesuffix('.py') }}{{ '-42'.zfill(5) }}{{ "
            "'a'.ljust(3, '.') }}{{ 'a'.rjust(3) }}|"
            "{{ 'ab'.center(5, '*') }}{{ 'abc'.center(6, '*') }}",
            "xx-0042a..  a|**ab**abc**");
    }
    void classifies() {
        LATHE_RENDERS(
            "{{ '12'.isdigit() }}{{ ''.isdigit() }}{{ 'é'.isalpha() }}{{ 'a1'.isalnum() }}{{ ' '.isspace() "
            "}}{{ 'A1'.isupper() }}{{ '½'.isnumeric() }}",
            "TrueFalseTrueTrueTrueTrueTrue");
    }
    void formats() {
        LATHE_RENDERS(
            "{{ '{} {1}'.format('a', 'b') if false else '{1} {0}'.format('a', 'b') }}|{{ "
            "'{x.y[0]}'.format(x={'y': [7]}) }}|{{ '{{}}'.format() }}",
            "b a|7|{}");
        LATHE_RENDERS("{{ '{:>5}|{:<5}|{:^5}|{:*^5}'.format('a', 'b', 'c', 'd') }}",
                      "    a|b    |  c  |**d**");
        LATHE_RENDERS(
            "{{ '{:05d} {:+} {:,} {:x} {:#b} {:.2f} {:e} {:.1%} {:g} {!r:5}|'.format(42, 3, 1234567, 255, 5, "
            "3.14159, 1234.5, 0.25, 1e10, 'x') }}",
            "00042 +3 1,234,567 ff 0b101 3.14 1.234500e+03 25.0% 1e+10 'x'  |");
        LATHE_RENDERS(
            "{{ '%5.1f|%-5s|%05d|%x|%%|%r|%c' % (2.55, 'é', 42, 255, 'q', 65) }}{{ '%(a)s' % {'a': 1} }}{{ "
            "'%s' % [1] }}",
            "  2.5|é    |00042|ff|%|'q'|A1[1]");
        for (const char* const wrong :
             {"'{}'.format()", "'{'.format(1)", "'{x}'.format(1)", "'{:d}'.format('a')", "'{} {0}'.format(1)",
              "'%d' % 'a'", "'%s %s' % 'a'", "'%s' % (1, 2)", "'%q' % 1", "'%(a)s' % {}", "'%' % 1"})
            QVERIFY2(!test::render(std::string("{{ ") + wrong + " }}").ok(), wrong);
    }
    void readsContainers() {
        LATHE_RENDERS(
            "{{ [1, 2, 1].count(1) }}{{ [1, 2].index(2) }}{{ (1, 2).index(2) }}{{ [1].copy() }}{{ {'a': "
            "1}.copy() }}",
            "211[1]{'a': 1}");
        LATHE_RENDERS(
            "{{ d.keys()|list }}{{ d.values()|list }}{{ d.items()|list }}{{ d.get('x') }}{{ d.items()|length "
            "}}{{ 'a' in d.keys() }}",
            "['a'][1][('a', 1)]None1True", {{"d", {{"a", 1}}}});
    }
    void namesWhatItDoesNotHave() {
        const auto outcome = test::render("{{ 'a'.encode() }}");
        QVERIFY(!outcome.ok());
        QCOMPARE(errorCodeName(outcome.error().code), "unsupported");
        QVERIFY(outcome.error().message.find("encode") != std::string::npos);
    }
};

LATHE_TEST(TestTemplateMethods)
#include "tst_template_methods.moc"
