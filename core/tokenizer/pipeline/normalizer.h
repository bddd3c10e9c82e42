// SPDX-License-Identifier: GPL-3.0-or-later
// First step of a tokenizer: rewrites the text (Unicode forms, case, accents, replacements) (methods.md,
// "Tokenizer pipeline").
#pragma once

#include <memory>

#include "core/base/json.h"
#include "core/tokenizer/text/aligned_text.h"

namespace lathe::tok {

class Normalizer {
  public:
    virtual ~Normalizer() = default;
    virtual void apply(AlignedText& text) const = 0;
};

/// From the "normalizer" object of a tokenizer.json; null for JSON null.
Result<std::unique_ptr<Normalizer>> makeNormalizer(const Json& part, const std::string& place);

}  // namespace lathe::tok
