# SPDX-License-Identifier: GPL-3.0-or-later
"""Chat templates: valid ones that use all of the language, and those that would take all the time or memory there is."""
from .case import DATA, TOO_LARGE, UNSUPPORTED, legal, malformed, nested, seed

SEEDS = {
    "turns": "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m['content'] }}</>\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}\n",
    "parts": "{%- for m in messages -%}\n  {%- if m.content is string -%} {{ m.content|trim }}\n  {%- elif m.content is iterable and m.content is not none %}{% for p in m.content %}{{ p.text if p.type == 'text' else '?' }}{% endfor %}"
             "{%- else %}{{ m.tool_calls|tojson(indent=2) }}{% endif -%}\n{%- endfor %}",
    "macros": "{% macro f(a, b=2) %}{% endmacro %}{% macro g(x) %}[{{ x }}{{ varargs }}{{ kwargs }}{{ caller(x) }}]{% endmacro %}{% call(y) g(1, 2, z=3) %}{{ y }}{% endcall %}{{ f(1) }}{{ f(b=1, a=2) }}",
    "namespace": "{% set ns = namespace(n=0, l=[]) %}{% for m in messages[::-1] if m.role != 'tool' %}{% set ns.n = ns.n + loop.index %}{% set ns.l = ns.l + [m.role] %}{% if loop.last %}{% break %}{% endif %}{% else %}none{% endfor %}{{ ns.n }}{{ ns.l }}{{ ns }}",
    "blocks": "{% set a %}x{{ 1 }}{% endset %}{% set b|upper %}y{% endset %}{% filter indent(2)|replace('x', 'z') %}{{ a }}\n{{ b }}{% endfilter %}{% with p = 1, q = (2, 3) %}{{ p }}{{ q }}{% endwith %}{% raw %}{{ {% {# {% endraw %}{# note #}{% generation %}g{% endgeneration %}",
    "recursive": "{% for n in [[1, [2, [3]]], 4] recursive %}{{ loop.depth }}{% if n is iterable %}({{ loop(n) }}){% else %}{{ n }}{% continue %}{% endif %}{{ loop.cycle('a', 'b') }}{{ loop.changed(n) }}{% endfor %}",
    "text": "{{ '%s|%-5d|%05.1f|%%' % ('a', 3, 2.5) }}{{ '{:>8}|{0!r}|{x[0].y}'.format('é', x=[{'y': 1}]) if false else '{:^8,}|{!r:5}'.format(1234, 'b') }}{{ 'a,b'.split(',', 1) }}{{ 'Straße'.upper()[1:-1:2] }}{{ '\\u00e9\\n\\x41\\101' }}{{ 'abc'.find('c') }}{{ ' x '.strip().center(9, '*') }}"
            "{{ 'a b'|title|urlencode }}{{ '<b>x</b>'|e|striptags }}{{ 'one two three'|truncate(8) }}{{ 'x'|center(5) }}{{ strftime_now('%d %b')|length }}",
    "lists": "{{ [3, 1, 2]|sort|reverse|list }}{{ messages|map(attribute='role')|unique|join(', ') }}{{ messages|selectattr('content', 'string')|list|length }}{{ messages|groupby('role')|map('first')|list }}{{ range(9)|batch(2, 0)|list }}{{ range(9)|slice(2)|list }}"
             "{{ {'b': 1, 'a': [2.5, none, true]}|dictsort }}{{ [1, 2]|sum }}{{ [1, 2]|max }}{{ dict(a=1).items()|list }}{{ [1, 'a']|reject('string')|list }}{{ (1, 2)[0] }}{{ [1, 2, 3][1:] }}{{ 1 in [1] and not 2 in (3,) }}",
    "numbers": "{{ 7 // 2 * -3 % 5 ** 2 / 1.5 }}{{ 1_000 + 0x1f - 0b11 }}{{ '3.7'|int + '2'|float|round(1)|abs }}{{ 1 < 2 <= 3 != 4 }}{{ 5 is odd and 4 is divisibleby 2 }}{{ 'a' if 0 else 'b' ~ 1 ~ none }}{{ nope|default('d') }}{{ (nope.x is defined) if false }}",
}

