// SPDX-License-Identifier: GPL-3.0-or-later
// Last step of a tokenizer: turns pieces back into text (methods.md, "Tokenizer pipeline").
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace lathe::tok {

class IdsToText {
  public:
    virtual ~IdsToText() = default;
    /// Rewrites the list of pieces; the text is the pieces one after another.
    virtual void apply(std::vector<std::string>& pieces) const = 0;
};

/// From the "decoder" object of a tokenizer.json; null for JSON null (pieces are then joined by spaces).
Result<std::unique_ptr<IdsToText>> makeDecoder(const Json& part, const std::string& place);

}  // namespace lathe::tok
