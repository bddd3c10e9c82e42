# SPDX-License-Identifier: GPL-3.0-or-later
"""Every method with its own default settings and learning rate, on SST-2 with MiniLM (accuracy) or on Alpaca with SmolLM2
(loss of held-out answers): a table of quality, trained parameters, size of the result, time of a step, memory, by how much
the held-out loss differs when the run is opened again, and the logits when it is merged into a plain model.

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
train: {{max_steps: 20, batch_size: 4, schedule: linear, warmup_steps: 2, eval_every: 0, save_every: 0, log_every: 1}}
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


def difference(a, b):
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def opened_again(run, loss):
    """How far the loss of the held-out rows is from what the run measured itself."""
    gap = abs(lathe("evaluate", run)[-1]["loss"] - loss)
    assert gap < 1e-4, f"opened again, the loss is {gap} off"
    return f"{gap:.0e}"


def merged(run, out):
    """How far the logits of the merged model are; nothing where a method does not merge."""
    done = subprocess.run([LATHE, "export", run, "--to", "hf", "--out", out], capture_output=True, text=True)
    if done.returncode != 0:
        assert "export it as peft" in done.stderr, done.stderr
        return "does not merge"
    ids = ["--ids", "101,2023,3185,2001,2307,102"]
    gap = difference(lathe("logits", run, *ids)[0]["logits"], lathe("logits", out, *ids)[0]["logits"])
    assert gap < 1e-4, f"merged, the logits are {gap} off"
    return f"{gap:.0e}"


def row(task, method, work):
    recipe, run = work / f"{method}.yaml", work / method
    recipe.write_text(TASKS[task].format(method=method, data=DATA))
    events = lathe("train", recipe, "--out", run)
    steps = [event for event in events if event["event"] == "step"]
    trained = next(event for event in events if event["event"] == "parameters")["trainable"]
    evaluations = [event for event in events if event["event"] == "eval"]
    rate = max(event["learning_rate"] for event in steps)
    tokens = steps[-1]["tokens"] - steps[0]["tokens"]
    seconds = sum((b["tokens"] - a["tokens"]) / b["tokens_per_second"] for a, b in zip(steps, steps[1:]))
    per_step = seconds / (steps[-1]["step"] - steps[0]["step"])
    result = run / ("adapter" if (run / "adapter").exists() else "model")
    assert tokens > 0
    return (f"| {method} | {rate:.0e} | {quality(evaluations)} | {trained:,} | {readable(size_of(result))} | "
            f"{1000 * per_step:.0f} ms | {readable(steps[-1]['memory_bytes'])} | "
            f"{opened_again(run, evaluations[-1]['loss'])} | {merged(run, work / f'{method}_merged')} |")


def main():
    asked = sys.argv[1:]
    task = "alpaca" if "--alpaca" in asked else "sst2"
    names = [name for name in asked if name != "--alpaca"]
    names = names or [entry["name"] for entry in lathe("catalog") if entry["kind"] == "method"]
    print("| method | learning rate | quality | trained | result | step | peak memory | opened again | merged |\n"
          "|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            print(row(task, name, pathlib.Path(work)), flush=True)


main()
