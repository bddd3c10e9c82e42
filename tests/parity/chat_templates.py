# SPDX-License-Identifier: GPL-3.0-or-later
"""What chat_template.py renders: snippets by subject, whole templates with conversations, and templates that must fail."""

V = {"i": 7, "n": -3, "f": 2.5, "s": "Hello World", "u": "Straße naïve Ünï", "e": "", "none_": None, "t": True, "b": False,
     "l": [3, 1, 2], "w": ["b", "A", "c", "a"], "d": {"b": 1, "a": "x", "items": [1]}, "nested": {"a": {"b": [10, {"c": "deep"}]}},
     "users": [{"name": "Bo", "age": 30, "tags": ["x"]}, {"name": "al", "age": 25, "tags": []}, {"name": "Cy", "age": 30}],
     "html": "<b>\"x\" & 'y'</b>", "lines": "one\n two\n\nthree\n", "big": 9007199254740993, "tiny": 1e-7}

EXPRESSIONS = """
i + 2 * 3 ; (i + 2) * 3 ; i - n ; i / 2 ; i // 2 ; n // 2 ; i % 3 ; n % 3 ; i % n ; -i // 2 ; 2 ** 3 ** 2 ; -2 ** 2 ; 2 ** -1 ; 2.0 ** 0.5
7.5 // 2 ; -7.5 // 2 ; -7.5 % 2 ; 7 % -2.5 ; 0.1 + 0.2 ; 1e16 ; 1e15 ; 1.5e300 * 10 ; 1e-5 ; 0.0001 ; 123456789.123 ; tiny ; big ; big / 1 ; 10 / 5
1_000 ; 0x1F ; 0b101 ; 0o17 ; 1_0.5e1_0 ; true + true ; true * 3 ; +i ; - - i ; i ~ f ~ s ~ none ~ true ; 'a' 'b' "c" ; 'a' * 3 ; 3 * 'ab' ; [1] * 2 ; (1, 2) + (3,)
[1] + [2, 'x'] ; () ; (1,) ; (1) ; [] ; {} ; {'a': 1, "b": [none, true, 1.0]} ; {1: 'x', none: 2, 1.5: 3, (1, 2): 4} ; {'a': 1, 'a': 2} ; {1: 'a', true: 'b', 1.0: 'c'}
'it\\'s' ; "say \\"hi\\"" ; ['it\\'s', 'say "hi"', 'both \\' "'] ; ['\\n\\t\\\\ é \\x00 \\u200b \\U0001F600'] ; '\\x41\\u00e9\\101' ; '\\q\\d' ; "\\é"
i == 7.0 ; 1 == true ; '1' == 1 ; [1, 2] == [1, 2.0] ; (1, 2) == [1, 2] ; {'a': 1} == {'a': true} ; none == none ; nope == none ; nope == nada ; nope != 1
1 < 2 < 3 ; 1 < 2 > 3 ; 3 > 2 == 2 ; 'a' < 'b' ; 'Z' < 'a' ; [1, 2] < [1, 3] ; (1,) < (1, 0) ; 'é' > 'z' ; i >= 7 ; f <= 2.5 ; 1 in l ; 'x' not in l ; 'ell' in s ; 'a' in d ; 1 in d
none in [none] ; nope in l ; 'x' in nope ; not i ; not nope ; i and s ; e or 'default' ; e and nope.x ; i or nope.x ; none or 0 or [] ; not not s ; not i == 7 ; 1 and 2 or 3 ; 0 or 0.0 or ''
'yes' if i else 'no' ; 'yes' if e else 'no' ; 'yes' if e ; ('a' if b else 'b') ~ 'c' ; 1 if false else 2 if false else 3 ; i if i > 3 if i < 10 else 0
s[0] ; s[-1] ; s[1:4] ; s[:-1] ; s[::-1] ; s[::2] ; s[-3:] ; s[10:2:-2] ; s[100:] ; s[100] ; u[4] ; u[3:7] ; u[::-1] ; l[1:] ; l[::-1] ; l[-2:] ; l[5] ; l[true] ; (1, 2, 3)[1:] ; range(10)[2:8:3]
d.a ; d['a'] ; d.items() ; d['items'] ; d.nope ; d['nope'] ; d.keys() ; d.values() ; d.get('a') ; d.get('q') ; d.get('q', 5) ; nested.a.b[1].c ; nested['a']['b'][0] ; nested.a.b.0 ; l.0 ; s.upper() ; s['lower']()
users[0].name ; users[-1]['age'] ; users[2].tags ; users[0].tags.0 ; l.index(1) ; l.count(3) ; l.copy() ; d.copy() ; (1, 2).index(2) ; i.real ; f.imag ; true.numerator ; (5).bit_length() ; f.is_integer()
nope ; nope is defined ; d.nope is defined ; i is undefined ; none is none ; nope is none ; s is string ; i is string ; i is number ; true is number ; i is integer ; true is integer ; f is float ; i is float ; true is boolean
1 is true ; true is true ; false is false ; d is mapping ; l is mapping ; l is sequence ; s is sequence ; d is sequence ; i is sequence ; nope is sequence ; s is iterable ; i is iterable ; nope is iterable ; range is callable ; d.items is callable ; i is callable
i is odd ; i is even ; i is divisibleby 7 ; i is divisibleby(2) ; 'ab' is lower ; 'AB' is upper ; '12' is lower ; none is sameas none ; i is eq 7 ; i is equalto(8) ; i is ne 7 ; i is lt 8 ; i is le 7 ; i is gt 7 ; i is ge 7 ; i is greaterthan 3 ; i is lessthan 3
1 is in l ; 9 is not in l ; 'upper' is filter ; 'nofilter' is filter ; 'odd' is test ; 'urlize' is filter ; s is not none and i is defined ; (s is defined) if i else none ; i is not odd ; s|e is escaped ; not s is string
s|upper ; s|lower ; s|length ; s|count ; 'hello world'|title ; 'HELLO there'|capitalize ; "it's o'neil-smith (jr)"|title ; s|replace('o', '0') ; s|replace('o', '0', 1) ; s|replace('', '-') ; '  x '|trim ; 'xxaxx'|trim('x') ; s|trim('Hd') ; u|upper ; 'ΑΣ ΑΣΑ'|lower ; 'ǆ'|capitalize
s|center(20) ~ '|' ; 'ab'|center(7) ~ '|' ; 'abc'|center(8) ~ '|' ; 'x'|center|length ; lines|indent ; lines|indent(2) ; lines|indent(2, true) ; lines|indent(2, blank=true) ; lines|indent('> ', true) ; lines|indent(width=1, first=true, blank=true) ; ''|indent(2, true) ; 'a'|indent(first=true)
s|truncate(8) ; s|truncate(8, leeway=0) ; s|truncate(8, true, leeway=0) ; s|truncate(8, true, '!', 0) ; 'foo bar baz qux'|truncate(9, leeway=0) ; s|wordcount ; "don't stop me_now 3"|wordcount ; html|e ; html|escape|upper ; html|striptags ; html|forceescape ; (html|e)|e
s|urlencode ; 'a b/é?&='|urlencode ; {'a b': 'c/d', 'e': 1}|urlencode ; [('x', 'y z')]|urlencode ; '%s-%d' % ('a', 3) ; '%5.1f|%-5s|%05d|%x|%%' % (2.55, 'ab', 42, 255) ; '%(a)s' % {'a': 1} ; '%s' % 'x' ; '%s' % nope ; '%r' % 'x' ; '%+d % d' % (1, 2) ; '%e %g' % (12345.678, 0.00001) ; '%c%c' % ('a', 98) ; '%#x %o %X' % (255, 8, 255) ; '%.2s|' % 'abc' ; '%*d' % (5, 3) ; '%-+6d|' % 3 ; '%i' % 3.9 ; '%a' % 'é' ; '%5s|%-5s|' % ('é', 'ü')
'%s and %s'|format('a', 'b') ; '%(x)s'|format(x=1) ; '{} {}'.format(1, 'a') ; '{1} {0}'.format('a', 'b') ; '{x}'.format(x=3) ; '{0.a}-{0[b]}'.format({'a': 1, 'b': 2}) ; '{:>5}|{:<5}|{:^5}|'.format('a', 'b', 'c') ; '{:05d} {:+} {:,}'.format(42, 3, 1234567) ; '{:.2f} {:e} {:%}'.format(3.14159, 1234.5, 0.25) ; '{:x} {:#b} {:o}'.format(255, 5, 8) ; '{!r} {!s}'.format('a', 'b') ; '{:{}}|'.format('a', 4) ; '{{}} {}'.format(1) ; '{:*^9}'.format('mid') ; '{:g} {:g}'.format(1e10, 0.5) ; '{:.3}'.format('abcdef') ; '{:_}'.format(1234567) ; '{:n}'.format(5) ; '{:5}|'.format(true) ; '{}'.format(none) ; '{:.3}'.format(2.0) ; '{:10.3f}|'.format(2.5) ; '{:d}'.format(true) ; '{} {0[0]}'.format([5])
'3'|int ; '3.7'|int ; 'abc'|int ; 'abc'|int(5) ; '0x1f'|int(base=16) ; 'ff'|int(0, 16) ; ' 42 '|int ; '1_000'|int ; '1e3'|int ; 3.9|int ; -3.9|int ; none|int ; [1]|int(9) ; true|int ; '٣'|int ; '2.5'|float ; 'x'|float ; 'x'|float(1.5) ; 3|float ; 'inf'|float ; '-1e5'|float ; 'nan'|float ; '1_0.5'|float ; none|float
n|abs ; (-2.5)|abs ; f|round ; 3.5|round ; 2.675|round(2) ; 1234.5|round(-2) ; 2.1|round(method='ceil') ; 2.9|round(0, 'floor') ; 2.345|round(2, 'ceil') ; 7|round ; 1250|round(-2) ; 1350|round(-2) ; 42.55|round(1) ; 5|round(1, 'floor') ; true|round
l|sum ; users|sum('age') ; users|sum(attribute='age', start=10) ; [[1], [2]]|sum(start=[]) ; [0.1, 0.2, 0.3]|sum ; l|min ; l|max ; w|min ; w|max ; w|max(true) ; users|max(attribute='age') ; []|min ; nope|max ; [1, 2.0, true]|max
l|sort ; l|sort(true) ; w|sort ; w|sort(case_sensitive=true) ; w|sort(reverse=true) ; users|sort(attribute='age')|map(attribute='name')|list ; users|sort(attribute='age,name')|map(attribute='name')|join ; users|sort(true, attribute='age')|map(attribute='name')|join ; d|sort ; 'hello'|sort ; [[2, 1], [1, 2]]|sort ; []|sort ; nope|sort
w|unique|list ; ['a', 'A', 'b']|unique|list ; ['a', 'A', 'b']|unique(true)|list ; users|unique(attribute='age')|map(attribute='name')|list ; [1, 1.0, true, 'x']|unique|list ; l|first ; l|last ; []|first ; []|last ; s|first ; s|last ; d|first ; d|last ; nope|first ; nope|last ; range(3)|last
l|join ; l|join(', ') ; users|join(', ', attribute='name') ; [1, none, nope, 'x', 2.0]|join('-') ; s|join('.') ; d|join(',') ; nope|join('x') ; l|join(1) ; s|list ; d|list ; d|items|list ; nope|items|list ; (1, 2)|list ; l|reverse|list ; s|reverse ; d|reverse|list ; l|map('string')|reverse ; (1, 2)|reverse|list
d|dictsort ; d|dictsort(by='key', reverse=true) ; {'b': 2, 'A': 3, 'c': 1}|dictsort ; {'b': 2, 'A': 3, 'c': 1}|dictsort(true) ; {'b': 2, 'A': 3, 'c': 1}|dictsort(false, 'value') ; users|groupby('age')|map('first')|list ; users|groupby('age') ; users|groupby('city', default='?')|length ; ['a', 'B', 'A']|groupby('0')|list
l|map('string')|list ; w|map('upper')|join ; w|map('replace', 'a', 'z')|list ; users|map(attribute='tags')|list ; users|map(attribute='tags', default='none')|list ; users|map(attribute='tags.0', default='-')|list ; users|map('length')|list ; nope|map('upper')|list ; l|select|list ; [0, 1, '', 'a']|select|list ; [0, 1]|reject|list ; l|select('odd')|list ; l|reject('odd')|list ; l|select('gt', 1)|list ; l|select('in', [1, 2])|list ; [1, 'a', none]|select('string')|list
users|selectattr('tags')|map(attribute='name')|list ; users|selectattr('age', 'eq', 30)|map(attribute='name')|list ; users|rejectattr('age', 'equalto', 30)|map(attribute='name')|list ; users|rejectattr('tags', 'defined')|list ; users|selectattr('tags', 'undefined')|map(attribute='name')|join ; users|selectattr('name', '==', 'Bo')|first ; users|selectattr('age', 'gt', 26)|list|length ; (l|select('odd')) is defined ; 'x' if nope|select('odd') else 'y' ; 1 in (l|select('odd')) ; l|select('divisibleby', 2)|first
nope|default('x') ; e|default('x') ; e|default('x', true) ; none|default('x') ; none|default('x', boolean=true) ; nope|d ; d.nope|d('y') ; l|batch(2)|list ; l|batch(2, 'f')|list ; range(7)|slice(3)|list ; range(7)|slice(3, 'x')|list ; []|batch(2)|list ; d|attr('items') is callable ; d|attr('a') is defined ; l|string ; none|string ; 5|string|length ; html|safe ; [html|e] ; (html|safe) + '<' ; '<' + (html|safe) ; (html|e)[0:4] ; '%s' % (html|safe) ; ('<%s>'|safe) % '<' ; ('<{}>'|safe).format('<') ; (', '|safe).join(['<', '>'|safe]) ; '<' ~ (html|safe) ; [s|safe]|join
l|tojson ; d|tojson ; s|tojson ; u|tojson ; u|tojson(ensure_ascii=true) ; '😀'|tojson(true) ; none|tojson ; f|tojson ; true|tojson ; html|tojson ; d|tojson(indent=2) ; nested|tojson(indent=4) ; d|tojson(indent='--') ; d|tojson(separators=(',', ':')) ; d|tojson(sort_keys=true) ; d|tojson(indent=0) ; []|tojson(indent=2) ; {}|tojson(indent=2) ; [[], {}]|tojson(indent=1) ; {1: 2, none: 3, true: 4, 1.5: 5}|tojson ; (1, 2)|tojson ; '\\x01\\x7f\\n"\\\\'|tojson ; 'inf'|float|tojson ; [1e100, 1e-7, 100.0]|tojson ; lines|tojson
s.lower() ; s.upper() ; s.title() ; s.capitalize() ; s.swapcase is defined ; s.split() ; s.split('o') ; s.split('o', 1) ; 'a,b,,c'.split(',') ; ' a  b '.split() ; ' a  b  c '.split(none, 1) ; s.rsplit('o', 1) ; ' a b  c '.rsplit(none, 1) ; ' a b  c '.rsplit(maxsplit=1) ; s.split(sep='l') ; 'aaa'.split('aa') ; 'aaa'.rsplit('aa') ; ''.split() ; ''.split(',') ; lines.splitlines() ; lines.splitlines(true) ; 'a\\r\\nb\\x0bc\\u2028d'.splitlines() ; '  x '.strip() ~ '|' ; '  x '.lstrip() ~ '|' ; '  x '.rstrip() ~ '|' ; 'xxaxx'.strip('x') ; 'xyaxy'.lstrip('yx') ; '\\n\\na\\n'.strip('\\n') ; '\\u00a0x\\u3000'.strip()
s.startswith('Hell') ; s.startswith(('x', 'H')) ; s.startswith('ell', 1) ; s.endswith('ld') ; s.endswith(('x',)) ; s.endswith('lo', 0, 5) ; s.find('o') ; s.find('o', 5) ; s.find('zz') ; s.rfind('o') ; s.index('W') ; s.count('l') ; s.count('l', 4) ; 'aaaa'.count('aa') ; 'abc'.count('') ; u.find('n') ; u.rfind('ï') ; s.replace('l', 'L') ; s.replace('l', 'L', 2) ; 'abc'.replace('', '-') ; s.join(['a', 'b']) ; ','.join(w) ; ', '.join(d) ; ','.join(w|map('upper'))
'12'.isdigit() ; '1a'.isdigit() ; ''.isdigit() ; '²'.isdigit() ; '½'.isnumeric() ; 'ab'.isalpha() ; 'é'.isalpha() ; 'a1'.isalnum() ; ' '.isspace() ; 'aB'.isupper() ; 'AB1'.isupper() ; 'ab1'.islower() ; 'Ab Cd'.istitle() ; 'abc'.removeprefix('a') ; 'abc'.removesuffix('bc') ; 'abc'.removeprefix('x') ; '42'.zfill(5) ; '-42'.zfill(5) ; 'ab'.ljust(5) ~ '|' ; 'ab'.rjust(5, '*') ; 'ab'.center(5, '*') ; 'abc'.center(6, '*') ; 'k=v=w'.partition('=') ; 'k=v=w'.rpartition('=') ; 'kv'.partition('=') ; 'kv'.rpartition('=') ; "they're bill's".title() ; 'ß'.upper() ; 'ß'.title() ; 'ŉ x'.capitalize() ; 'ἀΣ'.lower() ; 'STRASSE'.casefold() ; 'a1b'.title()
range(3) ; range(3)|list ; range(1, 8, 3)|list ; range(5, 0, -2)|list ; range(0)|list ; range(3) == range(0, 3) ; range(3)[1] ; range(10)|length ; range(2, 5).start ; 3 in range(5) ; range(3)|reverse|list ; dict(a=1, b=2) ; dict({'x': 1}, y=2) ; dict([('a', 1)]) ; dict(d.items()) ; namespace(a=1).a ; namespace(a=1) ; namespace({'x': 5}).x ; namespace().nope ; cycler('a', 'b').next() ; joiner('|')() ; strftime_now('%Y-%m-%d') ; strftime_now('%d %b %Y %H:%M:%S') ; strftime_now('%A %B %-d, %j %p %I') ; strftime_now('%f|%z|%Z|%%') ; strftime_now('%a %y %U %w %x %X %c') ; strftime_now('')
d.items()|list ; d.items()|length ; d.keys()|list ; d.values()|join(',') ; 'a' in d.keys() ; d.items()|first ; d.keys()|reverse|list ; d.items()|map('first')|list ; d.items() is sequence ; d.items() is iterable ; [nope] ; [d.items()] ; {'k': nope} ; none ~ nope ; [true, none, 1.0] ; {'a': (1,)} ; 'x' if [] else 'y' ; 'x' if d.items() else 'y' ; 'x' if range(0) else 'y' ; {}.items()|length
[1, 2, 3][1:]|sum ; (i, s)[1] ; {'a': {'b': 2}}['a'].b ; {'a': l.index}.a(2) ; [s.upper][0]() ; 'a'|upper|lower|upper ; ('a' ~ 1)|upper ; -(l|length) ; -1|abs ; 2 * -3 ; 1 - -1 ; not (1 in l) ; 1 in l and 2 in l ; 1 if 2 else 3 ~ 4 ; (1 if 2 else 3) ~ 4 ; 1 ~ 2 * 3 ; 'a' in 'abc' in ['abc'] ; 1 == 1 == 1 ; [1, 2] in [[1, 2]] ; s is string and s|length > 3 ; s|length == 11 ; l|length > 2 and l[0] == 3 ; 'a' ~ 'b' * 2 ; 10 // 3 * 3 + 10 % 3 ; 'q' not in s and not b
"""

