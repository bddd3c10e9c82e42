// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/recipe_yaml.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <set>

#include "core/base/files.h"
#include "core/config/yaml_text.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kMaxFaults = 100;

/// A map of names to texts; nothing for anything else.
std::optional<NamedTexts> namedTexts(const YAML::Node& node) {
    if (!node.IsMap()) return std::nullopt;
    NamedTexts map;
    for (const auto& item : node) {
        if (!item.first.IsScalar() || !item.second.IsScalar()) return std::nullopt;
        map[item.first.Scalar()] = item.second.Scalar();
    }
    return map;
}

/// A reward by its rule's name, or as a map.
std::optional<NamedTexts> rewardOf(const YAML::Node& node) {
    return node.IsScalar() ? NamedTexts{{"rule", node.Scalar()}} : namedTexts(node);
}

/// `each` of the items of a list, or of the node itself; nothing when it gives nothing for one of them.
template <class Each>
auto listOf(const YAML::Node& node, Each each) -> std::optional<FieldValue> {
    std::vector<typename decltype(each(node))::value_type> list;
    const auto add = [&](const YAML::Node& item) {
        auto value = each(item);
        if (value) list.push_back(std::move(*value));
        return value.has_value();
    };
    if (!node.IsSequence()) return add(node) ? std::optional<FieldValue>(std::move(list)) : std::nullopt;
    for (const auto& item : node)
        if (!add(item)) return std::nullopt;
    return FieldValue(std::move(list));
}

/// The node's value as the field's kind wants it; nothing when it does not fit.
std::optional<FieldValue> convert(const YAML::Node& node, FieldKind kind) {
    if (kind == FieldKind::NameMap) {
        auto map = namedTexts(node);
        return map ? std::optional<FieldValue>(std::move(*map)) : std::nullopt;
    }
    if (kind == FieldKind::RewardList) return listOf(node, rewardOf);
    if (kind == FieldKind::NameList)
        return listOf(node, [](const YAML::Node& item) {
            return item.IsScalar() ? std::optional(item.Scalar()) : std::nullopt;
        });
    return node.IsScalar() ? fieldValueOf(node.Scalar(), kind) : std::nullopt;
}

/// Walks a parsed document, filling a recipe and collecting faults with their places.
class RecipeReader {
  public:
    RecipeReader(std::string fileName, const Catalog& catalog)
        : m_file(std::move(fileName)), m_catalog(catalog) {}

    ParsedRecipe read(const YAML::Node& root, const std::vector<std::string>& overrides) {
        m_parsed.recipe.methods.clear();
        if (!root.IsMap())
            fault("", "a recipe is a map of keys and values, starting with lathe: 1", m_file + ":1:1");
        else
            readTop(root);
        if (m_parsed.recipe.methods.empty()) m_parsed.recipe.methods.push_back({});
        // Which keys a task's own section has is known once the task is.
        std::vector<std::string> ofTask;
        for (const auto& text : overrides)
            if (m_catalog.isTaskSection(text.substr(0, text.find('.'))))
                ofTask.push_back(text);
            else
                applyOverride(text);
        for (const auto& [section, node] : m_taskSections) readTaskSection(section, node);
        for (const auto& text : ofTask) applyOverride(text);
        for (auto& found : checkRecipe(m_parsed.recipe, m_catalog)) {
            if (m_faulty.count(found.key)) continue;
            const auto at = m_places.find(found.key);
            found.place = at == m_places.end() ? m_file : at->second;
            m_parsed.faults.push_back(std::move(found));
        }
        return std::move(m_parsed);
    }

    void fault(const std::string& key, const std::string& message, const std::string& place) {
        m_faulty.insert(key);
        if (m_parsed.faults.size() < kMaxFaults) m_parsed.faults.push_back({key, message, place});
    }

  private:
    std::string placeOf(const YAML::Node& node) const { return yamlPlace(m_file, node.Mark()); }

    static std::string keyText(const YAML::Node& key) { return key.IsScalar() ? key.Scalar() : "?"; }

    void readTop(const YAML::Node& root) {
        std::set<std::string> seen;
        for (const auto& item : root) {
            const std::string key = keyText(item.first);
            if (!firstTime(seen, key, item.first)) continue;
            if (key == "method") {
                readMethods(item.second);
            } else if (key == "data" || key == "train") {
                readSection(key, item.second);
            } else if (m_catalog.isTaskSection(key)) {
                m_places[key] = placeOf(item.first);
                m_taskSections.emplace_back(key, item.second);
            } else {
                readFixed(key, item.first, item.second);
            }
        }
        if (!seen.count("lathe"))
            fault("lathe", "is missing; a recipe starts with lathe: 1", m_file + ":1:1");
    }

    bool firstTime(std::set<std::string>& seen, const std::string& key, const YAML::Node& node) {
        if (m_parsed.faults.size() >= kMaxFaults) return false;
        if (seen.insert(key).second) return true;
        fault(key, "appears twice", placeOf(node));
        return false;
    }

