// SPDX-License-Identifier: GPL-3.0-or-later
// What the readers of a model's config.json share: sane ranges, so that sizes made from it can be trusted,
// and the keys that do not change what a model computes.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/config_view.h"

namespace lathe {

constexpr int64_t kMaxWidth = int64_t(1) << 20;  ///< hidden and inner sizes
constexpr int64_t kMaxVocabulary = int64_t(1) << 24;
constexpr int64_t kMaxBlocks = 1024;
constexpr int64_t kMaxContext = int64_t(1) << 30;

/// A view on config.json.
ConfigView modelConfig(const Json& config);

/// Unsupported, naming the key, when config.json asks for what the architecture's reader did not look at:
/// `own` says which of the architecture's keys may be left unread; those of transformers' bookkeeping always
/// may.
Result<void> refuseUnknownKeys(const ConfigView& config, KnownKeys own);

/// FileMalformed at "config.json".
Error configError(const std::string& message);

}  // namespace lathe
