// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/run/base_labels.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "core/base/ascii.h"
#include "core/data/roles/labels.h"

namespace lathe {
namespace {

constexpr std::size_t kMaxLabels = 1 << 16;

bool sameText(const std::string& a, const std::string& b) {
    return a == b;
}
bool sameValue(const std::string& a, const std::string& b) {
    return labelKey(a) == labelKey(b);
}
bool sameLetters(const std::string& a, const std::string& b) {
    return lowerAscii(a) == lowerAscii(b);
}

/// The output of each label; nothing unless all have one of their own.
std::optional<std::vector<int32_t>> outputsOf(const std::vector<std::string>& ofBase,
                                              const std::vector<std::string>& ofData,
                                              bool (*same)(const std::string&, const std::string&)) {
    std::vector<int32_t> outputs;
    std::set<std::ptrdiff_t> taken;
    for (const std::string& label : ofData) {
        const auto found = std::find_if(ofBase.begin(), ofBase.end(),
                                        [&](const std::string& base) { return same(base, label); });
        const auto output = found - ofBase.begin();
        if (found == ofBase.end() || !taken.insert(output).second) return {};
        outputs.push_back(static_cast<int32_t>(output));
    }
    return outputs;
}

std::string listOf(const std::vector<std::string>& labels) {
    constexpr std::size_t kShown = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(labels.size(), kShown); ++i) text += (i ? ", " : "") + labels[i];
    return labels.size() > kShown ? text + ", …" : text;
}

/// What the labels of a head that stays have that the rows' have not.
void noteKept(const std::vector<std::string>& ofBase, bool unnamed, LabelMatch& match) {
    std::vector<std::string> unseen, renamed, names;
    for (std::size_t i = 0; i < ofBase.size(); ++i) {
        const bool seen = std::find(match.outputs.begin(), match.outputs.end(), static_cast<int32_t>(i)) !=
                          match.outputs.end();
        if (!seen) unseen.push_back(ofBase[i]);
        if (unnamed || match.labels[i] == ofBase[i]) continue;
        renamed.push_back(ofBase[i]);
        names.push_back(match.labels[i]);
    }
    if (!unseen.empty())
        match.notes.push_back({"head_labels",
                               "the base's head keeps its " + std::to_string(ofBase.size()) +
                                   " labels, of which the rows have " + std::to_string(match.outputs.size()) +
                                   "; no row has " + listOf(unseen),
                               "for a head with the rows' labels alone, start from a base without a head"});
    if (!renamed.empty())
        match.notes.push_back({"labels_renamed",
                               "the base's labels " + listOf(renamed) + " are named " + listOf(names) +
                                   " from now on, as the rows write them",
                               "write the labels as the base does to keep its names"});
}

}  // namespace

std::vector<std::string> numberedLabels(int64_t count) {
    std::vector<std::string> labels;
    for (int64_t i = 0; i < count; ++i) labels.push_back("LABEL_" + std::to_string(i));
    return labels;
}

Result<std::vector<std::string>> labelsOfConfig(const Json& config, const std::string& place) {
    std::vector<std::string> labels;
    const auto names = config.find("id2label");
    if (names == config.end() || !names->is_object()) return numberedLabels(2);
    if (names->size() > kMaxLabels)
        return Error{ErrorCode::FileMalformed, "id2label has too many entries", place, ""};
    for (std::size_t id = 0; id < names->size(); ++id) {
        const auto name = names->find(std::to_string(id));
        if (name == names->end() || !name->is_string())
            return Error{ErrorCode::FileMalformed, "id2label does not count from 0", place, ""};
        labels.push_back(name->get<std::string>());
    }
    return labels;
}

Result<std::optional<std::vector<std::string>>> labelsOfHead(const Json& config,
                                                             const std::string& classSuffix,
                                                             const std::string& place) {
    using Labels = std::optional<std::vector<std::string>>;
    const auto classes = config.find("architectures");
    if (classes == config.end() || !classes->is_array() || classes->empty() ||
        !classes->front().is_string() || !classes->front().get<std::string>().ends_with(classSuffix))
        return Labels();
    LATHE_TRY(auto labels, labelsOfConfig(config, place));
    return Labels(std::move(labels));
}

