# SPDX-License-Identifier: GPL-3.0-or-later
"""SmolLM2's GGUF against transformers and PEFT: tokens, logits, chat rows, adapters both ways, greedy text."""
import pathlib
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model

from reference import ROOT, check, compare_tokens, largest_difference, lathe, smollm2

QUESTION = "What is the capital of France?"


def main():
    base, model, tokenizer = smollm2()
    work = pathlib.Path(tempfile.mkdtemp())
    compare_tokens(base, lambda line: tokenizer(line)["input_ids"], work)

    prompt = tokenizer.apply_chat_template([{"role": "user", "content": QUESTION}], add_generation_prompt=True,
                                           tokenize=False)
    ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    text_ids = ",".join(map(str, ids))

    def logits_of(which):
        with torch.no_grad():
            return which.eval()(input_ids=torch.tensor([ids])).logits[0]

    check("logits", largest_difference(lathe("logits", base, "--ids", text_ids, "--all"), logits_of(model)), 1e-3)

    with torch.no_grad():
        answer = model.generate(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                                max_new_tokens=24, do_sample=False)[0][len(ids):]
    expected = tokenizer.decode(answer, skip_special_tokens=True)
    got = lathe("generate", base, "--prompt", QUESTION, "--max-new-tokens", 24)[-1]["text"]
    assert got.strip() == expected.strip(), f"greedy text differs: {got!r} against {expected!r}"
    print(f"greedy text equal: {got!r}")

    run = work / "lora"
    lathe("train", ROOT / "resources/recipes/assistant.yaml", "train.max_steps=3", "train.eval_every=0", "--out", run)
    ours = lathe("logits", run, "--ids", text_ids)
    loaded = PeftModel.from_pretrained(model, run / "adapter")
    check("our adapter in PEFT", largest_difference(ours, logits_of(loaded)[-1:]), 1e-3)
    model = loaded.unload()

    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM", use_rslora=True)
    made = get_peft_model(model, config)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if "lora_B" in name:
                parameter.normal_(0, 0.01)
    made.save_pretrained(work / "peft")
    ours = lathe("logits", base, "--adapter", work / "peft", "--ids", text_ids)
    check("PEFT's adapter here", largest_difference(ours, logits_of(made)[-1:]), 1e-3)


main()
