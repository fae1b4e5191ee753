"""Writes chat-templates.json: what transformers renders for chat templates of every habit seen on the hub.

usage: python chat_templates.py > chat-templates.json   (transformers 5.23, jinja2 3.1.6)
The templates are written for this test; each stands for a family or for one feature. chat-features.txt holds more, one
a line: together they go through the filters, tests, functions, blocks, operators and methods that a template may use.
chat-refused.txt holds what transformers renders and we refuse.
"""
import datetime as real
import json
from pathlib import Path
from unittest import mock

from transformers.utils import chat_template_utils as utils

NOW = real.datetime(2024, 7, 4, 9, 5, 6)
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
USER = "  What is 2 + 2?\nShow \"why\" & <how>. "
ASSISTANT = "It's 4 — naïve 数学: é\t\\ done.\n"

TEMPLATES = {
    "chatml": """{% for message in messages %}
{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' }}
{% endfor %}
{% if add_generation_prompt %}
{{ '<|im_start|>assistant\\n' }}
{% endif %}
""",
    "chatml with a default system turn": """{%- if messages[0].role == 'system' -%}
    {%- set system = messages[0].content -%}{%- set messages = messages[1:] -%}
{%- else -%}
    {%- set system = 'Be brief.' -%}
{%- endif -%}
{{- '<|im_start|>system\\n' ~ system ~ '<|im_end|>\\n' }}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think></think>' }}
    {%- endif %}
{%- endif %}""",
    "header style with a date": """{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}{%- set tools = none %}{%- endif %}
{{- "<|start|>system<|end|>\\n\\n" }}
{%- if tools is not none %}{{- "Environment: python\\n" }}{%- endif %}
{{- "Today: " + date_string + strftime_now(" (%A %-d %B %Y, %H:%M:%S, day %j, %y/%m)") + "<|eot|>" }}
{%- for message in messages %}
    {%- if message.role not in ['user', 'assistant', 'system'] %}
        {{- raise_exception('unknown role ' ~ message.role) }}
    {%- endif %}
    {{- '<|start|>' + message['role'] + '<|end|>\\n\\n' + message['content'] | trim + '<|eot|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start|>assistant<|end|>\\n\\n' }}
{%- endif %}
""",
    "instruction brackets": """{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{{ bos_token }}{% for message in loop_messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate user/assistant/...') }}{% endif %}{% if loop.index0 == 0 and system_message %}{% set content = '<<SYS>>' + system_message + '<</SYS>>' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + eos_token }}{% endif %}{% endfor %}""",
    "turns with a model role": """{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{% for message in messages %}
    {% if message['role'] == 'assistant' %}
        {% set role = 'model' %}
    {% else %}
        {% set role = message['role'] %}
    {% endif %}
{{ '<turn>' + role + '\\n' + message['content'] | trim + '</turn>\\n' }}
{% endfor %}
{% if add_generation_prompt %}{{ '<turn>model\\n' }}{% endif %}""",
    "macro, namespace, reversed loop": """{%- macro turn(name, content, close=true) -%}
    [{{ name | upper }}]{{ content }}{% if close %}{{ eos_token }}{% endif %}
{%- endmacro -%}
{%- set ns = namespace(last=0, seen=[]) -%}
{%- for message in messages[::-1] -%}
    {%- set index = (messages | length - 1) - loop.index0 -%}
    {%- if message.role == 'user' and not ns.found -%}{%- set ns.last = index -%}{%- set ns.found = true -%}{%- endif -%}
{%- endfor -%}
{%- for message in messages -%}
{{ turn(message.role, message.content, close=not loop.last) }}|{{ loop.first }} {{ loop.last }} {{ ns.last }} {{ none }}
{% endfor -%}
{% if add_generation_prompt %}{{ turn('assistant', '', false) }}{% endif %}""",
    "generation marks": """{% for message in messages %}
{% if message.role == 'assistant' %}
{% generation %}
{% set inner = 'kept inside' %}
<a>{{ message.content }}</a>
{% endgeneration %}
{{ inner }}|
{% else %}
    <u>{{ message.content }}</u>{%- generation -%}   x   {%- endgeneration +%}
    y
{% endif %}
{% endfor %}
""",
    "json": """{{ messages | tojson }}
{{ messages[0] | tojson(indent=2) }}
{{ {'a': [1, 2.5, true, none, {}], 'c': [], 'b': {'x': 'é'}} | tojson(indent=4, sort_keys=true) }}
{{ {'é': '😀"', 'n': none, 1: 2, none: [true]} | tojson(ensure_ascii=true) }}
{{ [1, [2]] | tojson(separators=(',', ':')) }}
{%- for key, value in messages[0].items() %}{{ key }}={{ value | length }};{% endfor %}""",
    "loop controls": """{% for message in messages %}
{% if message.role == 'system' %}{% continue %}{% endif %}
{{ message.role }}
{% if loop.index == 2 %}{% break %}{% endif %}
{% endfor %}
{% for n in range(9) %}{% if n == 2 %}{% continue %}{% endif %}{% if n > 4 %}{% break %}{% endif %}{{ n }}{% endfor %}""",
    "python methods": """{% for message in messages %}
{% set parts = message.content.split('2') %}
{{ parts[-1].lstrip() }}|{{ parts | length }}|{{ message.content.replace('4', 'four').rstrip('\\n') }}|{{ message.role.title() }}
{{ message.content.startswith('It') }} {{ 'why' in message.content }} {{ message.get('name', 'nobody') }} {{ message.name is defined }}
{{ message.content.split('\\n')[0][2:7] }} {{ message.content.find('4') }} {{ message.role.capitalize() }} {{ ', '.join(['a', 'b']) }}
{% endfor %}
{{ messages | map(attribute='role') | join('+') }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }}
{{ pad_token ~ unk_token }}{{ missing }}{{ sep_token is defined }} {{ (messages | last).role }} {{ 7 // 2 }} {{ 7 / 2 }} {{ 2 ** 3 }}""",
    "white space control": """  {% if true %}  a
    {%+ if true %}b{% endif +%}
  c {# note #}
    {# a note on its own line #}
  d {{- ' e ' -}}  f
  {% endif -%}
   g
{% raw %}{% generation-like %}{% endraw %}


""",
    "carriage returns": "{% if true %}\r\none\r\n{% endif %}\r\ntwo\rthree\r\n",
    "refusal": "{{ bos_token }}\n{{ raise_exception('Only user turns,\n please') }}",
}


