# SPDX-License-Identifier: GPL-3.0-or-later
"""MiniLM on the Spanish names of CoNLL-2002: LoRA with the same settings in PEFT and here ends within two points of F1
over whole names. 500 steps on both sides, so the test suite leaves it out: run it by hand."""
import pathlib
import tempfile

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForTokenClassification, AutoTokenizer, get_linear_schedule_with_warmup

from reference import check, lathe, need_data, shelf_path

STEPS, BATCH, LENGTH, RATE, WARMUP = 500, 16, 128, 2e-3, 20

RECIPE = """
lathe: 1
name: conll
task: token_classification
base: {base}
data: {{train: {train}, validation: {dev}, format: conll, max_length: {length}}}
method: {{name: lora, rank: 8, alpha: 16, target_modules: [query, value]}}
train: {{max_steps: {steps}, batch_size: {batch}, learning_rate: {rate}, schedule: linear, warmup_steps: {warmup},
        eval_every: 0, save_every: 0}}
"""


def sentences(path):
    blocks = path.read_text(encoding="utf-8").strip().split("\n\n")
    rows = [[line.split() for line in block.splitlines()] for block in blocks]
    return [([row[0] for row in block], [row[-1] for row in block]) for block in rows]


class Encoder:
    """Only the first piece of a word is learnt and asked, as here."""

    def __init__(self, tokenizer, tags):
        self.tokenizer, self.tags = tokenizer, tags

    def __call__(self, rows):
        batch = self.tokenizer([words for words, _ in rows], is_split_into_words=True, truncation=True,
                               max_length=LENGTH, padding=True, return_tensors="pt")
        labels = torch.full(batch["input_ids"].shape, -100)
        for row, (_, tags) in enumerate(rows):
            before = None
            for place, word in enumerate(batch.word_ids(row)):
                if word is not None and word != before:
                    labels[row, place] = self.tags.index(tags[word])
                before = word
        return batch, labels


def names_in(tags):
    """(begin, end, kind) of each name; an I- that goes on with nothing begins one, as conlleval has it."""
    found, begin = set(), None
    for place, tag in enumerate([*tags, "O"]):
        goes_on = tag.startswith("I-") and begin is not None and tags[begin][2:] == tag[2:]
        if begin is not None and not goes_on:
            found.add((begin, place, tags[begin][2:]))
            begin = None
        if begin is None and tag != "O":
            begin = place
    return found


def f1_of(model, encode, rows):
    model.eval()
    right, named, guessed = 0, 0, 0
    with torch.no_grad():
        for start in range(0, len(rows), 64):
            batch, labels = encode(rows[start:start + 64])
            chosen = model(**batch).logits.argmax(-1)
            for answer, label in zip(chosen, labels):
                asked = label != -100
                truth, guess = (names_in([encode.tags[i] for i in ids[asked]]) for ids in (label, answer))
                right, named, guessed = right + len(truth & guess), named + len(truth), guessed + len(guess)
    return 2 * right / max(1, named + guessed)


def peft_f1(base, train, dev):
    torch.manual_seed(42)
    tags = sorted({tag for _, named in train for tag in named})
    encode = Encoder(AutoTokenizer.from_pretrained(base), tags)
    model = AutoModelForTokenClassification.from_pretrained(base, dtype=torch.float32, num_labels=len(tags))
    model = get_peft_model(model, LoraConfig(r=8, lora_alpha=16, target_modules=["query", "value"], task_type="TOKEN_CLS"))
    order = torch.randperm(len(train))
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.0)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
    model.train()
    for step in range(STEPS):
        batch, labels = encode([train[i] for i in order[step * BATCH:(step + 1) * BATCH]])
        model(**batch, labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return f1_of(model, encode, dev), sum(p.numel() for p in trained)


def main():
    base = shelf_path("minilm-l6")
    train, dev = need_data("conll2002/esp.train"), need_data("conll2002/esp.testa")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        recipe = work / "conll.yaml"
        recipe.write_text(RECIPE.format(base=base, train=train, dev=dev, length=LENGTH, steps=STEPS, batch=BATCH,
                                        rate=RATE, warmup=WARMUP))
        events = lathe("train", recipe, "--out", work / "run")
    scores = [event["metrics"]["f1"] for event in events if event["event"] == "eval"]
    trainable = next(event for event in events if event["event"] == "parameters")["trainable"]
    theirs, their_trainable = peft_f1(base, sentences(train), sentences(dev))
    print(f"F1 before {scores[0]:.3f}, after: Lathe {scores[-1]:.4f} in {events[-1]['seconds']:.0f} s, PEFT {theirs:.4f}")
    assert trainable == their_trainable, f"{trainable} trained parameters against PEFT's {their_trainable}"
    check("difference in F1", abs(scores[-1] - theirs), 0.02)


main()
