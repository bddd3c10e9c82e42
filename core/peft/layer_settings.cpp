// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/layer_settings.h"

#include <algorithm>
#include <cmath>

#include "core/base/ascii.h"
#include "core/peft/peft_names.h"
#include "core/tokenizer/text/step_limit.h"

namespace lathe {
namespace {

constexpr const char* kExpressionMarks = "*+?()[]{}|^$\\";

/// As `pattern` at the end of `layer`, at a dot; a dot in the pattern stands for any character, as in the
/// expression that it is.
bool plainlyFits(const std::string& pattern, const std::string& layer) {
    if (pattern.size() > layer.size()) return false;
    const std::size_t begin = layer.size() - pattern.size();
    if (begin > 0 && layer[begin - 1] != '.') return false;
    return std::equal(pattern.begin(), pattern.end(), layer.begin() + std::ptrdiff_t(begin),
                      [](char wanted, char found) { return wanted == '.' || wanted == found; });
}

const NamedTexts* patternOf(const Settings& settings, const std::string& key) {
    const auto it = settings.find(key);
    return it == settings.end() ? nullptr : std::get_if<NamedTexts>(&it->second);
}

/// The number behind the last ".NAME." of the path; nothing without one.
std::optional<int64_t> numberBehind(const std::string& path, const std::string& name) {
    const std::string marked = "." + name + ".";
    const auto at = ("." + path).rfind(marked);
    if (at == std::string::npos) return {};
    const std::string digits = path.substr(at + marked.size() - 1,
                                           path.find('.', at + marked.size() - 1) - (at + marked.size() - 1));
    if (digits.empty() || digits.size() > 9 || digits.find_first_not_of("0123456789") != std::string::npos)
        return {};
    return std::stoll(digits);
}

/// A layer's block number: counted by the module that layers_pattern names, or within its own stack.
std::optional<int64_t> blockOf(const LinearModule& layer, const std::vector<std::string>& patterns) {
    if (patterns.empty()) return layer.layer >= 0 ? std::optional(layer.layer) : std::nullopt;
    for (const std::string& name : patterns)
        if (const auto number = numberBehind(layer.name, name)) return number;
    return {};
}

}  // namespace

bool isInside(const std::string& path, const std::vector<std::string>& names) {
    const std::string dotted = "." + path + ".";
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return dotted.find("." + name + ".") != std::string::npos;
    });
}

Result<bool> patternFits(const std::string& pattern, const std::string& layer, const std::string& place) {
    if (pattern.find_first_of(kExpressionMarks) == std::string::npos) return plainlyFits(pattern, layer);
    LATHE_TRY(const auto expression, tok::Pattern::regex("\\A(?:.*\\.)?(?:" + pattern + ")\\z", place));
    return tok::isFound(expression, layer, place);
}

Result<std::optional<double>> patternValue(const Settings& settings, const std::string& key,
                                           const std::string& layer) {
    const NamedTexts* pattern = patternOf(settings, key);
    if (!pattern) return std::optional<double>();
    for (const auto& [name, text] : *pattern) {
        LATHE_TRY(const bool fits, patternFits(name, layer, "method." + key));
        if (!fits) continue;
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        if (text.empty() || *end != '\0' || !(value > 0) || value > 65536)
            return Error{ErrorCode::RecipeInvalid, "\"" + text + "\" is no number above 0", "method." + key,
                         "write, for example, {" + name + ": 4}"};
        return std::optional<double>(value);
    }
    return std::optional<double>();
}

std::vector<std::string> unmatchedPatterns(const Settings& settings, const std::string& key,
                                           const std::vector<LinearModule>& layers) {
    std::vector<std::string> unmatched;
    if (const NamedTexts* pattern = patternOf(settings, key))
        for (const auto& [name, text] : *pattern)
            if (std::none_of(layers.begin(), layers.end(), [&name = name](const LinearModule& layer) {
                    const auto fits = patternFits(name, layer.name, "");
                    return !fits.ok() || fits.value();  // what is wrong with it is said when it is used
                }))
                unmatched.push_back(name);
    return unmatched;
}

Result<NamedTexts> readPattern(const ConfigView& config, const std::string& key) {
    NamedTexts pattern;
    const OrderedJson* value = config.find(key);
    if (!value) return pattern;
    if (!value->is_object()) return config.fault(key, "must give numbers by name");
    for (const auto& item : value->items()) {
        if (!item.value().is_number()) return config.fault(key + "." + item.key(), "must be a number");
        pattern[item.key()] = dumpJson(item.value());
    }
    return pattern;
}

OrderedJson patternJson(const Settings& settings, const std::string& key, double factor) {
    OrderedJson object = OrderedJson::object();
    if (const NamedTexts* pattern = patternOf(settings, key))
        for (const auto& [name, text] : *pattern) {
            const double value = std::strtod(text.c_str(), nullptr) * factor;
            object[name] =
                value == std::floor(value) ? OrderedJson(static_cast<int64_t>(value)) : OrderedJson(value);
        }
    return object;
}

Result<std::vector<std::string>> readTargets(const ConfigView& config, const std::string& key) {
    LATHE_TRY(auto names, config.names(key));
    const OrderedJson* value = config.find(key);
    if (!value || names.empty()) return names;
    if (value->is_array()) {
        if (isTargetExpression(names))
            return config.fault(key, "is a list, whose entries are names and not expressions: " + names[0]);
        return names;
    }
    if (lowerAscii(names[0]) == kAllLinear) return std::vector<std::string>{kAllLinear};
    // A name as a text is an expression for the whole name; in the settings it must look like one.
    if (!isTargetExpression(names)) names[0] = "(?:" + names[0] + ")";
    return names;
}

OrderedJson targetsJson(const std::vector<std::string>& targets) {
    if (targets.empty()) return nullptr;
    return isTargetExpression(targets) ? OrderedJson(targets[0]) : OrderedJson(targets);
}

Result<void> keepBlocks(const Settings& settings, const ModelShape& shape,
                        std::vector<LinearModule>& layers) {
    std::vector<int64_t> blocks;
    for (const std::string& text : listSetting(settings, "layers_to_transform")) {
        char* end = nullptr;
        const long long value = std::strtoll(text.c_str(), &end, 10);
        const bool absent = value < 0 || value >= shape.layers();
        if (text.empty() || *end != '\0' || (absent && !boolSetting(settings, kFromFile, false)))
            return Error{ErrorCode::RecipeInvalid, "there is no block \"" + text + "\"",
                         "method.layers_to_transform",
                         "the base has blocks 0 to " + std::to_string(shape.layers() - 1)};
        blocks.push_back(value);
    }
    if (blocks.empty()) return {};
    const auto patterns = listSetting(settings, "layers_pattern");
    std::erase_if(layers, [&](const LinearModule& layer) {
        const auto block = blockOf(layer, patterns);
        return !block || std::find(blocks.begin(), blocks.end(), *block) == blocks.end();
    });
    return {};
}

Result<std::vector<std::string>> readBlocks(const ConfigView& config) {
    constexpr const char* key = "layers_to_transform";
    std::vector<std::string> numbers;
    const OrderedJson* value = config.find(key);
    if (!value) return numbers;
    const OrderedJson list = value->is_array() ? *value : OrderedJson::array({*value});
    for (const auto& item : list)
        if (item.is_number_integer()) numbers.push_back(std::to_string(item.get<int64_t>()));
    if (numbers.size() != list.size()) return config.fault(key, "must be whole numbers");
    return numbers;
}

}  // namespace lathe