def render(template, messages, generation):
    clock = mock.Mock(now=lambda: NOW)
    with mock.patch.object(utils, "datetime", clock):
        try:
            rendered, _ = utils.render_jinja_template([messages], chat_template=template, add_generation_prompt=generation, **TOKENS)
            return {"text": rendered[0]}
        except utils.jinja2.exceptions.TemplateError as error:
            # A template's own words are told; what Jinja or Python says of a mistake is theirs.
            own = type(error) is utils.jinja2.exceptions.TemplateError
            return {"error": str(error)} if own else {"fails": type(error).__name__}
        except Exception as error:
            return {"fails": type(error).__name__}


def case(name, template):
    turns = [{"role": "user", "content": USER}, {"role": "assistant", "content": ASSISTANT}]
    return {"name": name, "template": template, "conversation": render(template, turns, False), "prompt": render(template, turns[:1], True)}


def lines(name):
    """The templates of a file, one a line."""
    return (Path(__file__).parent / name).read_text().splitlines()


TEMPLATES |= {template: template for template in lines("chat-features.txt")}
cases = [case(name, template) for name, template in TEMPLATES.items()]
inputs = {"now": NOW.isoformat(), "tokens": TOKENS, "user": USER, "assistant": ASSISTANT}
print(json.dumps({**inputs, "cases": cases, "refused": lines("chat-refused.txt")}, ensure_ascii=False, indent=1))
