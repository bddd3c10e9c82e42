// SPDX-License-Identifier: GPL-3.0-or-later
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <sstream>

#include "core/config/recipe_yaml.h"

namespace lathe {
namespace {

bool readsAs(const std::string& text, double number) {
    double value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    return fault == std::errc() && end == text.data() + text.size() && value == number;
}

/// In the map's own order.
void write(YAML::Emitter& out, const NamedTexts& map) {
    out << YAML::Flow << YAML::BeginMap;
    for (const auto& [name, text] : map) out << YAML::Key << name << YAML::Value << text;
    out << YAML::EndMap;
}

void emitValue(YAML::Emitter& out, const FieldValue& value) {
    if (const auto* number = std::get_if<double>(&value)) {
        std::ostringstream text;
        text.precision(17);
        for (int precision = 1; precision <= 17; ++precision) {  // the shortest text that reads back the same
            text.str("");
            text.precision(precision);
            text << *number;
            if (readsAs(text.str(), *number)) break;
        }
        out << text.str();
    } else if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
        out << YAML::Flow << *list;
    } else if (const auto* map = std::get_if<NamedTexts>(&value)) {
        write(out, *map);
    } else if (const auto* maps = std::get_if<std::vector<NamedTexts>>(&value)) {
        out << YAML::Flow << YAML::BeginSeq;
        for (const NamedTexts& one : *maps) write(out, one);
        out << YAML::EndSeq;
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        out << *text;
    } else if (const auto* flag = std::get_if<bool>(&value)) {
        out << *flag;
    } else if (const auto* whole = std::get_if<int64_t>(&value)) {
        out << *whole;
    } else {
        out << YAML::Null;
    }
}

void emitSection(YAML::Emitter& out, const Recipe& recipe, const std::string& section) {
    out << YAML::Key << section << YAML::Value << YAML::BeginMap;
    for (const auto& field : recipeFields()) {
        if (field.key.rfind(section + ".", 0) != 0) continue;
        const FieldValue value = recipeValue(recipe, field.key);
        if (std::holds_alternative<std::monostate>(value)) continue;
        out << YAML::Key << field.key.substr(section.size() + 1) << YAML::Value;
        emitValue(out, value);
    }
    out << YAML::EndMap;
}

void emitValues(YAML::Emitter& out, const Settings& values) {
    for (const auto& [key, value] : values) {
        if (std::holds_alternative<std::monostate>(value)) continue;
        out << YAML::Key << key << YAML::Value;
        emitValue(out, value);
    }
}

void emitMethod(YAML::Emitter& out, const MethodSettings& method) {
    out << YAML::BeginMap << YAML::Key << "name" << YAML::Value << method.name;
    emitValues(out, method.values);
    out << YAML::EndMap;
}

}  // namespace

std::string recipeToYaml(const Recipe& recipe) {
    YAML::Emitter out;
    out << YAML::BeginMap;
    for (const char* key : {"lathe", "name", "task", "base"}) {
        out << YAML::Key << key << YAML::Value;
        emitValue(out, recipeValue(recipe, key));
    }
    emitSection(out, recipe, "data");
    out << YAML::Key << "method" << YAML::Value;
    if (recipe.methods.size() == 1) {
        emitMethod(out, recipe.methods.front());
    } else {
        out << YAML::BeginSeq;
        for (const auto& method : recipe.methods) emitMethod(out, method);
        out << YAML::EndSeq;
    }
    if (const TaskSettings& own = recipe.objective; !own.values.empty()) {
        out << YAML::Key << own.section << YAML::Value << YAML::BeginMap;
        emitValues(out, own.values);
        out << YAML::EndMap;
    }
    emitSection(out, recipe, "train");
    out << YAML::Key << "device" << YAML::Value << recipe.device << YAML::EndMap;
    return std::string(out.c_str()) + "\n";
}

}  // namespace lathe
