# SPDX-License-Identifier: GPL-3.0-or-later
"""The decoders against transformers and PEFT, on small models with random weights: logits, adapters and merged
models in both directions, and 20 steps of training."""
import pathlib
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (AutoModelForCausalLM, Gemma2Config, Gemma3TextConfig, GemmaConfig, GPT2Config, LlamaConfig,
                          MistralConfig, Phi3Config, Qwen2Config, Qwen3Config)

from reference import (FULL, adamw, byte_level_tokenizer, check, compare_curves, compare_gradients,
                       largest_difference, lathe, padded, shaken, text_lines)

SIZES = dict(vocab_size=400, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=256, bos_token_id=0, eos_token_id=0, pad_token_id=0)
LLAMA3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=64)
LONG = dict(rope_type="longrope", rope_theta=1e4, short_factor=[1.0 + 0.1 * i for i in range(8)],
            long_factor=[1.0 + 0.7 * i for i in range(8)])
FAMILIES = {
    "llama": LlamaConfig(**SIZES, tie_word_embeddings=True),
    "llama with biases and llama3 rotation": LlamaConfig(**SIZES, attention_bias=True, mlp_bias=True,
                                                         rope_parameters=LLAMA3),
    "llama with linear rotation": LlamaConfig(**SIZES, rope_parameters=dict(rope_type="linear", rope_theta=10000.0,
                                                                            factor=4.0)),
    "llama with dynamic rotation": LlamaConfig(**{**SIZES, "max_position_embeddings": 40}, rope_parameters=dict(
        rope_type="dynamic", rope_theta=10000.0, factor=4.0)),
    "llama with yarn rotation": LlamaConfig(**SIZES, rope_parameters=dict(
        rope_type="yarn", rope_theta=10000.0, factor=4.0, original_max_position_embeddings=64)),
    "mistral": MistralConfig(**SIZES, sliding_window=None),
    "mistral with a window": MistralConfig(**SIZES, sliding_window=20),
    "qwen2": Qwen2Config(**SIZES),
    "qwen3": Qwen3Config(**SIZES, head_dim=32, tie_word_embeddings=True),
    "qwen2 with a window in its last layer": Qwen2Config(**SIZES, use_sliding_window=True, sliding_window=20,
                                                         max_window_layers=2),
    "gemma": GemmaConfig(**SIZES, head_dim=32),
    "gemma2": Gemma2Config(**SIZES, head_dim=32, query_pre_attn_scalar=24, sliding_window=20),
    "gemma2 without caps": Gemma2Config(**SIZES, head_dim=32, final_logit_softcapping=None,
                                        attn_logit_softcapping=None),
    "gemma3": Gemma3TextConfig(**SIZES, head_dim=32, sliding_window=20, layer_types=[
        "sliding_attention", "full_attention", "sliding_attention"], rope_parameters={
            "full_attention": dict(rope_type="linear", rope_theta=1e6, factor=8.0),
            "sliding_attention": dict(rope_type="default", rope_theta=1e4)}),
    "gpt2": GPT2Config(vocab_size=400, n_embd=64, n_layer=3, n_head=4, n_positions=256, bos_token_id=0, eos_token_id=0,
                       scale_attn_by_inverse_layer_idx=True, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0),
    "phi3": Phi3Config(**SIZES),
    "phi3 with a window, part of each head turned": Phi3Config(
        **SIZES, sliding_window=20, rope_parameters=dict(rope_type="default", rope_theta=1e4,
                                                         partial_rotary_factor=0.5)),
    "phi3, long": Phi3Config(**SIZES, original_max_position_embeddings=32, rope_parameters=LONG),
    "phi3, long but short here": Phi3Config(**SIZES, original_max_position_embeddings=64, rope_parameters=LONG),
}
# One of each kind is enough for the test suite; LATHE_PARITY_FULL=1 asks for all.
SHORT = ["llama", "llama with biases and llama3 rotation", "llama with yarn rotation", "mistral with a window", "qwen3",
         "gemma2", "gemma3", "gpt2", "phi3, long"]
RECIPE = """
lathe: 1
name: small
task: language_modeling
base: {base}
data: {{train: {data}, validation: 0.2, max_length: 32}}
method: {{name: lora, rank: 4, alpha: 8, target_modules: all-linear}}
train: {{max_steps: 4, batch_size: 4, learning_rate: 1e-2, eval_every: 0, save_every: 0}}
"""

