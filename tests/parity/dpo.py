# SPDX-License-Identifier: GPL-3.0-or-later
"""SmolLM2 on the preference pairs of others (DPO): of held-out pairs it prefers the better answer more often than not,
where it began without any preference. Minutes on two cores, so the test suite leaves it out: run it by hand."""
import pathlib
import tempfile

from reference import lathe, need_data, shelf_path

STEPS = 30

RECIPE = """
lathe: 1
name: dpo
task: preference
base: {base}
data: {{train: {data}, validation: 0.16, limit: 300, max_length: 192}}
objective: {{loss: sigmoid, beta: 0.1}}
method: {{name: lora, rank: 8, alpha: 16, target_modules: all-linear}}
train: {{max_steps: {steps}, batch_size: 4, learning_rate: 2.0e-4, schedule: linear, warmup_steps: 3, eval_every: 0,
        save_every: 0}}
"""


def main():
    base, data = shelf_path("smollm2-135m-instruct"), need_data("preference/dpo_en_demo.json")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        (work / "dpo.yaml").write_text(RECIPE.format(base=base, data=data, steps=STEPS))
        events = lathe("train", work / "dpo.yaml", "--out", work / "run")
    before, *_, after = ({"loss": event["loss"], **event["metrics"]} for event in events if event["event"] == "eval")
    for metric in ("loss", "reward_accuracy", "reward_margin"):
        print(f"held-out pairs, {metric}: before {before[metric]:.4f}, after {STEPS} steps {after[metric]:.4f}")
    print(f"{events[-1]['seconds']:.0f} s")
    assert before["reward_accuracy"] == 0.5 and after["reward_accuracy"] > 0.5


main()
