#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lathe-run params predicts that a run takes, against what it takes.

    memory.py LATHE_RUN [NUMBER...]   the cases, or some of them, as a table
    memory.py LATHE_RUN --limits      the cases under a limit of 0.8 of its need: is it told before?

Each case trains three steps on 64 rows of random words, a quarter of them as long as data.max_length,
on one thread. Measured is memory_bytes of run.json: the most the run had at once, from opening its base to
its saved result, without what the program had at its start.
"""
import argparse
import json
import pathlib
import random
import resource
import subprocess
import sys
import tempfile
import time

MIB = 1 << 20
WORDS = ("the of and to in is that for it as was with be by on not he his but at are this have from or had an "
         "they which one you were all her she there would their we him been has when who will no more if out so "
         "up said what its about than into them can only other time new some could these two may first then do").split()
BASES = {"minilm": ("shelf:minilm-l6", "classification"), "smollm": ("shelf:smollm2-135m-instruct", "instruction")}
ALL = {"method.target_modules": "[all-linear]"}
AGAIN = {"train.gradient_checkpointing": "true"}
CASES = [  # base, method, batch size, length, other keys
    ("minilm", "full", 16, 64, {}),
    ("minilm", "full", 8, 256, {}),
    ("minilm", "full", 8, 256, AGAIN),
    ("minilm", "lora", 8, 256, ALL),
    ("minilm", "lora", 32, 128, {}),
    ("minilm", "lora", 4, 64, {"method.rank": "256"}),
    ("minilm", "freeze", 16, 128, {}),
    ("minilm", "prefix", 8, 256, {}),
    ("minilm", "bottleneck", 8, 256, {}),
    ("minilm", "vera", 16, 128, {}),
    ("minilm", "dora", 16, 128, ALL),
    ("minilm", "p_tuning", 8, 128, {}),
    ("minilm", "ia3", 16, 128, {}),
    ("smollm", "lora", 2, 128, {}),
    ("smollm", "lora", 2, 128, {"train.quantization": "nf4"}),
    ("smollm", "lora", 2, 256, {"train.quantization": "int8", **ALL}),
    ("smollm", "lora", 1, 512, AGAIN),
    ("smollm", "full", 1, 64, {}),
    ("smollm", "dora", 2, 128, {}),
    ("smollm", "prefix", 2, 256, {}),
    ("smollm", "lora", 4, 256, ALL),
    ("smollm", "ia3", 2, 256, {}),
]


def row(length, task, rng):
    words = [rng.choice(WORDS) for _ in range(max(4, length - (2 if task == "classification" else 32)))]
    if task == "classification":
        return {"text": " ".join(words), "label": rng.choice(["good", "bad"])}
    half = len(words) // 2
    return {"instruction": " ".join(words[:half]), "output": " ".join(words[half:])}


def recipe(folder, case):
    base, method, batch, length, keys = case
    name, task = BASES[base]
    rng = random.Random(1)
    data = folder / f"{task}-{length}.jsonl"
    data.write_text("".join(json.dumps(row(length if i % 4 == 0 else rng.randint(length // 2, length), task, rng)) +
                            "\n" for i in range(64)))
    file = folder / "recipe.yaml"
    file.write_text(f"lathe: 1\ntask: {task}\nbase: {name}\n"
                    f"data: {{train: {data}, max_length: {length}}}\nmethod: {{name: {method}}}\n"
                    f"train: {{max_steps: 3, batch_size: {batch}, save_every: 2}}\n")
    return [str(file), *(f"{key}={value}" for key, value in keys.items())]


def predicted(program, arguments, method):
    done = subprocess.run([program, "params", *arguments, "--method", method, "--json"], capture_output=True,
                          text=True, check=True)
    return json.loads(done.stdout.splitlines()[0])["memory"]


def trained(program, arguments, out, before=None):
    done = subprocess.run([program, "train", *arguments, "--out", str(out), "--threads", "1", "--json"],
                          capture_output=True, text=True, preexec_fn=before)
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return done, events


def title(case):
    base, method, batch, length, keys = case
    return f"{base} {method} b{batch} l{length} " + " ".join(f"{k.split('.')[1]}={v}" for k, v in keys.items())


def table(program, chosen):
    outside = 0
    print(f"{'case':64} {'predicted':>9} {'measured':>9} {'ratio':>6}   MiB")
    for number in chosen:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            arguments = recipe(folder, CASES[number])
            bill = predicted(program, arguments, CASES[number][1])
            done, _ = trained(program, arguments, folder / "run")
            if done.returncode:
                sys.exit(f"{title(CASES[number])}: {done.stderr}")
            measured = json.loads((folder / "run/run.json").read_text())["memory_bytes"]
        ratio = bill["total"] / measured
        outside += not 0.90 <= ratio <= 1.15
        parts = " ".join(f"{part} {size / MIB:.0f}" for part, size in bill.items() if part != "total")
        print(f"{number:2} {title(CASES[number]):61} {bill['total'] / MIB:9.0f} {measured / MIB:9.0f} "
              f"{ratio:6.2f}   {parts}", flush=True)
    print(f"{outside} of {len(chosen)} outside 0.90-1.15")
    return outside


def limits(program, chosen):
    """The limit is of the address space: what the idle program has of it, and 0.8 of the run's need."""
    idle = idle_space(program)
    untold = 0
    for number in chosen:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            arguments = recipe(folder, CASES[number])
            need = predicted(program, arguments, CASES[number][1])["total"]
            limit = idle + int(0.8 * need)
            done, events = trained(program, arguments, folder / "run",
                                   lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        kinds = [event.get("code") or event.get("event") for event in events]
        told = "memory_short" in kinds and ("step" not in kinds or kinds.index("memory_short") < kinds.index("step"))
        untold += not told
        hint = next((event["hint"] for event in events if event.get("code") == "memory_short"), "")
        print(f"{number:2} {title(CASES[number]):61} {'told' if told else 'NOT TOLD'}, exit {done.returncode}: {hint}",
              flush=True)
    return untold


def idle_space(program):
    """Bytes of address space that the program has before it does anything, most of it code never read."""
    with subprocess.Popen([program, "catalog"], stdout=subprocess.DEVNULL) as process:
        most = 0
        while process.poll() is None:
            try:
                status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                break
            most = max([most, *(int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmSize"))])
            time.sleep(0.001)
    return most


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("numbers", nargs="*", type=int)
    parser.add_argument("--limits", action="store_true")
    options = parser.parse_args()
    chosen = options.numbers or range(len(CASES))
    sys.exit((limits if options.limits else table)(options.program, chosen) > 0)


main()