CURVE = """
lathe: 1
name: curve
task: language_modeling
base: {base}
data: {{train: {data}, max_length: 32}}
method: {{name: lora, rank: 4, alpha: 8}}
train: {{max_steps: 20, batch_size: 64, learning_rate: 5e-3, schedule: constant, warmup_steps: 0, weight_decay: 0,
        max_grad_norm: 1.0, eval_every: 0, save_every: 0, log_every: 1}}
"""


def logits_of(model, ids):
    with torch.no_grad():
        return model.eval()(input_ids=torch.tensor([ids])).logits[0]


def compare(name, config, tokenizer, lines, work):
    base = work / "base"
    model = shaken(AutoModelForCausalLM.from_config(config).float())
    model.save_pretrained(base)
    tokenizer.save_pretrained(base)

    ids = torch.randint(1, SIZES["vocab_size"], (48,)).tolist()
    text_ids = ",".join(map(str, ids))
    check(f"{name}: logits", largest_difference(lathe("logits", base, "--ids", text_ids, "--all"),
                                                logits_of(model, ids)), 1e-4)

    gradients(name, base, model, work)

    data = work / "lines.txt"
    data.write_text("\n".join(lines), encoding="utf-8")
    recipe = work / "small.yaml"
    recipe.write_text(RECIPE.format(base=base, data=data))
    lathe("train", recipe, "--out", work / "run")
    lathe("export", work / "run", "--to", "hf", "--out", work / "merged")
    merged = AutoModelForCausalLM.from_pretrained(work / "merged", dtype=torch.float32)
    trained = lathe("logits", work / "run", "--ids", text_ids, "--all")
    check(f"{name}: merged model in transformers", largest_difference(trained, logits_of(merged, ids)), 1e-4)
    assert largest_difference(trained, logits_of(model, ids)) > 1e-2, "training changed nothing"

    made = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM",
                                            init_lora_weights=False))
    made.save_pretrained(work / "peft")
    check(f"{name}: PEFT's adapter here",
          largest_difference(lathe("logits", base, "--adapter", work / "peft", "--ids", text_ids, "--all"),
                             logits_of(made, ids)), 1e-4)

    continued = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32),
                                          work / "run" / "adapter", is_trainable=True)
    check(f"{name}: our adapter in PEFT", largest_difference(trained, logits_of(continued, ids)), 1e-4)
    curve(name, continued, lines, work)


def gradients(name, base, model, work):
    """Of all weights, over rows of two lengths whose first third is a prompt."""
    rows = [torch.randint(1, SIZES["vocab_size"], (length,)).tolist() for length in (38, 27)]
    targets = [[-100] * (len(row) // 3) + row[len(row) // 3:] for row in rows]
    compare_gradients(name, base, model, "language_modeling", 0,
                      [{"ids": ids, "targets": wanted} for ids, wanted in zip(rows, targets)], work,
                      input_ids=padded(rows, 0), attention_mask=padded([[1] * len(row) for row in rows], 0),
                      labels=padded(targets, -100))


def curve(name, model, lines, work):
    """20 more steps of the run's adapter; every step sees all rows, so that both have the same order."""
    data = work / "few.txt"
    data.write_text("\n".join(lines)[:800], encoding="utf-8")
    recipe = work / "curve.yaml"
    recipe.write_text(CURVE.format(base=work / "run", data=data))
    rows = [row["ids"] for row in lathe("preview", recipe, "--rows", 64) if "ids" in row]
    assert 1 < len(rows) < 64, f"{len(rows)} rows are not one batch"
    ours = [event["loss"] for event in lathe("train", recipe, "--out", work / "curve") if event["event"] == "step"]

    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    labels = torch.full_like(ids, -100)
    for i, row in enumerate(rows):
        ids[i, :len(row)] = labels[i, :len(row)] = torch.tensor(row)
    compare_curves(name, ours, model, adamw(model, 5e-3), input_ids=ids, attention_mask=(labels >= 0).long(),
                   labels=labels)


def main():
    lines = [line for line in text_lines() if len(line) > 20][:200] or ["a line of text to read"] * 50
    tokenizer = byte_level_tokenizer(lines, SIZES["vocab_size"])
    for name in FAMILIES if FULL else SHORT:
        config = FAMILIES[name]
        with tempfile.TemporaryDirectory() as work:
            compare(name, config, tokenizer, lines, pathlib.Path(work))


main()
