#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""faults.py LATHE_RUN LIBRARY [--long] [--only NAME] [--jobs N] [--minutes M]: each command runs with LIBRARY
(preload.cpp), which kills it or lets a call fail at the n-th call on a file, and then again as a user would. Afterwards
the result must be that of an undisturbed command bit for bit, the curve and the record whole, and nothing left under a
temporary name; a command that said it was done must have been. Then two writers: while one trains, others are refused.

As a test it takes a few points of each command; --long takes 526 kills and 876 faults, the calls spread evenly (nine
minutes with two jobs on two quiet cores); --minutes ends it earlier, the points still spread. Exit 1 with the lines of what went
wrong."""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tiny_base

TEMPORARY = re.compile(r"\.(tmp|partial|old)-[0-9-]+$")
ROWS = ["the quick brown fox", "jumps over the lazy dog", "pack my box with five", "dozen liquor jugs now",
        "sphinx of black quartz", "judge my vow at once", "how vexingly quick", "daft zebras jump"]
# What two equal runs differ in.
TIMES = {"seconds", "started", "ended", "tokens_per_second", "memory_bytes", "process_id", "run", "path", "name",
         "identity", "settings", "base", "resumed"}


class Bench:
    """The programs, and a folder with a base, data and recipes."""

    def __init__(self, program, library, folder):
        self.program, self.library, self.folder = program, library, folder
        tiny_base.write(folder / "base")
        (folder / "rows.txt").write_text("\n\n".join(ROWS * 2) + "\n")
        recipe = {"lathe": 1, "task": "language_modeling", "base": str(folder / "base"),
                  "data": {"train": str(folder / "rows.txt"), "validation": 0.25, "max_length": 32},
                  "method": {"name": "lora", "rank": 2, "dropout": 0.1},
                  "train": {"max_steps": 4, "batch_size": 2, "save_every": 2, "eval_every": 2}}
        (folder / "recipe.yaml").write_text(json.dumps(recipe))
        stages = [{"name": "first", "recipe": str(folder / "recipe.yaml")},
                  {"name": "second", "recipe": str(folder / "recipe.yaml"), "set": {"base": "stage:first"}}]
        (folder / "project.yaml").write_text(json.dumps({"lathe": 1, "project": "two", "stages": stages}))
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1", "GOMP_SPINCOUNT": "0",
                            "LATHE_HOME": str(folder / "home")}

    def run(self, line, place, fault=None, count=None):
        """(exit status, stdout, stderr) of lathe-run LINE; the case's shelf lies in PLACE."""
        environment = {**self.environment, "LATHE_HOME": str(place / "home")}
        if fault or count:
            environment.update(LD_PRELOAD=str(self.library), LATHE_FAULT_FOLDER=str(place) + "/",
                               LATHE_FAULT_KIND=fault[0] if fault else "", LATHE_FAULT_AT=str(fault[1] if fault else 0),
                               LATHE_FAULT_COUNT=str(count or ""))
        done = subprocess.run([self.program, *line, "--json"], env=environment, capture_output=True, text=True,
                              timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr


def plain(value):
    """Without what two equal runs differ in."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in TIMES}
    return [plain(item) for item in value] if isinstance(value, list) else value


def files_of(folder):
    """The hash of every file below, by its name."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock"}


def run_of(run):
    """What a run comes to: result, last checkpoint, curve, record. Raises for one that is not whole."""
    adapter = {name: digest for name, digest in files_of(run / "adapter").items() if name.endswith(".safetensors")}
    assert adapter, "no result"
    last = run / "checkpoints" / "step-4"
    tensors = {name: digest for name, digest in files_of(last).items() if name.endswith(".safetensors")}
    assert len(tensors) == 2, "no last checkpoint"
    events = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    curve = [plain(event) for event in events if event["event"] in ("step", "eval")]
    ends = [event["status"] for event in events if event["event"] == "finished"]
    assert ends == ["done"], f"the curve ends with {ends}"
    record = json.loads((run / "run.json").read_text())
    assert record["status"] == "done", "the record says " + record["status"]
    return adapter, tensors, curve, plain(record)


class Train:
    name, calls = "train", ["train", "{bench}/recipe.yaml", "--out", "{place}/run"]
    needs = None

    def line(self, bench, place):
        return [word.format(bench=bench.folder, place=place) for word in self.calls]

    def prepare(self, bench, place):
        if self.needs:
            shutil.copytree(bench.folder / self.needs, place / "run")

    def recover(self, bench, place):
        """The last of the commands that a user gives until one is done."""
        if (place / "run" / "run.json").exists():
            again = bench.run(["resume", str(place / "run")], place)
            if again[0] == 0 or "no complete checkpoint" not in again[2]:
                return again
        return bench.run(Train.line(self, bench, place), place)

    def outcome(self, place):
        return run_of(place / "run")


class Resume(Train):
    name, calls, needs = "resume", ["resume", "{place}/run"], "interrupted"

    def recover(self, bench, place):
        return bench.run(self.line(bench, place), place)


