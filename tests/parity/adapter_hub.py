# SPDX-License-Identifier: GPL-3.0-or-later
"""Bottleneck adapters with a scaling of 2 against AdapterHub's formula, written out here on transformers' BERT and Llama:
its folder here, and a folder of ours under the formula."""
import json
import pathlib
import tempfile
import types

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import gelu, linear, relu, silu

from methods import FAMILIES, SIZES, base_and_rows
from reference import check, largest_difference, lathe

SCALING, REDUCTION, NAME = 2.0, 4, "bend"
PLACEMENTS = {
    "houlsby": dict(mh_adapter=True, original_ln_before=False, residual_before_ln=True, is_parallel=False,
                    non_linearity="swish"),
    "pfeiffer": dict(mh_adapter=False, original_ln_before=True, residual_before_ln=True, is_parallel=False,
                     non_linearity="relu"),
    "parallel": dict(mh_adapter=False, original_ln_before=False, residual_before_ln=True, is_parallel=True,
                     non_linearity="gelu"),
}
ACTIVATIONS = {"swish": silu, "relu": relu, "gelu": gelu}
# Where AdapterHub keeps the adapter behind attention and behind the feed-forward of one block.
KEYS = {"bert": ("bert.encoder.layer.{}.attention.output.adapters", "bert.encoder.layer.{}.output.adapters"),
        "llama": ("model.layers.{}.attention_adapters.adapters", "model.layers.{}.output_adapters.adapters")}
RECIPE = """
lathe: 1
name: bend
task: {task}
base: {base}
data: {{train: {data}, max_length: 32}}
method: {{name: bottleneck, placement: {placement}, scaling: 2, reduction_factor: 4, activation: {activation}}}
train: {{max_steps: 5, batch_size: 8, learning_rate: 1e-2, eval_every: 0, save_every: 0}}
"""


class Bottleneck:
    """One adapter of AdapterHub at one place: what becomes of a sub-layer's output `h`, the residual `x` and the norm
    that follows, if there is one."""

    def __init__(self, config, tensors, key):
        self.config = config
        self.down, self.down_bias, self.up, self.up_bias = (
            tensors[f"{key}.{part}"] for part in ("adapter_down.0.weight", "adapter_down.0.bias", "adapter_up.weight",
                                                  "adapter_up.bias"))

    def bend(self, x):
        narrow = ACTIVATIONS[self.config["non_linearity"]](linear(x, self.down, self.down_bias))
        return linear(narrow, self.up, self.up_bias) * self.config["scaling"]

    def __call__(self, h, x, norm):
        if self.config["is_parallel"]:
            return norm(self.bend(x) + h + x)
        inner = norm(h + x) if self.config["original_ln_before"] else h
        return norm(self.bend(inner) + h + x)


def with_adapters(kind, model, config, tensors, name):
    """The formula put into the model's forward passes."""
    def at(place, block):
        key = f"{KEYS[kind][place].format(block)}.{name}"
        return Bottleneck(config, tensors, key) if f"{key}.adapter_up.bias" in tensors else None

    def plain(h, x, norm):
        return norm(h + x)

    if kind == "bert":
        for i, layer in enumerate(model.bert.encoder.layer):
            for place, output in enumerate((layer.attention.output, layer.output)):
                def forward(self, hidden_states, input_tensor, join=at(place, i) or plain):
                    return join(self.dense(hidden_states), input_tensor, self.LayerNorm)

                output.forward = types.MethodType(forward, output)
        return model
    for i, layer in enumerate(model.model.layers):
        def forward(self, hidden_states, *, joins=(at(0, i) or plain, at(1, i) or plain), **kwargs):
            x = hidden_states
            x = joins[0](self.self_attn(hidden_states=self.input_layernorm(x), **kwargs)[0], x, lambda y: y)
            return joins[1](self.mlp(self.post_attention_layernorm(x)), x, lambda y: y)

        layer.forward = types.MethodType(forward, layer)
    return model