    void readSection(const std::string& section, const YAML::Node& node) {
        if (node.IsNull()) return;
        if (!node.IsMap()) return fault(section, "must be a map of keys and values", placeOf(node));
        std::set<std::string> seen;
        for (const auto& item : node) {
            const std::string key = section + "." + keyText(item.first);
            if (firstTime(seen, key, item.first)) readFixed(key, item.first, item.second);
        }
    }

    void readTaskSection(const std::string& section, const YAML::Node& node) {
        if (node.IsNull() || !ownsSection(section, m_places[section])) return;
        if (!node.IsMap()) return fault(section, "must be a map of keys and values", placeOf(node));
        std::set<std::string> seen;
        for (const auto& item : node) {
            const std::string key = keyText(item.first);
            if (firstTime(seen, section + "." + key, item.first))
                setTaskKey(section, key, item.first, item.second);
        }
    }

    /// Whether the section is that of the recipe's task; a fault when it is another's.
    bool ownsSection(const std::string& section, const std::string& place) {
        const TaskEntry* task = m_catalog.task(m_parsed.recipe.task);
        if (!task) return false;  // checkRecipe names the unknown task once
        if (task->section == section && !task->fields.empty()) return true;
        fault(section, "the task " + task->name + " has no settings of this kind", place);
        return false;
    }

    void setTaskKey(const std::string& section, const std::string& key, const YAML::Node& keyNode,
                    const YAML::Node& node) {
        const TaskEntry* task = m_catalog.task(m_parsed.recipe.task);
        setOwnKey(section, task->fields, m_parsed.recipe.objective.values, key, keyNode, node);
    }

    void readFixed(const std::string& key, const YAML::Node& keyNode, const YAML::Node& node) {
        const auto& fields = recipeFields();
        const auto it =
            std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == key; });
        if (it == fields.end()) return unknownKey(key, fixedKeys(), placeOf(keyNode));
        m_places[key] = placeOf(keyNode);
        if (node.IsNull() || (node.IsScalar() && node.Scalar() == "auto" && it->kind == FieldKind::Number))
            return;
        const auto value = convert(node, it->kind);
        if (!value || !setRecipeValue(m_parsed.recipe, key, *value))
            fault(key, "must be " + allowedText(*it), placeOf(node));
    }

    std::vector<std::string> fixedKeys() const {
        std::vector<std::string> keys{"data", "train", "method"};
        for (const auto& task : m_catalog.tasks)
            if (!task.fields.empty()) keys.push_back(task.section);
        for (const auto& field : recipeFields()) keys.push_back(field.key);
        return keys;
    }

    void unknownKey(const std::string& key, const std::vector<std::string>& known, const std::string& place) {
        fault(key, unknownKeyText(key, known), place);
    }

    void readMethods(const YAML::Node& node) {
        if (node.IsSequence()) {
            for (const auto& item : node) readMethod(item);
        } else {
            readMethod(node);
        }
    }

    void readMethod(const YAML::Node& node) {
        MethodSettings method;
        if (node.IsScalar()) {
            method.name = node.Scalar();
            m_places["method.name"] = placeOf(node);
        } else if (node.IsMap()) {
            if (node["name"] && node["name"].IsScalar()) method.name = node["name"].Scalar();
            std::set<std::string> seen;
            for (const auto& item : node) {
                const std::string key = keyText(item.first);
                if (!firstTime(seen, "method." + key, item.first)) continue;
                m_places["method." + key] = placeOf(item.first);
                if (key != "name") setMethodKey(method, key, item.first, item.second);
            }
        } else if (!node.IsNull()) {
            return fault("method", "must be a method's name, a map with name, or a list of them",
                         placeOf(node));
        }
        m_parsed.recipe.methods.push_back(std::move(method));
    }

    void setMethodKey(MethodSettings& method, const std::string& key, const YAML::Node& keyNode,
                      const YAML::Node& node) {
        const MethodEntry* entry = m_catalog.method(method.name);
        if (entry) setOwnKey("method", entry->fields, method.values, key, keyNode, node);
        // checkRecipe names the unknown method once
    }

    /// A key that a method or a task declares. An override has no key node, and its values no place in the
    /// file.
    void setOwnKey(const std::string& section, const std::vector<Field>& fields, Settings& values,
                   const std::string& key, const YAML::Node& keyNode, const YAML::Node& node) {
        const std::string whole = section + "." + key;
        if (keyNode) m_places[whole] = placeOf(keyNode);
        const auto it =
            std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == key; });
        if (it == fields.end()) {
            std::vector<std::string> known;
            if (section == "method") known.push_back("method.name");
            for (const auto& field : fields) known.push_back(section + "." + field.key);
            return unknownKey(whole, known, m_places[whole]);
        }
        if (node.IsNull()) return;
        const auto value = convert(node, it->kind);
        if (!value)
            return fault(whole, "must be " + allowedText(*it), keyNode ? placeOf(node) : m_places[whole]);
        values[key] = *value;
    }

    void applyOverride(const std::string& text) {
        const std::string place = kCommandLine;
        const auto equals = text.find('=');
        if (equals == std::string::npos) return fault(text, "must look like key=value", place);
        const std::string key = text.substr(0, equals);
        YAML::Node node;
        try {
            node = YAML::Load(text.substr(equals + 1));
        } catch (const YAML::Exception& e) {
            return fault(key, e.msg, place);
        }
        m_faulty.erase(key);
        std::erase_if(m_parsed.faults, [&](const RecipeFault& f) { return f.key == key; });
        m_places[key] = place;
        if (key == "method" || key == "method.name") {
            if (!node.IsScalar()) return fault(key, "must be a method's name", place);
            m_parsed.recipe.methods = {MethodSettings{node.Scalar(), {}}};
        } else if (key.rfind("method.", 0) == 0) {
            setMethodKey(m_parsed.recipe.methods.front(), key.substr(7),
                         YAML::Node(YAML::NodeType::Undefined), node);
        } else if (const auto dot = key.find('.'); m_catalog.isTaskSection(key.substr(0, dot))) {
            const std::string section = key.substr(0, dot);
            if (dot == std::string::npos)
                return fault(key, "must name one key, as in " + key + ".KEY=VALUE", place);
            if (ownsSection(section, place))
                setTaskKey(section, key.substr(dot + 1), YAML::Node(YAML::NodeType::Undefined), node);
        } else {
            overrideFixed(key, node, place);
        }
    }

    void overrideFixed(const std::string& key, const YAML::Node& node, const std::string& place) {
        const auto& fields = recipeFields();
        const auto it =
            std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == key; });
        if (it == fields.end()) return unknownKey(key, fixedKeys(), place);
        const auto value = convert(node, it->kind);
        if (!value || !setRecipeValue(m_parsed.recipe, key, *value))
            fault(key, "must be " + allowedText(*it), place);
    }

    std::string m_file;
    const Catalog& m_catalog;
    ParsedRecipe m_parsed;
    std::map<std::string, std::string> m_places;
    std::vector<std::pair<std::string, YAML::Node>> m_taskSections;  ///< read after everything else
    std::set<std::string> m_faulty;
};