class ResumeDone(Resume):
    name, needs = "resume-done", "train/run"


class Again(Train):
    """A command that is given again."""

    def recover(self, bench, place):
        return bench.run(self.line(bench, place), place)


class Race(Again):
    name = "race"
    calls = ["race", "{bench}/recipe.yaml", "--over", "method.rank=1,2", "--out", "{place}/race"]

    def outcome(self, place):
        runs = sorted(path.parent for path in (place / "race").glob("*/run.json"))
        assert len(runs) == 2, f"{len(runs)} runs"
        return [run_of(run) for run in runs]


class Chain(Again):
    name, calls = "chain", ["chain", "{bench}/project.yaml", "--out", "{place}/chain"]

    def outcome(self, place):
        return [run_of(place / "chain" / stage) for stage in ("first", "second")]


class Export(Again):
    def __init__(self, kind):
        self.name = "export-" + kind
        self.calls = ["export", "{bench}/train/run", "--to", kind, "--out", "{place}/out"]

    def recover(self, bench, place):
        if (place / "out").exists():  # whole, as outcome checks: given again it would be refused
            bench.run(["export", str(bench.folder / "train/run"), "--to", "peft", "--out", str(place / "other")], place)
            return 0, "", ""
        return super().recover(bench, place)

    def outcome(self, place):
        files = files_of(place / "out")
        assert files, "no result"
        return files


class Shelf(Again):
    name, calls = "shelf", ["shelf", "get", "t5-mini"]

    def outcome(self, place):
        files = files_of(place / "home" / "shelf" / "t5-mini")
        assert files, "no result"
        return files


COMMANDS = [Train(), Resume(), ResumeDone(), Race(), Chain(), Export("hf"), Export("peft"), Export("gguf"), Shelf()]


def orphans(place):
    return [str(path.relative_to(place)) for path in place.rglob("*") if TEMPORARY.search(path.name)]


