// SPDX-License-Identifier: GPL-3.0-or-later
// A recipe: everything one fine-tuning run needs, as plain values. Names and defaults: recipe.md,
// "Every key".
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/config/catalog.h"
#include "core/config/field.h"

namespace lathe {

struct DataSettings {
    std::string train;
    std::string validation;  ///< a path, a fraction ("0.1"), or "none"
    std::string format = "auto";
    std::string encoding = "auto";
    std::map<std::string, std::string> columns;  ///< role (text, label, instruction, …) → name or index
    int64_t limit = 0;
    std::string stratify = "auto";  ///< auto | none
    int64_t splitSeed = 17;
    int64_t maxLength = 256;
    bool maxLengthOfBase = false;  ///< lowered from what the file says to the room in the base's context
    std::string chatTemplate = "auto";
    bool splitSpecialTokens = true;
    std::string lossOn = "completion";
    std::string packing = "none";

    /// A row has `room` tokens in the base's context.
    void fitLength(int64_t room) {
        maxLengthOfBase = maxLengthOfBase || room < maxLength;
        maxLength = room < maxLength ? room : maxLength;
    }
};

struct MethodSettings {
    std::string name = "lora";
    Settings values;  ///< complete after checkRecipe: every field of the method has its value
};

/// What a task asks beyond data, method and training.
struct TaskSettings {
    std::string section =
        "objective";  ///< of the recipe; the task's entry says which, checkRecipe takes it over
    Settings values;  ///< complete after checkRecipe: every field of the task has its value
};

struct TrainSettings {
    double epochs = 1;
    int64_t maxSteps = 0;  ///< 0 = as many as the epochs need
    int64_t batchSize = 8;
    int64_t gradientAccumulation = 1;
    std::optional<double> learningRate;  ///< none = the method's own
    NamedTexts learningRates;            ///< part of a parameter's name → its own rate
    double weightDecay = 0;
    std::string schedule = "linear";
    int64_t warmupSteps = 0;
    double maxGradNorm = 1;
    std::string precision = "auto";
    std::string quantization = "none";
    bool gradientCheckpointing = false;
    int64_t seed = 42;
    int64_t evalEvery = 50;
    int64_t saveEvery = 100;
    double saveMinutes = 5;
    int64_t logEvery = 1;
};

struct Recipe {
    int64_t version = 1;
    std::string name;
    std::string task;
    TaskSettings objective;
    std::string base;  ///< a folder, a .gguf file, shelf:NAME, hub:ORG/NAME, or a run folder
    DataSettings data;
    std::vector<MethodSettings> methods{MethodSettings{}};
    TrainSettings train;
    std::string device = "auto";
};

/// The fixed keys with their kinds, ranges, defaults and help, in the order of recipe.md, "Every key".
const std::vector<Field>& recipeFields();

/// The value of a fixed key ("train.batch_size"), and setting it. The key must be one of recipeFields(). A
/// value of another type is refused (RecipeInvalid) and changes nothing; ranges are for checkRecipe.
FieldValue recipeValue(const Recipe& recipe, const std::string& key);
Result<void> setRecipeValue(Recipe& recipe, const std::string& key, const FieldValue& value);

/// One thing wrong with a recipe. `key` is dotted; a fault of a method reads "method.rank".
struct RecipeFault {
    std::string key;
    std::string message;
    std::string place;       ///< file:line:column when it came from a file
    std::size_t method = 0;  ///< of a list, the one that a key "method.…" is about
    std::string text() const;
};

/// Every fault at once; fills the defaults of settings of methods and task that were left out. Touches no
/// file.
std::vector<RecipeFault> checkRecipe(Recipe& recipe, const Catalog& catalog);

}  // namespace lathe