STATEMENTS = [
    "{% if i > 5 %}big{% elif i > 3 %}mid{% else %}small{% endif %}", "{% if nope %}x{% endif %}y", "{% if e %}a{% elif s %}b{% endif %}",
    "{% for x in l %}{{ x }},{% endfor %}", "{% for x in [] %}a{% else %}none{% endfor %}", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k in d %}{{ k }}{% endfor %}", "{% for c in 'héy' %}[{{ c }}]{% endfor %}", "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}", "{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }} {% endfor %}", "{% for x in l if x > 1 %}{{ loop.index }}/{{ loop.length }}:{{ x }} {% else %}no{% endfor %}",
    "{% for x in l if x > 9 %}{{ x }}{% else %}no{% endfor %}", "{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}", "{% for x in l %}{% break %}{% else %}E{% endfor %}", "{% for x in l %}{% continue %}{% else %}E{% endfor %}",
    "{% for x in l %}{% for y in 'ab' %}{{ loop.index }}{{ y }}{% endfor %}{{ loop.index }} {% endfor %}",
    "{% for x in l %}{% set o = loop %}{% for y in 'ab' %}{{ o.index }}.{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for n in [{'v': 1, 'c': [{'v': 2, 'c': []}]}] recursive %}{{ n.v }}{{ loop.depth }}{{ loop.depth0 }}({{ loop(n.c) }}){% endfor %}",
    "{% for n in [[1, [2, [3]]]] recursive %}{% if n is iterable %}[{{ loop(n) }}]{% else %}{{ n }}{% if not loop.last %},{% endif %}{% endif %}{% endfor %}",
    "{% for x in l if x recursive %}{{ x }}{% endfor %}",
    "{% for x in range(3) %}{{ x }}{% endfor %}{{ x }}", "{% for m in users|selectattr('tags') %}{{ m.name }}{{ loop.last }}{{ loop.length }}{% endfor %}",
    "{% for m in users|map(attribute='name') %}{{ m }}{{ loop.length }}{{ loop.last }} {% endfor %}", "{% for x in nope %}a{% else %}b{% endfor %}",
    "{% set x = 1 %}{{ x }}{% set x = x + 1 %}{{ x }}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set a, (b, c) = 1, (2, 3) %}{{ a }}{{ b }}{{ c }}", "{% set x = 1, 2 %}{{ x }}",
    "{% set x %}in {{ i }}{% endset %}{{ x }}|{{ x|length }}", "{% set x|upper|trim %}  a{{ s }} {% endset %}{{ x }}", "{% set x | replace('a', 7|string) %}banana{% endset %}{{ x }}",
    "{% set x = 1 %}{% for y in l %}{% set x = y %}{{ x }}{% endfor %}{{ x }}", "{% set x = 0 %}{% for y in l %}{{ x }}{% set x = y %}{{ x }}{% endfor %}",
    "{% if t %}{% set q = 5 %}{% endif %}{{ q }}", "{% if b %}{% set s = 5 %}{% endif %}{{ s }}", "{% for y in l %}{% if y == 1 %}{% set s = 'in' %}{% endif %}{{ s }} {% endfor %}{{ s }}",
    "{% for y in l %}{{ z }}{% endfor %}{% set z = 1 %}{{ z }}", "{% for y in l %}{{ s }}{% endfor %}{% set s = 1 %}{{ s }}", "{{ s }}{% for y in l %}{{ s }}{% endfor %}{% set s = 1 %}{{ s }}",
    "{% set ns = namespace(c=0, f=false) %}{% for x in l %}{% set ns.c = ns.c + x %}{% if x == 1 %}{% set ns.f = true %}{% endif %}{% endfor %}{{ ns.c }}{{ ns.f }}",
    "{% set ns = namespace() %}{% set ns.a, ns.b = 1, 2 %}{{ ns.a + ns.b }}", "{% set ns = namespace(x=[]) %}{% for y in l %}{% set ns.x = ns.x + [y * 2] %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(go=true) %}{% for x in l if ns.go %}{{ x }}{% set ns.go = false %}{% endfor %}", "{% set ns = namespace() %}{% set ns.t %}block{% endset %}{{ ns.t }}",
    "{% macro m(a, b=2, c='x') %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }}|{{ m(1, 3) }}|{{ m(1, c=9) }}|{{ m(b=5, a=4) }}", "{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m() }}{{ m('x')|upper }}{{ m(m(1)) }}",
    "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}", "{% macro m(a) %}{{ a }}{{ varargs|length }}{% endmacro %}{{ m(1, 2, 3) }}", "{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}body {{ i }}{% endcall %}",
    "{% macro m() %}{% for x in l %}{{ caller(x, k=loop.index) }}{% endfor %}{% endmacro %}{% call(v, k) m() %}{{ v }}:{{ k }} {% endcall %}", "{% macro m(a=s) %}{{ a }}{% endmacro %}{{ m() }}", "{% macro m(a, b=a) %}{{ b }}{% endmacro %}{{ m(4) }}",
    "{% macro fact(n) %}{% if n > 1 %}{{ n * fact(n - 1)|int }}{% else %}1{% endif %}{% endmacro %}{{ fact(5) }}", "{% macro m() %}{{ later }}{% endmacro %}{% set later = 3 %}{{ m() }}", "{% macro m() %}{{ s }}{% endmacro %}{{ m() }}{% set s = 3 %}{{ m() }}",
    "{% macro m() %}{{ s }}{% endmacro %}{% set s = s ~ '!' %}{{ m() }}", "{% for x in l %}{% macro m() %}{{ x }}{% endmacro %}{{ m() }}{% endfor %}", "{% macro m(x) %}{% set i = x %}{{ i }}{% endmacro %}{{ m(1) }}{{ i }}", "{{ m is defined }}{% macro m() %}{% endmacro %}{{ m is defined }}{{ m.name }}{{ m.arguments }}{{ m }}",
    "{% macro m(caller=none) %}{{ caller }}{% endmacro %}{{ m() }}", "{% macro m(a, b) %}{{ m.catch_kwargs }}{{ m.arguments }}{{ b is defined }}{{ b }}{% endmacro %}{{ m(1) }}", "{% macro outer() %}{% macro inner(y) %}({{ y }}){% endmacro %}{{ inner(1) }}{% endmacro %}{{ outer() }}",
    "{% macro m(kwargs) %}{{ kwargs }}{% endmacro %}{{ m(1) }}", "{% macro m(d) %}{{ d }}{% endmacro %}{{ m(**{'d': 2}) }}{{ m(*[3]) }}",
    "{% filter upper %}a{{ s }}b{% endfilter %}", "{% filter replace('a', 'b')|upper %}banana{% endfilter %}", "{% filter indent(2, true) %}a\nb{% endfilter %}", "{% for x in l %}{% filter upper %}a{% if x == 1 %}{% break %}{% endif %}{% endfilter %}{{ x }}{% endfor %}",
    "{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q }}", "{% with a = 1, b = i %}{{ a }}{{ b }}{% endwith %}{{ a }}", "{% set a = 5 %}{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}", "{% with a, b = (1, 2) %}{{ a + b }}{% endwith %}", "{% with s = s|upper %}{{ s }}{% endwith %}{{ s }}",
    "{% raw %}{{ x }} {% if %} {# c #}{% endraw %}", "{% raw -%}  a {%- endraw %} b", "{%- raw %} {{ a }} {% endraw -%} b", "{# comment {{ x }} {% if %} #}a", "a {#- c -#} b", "a {#+ c +#}\nb", "  {# c #}\n  b", "{% generation %}gen {{ s }}{% endgeneration %} after",
    "{% for x in l %}{{ x }}{% generation %}<{{ x }}é>{% endgeneration %}{% endfor %}", "{% generation %}{% set g = 1 %}{{ g }}{% endgeneration %}{{ g }}", "{% print i, s %}", "{% print(i) %}", "{% if t: %}colon{% endif %}", "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{{ c.reset() }}{{ c.next() }}",
    "{% set j = joiner() %}{% for x in l %}{{ j() }}{{ x }}{% endfor %}", "{% set g = l|map('string') %}{{ g|list }}{{ g|list }}", "{% set g = l|select('odd') %}{{ g|first }}{{ g|first }}", "{% if nope|select('odd') %}yes{% endif %}", "{% if b %}{{ s|nofilter }}{% endif %}ok", "{{ s|nofilter if b else 'ok' }}", "{% if b %}{% if s is notest %}{% endif %}{% endif %}ok",
    "{% set x = d %}{% set y = x %}{{ y.a }}", "{% set f = s.upper %}{{ f() }}", "{% set _ = d %}{{ _ }}", "{% for _ in range(2) %}x{% endfor %}", "{% set x = none %}{{ x is none }}", "{{ '{{' }}{{ '}}' }}{{ '{%' }}", "{{ {'a': {'b': 1}}}}", "{{ '%}' }}{% set x = '%}' %}{{ x }}", "{{ \"a\nb\" }}", "a{{- i -}} b {{- i }}", "{{ i }}\n{{ i }}\n", "\n\na\n\n", "{{ i }}\n", "a\r\nb\rc\r\n",
    "{% set ns = namespace(x=1) %}{% macro m() %}{% set ns.x = ns.x + 1 %}{% endmacro %}{{ m() }}{{ m() }}{{ ns.x }}", "{% set a = [1, 2] %}{% set a = a + [3] %}{{ a|length }}", "{% for a in [1] %}{% for a in [2] %}{{ a }}{% endfor %}{{ a }}{% endfor %}", "{% for i in range(2) %}{{ i }}{% endfor %}{{ i }}", "{% set loop = 4 %}{{ loop }}", "{% for x in l %}{% endfor %}{{ loop }}",
    "{%- if t -%}\n  a\n{%- endif -%}\n b", "{%+ if t +%}\n  a\n{%+ endif +%}\n b", "  {% if t %}\n    a\n  {% endif %}\n  b", "x  {% if t %}\n    a\n  {% endif %}\n  b", "  {%+ if t %}a{% endif %}\n", "{% if t %}\n\n a{% endif %}\n\nb", "\t{% set x = 1 %}\t\n\t{{ x }}", "{% if t %} {% endif %}\n  {# c #}  \n  {# d #}\nx", "  {{ i }}\n  {%- if t %} b {%- endif %}  \n c", "{%if t%}a{%endif%}", "{%-if t-%} a {%-endif-%}", "{{i}}{{-i-}}{{+i}}", "{% for x in l -%}\n {{ x }}\n{%- endfor %}\n", "a \u00a0{%- if t %} b{% endif %}", "a\u2028  {% if t %}b{% endif %}",
]

