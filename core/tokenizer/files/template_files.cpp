// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/files/template_files.h"

#include <map>

#include "core/base/files.h"
#include "core/tokenizer/text/part_json.h"

namespace lathe::tok {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxTemplates = 64;

using Templates = std::map<std::string, std::string>;

Result<Templates> fromFiles(const fs::path& folder) {
    Templates named;
    std::error_code error;
    const fs::path usual = folder / "chat_template.jinja", more = folder / "additional_chat_templates";
    if (fs::is_regular_file(usual, error)) {
        LATHE_TRY(named["default"], readTextFile(usual));
    }
    if (!fs::is_directory(more, error)) return named;
    for (fs::directory_iterator entry(more, error), end; !error && entry != end; entry.increment(error)) {
        const fs::path& file = entry->path();
        if (file.extension() != ".jinja" || !fs::is_regular_file(file, error)) continue;
        if (named.size() == kMaxTemplates)
            return malformed("more than " + std::to_string(kMaxTemplates) + " chat templates", more.string());
        LATHE_TRY(named[file.stem().string()], readTextFile(file));
    }
    if (error)
        return Error{ErrorCode::FileUnreadable, "the folder cannot be read: " + error.message(),
                     more.string(), ""};
    return named;
}

/// Those of tokenizer_config.json; a single one is the default.
Result<Templates> fromConfig(const Json& value, const std::string& place) {
    Templates named;
    if (value.is_null()) return named;
    if (value.is_string()) {
        if (!value.get_ref<const std::string&>().empty()) named["default"] = value.get<std::string>();
        return named;
    }
    if (!value.is_structured() || value.size() > kMaxTemplates)
        return malformed("\"chat_template\" must be a template or a list of named ones", place);
    const auto text = [](const Json& json) { return json.is_string() ? json.get<std::string>() : ""; };
    for (const auto& [key, entry] : value.items()) {
        const bool listed = value.is_array() && entry.is_object();
        const std::string name = value.is_object() ? key : listed ? text(entry.value("name", Json())) : "";
        const Json source = value.is_object() ? entry : listed ? entry.value("template", Json()) : Json();
        if (name.empty() || !source.is_string())
            return malformed("chat_template: entry " + key + " is not a template with a name", place);
        named[name] = source.get<std::string>();
    }
    return named;
}

/// As it is inside another template: Jinja drops one line break at the end of a source.
std::string within(std::string source) {
    if (source.ends_with('\n')) source.pop_back();
    return source;
}

/// A template that refuses every conversation.
std::string refusal(const Templates& named) {
    std::string names;
    for (const auto& [name, source] : named) (names += names.empty() ? "" : ", ") += name;
    const Json message = "the base has chat templates by name (" + names +
                         ") and none of them is the default; make one of them its chat_template.jinja, or "
                         "choose a format with data.template";
    return "{{ raise_exception(" + message.dump(-1, ' ', false, Json::error_handler_t::replace) + ") }}";
}

}  // namespace

Result<std::string> readChatTemplate(const fs::path& folder, const Json& config) {
    LATHE_TRY(Templates named, fromFiles(folder));
    const auto given = config.find("chat_template");
    if (named.empty() && given != config.end()) {
        LATHE_TRY(named, fromConfig(*given, (folder / "tokenizer_config.json").string()));
    }
    if (named.empty()) return std::string();
    const auto usual = named.find("default"), tools = named.find("tool_use");
    if (tools == named.end()) return usual != named.end() ? usual->second : refusal(named);
    // An empty expression keeps the line break that would be swallowed after a tag.
    return "{% if tools is not none %}{{ '' }}" + within(tools->second) + "{% else %}{{ '' }}" +
           (usual != named.end() ? within(usual->second) : refusal(named)) + "{% endif %}";
}

}  // namespace lathe::tok
