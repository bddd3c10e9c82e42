// SPDX-License-Identifier: GPL-3.0-or-later
// The Modelfile that Ollama makes a model from (spec §5.6).
#pragma once

#include <string>

#include "core/tokenizer/chat_format.h"

namespace lathe {

/// FROM `model` (a path relative to the Modelfile), the chat format as a TEMPLATE, and what ends an answer.
std::string ollamaModelfile(const std::string& model, const ChatFormat& format, const Tokenizer& tokenizer);

}  // namespace lathe
