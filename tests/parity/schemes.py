# SPDX-License-Identifier: GPL-3.0-or-later
"""Entities of random tags, the impossible ones among them, in every scheme: precision, recall, F1 and support of each
kind and over all as seqeval's default mode gives them. It knows no BILOU, which is IOBES in other letters, and of tags
without a prefix it takes the first letter for one."""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

from reference import ROOT, SKIPPED

try:
    from seqeval.metrics.sequence_labeling import precision_recall_fscore_support
except ImportError:
    print("skipped: no seqeval (packaging/test.sh installs it)")
    sys.exit(SKIPPED)

TOOL = os.environ.get("LATHE_ENTITIES", str(ROOT / "build/release/tests/parity/parity_entities"))
KINDS = ["PER", "LOC", "MISC", "A-B"]
SCHEMES = {  # prefixes, and what seqeval is given in their place
    "BIO": ("BI", {}),
    "IOBES": ("BIES", {}),
    "BILOU": ("BILU", {"L": "E", "U": "S"}),
    "bare": ("", {}),
}
SENTENCES, WORDS, CHANGED = 400, 12, 0.3


def tag_for(scheme, place, length, touches):
    """The prefix of a word in an entity of `length` words."""
    if scheme == "IOB1":
        return "B" if place == 0 and touches else "I"
    if scheme in ("IOBES", "BILOU"):
        single, end = ("S", "E") if scheme == "IOBES" else ("U", "L")
        return single if length == 1 else "B" if place == 0 else end if place == length - 1 else "I"
    return "B" if place == 0 else "I"


def sentence(scheme, kinds):
    tags, before = [], None
    while len(tags) < WORDS:
        kind = random.choice([None, *kinds])
        length = random.randint(1, 3)
        for place in range(length):
            if kind is None or scheme == "bare":
                tags.append(kind or "O")
            else:
                tags.append(tag_for(scheme, place, length, before == kind) + "-" + kind)
        before = kind
    return tags


def judged(rows, labels, work):
    job = work / "job.json"
    job.write_text(json.dumps({"labels": labels, "rows": [{"wanted": w, "given": g} for w, g in rows]}))
    return json.loads(subprocess.run([TOOL, job], check=True, capture_output=True, text=True).stdout)


def compare(scheme, work):
    prefixes, renamed = SCHEMES.get(scheme, ("BI", {}))
    kinds = KINDS[:3] if scheme == "bare" else KINDS
    labels = ["O", *(f"{prefix}-{kind}" for prefix in prefixes for kind in kinds)] if prefixes else ["O", *kinds]
    rows = []
    for _ in range(SENTENCES):
        wanted = sentence(scheme, kinds)
        rows.append((wanted, [random.choice(labels) if random.random() < CHANGED else tag for tag in wanted]))
    ours = judged(rows, labels, work)
    wanted, given = ([[renamed.get(tag[0], tag[0]) + tag[1:] for tag in row[side]] for row in rows] for side in (0, 1))
    names = sorted(kind[1:] if scheme == "bare" else kind for kind in kinds)
    theirs = precision_recall_fscore_support(wanted, given, average=None)
    for name, *scores in zip(names, *theirs):
        kind = next(kind for kind in kinds if name == (kind[1:] if scheme == "bare" else kind))
        assert all(abs(a - b) < 1e-12 for a, b in zip(ours["kinds"][kind], scores)), (scheme, kind, ours, scores)
    micro = precision_recall_fscore_support(wanted, given, average="micro")
    for name, value in zip(["precision", "recall", "f1"], micro):
        assert abs(ours["metrics"][name] - value) < 1e-12, (scheme, name, ours["metrics"][name], value)
    assert len(ours["kinds"]) == len(kinds), ours["kinds"]
    print(f"{scheme}: {sum(map(int, theirs[3]))} entities, F1 {micro[2]:.4f} on both sides")


def main():
    warnings.simplefilter("ignore")
    random.seed(7)
    with tempfile.TemporaryDirectory() as folder:
        for scheme in [*SCHEMES, "IOB1"]:
            compare(scheme, pathlib.Path(folder))


main()
