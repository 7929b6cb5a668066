"""Makes expected.json and tools.json beside it: what Jinja2, set up as Hugging Face transformers does, makes of templates.

Run with: pip install jinja2==3.1.6; python make_golden.py
The templates in templates/ and tools/ are written after the known behaviour of published model families.
"""

import json
from datetime import datetime
from pathlib import Path

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = Path(__file__).parent
NOW = datetime(2026, 3, 5, 7, 8, 9)


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_support"), [], [], body).set_lineno(line)

    @jinja2.pass_eval_context
    def _support(self, context, caller):
        return caller()


def environment():
    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


ENV = environment()


def render(template, variables):
    """The text, or None where Jinja2 fails."""
    try:
        return ENV.from_string(template).render(**variables)
    except Exception:
        return None


CONTENTS = [
    "Hi", "false", "0", "", " ", "{{ 7*7 }}", "{% if %}", "{# x #}", "it's \"quoted\"", "back\\slash \\n", "two\nlines\n",
    "  spaced \t", "\u00a0nbsp\u00a0", "emoji 😀👍🏽", "<|im_end|> </s> [INST] <|eot_id|>", "<think>\nhm\n</think>\n\nAnswer",
    "a</think>b</think>c", "None", "system", "<b>&amp;</b>", "\r\nwindows\r\n", "ÀÉ straße Σίσυφος", "\u2028line\u0085",
    "<tool_response>x</tool_response>", "line\n\n  indented\n\n", "%s {0} $x", "\u0000\u001f\u007f", "日本語のテキスト",
]


def conversations():
    def say(*turns):
        return [{"role": role, "content": content} for role, content in turns]

    made = []
    for i, content in enumerate(CONTENTS):
        other = CONTENTS[(i * 7 + 3) % len(CONTENTS)]
        made.append(say(("user", content)))
        made.append(say(("system", content), ("user", other), ("assistant", content), ("user", content)))
        made.append(say(("user", content), ("assistant", other)))
    made += [
        say(("assistant", "first")), say(("system", "only")), say(("user", "a"), ("user", "b")),
        say(("user", "a"), ("assistant", "b"), ("system", "late"), ("user", "c")), [],
        say(("user", "1"), ("assistant", "2"), ("user", "3"), ("assistant", "4"), ("user", "5"), ("assistant", "6")),
    ]
    return made


VARIABLES = {
    "s": "Hello, World", "e": "", "w": "  two  words\n", "u": "ÀΣß😀ǆ", "n": 7, "z": 0, "neg": -3, "f": 2.5, "big": 12345678901,
    "t": True, "no": False, "nothing": None, "l": [1, 2, 3], "el": [], "words": ["b", "a", "C", "a"], "d": {"a": 1, "b": "x"}, "ed": {},
    "mixed": [1, "x", None, True, 2.0, [1], {"k": "v"}], "people": [{"name": "Ann", "age": 30, "tag": {"x": 1}}, {"name": "bob", "age": 25}, {"name": "Cy"}],
    "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "U1"}, {"role": "assistant", "content": "A1"}, {"role": "user", "content": "U2"}],
}

