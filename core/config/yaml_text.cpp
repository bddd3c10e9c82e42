// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/yaml_text.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>

namespace lathe {
namespace {

constexpr std::size_t kLongestKey = 64;  // longer ones are no typo

/// Edit distance, for naming the nearest key after a typo.
std::size_t editDistance(const std::string& a, const std::string& b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row[b.size()];
}

std::string nearest(const std::string& key, const std::vector<std::string>& known) {
    if (key.size() > kLongestKey) return "";
    const auto it = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
        return editDistance(key, a) < editDistance(key, b);
    });
    return it == known.end() || editDistance(key, *it) > std::max<std::size_t>(2, key.size() / 2) ? "" : *it;
}

/// Remembers where a document begins, and nothing of what is in it.
class DocumentStart : public YAML::EventHandler {
  public:
    YAML::Mark place = YAML::Mark::null_mark();

    void OnDocumentStart(const YAML::Mark& mark) override { place = mark; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override {}
    void OnMapEnd() override {}
};

/// Where a second document begins; nothing without one.
std::optional<YAML::Mark> secondDocument(const std::string& text) {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    DocumentStart first, second;
    if (!parser.HandleNextDocument(first) || !parser.HandleNextDocument(second)) return {};
    return second.place;
}

}  // namespace

std::string yamlPlace(const std::string& file, const YAML::Mark& mark) {
    if (mark.is_null()) return file;
    return file + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}

std::optional<RecipeFault> withYaml(const std::string& text, const std::string& file,
                                    const std::function<void(const YAML::Node& root)>& read) {
    if (text.size() > kMaxYamlBytes)
        return RecipeFault{"", "the file is larger than 1 MiB, which is too much", file};
    try {
        const YAML::Node root = YAML::Load(text);
        if (const auto second = secondDocument(text))
            return RecipeFault{"", "a second document begins (---); a file holds one",
                               yamlPlace(file, *second)};
        read(root);
        return {};
    } catch (const YAML::Exception& e) {
        return RecipeFault{"", "not valid YAML: " + e.msg, yamlPlace(file, e.mark)};
    }
}

std::string unknownKeyText(const std::string& key, const std::vector<std::string>& known) {
    const std::string near = nearest(key, known);
    return "unknown key" + (near.empty() ? "" : "; did you mean " + near + "?");
}

}  // namespace lathe
