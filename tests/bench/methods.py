# SPDX-License-Identifier: GPL-3.0-or-later
"""Every method with its own default settings and learning rate, on SST-2 with MiniLM (accuracy) or on Alpaca with SmolLM2
(loss of held-out answers): a table of quality, trained parameters, size of the result, time of a step, and memory.

    python3 tests/bench/methods.py [--alpaca] [METHOD ...]
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LATHE = os.environ.get("LATHE_RUN", str(ROOT / "build/release/app/lathe-run"))
DATA = pathlib.Path(os.environ.get("LATHE_PARITY_DATA", ROOT.parent / "shared/data"))
TASKS = {
    "sst2": """
lathe: 1
task: classification
base: shelf:minilm-l6
data: {{train: {data}/sst2/train.tsv, validation: {data}/sst2/dev.tsv, columns: {{text: 0, label: 1}}, max_length: 64}}
method: {{name: {method}}}
train: {{max_steps: 200, batch_size: 32, schedule: linear, warmup_steps: 10, eval_every: 0, save_every: 0, log_every: 20}}
""",
    "alpaca": """
lathe: 1
task: instruction
base: shelf:smollm2-135m-instruct
data: {{train: {data}/alpaca/alpaca_en_demo.json, validation: 0.04, max_length: 128}}
method: {{name: {method}}}
train: {{max_steps: 20, batch_size: 4, schedule: linear, warmup_steps: 2, eval_every: 0, save_every: 0, log_every: 5}}
""",
}


def lathe(*arguments):
    done = subprocess.run([LATHE, *map(str, arguments), "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def size_of(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def readable(count):
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.0f} KiB"


def quality(evaluations):
    before, after = evaluations[0], evaluations[-1]
    assert after["loss"] < before["loss"], f"the loss rose from {before['loss']} to {after['loss']}"
    if "accuracy" in after["metrics"]:
        return f"{100 * after['metrics']['accuracy']:.1f} %"
    return f"{before['loss']:.3f} to {after['loss']:.3f}"


def row(task, method, work):
    recipe, run = work / f"{method}.yaml", work / method
    recipe.write_text(TASKS[task].format(method=method, data=DATA))
    events = lathe("train", recipe, "--out", run)
    steps = [event for event in events if event["event"] == "step"]
    trained = next(event for event in events if event["event"] == "parameters")["trainable"]
    reached = quality([event for event in events if event["event"] == "eval"])
    rate = max(event["learning_rate"] for event in steps)
    tokens = steps[-1]["tokens"] - steps[0]["tokens"]
    seconds = sum((b["tokens"] - a["tokens"]) / b["tokens_per_second"] for a, b in zip(steps, steps[1:]))
    per_step = seconds / (steps[-1]["step"] - steps[0]["step"])
    result = run / ("adapter" if (run / "adapter").exists() else "model")
    assert tokens > 0
    return (f"| {method} | {rate:.0e} | {reached} | {trained:,} | {readable(size_of(result))} | "
            f"{1000 * per_step:.0f} ms | {readable(steps[-1]['memory_bytes'])} |")


def main():
    asked = sys.argv[1:]
    task = "alpaca" if "--alpaca" in asked else "sst2"
    names = [name for name in asked if name != "--alpaca"]
    names = names or [entry["name"] for entry in lathe("catalog") if entry["kind"] == "method"]
    print("| method | learning rate | quality | trained | result | step | peak memory |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            print(row(task, name, pathlib.Path(work)), flush=True)


main()
