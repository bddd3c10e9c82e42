# SPDX-License-Identifier: GPL-3.0-or-later
"""The encoder-decoders against transformers and PEFT, on small models with random weights: logits, gradients, adapters
and merged models in both directions, greedy text, and 20 steps of training."""
import json
import pathlib
import tempfile

import sacrebleu
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from tokenizers import processors
from transformers import AutoModelForSeq2SeqLM, PreTrainedTokenizerFast, T5Config

from reference import (adamw, byte_level_tokenizer, check, compare_curves, compare_gradients, largest_difference,
                       lathe, padded, shaken, text_lines)

VOCABULARY = 400
SIZES = dict(vocab_size=VOCABULARY, d_model=64, d_kv=16, d_ff=96, num_layers=2, num_decoder_layers=3, num_heads=4,
             relative_attention_num_buckets=16, relative_attention_max_distance=40, dropout_rate=0.0,
             pad_token_id=1, eos_token_id=0, decoder_start_token_id=1)
FAMILIES = {
    "t5": T5Config(**SIZES),
    "t5, gated and unscaled": T5Config(**SIZES, feed_forward_proj="gated-gelu", tie_word_embeddings=False,
                                       initializer_factor=0.3),
}
RECIPE = """
lathe: 1
name: small
task: sequence_to_sequence
base: {base}
data: {{train: {data}, max_length: 32}}
method: {{name: lora, rank: 4, alpha: 8, target_modules: {targets}}}
train: {{max_steps: {steps}, batch_size: 64, learning_rate: 2e-3, schedule: constant, warmup_steps: 0,
        weight_decay: 0, max_grad_norm: 1.0, eval_every: 0, save_every: 0, log_every: 1}}
"""


def ids_of(count):
    return torch.randint(2, VOCABULARY, (count,)).tolist()


def text(ids):
    return ",".join(map(str, ids))


def logits_of(model, source, target):
    with torch.no_grad():
        return model.eval()(input_ids=torch.tensor([source]), decoder_input_ids=torch.tensor([target])).logits[0]


def ours_for(target, source, decoder, *more):
    return lathe("logits", target, *more, "--ids", text(source), "--decoder-ids", text(decoder), "--all")