def one_case(bench, command, fault, expected):
    """Sentences on what went wrong, and whether temporary names were there before the recovery."""
    place = bench.folder / f"{command.name}-{fault[0]}-{fault[1]}"
    place.mkdir()
    wrong = []
    try:
        command.prepare(bench, place)
        status, _, errors = bench.run(command.line(bench, place), place, fault)
        if status == 0 and fault[0] != "kill":
            if command.outcome(place) != expected:
                wrong.append("said done, and the result differs")
        elif status < 0 and (fault[0] != "kill" or status != -signal.SIGKILL):
            wrong.append(f"crashed with signal {-status}")
        elif status > 0 and (not errors.strip() or "mistake" in errors):
            wrong.append("no clear error: " + errors.strip()[-200:])
        if command.name == "resume-done" and not (place / "run/adapter/adapter_model.safetensors").exists():
            wrong.append("the result of a finished run is gone")
        left = bool(orphans(place))
        status, _, errors = command.recover(bench, place)
        if status != 0:
            wrong.append("cannot be taken up: " + errors.strip()[-200:])
        elif command.outcome(place) != expected:
            wrong.append("the result differs")
        if orphans(place):
            wrong.append("left behind: " + ", ".join(orphans(place)))
    except (AssertionError, OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
        wrong.append(f"{type(error).__name__}: {error}")
        left = False
    if not wrong:
        shutil.rmtree(place)
    return [f"{command.name} {fault[0]} {fault[1]}: {text}" for text in wrong], left


def spread(count, most):
    """At most MOST of the numbers 1..COUNT, evenly; the last calls are the ones that publish."""
    if most >= count:
        return list(range(1, count + 1))
    return sorted({1 + round(i * (count - 1) / max(1, most - 1)) for i in range(most)})


def undisturbed(bench, command):
    """(number of calls, outcome)."""
    place = bench.folder / command.name
    place.mkdir()
    command.prepare(bench, place)
    count = bench.folder / (command.name + ".count")
    status, _, errors = bench.run(command.line(bench, place), place, count=count)
    assert status == 0, f"{command.name} fails undisturbed: {errors}"
    return int(count.read_text()), command.outcome(place)


def make_interrupted(bench, calls):
    """A run that was killed between its two checkpoints."""
    for call in range(calls // 3, calls):
        place = bench.folder / f"kill-{call}"
        place.mkdir()
        bench.run(Train().line(bench, place), place, ("kill", call))
        steps = {path.name for path in (place / "run" / "checkpoints").glob("step-?")}
        if steps == {"step-2"}:
            shutil.move(place / "run", bench.folder / "interrupted")
            return
        shutil.rmtree(place)
    raise AssertionError("the run has no moment between its checkpoints")


def two_writers(bench, rounds):
    """While one process trains, all others are refused; when it is killed the next one takes over."""
    place = bench.folder / "writers"
    place.mkdir()
    run = str(place / "run")
    endless = ["train", str(bench.folder / "recipe.yaml"), "train.max_steps=1000000", "train.eval_every=0",
               "train.save_every=20", "--out", run, "--json"]
    wrong = []
    with subprocess.Popen([bench.program, *endless], env=bench.environment, stdout=subprocess.DEVNULL) as writer:
        try:
            until = time.monotonic() + 60
            while not list((place / "run" / "checkpoints").glob("step-*0")) and time.monotonic() < until:
                time.sleep(0.05)
            for number in range(rounds):
                line = [["resume", run], endless[:-1]][number % 2]
                status, _, errors = bench.run(line, place)
                if status not in (1, 2) or f"trained by process {writer.pid}" not in errors:
                    wrong.append(f"a second writer: exit {status}, {errors.strip()[-200:]}")
            status, _, errors = bench.run(["export", run, "--to", "peft", "--out", str(place / "out")], place)
            if status != 2:
                wrong.append(f"a reader beside a writer: exit {status}, {errors.strip()[-200:]}")
        finally:
            writer.kill()
    with subprocess.Popen([bench.program, "resume", run, "--json"], env=bench.environment, stdout=subprocess.PIPE,
                          text=True) as heir:
        for line in heir.stdout:
            if json.loads(line)["event"] == "step":
                heir.send_signal(signal.SIGINT)
                break
        heir.stdout.read()
    if heir.returncode != 3:
        wrong.append(f"after kill -9 the next one ends with {heir.returncode}")
    stages = [{"name": "only", "recipe": endless[1], "set": {"train.max_steps": 1000000, "train.eval_every": 0}}]
    (place / "endless.yaml").write_text(json.dumps({"lathe": 1, "project": "endless", "stages": stages}))
    for folder, line in (("race", ["race", *endless[1:4], "--over", "method.rank=1,2", "--out", str(place / "race")]),
                         ("chain", ["chain", str(place / "endless.yaml"), "--out", str(place / "chain")])):
        line += ["--json"]
        with subprocess.Popen([bench.program, *line], env=bench.environment, stdout=subprocess.PIPE) as owner:
            owner.stdout.readline()
            status, _, errors = bench.run(line[:-1], place)
            owner.kill()
        if status != 2 or "is being" not in errors:
            wrong.append(f"a second {folder}: exit {status}, {errors.strip()[-200:]}")
    return wrong


# Points of each command in the long form; a race and a chain are several runs each.
KILLS = {"train": 110, "resume": 90, "resume-done": 40, "race": 45, "chain": 45, "export-hf": 70, "export-peft": 45,
         "export-gguf": 55, "shelf": 80}
OTHER_FAULTS = {"enospc": 14, "short": 10, "emfile": 10, "erofs": 6}


def plan(name, long):
    """(kind, most) of the points for a command."""
    if not long:
        return [("kill", 3), ("eio", 2), ("short", 1)]
    return [("kill", KILLS[name]), ("eio", KILLS[name]), *OTHER_FAULTS.items()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program")
    parser.add_argument("library")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=600)
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lathe-faults-"))
    bench = Bench(arguments.program, arguments.library, folder)
    calls, expected = {}, {}
    for command in COMMANDS:
        calls[command.name], expected[command.name] = undisturbed(bench, command)
        if command.name == "train":
            make_interrupted(bench, calls["train"])
    assert expected["resume"] == expected["train"], "resumed is not as whole"
    wrong, tasks = two_writers(bench, 20 if arguments.long else 4), []
    for command in COMMANDS:
        for kind, most in plan(command.name, arguments.long):
            if arguments.only in command.name:
                tasks += [(command, (kind, call)) for call in spread(calls[command.name], most)]
    random.Random(1).shuffle(tasks)  # so that what a limit of time leaves out is spread, too
    until = time.monotonic() + 60 * arguments.minutes

    def case(task):
        return one_case(bench, *task, expected[task[0].name]) if time.monotonic() < until else None

    table = {command.name: {"kills": 0, "faults": 0, "orphans": 0, "wrong": 0} for command in COMMANDS}
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for (command, fault), result in zip(tasks, pool.map(case, tasks)):
            if result is None:
                continue
            found, left = result
            row = table[command.name]
            row["kills" if fault[0] == "kill" else "faults"] += 1
            row["orphans"] += left
            row["wrong"] += bool(found)
            wrong += found
            print(*found, sep="\n", end="\n" if found else "", flush=True)
    print(f"{'command':12} {'calls':>5} {'kills':>5} {'faults':>6} {'wrong':>5}  left something before the next start")
    for name, row in table.items():
        print(f"{name:12} {calls[name]:5} {row['kills']:5} {row['faults']:6} {row['wrong']:5}  {row['orphans']}")
    kills, faults = (sum(row[key] for row in table.values()) for key in ("kills", "faults"))
    print(f"{kills} kills, {faults} faults, {len(wrong)} wrong")
    print(*wrong, sep="\n")
    if wrong:
        print("kept:", folder)
        return 1
    shutil.rmtree(folder)
    return 0


sys.exit(main())
