# SPDX-License-Identifier: GPL-3.0-or-later
"""What every parity case shares: running lathe-run, the shelf bases as transformers sees them, sample text."""
import datetime
import hashlib
import json
import os
import pathlib
import subprocess
import sys
from importlib import metadata

import torch

ROOT = pathlib.Path(__file__).resolve().parents[2]
LATHE = os.environ.get("LATHE_RUN", str(ROOT / "build/release/app/lathe-run"))
GRADIENTS = os.environ.get("LATHE_GRADIENTS", str(ROOT / "build/release/tests/parity/parity_gradients"))
# Data sets of others that stay outside the repository; cases that want them are skipped where they are not.
DATA = pathlib.Path(os.environ.get("LATHE_PARITY_DATA", ROOT.parent / "shared/data"))
SKIPPED = 77
# LATHE_PARITY_FULL=1 asks for the comparisons at their full length; without it the test suite stays short.
FULL = bool(os.environ.get("LATHE_PARITY_FULL"))
# What transformers gives for one script, seed and version does not change with our code: long computations are kept
# here. LATHE_PARITY_LIVE=1 computes them anew.
KEPT = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "lathe/parity"
LIVE = bool(os.environ.get("LATHE_PARITY_LIVE"))

torch.manual_seed(0)


def lathe(*arguments):
    """The JSON lines of one lathe-run command; its error text in the exception when it fails."""
    done = subprocess.run([LATHE, *map(str, arguments), "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"lathe-run {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.split("\n") if line]


def shelf_path(name):
    item = next(item for item in lathe("shelf", "list") if item["name"] == name)
    if not item["fetched"]:
        print(f"skipped: {name} is not on the shelf (lathe-run shelf get {name})")
        sys.exit(SKIPPED)
    return pathlib.Path(item["path"])


def need_data(relative):
    path = DATA / relative
    if not path.exists():
        print(f"skipped: no {relative} (set LATHE_PARITY_DATA to a folder that holds it)")
        sys.exit(SKIPPED)
    return path


def digest_of(given):
    """Of the contents of a file or folder, or of a value."""
    if not isinstance(given, pathlib.Path):
        return hashlib.sha256(repr(given).encode()).digest()
    files = [given] if given.is_file() else sorted(path for path in given.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(hashlib.sha256(file.read_bytes()).digest() for file in files)).digest()


def kept(compute, *inputs):
    """compute(*inputs), which must be what JSON can hold, from the folder KEPT where it was computed before: by this
    very text of the calling script and of this file, these versions and these inputs (paths by their contents)."""
    script = pathlib.Path(sys.argv[0]).resolve()
    versions = [(name, metadata.version(name)) for name in ["torch", "transformers", "peft", "tokenizers"]]
    parts = [script, pathlib.Path(__file__), versions, FULL, compute.__name__, *inputs]
    key = hashlib.sha256(b"".join(map(digest_of, parts))).hexdigest()[:24]
    file = KEPT / f"{script.stem}-{compute.__name__}-{key}.json"
    if file.exists() and not LIVE:
        print(f"{compute.__name__}: kept from {datetime.date.fromtimestamp(file.stat().st_mtime)} "
              "(LATHE_PARITY_LIVE=1 computes it anew)")
    else:
        result = compute(*inputs)
        KEPT.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(result), encoding="utf-8")
        part.replace(file)
    return json.loads(file.read_text(encoding="utf-8"))


def with_digits(tokenizer):
    """The digit split that the `smollm` pre-tokenizer of a GGUF asks for and transformers leaves out."""
    from tokenizers import pre_tokenizers

    backend = tokenizer.backend_tokenizer
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), backend.pre_tokenizer])
    return tokenizer


def smollm2_tokenizer():
    """The path and the tokenizer of SmolLM2's GGUF, as the tokenizers package has it."""
    from transformers import AutoTokenizer

    path = shelf_path("smollm2-135m-instruct")
    return path, with_digits(AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)).backend_tokenizer