# One to a line; the sign ⏎ is a newline.
SNIPPETS = r"""
{{ s }} {{ e }}|{{ n }}|{{ f }}|{{ t }}|{{ nothing }}|{{ l }}|{{ d }}|{{ mixed }}|{{ u }}
a⏎
a⏎⏎
⏎a
{{ s }}⏎
{{ s }}⏎⏎{{ s }}⏎
{% if t %}⏎a⏎{% endif %}⏎b
  {% if t %}⏎  a⏎  {% endif %}⏎b
x  {% if t %} a {% endif %}  y
x  {%- if t -%} a {%- endif -%}  y
x⏎  {%+ if t %}⏎a⏎  {%+ endif +%}⏎y
x {{- s -}} y
x⏎  {{- s -}}  ⏎ y
x⏎  {{ s }}⏎  y
{# c #}⏎a
  {# c #}⏎a
a {#- c -#} b
a⏎  {#+ c +#}⏎b
a {# it's "x" {{ y }} {% z %} #} b
{#-#}x
{% raw %} {{ x }} {% if %} {# c #} {% endraw %}|
a⏎  {% raw %}⏎  b⏎  {% endraw %}⏎c
a {%- raw -%} b {%- endraw -%} c
{% raw %}{% endraw x %}{% endraw %}
{%+ raw %}x{%+ endraw +%}⏎y
{{ {'a': {'b': 1}} }}
{{ {'a': {'b': 1}}['a']['b'] }}
{{ '}}' }}{{ "%}" }}{{ '{{' }}{{ "{%" }}
{{ 'it\'s' }}{{ "a\"b" }}{{ 'a"b' }}{{ "it's" }}
{{ 'a\nb\tc\\d\x41\u00e9\U0001F600\101\q' }}
{{ 'a\⏎b' }}
{{ 'two⏎lines' }}
{{ 'a' 'b' "c" }}
{{ '' }}{{ "" }}
{{ [] }}{{ {} }}{{ () }}{{ (1,) }}{{ (1, 2) }}{{ 1, 2 }}{{ [1, 'a', none] }}
{{ ['it\'s', "q\"", '\'"', '\n\t\\', 'é😀', '\x00\x7f\u200b\u00a0'] }}
{{ 1 }}{{ 1.0 }}{{ 1.5e3 }}{{ 1e20 }}{{ 1e16 }}{{ 1e15 }}{{ 0.0001 }}{{ 0.00001 }}{{ 123456789.123 }}{{ 1e-7 }}{{ 0.1 + 0.2 }}
{{ -n }} {{ +n }} {{ - -n }} {{ -2 ** 2 }} {{ 2 ** 3 ** 2 }} {{ 2 ** 10 }} {{ not n }} {{ not not n }}
{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7 / 2 }} {{ 6 / 2 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 7.5 % -2 }}
{{ 1 + 2 * 3 }} {{ (1 + 2) * 3 }} {{ 10 - 3 - 2 }} {{ 100 / 10 / 2 }} {{ 1 ~ 2 * 3 ~ 'x' }} {{ 1 ~ 2 == '12' }}
{{ 1 ~ 2 + 3 }}
{{ true + true }} {{ true * 3 }} {{ true == 1 }} {{ false == 0 }} {{ 1 == 1.0 }} {{ '1' == 1 }} {{ none == false }} {{ true is sameas true }} {{ 1 is sameas true }}
{{ true - 1 }} {{ -true }} {{ +true }} {{ true // 1 }} {{ true ** 2 }} {{ true / 2 }} {{ true < 2 }} {{ 1.5 > true }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 3 > 2 > 1 }} {{ 1 < 2 == 2 }} {{ 1 == 1 != 2 }} {{ 1 < 2 in [2] }}
{{ 'a' < 'b' }} {{ 'B' < 'a' }} {{ 'é' > 'z' }} {{ '😀' > '\uffff' }} {{ [1, 2] < [1, 3] }} {{ (1,) < (1, 0) }} {{ [2] > [1, 5] }}
{{ [1] == [1] }} {{ [1] == (1,) }} {{ [1] == [true] }} {{ {'a': 1} == {'a': 1.0} }} {{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }} {{ range(3) == [0, 1, 2] }}
{{ 'a' in 'abc' }} {{ '' in 'abc' }} {{ 'x' not in 'abc' }} {{ 1 in [1, 2] }} {{ true in [1] }} {{ 'a' in {'a': 1} }} {{ 1 in {'a': 1} }} {{ 'a' in ['ab'] }} {{ none in [none] }}
{{ not 'a' in 'b' }} {{ 'a' not in 'b' and true }} {{ 1 in range(3) }} {{ 'x' in nix }} {{ nix in [nix] }}
{{ 1 in 'abc' }}
{{ none in 'abc' }}
{{ 1 in 5 }}
{{ 'a' + 1 }}
{{ 1 + 'a' }}
{{ [1] + (2,) }}
{{ none + 'a' }}
{{ none ~ 'a' ~ nix ~ true ~ 1.0 ~ [1] }}
{{ 'ab' * 3 }} {{ 3 * 'ab' }} {{ 'ab' * 0 }} {{ 'ab' * -1 }} {{ [1] * 3 }} {{ (1, 2) * 2 }} {{ 'a' * true }}
{{ 1 / 0 }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ 1.0 / 0 }}
{{ 1 < 'a' }}
{{ none < 1 }}
{{ [1] < [none] }}
{{ {} < {} }}
{{ -'a' }}
{{ e or 'x' }} {{ e and 'x' }} {{ s or 'x' }} {{ s and 'x' }} {{ 0 or none or [] or 'last' }} {{ 1 and 2 and 3 }} {{ nix or 'd' }} {{ not e }}
{{ true or 1 / 0 }} {{ false and 1 / 0 }} {{ true and not false or false }} {{ false or true and false }}
{{ 'a' if t else 'b' }} {{ 'a' if no else 'b' }} {{ 'a' if no }} {{ 1 if no else 2 if no else 3 }} {{ (1 if t) + 1 }} {{ 'x' ~ ('a' if no) ~ 'y' }}
{{ ('a' if no) is defined }} {{ (1, 2) if t else 3 }} {{ [1 if t else 2, 3] }}
{{ 'a' if e else 'b' if el else 'c' if ed else 'd' if z else 'e' if nothing else 'f' if nix else 'g' }}
{{ 'a' if '0' else 'b' }}{{ 'a' if 'false' else 'b' }}{{ 'a' if ' ' else 'b' }}{{ 'a' if [0] else 'b' }}{{ 'a' if 0.0 else 'b' }}{{ 'a' if -1 else 'b' }}
{{ nix }}|{{ nix is defined }}|{{ nix is undefined }}|{{ d.nix }}|{{ d['nix'] }}|{{ l[9] }}|{{ l[-9] }}|{{ nothing.x }}|{{ n.x }}|{{ s.x }}|{{ n[0] }}|{{ nothing['x'] }}
{{ nix.x }}
{{ nix['x'] }}
{{ nix[0] }}
{{ nix[1:] }}
{{ d.nix.x }}
{{ nix() }}
{{ nix + 1 }}
{{ nix ~ 1 }}
{{ -nix }}
{{ nix < 1 }}
{{ nix == nix }} {{ nix == none }} {{ nix != 1 }} {{ nix == '' }} {{ [nix] }} {{ nix|length }} {{ nix|list }} {{ nix|upper }} {{ nix|trim }} {{ nix|join }} {{ nix|first }}
{% for x in nix %}a{% else %}b{% endfor %}
{{ d.a }} {{ d['b'] }} {{ d.get('a') }} {{ d.get('z') }} {{ d.get('z', 'dflt') }} {{ d.keys()|list }} {{ d.values()|list }} {{ d.items()|list }} {{ 'items' in d }}
{{ {'items': 1}.items is defined }} {{ {'items': 5}['items'] }} {{ {'get': 5}['get'] }}
{{ l[0] }} {{ l[-1] }} {{ l[true] }} {{ l.0 }} {{ l.2 }} {{ s[0] }} {{ s[-1] }} {{ u[3] }} {{ u[-1] }} {{ (1, 2)[1] }} {{ range(5)[2] }} {{ range(5)[-1] }}
{{ l['0'] }} {{ l[1.0] }} {{ s['x'] }} {{ d[0] }} {{ d[none] }}
{{ l[1:] }} {{ l[:1] }} {{ l[:-1] }} {{ l[-2:] }} {{ l[::-1] }} {{ l[::2] }} {{ l[5:] }} {{ l[:] }} {{ l[2:0:-1] }} {{ l[-1:-9:-1] }} {{ l[1:2] }} {{ l[9::-1] }} {{ l[none:2] }}
{{ s[1:4] }} {{ s[::-1] }} {{ s[:-3] }} {{ s[-3:] }} {{ u[2:4] }} {{ u[::-1] }} {{ s[::3] }} {{ (1, 2, 3)[1:] }} {{ s[100:] }} {{ s[2:1] }} {{ s[::-2] }}
{{ l[::0] }}
{{ messages[1:][0].content }} {{ messages[-1]['role'] }} {{ messages[0:1]|length }} {{ (messages|last).content }} {{ messages[0].nope is defined }}
{{ s.upper() }} {{ s.lower() }} {{ s.title() }} {{ 'hELLO wORLD'.capitalize() }} {{ "it's o'neil x1y".title() }} {{ 'ßa'.title() }} {{ 'ßa'.upper() }} {{ 'ǆa'.title() }} {{ 'ΑΣ ΑΣ'.lower() }} {{ u.capitalize() }} {{ 'ßA'.capitalize() }}
[{{ w.strip() }}] [{{ w.lstrip() }}] [{{ w.rstrip() }}] [{{ 'xxaxx'.strip('x') }}] [{{ 'xyaxy'.lstrip('yx') }}] [{{ 'a\n\n'.rstrip('\n') }}] [{{ '\u00a0a\u2003\x1c'.strip() }}] [{{ '\u200ba'.strip() }}] [{{ 'a'.strip('') }}] [{{ 'a '.strip(none) }}]
{{ 'a,b,,c'.split(',') }} {{ '  a  b '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ 'a b c'.split(none, 1) }} {{ ' a b  c '.split(none, 1) }} {{ ''.split(',') }} {{ ''.split() }} {{ 'abc'.split('abc') }} {{ 'a<>b<>c'.split('<>')[-1] }} {{ 'aXbX'.split('X', 0) }} {{ ' a b'.split(none, 0) }} {{ 'a b'.split(maxsplit=1) }} {{ 'aaa'.split('aa') }}
{{ 'a'.split('') }}
{{ 'a\nb\r\nc\rd\u2028e\x1cf\n'.splitlines() }} {{ ''.splitlines() }} {{ '\n'.splitlines() }} {{ 'a\n\nb'.splitlines() }}
{{ s.startswith('He') }} {{ s.startswith('') }} {{ s.startswith(('x', 'H')) }} {{ s.endswith('ld') }} {{ s.endswith(('a', 'b')) }} {{ e.startswith('a') }} {{ s.startswith(()) }}
{{ s.startswith(1) }}
{{ s.startswith(['H']) }}
{{ s.replace('l', 'L') }} {{ s.replace('l', 'L', 1) }} {{ s.replace('l', '') }} {{ 'aaa'.replace('aa', 'b') }} {{ s.replace('zz', 'y') }} {{ s.replace('l', 'L', 0) }} {{ s.replace('l', 'L', -1) }}
{{ s.replace('l', 1) }}
{{ s.find('o') }} {{ s.find('zz') }} {{ u.find('ǆ') }} {{ s.rfind('o') }} {{ s.count('l') }} {{ 'aaaa'.count('aa') }} {{ 'abc'.count('') }} {{ u.rfind('😀') }} {{ s.find('') }} {{ s.rfind('') }}
{{ ', '.join(words) }} {{ ''.join(['a']) }} {{ '-'.join('abc') }} {{ '-'.join([]) }} {{ '-'.join(['', '']) }}
{{ ', '.join(l) }}
{{ s.removeprefix('Hello') }} {{ s.removesuffix('World') }} {{ s.removeprefix('x') }} {{ 'aa'.removeprefix('a') }} {{ s.removesuffix('') }}
{{ s['upper']() }} {{ d['keys']()|list }}
{{ s.__class__ }}
{{ s.nope() }}
{{ l.nope }}
{{ l.append(4) }}
{{ d.update({'a': 2}) }}
{{ s|upper }} {{ s|lower }} {{ s|title }} {{ s|capitalize }} {{ "it's-o(x)y [z]".title() }} {{ "it's-o(xY)y [zA] <bC>  d"|title }} {{ 'ßa ǆa'|title }} {{ 5|upper }} {{ none|upper }} {{ true|lower }}
[{{ w|trim }}] [{{ 'xxaxx'|trim('x') }}] [{{ 5|trim }}] [{{ none|trim }}] [{{ '\u00a0a'|trim }}] [{{ 'ab'|trim(chars='b') }}]
{{ s|length }} {{ u|length }} {{ l|length }} {{ d|length }} {{ e|length }} {{ l|count }} {{ d.keys()|length }} {{ range(4)|length }}
{{ 5|length }}
{{ none|length }}
{{ nix|default('x') }} {{ nothing|default('x') }} {{ nothing|default('x', true) }} {{ e|default('x') }} {{ e|default('x', boolean=true) }} {{ e|d('x', true) }} {{ nix|default }} {{ z|default(5, true) }} {{ nix|default(default_value=1) }} {{ d.nix|default(none) }}
{{ s|replace('l', 'L') }} {{ s|replace('l', 'L', 1) }} {{ 121|replace(1, 3) }} {{ s|replace('o', 5) }}
{{ l|join }} {{ l|join(', ') }} {{ mixed|join('|') }} {{ people|join(', ', attribute='name') }} {{ 'abc'|join('-') }} {{ d|join(',') }} {{ l|join(1) }} {{ [nix, none]|join('-') }} {{ people|map(attribute='name')|join('+') }}
{{ l|first }} {{ l|last }} {{ s|first }} {{ s|last }} {{ el|first }} {{ el|last is defined }} {{ d|first }} {{ d|last }} {{ u|last }} {{ range(3)|last }}
{{ 5|first }}
{{ (l|map('string'))|last }}
{{ l|reverse|list }} {{ s|reverse }} {{ u|reverse }} {{ range(3)|reverse|list }} {{ (1, 2)|reverse|list }} {{ d|reverse|list }} {{ (l|map('string')|reverse) }}
{{ s|list }} {{ d|list }} {{ range(3)|list }} {{ (1, 2)|list }} {{ u|list }}
{{ words|sort }} {{ words|sort(reverse=true) }} {{ words|sort(case_sensitive=true) }} {{ [3, 1, 2]|sort }} {{ people|sort(attribute='name', reverse=true)|map(attribute='name')|list }} {{ [2, 1.5, true]|sort }} {{ 'cab'|sort }} {{ [[2, 1], [1, 9]]|sort }}
{{ mixed|sort }}
{{ people|sort(attribute='nope')|map(attribute='name')|list }} {{ [none, none]|sort }}
{{ l|sort(nix) }}
{{ people|sort(attribute='age') }}
{{ d|dictsort }} {{ {'b': 1, 'A': 2, 'a': 3}|dictsort }} {{ {'b': 1, 'A': 2}|dictsort(true) }} {{ {'b': 1, 'A': 2}|dictsort(by='value') }} {{ {'b': 1, 'a': 2}|dictsort(reverse=true) }}
{{ words|unique|list }} {{ words|unique(case_sensitive=true)|list }} {{ [1, true, 1.0, '1']|unique|list }} {{ people|unique(attribute='age')|map(attribute='name')|list }}
{{ [3, 1, 2]|max }} {{ [3, 1, 2]|min }} {{ words|max }} {{ words|min }} {{ el|max }} {{ people[:2]|max(attribute='age') }} {{ ['a', 'A']|min }} {{ ['a', 'A']|max }} {{ ['a', 'A']|min(case_sensitive=true) }}
{{ '12'|int }} {{ ' 12 '|int }} {{ 'x'|int }} {{ 'x'|int(5) }} {{ '1.9'|int }} {{ 1.9|int }} {{ -1.9|int }} {{ true|int }} {{ none|int }} {{ '-3'|int }} {{ '1e2'|int }} {{ ''|int }} {{ 'x'|int(default=none) }} {{ l|int }}
{{ -3|abs }} {{ (-3)|abs }} {{ (-3.5)|abs }} {{ true|abs }} {{ 3|abs }}
{{ s|abs }}
{{ 5|string + 'x' }} {{ none|string }} {{ l|string|length }} {{ (5|string) is string }}
{{ 'a\nb\n\nc'|indent }}|{{ 'a\nb'|indent(2) }}|{{ 'a\nb'|indent(2, true) }}|{{ 'a\n\nb'|indent(2, blank=true) }}|{{ 'a\nb\n'|indent(width=1, first=true) }}|{{ 'a\nb'|indent('> ') }}|{{ ''|indent }}|{{ 'a\r\nb'|indent }}
{{ d|items|list }} {{ nix|items|list }} {% for k, v in d|items %}{{ k }}={{ v }};{% endfor %}
{{ l|items|list }}
{{ messages|selectattr('role', 'equalto', 'user')|map(attribute='content')|list }} {{ messages|rejectattr('role', 'eq', 'user')|list|length }} {{ people|selectattr('age')|list|length }} {{ people|selectattr('age', 'defined')|list|length }} {{ people|rejectattr('age', 'undefined')|map(attribute='age')|list }} {{ messages|selectattr('role', 'in', ['user', 'system'])|list|length }} {{ people[:1]|selectattr('tag.x', 'eq', 1)|list|length }}
{{ people|selectattr('tag.x')|list }}
{{ [1, 2, 3, 4]|select('odd')|list }} {{ [1, 2, 3]|reject('odd')|list }} {{ mixed|select|list }} {{ mixed|reject('none')|list }} {{ [1, 5]|select('gt', 2)|list }} {{ mixed|select('string')|list }} {{ l|select('divisibleby', 2)|list }}
{{ words|map('upper')|list }} {{ l|map('string')|join }} {{ people|map(attribute='age', default=0)|list }} {{ people|map(attribute='age')|list }} {{ [[1, 2], [3]]|map('first')|list }} {{ [[1, 2], [3]]|map(attribute=0)|list }} {{ [' a ']|map('trim')|list }} {{ words|map('replace', 'a', 'z')|list }} {{ [{'a': [5]}]|map(attribute='a.0')|list }}
{{ (messages|selectattr('role', 'equalto', 'nobody'))|length }}
{% if messages|selectattr('role', 'equalto', 'nobody') %}true{% else %}false{% endif %}
{% if messages|selectattr('role', 'equalto', 'nobody')|list %}true{% else %}false{% endif %}
{{ (l|map('string'))[0] }}|{{ (l|map('string')|list)[0] }}
{% set g = l|map('string') %}{{ g|list }}{{ g|list }}{{ g is iterable }}{{ g is sequence }}
{{ d|tojson }} {{ mixed|tojson }} {{ 'é"\\\n\t\x01<>&\'/😀\x7f\u2028'|tojson }} {{ none|tojson }} {{ true|tojson }} {{ 1.0|tojson }} {{ 1e20|tojson }} {{ (1, 2)|tojson }} {{ []|tojson }} {{ {}|tojson }}
{{ {'b': [1, {'c': []}], 'a': {}}|tojson(indent=2) }}|{{ [1, [2]]|tojson(indent=0) }}|{{ {'b': 1, 'a': 2}|tojson(sort_keys=true) }}|{{ {'b': [1, 2]}|tojson(separators=(',', ':')) }}|{{ [1, 2]|tojson(indent=4, separators=(';', '=')) }}
{{ nix|tojson }}
{{ range(3)|tojson }}
{{ d.items()|tojson }}
{{ s|safe }} {{ d|tojson|safe }} {{ '<b>'|safe }}
{{ s is string }} {{ n is string }} {{ n is number }} {{ t is number }} {{ n is integer }} {{ t is integer }} {{ f is integer }} {{ f is float }} {{ t is boolean }} {{ d is mapping }} {{ l is mapping }} {{ l is sequence }} {{ s is sequence }} {{ d is sequence }} {{ n is sequence }} {{ nothing is none }} {{ nothing is not none }} {{ nix is none }} {{ l is iterable }} {{ s is iterable }} {{ n is iterable }} {{ nix is iterable }} {{ nix is sequence }} {{ d.items() is iterable }} {{ d.items() is sequence }} {{ nix is callable }} {{ range is callable }} {{ s is callable }} {{ range(2) is sequence }}
{{ 3 is odd }} {{ 3 is even }} {{ 4 is divisibleby 2 }} {{ 4 is divisibleby(3) }} {{ 1 is eq 1 }} {{ 1 is ne 1 }} {{ 1 is lt 2 }} {{ 1 is in [1] }} {{ 'a' is in 'abc' }} {{ 1 is equalto 1.0 }} {{ t is true }} {{ 1 is true }} {{ no is false }} {{ 0 is false }} {{ 2 is ge 2 }} {{ -3 is odd }} {{ true is odd }}
{{ 1 is not in [2] }} {{ not 1 is odd }} {{ 1 is odd and 2 is even }} {{ 1 is odd or 1 / 0 }}
{{ 'a' is string if t else 'b' }}
{{ ('a' is string) if t else 'b' }} {{ s is defined and s is string }} {{ (1 + 2) is odd }} {{ s|length is odd }} {{ l is defined }} {{ -1 is odd }}
{{ 1 + 1 is odd }}
{{ 'x' is odd }}
{{ 1 is nonsense }}
{{ 1|nonsense }}
{{ nonsense(1) }}
{% nonsense %}
{% if no %}{{ 1 is odd }}{% else %}b{% endif %}
{{ range(3)|list }} {{ range(1, 3)|list }} {{ range(3, 0, -1)|list }} {{ range(0)|list }} {{ range(0, 10, 3)|list }} {{ range(-1)|list }}
{{ range(1, 2, 0) }}
{{ range('a') }}
{{ range(100001)|length }}
{{ range(100000)|length }}
{{ dict(a=1, b='c') }} {{ dict({'x': 1}, y=2) }} {{ dict() }} {{ namespace(a=1).a }} {{ namespace({'a': 2}).a }} {{ namespace().x is defined }} {{ namespace(a=1)['a'] }}
{% set x = 1 %}{{ x }}{% set x = x + 1 %}{{ x }}{% set x, y = 1, 2 %}{{ x }}{{ y }}{% set (x, y) = [3, 4] %}{{ x }}{{ y }}{% set a, (b, c) = 1, (2, 3) %}{{ a }}{{ b }}{{ c }}
{% set x, y = [1] %}
{% set x, y = [1, 2, 3] %}
{% set x = 1, 2 %}{{ x }}{% set x = (1) %}{{ x }}{% set x = 'a' if no else 'b' %}{{ x }}
{% if t %}{% set x = 1 %}{% endif %}{{ x }}{% if no %}{% set y = 1 %}{% endif %}[{{ y }}]
{% set x = 0 %}{% for i in l %}{% set x = x + i %}{{ x }},{% endfor %}{{ x }}
{% set ns = namespace(x=0, y='') %}{% for i in l %}{% set ns.x = ns.x + i %}{% set ns.y = ns.y ~ i %}{% endfor %}{{ ns.x }} {{ ns.y }}{% set ns.new = [1] %}{{ ns.new }}
{% set d.a = 5 %}
{% set nix.a = 5 %}
{% for i in l %}{% if q is defined %}D{% else %}U{% endif %}{% set q = i %}{{ q }}{% endfor %}{{ q is defined }}
{% set x = 'out' %}{% for i in [1, 2] %}{{ x }}{% set x = 'in' %}{{ x }}{% endfor %}{{ x }}
{% set i = 'kept' %}{% for i in l %}{{ i }}{% endfor %}{{ i }}
{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }}[{{ loop.previtem }}|{{ loop.nextitem }}]{{ loop.cycle('a', 'b') }}{{ loop.depth }}{{ loop.depth0 }};{% endfor %}
{% for i in [1, 1, 2, 2, 1] %}{{ loop.changed(i) }}{% endfor %}
{% for i in l if i != 2 %}{{ i }}{{ loop.index }}{{ loop.last }}{{ loop.length }}{% endfor %}
{% for i in l if i > 5 %}{{ i }}{% else %}none{% endfor %}
{% set ns = namespace(stop=false) %}{% for i in l if not ns.stop %}{{ i }}{% if i == 2 %}{% set ns.stop = true %}{% endif %}{% endfor %}
{% set ns = namespace(stop=false) %}{% for i in l if not ns.stop %}{{ i }}{{ loop.last }}{% if i == 1 %}{% set ns.stop = true %}{% endif %}{% endfor %}
{% for i in l %}{% for j in l %}{{ i }}{{ j }}{{ loop.index }} {% endfor %}{{ loop.index }};{% endfor %}
{% for i in l %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}|{% for i in l %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}|{% for i in l %}{% break %}{% else %}x{% endfor %}
{% for i in l %}{% for j in l %}{% if j == 2 %}{% break %}{% endif %}{{ j }}{% endfor %}{{ i }}{% endfor %}
{% for a, b in [(1, 2), (3, 4)] %}{{ a }}{{ b }}{% endfor %}{% for k, v in d.items() %}{{ k }}:{{ v }};{% endfor %}{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for a, b in l %}{% endfor %}
{% for c in 'aé😀' %}{{ c }},{% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for x in 1, 2 %}{{ x }}{% endfor %}{% for x in (1, 2) + (3,) %}{{ x }}{% endfor %}
{% for x in 5 %}{% endfor %}
{% for x in none %}{% endfor %}
{% for x in [] %}a{% else %}b{% endfor %}{% for x in [1] %}a{% else %}b{% endfor %}
{% for x in l if t else el %}{{ x }}{% endfor %}
{% for x in (l if no else words) %}{{ x }}{% endfor %}
{{ loop is defined }}{% for x in [1] %}{{ loop is defined }}{% endfor %}
{% for x in l %}⏎  {{ x }}⏎{% endfor %}⏎end
{% for x in l -%}⏎  {{ x }}⏎{%- endfor %}⏎end
{% if no %}a{% elif z %}b{% elif n %}c{% else %}d{% endif %}{% if no %}a{% elif z %}b{% endif %}{% if not no and (n or z) %}e{% endif %}{% if n == 7 and s is string %}f{% endif %}
{% if e %}a{% else %}b{% endif %}{% if 'false' %}a{% else %}b{% endif %}{% if messages[0].role == 'system' %}c{% endif %}{% if n %}{% if z %}d{% else %}e{% endif %}{% endif %}
{% if 1, 2 %}a{% endif %}
{% if t: %}a{% endif %}{% for x in l: %}{{ x }}{% endfor %}
{% if %}a{% endif %}
{% if t %}a
{% for x in l %}a
{% endif %}
{% if t %}a{% endfor %}
{% else %}
{{ s
{{ s }
{{ }}
{% %}
{# open
{% raw %}x
{{ 'open }}
{{ (s }}
{{ s) }}
{{ [1, 2 }}
{{ s s }}
{{ 1 + }}
{{ s. }}
{{ s[ }}
{{ s | }}
{{ s is }}
{{ a = 1 }}
{{ 1 = 1 }}
{{ a! }}
{{ $x }}
{{ `x` }}
{{ [1,, 2] }}
{{ f(a=1, 2) }}
{{ s.upper( }}
{{ s is string is string }}
text } %} }} #} text { { % { # x
{{ [1, 2,] }}{{ (1, 2,) }}{{ {'a': 1,} }}{{ dict(a=1,) }}
{{ s.upper(1) }}
{{ s|upper(1) }}
{{ s|replace('a') }}
{{ s|default(1, 2, 3) }}
{{ s|join(',', nope=1) }}
{% macro m(a, b='B', c=a) %}[{{ a }}{{ b }}{{ c }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(1, c=3) }}{{ m(b=2, a=1) }}{{ m() }}{{ m is callable }}
{% macro m(a) %}x{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}x{% endmacro %}{{ m(b=2) }}
{% macro m(a, b=1, c) %}x{% endmacro %}
{% macro m() %}{{ v }}{% endmacro %}{% set v = 1 %}{{ m() }}{% set v = 2 %}{{ m() }}
{% macro m() %}{% set v = 5 %}{{ v }}{% endmacro %}{% set v = 1 %}{{ m() }}{{ v }}
{% macro m() %}{{ i }}{% endmacro %}{% for i in l %}{{ m() }}|{% endfor %}
{% for i in l %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}
{% macro fact(n) %}{{ n * (fact(n - 1)|int) if n > 1 else 1 }}{% endmacro %}{{ fact(5) }}
{% macro m(x) %}  {{ x }}⏎{% endmacro %}[{{ m('a') }}] {{ m('a')|trim }} {{ m('a') ~ 'b' }} {{ m('<') + '>' }}
{{ m() if m is defined else 'none' }}{% macro m() %}x{% endmacro %}
{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}
{% set x %}  a{{ n }}⏎{% endset %}[{{ x }}]{{ x|length }}{{ x is string }}
{% set x | upper %}abc{% endset %}{{ x }}{% set y | trim | length %} abc {% endset %}{{ y + 1 }}
{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}[{{ y }}]
{% set ns = namespace() %}{% set ns.a %}body{% endset %}{{ ns.a }}
{% for i in l %}{% set x %}{% if i == 2 %}{% continue %}{% endif %}a{% endset %}{{ x }}{{ i }}{% endfor %}
{% filter upper %}abc {{ s }}{% endfilter %}{% filter trim|replace('a', 'b') %} aa {% endfilter %}
{% with %}{% set q = 1 %}{{ q }}{% endwith %}[{{ q }}]{% with a = 1, b = n %}{{ a }}{{ b }}{% endwith %}[{{ a }}]{% with a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}{% endwith %}
{% generation %}⏎a{% set q = 1 %}{{ q }}⏎{% endgeneration %}⏎[{{ q }}]
{{ raise_exception('no') }}
{% if no %}{{ raise_exception('no') }}{% endif %}ok
{{ strftime_now('%d %b %Y') }} {{ strftime_now('%Y-%m-%d %H:%M:%S') }} {{ strftime_now('%B %A %a %y %j %p %I %% %-d %-m x') }} {{ strftime_now('') }}
{{ tools is defined }}{{ add_generation_prompt is defined }}
{%- for m in messages %}⏎    {%- if m.role == 'user' %}⏎        {{- 'U:' + m.content }}⏎    {%- else %}⏎        {{- m.role ~ ':' }}⏎    {%- endif %}⏎{%- endfor %}⏎
{{- s -}}⏎{{ s }}⏎⏎{%- if t %} x {%- endif +%}⏎ y
  ⏎  {% set x = 1 -%}⏎  {{ x }}⏎
a⏎ {% set x = 1 %} b⏎ {% set y = 2 %}⏎c
a⏎ {% set x = 1 %} {% set y = 2 %}⏎c
{{ s }} {% if t %}⏎x{% endif %}⏎⏎{% if t %}y{% endif %}
{% if t %}{% endif %}   {% if t %}z{% endif %}
⏎   {% if t %}   {% endif %}   ⏎x
x{{ '\n' }}   {% if t %}y{% endif %}
{% set x = 1 %}⏎   {% if t %}y{% endif %}
{% set x = 1 -%}⏎   {% if t %}y{% endif %}
{{ s -}}⏎   {% if t %}y{% endif %}
{# c -#}⏎   {% if t %}y{% endif %}
{# c #}   {% if t %}y{% endif %}
{% set x = 1 %}{{ x }} {% set x = 2 %}{{x}}{%set x=3%}{{x}}{%-set x=4-%}{{-x-}}
{{ s }}{{ '' }}⏎{{ '' }}⏎
{{ 'a' ~ 'b' if t else 'c' }}{{ 'a' + 'b' if no else 'c' }}{{ ('x' if t else 'y') ~ 'z' }}
{{ s | replace("l", "|") | upper ~ 'x' | lower }}{{ 'a' + 'B' | lower }}{{ -5 | abs }}{{ n - 2 | abs }}
{{ 'abc' [0] }}{{ 'abc' . upper() }}{{ l [0] + 1 }}
{{ not n == 7 }}{{ not (n == 7) }}{{ (not n) == no }}{{ n == 7 and not z }}
{{ n if n is defined else 0 }}{{ (n is defined) and (n > 5) }}{{ n > 5 and 'big' or 'small' }}
{{ people[0].tag.x }}{{ people[0]['tag']['x'] }}{{ people[1].tag is defined }}{{ people[1].tag }}{{ (people|first).name }}
{{ people[1].tag.x }}
{{ 9223372036854775807 }}{{ -9223372036854775807 }}
{{ s.split(', ')[1][::-1][0:2]|upper }}
{{ (s, n) }}{{ (s) }}{{ [(1, [2, (3,)])] }}{{ {'k': (1,)} }}{{ {'a b': none, "q'": true} }}
{{ true }}{{ True }}{{ false }}{{ False }}{{ none }}{{ None }}
{{ _ }}{{ _x is defined }}{% set _x = 1 %}{{ _x }}
{{ messages|map(attribute='role')|list == ['system', 'user', 'assistant', 'user'] }}{{ messages|length - 1 }}{{ messages[messages|length - 1].content }}
{{ messages == messages[:] }}{{ messages[1] == messages[3] }}{{ messages[1] != messages[3] }}{{ messages[0] in messages }}
{{ 'abc'|first|upper }}{{ l|first + 1 }}{{ l|last * 2 }}
{% for m in messages %}{{ loop.index0 % 2 == 0 }}{{ (m.role == 'user') != (loop.index0 % 2 == 0) }} {% endfor %}
{% for m in messages|reverse %}{{ m.content }}{% endfor %}{% for m in messages[::-1] %}{{ m.content }}{% endfor %}{% for m in messages[1:-1] %}{{ m.content }}{% endfor %}
{% set messages = messages[1:] %}{% for m in messages %}{{ m.content }}{% endfor %}{{ messages|length }}
{% for i in range(3) %}{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ m.content }}{% endfor %}{% endfor %}
{{ 'content' in messages[0] }}{{ 'nope' in messages[0] }}{{ messages[0].content is not none }}{{ messages[0]['content'] != '' }}
{{ 0.5 }}{{ 100.0 }}{{ 1234567.0 }}{{ -0.0 }}{{ 3.14159 }}{{ 1.10 }}{{ 2 * 1.5 }}{{ 3 / 4 }}{{ 1e300 * 10 }}
{{ 1e308 * 10 }}{{ -1e308 * 10 }}
""".strip("\n").split("\n")

