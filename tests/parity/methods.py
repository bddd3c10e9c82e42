# SPDX-License-Identifier: GPL-3.0-or-later
"""Every method that PEFT has, against PEFT, on small models with random weights: how many values train, PEFT's adapter
here, ours in PEFT, the merged model, and 20 steps of training."""
import copy
import json
import pathlib
import shutil
import sys
import tempfile

import torch
from peft import (AdaLoraConfig, IA3Config, LoraConfig, PeftModel, PrefixTuningConfig, PromptEncoderConfig,
                  PromptTuningConfig, VeraConfig, get_peft_model, set_peft_model_state_dict)
from safetensors.torch import load_file
from transformers import (AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoModelForSequenceClassification, AutoTokenizer,
                          BertConfig, GPT2Config, LlamaConfig, T5Config)

from reference import (FULL, adamw, byte_level_tokenizer, check, compare_curves, largest_difference, lathe, padded,
                       shaken, text_lines)

VOCABULARY, STEPS = 400, 20
SIZES = dict(vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4,
             max_position_embeddings=256, pad_token_id=0)
LABELS = dict(id2label={0: "cold", 1: "mild", 2: "warm"}, label2id={"cold": 0, "mild": 1, "warm": 2})
RECIPE = """
lathe: 1
name: method
task: {task}
base: {base}
data: {{train: {data}, max_length: 32}}
method: {method}
train: {{max_steps: {steps}, batch_size: 64, learning_rate: {rate}, schedule: constant, warmup_steps: 0,
        weight_decay: 0, max_grad_norm: 1.0, eval_every: 0, save_every: 0, log_every: 1}}
"""


class Case:
    """A method as our recipe and as PEFT's config has it. `continues`: PEFT can train the folder on."""

    def __init__(self, ours, theirs, merges=True, continues=True):
        self.ours, self.theirs, self.merges, self.continues = ours, theirs, merges, continues


