# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of tokenizer against the tokenizers and sentencepiece packages: ids, offsets and the decoded text, exactly,
on 10,000 lines (fewer in the test suite). LATHE_PARITY_ONLY names the kinds to compare (a part of the name is enough)."""
import json
import os
import pathlib
import tempfile
import time

import sentencepiece
from tokenizers import pre_tokenizers
from transformers import AutoTokenizer

from corpus import Corpus
from reference import FULL, lathe, shelf_path, smollm2_tokenizer
from tokenizer_kinds import every_kind, sentencepiece_model

LINES = 10_000 if FULL else 1_500
ONLY = os.environ.get("LATHE_PARITY_ONLY", "")


def byte_offsets(lines):
    """For each line the byte where each character begins, and the end."""
    table = []
    for line in lines:
        starts = [0]
        for character in line:
            code = ord(character)
            starts.append(starts[-1] + (1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4))
        table.append(starts)
    return table


def differences(ours, expected):
    """The lines that differ, each with what differs."""
    return [(index, key, mine[key], theirs[key]) for index, (mine, theirs) in enumerate(zip(ours, expected, strict=True))
            for key in theirs if mine[key] != theirs[key]]


def expected_of(tokenizer, lines, starts):
    encodings = tokenizer.encode_batch(lines)
    ids = [encoding.ids for encoding in encodings]
    return [{"ids": encoding.ids, "offsets": [[at[begin], at[end]] for begin, end in encoding.offsets],
             "decoded": whole, "decoded_without_special": plain}
            for encoding, at, whole, plain in zip(encodings, starts, tokenizer.decode_batch(ids, False),
                                                  tokenizer.decode_batch(ids, True))]


def report(name, lines, found):
    print(f"{name}: {len(lines)} lines, {len(found)} differences", flush=True)
    for index, key, mine, theirs in found[:2]:
        first = next((i for i, (a, b) in enumerate(zip(mine, theirs)) if a != b), min(len(mine), len(theirs)))
        print(f"    {lines[index]!r}: {key} from {first}: {mine[first:first + 12]!r}, not {theirs[first:first + 12]!r}")
    return len(found)


def compare_kinds(lines, starts, file, work):
    wrong = count = 0
    for name, make in every_kind(lines[::6]).items():
        if ONLY not in name:
            continue
        folder = work / "base"
        folder.mkdir(exist_ok=True)
        tokenizer = make()
        tokenizer.save(str(folder / "tokenizer.json"))
        ours = lathe("tokenize", folder, "--file", file, "--null", "--decode")
        wrong += report(name, lines, differences(ours, expected_of(tokenizer, lines, starts)))
        count += 1
    return wrong, count


def compare_shelf(lines, starts, file):
    wrong = count = 0
    for base, tokenizer in [smollm2_tokenizer(), minilm_tokenizer()]:
        if ONLY not in "shelf":
            continue
        ours = lathe("tokenize", base, "--file", file, "--null", "--decode")
        expected = expected_of(tokenizer, lines, starts)
        if base.suffix == ".gguf":
            forget_slipped_offsets(tokenizer, lines, expected)
        wrong += report(f"shelf: {base.name}", lines, differences(ours, expected))
        count += 1
    return wrong, count


def forget_slipped_offsets(tokenizer, lines, expected):
    """SmolLM2 has no piece for some control bytes. Both sides drop them; the package's later offsets in the word
    then slip to the left, ours stay in place."""
    missing = {piece for piece in pre_tokenizers.ByteLevel.alphabet() if tokenizer.token_to_id(piece) is None}
    mapped = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    for line, theirs in zip(lines, expected):
        if any(missing.intersection(piece) for piece, _ in mapped.pre_tokenize_str(line)):
            del theirs["offsets"]


def minilm_tokenizer():
    base = shelf_path("minilm-l6")
    tokenizer = AutoTokenizer.from_pretrained(base).backend_tokenizer
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return base, tokenizer


def compare_sentencepiece(lines, file, work):
    """tokenizer.model files through our reader and through the package. Control pieces written out in a text stand
    for themselves here and are text there, so such lines are left out."""
    wrong = count = 0
    kept = [i for i, line in enumerate(lines) if not any(mark in line for mark in ["<s>", "</s>", "<unk>"])]
    texts = [lines[i] for i in kept]
    for kind in ["bpe", "unigram"]:
        for fallback in [False, True]:
            name = f"sentencepiece {kind}{', bytes' * fallback}"
            if ONLY not in name:
                continue
            folder = work / f"{kind} {fallback}"
            folder.mkdir()
            model = sentencepiece_model(lines[::6], kind, byte_fallback=fallback, add_dummy_prefix=not fallback,
                                        unk_surface="<unk>")
            (folder / "tokenizer.model").write_bytes(model)
            package = sentencepiece.SentencePieceProcessor(model_proto=model)
            everything = lathe("tokenize", folder, "--file", file, "--null", "--no-special", "--decode")
            ours = [everything[i] for i in kept]
            ids = package.encode(texts)
            expected = [{"ids": line, "decoded": text} for line, text in zip(ids, package.decode(ids))]
            found = [item for item in differences(ours, expected) if not is_tie(package, *item[1:])]
            wrong += report(name, texts, found)
            count += 1
    return wrong, count


MARKS = ["<s>", "</s>", "[X]", "<|go|>", "<|end|>"]


def with_marks(lines):
    """Texts with marks before, behind and within them, next to blanks, next to each other, and alone."""
    texts = [left + right for left in MARKS for right in ["", " ", "a", " a", "  a ", "\n", "▁a", *MARKS]]
    texts += [" " + text for text in texts]
    for index, line in enumerate(lines):
        words = line.split(" ")
        for step, mark in enumerate(MARKS):
            words.insert((index * 7 + step * 3) % (len(words) + 1), mark)
        texts.append((" ", "")[index % 2].join(words))
    return texts


def compare_marks(lines, work):
    """Folders with a sentencepiece file and its side files, as transformers reads them."""
    wrong = count = 0
    # Some classes add tokens that their own models have and this one has not.
    texts = [text for text in with_marks(lines[:300]) if not any(mark in text for mark in ["<pad>", "<mask>"])]
    file = work / "marked"
    file.write_bytes("".join(text + "\0" for text in texts).encode())
    kinds = {"llama, not legacy": ("LlamaTokenizer", {"legacy": False}), "llama, legacy": ("LlamaTokenizer", {"legacy": True}),
             "llama, unsaid": ("LlamaTokenizer", {}), "llama, no prefix": ("LlamaTokenizer", {"add_prefix_space": False}),
             "gemma": ("GemmaTokenizer", {}), "t5": ("T5Tokenizer", {})}
    for name, (kind, config) in kinds.items():
        name = f"marks: {name}"
        if ONLY not in name:
            continue
        folder = work / name
        folder.mkdir()
        t5 = kind == "T5Tokenizer"
        ids = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}  # which the class has built in
        options = ids if t5 else {"byte_fallback": True, "normalization_rule_name": "identity",
                                 "remove_extra_whitespaces": False, "user_defined_symbols": ["[X]"],
                                 "add_dummy_prefix": kind != "GemmaTokenizer"}
        model = sentencepiece_model(lines[::6], "unigram" if t5 else "bpe", **options)
        (folder / ("spiece.model" if t5 else "tokenizer.model")).write_bytes(model)
        roles = {"eos_token": "</s>", "unk_token": "<unk>"} | ({} if t5 else {"bos_token": "<s>"})
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": kind, **roles, **config}))
        size = sentencepiece.SentencePieceProcessor(model_proto=model).get_piece_size() + 100 * t5
        (folder / "added_tokens.json").write_text(json.dumps({"<|go|>": size, "<|end|>": size + 1}))
        theirs = AutoTokenizer.from_pretrained(folder)
        ours = lathe("tokenize", folder, "--file", file, "--null", "--no-special")
        expected = [{"ids": theirs(text, add_special_tokens=False).input_ids} for text in texts]
        wrong += report(name, texts, differences(ours, expected))
        count += 1
    return wrong, count


def is_tie(package, key, mine, theirs):
    """Two ways to cut a text with the same score: releases of sentencepiece choose differently."""
    def score(ids):
        return sum(package.get_score(id) for id in ids)

    return key == "ids" and abs(score(mine) - score(theirs)) < 1e-4 * max(1, abs(score(theirs)))


def main():
    start = time.time()
    lines = Corpus().lines(LINES)
    starts = byte_offsets(lines)
    work = pathlib.Path(tempfile.mkdtemp())
    file = work / "lines"
    file.write_bytes("".join(line + "\0" for line in lines).encode())
    results = [compare_kinds(lines, starts, file, work), compare_sentencepiece(lines, file, work),
               compare_marks(lines, work), compare_shelf(lines, starts, file)]
    wrong, count = (sum(column) for column in zip(*results))
    print(f"{len(lines)} lines x {count} tokenizers: {wrong} differences, {time.time() - start:.0f} s")
    assert wrong == 0


main()