def smollm2(path=None):
    """SmolLM2 from its GGUF, the shelf's without `path`, as transformers reads it."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = path or shelf_path("smollm2-135m-instruct")
    options = {"gguf_file": path.name}
    model = AutoModelForCausalLM.from_pretrained(path.parent, dtype=torch.float32, **options)
    return path, model, with_digits(AutoTokenizer.from_pretrained(path.parent, **options))


def text_lines():
    """A few thousand lines: generated Unicode always, the data sets of others where they are."""
    lines = ["Hello  world, it's 12345!", "I'LL go", "naïve café déjà vu", "e\u0301 combining, A\u030a", "",
             "   leading and trailing   ", "tab\tand  spaces", "😀👩‍👩‍👧‍👦 emoji 🇪🇸", "中文分词测试，今天很冷。", "日本語テスト",
             "مرحبا بالعالم", "नमस्ते दुनिया", "Ünïcödé ß ẞ ſ", "int main() { return 0x1F; } // code",
             "\u200bzero width\u200d", "\u0007control\u0001", "a" * 300, "3.14159 1e-10 ½ ²", "«¿Qué?» ¡Olé!",
             "<|im_start|>user", "[CLS] text [SEP] ##ing", "don't can't we'll I'm", "\u00a0nbsp\u3000wide"]
    for name in ["alpaca/alpaca_en_demo.json", "alpaca/alpaca_zh_demo.json", "text/wiki_demo.txt",
                 "conll2002/esp.testa", "sst2/dev.tsv"]:
        path = DATA / name
        if path.exists():
            lines += path.read_text(encoding="utf-8").splitlines()[:1500]
    return [line.replace("\r", " ") for line in lines]


def compare_tokens(base, encode, folder):
    """Every line's ids, exactly."""
    lines = text_lines()
    file = folder / "lines.txt"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ours = [entry["ids"] for entry in lathe("tokenize", base, "--file", file)]
    assert len(ours) == len(lines), f"{len(ours)} lines came back of {len(lines)}"
    wrong = [(line, mine, theirs) for line, mine in zip(lines, ours) if mine != (theirs := encode(line))]
    assert not wrong, f"{len(wrong)} lines differ, the first: {wrong[0]}"
    print(f"tokens: {len(lines)} lines equal")


def byte_level_tokenizer(lines, size):
    """A tokenizer trained on the spot, whose one special token has id 0."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<|end|>", eos_token="<|end|>",
                                   pad_token="<|end|>")


def shaken(model, distance=0.1):
    """The model with every weight moved by so much: norms that are not 1, biases that are not 0."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * distance)
    return model


def adamw(model, rate):
    """Of what trains in `model`, without weight decay."""
    return torch.optim.AdamW([parameter for parameter in model.parameters() if parameter.requires_grad], lr=rate,
                             weight_decay=0)


def compare_curves(name, ours, model, optimizer, least_fall=0.1, **batch):
    """Our losses against those of 20 steps of `model`, each on the whole batch."""
    model.train()
    theirs = []
    for _ in range(20):
        loss = model(**batch).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        theirs.append(loss.item())
    assert len(ours) == 20, f"{len(ours)} steps were logged"
    assert theirs[-1] < theirs[0] - least_fall, "the reference does not learn"
    print(f"{name}: 20 steps, {theirs[0]:.4f} -> {theirs[-1]:.4f}")
    check(f"{name}: losses of 20 steps", max(abs(a - b) for a, b in zip(ours, theirs)), 1e-4)


def compare_gradients(name, base, model, task, classes, rows, work, **batch):
    """The gradient of every weight for the mean loss over `rows`, ours against that of `model` for `batch`."""
    from safetensors.torch import load_file

    rows_file, written = work / "rows.json", work / "gradients.safetensors"
    rows_file.write_text(json.dumps(rows))
    done = subprocess.run([GRADIENTS, base, task, str(classes), rows_file, written], capture_output=True, text=True)
    assert done.returncode == 0, f"parity_gradients: exit {done.returncode}\n{done.stderr}"
    ours = load_file(written)
    model.eval().zero_grad()
    loss = model(**batch).loss
    loss.backward()
    check(f"{name}: loss", abs(loss.item() - json.loads(done.stdout)["loss"]), 1e-4)
    theirs = {key: weight.grad for key, weight in model.named_parameters() if weight.grad is not None}
    assert theirs.keys() == ours.keys(), f"only in one: {sorted(theirs.keys() ^ ours.keys())}"
    # Some gradients are nothing but rounding: a key's bias moves no attention. They are held against the others.
    floor = 1e-3 * max(grad.abs().max().item() for grad in theirs.values())
    largest = max((ours[key] - grad).abs().max().item() / max(grad.abs().max().item(), floor)
                  for key, grad in theirs.items())
    check(f"{name}: gradients of {len(theirs)} weights, relative", largest, 1e-4)


def padded(rows, fill):
    """Lists of numbers as one tensor, filled up on the right."""
    longest = max(map(len, rows))
    return torch.tensor([row + [fill] * (longest - len(row)) for row in rows])


def largest_difference(rows, reference):
    ours = torch.tensor([row["logits"] for row in rows], dtype=torch.float64)
    return (ours - reference.double()).abs().max().item()


def check(name, value, limit):
    print(f"{name}: {value:.3g} (limit {limit:g})")
    assert value <= limit, f"{name} is {value:.3g}, above {limit:g}"