def tokenizer_with_end(lines):
    """Trained on the spot; it ends each text as T5's does."""
    trained = byte_level_tokenizer(lines, VOCABULARY).backend_tokenizer
    trained.post_processor = processors.TemplateProcessing(
        single="$A <|end|>", pair="$A <|end|> $B <|end|>", special_tokens=[("<|end|>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=trained, eos_token="<|end|>", pad_token="<|end|>")


def written(name, base, model, tokenizer, line, beams, penalty=1.0):
    """The text that belongs to `line`, greedy or as beam search finds it."""
    ours = lathe("generate", base, "--prompt", line, "--max-new-tokens", 12, "--beams", beams, "--length-penalty",
                 penalty)
    ids = [entry["token"] for entry in ours if "token" in entry]
    source = torch.tensor([tokenizer(line)["input_ids"]])
    with torch.no_grad():
        theirs = model.eval().generate(input_ids=source, max_new_tokens=12, do_sample=False, num_beams=beams,
                                       length_penalty=penalty, use_cache=False)[0].tolist()
    theirs = theirs[1:]  # without the start
    theirs = theirs[:theirs.index(0)] if 0 in theirs else theirs
    assert ids == theirs, f"{name}, {beams} beams: {ids} was written, not {theirs}"
    return len(ids)


def texts(name, base, model, tokenizer, rows):
    lengths = [written(name, base, model, tokenizer, row["source"], 1) for row in rows]
    print(f"{name}: greedy texts of {lengths} tokens equal")
    lengths = [written(name, base, model, tokenizer, row["source"], beams, penalty)
               for row in rows for beams, penalty in ((2, 1.0), (4, 1.0), (5, 0.0), (3, 2.0))]
    print(f"{name}: beam search's texts of {lengths} tokens equal")


def scores(name, target, model, tokenizer, rows, data):
    """BLEU and chrF of the greedy texts, as sacrebleu has them."""
    ours = lathe("evaluate", target, "--data", data)[0]["metrics"]
    written, wanted = [], []
    for row in rows:
        source, answer = (tokenizer(row[side], truncation=True, max_length=32)["input_ids"]
                          for side in ("source", "target"))
        with torch.no_grad():
            ids = model.eval().generate(input_ids=torch.tensor([source]), max_new_tokens=len(answer) * 3 // 2 + 8,
                                        do_sample=False, num_beams=1, use_cache=False)[0, 1:]  # without the start
        written.append(tokenizer.decode(ids, skip_special_tokens=True))
        wanted.append(tokenizer.decode(answer, skip_special_tokens=True))
    check(f"{name}: chrF", abs(ours["chrf"] - sacrebleu.corpus_chrf(written, [wanted]).score), 1e-9)
    check(f"{name}: BLEU", abs(ours["bleu"] - sacrebleu.corpus_bleu(written, [wanted], tokenize="zh").score), 1e-9)


def compare(name, config, tokenizer, rows, work):
    base = work / "base"
    model = shaken(AutoModelForSeq2SeqLM.from_config(config).float())
    model.save_pretrained(base)
    tokenizer.save_pretrained(base)

    source, decoder = ids_of(60), [1] + ids_of(47)
    check(f"{name}: logits", largest_difference(ours_for(base, source, decoder), logits_of(model, source, decoder)),
          1e-4)
    texts(name, base, model, tokenizer, rows[:3])
    sources, targets = [ids_of(40), ids_of(27)], [ids_of(21), ids_of(33)]
    compare_gradients(name, base, model, "sequence_to_sequence", 0,
                      [{"ids": ids, "target_ids": wanted} for ids, wanted in zip(sources, targets)], work,
                      input_ids=padded(sources, 0), attention_mask=padded([[1] * len(ids) for ids in sources], 0),
                      labels=padded(targets, -100))

    data, recipe = work / "rows.jsonl", work / "small.yaml"
    data.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    chosen = json.dumps(["q", "v", "wo"])
    recipe.write_text(RECIPE.format(base=base, data=data, steps=3, targets=chosen))
    lathe("train", recipe, "--out", work / "run")
    trained = ours_for(work / "run", source, decoder)
    assert largest_difference(trained, logits_of(model, source, decoder)) > 1e-2, "training changed nothing"
    lathe("export", work / "run", "--to", "hf", "--out", work / "merged")
    merged = AutoModelForSeq2SeqLM.from_pretrained(work / "merged", dtype=torch.float32)
    check(f"{name}: merged model in transformers", largest_difference(trained, logits_of(merged, source, decoder)), 1e-4)

    made = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", task_type="SEQ_2_SEQ_LM",
                                            init_lora_weights=False))
    made.save_pretrained(work / "peft")
    check(f"{name}: PEFT's adapter here",
          largest_difference(ours_for(base, source, decoder, "--adapter", work / "peft"),
                             logits_of(made, source, decoder)), 1e-4)

    fresh = AutoModelForSeq2SeqLM.from_pretrained(base, dtype=torch.float32)
    continued = PeftModel.from_pretrained(fresh, work / "run" / "adapter", is_trainable=True)
    check(f"{name}: our adapter in PEFT", largest_difference(trained, logits_of(continued, source, decoder)), 1e-4)
    recipe.write_text(RECIPE.format(base=work / "run", data=data, steps=20, targets=chosen))
    ours = [event["loss"] for event in lathe("train", recipe, "--out", work / "curve") if event["event"] == "step"]
    batch = [tokenizer([row[side] for row in rows], truncation=True, max_length=32)["input_ids"]
             for side in ("source", "target")]
    compare_curves(name, ours, continued, adamw(continued, 2e-3), input_ids=padded(batch[0], 0),
                   attention_mask=padded([[1] * len(ids) for ids in batch[0]], 0), labels=padded(batch[1], -100))
    scores(name, work / "curve", continued, tokenizer, rows, data)


def main():
    lines = [line for line in text_lines() if len(line) > 20][:200] or ["a line of text to read"] * 50
    tokenizer = tokenizer_with_end(lines)
    rows = [{"source": line[:24 + i], "target": line[::-1][:12 + i]} for i, line in enumerate(lines[:20])]
    for name, config in FAMILIES.items():
        with tempfile.TemporaryDirectory() as work:
            compare(name, config, tokenizer, rows, pathlib.Path(work))


main()
