# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain text of others: the perplexity of held-out text falls, for MiniLM that guesses hidden words of Wikipedia and for
SmolLM2 that goes on with inaugural speeches, both by LoRA."""
import pathlib
import tempfile

from reference import lathe, need_data, shelf_path

MASKED = """
lathe: 1
name: wikipedia
task: masked_language_modeling
base: {base}
data: {{train: {train}, validation: 0.1, max_length: 128, limit: 2000}}
method: {{name: lora, rank: 8, alpha: 16, target_modules: all-linear}}
train: {{max_steps: 100, batch_size: 16, learning_rate: 2.0e-3, schedule: linear, warmup_steps: 10, eval_every: 0,
        save_every: 0}}
"""
SPEECHES = """
lathe: 1
name: inaugural
task: language_modeling
base: {base}
data: {{train: {train}, validation: {held_out}, max_length: 256}}
method: {{name: lora, rank: 8, alpha: 16, target_modules: all-linear}}
train: {{max_steps: 30, batch_size: 4, learning_rate: 5.0e-4, schedule: linear, warmup_steps: 3, eval_every: 0,
        save_every: 0}}
"""


def perplexities(work, name, recipe):
    (work / f"{name}.yaml").write_text(recipe)
    events = lathe("train", work / f"{name}.yaml", "--out", work / name)
    values = [event["metrics"]["perplexity"] for event in events if event["event"] == "eval"]
    print(f"{name}: perplexity before {values[0]:.4g}, after {values[-1]:.4g}; {events[-1]['seconds']:.0f} s")
    assert values[-1] < values[0]


def main():
    bert, smollm2 = shelf_path("minilm-l6"), shelf_path("smollm2-135m-instruct")
    wikipedia, speeches = need_data("text/wiki_demo.txt"), sorted(need_data("text/inaugural").glob("*.txt"))
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        perplexities(work, "wikipedia", MASKED.format(base=bert, train=wikipedia))
        train, held_out = work / "train.txt", work / "held_out.txt"
        for file, part in ((train, speeches[:-4]), (held_out, speeches[-4:])):
            file.write_text("\n\n".join(speech.read_text(encoding="utf-8", errors="replace") for speech in part))
        perplexities(work, "inaugural", SPEECHES.format(base=smollm2, train=train, held_out=held_out))


main()
