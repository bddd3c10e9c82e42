// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/catalog_markdown.h"

#include <array>
#include <cstdio>
#include <utility>

#include "core/base/files.h"
#include "core/config/recipe.h"

namespace lathe {
namespace {

/// The page's own words, which no window shows.
struct Words {
    const char *everyKey, *fixed, *tasks, *methods, *rewards, *formats, *schedules, *architectures, *header,
        *names, *generated, *noKeys, *chosen, *any;
};
constexpr Words kEnglish{"Every key",
                         "Keys of every recipe",
                         "Tasks",
                         "Methods",
                         "Rewards",
                         "Data formats",
                         "Schedules",
                         "Architectures",
                         "| key | type | default | allowed | what it does |",
                         "| name | title | what it is |",
                         "Written by `lathe-run catalog --markdown` from the declarations that the program "
                         "itself checks recipes by.",
                         "No keys.",
                         "chosen by the program",
                         "any"};
constexpr Words kChinese{"全部键",
                         "每个配方都有的键",
                         "任务",
                         "方法",
                         "奖励",
                         "数据格式",
                         "学习率曲线",
                         "模型结构",
                         "| 键 | 类型 | 默认值 | 允许的值 | 作用 |",
                         "| 名称 | 标题 | 说明 |",
                         "本节由 `lathe-run catalog --markdown` 根据程序检查配方所用的声明生成。",
                         "没有键。",
                         "由程序选择",
                         "任意"};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
        text.replace(at, what.size(), with);
    return text;
}

/// XML's five entities back to characters; "&amp;" last, so that nothing is undone twice.
std::string unescaped(std::string text) {
    static constexpr std::array<std::pair<const char*, const char*>, 5> kEntities{
        {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}}};
    for (const auto& [entity, character] : kEntities) text = replaced(std::move(text), entity, character);
    return text;
}

/// What lies between <name> and </name> in `text`, unescaped; empty when there is no such element.
std::string elementText(const std::string& text, const std::string& name) {
    const std::string open = "<" + name + ">";
    const std::size_t begin = text.find(open), end = text.find("</" + name + ">");
    if (begin == std::string::npos || end == std::string::npos || end < begin + open.size()) return "";
    return unescaped(text.substr(begin + open.size(), end - begin - open.size()));
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.12g", value);
    return text;
}

std::string code(const std::string& text) {
    return "`" + replaced(text, "|", "\\|") + "`";
}

class Page {
  public:
    Page(const Translations& translations, const Words& words)
        : m_translations(translations), m_words(words) {}

    const std::string& text() const { return m_text; }

    void heading(int level, const std::string& title) {
        m_text += "\n" + std::string(static_cast<std::size_t>(level), '#') + " " + title + "\n";
    }

    void paragraph(const std::string& sentence) {
        if (!sentence.empty()) m_text += "\n" + sentence + "\n";
    }

    /// An entry with the keys it adds, each behind `prefix`.
    void entry(const CatalogEntry& entry, const std::string& prefix) {
        const std::string title = translated(entry.title);
        heading(4, entry.name == title ? entry.name : entry.name + ": " + title);
        paragraph(helpOf(entry));
        if (entry.fields.empty()) paragraph(m_words.noKeys);
        if (!entry.fields.empty()) keys(entry.fields, prefix);
    }

    void keys(const std::vector<Field>& fields, const std::string& prefix) {
        m_text += std::string("\n") + m_words.header + "\n|---|---|---|---|---|\n";
        for (const Field& field : fields)
            m_text += "| " + code(prefix + field.key) + " | " + fieldKindName(field.kind) + " | " +
                      fallbackText(field) + " | " + allowed(field) + " | " + cell(translated(field.help)) +
                      " |\n";
    }

    /// Entries without keys, a line each.
    void names(const std::string& title, const std::vector<CatalogEntry>& entries) {
        heading(3, title);
        m_text += std::string("\n") + m_words.names + "\n|---|---|---|\n";
        for (const CatalogEntry& entry : entries)
            m_text += "| " + code(entry.name) + " | " + cell(translated(entry.title)) + " | " +
                      cell(helpOf(entry)) + " |\n";
    }

  private:
    std::string translated(const std::string& english) const {
        const auto found = m_translations.find(english);
        return found == m_translations.end() ? english : found->second;
    }

    std::string helpOf(const CatalogEntry& entry) const {
        return m_translations.empty() || m_translations.contains(entry.help) ? translated(entry.help) : "";
    }

    static std::string cell(const std::string& text) { return replaced(text, "|", "\\|"); }

    std::string fallbackText(const Field& field) const {
        if (std::holds_alternative<std::monostate>(field.fallback)) return m_words.chosen;
        const std::string text = fieldValueToText(field.fallback);
        return text.empty() ? "" : code(text);
    }

    std::string allowed(const Field& field) const {
        std::string text;
        for (const std::string& choice : field.choices) text += (text.empty() ? "" : " ") + code(choice);
        if (!text.empty()) return text;
        if (field.kind == FieldKind::Bool) return "`true` `false`";
        if (!field.min && !field.max) return m_words.any;
        return (field.min ? number(*field.min) : "") + " … " + (field.max ? number(*field.max) : "");
    }

    const Translations& m_translations;
    const Words& m_words;
    std::string m_text;
};

}  // namespace

Result<Translations> readTranslations(const std::filesystem::path& file) {
    LATHE_TRY(const std::string text, readTextFile(file));
    Translations pairs;
    for (std::size_t at = 0; (at = text.find("<message>", at)) != std::string::npos;) {
        const std::size_t end = text.find("</message>", at);
        if (end == std::string::npos)
            return Error{ErrorCode::FileMalformed, "a <message> is not closed", file.string(), ""};
        const std::string message = text.substr(at, end - at);
        const std::string target = elementText(message, "translation");
        if (!target.empty()) pairs.emplace(elementText(message, "source"), target);
        at = end;
    }
    return pairs;
}

std::string catalogMarkdown(const Catalog& catalog, const Translations& translations) {
    const Words& words = translations.empty() ? kEnglish : kChinese;
    Page page(translations, words);
    page.heading(2, words.everyKey);
    page.paragraph(words.generated);
    page.heading(3, words.fixed);
    page.keys(recipeFields(), "");
    page.heading(3, words.tasks);
    for (const TaskEntry& task : catalog.tasks) page.entry(task, task.section + ".");
    page.heading(3, words.methods);
    for (const MethodEntry& method : catalog.methods) page.entry(method, "method.");
    page.heading(3, words.rewards);
    for (const CatalogEntry& reward : catalog.rewards) page.entry(reward, "");
    page.names(words.formats, catalog.formats);
    page.names(words.schedules, catalog.schedules);
    page.names(words.architectures, catalog.architectures);
    return page.text().substr(1);
}

}  // namespace lathe
