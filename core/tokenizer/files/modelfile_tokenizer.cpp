// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/files/modelfile_tokenizer.h"

#include <algorithm>
#include <optional>

namespace lathe {
namespace {

// Stand for the texts of a turn until the template is whole; no format strips them.
constexpr std::string_view kSystem = "\1", kPrompt = "\2", kResponse = "\3";

using Text = std::optional<std::string>;

/// What the model reads up to its next answer; Ollama writes the start token itself.
Text rendered(const ChatFormat& format, std::vector<ChatMessage> messages) {
    const auto chat = format.render(Conversation(std::move(messages)), true);
    if (!chat.ok()) return {};
    return chat.value().text.substr(format.start().size());
}

/// `text` without its end, which is `end`.
Text before(const std::string& text, const std::string& end) {
    if (!text.ends_with(end)) return {};
    return text.substr(0, text.size() - end.size());
}

/// A template for both texts, of which `with` says more in one place: what they share stands outside the
/// condition.
Text eitherOf(const std::string& with, const std::string& without) {
    const auto shared = std::size_t(
        std::mismatch(with.begin(), with.end(), without.begin(), without.end()).first - with.begin());
    const std::string tail = without.substr(shared);
    const Text more = before(with.substr(shared), tail);
    if (!more) return {};
    return with.substr(0, shared) + "{{ if .System }}" + *more + "{{ end }}" + tail;
}

/// The text which, put where `head` has the system text, makes `head` what stands without one. Nothing when
/// there is no such text.
Text ownSystemText(const std::string& head, const std::string& withoutSystem) {
    const auto at = head.find(kSystem);
    if (at == std::string::npos || withoutSystem.empty()) return {};
    const std::string opening = head.substr(0, at), ending = head.substr(at + kSystem.size());
    if (!withoutSystem.starts_with(opening)) return {};
    return before(withoutSystem.substr(at), ending);
}

void replaceAll(std::string& text, std::string_view mark, std::string_view words) {
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + words.size()))
        text.replace(at, mark.size(), words);
}

/// How long the end of an answer is at the beginning of `text`: up to its stop token and the white space
/// behind it.
std::size_t endingLength(const std::string& text, const ChatFormat& format, const Tokenizer& tokenizer) {
    std::size_t end = std::string::npos;
    for (const int32_t id : format.stopIds()) {
        const std::string stop = tokenizer.piece(id);
        if (const auto at = text.find(stop); at != std::string::npos) end = std::min(end, at + stop.size());
    }
    if (end == std::string::npos) return 0;
    return std::min(text.find_first_not_of(" \n", end), text.size());
}

struct OllamaTemplate {
    std::string text;        ///< the Go template
    std::string systemText;  ///< the model's own, for a conversation without one
};

const ChatMessage kAsk{"user", std::string(kPrompt)}, kAnswer{"assistant", std::string(kResponse)},
    kSystemTurn{"system", std::string(kSystem)};

/// The system part and the question's part of the template; nothing where they cannot be told apart.
Text questionPart(const ChatFormat& format, const std::string& turn, const std::string& withoutSystem,
                  OllamaTemplate& made) {
    const Text both = rendered(format, {kSystemTurn, kAsk});
    const Text withSystem = both ? before(*both, format.opening()) : Text();
    if (!withSystem) return {};
    const auto asked = [](const std::string& text) { return "{{ if .Prompt }}" + text + "{{ end }}"; };
    const Text head = before(*withSystem, turn);
    if (!head) {
        const Text either = eitherOf(*withSystem, turn);
        return either ? asked(*either) : Text();
    }
    const Text own = ownSystemText(*head, withoutSystem);
    made.systemText = own.value_or("");
    std::string text = "{{ if .System }}" + *head + "{{ end }}" + asked(turn);
    // Marks around nothing: Ollama takes an empty text for none, so a space stands for it.
    if (own && own->empty()) {
        made.systemText = " ";
        replaceAll(text, kSystem, "{{ if ne .System \" \" }}" + std::string(kSystem) + "{{ end }}");
    }
    return text;
}

