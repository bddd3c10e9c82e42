# SPDX-License-Identifier: GPL-3.0-or-later
"""The bill of every method with its default settings on the shelf's bases: what trains, against PEFT's own count."""
import torch
from peft import (AdaLoraConfig, IA3Config, LoraConfig, PrefixTuningConfig, PromptEncoderConfig, PromptTuningConfig,
                  VeraConfig, get_peft_model)
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSequenceClassification

from reference import lathe, shelf_path


def defaults():
    methods = (entry for entry in lathe("catalog") if entry["kind"] == "method")
    return {entry["name"]: {field["key"]: field.get("default") for field in entry["fields"]} for entry in methods}


def configs(settings, targets):
    """PEFT's with the same settings; of the layers `targets` where the recipe leaves them to the base."""
    rank = {name: fields.get("rank") for name, fields in settings.items()}
    layers = dict(target_modules=targets)
    tokens = {name: dict(num_virtual_tokens=fields["virtual_tokens"]) for name, fields in settings.items()
              if "virtual_tokens" in fields}
    return {
        "lora": LoraConfig(r=rank["lora"], **layers),
        "dora": LoraConfig(r=rank["dora"], use_dora=True, **layers),
        "vera": VeraConfig(r=rank["vera"], **layers),
        "adalora": AdaLoraConfig(init_r=rank["adalora"], target_r=settings["adalora"]["target_rank"], total_step=100,
                                 **layers),
        "ia3": IA3Config(),
        "prompt": PromptTuningConfig(**tokens["prompt"]),
        "prefix": PrefixTuningConfig(**tokens["prefix"]),
        "p_tuning": PromptEncoderConfig(**tokens["p_tuning"],
                                        encoder_hidden_size=settings["p_tuning"].get("encoder_hidden") or None),
    }


def compare(base, auto, config, task, targets):
    bill = {entry["method"]: entry for entry in lathe("params", "--base", base)}
    settings = defaults()
    assert set(bill) == set(settings), set(settings) - set(bill)
    for name, theirs in configs(settings, targets).items():
        theirs.task_type = task
        model = get_peft_model(auto.from_config(config, dtype=torch.float32), theirs)
        trainable, total = model.get_nb_trainable_parameters()
        ours = bill[name]
        print(f"{base}, {name}: {ours['trainable']:,} of {ours['total']:,} here, {trainable:,} of {total:,} in PEFT")
        assert ours["trainable"] == trainable, name
    full = auto.from_config(config, dtype=torch.float32).num_parameters()
    assert bill["full"]["trainable"] == bill["full"]["total"] == full, full


def main():
    smollm2 = shelf_path("smollm2-135m-instruct")
    compare("shelf:minilm-l6", AutoModelForSequenceClassification, AutoConfig.from_pretrained(shelf_path("minilm-l6")),
            "SEQ_CLS", ["query", "value"])
    compare("shelf:smollm2-135m-instruct", AutoModelForCausalLM,
            AutoConfig.from_pretrained(smollm2.parent, gguf_file=smollm2.name), "CAUSAL_LM", ["q_proj", "v_proj"])


main()
