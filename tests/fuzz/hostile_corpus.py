#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the corpus of hostile files: hostile_corpus.py FOLDER

Below FOLDER each reader has seed/ (valid files) and case/ (named lies); cases.tsv lists reader, role, the answer
that is expected and the name. Everything is made here, the same on every machine."""
import os
import shutil
import sys
from pathlib import Path

from corpus import chat_template, folders, gguf, safetensors, tables, tokenizer
from corpus.case import Link, Pipe

READERS = {"safetensors": safetensors.cases, "gguf": gguf.cases, "tokenizer_json": tokenizer.json_cases, "sentencepiece": tokenizer.sentencepiece_cases,
           "chat_template": chat_template.cases, "recipe": tables.recipe_cases, "csv": tables.csv_cases, "tsv": tables.tsv_cases, "json": tables.json_cases, "jsonl": tables.jsonl_cases, "text": tables.text_cases,
           "tokenizer_folder": tokenizer.folder_cases, "model_folder": folders.model_cases, "adapter_folder": folders.adapter_cases}


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        for name, inner in content.items():
            write(path / name, inner)
    elif isinstance(content, Link):
        path.symlink_to(content)
    elif isinstance(content, Pipe):
        os.mkfifo(path)
    else:
        path.write_bytes(content)


def main():
    target = Path(sys.argv[1])
    shutil.rmtree(target, ignore_errors=True)
    lines = []
    for reader, cases in READERS.items():
        names = set()
        for case in cases():
            assert case.name not in names, f"{reader}: {case.name} is there twice"
            names.add(case.name)
            role = "seed" if case.seed else "case"
            write(target / reader / role / case.name, case.content)
            lines.append(f"{reader}\t{role}\t{case.expected}\t{case.name}\n")
    (target / "cases.tsv").write_text("".join(lines))
    print(f"{len(lines)} named cases for {len(READERS)} readers")


main()
