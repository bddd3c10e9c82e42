// SPDX-License-Identifier: GPL-3.0-or-later
// Fourth step of a tokenizer: puts the special tokens around one or two texts (methods.md, "Tokenizer
// pipeline").
#pragma once

#include <vector>

#include "core/base/json.h"
#include "core/tokenizer/models/token_model.h"

namespace lathe::tok {

/// A place in the result: one of the texts, or special tokens.
struct TemplateItem {
    enum class What { First, Second, Special };
    What what = What::First;
    int32_t typeId = 0;
    std::vector<int32_t> ids;  ///< of the special tokens
};

struct PostProcessor {
    std::vector<TemplateItem> single = {{TemplateItem::What::First, 0, {}}};
    std::vector<TemplateItem> pair = {{TemplateItem::What::First, 0, {}},
                                      {TemplateItem::What::Second, 1, {}}};
    bool trimsOffsets = false;     ///< spans leave out the spaces at a token's ends
    bool addsPrefixSpace = false;  ///< the first token's space was put there by the tokenizer
};

/// From the "post_processor" object of a tokenizer.json; JSON null gives the texts alone.
Result<PostProcessor> makePostProcessor(const Json& part, const std::string& place);

}  // namespace lathe::tok