CHAT = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": " Hi <there> "}, {"role": "assistant", "content": "Hello\nyou", "reasoning_content": "think é"},
        {"role": "user", "content": [{"type": "text", "text": "look"}, {"type": "image"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"x": 1, "y": ["é", None]}}}]},
        {"role": "tool", "tool_call_id": "c1", "name": "f", "content": "42"}, {"role": "tool", "content": "{\"a\": 1}"}, {"role": "assistant", "content": "Done 😀"}]
TOOLS = [{"type": "function", "function": {"name": "f", "description": "Does f.", "parameters": {"type": "object", "properties": {"x": {"type": "integer", "description": "an x"}, "y": {"type": ["array", "null"]}}, "required": ["x"]}}}]
BASE = {"messages": CHAT, "tools": None, "documents": None, "add_generation_prompt": False, "bos_token": "<s>", "eos_token": "</s>"}
CASES = [BASE, {**BASE, "tools": TOOLS, "add_generation_prompt": True}, {**BASE, "messages": CHAT[1:3], "add_generation_prompt": True, "enable_thinking": False}, {**BASE, "messages": CHAT[:2]},
         {**BASE, "messages": [CHAT[1]], "tools": TOOLS}]

TEMPLATES = [(template, CASES) for template in [
    # Turns, with the last one open.
    "{{ bos_token }}{% for m in messages %}{{ '[' ~ m['role'] ~ ']\n' + (m['content'] if m['content'] is string else m['content']|tojson) + '[end]\n' }}{% endfor %}{% if add_generation_prompt %}[assistant]\n{% endif %}",
    # The system text joined to the first user turn.
    """{%- if messages[0].role == 'system' %}
    {%- set sys = messages[0].content|trim %}
    {%- set rest = messages[1:] %}
{%- else %}
    {%- set sys = '' %}
    {%- set rest = messages %}
{%- endif %}
{{- bos_token }}
{%- for message in rest %}
    {%- if loop.first and sys %}
        {{- '<u>' + sys + '\n\n' + message.content|string|trim + '</u>' }}
    {%- elif message.role == 'user' %}
        {{- '<u>' + message.content|string|trim + '</u>' }}
    {%- elif message.role == 'assistant' %}
        {%- generation %}{{- '<a>' }}{{- message.content or '' }}{{ eos_token }}{%- endgeneration %}
    {%- endif %}
{%- endfor %}
""",
    # Tools described with macros.
    """{%- macro type_of(spec) -%}
    {%- if spec.type is string -%}{{ spec.type }}{%- else -%}{{ spec.type|join('|') }}{%- endif -%}
{%- endmacro -%}
{%- macro describe(tool) %}
{{ tool.name }}(
    {%- for name, spec in tool.parameters.properties.items() %}
        {{- name ~ ('' if name in tool.parameters.required else '?') ~ ': ' ~ type_of(spec) }}
        {%- if not loop.last %}, {% endif %}
    {%- endfor %}): {{ tool.description -}}
{%- endmacro %}
{%- if tools %}# Tools
{%- for tool in tools %}
{{ describe(tool.function) }}
{%- endfor %}

{% endif %}
{%- for m in messages %}
{{ m.role }}: {{ m.content }}
{% endfor %}""",
    # Tool calls, and their answers in one turn.
    """{%- set ns = namespace(open=false) %}
{%- for m in messages %}
    {%- if m.role == 'tool' %}
        {%- if loop.first or loop.previtem.role != 'tool' %}{{ '<results>' }}{% endif %}
        {{- '<r>' ~ m.content ~ '</r>' }}
        {%- if loop.last or loop.nextitem.role != 'tool' %}{{ '</results>\n' }}{% endif %}
    {%- else %}
        {{- '<' ~ m.role ~ '>' }}
        {%- if m.content is string %}
            {{- m.content }}
        {%- elif m.content is iterable and m.content is not none %}
            {%- for part in m.content %}
                {%- if part.type == 'text' %}{{ part.text }}{% elif 'image' in part.type %}{{ '<img>' }}{% endif %}
            {%- endfor %}
        {%- endif %}
        {%- for call in m.tool_calls or [] %}
            {%- set f = call.function if call.function is defined else call %}
            {{- '\n<call>' ~ {'name': f.name, 'arguments': f.arguments}|tojson ~ '</call>' }}
        {%- endfor %}
        {{- '</' ~ m.role ~ '>\n' }}
    {%- endif %}
{%- endfor %}""",
    # Reasoning of the turns after the last question.
    """{%- set ns = namespace(last=-1) %}
{%- for m in messages[::-1] %}
    {%- if ns.last < 0 and m.role == 'user' %}{% set ns.last = messages|length - 1 - loop.index0 %}{% endif %}
{%- endfor %}
{%- for m in messages %}
{{ m.role }}:
{%- if m.reasoning_content is defined and m.reasoning_content and loop.index0 > ns.last - 2 %}
 <think>{{ m.reasoning_content.strip('\n') }}</think>
{%- endif %}
 {{ m.content if m.content is not none else '' }}
{%- endfor %}
{%- if add_generation_prompt %}
assistant:{% if enable_thinking is defined and enable_thinking is false %} <think></think>{% endif %}
{%- endif %}""",
    # Blocks: set, filter, call, with, and a date.
    """{% set header %}
Date: {{ strftime_now('%d %B %Y') }}
{% endset %}
{% macro box(title) %}+{{ title }}+
{{ caller() }}
+{{ '-' * (title|length) }}+
{% endmacro %}
{{ header|trim }}
{% call box('chat') %}
{% for m in messages %}
{{ loop.index }}. {{ m.role|capitalize }}
{% endfor %}
{% endcall %}
{% filter upper %}{% with total = messages|length %}{{ total }} turns{% endwith %}{% endfilter %}

""",
    # Strict alternation.
    """{%- set ns = namespace(n=0) -%}
{%- for m in messages if m.role in ['user', 'assistant'] and not m.tool_calls -%}
{%- if (m.role == 'user') != (loop.index0 % 2 == 0) -%}{{ raise_exception('roles must alternate at ' ~ loop.index) }}{%- endif -%}
{{ m.role[0] }}{% set ns.n = ns.n + 1 %}
{%- endfor -%}{{ ns.n }}""",
    # Roles by a dict, prefixes by a filter chain.
    """{% set names = {'user': 'Q', 'assistant': 'A'} %}
{% for role, group in messages|groupby('role') %}
{{ names.get(role, role|upper) }}: {{ group|map(attribute='content')|map('string')|map('length')|join(',') }}
{% endfor %}
{{ messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|map('string')|join(' / ')|truncate(20, true, '…', 0) }}
{{ (tools or [])|map(attribute='function.name')|list|tojson }}""",
    # Schema printed recursively.
    """{% macro show(value, depth=0) %}
{% for key, item in value|dictsort %}
{{ '  ' * depth }}{{ key }}:{% if item is mapping %}

{{ show(item, depth + 1) }}{% elif item is sequence and item is not string %} [{{ item|join('; ') }}]
{% else %} {{ item }}
{% endif %}
{% endfor %}
{% endmacro %}
{% if tools %}{{ show(tools[0]) }}{% else %}no tools{% endif %}""",
    # Content parts counted over the conversation.
    """{%- set count = namespace(image=0, text=0) %}
{%- for m in messages %}
{%- if m.content is not string and m.content %}
{%- for part in m.content %}
{%- if part.type == 'image' %}{% set count.image = count.image + 1 %}Picture {{ count.image }}: <img/>
{%- else %}{% set count.text = count.text + 1 %}{{ part['text'] }}
{%- endif %}
{%- endfor %}
{%- elif m.content %}{{ m.content.split('\n')|join('⏎') }}
{%- else %}-{%- endif %}|
{%- endfor %}{{ count.image }}/{{ count.text }}""",
    # Everything kept in one text before it is printed.
    """{%- set out = namespace(text='') -%}
{%- for m in messages -%}
{%- set line -%}{{ m.role.ljust(10, '.') }}{{ (m.content|string)[:12] }}{%- endset -%}
{%- set out.text = out.text ~ line ~ '\n' -%}
{%- endfor -%}
{{ out.text.rstrip() }}{{ eos_token if not add_generation_prompt }}""",
    "{% for message in messages %}{% if loop.last and message.role == 'assistant' %}{% generation %}{{ message.content }}{{ eos_token }}{% endgeneration %}{% else %}{{ message.content }}{% endif %}{% endfor %}",
]]