def linear_cases(one, two, head, tables):
    """`one`, `two`: names of layers; `head`: of a module that can train whole; `tables`: of embeddings."""
    lora = dict(r=4, lora_alpha=8, target_modules=[one, two])
    ours = f"name: lora, rank: 4, alpha: 8, target_modules: [{one}, {two}]"
    return {
        "lora": Case(ours, LoraConfig(**lora)),
        "lora, rank-stabilised": Case(f"{ours}, use_rslora: true", LoraConfig(**lora, use_rslora=True)),
        "lora, ranks and alphas by layer": Case(
            f"{ours}, rank_pattern: {{{one}: 2}}, alpha_pattern: {{{two}: 3}}",
            LoraConfig(**lora, rank_pattern={one: 2}, alpha_pattern={two: 3})),
        "lora, some blocks": Case(f"{ours}, layers_to_transform: [0, 2]",
                                  LoraConfig(**lora, layers_to_transform=[0, 2])),
        "lora, all but one": Case(
            f"name: lora, rank: 4, alpha: 8, target_modules: all-linear, exclude_modules: [{two}]",
            LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", exclude_modules=[two])),
        "lora, its biases": Case(f"{ours}, bias: lora_only", LoraConfig(**lora, bias="lora_only")),
        "lora, all biases": Case(f"{ours}, bias: all", LoraConfig(**lora, bias="all")),
        "lora, a whole module": Case(f"{ours}, modules_to_save: [{head}]", LoraConfig(**lora, modules_to_save=[head])),
        "lora, embeddings": Case(
            f"name: lora, rank: 4, alpha: 8, use_rslora: true, target_modules: [{', '.join(tables)}, {one}], "
            f"rank_pattern: {{{tables[0]}: 3}}, alpha_pattern: {{{tables[0]}: 5}}",
            LoraConfig(**{**lora, "target_modules": [*tables, one]}, use_rslora=True, rank_pattern={tables[0]: 3},
                       alpha_pattern={tables[0]: 5})),
        "dora": Case(ours.replace("lora", "dora", 1), LoraConfig(**lora, use_dora=True)),
        "vera": Case(f"name: vera, rank: 16, target_modules: [{one}, {two}]",
                     VeraConfig(r=16, target_modules=[one, two])),
        "adalora": Case(f"name: adalora, rank: 6, target_rank: 3, alpha: 8, target_modules: [{one}, {two}]",
                        AdaLoraConfig(init_r=6, target_r=3, lora_alpha=8, target_modules=[one, two], total_step=STEPS,
                                      tinit=2, tfinal=6)),
        "ia3": Case("name: ia3", IA3Config()),
    }


def prompt_cases(**prefix):
    """`prefix`: more of PEFT's settings for a prefix."""
    front = dict(num_virtual_tokens=5, num_transformer_submodules=1)
    prefix = dict(num_virtual_tokens=5, **prefix)
    return {
        "prompt": Case("name: prompt, virtual_tokens: 5", PromptTuningConfig(**front), merges=False),
        "prefix": Case("name: prefix, virtual_tokens: 5", PrefixTuningConfig(**prefix), merges=False),
        "prefix, projected": Case("name: prefix, virtual_tokens: 5, projection: true, projection_hidden: 24",
                                  PrefixTuningConfig(**prefix, prefix_projection=True, encoder_hidden_size=24),
                                  merges=False, continues=False),
        "p_tuning": Case("name: p_tuning, virtual_tokens: 5, encoder_hidden: 24",
                         PromptEncoderConfig(**front, encoder_hidden_size=24), merges=False, continues=False),
        "p_tuning, lstm": Case("name: p_tuning, virtual_tokens: 5, encoder: lstm, encoder_hidden: 24",
                               PromptEncoderConfig(**front, encoder_hidden_size=24,
                                                   encoder_reparameterization_type="LSTM"),
                               merges=False, continues=False),
    }


class Family:
    """`kind`: of the head. T5 has no scale in its attention, so that large weights and steps blow up the last bits of its
    sums; `distance` is how far every weight of the base is moved, `rate` that of the 20 steps."""

    def __init__(self, config, cases, kind="writes"):
        self.config, self.cases = config, cases
        self.classifies, self.translates = kind == "classifies", kind == "translates"
        self.distance, self.rate = (0.03, 1e-3) if self.translates else (0.1, 5e-3)
        self.auto, self.task, self.task_type = {
            "writes": (AutoModelForCausalLM, "language_modeling", "CAUSAL_LM"),
            "classifies": (AutoModelForSequenceClassification, "classification", "SEQ_CLS"),
            "translates": (AutoModelForSeq2SeqLM, "sequence_to_sequence", "SEQ_2_SEQ_LM")}[kind]


def head_cases():
    """The head, and the table it shares with the embedding, each by itself and as one."""
    lora = dict(r=4, lora_alpha=8, target_modules=["q_proj"])
    ours = "name: lora, rank: 4, alpha: 8, target_modules: [q_proj]"
    return {
        "lora, the head": Case(ours.replace("[q_proj]", "[q_proj, lm_head]"),
                               LoraConfig(**{**lora, "target_modules": ["q_proj", "lm_head"]})),
        "lora, the head whole": Case(f"{ours}, modules_to_save: [lm_head]",
                                     LoraConfig(**lora, modules_to_save=["lm_head"])),
        "lora, the embedding whole": Case(f"{ours}, modules_to_save: [embed_tokens]",
                                          LoraConfig(**lora, modules_to_save=["embed_tokens"])),
        "lora, both whole": Case(f"{ours}, modules_to_save: [lm_head, embed_tokens]",
                                 LoraConfig(**lora, modules_to_save=["lm_head", "embed_tokens"])),
        "lora, both as one": Case(f"{ours}, modules_to_save: [embed_tokens], ensure_weight_tying: true",
                                  LoraConfig(**lora, modules_to_save=["embed_tokens"], ensure_weight_tying=True)),
    }


def t5_cases():
    """What T5 reads words from is no module's own table, so that its embeddings do not merge."""
    cases = {**linear_cases("q", "wo", "lm_head", ["embed_tokens", "relative_attention_bias"]),
             **prompt_cases(num_layers=3)}
    cases["lora, embeddings"].merges = False
    return {key: case for key, case in cases.items()
            if key not in ("lora, its biases", "lora, all biases", "lora, a whole module", "prefix",
                           "prefix, projected")}


FAMILIES = {
    "llama": Family(LlamaConfig(**SIZES, num_key_value_heads=2, attention_bias=True, bos_token_id=0, eos_token_id=0),
                    {**linear_cases("q_proj", "down_proj", "lm_head", ["embed_tokens"]), **prompt_cases()}),
    "tied llama": Family(LlamaConfig(**SIZES, num_key_value_heads=2, bos_token_id=0, eos_token_id=0,
                                     tie_word_embeddings=True), head_cases()),
    "gpt2": Family(GPT2Config(vocab_size=VOCABULARY, n_embd=64, n_layer=3, n_head=4, n_positions=256, bos_token_id=0,
                              eos_token_id=0, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0),
                   {key: case for key, case in {**linear_cases("c_attn", "c_fc", "ln_f", ["wte", "wpe"]),
                                                **prompt_cases()}.items()
                    if key in ("lora", "lora, embeddings", "dora", "vera", "adalora", "ia3", "prompt", "prefix")}),
    "bert": Family(BertConfig(**SIZES, **LABELS, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0),
                   {**linear_cases("query", "intermediate.dense", "pooler",
                                   ["word_embeddings", "position_embeddings", "token_type_embeddings"]),
                    **prompt_cases()}, "classifies"),
    "t5": Family(T5Config(vocab_size=VOCABULARY, d_model=64, d_kv=16, d_ff=96, num_layers=2, num_decoder_layers=3,
                          num_heads=4, relative_attention_num_buckets=16, relative_attention_max_distance=40,
                          dropout_rate=0.0, feed_forward_proj="gated-gelu", pad_token_id=0, eos_token_id=0,
                          decoder_start_token_id=0), t5_cases(),
                 "translates"),
}


# What the test suite compares; LATHE_PARITY_FULL=1 asks for everything.
SHORT = {
    "llama": ["lora, ranks and alphas by layer", "lora, embeddings", "dora", "vera", "adalora", "ia3", "prompt",
              "prefix"],
    "tied llama": ["lora, the head", "lora, the embedding whole", "lora, both whole", "lora, both as one"],
    "gpt2": ["lora", "lora, embeddings"],
    "bert": ["lora, its biases", "lora, embeddings", "dora", "prefix", "p_tuning"],
    "t5": ["lora, ranks and alphas by layer", "lora, some blocks", "lora, embeddings", "dora", "vera", "adalora", "ia3",
           "prompt", "p_tuning"],
}


class Comparison:
    overrides = ()  # of the recipe

    def __init__(self, name, family, case, base, data, work):
        self.name, self.family, self.case, self.base, self.data, self.work = name, family, case, base, data, work
        self.theirs = copy.deepcopy(case.theirs)  # PEFT writes the model's sizes into it
        self.ids, self.targets = (torch.randint(1, VOCABULARY, (40,)).tolist() for _ in range(2))

    def fresh(self):
        """The base once more, as transformers has it; but with the row of the pad id learning like every other, as ours
        does: the id may stand in a text, too."""
        model = self.family.auto.from_pretrained(self.base, dtype=torch.float32)
        for module in model.modules():
            if isinstance(module, torch.nn.Embedding):
                module.padding_idx = None
        return model

    def logits(self, model):
        """Of one row; without the positions of a soft prompt."""
        target = dict(decoder_input_ids=torch.tensor([self.targets])) if self.family.translates else {}
        with torch.no_grad():
            logits = model.eval()(input_ids=torch.tensor([self.ids]), **target).logits
        return logits if self.family.classifies else logits[0, -len(self.ids):]

    def ours(self, target, *more):
        decoder = ["--decoder-ids", ",".join(map(str, self.targets))] if self.family.translates else []
        return lathe("logits", target, *more, "--ids", ",".join(map(str, self.ids)), *decoder, "--all")

    def train(self, base, out, steps, rate):
        recipe = self.work / "recipe.yaml"
        recipe.write_text(RECIPE.format(task=self.family.task, base=base, data=self.data, steps=steps, rate=rate,
                                        method="{" + self.case.ours + "}"))
        return lathe("train", recipe, *self.overrides, "--out", out)

    def theirs_here(self, config=None):
        """PEFT's adapter, every value moved, gives the same answers here."""
        config = config or self.theirs
        config.task_type = self.family.task_type
        config.inference_mode = False
        made = get_peft_model(self.fresh(), config)
        trained = made.get_nb_trainable_parameters()[0]
        with torch.no_grad():
            for parameter in made.parameters():
                if parameter.requires_grad:
                    parameter.add_(torch.randn_like(parameter) * 0.1)
        made.save_pretrained(self.work / "theirs")
        check(f"{self.name}: PEFT's adapter here",
              largest_difference(self.ours(self.base, "--adapter", self.work / "theirs"), self.logits(made)), 1e-4)
        return trained

    def ours_there(self, trained):
        events = self.train(self.base, self.work / "run", 4, 1e-2)
        ours = next(event for event in events if event["event"] == "parameters")["trainable"]
        assert ours == trained, f"{self.name}: {ours} values train here, {trained} in PEFT"
        params = lathe("params", self.work / "recipe.yaml")[0]
        assert params["trainable"] == trained, f"{self.name}: the bill says {params['trainable']}, PEFT {trained}"
        answers = self.ours(self.work / "run")
        assert largest_difference(answers, self.logits(self.fresh())) > 1e-3, f"{self.name}: training changed nothing"
        loaded = PeftModel.from_pretrained(self.fresh(), self.work / "run/adapter")
        check(f"{self.name}: our adapter in PEFT", largest_difference(answers, self.logits(loaded)), 1e-4)
        if self.case.merges:
            lathe("export", self.work / "run", "--to", "hf", "--out", self.work / "merged")
            merged = self.family.auto.from_pretrained(self.work / "merged", dtype=torch.float32)
            check(f"{self.name}: merged model in transformers", largest_difference(answers, self.logits(merged)), 1e-4)

    def batch(self):
        """All rows at once, so that both sides see them in the same order."""
        if self.family.translates:
            tokenizer = AutoTokenizer.from_pretrained(self.base)
            rows = list(map(json.loads, self.data.read_text(encoding="utf-8").splitlines()))
            source, target = ([tokenizer(row[side], truncation=True, max_length=32)["input_ids"] for row in rows]
                              for side in ("source", "target"))
            target = [(ids + [tokenizer.eos_token_id])[:32] for ids in target]  # what stops generation is learnt, too
            return dict(input_ids=padded(source, 0), attention_mask=padded([[1] * len(ids) for ids in source], 0),
                        labels=padded(target, -100))
        rows = [row for row in lathe("preview", self.work / "recipe.yaml", "--rows", 64) if "ids" in row]
        assert 1 < len(rows) < 64, f"{len(rows)} rows are not one batch"
        batch = dict(input_ids=padded([row["ids"] for row in rows], 0),
                     attention_mask=padded([[1] * len(row["ids"]) for row in rows], 0))
        if self.family.classifies:
            labels = json.loads((self.work / "run/run.json").read_text())["labels"]
            return {**batch, "labels": torch.tensor([labels.index(row["label"]) for row in rows])}
        labels = padded([row["ids"] for row in rows], -100)
        labels[:, 0] = -100  # the first token has no target, in front of it a soft prompt or nothing
        return {**batch, "labels": labels}

    def curve(self):
        folder = self.work / "run/adapter"
        if self.name.endswith("adalora"):
            folder = shutil.copytree(folder, self.work / "with_schedule")
            config = json.loads((folder / "adapter_config.json").read_text())
            config.update(total_step=STEPS, tinit=2, tfinal=6)
            (folder / "adapter_config.json").write_text(json.dumps(config))
        if self.theirs.is_prompt_learning:  # PEFT loads such folders for use alone
            model = get_peft_model(self.fresh(), self.theirs)
            set_peft_model_state_dict(model, load_file(folder / "adapter_model.safetensors"))
        else:
            model = PeftModel.from_pretrained(self.fresh(), folder, is_trainable=True)
        ours = [event["loss"] for event in self.train(self.work / "run", self.work / "more", STEPS, self.family.rate)
                if event["event"] == "step"]
        if self.name.endswith("adalora"):
            self.adalora_curve(model, ours)
        else:
            compare_curves(self.name, ours, model, adamw(model, self.family.rate), least_fall=0.01, **self.batch())

    def adalora_curve(self, model, ours):
        """PEFT's loss has its penalty in it and its ranks are handed out by hand."""
        batch, theirs = self.batch(), []
        optimizer = adamw(model, self.family.rate)
        model.train()
        for step in range(STEPS):
            with torch.no_grad():
                theirs.append(model.base_model.model(**batch).loss.item())
            model(**batch).loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            model.base_model.update_and_allocate(step + 1)
            optimizer.zero_grad()
        check(f"{self.name}: losses of {STEPS} steps", max(abs(a - b) for a, b in zip(ours, theirs, strict=True)), 1e-4)

    def curve_from_a_checkpoint(self):
        """Of what is thrown away behind the last step, a network that makes the vectors: PEFT goes on from our first step,
        with its weights and the optimiser's moments."""
        self.train(self.base, self.work / "first", 1, self.family.rate)
        ours = [event["loss"] for event in self.train(self.base, self.work / "all", STEPS + 1, self.family.rate)
                if event["event"] == "step"]
        weights, moments = (load_file(self.work / "first/checkpoints/step-1" / file)
                            for file in ("weights.safetensors", "optimizer.safetensors"))
        model = get_peft_model(self.fresh(), self.theirs)
        trained = {name.removeprefix("base_model.").replace("modules_to_save.", "").replace("default.", ""): parameter
                   for name, parameter in model.named_parameters() if parameter.requires_grad}
        assert set(trained) == set(weights), set(trained) ^ set(weights)
        optimizer = torch.optim.AdamW(trained.values(), lr=self.family.rate, weight_decay=0)
        with torch.no_grad():
            for name, parameter in trained.items():
                parameter.copy_(weights[name])
                optimizer.state[parameter] = {"step": torch.tensor(1.0), "exp_avg": moments[f"{name}.exp_avg"],
                                              "exp_avg_sq": moments[f"{name}.exp_avg_sq"]}
        compare_curves(self.name, ours[1:], model, optimizer, least_fall=0.01, **self.batch())

    def run(self):
        trained = self.theirs_here()
        self.ours_there(trained)
        if self.case.continues:
            self.curve()
        else:
            self.curve_from_a_checkpoint()


def starts_from_the_base(base, data, work):
    """PiSSA and OLoRA have no random numbers, so that both can start from the base."""
    for init in ("pissa", "olora"):
        family = FAMILIES["llama"]
        case = Case(f"name: lora, rank: 4, alpha: 8, target_modules: [q_proj, v_proj], init: {init}", None)
        folder = work / init
        folder.mkdir()
        comparison = Comparison(f"llama, lora from {init}", family, case, base, data, folder)
        events = comparison.train(base, folder / "run", STEPS, family.rate)
        made = get_peft_model(comparison.fresh(), LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"],
                                                             init_lora_weights=init, task_type="CAUSAL_LM"))
        compare_curves(comparison.name, [event["loss"] for event in events if event["event"] == "step"], made,
                       adamw(made, family.rate), least_fall=0.01, **comparison.batch())
        answers = comparison.ours(folder / "run")
        loaded = PeftModel.from_pretrained(comparison.fresh(), folder / "run/adapter")
        check(f"{comparison.name}: our adapter in PEFT", largest_difference(answers, comparison.logits(loaded)), 1e-4)


