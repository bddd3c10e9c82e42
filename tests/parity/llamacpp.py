# SPDX-License-Identifier: GPL-3.0-or-later
"""Our GGUF files in llama.cpp: the same greedy tokens as here, for the base and for a model with a merged adapter. In
float32, since with narrower weights llama.cpp also rounds what is multiplied with them.

llama-cpp-python compiles itself for a quarter of an hour, so the test suite does not install it; to run this by hand:
    python3 -m venv ENVIRONMENT && ENVIRONMENT/bin/pip install llama-cpp-python torch
    ENVIRONMENT/bin/python tests/parity/llamacpp.py
"""
import pathlib
import sys
import tempfile

from reference import ROOT, SKIPPED, lathe, shelf_path

try:
    from llama_cpp import Llama
except ImportError:
    print("skipped: llama-cpp-python is not installed")
    sys.exit(SKIPPED)

TOKENS = 32
PROMPTS = ["The capital of France is", "def fibonacci(n):\n", "Once upon a time there was a small dragon who",
           "中国的首都是", "Q: What is 12 + 30?\nA:"]


def greedy_there(file, ids):
    model = Llama(model_path=str(file), n_ctx=256, n_threads=2, verbose=False)
    written = []
    for token in model.generate(ids, temp=0.0, top_k=1, repeat_penalty=1.0):
        if token == model.token_eos() or len(written) == TOKENS:
            break
        written.append(token)
    return written


def compare(name, file):
    for prompt in PROMPTS:
        ids = lathe("tokenize", file, "--text", prompt)[0]["ids"]
        model_ids = Llama(model_path=str(file), vocab_only=True, verbose=False).tokenize(
            prompt.encode(), add_bos=False, special=False)
        assert ids == model_ids, f"{name}: {prompt!r} is {ids} here, {model_ids} in llama.cpp"
        ours = [entry["token"] for entry in lathe("generate", file, "--prompt", prompt, "--raw", "--max-new-tokens",
                                                  TOKENS) if "token" in entry]
        theirs = greedy_there(file, ids)
        assert ours == theirs, f"{name}: after {prompt!r} {ours} was written here, {theirs} by llama.cpp"
    print(f"{name}: {len(PROMPTS)} prompts, {TOKENS} greedy tokens each, equal")


def main():
    base = shelf_path("smollm2-135m-instruct")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        lathe("export", base, "--to", "gguf", "--type", "f32", "--out", work / "base")
        compare("base", next((work / "base").glob("*.gguf")))
        lathe("train", ROOT / "resources/recipes/assistant.yaml", "train.max_steps=10", "train.eval_every=0",
              "train.batch_size=2", "train.save_every=0", "--out", work / "run")
        lathe("export", work / "run", "--to", "gguf", "--type", "f32", "--out", work / "merged")
        compare("merged adapter", next((work / "merged").glob("*.gguf")))


main()
