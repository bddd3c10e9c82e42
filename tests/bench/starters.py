# SPDX-License-Identifier: GPL-3.0-or-later
"""Every starter recipe in full, one after the other: a table of each task's metric before and after, and the seconds.

    python3 tests/bench/starters.py [RECIPE ...]          (names in resources/recipes, such as sentiment)
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LATHE = os.environ.get("LATHE_RUN", str(ROOT / "build/release/app/lathe-run"))
RECIPES = ROOT / "resources/recipes"
# The first of these that a task measures stands in the table, and whether more of it is better.
METRICS = {"reward_accuracy": True, "f1": True, "accuracy": True, "pearson": True, "reward": True,
           "perplexity": False}


def lathe(*arguments):
    done = subprocess.run([LATHE, *map(str, arguments), "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def put_on_the_shelf(base):
    if base.startswith("shelf:"):
        lathe("shelf", "get", base.removeprefix("shelf:"))


def setting(recipe, key):
    lines = [line for line in recipe.read_text().splitlines() if line.startswith(key + ":")]
    return lines[0].split(":", 1)[1].strip()


def row(recipe, work):
    put_on_the_shelf(setting(recipe, "base"))
    events = lathe("train", recipe, "--out", work / recipe.stem)
    evaluations = [event for event in events if event["event"] == "eval"]
    metric = next(name for name in METRICS if name in evaluations[0]["metrics"])
    before, after = (evaluations[place]["metrics"][metric] for place in (0, -1))
    assert (after > before) == METRICS[metric], f"{recipe.stem}: {metric} went from {before} to {after}"
    return (f"| {recipe.stem} | {setting(recipe, 'task')} | {metric} | {before:.4g} | {after:.4g} | "
            f"{events[-1]['seconds']:.0f} |")


def main():
    names = sys.argv[1:] or sorted(file.stem for file in RECIPES.glob("*.yaml"))
    print("| recipe | task | metric | before | after | seconds |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        for name in names:
            print(row(RECIPES / f"{name}.yaml", pathlib.Path(work)), flush=True)


main()