def patterns_in_order(base, data, work):
    """Of names that fit a layer the first counts, in a file and in a recipe."""
    pattern = {"self_attn.q_proj": 64, "q_proj": 2, ".*layers.1.*v_proj": 3, "v_proj": 5}
    family = FAMILIES["llama"]
    text = ", ".join(f'"{name}": {alpha}' for name, alpha in pattern.items())
    config = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], alpha_pattern=pattern,
                        task_type="CAUSAL_LM", init_lora_weights=False)
    case = Case(f"name: lora, rank: 4, alpha: 8, target_modules: [q_proj, v_proj], alpha_pattern: {{{text}}}", config)
    folder = work / "patterns"
    folder.mkdir()
    comparison = Comparison("llama, patterns in order", family, case, base, data, folder)
    made = get_peft_model(comparison.fresh(), config)
    made.save_pretrained(folder / "theirs")
    file = folder / "theirs/adapter_config.json"
    for order in (list(pattern), list(reversed(pattern))):  # PEFT itself sorts the names when it saves
        written = json.loads(file.read_text())
        written["alpha_pattern"] = {name: pattern[name] for name in order}
        file.write_text(json.dumps(written))
        loaded = PeftModel.from_pretrained(comparison.fresh(), folder / "theirs")
        check(f"{comparison.name}: {order[0]} first",
              largest_difference(comparison.ours(base, "--adapter", folder / "theirs"), comparison.logits(loaded)), 1e-4)
    comparison.train(base, folder / "run", 2, 1e-2)
    loaded = PeftModel.from_pretrained(comparison.fresh(), folder / "run/adapter")
    check(f"{comparison.name}: our adapter in PEFT",
          largest_difference(comparison.ours(folder / "run"), comparison.logits(loaded)), 1e-4)


