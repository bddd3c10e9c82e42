# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels that are numbers, and several labels a text, against transformers: the losses of 20 steps, the exported
model's problem type, and what it says of a text."""
import json
import pathlib
import tempfile

import torch
from transformers import AutoModelForSequenceClassification, BertConfig

from reference import adamw, byte_level_tokenizer, check, compare_curves, lathe, shaken, text_lines

VOCABULARY = 400
NAMES = ["cold", "mild", "warm"]
CONFIG = dict(vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
              max_position_embeddings=130, pad_token_id=0, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
RECIPE = """
lathe: 1
name: labels
task: classification
base: {base}
data: {{train: {data}, columns: {{text: text, label: label}}, max_length: 32}}
objective: {{{switch}: true}}
method: full
train: {{max_steps: 20, batch_size: 64, learning_rate: 1e-3, schedule: constant, warmup_steps: 0,
        weight_decay: 0, max_grad_norm: 1.0, eval_every: 0, save_every: 0, log_every: 1}}
"""


def number(i):
    return 0.5 * (i % 5) - 1


def names(i):
    return [name for bit, name in enumerate(NAMES) if i >> bit & 1]


CASES = {
    # switch: problem type, what a row's label cell holds, what transformers is given for it
    "regression": ("regression", number, number),
    "multi_label": ("multi_label_classification", lambda i: names(i) if i % 2 else "|".join(names(i)),
                    lambda i: [float(name in names(i)) for name in NAMES]),
}


def compare(switch, tokenizer, lines, work):
    problem, cell, wanted = CASES[switch]
    base, data, recipe = work / "base", work / "rows.jsonl", work / "recipe.yaml"
    config = BertConfig(**CONFIG, problem_type=problem, num_labels=1 if switch == "regression" else len(NAMES))
    shaken(AutoModelForSequenceClassification.from_config(config).float()).save_pretrained(base)
    tokenizer.save_pretrained(base)
    rows = [{"text": line[:60 + 7 * i], "label": cell(i)} for i, line in enumerate(lines)]
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    recipe.write_text(RECIPE.format(base=base, data=data, switch=switch))
    ours = [event["loss"] for event in lathe("train", recipe, "--out", work / "run") if event["event"] == "step"]
    batch = tokenizer([row["text"] for row in rows], padding=True, truncation=True, max_length=32, return_tensors="pt")
    model = AutoModelForSequenceClassification.from_pretrained(base, dtype=torch.float32)
    compare_curves(switch, ours, model, adamw(model, 1e-3), least_fall=0.05, input_ids=batch["input_ids"],
                   attention_mask=batch["attention_mask"], labels=torch.tensor([wanted(i) for i in range(len(rows))]))

    lathe("export", work / "run", "--to", "hf", "--out", work / "out")
    exported = AutoModelForSequenceClassification.from_pretrained(work / "out", dtype=torch.float32).eval()
    assert exported.config.problem_type == problem, exported.config.problem_type
    text = lines[0][:60]
    with torch.no_grad():
        logits = exported(**tokenizer([text], return_tensors="pt")).logits[0]
    for target in [work / "run", work / "out"]:
        said = lathe("predict", target, "--text", text)[0]
        if switch == "regression":
            check("regression: the number", abs(said["value"] - logits.item()), 1e-4)
            continue
        shares = torch.tensor([said["probabilities"][name] for name in NAMES])
        check("multi_label: each label's probability", (shares - logits.sigmoid()).abs().max().item(), 1e-4)
        assert said["labels"] == [name for name, logit in zip(NAMES, logits) if logit > 0], said


def main():
    lines = [line for line in text_lines() if len(line) > 20][:200]
    tokenizer = byte_level_tokenizer(lines, VOCABULARY)
    for switch in CASES:
        with tempfile.TemporaryDirectory() as work:
            compare(switch, tokenizer, lines[:24], pathlib.Path(work))


main()