# What Jinja2 does and Tern refuses, each with the words that name it.
REFUSED = [
    "{% include 'x' %}", "{% extends 'x' %}", "{% block a %}x{% endblock %}", "{% import 'x' as y %}", "{% call m() %}{% endcall %}", "{% do 1 %}",
    "{% for x in l recursive %}{% endfor %}", "{{ s|wordcount }}", "{{ s|center }}", "{{ s|e }}", "{{ (s|safe) + 'x' }}", "{{ s|truncate(3) }}",
    "{{ s.center(20) }}", "{{ s.format(1) }}", "{{ '%s' % 1 }}", "{{ s is upper }}", "{{ cycler(1) }}", "{{ joiner() }}", "{{ lipsum() }}",
    "{{ l.index(1) }}", "{{ d.copy() }}", "{{ {1: 2} }}", "{{ 0x10 }}", "{{ 1_000 }}", "{{ range(3) }}", "{{ d.items() }}", "{{ l|map('string') }}",
    "{{ range }}", "{{ namespace() }}", "{{ 2 ** -1 }}", "{{ 2.0 ** 2 }}", "{{ s.replace('', 'x') }}", "{{ d|tojson(ensure_ascii=true) }}",
    "{{ '\\N{BULLET}' }}", "{% macro m() %}{{ varargs }}{% endmacro %}{{ m() }}", "{{ dict(*l) }}", "{{ strftime_now('%c') }}",
    "{{ l[0:1, 2] }}", "{{ 9223372036854775807 + 1 }}", "{{ 99999999999999999999 }}", "{{ s.title }}", "{{ unk_token }}", "{{ self }}",
]