def vera_projection(base, data, work):
    """The shared random pair is the one PEFT draws from the same key."""
    family = FAMILIES["llama"]
    case = family.cases["vera"]
    comparison = Comparison("llama, vera", family, case, base, data, work)
    comparison.train(base, work / "vera_run", 1, 1e-2)
    ours = load_file(work / "vera_run/adapter/adapter_model.safetensors")
    made = get_peft_model(comparison.fresh(), VeraConfig(r=16, target_modules=["q_proj", "down_proj"],
                                                         task_type="CAUSAL_LM"))
    for part in ("vera_A", "vera_B"):
        theirs = getattr(made.base_model, part)["default"]
        assert torch.equal(ours[f"base_model.{part}"], theirs), f"{part} is not PEFT's"
    print("vera: the shared pair is PEFT's, bit for bit")


def vectors_for_both_stacks(base, data, work):
    """PEFT's usual folder of a prompt for T5 has vectors for the target text, too, which it does not use."""
    family = FAMILIES["t5"]
    comparison = Comparison("t5, prompt with vectors for both stacks", family, family.cases["prompt"], base, data, work)
    trained = comparison.theirs_here(PromptTuningConfig(num_virtual_tokens=5))
    assert trained == 10 * family.config.d_model, trained


def few_lines():
    return [line for line in text_lines() if len(line) > 20][:200] or ["a line of text to read"] * 50


