// SPDX-License-Identifier: GPL-3.0-or-later
// Ollama's Modelfiles as bases: what they are made FROM (methods.md, "Modelfile").
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace lathe {

struct ModelfileCommand {
    std::string keyword;  ///< in lower case: "from"
    std::string name;     ///< of a PARAMETER, or the role of a MESSAGE
    std::string value;    ///< without the quotes around it
    int64_t line = 1;     ///< that it begins on
};

/// The commands in order, whatever their keywords. FileMalformed with the line for what is no command and for
/// quotes that stay open.
Result<std::vector<ModelfileCommand>> parseModelfile(const std::string& text, const std::string& place);

/// The Modelfile that `path` is (Modelfile or NAME.Modelfile, in any case) or that stands for the folder
/// `path`: one that holds a Modelfile and no config.json.
std::optional<std::filesystem::path> modelfileAt(const std::filesystem::path& path);

/// The .gguf file or folder behind FROM, which is relative to the Modelfile. Unsupported for a Modelfile with
/// an adapter, FileMissing for a FROM that is no file or folder, such as the name of a model of Ollama's own.
Result<std::filesystem::path> modelfileBase(const std::filesystem::path& modelfile);

}  // namespace lathe