def write_folder(kind, model, config, folder):
    """What AdapterHub would save, with random values."""
    d, tensors = model.config.hidden_size, {}
    for block in range(model.config.num_hidden_layers):
        for place in range(2):
            if place == 0 and not config["mh_adapter"]:
                continue
            key = f"{KEYS[kind][place].format(block)}.{NAME}"
            tensors |= {f"{key}.adapter_down.0.weight": torch.randn(d // REDUCTION, d) * 0.2,
                        f"{key}.adapter_down.0.bias": torch.randn(d // REDUCTION) * 0.2,
                        f"{key}.adapter_up.weight": torch.randn(d, d // REDUCTION) * 0.2,
                        f"{key}.adapter_up.bias": torch.randn(d) * 0.2}
    folder.mkdir()
    save_file(tensors, folder / "adapter.safetensors")
    if kind == "bert":
        save_file({key: value.contiguous() for key, value in model.state_dict().items() if key.startswith("classifier")},
                  folder / "model_head.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps(
        {"config": config, "hidden_size": d, "model_class": type(model).__name__, "model_name": "base",
         "model_type": kind, "name": NAME, "version": "adapters.1.2.0"}))
    return tensors


def logits_of(model, ids):
    with torch.no_grad():
        return model.eval()(input_ids=torch.tensor([ids])).logits


def compare(kind, placement, auto, base, data, task, work):
    config = {"reduction_factor": REDUCTION, "scaling": SCALING, "output_adapter": True, "original_ln_after": True,
              "ln_before": False, "ln_after": False, "init_weights": "bert", "use_gating": False,
              "adapter_residual_before_ln": False, "inv_adapter": None, "cross_adapter": False, "leave_out": [],
              "dropout": 0.0, "phm_layer": False, "phm_dim": 4, "phm_bias": True, "stochastic_depth": 0.0,
              **PLACEMENTS[placement]}
    ids = torch.randint(1, SIZES["vocab_size"], (40,)).tolist()
    all_rows = [] if kind == "bert" else ["--all"]

    def fresh():
        return auto.from_pretrained(base, dtype=torch.float32)

    def ours(target, *more):
        return lathe("logits", target, *more, "--ids", ",".join(map(str, ids)), *all_rows)

    plain = fresh()
    tensors = write_folder(kind, plain, config, work / "theirs")
    reference = logits_of(with_adapters(kind, fresh(), config, tensors, NAME), ids)[0]
    check(f"{kind}, {placement}: AdapterHub's folder here",
          largest_difference(ours(base, "--adapter", work / "theirs"), reference), 1e-4)
    assert (reference - logits_of(plain, ids)[0]).abs().max() > 1e-2, "the adapter changes nothing"

    recipe = work / "recipe.yaml"
    activation = config["non_linearity"].replace("swish", "silu")
    recipe.write_text(RECIPE.format(task=task, base=base, data=data, placement=placement, activation=activation))
    lathe("train", recipe, "--out", work / "run")
    folder = work / "run/adapter"
    written = json.loads((folder / "adapter_config.json").read_text())
    wrong = {key: written["config"].get(key) for key in PLACEMENTS[placement] | {"scaling": 0}
             if written["config"].get(key) != config[key]}
    assert not wrong, f"the folder says {wrong}"
    model = fresh()
    if kind == "bert":
        model.load_state_dict(load_file(folder / "model_head.safetensors"), strict=False)
    trained = with_adapters(kind, model, written["config"], load_file(folder / "adapter.safetensors"), written["name"])
    check(f"{kind}, {placement}: our folder under the formula",
          largest_difference(ours(work / "run"), logits_of(trained, ids)[0]), 1e-4)


def main():
    for kind in ("bert", "llama"):
        family = FAMILIES[kind]
        with tempfile.TemporaryDirectory() as folder:
            base, data = base_and_rows(family, pathlib.Path(folder))
            for placement in PLACEMENTS:
                work = pathlib.Path(folder) / placement
                work.mkdir()
                compare(kind, placement, family.auto, base, data, family.task, work)


main()