def base_and_rows(family, folder):
    """A base with random weights and rows for it, in `folder`."""
    lines = few_lines()
    shaken(family.auto.from_config(family.config).float(), family.distance).save_pretrained(folder / "base")
    byte_level_tokenizer(lines, VOCABULARY).save_pretrained(folder / "base")
    if family.classifies:
        data = folder / "rows.jsonl"
        data.write_text("\n".join(json.dumps({"text": line[:60], "label": list(LABELS["label2id"])[i % 3]})
                                  for i, line in enumerate(lines[:30])), encoding="utf-8")
    elif family.translates:
        data = folder / "rows.jsonl"
        data.write_text("\n".join(json.dumps({"source": line[:24 + i], "target": line[::-1][:12 + i]})
                                  for i, line in enumerate(lines[:20])), encoding="utf-8")
    else:
        data = folder / "few.txt"
        data.write_text("\n".join(lines)[:800], encoding="utf-8")
    return folder / "base", data


def main():
    wanted = sys.argv[1:]
    for name, family in FAMILIES.items():
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            base, data = base_and_rows(family, work)
            for key, case in family.cases.items():
                asked = f"{name}, {key}" in wanted or name in wanted if wanted else FULL or key in SHORT[name]
                if not asked:
                    continue
                own = work / key.replace(" ", "_").replace(",", "")
                own.mkdir()
                torch.manual_seed(1)
                Comparison(f"{name}, {key}", family, case, base, data, own).run()
            if name == "llama" and (not wanted or "starts" in wanted):
                starts_from_the_base(base, data, work)
                vera_projection(base, data, work)
                patterns_in_order(base, data, work)
            if name == "t5" and (not wanted or name in wanted):
                vectors_for_both_stacks(base, data, work)


if __name__ == "__main__":
    main()
