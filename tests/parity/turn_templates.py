# SPDX-License-Identifier: GPL-3.0-or-later
"""Chat templates for the parity suite, written for it: the ways in which model files write conversations, with every
construct that they use. [[ and ]] enclose what an assistant's turn adds to its prompt; they become the tags
{% generation %} and {% endgeneration %}, or nothing. WITH says which kinds of messages a template reads."""

OPEN, CLOSE = "[[", "]]"


def marked(source):
    return source.replace(OPEN, "{% generation %}").replace(CLOSE, "{% endgeneration %}")


def unmarked(source):
    return source.replace(OPEN, "").replace(CLOSE, "")


CHATML_END = "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
LLAMA_END = "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"

# name: (template, kinds of messages: system, systems, tools, reasoning, parts, empty)
TEMPLATES = {
    # Plain turns in the brackets of the known families.
    "chatml": (
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}{% if message['role'] == 'assistant' %}"
        "[[{{ message['content'] + '<|im_end|>' }}]]{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}{{ '\\n' }}"
        "{% endfor %}" + CHATML_END, "system systems"),
    "chatml, line by line": ("""
{%- for message in messages %}
    {%- if loop.first and message.role != 'system' %}
        {{- '<|im_start|>system\\nYou answer briefly.<|im_end|>\\n' }}
    {%- endif %}
    {%- if message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' -}}
        [[{{- message.content + '<|im_end|>' -}}]]
        {{- '\\n' }}
    {%- else %}
        {{- '<|im_start|>' ~ message.role ~ '\\n' ~ message.content ~ '<|im_end|>' ~ '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
""", "system"),
    "headers, contents trimmed": (
        "{{ bos_token }}{% for m in messages %}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\\n\\n' }}"
        "{% if m.role == 'assistant' %}[[{{ m.content | trim }}<|eot_id|>]]{% else %}{{ m.content | trim }}<|eot_id|>{% endif %}"
        "{% endfor %}" + LLAMA_END, "system systems"),
    "headers, a date in the system text": (
        "{{- bos_token }}{%- if not date_string is defined %}{%- if strftime_now is defined %}"
        "{%- set date_string = strftime_now('%d %b %Y') %}{%- else %}{%- set date_string = '1 Jan 2024' %}{%- endif %}"
        "{%- endif %}{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content'] | trim %}"
        "{%- set messages = messages[1:] %}{%- else %}{%- set system_message = '' %}{%- endif %}"
        "{{- '<|start_header_id|>system<|end_header_id|>\\n\\n' }}{{- 'Today: ' + date_string + '\\n\\n' }}"
        "{{- system_message + '<|eot_id|>' }}{%- for message in messages %}"
        "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' -}}"
        "{%- if message['role'] == 'assistant' -%}[[{{- message['content'] | trim + '<|eot_id|>' -}}]]{%- else -%}"
        "{{- message['content'] | trim + '<|eot_id|>' -}}{%- endif -%}{%- endfor %}" + LLAMA_END, "system"),
    "turns of a model": (
        "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set lead = messages[0]['content'] + '\\n\\n' %}"
        "{% set rest = messages[1:] %}{% else %}{% set lead = '' %}{% set rest = messages %}{% endif %}"
        "{% for message in rest %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
        "{{ raise_exception('Roles must alternate user/assistant') }}{% endif %}"
        "{% if message['role'] == 'assistant' %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}"
        "{{ '<start_of_turn>' + role + '\\n' + (lead if loop.first else '') }}{% if role == 'model' %}"
        "[[{{ message['content'] | trim + '<end_of_turn>' }}]]{% else %}{{ message['content'] | trim + '<end_of_turn>' }}{% endif %}"
        "{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}", "system"),
    "instructions in brackets": (
        "{{ bos_token }}{% set ns = namespace(system='') %}{% for message in messages %}"
        "{% if message['role'] == 'system' %}{% set ns.system = message['content'] + '\\n\\n' %}"
        "{% elif message['role'] == 'user' %}{{ '[INST] ' + ns.system + message['content'] + ' [/INST]' }}"
        "{% set ns.system = '' %}{% elif message['role'] == 'assistant' %}[[{{ ' ' + message['content'] + eos_token }}]]"
        "{% else %}{{ raise_exception('Only user, system and assistant roles are supported!') }}{% endif %}{% endfor %}",
        "system"),
    "instructions, the system text last": (
        "{{ bos_token }}{% if messages[0].role == 'system' %}{% set system = messages[0].content %}"
        "{% set turns = messages[1:] %}{% else %}{% set system = none %}{% set turns = messages %}{% endif %}"
        "{% for m in turns %}{% if m.role == 'user' %}{{ '[INST]' }}{% if loop.last and system is not none %}"
        "{{ system ~ '\\n\\n' }}{% endif %}{{ m.content ~ '[/INST]' }}{% else %}[[{{ m.content | trim ~ eos_token }}]]{% endif %}"
        "{% endfor %}", "system-last"),
    "brackets of a user, an end at last": (
        "{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|assistant|>\\n' }}[[{{ m.content + '<|end|>' }}]]{{ '\\n' }}"
        "{% else %}{{ '<|' + m.role + '|>\\n' + m.content + '<|end|>\\n' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}", "system"),
    "end token after every turn": (
        "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\\n' + message['content'] + eos_token }}\n"
        "{% elif message['role'] == 'system' %}\n{{ '<|system|>\\n' + message['content'] + eos_token }}\n"
        "{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\\n' -}}[[{{- message['content'] + eos_token }}]]{{ '\\n' }}"
        "{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}", "system"),
    "headings": (
        "{% if messages[0].role != 'system' %}Below is a task. Answer it.{% endif %}{% for m in messages %}"
        "{% if m.role == 'user' %}{{ '\\n\\n### Instruction:\\n' }}{{ m.content }}{{ '\\n\\n### Response:\\n' }}"
        "{% elif m.role == 'assistant' %}[[{{ m.content }}{{ eos_token }}]]{% else %}{{ m.content }}{% endif %}{% endfor %}",
        "system"),
    "speakers": (
        "{% for m in messages -%}\n{% if m.role == 'assistant' %}ASSISTANT:[[ {{ m.content.strip() }}{{ eos_token }}]]{{ '\\n' }}"
        "{% elif m.role == 'user' %}USER: {{ m.content.strip() }} {% else %}{{ m.content.strip() }}\n\n{% endif %}\n"
        "{%- endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}", "system"),
    # Tools.
    "tools as lines of JSON": ("""
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}
    {{- '# Tools\\n<tools>' }}
    {%- for tool in tools %}
        {{- '\\n' }}{{- tool | tojson }}
    {%- endfor %}
    {{- '\\n</tools><|im_end|>\\n' }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == 'user') or (message.role == 'system' and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' -}}
        [[{%- if message.content %}{{- message.content }}{%- endif %}
        {%- for tool_call in message.tool_calls or [] %}
            {%- if tool_call.function is defined %}{%- set tool_call = tool_call.function %}{%- endif %}
            {{- '\\n<tool_call>\\n{"name": "' ~ tool_call.name ~ '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}{{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>' -}}]]
        {{- '\\n' }}
    {%- elif message.role == 'tool' %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != 'tool') %}{{- '<|im_start|>user' }}{%- endif %}
        {{- '\\n<tool_response>\\n' }}{{- message.content }}{{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != 'tool') %}{{- '<|im_end|>\\n' }}{%- endif %}
    {%- endif %}
{%- endfor %}
""" + CHATML_END, "system tools"),
    "tools indented": (
        "{{- bos_token }}{%- set lead = messages[0]['content'] | trim if messages[0]['role'] == 'system' else '' %}"
        "{%- set turns = messages[1:] if messages[0]['role'] == 'system' else messages %}"
        "{{- '<|start_header_id|>system<|end_header_id|>\\n\\n' }}{%- if tools is not none %}{{- 'Environment: ipython\\n' }}"
        "{%- for t in tools %}{{- t | tojson(indent=4) }}{{- '\\n\\n' }}{%- endfor %}{%- endif %}{{- lead + '<|eot_id|>' }}"
        "{%- for message in turns %}{%- if message.role == 'tool' or message.role == 'ipython' %}"
        "{{- '<|start_header_id|>ipython<|end_header_id|>\\n\\n' }}{%- if message.content is mapping or message.content is iterable "
        "and message.content is not string %}{{- message.content | tojson }}{%- else %}{{- message.content }}{%- endif %}"
        "{{- '<|eot_id|>' }}{%- elif 'tool_calls' in message %}{%- if message.tool_calls | length != 1 %}"
        "{{- raise_exception('one tool call at a time') }}{%- endif %}{%- set call = message.tool_calls[0].function %}"
        "{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}[[{{- '{\"name\": \"' + call.name + '\", ' }}"
        "{{- '\"parameters\": ' }}{{- call.arguments | tojson }}{{- '}<|eot_id|>' -}}]]{%- else %}"
        "{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' -}}{%- if message.role == 'assistant' -%}"
        "[[{{- message['content'] | trim + '<|eot_id|>' -}}]]{%- else -%}{{- message['content'] | trim + '<|eot_id|>' }}"
        "{%- endif %}{%- endif %}{%- endfor %}" + LLAMA_END, "system tools"),
    "tools by a macro": ("""
{%- macro describe(tool, indent='  ') -%}
{%- set f = tool.function if tool.function is defined else tool -%}
{{ indent }}- {{ f.name }}{% if f.description %}: {{ f.description }}{% endif %}
{%- for name, about in (f.parameters.properties | default({}, true)).items() %}
{{ indent * 2 }}* {{ name }} ({{ about.type | default('any') }}){{ ' required' if name in f.parameters.get('required', []) else '' }}
{%- endfor %}
{%- endmacro %}
{%- if tools %}{{ '<|im_start|>system\\nTools:\\n' }}{% for t in tools %}{{ describe(t) }}{{ '' if loop.last else '\\n' }}{% endfor %}
{{- '<|im_end|>\\n' }}{%- endif %}
{%- for m in messages %}
{{- '<|im_start|>' + m.role + '\\n' -}}
{%- if m.role == 'assistant' -%}
[[{{- m.content or '' -}}
{%- for call in m.get('tool_calls') or [] -%}
{{- '<call ' ~ call.function.name -}}
{%- for key, value in call.function.arguments | dictsort -%}{{- ' ' ~ key ~ '=' ~ value | tojson -}}{%- endfor -%}
{{- '/>' -}}
{%- endfor -%}
{{- '<|im_end|>' -}}]]
{%- else -%}{{- m.content ~ '<|im_end|>' -}}{%- endif -%}
{{- '\\n' -}}
{%- endfor -%}
""" + CHATML_END, "system tools"),
    "tool results joined": (
        "{{ bos_token }}{%- set ns = namespace(outputs=false, first=true) -%}{%- for message in messages -%}"
        "{%- if message['role'] == 'system' -%}{{ message['content'] }}{%- endif -%}{%- endfor -%}"
        "{%- for message in messages -%}{%- if message['role'] == 'user' -%}{%- set ns.outputs = false -%}"
        "{{ '<|user|>' + message['content'] }}{%- elif message['role'] == 'assistant' and message['tool_calls'] -%}"
        "{{ '<|assistant|>' }}[[{%- if message['content'] is not none -%}{{ message['content'] }}{%- endif -%}"
        "{%- for tool in message['tool_calls'] -%}{{ '<tool>' + tool['type'] + ':' + tool['function']['name'] + '\\n' "
        "+ (tool['function']['arguments'] | string) + '</tool>' }}{%- endfor -%}{{ eos_token }}]]"
        "{%- elif message['role'] == 'assistant' -%}{%- if ns.outputs -%}{{ '</outputs>' }}[[{{ message['content'] + eos_token }}]]"
        "{%- set ns.outputs = false -%}{%- else -%}{{ '<|assistant|>' }}[[{{ message['content'] + eos_token }}]]{%- endif -%}"
        "{%- elif message['role'] == 'tool' -%}{%- if not ns.outputs -%}{{ '<outputs>' }}{%- set ns.outputs = true -%}{%- endif -%}"
        "{{ '<output>' + message['content'] + '</output>' }}{%- endif -%}{%- endfor -%}"
        "{%- if ns.outputs and add_generation_prompt -%}{{ '</outputs>' }}{%- elif add_generation_prompt -%}{{ '<|assistant|>' }}"
        "{%- endif -%}", "system tools"),
    # Reasoning.
    "thinking kept in the last turns": ("""
{%- set ns = namespace(query=-1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages | length - 1) - loop.index0 %}
    {%- if ns.query < 0 and message.role == 'user' and not (message.content.startswith('<tool_response>')) %}
        {%- set ns.query = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.role != 'assistant' %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- else %}
        {%- set reasoning = '' %}
        {%- set content = message.content %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning = message.reasoning_content %}
        {%- elif '</think>' in content %}
            {%- set reasoning = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {{- '<|im_start|>assistant\\n' -}}
        [[{%- if loop.index0 > ns.query and (loop.last or reasoning) %}
            {{- '<think>\\n' + reasoning.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- content }}
        {%- endif %}
        {{- '<|im_end|>' -}}]]
        {{- '\\n' }}
    {%- endif %}
{%- endfor %}
""" + CHATML_END, "system reasoning"),
    "thinking closed in the prompt": (
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' }}{% if m.role == 'assistant' %}"
        "{{ '<think>\\n\\n</think>\\n\\n' if not enable_thinking | default(false) }}[[{{ m.content + '<|im_end|>' }}]]{{ '\\n' }}"
        "{% else %}{{ m.content + '<|im_end|>\\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}"
        "{{ '<|im_start|>assistant\\n' }}{% if not enable_thinking | default(false) %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}"
        "{% endif %}", "system"),
    "thinking cut from contents": (
        "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '<|user|>' + m.content }}{% elif m.role == 'assistant' %}"
        "{% set content = m.content %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}"
        "{{ '<|assistant|>' }}[[{{ content + eos_token }}]]{% else %}{{ m.content }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}", "system thinking"),
    "channels": ("""
{%- macro turn(role, channel, text, end) -%}
{{ '<|start_header_id|>' ~ role ~ ('/' ~ channel if channel else '') ~ '<|end_header_id|>' ~ text ~ end }}
{%- endmacro -%}
{{- turn('system', none, 'Knowledge cutoff: 2024-06\\nValid channels: ' ~ ['analysis', 'final'] | join(', ') ~ '.', '<|eot_id|>') }}
{%- for message in messages -%}
{%- if message.role in ['system', 'developer'] -%}
{{ turn('developer', none, '# Instructions\\n\\n' ~ message.content, '<|eot_id|>') }}
{%- elif message.role == 'assistant' -%}
{{ '<|start_header_id|>assistant' }}[[
{%- if message.thinking is defined and message.thinking -%}
{{ '/analysis<|end_header_id|>' ~ message.thinking ~ '<|end|><|start_header_id|>assistant' }}
{%- endif -%}
{{ '/final<|end_header_id|>' ~ message.content ~ '<|eot_id|>' }}]]
{%- else -%}
{{ turn(message.role, none, message.content, '<|eot_id|>') }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|start_header_id|>assistant' }}{%- endif -%}
""", "system channel"),
    # Contents in parts.
    "parts of contents": (
        "{% for message in messages %}{{ '<|im_start|>' ~ message.role ~ '\\n' }}{% if message.role == 'assistant' %}"
        "[[{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
        "{% if part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}{% endif %}{{ '<|im_end|>' }}]]{{ '\\n' }}{% else %}"
        "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
        "{{ '- ' ~ part['text'] ~ ('' if loop.last else '\\n') }}{% endfor %}{% endif %}{{ '<|im_end|>\\n' }}{% endif %}{% endfor %}"
        + CHATML_END, "system parts"),
    "parts by filters": (
        "{{ bos_token }}{% for m in messages %}{% set text = m.content if m.content is string else "
        "m.content | selectattr('type', 'equalto', 'text') | map(attribute='text') | join('\\n') %}"
        "{% if m.role == 'assistant' %}{{ '<|assistant|>' }}[[{{ text }}{{ eos_token }}]]{% else %}{{ '<|' ~ m.role ~ '|>' ~ text }}"
        "{% endif %}{% endfor %}{{ '<|assistant|>' if add_generation_prompt else '' }}", "system parts"),
    # Constructs.
    "a captured block": (
        "{% for m in messages %}{% set turn %}{{ m.role | upper }}: {{ m.content }}{% endset %}{% if m.role == 'assistant' %}"
        "{{ 'ASSISTANT: ' }}[[{{ turn[11:] }}{{ '<|im_end|>' }}]]{{ '\\n' }}{% else %}{{ turn }}{{ '<|im_end|>\\n' }}{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT: ' }}{% endif %}", "system"),
    "a loop with its filter": (
        "{% set system = messages | selectattr('role', 'equalto', 'system') | list %}{{ bos_token }}"
        "{% if system %}{{ '<<' ~ system | map(attribute='content') | join(' / ') ~ '>>' }}{% endif %}"
        "{% for m in messages if m.role != 'system' %}{% if m.role == 'user' %}{{ '<|user|>' ~ m.content ~ '<|end|>' }}{% else %}"
        "{{ '<|assistant|>' }}[[{{ m.content ~ '<|end|>' }}]]{% endif %}{% else %}{{ 'nothing' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}", "system systems"),
    "neighbours in the loop": (
        "{% for m in messages %}{% if loop.previtem is not defined or loop.previtem.role != m.role %}{{ '<|' ~ m.role ~ '|>' }}"
        "{% else %}{{ ' ' }}{% endif %}{% if m.role == 'assistant' %}[[{{ m.content }}{{ '<|end|>' }}]]{% else %}{{ m.content }}"
        "{% if loop.nextitem is defined and loop.nextitem.role != m.role or loop.last %}{{ '<|end|>' }}{% endif %}{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}", "system"),
    "turns counted": (
        "{% for m in messages %}{{ '[' ~ loop.index ~ '/' ~ ('odd' if loop.index is odd else 'even') ~ '] ' ~ m.role ~ ': ' }}"
        "{% if m.role == 'assistant' %}[[{{ m.content ~ '<|im_end|>' }}]]{{ '\\n' }}{% else %}{{ m.content ~ '<|im_end|>\\n' }}"
        "{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '[' ~ (messages | length + 1) ~ '/' ~ "
        "('odd' if (messages | length + 1) is odd else 'even') ~ '] assistant: ' }}{% endif %}", "system"),
    "roles by a dictionary": (
        "{% set names = {'user': 'Human', 'assistant': 'AI', 'system': 'Rules'} %}{{ bos_token }}{% for m in messages %}"
        "{{ names.get(m.role, m.role) ~ ' >> ' }}{% if m.role == 'assistant' %}[[{{ m.content ~ eos_token }}]]{% else %}"
        "{{ m.content }}{% endif %}{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ names['assistant'] ~ ' >> ' }}{% endif %}",
        "system"),
    "a call block": (
        "{% macro box(role) %}{{ '<|im_start|>' ~ role ~ '\\n' ~ caller() ~ '<|im_end|>\\n' }}{% endmacro %}"
        "{% for m in messages %}{% if m.role == 'assistant' %}{{ '<|im_start|>assistant\\n' }}[[{{ m.content ~ '<|im_end|>' }}]]"
        "{{ '\\n' }}{% else %}{% call box(m.role) %}{{ m.content }}{% endcall %}{% endif %}{% endfor %}" + CHATML_END, "system"),
    "filters in blocks": (
        "{% for m in messages %}{% filter upper %}{{ m.role }}{% endfilter %}{{ '|' }}{% if m.role == 'assistant' %}"
        "[[{{ m.content ~ '<|end|>' }}]]{% else %}{{ m.content ~ '<|end|>' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'ASSISTANT|' }}{% endif %}", "system"),
    "with, break and continue": (
        "{% for m in messages %}{% if m.role == 'system' %}{% continue %}{% endif %}{% with mark = '<|' ~ m.role ~ '|>' %}{{ mark }}"
        "{% endwith %}{% if m.role == 'assistant' %}[[{{ m.content ~ '<|end|>' }}]]{% else %}{{ m.content ~ '<|end|>' }}{% endif %}"
        "{% if loop.index > 40 %}{% break %}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
        "system"),
    "counting back": (
        "{% for m in messages %}{{ '<|' ~ m['role'] ~ ' ' ~ (loop.length - loop.revindex) ~ '|>' }}{% if m['role'] == 'assistant' %}"
        "[[{{ m['content'] ~ '<|end|>' }}]]{% else %}{{ m['content'] ~ '<|end|>' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant ' ~ messages | length ~ '|>' }}{% endif %}", "system"),
    "strings as Python has them": (
        "{% for m in messages %}{{ '%s(%d): ' % (m.role.title(), loop.index) if m.role != 'assistant' else 'Bot: ' }}"
        "{% if m.role == 'assistant' %}[[{{ m.content.replace('\\r', '').strip() }}{{ eos_token }}]]{{ '\\n' }}{% else %}"
        "{{ m.content.splitlines() | join(' | ') if m.content.count('\\n') > 1 else m.content }}{{ '\\n' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'Bot: ' }}{% endif %}", "system"),
    "raw text and comments": (
        "{# written for the suite #}{% raw %}{{ not an expression }}{% endraw %}\n{%- for m in messages -%}\n"
        "  {#- a turn -#}  {{ '<|' ~ m.role ~ '|>' }}{%- if m.role == 'assistant' -%}[[{{ m.content }}<|end|>]]{%- else -%}"
        "{{ m.content }}<|end|>{%- endif -%}{%- endfor -%}{%- if add_generation_prompt -%}<|assistant|>{%- endif -%}", "system"),
    "blocks on lines of their own": (
        "{{ bos_token }}\n{% for m in messages %}\n    {% if m.role == 'assistant' %}\n<|assistant|>\n[[{{ m.content }}<|end|>]]{{ '\\n' }}"
        "{% else %}\n<|{{ m.role }}|>\n{{ m.content }}<|end|>\n    {% endif %}\n{% endfor %}\n"
        "{% if add_generation_prompt %}\n<|assistant|>\n{% endif %}\n", "system"),
    "system texts at their places": (
        "{% for m in messages %}{% if m.role == 'system' and loop.first %}{{ '<|system|>' ~ m.content ~ '<|end|>' }}"
        "{% elif m.role == 'system' %}{{ '<|user|>(' ~ m.content ~ ')<|end|>' }}{% elif m.role == 'user' %}"
        "{{ '<|user|>' ~ m.content ~ '<|end|>' }}{% elif m.role == 'assistant' %}{{ '<|assistant|>' }}[[{{ m.content ~ '<|end|>' }}]]"
        "{% else %}{{ raise_exception('unknown role: ' ~ m.role) }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}", "system systems"),
    "the last message apart": (
        "{% for m in messages[:-1] %}{{ '<|' ~ m.role ~ '|>' }}{% if m.role == 'assistant' %}[[{{ m.content ~ '<|end|>' }}]]{% else %}"
        "{{ m.content ~ '<|end|>' }}{% endif %}{% endfor %}{% set m = messages[-1] %}{{ '<|' ~ m.role ~ '|>' }}"
        "{% if m.role == 'assistant' %}[[{{ m.content ~ '<|end|>' }}]]{% else %}{{ m.content ~ '<|end|>' }}{% endif %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}", "system"),
    "by index": (
        "{% for i in range(messages | length) %}{{ '<|' ~ messages[i].role ~ '|>' }}{% if messages[i].role == 'assistant' %}"
        "[[{{ messages[i].content ~ '<|end|>' }}]]{% else %}{{ messages[i].content ~ '<|end|>' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}", "system"),
    "turns by a macro": (
        "{% macro turn(m) %}{{ '<|' ~ m.role ~ '|>' }}{% if m.role == 'assistant' %}[[{{ m.content ~ '<|end|>' }}]]{% else %}"
        "{{ m.content ~ '<|end|>' }}{% endif %}{% endmacro %}{% for m in messages %}{{ '<|' ~ m.role ~ '|>' }}"
        "{% if m.role == 'assistant' %}[[{{ m.content ~ '<|end|>' }}]]{% else %}{{ turn(m)[m.role | length + 4:] }}{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}", "system"),
    "numbers and tests": (
        "{% set budget = 3 * 4 - 10 // 3 %}{% for m in messages %}{% if loop.index0 is divisibleby 2 and m.content is not none %}"
        "{{ '~' }}{% endif %}{{ '<|' ~ m.role ~ '|>' ~ ([budget, loop.index] | min) ~ ':' }}{% if m.role == 'assistant' %}"
        "[[{{ m.content ~ '<|end|>' }}]]{% else %}{{ m.content ~ '<|end|>' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '~' if (messages | length) is divisibleby 2 }}"
        "{{ '<|assistant|>' ~ ([budget, messages | length + 1] | min) ~ ':' }}{% endif %}", "system"),
    "defaults": (
        "{{ (bos_token | default('')) ~ (custom_lead | default('Rules: none.', true)) ~ '\\n' }}{% for m in messages %}"
        "{{ '<|' ~ m.role ~ (' ' ~ m.name if m.name is defined) ~ '|>' }}{% if m.role == 'assistant' %}[[{{ m.content ~ '<|end|>' }}]]"
        "{% else %}{{ m.content ~ '<|end|>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}",
        "system names"),
    "grouped texts": (
        "{{ bos_token }}{{ messages | map(attribute='role') | unique | sort | join('+') }}{{ '\\n' }}{% for m in messages %}"
        "{{ '<|' ~ m.role ~ '|>' }}{% if m.role == 'assistant' %}[[{{ m.content ~ '<|end|>' }}]]{% else %}"
        "{{ m.content | replace('<', '(') | replace('>', ')') ~ '<|end|>' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}", "changing"),
}
