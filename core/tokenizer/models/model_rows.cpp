// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/tokenizer.h"

namespace lathe {

Result<void> checkModelRows(const Tokenizer& tokenizer, std::span<const int32_t> ids,
                            const std::string& place) {
    for (const int32_t id : ids)
        if (id < 0 || id >= tokenizer.modelRows())
            return Error{ErrorCode::ModelMismatch,
                         "the text has the token \"" + tokenizer.piece(id) + "\" (id " + std::to_string(id) +
                             "), and the model has only " + std::to_string(tokenizer.modelRows()) +
                             " rows in its embedding",
                         place,
                         "leave the token out, or use a base whose embedding was resized for it "
                         "(resize_token_embeddings in transformers)"};
    return {};
}

}  // namespace lathe
