// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat/named_formats.h"

#include <algorithm>
#include <array>

namespace lathe {
namespace {

enum class Start {
    None,
    Always,      ///< the start token, where the tokenizer has one
    AsTokenizer  ///< as the tokenizer begins a text: for formats that go with base models
};

struct Description {
    std::string_view name;
    std::string_view stop;  ///< "{eos}": the model's end token
    Start start = Start::None;
    std::string_view body = {};
};

constexpr std::string_view kEos = "{eos}";

constexpr std::array kFormats = {
    Description{"chatml", "<|im_end|>", Start::None,
                R"({% for message in messages %}
{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %})"},
    Description{"llama3", "<|eot_id|>", Start::Always,
                R"({% for message in messages %}
{{ '<|start_header_id|>' + message.role + '<|end_header_id|>\n\n' + message.content | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %})"},
    Description{"gemma", "<end_of_turn>", Start::Always,
                R"({% set system = namespace(text='') %}
{%- for message in messages %}
{%- if message.role == 'system' and loop.nextitem is defined and loop.nextitem.role == 'user' %}
{%- set system.text = message.content + '\n\n' %}
{%- else %}
{{- '<start_of_turn>' + ('model' if message.role == 'assistant' else 'user') + '\n' }}
{{- system.text + message.content | trim + '<end_of_turn>\n' }}
{%- set system.text = '' %}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %})"},
    Description{"phi", "<|end|>", Start::None,
                R"({% for message in messages %}
{{ '<|' + message.role + '|>\n' + message.content + '<|end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %})"},
    Description{"zephyr", kEos, Start::None,
                R"({% for message in messages %}
{{ '<|' + message.role + '|>\n' + message.content + eos_token + '\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %})"},
    Description{"mistral", kEos, Start::Always,
                R"({% set system = namespace(text='') %}
{%- for message in messages %}
{%- if message.role == 'system' and loop.nextitem is defined and loop.nextitem.role == 'user' %}
{%- set system.text = message.content + '\n\n' %}
{%- elif message.role == 'assistant' %}
{{- ' ' + message.content + eos_token }}
{%- else %}
{{- '[INST] ' + system.text + message.content + ' [/INST]' }}
{%- set system.text = '' %}
{%- endif %}
{%- endfor %})"},
    Description{"alpaca", "", Start::AsTokenizer,
                R"({% if messages and messages[0].role != 'system' %}
{{ 'Below is an instruction that describes a task. ' }}
{{- 'Write a response that appropriately completes the request.' }}
{%- endif %}
{%- for message in messages %}
{%- if message.role == 'assistant' %}{{ message.content ~ eos_token }}
{%- elif message.role == 'system' %}{{ message.content }}
{%- else %}{{ '\n\n### Instruction:\n' + message.content + '\n\n### Response:\n' }}
{%- endif %}
{%- endfor %})"},
    Description{"plain", "", Start::AsTokenizer,
                R"({% for message in messages %}
{{ message.content ~ (eos_token if message.role == 'assistant' else '\n') }}
{%- endfor %})"},
    Description{"none", "", Start::AsTokenizer,
                R"({% for message in messages %}{{ message.content }}{% endfor %})"}};

/// Whether a text of a base model begins with its start token.
bool tokenizerAddsBos(const Tokenizer& tokenizer) {
    const auto start = tokenizer.encode("", true).ids;
    const auto bos = tokenizer.specialTokens().bos;
    return bos && !start.empty() && start.front() == *bos;
}

}  // namespace

std::string formatNames() {
    std::string names;
    for (const Description& known : kFormats) (names += names.empty() ? "" : ", ") += known.name;
    return names;
}

Result<NamedFormat> namedFormat(const std::string& name, const Tokenizer& tokenizer) {
    const auto known =
        std::find_if(kFormats.begin(), kFormats.end(), [&](const auto& d) { return d.name == name; });
    if (known == kFormats.end())
        return Error{ErrorCode::Unsupported, "the chat format \"" + name + "\" is not known", "",
                     "use one of auto, " + formatNames()};
    const SpecialTokens& specials = tokenizer.specialTokens();
    NamedFormat format;
    if (known->stop != kEos)
        format.stop = known->stop;
    else
        format.stop = specials.eos ? tokenizer.piece(*specials.eos) : "</s>";
    if (!format.stop.empty() && !tokenizer.idOf(format.stop))
        return Error{ErrorCode::ModelMismatch,
                     "the chat format \"" + name + "\" needs the token " + format.stop +
                         ", which the base does not have",
                     "", "use the format plain or alpaca for this base"};
    const bool starts =
        known->start == Start::Always || (known->start == Start::AsTokenizer && tokenizerAddsBos(tokenizer));
    format.source = (starts ? "{{ bos_token }}" : "") + std::string(known->body);
    return format;
}

}  // namespace lathe
