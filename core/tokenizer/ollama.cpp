// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/ollama.h"

namespace lathe {
namespace {

std::string rendered(const ChatFormat& format, const std::vector<ChatMessage>& messages, bool forGeneration) {
    std::string text;
    for (const ChatPart& part : format.render(messages, forGeneration)) text += part.text;
    return text;
}

/// What `longer` has behind `shorter`; all of it when it does not begin so.
std::string behind(const std::string& shorter, const std::string& longer) {
    return longer.starts_with(shorter) ? longer.substr(shorter.size()) : longer;
}

}  // namespace

std::string ollamaModelfile(const std::string& model, const ChatFormat& format, const Tokenizer& tokenizer) {
    std::string file = "FROM " + model + "\n";
    if (format.name() != "plain" && format.name() != "none") {
        const ChatMessage system{"system", "{{ .System }}"}, user{"user", "{{ .Prompt }}"},
            answer{"assistant", "{{ .Response }}"};
        const std::string first = rendered(format, {system}, false);
        const std::string asked = rendered(format, {system, user}, false);
        const std::string opened = rendered(format, {system, user}, true);
        const std::string whole = rendered(format, {system, user, answer}, false);
        // Ollama writes the start token itself; one that opens every turn is the format's own.
        const auto bos = tokenizer.specialTokens().bos;
        const std::string start = bos ? tokenizer.piece(*bos) : std::string();
        const std::string head = behind(first, asked).starts_with(start) ? first : behind(start, first);
        file += "TEMPLATE \"\"\"{{ if .System }}" + head + "{{ end }}{{ if .Prompt }}" + behind(first, asked) +
                "{{ end }}" + behind(asked, opened) + behind(opened, whole) + "\"\"\"\n";
    }
    for (const int32_t id : format.stopIds())
        file += "PARAMETER stop \"" + tokenizer.piece(id) + "\"\n";
    return file;
}

}  // namespace lathe
