// SPDX-License-Identifier: GPL-3.0-or-later
// Models in the local cache of the Hugging Face programs. Nothing is fetched.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace lathe {

/// What names such a model as a base: "hub:ORG/NAME" or "hub:ORG/NAME@REVISION".
constexpr std::string_view kHubPrefix = "hub:";

/// ${HF_HUB_CACHE:-${HF_HOME:-${XDG_CACHE_HOME:-~/.cache}/huggingface}/hub}
std::filesystem::path hubCacheHome();

/// "ORG/NAME[@REVISION]" → the snapshot's folder. The revision is a branch, a tag or a commit of 40 hex
/// digits; main when left out. BadArgument for what is no name or revision, FileMissing for what is not in
/// the cache (the hint says what is), FileMalformed for a cache that names no commit.
Result<std::filesystem::path> hubModelPath(const std::string& name);

}  // namespace lathe