/// Nothing where such a template cannot say what the format says.
std::optional<OllamaTemplate> templateOf(const ChatFormat& format, const Tokenizer& tokenizer) {
    const Text first = rendered(format, {kAsk});
    const Text twice = rendered(format, {kAsk, kAnswer, kAsk});
    if (!first || !twice) return {};
    const auto response = twice->find(kResponse);
    if (response == std::string::npos || !twice->starts_with(*first)) return {};
    const std::string rest = twice->substr(response + kResponse.size());
    const std::string ending = rest.substr(0, endingLength(rest, format, tokenizer));
    const std::string later = rest.substr(ending.size());  // a question that is not the first
    const Text withoutSystem = before(*first, later);
    const Text turn = before(later, format.opening());
    if (!withoutSystem || !turn) return {};
    OllamaTemplate made;
    const Text question = questionPart(format, *turn, *withoutSystem, made);
    if (!question) return {};
    // A space that opens an answer is the model's to write: it must not stand where one is to follow.
    const std::string opening = twice->substr(first->size(), response - first->size());
    const std::string whole = opening + std::string(kResponse) + ending;
    made.text =
        *question + format.opening() + (opening.empty() ? whole : "{{ if .Response }}" + whole + "{{ end }}");
    replaceAll(made.text, kSystem, "{{ .System }}");
    replaceAll(made.text, kPrompt, "{{ .Prompt }}");
    replaceAll(made.text, kResponse, "{{ .Response }}");
    return made;
}

/// A turn as Ollama fills the template: an empty response is still to be written.
struct Turn {
    std::string system, prompt, response;

    const std::string& valueOf(std::string_view name) const {
        return name == ".System" ? system : name == ".Prompt" ? prompt : response;
    }
    bool holds(std::string_view condition) const {
        return condition == "ne .System \" \"" ? system != " " : !valueOf(condition).empty();
    }
};

/// Fills what templateOf writes, up to the next "end" of the same level; `rest` is what is left. Nothing is
/// added once the response is due.
void fill(std::string_view& rest, const Turn& turn, bool shown, bool& due, std::string& text) {
    while (!rest.empty()) {
        const auto begin = std::min(rest.find("{{ "), rest.size());
        if (shown && !due) text += rest.substr(0, begin);
        if (begin == rest.size()) return rest.remove_prefix(begin);
        const auto end = rest.find(" }}", begin);
        const std::string_view action = rest.substr(begin + 3, end - begin - 3);
        rest.remove_prefix(end + 3);
        if (action == "end") return;
        if (action.starts_with("if "))
            fill(rest, turn, shown && turn.holds(action.substr(3)), due, text);
        else if (shown && !due)
            text += turn.valueOf(action);
        due = due || (action == ".Response" && turn.response.empty());
    }
}

std::string filled(const OllamaTemplate& made, const std::vector<Turn>& turns) {
    std::string text;
    for (const Turn& turn : turns) {
        std::string_view rest = made.text;
        bool due = false;
        fill(rest, turn, true, due, text);
    }
    return text;
}

/// Whether the template says what the format says, for conversations of one and two turns.
bool agrees(const ChatFormat& format, const OllamaTemplate& made) {
    const ChatMessage system{"system", "Be kind"}, hi{"user", "Hi"}, hello{"assistant", "Hello"},
        bye{"user", "Bye"};
    const std::string& own = made.systemText;
    return filled(made, {{own, "Hi", ""}}) == rendered(format, {hi}) &&
           filled(made, {{"Be kind", "Hi", ""}}) == rendered(format, {system, hi}) &&
           filled(made, {{own, "Hi", "Hello"}, {"", "Bye", ""}}) == rendered(format, {hi, hello, bye}) &&
           filled(made, {{"Be kind", "Hi", "Hello"}, {"", "Bye", ""}}) ==
               rendered(format, {system, hi, hello, bye});
}

/// Texts that a Modelfile's values can hold.
bool canBeQuoted(const std::string& text) {
    return text.find("\"\"\"") == std::string::npos;
}

}  // namespace

std::string ollamaModelfile(const std::string& model, const ChatFormat& format, const Tokenizer& tokenizer) {
    std::string file = "FROM " + model + "\n";
    if (format.name() != "plain" && format.name() != "none") {
        const auto conversation = templateOf(format, tokenizer);
        if (conversation && agrees(format, *conversation) &&
            canBeQuoted(conversation->text + conversation->systemText)) {
            file += "TEMPLATE \"\"\"" + conversation->text + "\"\"\"\n";
            if (!conversation->systemText.empty())
                file += "SYSTEM \"\"\"" + conversation->systemText + "\"\"\"\n";
        } else {
            file +=
                "# The model's chat template cannot be written as one of Ollama's: write a TEMPLATE by "
                "hand,\n"
                "# or use a server that reads tokenizer.chat_template from the GGUF file.\n";
        }
    }
    for (const int32_t id : format.stopIds()) file += "PARAMETER stop \"" + tokenizer.piece(id) + "\"\n";
    return file;
}

}  // namespace lathe
