// SPDX-License-Identifier: GPL-3.0-or-later
// The rows that a run trains on, with their labels matched to the outputs of the base.
#pragma once

#include "core/config/label_kind.h"
#include "core/data/task_data.h"
#include "core/target/build_model.h"
#include "core/train/opened_base.h"

namespace lathe {

struct TrainingData {
    TaskData rows;
    HeadLabels labels;  ///< of the head's outputs, in their order
    HeadOutputs outputs = HeadOutputs::NewIfOther;
    std::vector<Note> notes;
};

/// Errors: as loadTaskData; DataInvalid when no row is left; ModelMismatch for rows with other labels than
/// the run that is the base.
Result<TrainingData> openTrainingData(const OpenedBase& base);

}  // namespace lathe
