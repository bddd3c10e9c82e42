# SPDX-License-Identifier: GPL-3.0-or-later
"""The speed of our tokenizers beside the tokenizers package's, each on one thread over the same text, in processor
time.

    cmake --build --preset release --target bench_tokenize && .deps/venv/bin/python tests/bench/tokenizer.py [MB]"""
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

os.environ.update(RAYON_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false")
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/parity"))

import json  # noqa: E402

from tokenizers import pre_tokenizers  # noqa: E402

from corpus import Corpus  # noqa: E402
from reference import DATA, shelf_path, smollm2_tokenizer  # noqa: E402
from tokenizer_kinds import gpt2, sentencepiece_model, unigram  # noqa: E402

PROGRAM = os.environ.get("LATHE_BENCH", str(ROOT / "build/release/tests/bench/bench_tokenize"))
SOURCES = ["alpaca/alpaca_en_demo.json", "alpaca/alpaca_zh_demo.json", "text/wiki_demo.txt", "shakespeare/input.txt",
           "conll2002/esp.train", "sst2/train.tsv"]
BATCH = 1000


def real_lines():
    """Lines of the data sets, or generated ones where there are none."""
    lines = [line for name in SOURCES if (DATA / name).exists()
             for line in (DATA / name).read_text(encoding="utf-8").splitlines() if line.strip()]
    return lines or Corpus().lines(20_000)


def write_text(file, megabytes):
    """The words of real lines in new orders, one in ten made up, in lines of the lengths that real lines have."""
    pick = random.Random(1)
    lines = real_lines()
    words = [word for line in lines for word in line.split(" ")]
    lengths = [line.count(" ") + 1 for line in lines]
    made_up = ["".join(pick.choice(words)[:pick.randint(1, 6)] for _ in range(2)) for _ in range(100_000)]
    made_up += [str(pick.randint(0, 10 ** pick.randint(1, 7))) for _ in range(20_000)]
    pool = words + pick.choices(made_up, k=len(words) // 9)
    with open(file, "w", encoding="utf-8") as out:
        while out.tell() < megabytes * 1_000_000:
            for length in pick.choices(lengths, k=10_000):
                out.write(" ".join(pick.choices(pool, k=length)) + "\n")


def package(tokenizer, file):
    """Bytes per second and tokens of the package's fastest way: batches without offsets."""
    lines = file.read_bytes().decode().split("\n")[:-1]
    tokens, seconds = 0, 0.0
    for at in range(0, len(lines), BATCH):
        batch = lines[at:at + BATCH]
        start = time.process_time()
        encodings = tokenizer.encode_batch_fast(batch)
        seconds += time.process_time() - start
        tokens += sum(map(len, encodings))
    return file.stat().st_size / seconds, tokens


def compare(name, base, tokenizer, file):
    tokenizer.no_truncation()
    tokenizer.no_padding()
    ours = json.loads(subprocess.run([PROGRAM, base, file], check=True, capture_output=True, text=True).stdout)
    theirs, tokens = package(tokenizer, file)
    assert ours["tokens"] == tokens, f"{name}: {ours['tokens']} tokens, not {tokens}"
    mine = ours["bytes"] / ours["seconds"]
    print(f"{name:28} {mine / 1e6:7.2f} MB/s  package {theirs / 1e6:7.2f} MB/s  ratio {mine / theirs:5.2f}  "
          f"peak {ours['peak_bytes'] / 1e6:4.0f} MB  {tokens} tokens", flush=True)


def saved(tokenizer, folder):
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def main():
    from transformers import AutoTokenizer

    work = pathlib.Path(tempfile.mkdtemp())
    file = work / "text"
    write_text(file, float(sys.argv[1]) if len(sys.argv) > 1 else 100)
    lines = real_lines()[::4]
    compare("byte-level BPE, SmolLM2", *smollm2_tokenizer(), file)
    trained = gpt2(lines, size=16_000)
    compare("byte-level BPE, trained", saved(trained, work / "bpe"), trained, file)
    minilm = shelf_path("minilm-l6")
    compare("WordPiece, MiniLM", minilm, AutoTokenizer.from_pretrained(minilm).backend_tokenizer, file)
    pieces = unigram(sentencepiece_model(lines, "unigram", size=8000),
                     pre_tokenizers.Metaspace(prepend_scheme="always"))
    compare("Unigram, trained", saved(pieces, work / "unigram"), pieces, file)


main()
