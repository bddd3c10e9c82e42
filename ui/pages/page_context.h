// SPDX-License-Identifier: GPL-3.0-or-later
// What every page is given: the draft, what the engine says about it, the engine, the controller, the look.
#pragma once

#include <optional>

#include "core/run/run_backend.h"
#include "ui/bridge/training_controller.h"
#include "ui/state/estimates.h"
#include "ui/state/recipe_draft.h"
#include "ui/state/run_library.h"
#include "ui/theme/theme.h"

namespace lathe {

/// Owned by the main window and outliving every page; keep a reference, never a copy: `backend` is null until
/// TrainingController::backendReady().
struct PageContext {
    RecipeDraft& draft;
    RunBackend* backend = nullptr;
    TrainingController& controller;
    const Theme& theme;
    /// Bills, preview and base facts come from here: never ask the backend for them from a page.
    Estimates& estimates;
    /// The runs on disk, read for all pages at once.
    RunLibrary& library;
    /// Why there is no engine, once loading it has failed.
    std::optional<Error> engineError{};
};

}  // namespace lathe
