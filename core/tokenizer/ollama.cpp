// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/ollama.h"

#include <algorithm>
#include <optional>

namespace lathe {
namespace {

// Stand for the texts of a turn until the template is whole; no format strips them.
constexpr std::string_view kSystem = "\1", kPrompt = "\2", kResponse = "\3";

std::string rendered(const ChatFormat& format, const std::vector<ChatMessage>& messages) {
    std::string text;
    for (const ChatPart& part : format.render(messages, true)) text += part.text;
    return text.substr(format.start().size());
}

/// `text` without its end, which is `end`.
std::string before(const std::string& text, const std::string& end) {
    LATHE_CHECK(text.ends_with(end));
    return text.substr(0, text.size() - end.size());
}

/// A template for both texts, of which `with` says more in one place: what they share stands outside the
/// condition.
std::string eitherOf(const std::string& with, const std::string& without) {
    const auto shared = std::size_t(
        std::mismatch(with.begin(), with.end(), without.begin(), without.end()).first - with.begin());
    const std::string tail = without.substr(shared);
    return with.substr(0, shared) + "{{ if .System }}" + before(with.substr(shared), tail) + "{{ end }}" +
           tail;
}

/// The text which, put where `head` has the system text, makes `head` what stands without one. Nothing when
/// there is no such text.
std::optional<std::string> ownSystemText(const std::string& head, const std::string& withoutSystem) {
    const auto at = head.find(kSystem);
    if (at == std::string::npos || withoutSystem.empty()) return {};
    const std::string opening = head.substr(0, at), ending = head.substr(at + kSystem.size());
    LATHE_CHECK(withoutSystem.starts_with(opening));
    return before(withoutSystem.substr(at), ending);
}

void replaceAll(std::string& text, std::string_view mark, std::string_view words) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + words.size()))
        text.replace(at, mark.size(), words);
}

struct Conversation {
    std::string text;        ///< the Go template
    std::string systemText;  ///< the model's own, for a conversation without one
};

Conversation conversationOf(const ChatFormat& format) {
    const ChatMessage system{"system", std::string(kSystem)}, user{"user", std::string(kPrompt)},
        answer{"assistant", std::string(kResponse)};
    const std::string generation = rendered(format, {});
    const std::string first = rendered(format, {user});
    const std::string later = first.substr(format.withoutSystem().size());
    const std::string turn = before(later, generation);
    const std::string withSystem = before(rendered(format, {system, user}), generation);
    const auto asked = [](const std::string& text) { return "{{ if .Prompt }}" + text + "{{ end }}"; };
    Conversation made;
    if (withSystem.ends_with(turn)) {
        const std::string head = before(withSystem, turn);
        const auto own = ownSystemText(head, format.withoutSystem());
        made.systemText = own.value_or("");
        made.text = "{{ if .System }}" + head + "{{ end }}" + asked(turn);
        // Marks around nothing: Ollama takes an empty text for none, so a space stands for it.
        if (own && own->empty()) {
            made.systemText = " ";
            replaceAll(made.text, kSystem, "{{ if ne .System \" \" }}" + std::string(kSystem) + "{{ end }}");
        }
    } else {
        made.text = asked(eitherOf(withSystem, turn));
    }
    const std::string answered = before(rendered(format, {user, answer, user}), later);
    const auto response = answered.find(kResponse);
    // A space that opens an answer is the model's to write: it must not stand where one is to follow.
    const std::string opening = answered.substr(first.size(), response - first.size());
    const std::string whole = answered.substr(first.size());
    made.text += generation + (opening.empty() ? whole : "{{ if .Response }}" + whole + "{{ end }}");
    replaceAll(made.text, kSystem, "{{ .System }}");
    replaceAll(made.text, kPrompt, "{{ .Prompt }}");
    replaceAll(made.text, kResponse, "{{ .Response }}");
    return made;
}

}  // namespace

std::string ollamaModelfile(const std::string& model, const ChatFormat& format, const Tokenizer& tokenizer) {
    std::string file = "FROM " + model + "\n";
    if (format.name() != "plain" && format.name() != "none") {
        const Conversation conversation = conversationOf(format);
        file += "TEMPLATE \"\"\"" + conversation.text + "\"\"\"\n";
        if (!conversation.systemText.empty()) file += "SYSTEM \"\"\"" + conversation.systemText + "\"\"\"\n";
    }
    for (const int32_t id : format.stopIds()) file += "PARAMETER stop \"" + tokenizer.piece(id) + "\"\n";
    return file;
}

}  // namespace lathe
