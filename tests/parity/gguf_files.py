# SPDX-License-Identifier: GPL-3.0-or-later
"""Files both ways: GGUF as the gguf package and transformers read it, every block type, LoRA in GGUF, and adapters and
models that come back unchanged."""
import json
import pathlib
import tempfile

import gguf
import numpy
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, MistralConfig, Qwen2Config, Qwen3Config

from reference import byte_level_tokenizer, check, largest_difference, lathe, shaken, text_lines

SIZES = dict(vocab_size=400, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
             num_key_value_heads=2, max_position_embeddings=256, bos_token_id=0, eos_token_id=0, pad_token_id=0)
LLAMA3 = dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=64)
FAMILIES = {
    "llama": LlamaConfig(**SIZES, tie_word_embeddings=True),
    "llama with llama3 rotation": LlamaConfig(**SIZES, rope_parameters=LLAMA3),
    "mistral": MistralConfig(**SIZES, sliding_window=None),
    "qwen2": Qwen2Config(**SIZES),
    "qwen3": Qwen3Config(**SIZES, head_dim=32, tie_word_embeddings=True),
    "gpt2": GPT2Config(vocab_size=400, n_embd=64, n_layer=2, n_head=4, n_positions=1024, bos_token_id=0,
                       eos_token_id=0),
}
TYPES = {"f32": 0, "f16": 2 ** -11, "bf16": 2 ** -8, "q8_0": 1.13 / 254, "q4_0": 1.01 / 8}
READ = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL"]


def same_tensors(name, ours, theirs):
    assert ours.keys() == theirs.keys(), f"{name}: only in one: {sorted(ours.keys() ^ theirs.keys())}"
    for key, value in theirs.items():
        assert torch.equal(ours[key], value), f"{name}: {key} changed"
    print(f"{name}: {len(theirs)} tensors identical")


def logits(target, ids, *more):
    return lathe("logits", target, *more, "--ids", ids, "--all")


def compare_family(name, config, tokenizer, work):
    base = work / "base"
    model = shaken(AutoModelForCausalLM.from_config(config).float())
    model.save_pretrained(base)
    tokenizer.save_pretrained(base)
    ids = ",".join(map(str, torch.randint(1, 400, (40,)).tolist()))
    before = logits(base, ids)
    own = torch.tensor([row["logits"] for row in before])

    lathe("export", base, "--to", "hf", "--out", work / "hf")
    same_tensors(f"{name}: HF -> Lathe -> HF", load_file(work / "hf/model.safetensors"),
                 load_file(base / "model.safetensors"))
    weights = {key: value.numpy() for key, value in model.state_dict().items()}
    for kind, rounding in TYPES.items():
        folder = work / kind
        report = lathe("export", base, "--to", "gguf", "--type", kind, "--out", folder)[-1]
        file = folder / "model.gguf"
        print(f"{name}, {kind}: largest logit difference {report['largest_logit_difference']:.3g}")
        if kind == "f32":
            check(f"{name}, f32: logits after reading back", largest_difference(logits(file, ids), own), 1e-5)
        reader = gguf.GGUFReader(file)
        for tensor in reader.tensors:
            values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            if tensor.name == "blk.1.ffn_down.weight" or tensor.name == "token_embd.weight":
                key = next(k for k in weights if k.endswith({"blk.1.ffn_down.weight": (
                    "1.mlp.c_proj.weight" if config.model_type == "gpt2" else "1.mlp.down_proj.weight"),
                    "token_embd.weight": ("wte.weight" if config.model_type == "gpt2" else "embed_tokens.weight")}[
                        tensor.name]))
                wanted = weights[key].T if "c_proj" in key else weights[key]
                largest = numpy.abs(wanted).max()
                check(f"{name}, {kind}: {tensor.name} in the gguf package",
                      float(numpy.abs(values.reshape(wanted.shape) - wanted).max() / largest), rounding)
    if config.model_type in ("llama", "qwen2", "gpt2") and "llama3" not in name:
        read = AutoModelForCausalLM.from_pretrained(work / "f32", gguf_file="model.gguf", dtype=torch.float32).eval()
        with torch.no_grad():
            theirs = read(input_ids=torch.tensor([list(map(int, ids.split(",")))])).logits[0]
        check(f"{name}: transformers reads our GGUF", largest_difference(before, theirs), 1e-4)
    compare_adapters(name, base, model, ids, work)


