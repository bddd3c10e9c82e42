# SPDX-License-Identifier: GPL-3.0-or-later
"""MiniLM against transformers and PEFT: tokens, hidden states, adapters both ways, the exported model."""
import pathlib
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

from reference import ROOT, check, compare_tokens, largest_difference, lathe, shelf_path

TEXT = "A tender, quietly funny film that earns every smile."


def train(folder, *overrides):
    lathe("train", ROOT / "resources/recipes/sentiment.yaml", "train.max_steps=6", "train.eval_every=0", *overrides,
          "--out", folder)


def logits_of(model, ids):
    with torch.no_grad():
        return model.eval()(input_ids=torch.tensor([ids])).logits


def main():
    base = shelf_path("minilm-l6")
    tokenizer = AutoTokenizer.from_pretrained(base)
    work = pathlib.Path(tempfile.mkdtemp())
    compare_tokens(base, lambda line: tokenizer(line)["input_ids"], work)

    ids = tokenizer(TEXT)["input_ids"]
    text_ids = ",".join(map(str, ids))
    with torch.no_grad():
        hidden = AutoModel.from_pretrained(base, dtype=torch.float32).eval()(torch.tensor([ids])).last_hidden_state[0]
    check("hidden states", largest_difference(lathe("logits", base, "--ids", text_ids, "--all"), hidden), 1e-3)

    def classifier():
        return AutoModelForSequenceClassification.from_pretrained(base, dtype=torch.float32, num_labels=2)

    train(work / "lora")
    ours = lathe("logits", work / "lora", "--ids", text_ids)
    theirs = PeftModel.from_pretrained(classifier(), work / "lora/adapter")
    check("our adapter in PEFT", largest_difference(ours, logits_of(theirs, ids)), 1e-4)

    config = LoraConfig(r=4, lora_alpha=8, target_modules=["query", "key", "value"], task_type="SEQ_CLS",
                        init_lora_weights=False)
    made = get_peft_model(classifier(), config)
    made.save_pretrained(work / "peft")
    ours = lathe("logits", base, "--adapter", work / "peft", "--ids", text_ids)
    check("PEFT's adapter here", largest_difference(ours, logits_of(made, ids)), 1e-4)

    report = lathe("export", work / "lora", "--to", "hf", "--out", work / "merged")[0]
    check("our own round trip", report["largest_logit_difference"], 1e-4)
    merged = AutoModelForSequenceClassification.from_pretrained(work / "merged", dtype=torch.float32)
    check("merged model in transformers",
          largest_difference(lathe("logits", work / "lora", "--ids", text_ids), logits_of(merged, ids)), 1e-4)
    assert AutoTokenizer.from_pretrained(work / "merged")(TEXT)["input_ids"] == ids


main()
