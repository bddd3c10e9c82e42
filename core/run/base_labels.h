// SPDX-License-Identifier: GPL-3.0-or-later
// The outputs of a base that is a classifier already, matched with the labels of the data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/note.h"
#include "core/config/label_kind.h"
#include "core/data/task_data.h"

namespace lathe {

/// "LABEL_0", … as transformers names outputs without names.
std::vector<std::string> numberedLabels(int64_t count);

/// Names of the outputs by id2label, LABEL_0 and LABEL_1 without one. FileMalformed when it does not count
/// from 0.
Result<std::vector<std::string>> labelsOfConfig(const Json& config, const std::string& place);

/// The same where config's "architectures" names a class that ends with `classSuffix`; else nothing.
Result<std::optional<std::vector<std::string>>> labelsOfHead(const Json& config,
                                                             const std::string& classSuffix,
                                                             const std::string& place);

struct LabelMatch {
    /// By output: the data's spelling where the data has the label, else the base's.
    std::vector<std::string> labels;
    std::vector<int32_t> outputs;  ///< of each of the data's labels
    bool newHead = false;          ///< the base has other labels; `labels` are the data's in their order
    std::vector<Note> notes;
};

/// Labels are equal by text, by value ("1" and "1.0"), or but for capital letters. When all of the data's
/// are among the base's, the base's outputs stay in their order. LABEL_0 … of a base without names stand for
/// whole numbers from 0, or, for as many labels as outputs, for these in their order. Noted are such orders,
/// new heads, outputs that no row has and names that become those of the data.
LabelMatch matchLabels(const std::vector<std::string>& ofBase, const std::vector<std::string>& ofData);

/// Outputs without labels, such as the one of a regression: the base's stay where it has as many.
LabelMatch matchOutputs(const std::vector<std::string>& ofBase, const std::vector<std::string>& outputs);

/// What differs where a head that was trained for one kind of labels is trained on with another.
std::optional<Note> otherKindNote(LabelKind ofBase, LabelKind ofData);

/// Whether a model with these labels has the base's outputs as they are.
bool keepsOutputs(const std::vector<std::string>& ofBase, const std::vector<std::string>& labels);

/// Numbers the rows' labels, or with `tags` their tags, by the outputs.
void useOutputs(const LabelMatch& match, bool tags, TaskData& data);

}  // namespace lathe
