// SPDX-License-Identifier: GPL-3.0-or-later
// Second step of a tokenizer: cuts the text into the stretches that the model turns into tokens (methods.md,
// "Tokenizer pipeline").
#pragma once

#include <memory>

#include "core/base/json.h"
#include "core/tokenizer/text/aligned_text.h"

namespace lathe::tok {

class PreTokenizer {
  public:
    virtual ~PreTokenizer() = default;
    /// Cuts every split further; may rewrite the text and move all splits with it. No split is left empty.
    virtual void apply(SplitText& text) const = 0;
};

struct PreTokenizerParts {
    std::unique_ptr<PreTokenizer> steps;  ///< null when there is nothing to do
    /// The last step is the byte ↔ character mapping and was left out: the model takes bytes as they are.
    bool bytesForModel = false;
};

/// From the "pre_tokenizer" object of a tokenizer.json. With `modelTakesBytes` a final byte mapping is left
/// out.
Result<PreTokenizerParts> makePreTokenizer(const Json& part, bool modelTakesBytes, const std::string& place);

}  // namespace lathe::tok