SNIPPETS = [("{{ " + one.strip() + " }}", V) for line in EXPRESSIONS.strip().split("\n") for one in line.split(" ; ")]
SNIPPETS += [(statement, V) for statement in STATEMENTS]

ERRORS = [(template, V) for template in [
    "{{ nope.x }}", "{{ nope['x'] }}", "{{ nope() }}", "{{ nope + 1 }}", "{{ 1 + nope }}", "{{ nope < 1 }}", "{{ -nope }}", "{{ d.nope.x }}", "{{ l[9].x }}", "{{ i.x.y }}", "{{ s + 1 }}", "{{ 1 + s }}", "{{ l + (1,) }}", "{{ none + 1 }}", "{{ 1 / 0 }}",
    "{{ 1 // 0 }}", "{{ 1 % 0 }}", "{{ 1.0 / 0 }}", "{{ s < 1 }}", "{{ none < 1 }}", "{{ d < d }}", "{{ 1 in 1 }}", "{{ 1 in s }}", "{{ s[::0] }}", "{{ l['a':] }}", "{{ i() }}", "{{ s() }}", "{{ {[]: 1} }}", "{{ i|length }}", "{{ none|length }}",
    "{{ l|map('nofilter')|list }}", "{{ l|select('notest')|list }}", "{{ s|nofilter }}", "{{ s is notest }}", "{% if t %}{{ s|nofilter }}{% endif %}", "{% for x in l %}{% if b %}{% for y in l %}{{ y|nofilter }}{% endfor %}{% endif %}{% endfor %}",
    "{{ l.append(4) }}", "{{ d.update({}) }}", "{{ d.pop('a') }}", "{{ l.sort() }}", "{{ s.__class__.x }}", "{{ d.__class__() }}", "{{ raise_exception('no') }}", "{% set d.x = 1 %}", "{% set ns = namespace() %}{% set ns._x = 1 %}", "{{ namespace(_x=1) }}", "{{ range(1000000) }}", "{{ range('a') }}", "{{ range(1, 2, 0) }}",
    "{% for x in i %}{% endfor %}", "{% for x in none %}{% endfor %}", "{% for a, b in l %}{% endfor %}", "{% for a, b in [(1, 2, 3)] %}{% endfor %}", "{% set a, b = 1 %}", "{% macro m() %}{% endmacro %}{{ m(1) }}", "{% macro m() %}{% endmacro %}{{ m(x=1) }}", "{% macro m() %}{{ caller() }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{% endmacro %}{% call m() %}{% endcall %}", "{% for x in l %}{{ loop(x) }}{% endfor %}", "{{ '%d' % 'x' }}", "{{ '%s %s' % 'x' }}", "{{ '%s' % (1, 2) }}", "{{ '%(a)s' % {} }}", "{{ '%q' % 1 }}", "{{ '{}'.format() }}", "{{ '{x}'.format(1) }}", "{{ '{:d}'.format('a') }}", "{{ '{'.format(1) }}", "{{ '{[0]}'.format([5]) }}", "{{ '{} {0}'.format(1) }}", "{{ s is defined if i else none }}", "{{ -l|length }}",
    "{{ s.split('') }}", "{{ s.index('zz') }}", "{{ l.index(9) }}", "{{ ','.join([1]) }}", "{{ s.center('a') }}", "{{ s.startswith(1) }}", "{{ s.strip(1) }}", "{{ s|replace('a') }}", "{{ s|upper(1) }}", "{{ d|tojson(nope=1) }}", "{{ nope|tojson }}", "{{ range(3)|tojson }}", "{{ (l|map('string'))|tojson }}", "{{ (l|map('string'))|length }}", "{{ (l|map('string'))|last }}", "{{ (l|map('string'))[0].x }}",
    "{{ [1, 'a']|sort }}", "{{ [1, none]|min }}", "{{ ['a']|sum }}", "{{ l|sum(start='') }}", "{{ i|dictsort }}", "{{ i|items|list }}", "{{ [[1]]|unique|list }}", "{{ i|indent }}", "{{ nope|indent }}", "{{ nope|int }}", "{{ s|truncate(1) }}", "{{ s|abs }}", "{{ 1|round(method='x') }}", "{{ 'inf'|float|int }}", "{{ i|join }}", "{{ i|first }}", "{{ i|list }}", "{{ i|reverse }}", "{{ nope|dictsort }}", "{{ l|map|list }}", "{{ users|selectattr|list }}",
    "{{ ", "{{ }}", "{% if %}{% endif %}", "{% if t %}", "{% endif %}", "{% for x %}{% endfor %}", "{% for x in l %}{% endif %}", "{% else %}", "{% unknown %}", "{{ a b }}", "{{ 'abc }}", "{{ (1 }}", "{{ 1) }}", "{{ [1} }}", "{{ {1} }}", "{{ a.'b' }}", "{{ a[ }}", "{{ 1 + }}", "{{ * }}", "{{ a = 1 }}", "{{ a! }}", "{{ $ }}", "{# x", "{% raw %}x", "{% set 1 = 2 %}", "{% set true = 2 %}", "{% set a.b.c = 2 %}",
    "{% set [a] = 1 %}", "{% set f() = 1 %}", "{% macro %}{% endmacro %}", "{% macro m(a=1, b) %}{% endmacro %}", "{% macro m(1) %}{% endmacro %}", "{% call 1 %}{% endcall %}", "{% filter %}{% endfilter %}", "{% break %}", "{% continue %}", "{% for x in l %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}", "{% for x in l %}{% generation %}{% break %}{% endgeneration %}{% endfor %}", "{% for x in l %}{% else %}{% break %}{% endfor %}", "{% for loop in l %}{{ loop }}{% endfor %}",
    "{% for x in l %}{% set loop = 1 %}{% endfor %}", "{{ f(a=1, a=2) }}", "{{ f(a=1, 2) }}", "{{ f(**a, *b) }}", "{{ s is string is string }}", "{{ x|1 }}", "{{ x is 1 }}", "{% if t %}a{% else %}b{% else %}c{% endif %}", "{{ '\\x4' }}", "{{ '\\N{zzz}' }}", "{{ '\\u12' }}", "{{ not }}", "{{ 1 is not }}", "{% print 1 2 %}", "{% with a %}{% endwith %}", "{% include 'x' %}", "{% import 'x' as y %}", "{% extends 'x' %}", "{{ a == not b }}", "{{ 01 }}", "{{ (1).x.y }}",
]]

# Right for transformers, refused by Lathe with a named error: what prints an address, and integers beyond 64 bits.
STRICTER = ["{{ [1]|map('string') }}", "{{ 'a'.upper }}", "{{ range }}", "{{ 99999999999999999999 }}", "{{ 2 ** 64 }}", "{{ 9223372036854775807 + 1 }}", "{{ 'x'|pprint }}", "{{ 'a'.encode() }}", "{% autoescape true %}{% endautoescape %}",
            "{% block a %}{% endblock %}", "{{ lipsum() }}", "{{ [1]|random }}"]