/// Makes a relative path absolute that exists from the working folder, else from `folder`.
void anchor(std::string& path, const fs::path& folder) {
    if (path.empty() || fs::path(path).is_absolute() || path.starts_with("shelf:") ||
        path.starts_with("hub:"))
        return;
    std::error_code ignored;
    for (const fs::path& found : {fs::path(path), folder / path})
        if (fs::exists(found, ignored)) {
            path = fs::absolute(found, ignored).lexically_normal().string();
            return;
        }
}

}  // namespace

ParsedRecipe parseRecipe(const std::string& text, const std::string& fileName,
                         const std::vector<std::string>& overrides, const Catalog& catalog) {
    RecipeReader reader(fileName, catalog);
    ParsedRecipe parsed;
    const auto read = [&](const YAML::Node& root) { parsed = reader.read(root, overrides); };
    if (auto fault = withYaml(text, fileName, read)) parsed = {{}, {std::move(*fault)}};
    return parsed;
}

ParsedRecipe readRecipe(const fs::path& file, const std::vector<std::string>& overrides,
                        const Catalog& catalog) {
    auto text = readTextFile(file, kMaxYamlBytes);
    if (!text.ok()) {
        ParsedRecipe broken;
        broken.faults.push_back({"", text.error().message, text.error().place});
        return broken;
    }
    ParsedRecipe parsed = parseRecipe(text.value(), file.string(), overrides, catalog);
    anchorPaths(parsed.recipe, file.parent_path());
    return parsed;
}

ParsedRecipe readRunRecipe(const fs::path& run, const Catalog& catalog) {
    ParsedRecipe parsed = readRecipe(run / "recipe.yaml", {}, catalog);
    const auto text = readTextFile(run / "recipe.yaml", kMaxYamlBytes);
    if (text.ok() && text.value().find("split_seed:") == std::string::npos) {
        parsed.recipe.data.splitSeed = parsed.recipe.train.seed;
        parsed.recipe.data.stratify = "none";
    }
    return parsed;
}

void anchorPaths(Recipe& recipe, const fs::path& folder) {
    anchor(recipe.base, folder);
    anchor(recipe.data.train, folder);
    anchor(recipe.data.validation, folder);
    for (auto& [key, value] : recipe.objective.values)
        if (auto* rewards = std::get_if<std::vector<NamedTexts>>(&value))
            for (NamedTexts& reward : *rewards)
                if (reward.contains("model")) anchor(reward["model"], folder);
}

}  // namespace lathe
