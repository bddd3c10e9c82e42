# SPDX-License-Identifier: GPL-3.0-or-later
"""Model folders (config.json, indices, pickles) and adapter folders."""
from .case import MISSING, UNREADABLE, UNSUPPORTED, Link, Pipe, dump, legal, malformed, seed
from .safetensors import index_cases, tensors

WEIGHTS = tensors({"base_model.model.q.lora_A.weight": ("F32", [2, 3])})
CONFIG = dump({"model_type": "llama", "hidden_size": 8})
BAD_JSON = {"empty": b"", "list": b"[]", "number": b"1", "cut": b'{"model_type":', "deep": b'{"a":' * 100_000, "duplicate": b'{"model_type":"a","model_type":"b"}', "not_utf8": b'{"model_type":"\xff"}',
            "no_type": b"{}", "type_number": b'{"model_type":1,"peft_type":1}', "type_empty": b'{"model_type":"","peft_type":""}', "nul": b"{\0}"}


def model_cases():
    yield from index_cases()
    yield seed("single", {"config.json": CONFIG, "model.safetensors": WEIGHTS})
    yield legal("rope_parameters", {"config.json": dump({"model_type": "llama", "rope_parameters": {"rope_type": "yarn", "rope_theta": 1e4}}), "model.safetensors": WEIGHTS})
    yield legal("rope_parameters_odd", {"config.json": dump({"model_type": "llama", "rope_parameters": {"rope_type": 7}}), "model.safetensors": WEIGHTS})
    for name, text in BAD_JSON.items():
        yield malformed(f"config_{name}", {"config.json": text, "model.safetensors": WEIGHTS})
    for name in ("pytorch_model.bin", "model.pt", "model.pth", "model.ckpt"):
        yield malformed(f"pickle_{name}", {"config.json": CONFIG, name: b"\x80\2cos\nsystem\n(S'id'\ntR."}, UNSUPPORTED)
    yield malformed("no_weights", {"config.json": CONFIG}, MISSING)
    yield malformed("no_config", {"model.safetensors": WEIGHTS}, MISSING)
    yield malformed("two_weight_files", {"config.json": CONFIG, "a.safetensors": WEIGHTS, "b.safetensors": WEIGHTS}, MISSING)
    yield malformed("config_is_folder", {"config.json/x": b"", "model.safetensors": WEIGHTS}, UNREADABLE)
    yield malformed("config_is_pipe", {"config.json": Pipe(), "model.safetensors": WEIGHTS}, UNREADABLE)
    yield malformed("weights_are_pipe", {"config.json": CONFIG, "model.safetensors": Pipe()}, UNREADABLE)
    yield malformed("weights_are_gguf", {"config.json": CONFIG, "model.safetensors": b"GGUF" + bytes(60)})
    yield malformed("config_link_loop", {"config.json": Link("config.json")}, MISSING)


def adapter_cases():
    config = dump({"peft_type": "LORA", "r": 2})
    yield seed("lora", {"adapter_config.json": config, "adapter_model.safetensors": WEIGHTS})
    for name, text in BAD_JSON.items():
        yield malformed(f"config_{name}", {"adapter_config.json": text, "adapter_model.safetensors": WEIGHTS})
    yield malformed("pickle", {"adapter_config.json": config, "adapter_model.bin": b"\x80\2."}, UNSUPPORTED)
    yield malformed("no_weights", {"adapter_config.json": config}, MISSING)
    yield malformed("no_config", {"adapter_model.safetensors": WEIGHTS}, MISSING)
    yield malformed("weights_cut", {"adapter_config.json": config, "adapter_model.safetensors": WEIGHTS[:-1]})
    yield malformed("config_is_pipe", {"adapter_config.json": Pipe(), "adapter_model.safetensors": WEIGHTS}, UNREADABLE)
