// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/tokenizer/jinja/rendering.h"

using namespace lathe;

class TestTemplateWhitespace : public QObject {
    Q_OBJECT
  private slots:
    void dropsTheLineOfABlock() {
        LATHE_RENDERS("a\n  {% if 1 %}\n  b\n  {% endif %}\nc", "a\n  b\nc");
        LATHE_RENDERS("  {# note #}\nb\n\t{% set x = 1 %}\n\tc", "b\n\tc");
        LATHE_RENDERS("a  {% if 1 %}  \n b{% endif %}\n\nc", "a    \n b\nc");
    }
    void keepsTheLineOfAnExpression() { LATHE_RENDERS("  {{ 1 }}\n  {{ 2 }}\n", "  1\n  2"); }
    void stripsAtAMinus() {
        LATHE_RENDERS("a \n {{- 1 -}} \n b", "a1b");
        LATHE_RENDERS("a \n {%- if 1 -%} \n b \n {%- endif -%} \n c", "abc");
        LATHE_RENDERS("a {#- note -#} b", "ab");
        LATHE_RENDERS("a\u00A0{%- if 1 %}b{% endif %}", "ab");
    }
    void keepsAtAPlus() {
        LATHE_RENDERS("a\n  {%+ if 1 +%}\nb{% endif %}", "a\n  \nb");
        LATHE_RENDERS("  {#+ note +#}\nb", "  \nb");
        LATHE_RENDERS("{{+1}}", "1");
    }
    void dropsOneLineBreakAtTheEnd() {
        LATHE_RENDERS("a\n", "a");
        LATHE_RENDERS("a\n\n", "a\n");
        LATHE_RENDERS("a\r\nb\rc\r\n", "a\nb\nc");
    }
    void leavesRawTextAlone() {
        LATHE_RENDERS("{% raw %}{{ x }} {% if %} {# c #}{% endraw %}", "{{ x }} {% if %} {# c #}");
        LATHE_RENDERS("a {%- raw -%}  {{ b }}  {%- endraw -%} c", "a{{ b }}c");
        LATHE_RENDERS("{% raw %}\n  a\n  {% endraw %}\nb", "\n  a\nb");
    }
    void findsTheEndOfATag() {
        LATHE_RENDERS("{{ {'a': {'b': 1}}}}", "{'a': {'b': 1}}");
        LATHE_RENDERS("{{ '}}' }}{% set x = '%}' %}{{ x }}{{ \"{{\" }}", "}}%}{{");
        LATHE_RENDERS("{%if 1%}a{%endif%}{{1}}", "a1");
        LATHE_RENDERS("a { b } {c% %} d", "a { b } {c% %} d");
    }
};

LATHE_TEST(TestTemplateWhitespace)
#include "tst_template_whitespace.moc"