def compare_adapters(name, base, model, ids, work):
    targets = "all-linear"
    made = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=targets, task_type="CAUSAL_LM",
                                            init_lora_weights=False))
    made.save_pretrained(work / "peft")
    with_adapter = logits(base, ids, "--adapter", work / "peft")
    lathe("export", base, "--adapter", work / "peft", "--to", "peft", "--out", work / "again")
    same_tensors(f"{name}: PEFT -> Lathe -> PEFT", load_file(work / "again/adapter_model.safetensors"),
                 load_file(work / "peft/adapter_model.safetensors"))
    lathe("export", base, "--adapter", work / "peft", "--to", "gguf-lora", "--out", work / "lora")
    back = torch.tensor([row["logits"] for row in logits(base, ids, "--adapter", work / "lora/adapter.gguf")])
    check(f"{name}: LoRA through GGUF", largest_difference(with_adapter, back), 1e-5)
    reader = gguf.GGUFReader(work / "lora/adapter.gguf")
    kinds = {field: reader.fields[field].contents() for field in ("general.type", "adapter.type", "adapter.lora.alpha")}
    assert kinds == {"general.type": "adapter", "adapter.type": "lora", "adapter.lora.alpha": 8.0}, kinds
    names = {tensor.name for tensor in reader.tensors}
    assert "blk.0.ffn_down.weight.lora_a" in names and "blk.0.ffn_down.weight.lora_b" in names, sorted(names)


def refuses_what_would_be_lost(base, work):
    """rsLoRA's scaling has no place in a GGUF adapter: it is refused with the way out."""
    config = json.loads((work / "peft/adapter_config.json").read_text())
    config["use_rslora"] = True
    (work / "peft/adapter_config.json").write_text(json.dumps(config))
    try:
        lathe("export", base, "--adapter", work / "peft", "--to", "gguf-lora", "--out", work / "refused")
    except AssertionError as error:
        assert "rank-stabilised" in str(error) and "--to gguf" in str(error), error
        print("rsLoRA as a GGUF adapter is refused:", str(error).splitlines()[-1])
        return
    raise AssertionError("rsLoRA was written into a GGUF adapter")


def reads_every_block_type(base, work):
    """A model whose down projection holds random blocks of each type, read here as the gguf package reads them."""
    random = numpy.random.default_rng(1)
    source = gguf.GGUFReader(work / "f32/model.gguf")
    for kind in READ:
        number = getattr(gguf.GGMLQuantizationType, kind)
        elements, size = gguf.GGML_QUANT_SIZES[number]
        rows, columns = 64, 256
        data = random.integers(0, 256, (rows, columns // elements * size), dtype=numpy.uint8)
        # Scales are halves somewhere in the block: keep every byte pair a small finite number.
        data[:, 1::2] &= 0x3F
        wanted = gguf.quants.dequantize(data, number)
        writer = gguf.GGUFWriter(work / "blocks.gguf", "llama")
        for field in source.fields.values():
            if field.name.startswith("GGUF.") or field.name == "general.architecture":
                continue
            value = field.contents()
            value = 256 if field.name == "llama.feed_forward_length" else value
            kinds = field.types
            writer.add_key_value(field.name, value, kinds[0], kinds[-1] if len(kinds) > 1 else None)
        for tensor in source.tensors:
            values = numpy.array(tensor.data)
            if "ffn_down" in tensor.name:
                writer.add_tensor(tensor.name, data, raw_dtype=number)
            elif "ffn_gate" in tensor.name or "ffn_up" in tensor.name:
                writer.add_tensor(tensor.name, numpy.zeros((256, 64), dtype=numpy.float32))
            else:
                writer.add_tensor(tensor.name, values)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        folder = work / f"read {kind}"
        lathe("export", work / "blocks.gguf", "--to", "hf", "--out", folder)
        read = load_file(folder / "model.safetensors")["model.layers.0.mlp.down_proj.weight"].numpy()
        check(f"{kind}: values read", float(numpy.abs(read - wanted).max() / numpy.abs(wanted).max()), 1e-6)


def main():
    lines = [line for line in text_lines() if len(line) > 20][:200] or ["a line of text to read"] * 50
    tokenizer = byte_level_tokenizer(lines, SIZES["vocab_size"])
    for name, config in FAMILIES.items():
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            compare_family(name, config, tokenizer, work)
            if name == "llama":
                refuses_what_would_be_lost(work / "base", work)
                reads_every_block_type(work / "base", work)


main()
