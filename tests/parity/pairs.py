# SPDX-License-Identifier: GPL-3.0-or-later
"""Learning from pairs of answers against TRL: the tokens of prompt and answers, the losses of 20 steps of its DPOTrainer
and RewardTrainer on small models with random weights, and what they measure. Label smoothing and KTO for pairs, which
TRL's DPOTrainer does not have, against their published formulas in plain torch."""
import copy
import json
import pathlib
import sys
import tempfile

import torch
import torch.nn.functional as F

try:
    from datasets import Dataset, disable_progress_bars
    from trl import DPOConfig, DPOTrainer, RewardConfig, RewardTrainer
except ImportError as reason:
    print(f"skipped: no TRL ({reason})")
    sys.exit(77)
from peft import PeftModel
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

from reference import byte_level_tokenizer, check, lathe, shaken, text_lines

disable_progress_bars()

VOCABULARY = 400
STEPS = 20
RATE = 2e-3
CONFIG = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
              num_key_value_heads=2, max_position_embeddings=256, pad_token_id=0, bos_token_id=0, eos_token_id=0)
RECIPE = """
lathe: 1
name: small
task: {task}
base: {base}
data: {{train: {data}, validation: {data}, max_length: 128, template: plain}}
method: full
objective: {objective}
train: {{max_steps: {steps}, batch_size: 64, learning_rate: {rate}, schedule: constant, warmup_steps: 0,
        weight_decay: 0, max_grad_norm: 1.0, eval_every: 0, save_every: 0, log_every: 1}}
"""
COMMON = dict(per_device_train_batch_size=64, max_steps=STEPS, learning_rate=RATE, lr_scheduler_type="constant",
              logging_steps=1, gradient_checkpointing=False, bf16=False, use_cpu=True, report_to=[], save_strategy="no",
              weight_decay=0.0, max_grad_norm=1.0, optim="adamw_torch", dataloader_pin_memory=False, max_length=128,
              disable_tqdm=True, log_level="error")
PAIRS = [("How are you?", "Well, thank you.", "no"), ("Name a tree", "An oak", "Trees are many, and many are trees."),
         ("2 + 2", "4", "5"), ("Say it in one word", "Now", "At the present moment in time"),
         ("naïve 中文", "是的", "不知道 12"), ("  What now?", "Go on", "Stop"), ("Why", "Because it rained.", "Because."),
         ("Rhyme on light", "night", "lamp")]
# What TRL logs under another name.
METRICS = {"rewards/accuracies": "reward_accuracy", "rewards/chosen": "chosen_reward",
           "rewards/rejected": "rejected_reward", "rewards/margins": "reward_margin"}


def ours(folder, task, base, data, objective):
    """The losses of our steps, and the last evaluation."""
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE.format(task=task, base=base, data=data, objective=json.dumps(objective), steps=STEPS,
                                    rate=RATE))
    run = tempfile.mkdtemp(dir=folder)
    events = lathe("train", recipe, "--out", run, "--threads", 1)
    losses = [event["loss"] for event in events if event["event"] == "step"]
    evals = [event for event in events if event["event"] == "eval"]
    return recipe, losses, evals


def compare_losses(name, mine, theirs, limit):
    assert len(mine) == len(theirs) == STEPS, f"{len(mine)} and {len(theirs)} steps"
    assert theirs[-1] < theirs[0] - 0.05, "the reference does not learn"
    print(f"{name}: {STEPS} steps, {theirs[0]:.4f} -> {theirs[-1]:.4f}")
    check(f"{name}: losses of {STEPS} steps", max(abs(a - b) for a, b in zip(mine, theirs)), limit)


def compare_tokens(recipe, tokenizer):
    rows = [row for row in lathe("preview", recipe, "--rows", len(PAIRS)) if "row" in row]
    by_ids = {}
    for prompt, chosen, rejected in PAIRS:
        start = len(tokenizer(prompt + "\n")["input_ids"])
        sides = [tokenizer(prompt + "\n" + answer + tokenizer.eos_token)["input_ids"] for answer in (chosen, rejected)]
        by_ids[tuple(sides[0])] = (start, sides)
    for row in rows:
        start, (chosen, rejected) = by_ids[tuple(row["ids"])]
        assert row["rejected"]["ids"] == rejected, "the worse answer's tokens differ"
        for side, ids in ((row, chosen), (row["rejected"], rejected)):
            assert side["trained"] == [0] * start + [1] * (len(ids) - start), "the answer begins elsewhere"
    print(f"tokens: {len(rows)} pairs equal")