LabelMatch matchLabels(const std::vector<std::string>& ofBase, const std::vector<std::string>& ofData) {
    LabelMatch match;
    auto outputs = outputsOf(ofBase, ofData, sameText);
    if (!outputs) outputs = outputsOf(ofBase, ofData, sameValue);
    if (!outputs) outputs = outputsOf(ofBase, ofData, sameLetters);
    const bool unnamed = ofBase == numberedLabels(static_cast<int64_t>(ofBase.size()));
    if (!outputs && unnamed) {
        std::vector<std::string> numbers;
        for (std::size_t i = 0; i < ofBase.size(); ++i) numbers.push_back(std::to_string(i));
        outputs = outputsOf(numbers, ofData, sameValue);
        if (!outputs && ofBase.size() == ofData.size()) {
            outputs.emplace(ofData.size());
            std::iota(outputs->begin(), outputs->end(), 0);
            match.notes.push_back({"labels_assumed",
                                   "the base's outputs have no names; they are taken to be " +
                                       listOf(ofData) + ", in this order",
                                   "write the names into id2label of the base's config.json"});
        }
    }
    if (!outputs) {
        match.labels = ofData;
        match.outputs.resize(ofData.size());
        std::iota(match.outputs.begin(), match.outputs.end(), 0);
        match.newHead = true;
        match.notes = {{"head_new",
                        "the base's head knows " + listOf(ofBase) + ", the rows have " + listOf(ofData) +
                            "; it is replaced by a new one",
                        "use the base's labels to train its head further"}};
        return match;
    }
    match.labels = ofBase;
    match.outputs = std::move(*outputs);
    for (std::size_t i = 0; i < ofData.size(); ++i)
        match.labels[static_cast<std::size_t>(match.outputs[i])] = ofData[i];
    noteKept(ofBase, unnamed, match);
    return match;
}

LabelMatch matchOutputs(const std::vector<std::string>& ofBase, const std::vector<std::string>& outputs) {
    LabelMatch match;
    match.labels = outputs;
    match.outputs.resize(outputs.size());
    std::iota(match.outputs.begin(), match.outputs.end(), 0);
    match.newHead = ofBase.size() != outputs.size();
    if (match.newHead)
        match.notes = {{"head_new",
                        "the base's head has " + std::to_string(ofBase.size()) + " outputs (" +
                            listOf(ofBase) + "), this task needs " + std::to_string(outputs.size()) +
                            "; it is replaced by a new one",
                        ""}};
    return match;
}

std::optional<Note> otherKindNote(LabelKind ofBase, LabelKind ofData) {
    if (ofBase == ofData) return std::nullopt;
    const auto named = [](LabelKind kind) {
        return kind == LabelKind::One       ? "one label per row"
               : kind == LabelKind::Several ? "several labels per row"
                                            : "a number per row";
    };
    return Note{"head_reused",
                std::string("the base's head was trained for ") + named(ofBase) + " and is trained on for " +
                    named(ofData),
                "set objective.multi_label as the base's rows had it if this is not meant"};
}

bool keepsOutputs(const std::vector<std::string>& ofBase, const std::vector<std::string>& labels) {
    if (ofBase.size() != labels.size()) return false;
    if (labels.size() == 1) return true;
    const LabelMatch match = matchLabels(ofBase, labels);
    return !match.newHead && std::is_sorted(match.outputs.begin(), match.outputs.end());
}

void useOutputs(const LabelMatch& match, bool tags, TaskData& data) {
    const auto outputOf = [&](int64_t id) {
        const auto at = static_cast<std::size_t>(id);
        return id >= 0 && at < match.outputs.size() ? match.outputs[at] : static_cast<int32_t>(id);
    };
    for (auto* rows : {&data.train, &data.validation})
        for (Example& row : *rows) {
            row.label = outputOf(row.label);
            if (tags)
                for (int32_t& tag : row.targets) tag = outputOf(tag);
            if (!row.labels) continue;
            for (int32_t& label : *row.labels) label = outputOf(label);
            std::sort(row.labels->begin(), row.labels->end());
        }
    data.labels = match.labels;
}

}  // namespace lathe
