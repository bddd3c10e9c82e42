// SPDX-License-Identifier: GPL-3.0-or-later
// The Modelfile that Ollama makes a model from (methods.md, "Modelfile").
#pragma once

#include <string>

#include "core/tokenizer/chat/chat_format.h"

namespace lathe {

/// FROM `model` (a path relative to the Modelfile), the chat format as a TEMPLATE, the model's own system
/// text, and what ends an answer. Ollama fills the template once a turn (the system text in the first one
/// only) and leaves off what follows .Response where an answer is to be written; it writes the start token
/// itself.
std::string ollamaModelfile(const std::string& model, const ChatFormat& format, const Tokenizer& tokenizer);

}  // namespace lathe
