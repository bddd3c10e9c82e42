# SPDX-License-Identifier: GPL-3.0-or-later
"""Chat formats against apply_chat_template: for each format a template of the family's published behaviour, 50
conversations, equal ids, and a mask that covers the answers with their end of turn."""
import json
import pathlib
import random
import tempfile

from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from reference import lathe

CONVERSATIONS = 50
TURNS = "{% for message in messages %}"
GENERATION = "{% generation %}"
END = "{% endgeneration %}"
BREAK = "{{ '\\n' }}"  # a plain line break after a block would be swallowed


def turn_by_role(opening, ending, after, content="message.content"):
    """Every role in the same brackets; the answer and its ending are what is generated."""
    body = "{{ " + content + " }}" + ending
    return (TURNS + opening + "{% if message.role == 'assistant' %}" + GENERATION + body + END + "{% else %}" + body
            + "{% endif %}" + after + "{% endfor %}")


def alternating(user, answer):
    """The system text goes in front of the first user turn."""
    return ("{{ bos_token }}{% set lead = '' %}{% if messages[0].role == 'system' %}"
            "{% set lead = messages[0].content + '\n\n' %}{% set messages = messages[1:] %}{% endif %}" + TURNS
            + "{% if message.role == 'user' %}" + user.replace("CONTENT", "{{ lead if loop.first else '' }}") + "{% else %}"
            + answer + "{% endif %}{% endfor %}")


def next_answer(text):
    return "{% if add_generation_prompt %}" + text + "{% endif %}"


MISTRAL_ANSWER = " " + GENERATION + "{{ message.content }}{{ eos_token }}" + END
FORMATS = {
    "chatml": turn_by_role("<|im_start|>{{ message.role }}\n", "<|im_end|>", BREAK) + next_answer(
        "<|im_start|>assistant\n"),
    "chatml with its own system text": "{% if messages[0].role != 'system' %}<|im_start|>system\nYou answer briefly."
                                       "<|im_end|>" + BREAK + "{% endif %}" + turn_by_role(
        "<|im_start|>{{ message.role }}\n", "<|im_end|>", BREAK) + next_answer("<|im_start|>assistant\n"),
    "llama3": "{{ bos_token }}" + turn_by_role(
        "<|start_header_id|>{{ message.role }}<|end_header_id|>\n\n", "<|eot_id|>", "", "message.content | trim")
        + next_answer("<|start_header_id|>assistant<|end_header_id|>\n\n"),
    "zephyr": turn_by_role("{% if message.role == 'user' %}<|user|>\n{% else %}<|{{ message.role }}|>\n{% endif %}",
                           "{{ eos_token }}", BREAK) + next_answer("<|assistant|>\n"),
    "phi": turn_by_role("{% if message.role == 'user' %}<|user|>\n{% else %}<|{{ message.role }}|>\n{% endif %}",
                        "<|end|>", BREAK)
        + "{% if add_generation_prompt %}<|assistant|>\n{% else %}{{ eos_token }}{% endif %}",
    "gemma": alternating("<start_of_turn>user\nCONTENT{{ message.content | trim }}<end_of_turn>\n",
                         "<start_of_turn>model\n" + GENERATION + "{{ message.content | trim }}<end_of_turn>" + END + BREAK)
        + next_answer("<start_of_turn>model\n"),
    "mistral": alternating("[INST] CONTENT{{ message.content }} [/INST]", MISTRAL_ANSWER),
    "mistral, third version": alternating("[INST] CONTENT{{ message.content }}[/INST]", MISTRAL_ANSWER),
    "alpaca": "{% if messages[0].role != 'system' %}Below is an instruction that describes a task. Write a response that "
              "appropriately completes the request.{% endif %}" + TURNS
              + "{% if message.role == 'user' %}{{ '\\n\\n' }}### Instruction:\n{{ message.content }}\n\n### Response:\n"
              + "{% elif message.role == 'assistant' %}" + GENERATION + "{{ message.content }}{{ eos_token }}" + END
              + "{% else %}{{ message.content }}{% endif %}{% endfor %}",
}
MARKS = ["<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
         "<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]"]
TEXTS = ["Hello", "What is 2 + 2?", "  two spaces before", "after  ", "\nline\n\nbreaks\n", "\ttab", "你好，世界。今天天气很好吗？",
         "👩‍👩‍👧‍👦 emoji 🇪🇸", "naïve café", "a\r\nb", "x" * 40, "{{ not a template }}", "«¿Qué tal?»", "def f():\n    return 1",
         "<b>&amp;</b>", "مرحبا", "\u3000wide\u00a0", "'quoted' \"twice\"", "."]
RECIPE = """
lathe: 1
name: chat
task: instruction
base: {base}
data: {{train: {data}, validation: none, max_length: 4096}}
method: {{name: lora, rank: 2}}
"""


def small_tokenizer():
    """One token a byte and the marks of every format."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={piece: id for id, piece in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(MARKS)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="</s>")


def conversation(pick):
    """Questions and answers in turn; sometimes a system text, even an empty one."""
    messages = []
    if pick.random() < 0.5:
        messages.append({"role": "system", "content": pick.choice(["", "Be kind.", " spaced ", "用中文回答。", "a\nb"])})
    for _ in range(pick.randint(1, 6)):
        messages.append({"role": "user", "content": pick.choice(TEXTS)})
        messages.append({"role": "assistant", "content": pick.choice(TEXTS)})
    return messages


def compare(name, template, folder):
    pick = random.Random(name)
    tokenizer = small_tokenizer()
    tokenizer.chat_template = template
    tokenizer.save_pretrained(folder)
    rows = [conversation(pick) for _ in range(CONVERSATIONS)]
    data = folder / "rows.jsonl"
    data.write_text("\n".join(json.dumps({"messages": row}) for row in rows), encoding="utf-8")
    recipe = folder / "chat.yaml"
    recipe.write_text(RECIPE.format(base=folder, data=data))
    *shown, summary = lathe("preview", recipe, "--rows", CONVERSATIONS)
    assert summary["template"] == name.split()[0].strip(","), f"{name} was taken for {summary['template']}"
    assert len(shown) == CONVERSATIONS, f"{name}: {len(shown)} rows came back"
    learnt = 0
    for row, mine in zip(rows, shown):
        theirs = tokenizer.apply_chat_template(row, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
        assert mine["ids"] == theirs["input_ids"], (
            f"{name}: {row}\n  ours   {mine['text']!r}\n  theirs {tokenizer.decode(theirs['input_ids'])!r}")
        assert mine["trained"] == theirs["assistant_masks"], (
            f"{name}: {row} learns {[p for p, t in zip(mine['pieces'], mine['trained']) if t]}")
        prompt = tokenizer.apply_chat_template(row[:-1], tokenize=False, add_generation_prompt=True)
        assert mine["prompt"] == prompt, f"{name}: the prompt is {mine['prompt']!r}, not {prompt!r}"
        learnt += sum(mine["trained"])
    print(f"{name}: {CONVERSATIONS} conversations equal, {sum(len(row['ids']) for row in shown)} tokens, {learnt} learnt")


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    model = LlamaForCausalLM(LlamaConfig(vocab_size=256 + len(MARKS), hidden_size=16, intermediate_size=16,
                                         num_hidden_layers=1, num_attention_heads=2))
    model.save_pretrained(folder)
    for name, template in FORMATS.items():
        compare(name, template, folder)


main()
