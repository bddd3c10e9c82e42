// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/target/baseline_model.h"

#include "core/run/store/run_store.h"

namespace lathe {

Result<BaselineModel> BaselineModel::open(LoadedModel& tuned) {
    if (tuned.startedFrom.empty())
        return Error{ErrorCode::BadArgument, "a plain model has nothing before it", tuned.basePath,
                     "choose a run, or a base with adapters"};
    BaselineModel before(tuned);
    // A run that went on from another one's adapter started with that adapter, not with the bare base.
    const bool adapted = tuned.adapters && !tuned.adapters->chosen().empty();
    if (!adapted || isRunFolder(tuned.startedFrom)) {
        LATHE_TRY(LoadedModel opened, LoadedModel::openStart(tuned));
        before.m_opened = std::make_unique<LoadedModel>(std::move(opened));
    }
    const ModelShape& now = tuned.model->shape();
    const auto labels = tuned.labels;
    const bool same = before.ask(
        [&](LoadedModel& model) { return model.model->shape().head == now.head && model.labels == labels; });
    if (!same)
        return Error{ErrorCode::ModelMismatch, "the model had another head, or other labels, before",
                     tuned.startedFrom, "judge the tuned model alone"};
    return before;
}

}  // namespace lathe
