// SPDX-License-Identifier: GPL-3.0-or-later
// The chat template of a Hugging Face folder, which may have several by name.
#pragma once

#include <filesystem>
#include <string>

#include "core/base/json.h"
#include "core/base/result.h"

namespace lathe::tok {

/// As transformers reads it: chat_template.jinja ("default") and additional_chat_templates/NAME.jinja, else
/// "chat_template" of `config`, tokenizer_config.json, which is one template, a list of {name, template} or
/// an object of them. Of several, "tool_use" is for conversations with tools and "default" for others; one
/// template that chooses between them, and refuses a conversation that none is for, naming the others. Empty
/// without any. FileMalformed for a list that is not one of templates.
Result<std::string> readChatTemplate(const std::filesystem::path& folder, const Json& config);

}  // namespace lathe::tok
