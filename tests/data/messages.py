#!/usr/bin/env python3
"""Writes messages.json: conversations of several turns as ids, by transformers' apply_chat_template (5.23).

Run in the repository's root: python3 tests/data/messages.py
"""
import json
from pathlib import Path

from transformers import AutoTokenizer

MODEL = "fixtures/models/llama-hasty"
# A template that knows content in parts and fields beside role and content.
PARTS = (
    "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|>{% if m.name is defined and m.name %}{{ m.name }}: {% endif %}"
    "{% if m.content is string %}{{ m.content | trim }}{% else %}{% for part in m.content %}"
    "{% if part['type'] == 'text' %}{{ part['text'] | trim }};{% endif %}{% endfor %}{% endif %}{{ eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def turn(role, content, **more):
    return {"role": role, "content": content, **more}


def text(content):
    return {"type": "text", "text": content}


CASES = [
    (None, [turn("user", " 2 + 2? "), turn("assistant", "4\n")]),
    (None, [turn("system", "Count well."), turn("user", "2 + 2?"), turn("assistant", "4"), turn("user", "And 3?"), turn("assistant", "7")]),
    (None, [turn("system", ""), turn("user", "é ÷ ñ"), turn("assistant", "Step 1: 8 ÷ 2 = 4.")]),
    (PARTS, [turn("user", [text(" 2 + 2? "), text("Show the way.")], name="Ann"), turn("assistant", [text("4 "), text("apples")])]),
    (PARTS, [turn("system", "Count."), turn("user", "2?", name=None), turn("assistant", "2"), turn("user", "3?"), turn("assistant", " 3 ")]),
]


def ids(tokenizer, template, messages, generation):
    more = {} if template is None else {"chat_template": template}
    return tokenizer.apply_chat_template(messages, add_generation_prompt=generation, tokenize=True, return_dict=False, **more)


def main():
    tokenizer = AutoTokenizer.from_pretrained(MODEL)
    cases = [
        {
            "template": template,
            "messages": messages,
            "ids": ids(tokenizer, template, messages, False),
            "prompt_len": len(ids(tokenizer, template, messages[:-1], True)),
        }
        for template, messages in CASES
    ]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    Path("tests/data/messages.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
