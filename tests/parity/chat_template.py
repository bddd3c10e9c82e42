# SPDX-License-Identifier: GPL-3.0-or-later
"""Chat templates against transformers' own environment: expressions, statements and whole templates give the same text,
what transformers refuses Lathe refuses, and what `generation` marks is the same."""
import copy
import datetime
import json
import os
import subprocess
import sys

from transformers.utils.chat_template_utils import _compile_jinja_template, _render_with_assistant_indices

from chat_templates import ERRORS, SNIPPETS, STRICTER, TEMPLATES
from reference import ROOT

TOOL = os.environ.get("LATHE_CHAT_TEMPLATE", str(ROOT / "build/release/tests/parity/parity_chat_template"))
NOW = datetime.datetime(2026, 3, 4, 5, 6, 7)


def theirs(template, variables):
    """Text and marked stretches (in characters), or the exception."""
    values = {**copy.deepcopy(variables), "strftime_now": NOW.strftime}  # a list that is indented grows
    try:
        compiled = _compile_jinja_template(template)
        if "generation" not in template:
            return compiled.render(**values), []
        values = {"messages": [], "tools": None, "documents": None, "add_generation_prompt": False, **values}
        return _render_with_assistant_indices(compiled_template=compiled, **values)
    except Exception as reason:  # of many kinds: Jinja passes on what Python raises
        return reason


def ours(jobs):
    lines = "".join(json.dumps({"template": template, "variables": variables}) + "\n" for template, variables in jobs)
    done = subprocess.run([TOOL], input=lines, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert len(answers) == len(jobs)
    return answers


def characters(text, stretch):
    raw = text.encode()
    return tuple(len(raw[:at].decode()) for at in stretch)


def difference(expected, answer):
    """What differs; empty when nothing does."""
    if isinstance(expected, Exception):
        return "" if "error" in answer else f"transformers raises {expected!r}, Lathe writes {answer['text']!r}"
    text, marked = expected
    if "error" in answer:
        return f"transformers writes {text!r}, Lathe says {answer['error']}"
    if answer["text"] != text:
        return f"transformers writes {text!r}, Lathe {answer['text']!r}"
    mine = [characters(text, stretch) for stretch in answer["generated"]]
    return "" if mine == [tuple(one) for one in marked] else f"marked {marked} by transformers, {mine} by Lathe"


def compare(name, jobs):
    faults = 0
    for (template, variables), answer in zip(jobs, ours(jobs)):
        if what := difference(theirs(template, variables), answer):
            faults += 1
            print(f"FAIL {name}: {template!r}: {what}")
    print(f"{name}: {len(jobs) - faults} of {len(jobs)} as transformers")
    return faults


def main():
    faults = compare("snippets", SNIPPETS)
    faults += compare("templates", [(template, variables) for template, cases in TEMPLATES for variables in cases])
    for jobs, fails in (SNIPPETS, False), (ERRORS, True):
        for template, variables in jobs:
            if isinstance(reason := theirs(template, variables), Exception) != fails:
                faults += 1
                print(f"FAIL {template!r} is in the wrong list: transformers gives {reason!r}")
    faults += compare("errors", ERRORS)
    stricter = [(template, {}) for template in STRICTER]
    for (template, _), answer in zip(stricter, ours(stricter)):
        if "error" not in answer:
            faults += 1
            print(f"FAIL stricter: {template!r} gives {answer['text']!r}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
