# SPDX-License-Identifier: GPL-3.0-or-later
"""SmolLM2 works out sums for a reward, 60 updates of GRPO: the mean reward rises clearly and the model stays near the one
it began as. Minutes on two cores, so the test suite leaves it out: run it by hand."""
import pathlib
import statistics
import tempfile

from reference import ROOT, lathe, shelf_path

UPDATES, AROUND, MOST_KL = 60, 10, 2.0


def main():
    shelf_path("smollm2-135m-instruct")
    with tempfile.TemporaryDirectory() as folder:
        events = lathe("train", ROOT / "resources/recipes/reinforcement.yaml", f"train.max_steps={UPDATES}",
                       "--out", pathlib.Path(folder) / "run")
    rollouts = [event for event in events if event["event"] == "rollout"]
    assert len(rollouts) == UPDATES, len(rollouts)
    for place in range(0, UPDATES, AROUND):
        part = rollouts[place:place + AROUND]
        reward, kl, length = (statistics.mean(event[key] for event in part) for key in ("reward", "kl", "length"))
        print(f"updates {place + 1:2} to {place + len(part):2}: reward {reward:.3f}, KL {kl:.3f}, {length:.1f} tokens")
    first, last = (statistics.mean(event["reward"] for event in part) for part in (rollouts[:AROUND], rollouts[-AROUND:]))
    before, *_, after = (event["metrics"]["reward"] for event in events if event["event"] == "eval")
    print(f"held-out prompts: reward {before:.3f} before, {after:.3f} after; largest KL "
          f"{max(event['kl'] for event in rollouts):.3f}; {events[-1]['seconds']:.0f} s")
    assert last > first + 0.1 and after > before and max(event["kl"] for event in rollouts) < MOST_KL


main()