LIMITED = {
    "nested_loops": "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}", "range": "{{ range(10**9) }}", "repeated_text": "{{ 'a' * 10**9 }}", "repeated_list": "{{ [0] * 10**9 }}",
    "macro_in_itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "loop_in_itself": "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "caller_in_itself": "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
    "replaced_text": "{{ ('a' * 10**6)|replace('a', 'b' * 10**6) }}", "joined_text": "{{ ('b' * 10**6).join('a' * 10**5) }}", "indented_text": "{{ ('a\n' * 10**6)|indent(10**6) }}", "centred_text": "{{ 'a'.center(10**12) }}", "centred_by_filter": "{{ 'a'|center(10**12) }}",
    "formatted_width": "{{ '%999999999d' % 1 }}", "formatted_star": "{{ '%*d' % (10**15, 1) }}", "formatted_braces": "{{ '{:>999999999}'.format(1) }}", "formatted_precision": "{{ '%.999999999f' % 1 }}", "zero_filled": "{{ '1'.zfill(10**15) }}",
    "doubled_text": "{% set ns = namespace(x='aa') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}", "doubled_list": "{% set ns = namespace(x=[0]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "shared_shown": "{% set ns = namespace(x=[0]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}", "shared_json": "{% set ns = namespace(x=[0]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}",
    "shared_compared": "{% set ns = namespace(x=[0], y=[0]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}", "shared_key": "{% set ns = namespace(x=(0,)) %}{% for i in range(60) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}",
    "deep_value": "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}", "value_in_itself": "{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns }}", "powers": "{{ 9 ** 9 ** 9 }}", "float_power": "{{ 9.0 ** 9999 }}", "product": "{{ 9223372036854775807 * 2 }}",
    "output": "{% for i in range(9999) %}{{ 'aaaaaaaaaaaaaaaa' * 100 }}{% endfor %}", "searched_text": "{% for i in range(9999) %}{{ ('a' * 10**6 ~ 'b').find('a' * 10**5 ~ 'c') }}{% endfor %}", "separators": "{{ range(9999)|list|tojson(separators=('a' * 10**6, 'b')) }}", "json_indent": "{{ [[[[1]]]]|tojson(indent=10**9) }}",
    "sorted": "{% for i in range(9999) %}{{ range(9999)|sort(reverse=true)|length }}{% endfor %}", "uppercase": "{% for i in range(9999) %}{{ ('é' * 10**6)|upper|length }}{% endfor %}", "dates": "{{ strftime_now('%99999d') }}", "slices": "{% for i in range(9999) %}{{ ('é' * 10**6)[::-1]|length }}{% endfor %}",
    "batches": "{{ [1]|batch(10**12, 0)|list }}", "many_slices": "{{ [1]|slice(10**12, 0)|list }}", "names_of_arguments": "{% macro m() %}{{ kwargs }}{% endmacro %}{% for i in range(9999) %}{{ m(**dict(range(999)|map('string')|batch(2)|list)) }}{% endfor %}",
}

DEEP = {
    "brackets": nested(b"(", b")", 100_000, b"1"), "lists": nested(b"[", b"]", 100_000), "dicts": nested(b"{1:", b"}", 100_000, b"1"), "calls": nested(b"f(", b")", 100_000), "subscripts": b"a" + nested(b"[a", b"]", 100_000), "attributes": b"a" + b".a" * 100_000, "filters": b"a" + b"|e" * 100_000,
    "not": b"not " * 100_000 + b"a", "minus": b"-" * 100_000 + b"1", "sums": b"a" + b"+a" * 100_000, "powers": b"2" + b"**2" * 100_000, "conditions": b"1 if 1 else " * 50_000 + b"1", "tests": b"a" + b" is not b" * 50_000, "compared": b"(1 <" * 50_000 + b"1" + b")" * 50_000,
}

# These are refused as a row's own fault is; the others use up the steps, the time or the memory of a rendering.
REFUSED = {"caller_in_itself", "dates", "deep_value", "float_power", "formatted_precision", "loop_in_itself", "macro_in_itself", "names_of_arguments", "output", "powers", "product",
           "range", "value_in_itself"}


def cases():
    for name, text in SEEDS.items():
        yield seed(name, text.encode())
    for name, text in LIMITED.items():
        yield malformed(name, text.encode(), DATA if name in REFUSED else UNSUPPORTED)
    for name, text in DEEP.items():
        yield malformed(f"deep_{name}", b"{{ " + text + b" }}", "file_malformed" if name == "tests" else UNSUPPORTED)
    yield malformed("deep_if", nested(b"{% if 1 %}", b"{% endif %}", 10_000), UNSUPPORTED)
    yield malformed("deep_for", nested(b"{% for a in b %}", b"{% endfor %}", 10_000), UNSUPPORTED)
    yield malformed("deep_macro", nested(b"{% macro a() %}", b"{% endmacro %}", 10_000), UNSUPPORTED)
    yield malformed("opened", b"{{" * (1 << 19), UNSUPPORTED)
    yield malformed("opened_blocks", b"{%" * (1 << 19))
    yield malformed("opened_comments", b"{#" * (1 << 19))
    yield malformed("opened_raw", b"{% raw %}" * 100_000)
    yield malformed("too_large", b"a" * ((1 << 20) + 1), TOO_LARGE)
    yield malformed("not_utf8", b"{{ 1 }}\xff")
    yield malformed("integer_beyond_64_bits", b"{{ 99999999999999999999 }}", UNSUPPORTED)
    yield malformed("statement_unknown", b"{% include 'x' %}", UNSUPPORTED)
    yield malformed("filter_unknown", b"{{ 1|nofilter }}", UNSUPPORTED)
    yield legal("zero_byte", b"a\0b{{ '\\x00' }}")
    yield legal("plain", b"a" * (1 << 20))
    yield legal("many_names", b"".join(b"{%% if a%d %%}{%% set b%d = 1 %%}{%% endif %%}" % (i, i) for i in range(20_000)))
    yield legal("many_outputs", b"{{a}}" * 200_000)
    yield legal("long_junction", b"{{ a" + b" or a" * 100_000 + b" }}")
    yield legal("long_concatenation", b"{{ a" + b"~a" * 100_000 + b" }}")
    yield legal("long_elif", b"{% if a %}" + b"{% elif a %}" * 50_000 + b"{% endif %}")
    yield legal("long_list", b"{{ [" + b"1," * 200_000 + b"]|length }}")
    yield legal("many_macros", b"{% macro a() %}{{ caller }}{% endmacro %}" * 20_000)
    yield legal("nested_as_python_takes_it", b"{{ " + nested(b"(", b")", 150, b"1") + b" }}" + nested(b"{% if 1 %}", b"{% endif %}", 60, b"x"))
    yield legal("loops_in_loops", nested(b"{% for a in [1] %}", b"{% endfor %}", 60, b"{{ loop.index }}" * 5_000))