def history(trainer, key="loss"):
    return [entry[key] for entry in trainer.state.log_history if key in entry]


def exactly(trainer):
    """The trainer's losses before they are rounded for its log."""
    kept, compute = [], trainer.compute_loss

    def keep(*arguments, **named):
        result = compute(*arguments, **named)
        kept.append((result[0] if isinstance(result, tuple) else result).item())
        return result

    trainer.compute_loss = keep
    trainer.train()
    return kept


def dpo(folder, model, tokenizer, base, data):
    rows = Dataset.from_list([{"prompt": p + "\n", "chosen": c, "rejected": r} for p, c, r in PAIRS])
    for loss in ("sigmoid", "hinge", "ipo"):
        recipe, mine, evals = ours(folder, "preference", base, data, {"loss": loss, "beta": 0.3})
        if loss == "sigmoid":
            compare_tokens(recipe, tokenizer)
        settings = DPOConfig(output_dir=str(folder / "trl"), loss_type=[loss], beta=0.3, **COMMON)
        trainer = DPOTrainer(model=copy.deepcopy(model), ref_model=copy.deepcopy(model), args=settings,
                             train_dataset=rows, processing_class=tokenizer)
        compare_losses(f"DPOTrainer, {loss}", mine, exactly(trainer), 1e-4)
        logged = trainer.state.log_history[STEPS - 1]
        # Theirs are of the last step's batch before that step: one step of ours behind.
        one_less = evaluated_before_last(folder, recipe)
        for theirs, name in METRICS.items():
            check(f"DPOTrainer, {loss}: {name}", abs(logged[theirs] - one_less[name]), 1e-3)


def evaluated_before_last(folder, recipe):
    events = lathe("train", recipe, f"train.max_steps={STEPS - 1}", "--out", tempfile.mkdtemp(dir=folder), "--threads", 1)
    return [event for event in events if event["event"] == "eval"][-1]["metrics"]


