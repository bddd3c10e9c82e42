# SPDX-License-Identifier: GPL-3.0-or-later
"""Reinforcement against TRL: the losses of 10 steps of GRPOTrainer's own loss on the same answers for each way to add
tokens up, with and without a ratio and a KL term, and its advantages; PPO's loss by its published formula in plain
torch, value head included."""
import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import torch

try:
    from datasets import Dataset, disable_progress_bars
    from trl import GRPOConfig, GRPOTrainer
except ImportError as reason:
    print(f"skipped: no TRL ({reason})")
    sys.exit(77)
from transformers import LlamaConfig, LlamaForCausalLM

from reference import ROOT, byte_level_tokenizer, check, shaken, text_lines

disable_progress_bars()

POLICY = os.environ.get("LATHE_POLICY", str(ROOT / "build/release/tests/parity/parity_policy"))
VOCABULARY = 400
CONFIG = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
              num_key_value_heads=2, max_position_embeddings=256, pad_token_id=0, bos_token_id=0, eos_token_id=0)
STEPS = 10
RATE = 3e-3
LONGEST = 12
PROMPTS = [[5, 9, 200], [17, 3, 44, 81, 6]]
REWARDS = [1.0, 0.0, 0.0, 1.0, 0.5, 0.0, 1.0, 0.0]  # four answers to each prompt


def make_answers():
    generator = torch.Generator().manual_seed(4)
    answers = []
    for i in range(len(REWARDS)):
        length = 3 + i * 5 % 9
        answers.append(torch.randint(1, VOCABULARY, (length,), generator=generator).tolist())
    return answers


def padded(rows, left):
    width = max(map(len, rows))
    fill = [[0] * (width - len(row)) for row in rows]
    ids = [f + row if left else row + f for f, row in zip(fill, rows)]
    mask = [[0] * len(f) + [1] * len(row) if left else [1] * len(row) + [0] * len(f) for f, row in zip(fill, rows)]
    return torch.tensor(ids), torch.tensor(mask)


def log_probabilities(model, prompts, answers, temperature):
    """One row at a time, nothing padded; the hidden states before the head beside them."""
    rows, states = [], []
    for prompt, answer in zip(prompts, answers):
        out = model(torch.tensor([prompt + answer]), output_hidden_states=True)
        odds = (out.logits[0] / temperature).log_softmax(-1)[len(prompt) - 1:-1]
        rows.append(odds.gather(1, torch.tensor(answer).unsqueeze(1)).squeeze(1))
        states.append(out.hidden_states[-1][0, len(prompt) - 1:-1])
    return rows, states


def ours(folder, base, settings, prompts, answers, advantages, **values):
    rows = []
    for i, (prompt, answer) in enumerate(zip(prompts, answers)):
        lead = advantages[i] if isinstance(advantages[i], list) else [advantages[i]] * len(answer)
        rows.append({"ids": prompt + answer, "prompt": len(prompt), "advantages": lead,
                     **{name: value[i].tolist() for name, value in values.items()}})
    job = folder / "job.json"
    job.write_text(json.dumps({"settings": settings, "steps": STEPS, "learning_rate": RATE, "answers": rows}))
    done = subprocess.run([POLICY, base, job], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def descend(model, loss_of, extra=()):
    parameters = list(model.parameters()) + list(extra)
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0)
    losses = []
    for _ in range(STEPS):
        loss = loss_of()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def compare(name, mine, theirs, tuned, prompts, answers, temperature):
    """Losses of each step, and how likely every token of the answers is at the end."""
    with torch.no_grad():
        odds = torch.cat(log_probabilities(tuned.eval(), prompts, answers, temperature)[0])
    check(f"{name}: losses of {STEPS} steps", max(abs(a - b) for a, b in zip(mine["losses"], theirs, strict=True)), 1e-4)
    check(f"{name}: log-probabilities at the end", (torch.tensor(mine["odds"]) - odds).abs().max().item(), 2e-3)