VALUES = [
    "'a'", "'10'", "''", "' A b '", "0", "7", "-2", "2.5", "true", "false", "none", "nix", "[]", "[3, 1]", "['x', 'Y']", "(1, 2)", "{}", "{'a': 1}", "range(2)",
]
UNARY_FORMS = (
    ["{{ -(A) }}", "{{ not A }}", "{{ 'T' if A else 'F' }}", "{{ A }}", "{{ [A] }}", "{{ A ~ 'x' }}", "{{ (A).a }}", "{{ (A)['a'] }}", "{{ (A)[0] }}", "{{ (A)[-1] }}", "{{ (A)[1:] }}", "{{ (A)[::-1] }}", "{% for x in A %}<{{ x }}>{% else %}-{% endfor %}", "{% set p, q = A %}{{ p }}{{ q }}"]
    + ["{{ A|%s }}" % f for f in "abs capitalize count default default('d',true) dictsort first int items|list join join('-') last length list lower map('string')|list max min reverse|list replace('a','b') select|list reject|list sort string title tojson trim unique|list upper indent selectattr('a')|list".split()]
    + ["{{ A is %s }}" % t for t in "defined undefined none boolean true false integer float number string mapping iterable sequence callable odd even".split()]
    + ["{{ (A).%s }}" % m for m in "strip() upper() lower() split() title() items()|list keys()|list get('a') startswith('a') replace('a','b') join(['p','q']) append(1) real".split()]
)
BINARY_FORMS = ["{{ A %s B }}" % o for o in "+ - * / // % ** == != < <= and or in ~".split()] + ["{{ A is eq B }}", "{{ (A)[B] }}", "{{ A|default(B, true) }}", "{{ A|join(B) }}", "{{ A is in B }}"]


