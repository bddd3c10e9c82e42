// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/project.h"

#include <algorithm>
#include <set>

#include "core/base/files.h"
#include "core/config/recipe_yaml.h"
#include "core/config/yaml_text.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kStagePrefix = "stage:";
constexpr std::size_t kMaxStages = 32;

/// Whether the name can be a folder's.
bool isPlainName(const std::string& name) {
    static constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !name.empty() && name.size() <= 64 && name.front() != '.' &&
           name.find_first_not_of(kLetters) == std::string::npos;
}

class ProjectReader {
  public:
    ProjectReader(const fs::path& file, const Catalog& catalog) : m_file(file), m_catalog(catalog) {}

    void read(const YAML::Node& root, const fs::path& out, const fs::path& home) {
        if (!root.IsMap() || !root["lathe"] || !root["stages"])
            return fault("", "a project has the keys lathe, project and stages", root);
        for (const auto& [key, node] : checkedKeys(root, "", {"lathe", "project", "stages"})) {
            if (key == "lathe" && text(node) != "1") fault(key, "must be 1", node);
            if (key == "project") m_parsed.project.name = text(node);
        }
        if (!isPlainName(m_parsed.project.name))
            fault("project", std::string("is missing or no plain name; ") + kPlain,
                  root["project"] ? root["project"] : root);
        std::error_code ignored;
        m_parsed.project.runs =
            fs::absolute(out.empty() ? home / m_parsed.project.name : out, ignored).lexically_normal();
        readStages(root["stages"]);
    }

    ParsedProject parsed() { return std::move(m_parsed); }
    void fault(RecipeFault found) { m_parsed.faults.push_back(std::move(found)); }

  private:
    static constexpr const char* kPlain = "letters, digits, - _ and . make a name";

    static std::string text(const YAML::Node& node) { return node.IsScalar() ? node.Scalar() : ""; }
    std::string placeOf(const YAML::Node& node) const { return yamlPlace(m_file.string(), node.Mark()); }
    void fault(const std::string& key, const std::string& message, const YAML::Node& node) {
        fault({key, message, placeOf(node)});
    }

    /// The map's values by key; faults for what is not known or there twice.
    std::map<std::string, YAML::Node> checkedKeys(const YAML::Node& map, const std::string& section,
                                                  const std::vector<std::string>& known) {
        std::map<std::string, YAML::Node> values;
        for (const auto& item : map) {
            const std::string key = text(item.first);
            if (std::find(known.begin(), known.end(), key) == known.end())
                fault(section + key, unknownKeyText(key, known), item.first);
            else if (!values.emplace(key, item.second).second)
                fault(section + key, "appears twice", item.first);
        }
        return values;
    }

    void readStages(const YAML::Node& list) {
        if (!list.IsSequence() || list.size() == 0 || list.size() > kMaxStages)
            return fault("stages", "must be a list of 1 to " + std::to_string(kMaxStages) + " stages", list);
        for (const YAML::Node& stage : list)
            m_all.push_back(stage.IsMap() && stage["name"] ? text(stage["name"]) : "");
        for (std::size_t i = 0; i < list.size(); ++i) readStage(list[i], i);
    }

    void readStage(const YAML::Node& node, std::size_t number) {
        const std::string key = "stages." + std::to_string(number + 1);
        if (!node.IsMap()) return fault(key, "must be a map with name and recipe", node);
        const auto values = checkedKeys(node, key + ".", {"name", "recipe", "set"});
        const std::string name = m_all[number];
        if (!isPlainName(name))
            fault(key + ".name", std::string("is missing or no plain name; ") + kPlain,
                  node["name"] ? node["name"] : node);
        else if (std::find(m_earlier.begin(), m_earlier.end(), name) != m_earlier.end())
            fault(key + ".name", "another stage is called " + name, node["name"]);
        const auto recipe = values.find("recipe");
        if (recipe == values.end() || text(recipe->second).empty()) {
            fault(key + ".recipe", "is missing; the recipe's file", node);
        } else {
            const auto set = values.find("set");
            readRecipeOf(name, recipe->second, set == values.end() ? YAML::Node() : set->second);
        }
        m_earlier.push_back(name);
    }

    void readRecipeOf(const std::string& stage, const YAML::Node& file, const YAML::Node& set) {
        const fs::path path = (m_file.parent_path() / text(file)).lexically_normal();
        if (std::error_code ignored; !fs::is_regular_file(path, ignored))
            return fault(stage + ".recipe", "there is no file " + path.string(), file);
        std::vector<std::string> overrides;
        std::map<std::string, std::string> places;  // by key
        if (!set.IsNull() && !set.IsMap()) fault(stage + ".set", "must be a map of keys and values", set);
        if (set.IsMap())
            for (const auto& item : set) {
                const std::string key = text(item.first);
                if (!places.emplace(key, placeOf(item.first)).second)
                    fault(stage + "." + key, "appears twice", item.first);
                YAML::Emitter flow;
                flow << YAML::Flow << withRuns(item.second, stage + "." + key);
                overrides.push_back(key + "=" + flow.c_str());
            }
        ParsedRecipe parsed = readRecipe(path, overrides, m_catalog);
        for (RecipeFault& found : parsed.faults) {
            if (found.place == kCommandLine)
                found.place = places.contains(found.key) ? places[found.key] : placeOf(set);
            found.key = stage + (found.key.empty() ? "" : "." + found.key);
            fault(std::move(found));
        }
        anchorPaths(parsed.recipe, m_file.parent_path());
        m_parsed.project.stages.push_back({stage, std::move(parsed.recipe)});
    }

    /// The value with the runs' folders in place of stage:NAME.
    YAML::Node withRuns(const YAML::Node& value, const std::string& key) {
        YAML::Node result(value.Type());
        if (value.IsSequence())
            for (const YAML::Node& item : value) result.push_back(withRuns(item, key));
        if (value.IsMap())
            for (const auto& item : value) result[text(item.first)] = withRuns(item.second, key);
        if (value.IsScalar()) result = runOf(value, key);
        return result;
    }

    std::string runOf(const YAML::Node& value, const std::string& key) {
        const std::string& written = value.Scalar();
        if (!written.starts_with(kStagePrefix)) return written;
        const std::string stage = written.substr(kStagePrefix.size());
        const auto has = [&](const std::vector<std::string>& names) {
            return std::find(names.begin(), names.end(), stage) != names.end();
        };
        if (!has(m_earlier)) {
            std::string known;
            for (const std::string& name : m_earlier) known += (known.empty() ? "" : ", ") + name;
            fault(key,
                  (has(m_all) ? "the stage " + stage + " does not run before this one"
                              : "there is no stage " + stage) +
                      "; " + (known.empty() ? "no stage runs before" : "stages before are " + known),
                  value);
        }
        return (m_parsed.project.runs / stage).string();
    }

    fs::path m_file;
    const Catalog& m_catalog;
    ParsedProject m_parsed;
    std::vector<std::string> m_all, m_earlier;  ///< the stages' names
};

}  // namespace

ParsedProject readProject(const fs::path& file, const fs::path& out, const fs::path& home,
                          const Catalog& catalog) {
    ProjectReader reader(file, catalog);
    const auto content = readTextFile(file, kMaxYamlBytes);
    if (!content.ok())
        reader.fault({"", content.error().message, content.error().place});
    else if (auto fault = withYaml(content.value(), file.string(),
                                   [&](const YAML::Node& root) { reader.read(root, out, home); }))
        reader.fault(std::move(*fault));
    return reader.parsed();
}

}  // namespace lathe
