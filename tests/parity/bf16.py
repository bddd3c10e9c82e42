# SPDX-License-Identifier: GPL-3.0-or-later
"""In bfloat16 we may be as wrong as transformers and PEFT are in bfloat16, both held against the same in float32: the
logits of every architecture, and the losses of 20 steps of every method."""
import copy
import json
import pathlib
import sys
import tempfile

import torch
from peft import PeftModel, PromptTuningConfig, get_peft_model, set_peft_model_state_dict
from safetensors.torch import load_file
from transformers import (AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM, BertConfig,
                          DistilBertConfig, Gemma2Config, Gemma3TextConfig, GemmaConfig, GPT2Config, LlamaConfig,
                          MistralConfig, ModernBertConfig, Phi3Config, Qwen2Config, Qwen3Config, RobertaConfig, T5Config)

from methods import FAMILIES, STEPS, VOCABULARY, Case, Comparison, base_and_rows, few_lines
from reference import byte_level_tokenizer, check, lathe, shaken

# How much larger than the reference's own error ours may be. Losses have a floor besides: two sums of rounding errors
# differ by chance.
SHARE, LOSS_FLOOR = 1.3, 5e-4
SIZES = dict(vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
             max_position_embeddings=256, bos_token_id=0, eos_token_id=0, pad_token_id=0)
GROUPED = dict(**SIZES, num_key_value_heads=2)
CALM = dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
ARCHITECTURES = {
    "llama": LlamaConfig(**GROUPED),
    "mistral": MistralConfig(**GROUPED, sliding_window=20),
    "qwen2": Qwen2Config(**GROUPED),
    "qwen3": Qwen3Config(**GROUPED, head_dim=32),
    "gemma": GemmaConfig(**GROUPED, head_dim=32),
    "gemma2": Gemma2Config(**GROUPED, head_dim=32, query_pre_attn_scalar=24, sliding_window=20),
    "gemma3_text": Gemma3TextConfig(**GROUPED, head_dim=32, sliding_window=20),
    "phi3": Phi3Config(**GROUPED),
    "gpt2": GPT2Config(vocab_size=VOCABULARY, n_embd=64, n_layer=3, n_head=4, n_positions=256, bos_token_id=0,
                       eos_token_id=0),
    "t5": T5Config(vocab_size=VOCABULARY, d_model=64, d_kv=16, d_ff=96, num_layers=2, num_heads=4, pad_token_id=0,
                   eos_token_id=0, decoder_start_token_id=0, feed_forward_proj="gated-gelu"),
    "bert": BertConfig(**SIZES, **CALM),
    "roberta": RobertaConfig(**SIZES, **CALM, type_vocab_size=1),
    "distilbert": DistilBertConfig(vocab_size=VOCABULARY, dim=64, hidden_dim=96, n_layers=3, n_heads=4,
                                   max_position_embeddings=256, pad_token_id=0),
    "modernbert": ModernBertConfig(**SIZES, local_attention=16, cls_token_id=0, sep_token_id=0),
}
AUTO = {"t5": AutoModelForSeq2SeqLM,
        **dict.fromkeys(["bert", "roberta", "distilbert", "modernbert"], AutoModelForMaskedLM)}


def logits(name, config, tokenizer, work):
    """Of rows that differ, so that one unlucky rounding does not decide."""
    auto = AUTO.get(name, AutoModelForCausalLM)
    # What the weights lose in bfloat16 is no error of either side.
    model = shaken(auto.from_config(config).float(), 0.05).bfloat16()
    model.float().save_pretrained(work)
    tokenizer.save_pretrained(work)
    rows = [torch.randint(1, VOCABULARY, (64,)).tolist() for _ in range(2)]

    def theirs(dtype, ids):
        target = dict(decoder_input_ids=torch.tensor([ids])) if name == "t5" else {}
        with torch.no_grad():
            return model.to(dtype).eval()(input_ids=torch.tensor([ids]), **target).logits[0].double()

    def ours(ids):
        text = ",".join(map(str, ids))
        target = ["--decoder-ids", text] if name == "t5" else []
        answer = lathe("logits", work, "--ids", text, *target, "--all", "--precision", "bf16")
        return torch.tensor([row["logits"] for row in answer], dtype=torch.float64)

    exact = torch.cat([theirs(torch.float32, ids) for ids in rows])
    error = (torch.cat([ours(ids) for ids in rows]) - exact).square().mean().sqrt().item()
    allowed = (torch.cat([theirs(torch.bfloat16, ids) for ids in rows]) - exact).square().mean().sqrt().item()
    check(f"{name}: error of the logits over transformers' own ({allowed:.3g})", error / allowed, SHARE)