def products():
    made = []
    for form in UNARY_FORMS:
        made.append({"form": form, "results": [render(form.replace("A", a), VARIABLES) for a in VALUES]})
    for form in BINARY_FORMS:
        made.append({"form": form, "results": [[render(form.replace("A", a).replace("B", b), VARIABLES) for b in VALUES] for a in VALUES]})
    return made


def case_mappings():
    """Characters whose large, small or title form is not the obvious one."""
    letters = [chr(c) for c in list(range(0x80, 0x250)) + list(range(0x370, 0x400)) + list(range(0x1E90, 0x1EA0)) + list(range(0xFB00, 0xFB18))]
    return [[c, c.upper(), c.lower(), c.title(), ("a" + c).title(), c.capitalize(), c.strip()] for c in letters if c not in "ŉΣƛ"]


def families():
    made = []
    for file in sorted((HERE / "templates").glob("*.jinja")):
        template = file.read_text(encoding="utf-8")
        results = []
        for messages in conversations():
            for prompt in (True, False):
                variables = {"bos_token": "<s>", "eos_token": "</s>", "tools": None, "documents": None}
                results.append(render(template, {"messages": messages, "add_generation_prompt": prompt, **variables}))
        made.append({"template": file.name, "results": results})
    return made


WEATHER = {"type": "function", "function": {"name": "get_weather", "description": "Weather, \"now\" — in °C <|im_end|>", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer", "maximum": 1.0}}, "required": ["city"]}}}
TIME = {"type": "function", "function": {"name": "get_time"}}


def tool_conversations():
    def call(number, name, arguments):
        return {"id": f"call0000{number}", "type": "function", "function": {"name": name, "arguments": arguments}}

    user = {"role": "user", "content": "How is <|eot_id|> Zürich?"}
    one = {"role": "assistant", "content": "", "tool_calls": [call(1, "get_weather", {"city": "Zürich \"\n</tool_call>", "days": 1e-7, "far": [None, True, {}]})]}
    said = {"role": "assistant", "content": "Let me see.", "tool_calls": [call(2, "get_time", {})]}
    two = {"role": "assistant", "content": "", "tool_calls": one["tool_calls"] + said["tool_calls"]}

    def answer(number, content):
        return {"role": "tool", "content": content, "tool_call_id": f"call0000{number}"}

    end = {"role": "assistant", "content": "It is warm."}
    made = []
    for tools in ([WEATHER, TIME], [TIME]):
        for system in ([], [{"role": "system", "content": "Be brief."}]):
            made.append({"tools": tools, "messages": system + [user]})
            made.append({"tools": tools, "messages": system + [user, one, answer(1, "{\"t\": 21} <|im_start|>")]})
            made.append({"tools": tools, "messages": system + [user, said, answer(2, "noon"), end, user]})
            made.append({"tools": tools, "messages": system + [user, two, answer(1, "21"), answer(2, "noon")]})
    return made


def tools():
    """What templates make of tools. Where a message only calls tools, some want no content: `saysNothing`."""
    made = []
    for file in sorted((HERE / "tools").glob("*.jinja")):
        template = file.read_text(encoding="utf-8")
        says_nothing = file.name == "deepseek.jinja"
        results = []
        for conversation in tool_conversations():
            messages = [dict(m, content=None) if says_nothing and m["content"] == "" else m for m in conversation["messages"]]
            variables = {"bos_token": "<s>", "eos_token": "</s>", "documents": None, "add_generation_prompt": True}
            results.append(render(template, {"messages": messages, "tools": conversation["tools"], **variables}))
        made.append({"template": file.name, "results": results})
    return {"conversations": tool_conversations(), "families": made}


def main():
    text = json.dumps(tools(), ensure_ascii=True, indent=1)
    (HERE / "tools.json").write_text(text + "\n", encoding="utf-8")
    unescaped = [snippet.replace("⏎", "\n") for snippet in SNIPPETS]
    expected = {
        "conversations": conversations(),
        "families": families(),
        "variables": VARIABLES,
        "snippets": [{"template": s, "result": render(s, VARIABLES)} for s in unescaped],
        "refused": REFUSED,
        "values": VALUES,
        "products": products(),
        "cases": case_mappings(),
    }
    text = json.dumps(expected, ensure_ascii=True, separators=(",", ":"))
    (HERE / "expected.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
