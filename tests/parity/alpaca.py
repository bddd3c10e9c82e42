# SPDX-License-Identifier: GPL-3.0-or-later
"""SmolLM2 on Alpaca: LoRA with the same settings in PEFT and here lowers the validation loss alike (2 %).

The full comparison takes 60 steps; the test suite takes fewer."""
import json
import pathlib
import tempfile
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import get_linear_schedule_with_warmup

from reference import FULL, check, kept, lathe, need_data, shelf_path, smollm2

STEPS = 60 if FULL else 8
BATCH, LENGTH, RATE, TRAIN, HELD = 4, 256, 2e-4, 900, 99
HELD_USED = HELD if FULL else 24

RECIPE = """
lathe: 1
name: alpaca
task: instruction
base: {base}
data: {{train: {train}, validation: {held}, max_length: {length}}}
method: {{name: lora, rank: 4, alpha: 8, target_modules: all-linear}}
train: {{max_steps: {steps}, batch_size: {batch}, learning_rate: {rate}, schedule: linear, warmup_steps: 0,
        eval_every: 0, save_every: 0}}
"""


def encode(tokenizer, row):
    """Ids and labels: the answer and its end of turn are learnt."""
    question = row["instruction"] + ("\n" + row["input"] if row["input"] else "")
    prompt = tokenizer.apply_chat_template([{"role": "user", "content": question}], add_generation_prompt=True,
                                           tokenize=False)
    start = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    ids = tokenizer(prompt + row["output"] + "<|im_end|>\n", add_special_tokens=False)["input_ids"]
    labels = [-100] * len(start) + ids[len(start):-1] + [-100]
    return ids[:LENGTH], labels[:LENGTH]


def collate(rows, pad):
    width = max(len(ids) for ids, _ in rows)
    return {
        "input_ids": torch.tensor([ids + [pad] * (width - len(ids)) for ids, _ in rows]),
        "attention_mask": torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in rows]),
        "labels": torch.tensor([labels + [-100] * (width - len(labels)) for _, labels in rows]),
    }


def validation_loss(model, rows, pad):
    total, count = 0.0, 0
    model.eval()
    with torch.no_grad():
        for start in range(0, len(rows), 4):
            batch = collate(rows[start:start + 4], pad)
            targets = (batch["labels"][:, 1:] != -100).sum().item()
            total += model(**batch).loss.item() * targets
            count += targets
    return total / count


def peft_losses(base, source):
    """The validation loss before and after STEPS steps, as PEFT trains."""
    _, model, tokenizer = smollm2(base)
    torch.manual_seed(42)
    pad = tokenizer.pad_token_id or 0
    rows = [encode(tokenizer, row) for row in json.loads(source.read_text(encoding="utf-8"))[:TRAIN + HELD_USED]]
    train = [row for row in rows[:TRAIN] if any(x != -100 for x in row[1])]
    held = [row for row in rows[TRAIN:] if any(x != -100 for x in row[1])]
    model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM"))
    before = validation_loss(model, held, pad)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.0)
    schedule = get_linear_schedule_with_warmup(optimizer, 0, STEPS)
    order = torch.randperm(len(train)).tolist()
    model.train()
    for step in range(STEPS):
        batch = collate([train[i] for i in order[step * BATCH:(step + 1) * BATCH]], pad)
        model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return before, validation_loss(model, held, pad)


def main():
    source = need_data("alpaca/alpaca_en_demo.json")
    rows = json.loads(source.read_text(encoding="utf-8"))
    base = shelf_path("smollm2-135m-instruct")
    work = pathlib.Path(tempfile.mkdtemp())
    (work / "train.json").write_text(json.dumps(rows[:TRAIN]))
    (work / "held.json").write_text(json.dumps(rows[TRAIN:TRAIN + HELD_USED]))
    recipe = work / "alpaca.yaml"
    recipe.write_text(RECIPE.format(base=base, train=work / "train.json", held=work / "held.json", length=LENGTH,
                                    steps=STEPS, batch=BATCH, rate=RATE))
    start = time.time()
    events = lathe("train", recipe, "--out", work / "run")
    ours = [e["loss"] for e in events if e["event"] == "eval"]
    print(f"{STEPS} steps: Lathe {ours[0]:.4f} -> {ours[-1]:.4f} in {time.time() - start:.0f} s")
    start = time.time()
    before, after = kept(peft_losses, base, source)
    print(f"PEFT {before:.4f} -> {after:.4f} in {time.time() - start:.0f} s")
    check("loss before, relative", abs(ours[0] - before) / before, 0.001)
    check("loss after, relative", abs(ours[-1] - after) / after, 0.02)


main()
