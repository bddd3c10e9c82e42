# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoders against transformers and PEFT, on small classifiers with random weights: logits, adapters and merged
models in both directions, and 20 steps of training."""
import json
import pathlib
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (AutoModelForMaskedLM, AutoModelForSequenceClassification, AutoModelForTokenClassification,
                          BertConfig, DistilBertConfig, ModernBertConfig, RobertaConfig)

from reference import (adamw, byte_level_tokenizer, check, compare_curves, compare_gradients, largest_difference,
                       lathe, padded, shaken, text_lines)

VOCABULARY = 400
LABELS = dict(id2label={0: "cold", 1: "mild", 2: "warm"}, label2id={"cold": 0, "mild": 1, "warm": 2})
SIZES = dict(vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
             max_position_embeddings=130, pad_token_id=0, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
             **LABELS)
MODERN = dict(vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=4, num_attention_heads=4,
              max_position_embeddings=130, pad_token_id=0, local_attention=16, global_attn_every_n_layers=3, **LABELS)
TARGETS = {"distilbert": ["q_lin", "v_lin", "lin1"], "modernbert": ["Wqkv", "Wi", "mlp.Wo"]}
FAMILIES = {
    "bert": BertConfig(**SIZES),
    "roberta": RobertaConfig(**SIZES, bos_token_id=0, eos_token_id=0, type_vocab_size=1),
    "modernbert": ModernBertConfig(**MODERN),
    "modernbert, mean of the tokens": ModernBertConfig(**MODERN, classifier_pooling="mean", norm_bias=True,
                                                       classifier_bias=True, mlp_bias=True, attention_bias=True),
    "distilbert": DistilBertConfig(vocab_size=VOCABULARY, dim=64, hidden_dim=96, n_layers=3, n_heads=4,
                                   max_position_embeddings=130, pad_token_id=0, dropout=0.0, attention_dropout=0.0,
                                   seq_classif_dropout=0.0, **LABELS),
}
RECIPE = """
lathe: 1
name: small
task: classification
base: {base}
data: {{train: {data}, columns: {{text: text, label: label}}, max_length: 32}}
method: {{name: lora, rank: 4, alpha: 8, target_modules: {targets}}}
train: {{max_steps: {steps}, batch_size: 64, learning_rate: 5e-3, schedule: constant, warmup_steps: 0,
        weight_decay: 0, max_grad_norm: 1.0, eval_every: 0, save_every: 0, log_every: 1}}
"""


def logits_of(model, ids):
    with torch.no_grad():
        return model.eval()(input_ids=torch.tensor([ids])).logits


def random_rows():
    return [torch.randint(1, VOCABULARY, (length,)).tolist() for length in (40, 27, 33)]


def gradients(name, base, model, task, labels, rows, targets, work):
    """`targets`: a label a row, or what stands at each of its positions."""
    words = isinstance(targets[0], list)
    key = "targets" if words else "label"
    compare_gradients(name, base, model, task, labels, [{"ids": ids, key: t} for ids, t in zip(rows, targets)], work,
                      input_ids=padded(rows, 0), attention_mask=padded([[1] * len(row) for row in rows], 0),
                      labels=padded(targets, -100) if words else torch.tensor(targets))


def compare_words(name, config, tokenizer, work):
    """The heads that look at each word: masked words and tags."""
    ids = torch.randint(1, VOCABULARY, (48,)).tolist()
    rows = random_rows()
    for kind, task, labels in [(AutoModelForMaskedLM, "masked_language_modeling", 0),
                               (AutoModelForTokenClassification, "token_classification", 3)]:
        head = kind.__name__.removeprefix("AutoModelFor")
        base = work / head
        model = shaken(kind.from_config(config).float())
        model.save_pretrained(base)
        tokenizer.save_pretrained(base)
        with torch.no_grad():
            logits = model.eval()(input_ids=torch.tensor([ids])).logits[0]
        ours = lathe("logits", base, "--ids", ",".join(map(str, ids)), "--all")
        check(f"{name}, {head}: logits", largest_difference(ours, logits), 1e-4)
        targets = [[t % (labels or VOCABULARY) if i % 3 == 1 else -100 for i, t in enumerate(reversed(row))]
                   for row in rows]
        gradients(f"{name}, {head}", base, model, task, labels, rows, targets, work)


def compare(name, config, tokenizer, rows, work):
    base = work / "base"
    model = shaken(AutoModelForSequenceClassification.from_config(config).float())
    model.save_pretrained(base)
    tokenizer.save_pretrained(base)

    ids = torch.randint(1, VOCABULARY, (48,)).tolist()
    text_ids = ",".join(map(str, ids))
    check(f"{name}: logits", largest_difference(lathe("logits", base, "--ids", text_ids), logits_of(model, ids)), 1e-4)

    gradients(name, base, model, "classification", 3, random_rows(), [2, 0, 1], work)

    data = work / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    targets = TARGETS.get(config.model_type, ["query", "value", "intermediate.dense"])
    recipe = work / "small.yaml"
    recipe.write_text(RECIPE.format(base=base, data=data, steps=3, targets=json.dumps(targets)))
    lathe("train", recipe, "--out", work / "run")
    trained = lathe("logits", work / "run", "--ids", text_ids)
    assert largest_difference(trained, logits_of(model, ids)) > 1e-3, "training changed nothing"
    lathe("export", work / "run", "--to", "hf", "--out", work / "merged")
    merged = AutoModelForSequenceClassification.from_pretrained(work / "merged", dtype=torch.float32)
    check(f"{name}: merged model in transformers", largest_difference(trained, logits_of(merged, ids)), 1e-4)

    made = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=targets, task_type="SEQ_CLS",
                                            init_lora_weights=False))
    made.save_pretrained(work / "peft")
    check(f"{name}: PEFT's adapter here",
          largest_difference(lathe("logits", base, "--adapter", work / "peft", "--ids", text_ids),
                             logits_of(made, ids)), 1e-4)

    fresh = AutoModelForSequenceClassification.from_pretrained(base, dtype=torch.float32)
    continued = PeftModel.from_pretrained(fresh, work / "run" / "adapter", is_trainable=True)
    check(f"{name}: our adapter in PEFT", largest_difference(trained, logits_of(continued, ids)), 1e-4)
    recipe.write_text(RECIPE.format(base=work / "run", data=data, steps=20, targets=json.dumps(targets)))
    ours = [event["loss"] for event in lathe("train", recipe, "--out", work / "curve") if event["event"] == "step"]
    batch = tokenizer([row["text"] for row in rows], padding=True, truncation=True, max_length=32, return_tensors="pt")
    labels = torch.tensor([LABELS["label2id"][row["label"]] for row in rows])
    compare_curves(name, ours, continued, adamw(continued, 5e-3), input_ids=batch["input_ids"],
                   attention_mask=batch["attention_mask"],
                   labels=labels)


def main():
    lines = [line for line in text_lines() if len(line) > 20][:200]
    tokenizer = byte_level_tokenizer(lines, VOCABULARY)
    rows = [{"text": line[:60 + 7 * i], "label": LABELS["id2label"][i % 3]} for i, line in enumerate(lines[:24])]
    for name, config in FAMILIES.items():
        with tempfile.TemporaryDirectory() as work:
            compare(name, config, tokenizer, rows, pathlib.Path(work))
            compare_words(name, config, tokenizer, pathlib.Path(work))


main()