class Curves(Comparison):
    """20 steps that go on from a run of ours."""
    overrides = ("train.precision=bf16",)

    def start(self, dtype):
        """The run's model under PEFT, or the base itself."""
        model = self.fresh().to(dtype)
        folder = self.work / "run/adapter"
        if self.theirs is None:
            return model
        if not self.theirs.is_prompt_learning:
            return PeftModel.from_pretrained(model, folder, is_trainable=True)
        # Finished vectors, whatever made them, are a prompt's.
        kind = type(self.theirs)(num_virtual_tokens=5) if self.name.endswith("prefix") else PromptTuningConfig(
            num_virtual_tokens=5, num_transformer_submodules=1)
        kind.task_type = self.family.task_type
        model = get_peft_model(model, kind)
        set_peft_model_state_dict(model, load_file(folder / "adapter_model.safetensors"))
        return model

    def reference(self, dtype, batch):
        """Losses of 20 steps; weights of the base that train have float32 masters."""
        model = self.start(dtype)
        model.train()
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        masters = [parameter.detach().float().requires_grad_() for parameter in trained]
        optimizer = torch.optim.AdamW(masters, lr=self.family.rate, weight_decay=0)
        adalora = self.name.endswith("adalora")
        losses = []
        for step in range(STEPS):
            if adalora:  # its own loss has a penalty in it
                with torch.no_grad():
                    losses.append(model.base_model.model(**batch).loss.item())
            loss = model(**batch).loss
            loss.backward()
            if not adalora:
                losses.append(loss.item())
            for parameter, master in zip(trained, masters, strict=True):
                master.grad = parameter.grad.float()
            torch.nn.utils.clip_grad_norm_(masters, 1.0)
            optimizer.step()
            with torch.no_grad():
                for parameter, master in zip(trained, masters, strict=True):
                    parameter.copy_(master)
            if adalora:
                model.base_model.update_and_allocate(step + 1)
                with torch.no_grad():
                    for parameter, master in zip(trained, masters, strict=True):
                        master.copy_(parameter)
            for parameter in trained:
                parameter.grad = None
        return torch.tensor(losses)

    def compare(self):
        wanted, self.overrides = self.overrides, ()
        self.train(self.base, self.work / "run", 4, 1e-2)
        self.overrides = wanted
        if self.name.endswith("adalora"):
            config = self.work / "run/adapter/adapter_config.json"
            config.write_text(json.dumps(json.loads(config.read_text()) | dict(total_step=STEPS, tinit=2, tfinal=6)))
        batch = self.batch()
        exact = self.reference(torch.float32, batch)
        allowed = (self.reference(torch.bfloat16, batch) - exact).abs().mean().item()
        begin = self.work / "run" if self.theirs else self.base
        events = self.train(begin, self.work / "more", STEPS, self.family.rate)
        ours = torch.tensor([event["loss"] for event in events if event["event"] == "step"])
        assert len(ours) == STEPS and exact[-1] < exact[0] - 0.01, f"{self.name}: {len(ours)} steps, {exact}"
        check(f"{self.name}: error of {STEPS} losses (PEFT's own {allowed:.3g})", (ours - exact).abs().mean().item(),
              SHARE * allowed + LOSS_FLOOR)


def curves(name, wanted):
    family = copy.copy(FAMILIES[name])
    cases = {key: family.cases[key] for key in ("lora", "dora", "vera", "adalora", "ia3", "prompt", "prefix",
                                                "p_tuning")}
    cases["full"] = Case("name: full", None)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        torch.manual_seed(3)
        base, data = base_and_rows(family, work)
        for key, case in cases.items():
            if wanted and f"{name}, {key}" not in wanted and name not in wanted:
                continue
            own = work / key
            own.mkdir()
            torch.manual_seed(1)
            # Steps of all weights as large as an adapter's would blow up the last bits.
            family.rate = FAMILIES[name].rate / (5 if key == "full" else 1)
            Curves(f"{name}, {key}", family, case, base, data, own).compare()


def main():
    wanted = sys.argv[1:]
    tokenizer = byte_level_tokenizer(few_lines(), VOCABULARY)
    for name, config in ARCHITECTURES.items():
        if wanted and f"{name} logits" not in wanted and "logits" not in wanted:
            continue
        torch.manual_seed(2)
        with tempfile.TemporaryDirectory() as folder:
            logits(name, config, tokenizer, pathlib.Path(folder))
    for name in ("llama", "bert"):
        curves(name, wanted)


main()