def grpo(folder, model, tokenizer, base, answers):
    prompts = [PROMPTS[i // 4] for i in range(len(answers))]
    rewards = torch.tensor(REWARDS).view(2, 4)
    advantages = ((rewards - rewards.mean(1, keepdim=True)) / (rewards.std(1, keepdim=True) + 1e-4)).flatten()
    started = copy.deepcopy(model).eval()
    other = shaken(copy.deepcopy(model), 0.02).eval()
    with torch.no_grad():
        sampled = log_probabilities(other, prompts, answers, 0.8)[0]
        reference = log_probabilities(started, prompts, answers, 0.8)[0]
    for loss in ("dapo", "grpo", "bnpo", "dr_grpo"):
        for beta, ratio in ((0.0, False), (0.1, True)):
            settings = {"algorithm": "grpo", "loss_type": loss, "temperature": 0.8, "kl_coefficient": beta,
                        "max_new_tokens": LONGEST, "iterations": 2 if ratio else 1}
            mine = ours(folder, base, settings, prompts, answers, advantages.tolist(), sampled=sampled,
                        reference=reference)
            config = GRPOConfig(output_dir=str(folder / "trl"), loss_type=loss, beta=beta, temperature=0.8, bf16=False,
                                num_generations=4, per_device_train_batch_size=8, max_completion_length=LONGEST,
                                use_cpu=True, report_to=[], gradient_checkpointing=False, disable_dropout=True,
                                steps_per_generation=1, use_bias_correction_kl=False, log_level="error")
            trainer = GRPOTrainer(model=LlamaForCausalLM.from_pretrained(base), reward_funcs=lambda completions, **_: [0.0] * len(completions),
                                  args=config, train_dataset=Dataset.from_list([{"prompt": "a"}] * 8),
                                  processing_class=tokenizer)
            trainer.current_gradient_accumulation_steps = 1
            trainer.model.train()
            inputs = dict(zip(("prompt_ids", "prompt_mask"), padded(prompts, True)))
            inputs.update(zip(("completion_ids", "completion_mask"), padded(answers, False)))
            inputs["advantages"] = advantages
            inputs["num_items_in_batch"] = inputs["completion_mask"].sum()
            fill = lambda rows: torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
            if ratio:
                inputs["old_per_token_logps"] = fill(sampled)
            if beta:
                inputs["ref_per_token_logps"] = fill(reference)
            theirs = descend(trainer.model, lambda: trainer._compute_loss(trainer.model, inputs))
            compare(f"GRPOTrainer, {loss}{', ratio and KL' if ratio else ''}", mine, theirs, trainer.model, prompts, answers,
                    0.8)


def ppo(folder, model, base, answers):
    """Ouyang et al. 2022 as TRL has it: clipped policy and value losses over all tokens, the values of a linear head."""
    prompts = [PROMPTS[i // 4] for i in range(len(answers))]
    generator = torch.Generator().manual_seed(7)
    draw = lambda: [torch.randn(len(answer), generator=generator) for answer in answers]
    advantages, returns = draw(), draw()
    values = [torch.zeros(len(answer)) for answer in answers]
    tuned = copy.deepcopy(model).eval()
    with torch.no_grad():
        sampled = log_probabilities(shaken(copy.deepcopy(model), 0.02).eval(), prompts, answers, 1.0)[0]
    mine = ours(folder, base, {"algorithm": "ppo", "vf_coef": 0.5}, prompts, answers,
                [row.tolist() for row in advantages], sampled=sampled, returns=returns, values=values)
    weight, bias = torch.zeros(CONFIG["hidden_size"], requires_grad=True), torch.zeros(1, requires_grad=True)

    def loss():
        rows, states = log_probabilities(tuned, prompts, answers, 1.0)
        ratio, lead, wanted = (torch.cat(rows) - torch.cat(sampled)).exp(), torch.cat(advantages), torch.cat(returns)
        policy = torch.max(-lead * ratio, -lead * ratio.clamp(0.8, 1.2)).mean()
        value = torch.cat(states) @ weight + bias
        old = torch.cat(values)
        near = torch.max(torch.min(value, old + 0.2), old - 0.2)
        return policy + 0.5 * 0.5 * torch.max((value - wanted) ** 2, (near - wanted) ** 2).mean()

    compare("plain torch, PPO", mine, descend(tuned, loss, (weight, bias)), tuned, prompts, answers, 1.0)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        tokenizer = byte_level_tokenizer(text_lines(), VOCABULARY)
        torch.manual_seed(0)
        model = shaken(LlamaForCausalLM(LlamaConfig(**CONFIG, tie_word_embeddings=True)))
        base = folder / "base"
        model.save_pretrained(base)
        tokenizer.save_pretrained(base)
        answers = make_answers()
        grpo(folder, model, tokenizer, base, answers)
        ppo(folder, model, base, answers)


if __name__ == "__main__":
    main()
