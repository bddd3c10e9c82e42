// SPDX-License-Identifier: GPL-3.0-or-later
// What config.json says of the weights, held against the weights themselves.
#pragma once

#include "core/formats/weights/model_source.h"

namespace lathe {

/// Unsupported, by name, for weights that are quantised (bitsandbytes, gptq, awq, fp8, …), whether
/// config.json says so or not. A "quantization_config" beside plain weights is a note.
Result<void> checkQuantization(ModelSource& source);
/// The same where the weights could not even be opened because of their types.
Error quantizedError(const Json& config, const std::string& place);

/// An output layer in the file that differs from the embedding it is said to be tied to is the trained one:
/// config's "tie_word_embeddings" becomes false, with a note. One that is equal leaves it tied.
void weighHead(ModelSource& source);

}  // namespace lathe
