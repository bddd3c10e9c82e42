// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/formats/modelfile.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "core/base/ascii.h"
#include "core/base/files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

/// Templates and licences are long; weights are not in there.
constexpr uint64_t kMaxModelfile = uint64_t(4) << 20;
constexpr std::string_view kSpace = " \t\r\n", kBlank = " \t\r", kTripled = "\"\"\"",
                           kByteOrderMark = "\xEF\xBB\xBF";

bool isLetter(char c) {
    return lowerAscii(c) >= 'a' && lowerAscii(c) <= 'z';
}

class Parser {
  public:
    Parser(std::string_view text, const std::string& place) : m_text(text), m_place(place) {
        if (m_text.starts_with(kByteOrderMark)) m_at = kByteOrderMark.size();
    }

    Result<std::vector<ModelfileCommand>> commands() {
        std::vector<ModelfileCommand> found;
        for (skip(kSpace); m_at < m_text.size(); skip(kSpace)) {
            if (m_text[m_at] == '#') {
                takeLine();
                continue;
            }
            ModelfileCommand command;
            command.line = m_line;
            while (m_at < m_text.size() && isLetter(m_text[m_at]))
                command.keyword += lowerAscii(m_text[m_at++]);
            const bool apart = m_at == m_text.size() || kSpace.find(m_text[m_at]) != std::string_view::npos;
            if (command.keyword.empty() || !apart) return fault("this is no command", m_line);
            skip(kBlank);
            if (command.keyword == "parameter" || command.keyword == "message") {
                command.name = take(std::min(m_text.find_first_of(kSpace, m_at), m_text.size()));
                skip(kBlank);
            }
            LATHE_TRY(command.value, value());
            found.push_back(std::move(command));
        }
        return found;
    }

  private:
    Error fault(const std::string& message, int64_t line) const {
        return {ErrorCode::FileMalformed, message, m_place + ":" + std::to_string(line),
                "a Modelfile's lines are a keyword and its value: FROM ./model.gguf"};
    }
    void skip(std::string_view characters) {
        const auto end = std::min(m_text.find_first_not_of(characters, m_at), m_text.size());
        take(end);
    }
    std::string_view take(std::size_t end) {
        const std::string_view taken = m_text.substr(m_at, end - m_at);
        m_line += std::count(taken.begin(), taken.end(), '\n');
        m_at = end;
        return taken;
    }
    std::string_view takeLine() {
        std::string_view line = take(std::min(m_text.find('\n', m_at), m_text.size()));
        line = line.substr(0, line.find_last_not_of(kBlank) + 1);
        return line;
    }
    /// The rest of the line, or what stands between quotes: those that close it end a line, maybe a later
    /// one.
    Result<std::string> value() {
        const std::string_view rest = m_text.substr(m_at);
        const std::string_view quote = rest.starts_with(kTripled) ? kTripled : kTripled.substr(0, 1);
        if (!rest.starts_with(quote)) return std::string(takeLine());
        const auto begin = m_at + quote.size();
        for (auto end = m_text.find(quote, begin); end != std::string_view::npos;
             end = m_text.find(quote, end + 1)) {
            const auto next = m_text.find_first_not_of(kBlank, end + quote.size());
            if (next != std::string_view::npos && m_text[next] != '\n') continue;
            take(end + quote.size());
            return std::string(m_text.substr(begin, end - begin));
        }
        return fault("the quotes stay open", m_line);
    }

    std::string_view m_text;
    const std::string& m_place;
    std::size_t m_at = 0;
    int64_t m_line = 1;
};

bool isModelfileName(const fs::path& path) {
    const std::string name = lowerAscii(path.filename().string());
    return name == "modelfile" || name.ends_with(".modelfile");
}

/// A path as it was written: "~" is the user's folder, the rest goes from the Modelfile's folder.
fs::path anchored(const std::string& from, const fs::path& folder) {
    const char* home = std::getenv("HOME");
    if (home && from.starts_with("~/")) return fs::path(home) / from.substr(2);
    return (folder / from).lexically_normal();
}

}  // namespace

Result<std::vector<ModelfileCommand>> parseModelfile(const std::string& text, const std::string& place) {
    return Parser(text, place).commands();
}

std::optional<fs::path> modelfileAt(const fs::path& path) {
    std::error_code failure;
    if (fs::is_regular_file(path, failure)) return isModelfileName(path) ? std::optional(path) : std::nullopt;
    if (!fs::is_directory(path, failure) || fs::exists(path / "config.json", failure)) return {};
    std::optional<fs::path> found;
    for (fs::directory_iterator it(path, failure), end; !failure && it != end; it.increment(failure))
        if (lowerAscii(it->path().filename().string()) == "modelfile" && (!found || it->path() < *found))
            found = it->path();
    return found;
}

Result<fs::path> modelfileBase(const fs::path& modelfile) {
    const std::string place = modelfile.string();
    LATHE_TRY(const std::string text, readTextFile(modelfile, kMaxModelfile));
    LATHE_TRY(const auto commands, parseModelfile(text, place));
    const ModelfileCommand* from = nullptr;
    for (const ModelfileCommand& command : commands) {
        const std::string here = place + ":" + std::to_string(command.line);
        if (command.keyword == "adapter")
            return Error{ErrorCode::Unsupported, "a base with an adapter of its own", here,
                         "name what stands behind FROM as the base, and the adapter with --adapter"};
        if (command.keyword != "from") continue;
        if (from)
            return Error{ErrorCode::Unsupported, "a base of several files", here,
                         "name the .gguf file or the folder itself"};
        from = &command;
    }
    if (!from || from->value.empty())
        return Error{ErrorCode::FileMalformed, "the Modelfile does not say what it is made FROM", place, ""};
    const fs::path path = anchored(from->value, modelfile.parent_path());
    std::error_code ignored;
    if (fs::exists(path, ignored)) return path;
    const std::string here = place + ":" + std::to_string(from->line);
    return Error{ErrorCode::FileMissing,
                 "FROM names \"" + from->value + "\", which is no file or folder here", here,
                 "models of Ollama's own library are not read; name a .gguf file or a model folder"};
}

}  // namespace lathe
