# SPDX-License-Identifier: GPL-3.0-or-later
"""`lathe-run mix` against PEFT's add_weighted_adapter (cat and svd), and `predict --each`, whose rows share batches,
against PEFT's adapter_names, on small models with random weights."""
import pathlib
import shutil
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, BertConfig, LlamaConfig

from reference import byte_level_tokenizer, check, largest_difference, lathe, padded, shaken, text_lines

VOCABULARY = 400
SIZES = dict(vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
             max_position_embeddings=256, pad_token_id=0)
WEIGHTS = [0.7, -0.4, 1.5]


def saved_base(auto, config, folder):
    tokenizer = byte_level_tokenizer(text_lines(), VOCABULARY)
    shaken(auto.from_config(config)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return tokenizer


def adapter_folder(model, config, folder):
    """A new adapter of `model` with every value moved."""
    tuned = get_peft_model(model, config)
    with torch.no_grad():
        for name, parameter in tuned.named_parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * 0.2)
    tuned.save_pretrained(folder)
    return folder


def changes(model, name):
    """What an adapter adds to every layer."""
    return {key: module.get_delta_weight(name) for key, module in model.named_modules()
            if hasattr(module, "get_delta_weight") and name in getattr(module, "lora_A", {})}


def compare_mixes(work):
    base = work / "llama"
    saved_base(AutoModelForCausalLM, LlamaConfig(**SIZES, num_key_value_heads=2, bos_token_id=0, eos_token_id=0), base)
    fresh = lambda: AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)  # noqa: E731
    configs = [LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"),
               LoraConfig(r=2, lora_alpha=6, use_rslora=True, target_modules=["q_proj", "down_proj"],
                          task_type="CAUSAL_LM"),
               LoraConfig(r=8, lora_alpha=4, target_modules=["v_proj"], task_type="CAUSAL_LM")]
    folders = [adapter_folder(fresh(), config, work / f"part{i}") for i, config in enumerate(configs)]
    theirs = PeftModel.from_pretrained(fresh(), folders[0], adapter_name="part0")
    for i, folder in enumerate(folders[1:], 1):
        theirs.load_adapter(folder, adapter_name=f"part{i}")
    named = [text for folder, weight in zip(folders, WEIGHTS)
             for text in ("--adapter", folder, "--adapter-weight", weight)]
    ids = torch.randint(1, VOCABULARY, (40,)).tolist()
    exact = {}
    # PEFT computes the singular values in float32, which its rounding shows; ours at full rank is held to the exact sum.
    for how, rank, limit in [("cat", None, 1e-6), ("svd", 14, 1e-5), ("svd", 3, 1e-5)]:
        name = f"{how}{rank or ''}"
        theirs.add_weighted_adapter([f"part{i}" for i in range(3)], WEIGHTS, name, combination_type=how, svd_rank=rank)
        line = lathe("mix", base, *named, "--how", how, *(["--rank", rank] if rank else []), "--out", work / name)[0]
        assert line["rank"] == (rank or 14), line
        assert line["kept"] < 0.999 if rank == 3 else line["kept"] > 1 - 1e-9, line
        ours = PeftModel.from_pretrained(fresh(), work / name, adapter_name="ours")
        mine, reference = changes(ours, "ours"), changes(theirs, name)
        assert mine.keys() == reference.keys(), sorted(mine.keys() ^ reference.keys())
        check(f"{name}: change of {len(mine)} layers, PEFT's reading of ours",
              max((mine[key] - reference[key]).abs().max().item() for key in mine), limit)
        if how == "cat":
            exact = reference
        if rank == 14:
            check(f"{name}: against the exact sum", max((mine[key] - exact[key]).abs().max().item() for key in mine), 1e-6)
        theirs.set_adapter(name)
        with torch.no_grad():
            logits = theirs.eval()(input_ids=torch.tensor([ids])).logits[0]
        check(f"{name}: logits", largest_difference(
            lathe("logits", base, "--adapter", work / name, "--ids", ",".join(map(str, ids)), "--all"), logits), 1e-4)


def compare_rows(work):
    base = work / "bert"
    config = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    tokenizer = saved_base(AutoModelForSequenceClassification, BertConfig(**SIZES, **config, num_labels=3), base)
    # PEFT keeps a head for each adapter, all of one size.
    fresh = lambda: AutoModelForSequenceClassification.from_pretrained(base, dtype=torch.float32)  # noqa: E731
    lora = [LoraConfig(r=rank, lora_alpha=8, target_modules=names, task_type="SEQ_CLS")
            for rank, names in [(4, ["query", "value"]), (2, ["query", "intermediate.dense"])]]
    folders = [adapter_folder(fresh(), config, work / f"rows{i}") for i, config in enumerate(lora)]
    theirs = PeftModel.from_pretrained(fresh(), folders[0], adapter_name="rows0")
    theirs.load_adapter(folders[1], adapter_name="rows1")
    texts = ["a short one", "naïve café déjà vu and some more words", "the third"]
    file = work / "texts.jsonl"
    file.write_text("".join(f'{{"text": "{text}", "label": "LABEL_0"}}\n' for text in texts), encoding="utf-8")
    ours = lathe("predict", base, "--adapter", folders[0], "--adapter", folders[1], "--each", "--data", file)
    assert [(line["text"], line["adapter"]) for line in ours] == [(text, f"rows{i}") for text in texts for i in range(2)]
    ids = [tokenizer(text)["input_ids"] for text in texts for _ in range(2)]
    shares = torch.tensor([list(line["probabilities"].values()) for line in ours], dtype=torch.float64)

    def difference(adapters):
        with torch.no_grad():
            logits = theirs.eval()(input_ids=padded(ids, 0), attention_mask=padded([[1] * len(row) for row in ids], 0),
                                   adapter_names=adapters).logits
        return (shares - torch.softmax(logits.double(), -1)).abs().max().item()

    names = [line["adapter"] for line in ours]
    # The same kernels on the same batch: on one machine often equal to the last bit.
    check(f"{len(ours)} rows of 2 adapters in one batch: shares", difference(names), 1e-5)
    assert difference(names[::-1]) > 0.1 and difference(["__base__"] * len(names)) > 0.1, "the adapters do not matter"


def main():
    work = pathlib.Path(tempfile.mkdtemp())
    try:
        compare_mixes(work)
        compare_rows(work)
    finally:
        shutil.rmtree(work)


main()