def by_formula(folder, model, tokenizer, base, data):
    """What TRL lacks: conservative DPO, and KTO with each half of the pairs as the other's baseline."""
    def smoothed(lead, chosen, rejected, beta):
        return -0.9 * F.logsigmoid(beta * lead) - 0.1 * F.logsigmoid(-beta * lead)

    def kto(lead, chosen, rejected, beta):
        z, other = chosen.mean().clamp(min=0).detach(), rejected.mean().clamp(min=0).detach()
        return torch.cat([1 - F.sigmoid(beta * (chosen - other)), 1 - F.sigmoid(beta * (z - rejected))])

    sides = [[tokenizer(p + "\n" + answer + tokenizer.eos_token)["input_ids"] for p, *answers in PAIRS
              for answer in [answers[which]]] for which in (0, 1)]
    starts = [len(tokenizer(p + "\n")["input_ids"]) for p, _, _ in PAIRS]

    def log_probabilities(of):
        sums = []
        for ids, start in zip(sides[0] + sides[1], starts + starts):
            logits = of(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
            sums.append(logits.gather(1, torch.tensor(ids[1:]).unsqueeze(1)).squeeze(1)[start - 1:].sum())
        return torch.stack(sums)

    for name, objective, loss_of in (("label smoothing", {"label_smoothing": 0.1, "beta": 0.3}, smoothed),
                                     ("kto", {"loss": "kto", "beta": 0.3}, kto)):
        _, mine, _ = ours(folder, "preference", base, data, objective)
        tuned = copy.deepcopy(model).train()
        optimizer = torch.optim.AdamW(tuned.parameters(), lr=RATE, weight_decay=0)
        with torch.no_grad():
            reference = log_probabilities(model.eval())
        theirs = []
        for _ in range(STEPS):
            chosen, rejected = (log_probabilities(tuned) - reference).chunk(2)
            loss = loss_of(chosen - rejected, chosen, rejected, 0.3).mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(tuned.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            theirs.append(loss.item())
        compare_losses(f"plain torch, {name}", mine, theirs, 1e-4)


def rewards(folder, tokenizer, work):
    # transformers looks for a text's last token by its id: one that ends texts must not fill them up as well.
    tokenizer.add_special_tokens({"pad_token": "<|pad|>"})
    torch.manual_seed(1)
    sizes = {**CONFIG, "vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    model = shaken(LlamaForSequenceClassification(LlamaConfig(**sizes, num_labels=1)))
    base = work / "judge"
    model.save_pretrained(base)
    tokenizer.save_pretrained(base)
    for margins, centering in ((False, 0.0), (True, 0.01)):
        table, rows = [], []
        for i, (prompt, chosen, rejected) in enumerate(PAIRS):
            margin = {"margin": i / 10} if margins else {}
            table.append(json.dumps({"prompt": prompt, "chosen": chosen, "rejected": rejected, **margin}))
            rows.append({"prompt": prompt + "\n", "chosen": chosen, "rejected": rejected, **margin})
        data = work / f"rewards-{margins}.jsonl"
        data.write_text("\n".join(table))
        _, mine, _ = ours(folder, "reward_model", base, data, {"center_rewards_coefficient": centering})
        settings = RewardConfig(output_dir=str(folder / "trl"), center_rewards_coefficient=centering or None, **COMMON)
        trainer = RewardTrainer(model=copy.deepcopy(model), args=settings, train_dataset=Dataset.from_list(rows),
                                processing_class=tokenizer)
        compare_losses("RewardTrainer" + (", margins and centring" if margins else ""), mine, exactly(trainer), 1e-4)
    answer = lathe("score", base, "--prompt", PAIRS[0][0], "--completion", PAIRS[0][1])[0]["reward"]
    ids = tokenizer(PAIRS[0][0] + "\n" + PAIRS[0][1] + tokenizer.eos_token)["input_ids"]
    with torch.no_grad():
        check("score: the reward", abs(answer - model.eval()(torch.tensor([ids])).logits.item()), 1e-5)


def adapter_in_peft(folder, tokenizer, base, data):
    """A reward model's adapter brings its head along: PEFT scores with it as we do."""
    recipe, _, _ = ours(folder, "reward_model", base, data, {})
    run = tempfile.mkdtemp(dir=folder)
    lathe("train", recipe, "method=lora", "method.rank=4", "train.max_steps=5", "--out", run, "--threads", 1)
    model = LlamaForSequenceClassification.from_pretrained(base, num_labels=1, pad_token_id=None)
    tuned = PeftModel.from_pretrained(model, f"{run}/adapter").eval()
    largest = 0
    for prompt, chosen, _ in PAIRS:
        ids = tokenizer(prompt + "\n" + chosen + tokenizer.eos_token)["input_ids"]
        with torch.no_grad():
            theirs = tuned(torch.tensor([ids])).logits.item()
        mine = lathe("score", run, "--prompt", prompt, "--completion", chosen)[0]["reward"]
        largest = max(largest, abs(mine - theirs))
    check("a reward model's adapter in PEFT", largest, 1e-4)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        work = pathlib.Path(temporary)
        tokenizer = byte_level_tokenizer(text_lines(), VOCABULARY)
        torch.manual_seed(0)
        model = shaken(LlamaForCausalLM(LlamaConfig(**CONFIG, tie_word_embeddings=True)))
        base = work / "base"
        model.save_pretrained(base)
        tokenizer.save_pretrained(base)
        data = work / "pairs.jsonl"
        data.write_text("\n".join(json.dumps({"prompt": p, "chosen": c, "rejected": r}) for p, c, r in PAIRS))
        dpo(work, model, tokenizer, base, data)
        by_formula(work, model, tokenizer, base, data)
        adapter_in_peft(work, tokenizer, base, data)
        rewards(work, tokenizer, work)


if __name__ == "__main__":
    main()
