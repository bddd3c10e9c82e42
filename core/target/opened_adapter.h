// SPDX-License-Identifier: GPL-3.0-or-later
// An adapter as somebody names it, opened: one folder, or all that a run with several methods made, and the
// labels its run knows.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/config/label_kind.h"
#include "core/formats/hf/adapter_folder.h"
#include "core/model/language_model.h"
#include "core/peft/adapter_set.h"

namespace lathe {

struct AdapterChoice {
    std::filesystem::path
        folder;  ///< PEFT's or AdapterHub's, a GGUF file with a LoRA adapter, or a run folder
    double weight = 1;
    std::string name{};  ///< empty: made from the folder's name
};

struct OpenedAdapter {
    std::string name, place;
    double weight = 1;
    std::vector<AdapterFolder> folders;
    std::vector<AdapterSet::Source> sources;  ///< into `folders`
    std::vector<std::string> labels;          ///< that its run knows; empty without a run
    std::optional<LabelKind> labelKind;       ///< nothing without a run

    /// The classes its own classification head has; 0 without one.
    int64_t headSize() const;
    /// The kind of that head, by the task or the class that the folder names; nothing when it names none.
    std::optional<HeadKind> headKind() const;
};

/// The adapter's methods with the settings of their folders. Errors as AdapterMethod::settingsFromAdapter.
Result<std::vector<ChosenMethod>> methodsOf(const OpenedAdapter& adapter);
/// Names of the base's parameters that the adapter brings values of its own for.
Result<std::unordered_set<std::string>> trainedBy(const OpenedAdapter& adapter, const ModelShape& shape);

/// Reads configurations and names, no values yet.
Result<OpenedAdapter> openAdapter(const AdapterChoice& choice, const Json& baseConfig);

}  // namespace lathe
