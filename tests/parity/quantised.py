# SPDX-License-Identifier: GPL-3.0-or-later
"""LoRA on a base whose frozen matrices are packed, against PEFT on the values that bitsandbytes packs."""
import pathlib
import sys
import tempfile

import torch
from bitsandbytes import functional
from peft import LoraConfig, get_peft_model
from transformers.pytorch_utils import Conv1D

from methods import FAMILIES, Case, Comparison, base_and_rows


def nf4(matrix):
    """Unpacked by hand: on a CPU the package does it wrongly where a row is not a whole number of blocks."""
    packed, state = functional.quantize_4bit(matrix, blocksize=64, quant_type="nf4")
    codes = torch.stack([packed.flatten() >> 4, packed.flatten() & 15], 1).flatten().long()
    return (state.code[codes].view(-1, 64) * state.absmax.unsqueeze(1)).view(matrix.shape)


def int8(matrix):
    codes, largest, _ = functional.int8_vectorwise_quant(matrix)
    return functional.int8_vectorwise_dequant(codes, largest)


KINDS = {"nf4": nf4, "int8": int8}
# The body's matrices are packed, the heads are not.
HEADS = ("lm_head", "score", "classifier")


class Packed(Comparison):
    def __init__(self, kind, *what):
        super().__init__(*what)
        self.kind = kind
        self.overrides = [f"train.quantization={kind}"]

    def fresh(self):
        model = super().fresh()
        with torch.no_grad():
            for name, module in model.named_modules():
                if name.split(".")[-1] in HEADS:
                    continue
                if isinstance(module, Conv1D):
                    module.weight.copy_(KINDS[self.kind](module.weight.T.contiguous()).T)
                elif isinstance(module, torch.nn.Linear):
                    module.weight.copy_(KINDS[self.kind](module.weight.data))
        return model

    def run(self):
        self.ours_there(get_peft_model(self.fresh(), self.theirs).get_nb_trainable_parameters()[0])
        self.curve()


def main():
    wanted = sys.argv[1:]
    targets = {"llama": ["q_proj", "down_proj"], "gpt2": ["c_attn", "c_fc"], "bert": ["query", "intermediate.dense"]}
    for name, layers in targets.items():
        with tempfile.TemporaryDirectory() as folder:
            family = FAMILIES[name]
            base, data = base_and_rows(family, pathlib.Path(folder))
            ours = f"name: lora, rank: 4, alpha: 8, target_modules: [{', '.join(layers)}]"
            theirs = LoraConfig(r=4, lora_alpha=8, target_modules=layers, task_type=family.task_type)
            for kind in KINDS:
                key = f"{name}, {kind}"
                if wanted and key not in wanted:
                    continue
                work = pathlib.Path(folder) / kind
                work.mkdir()
                torch.manual_seed(1)
                Packed(kind, key, family, Case(ours, theirs), base, data, work).run()


if __name__ == "__main__":
    main()
