// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/target/row_prompt.h"

#include <algorithm>

#include "core/tokenizer/chat/chat_format.h"

namespace lathe {
namespace {

constexpr std::size_t kPromptTokens = 16;  ///< of a plain text that is to be continued

}  // namespace

RowPrompt rowPrompt(const Example& row, HeadKind head, const Tokenizer& tokenizer) {
    if (head == HeadKind::SequenceToSequence)
        return {tokenizer.decode(row.ids, true), {row.ids.begin(), row.ids.end()}};
    if (!row.prompt.empty()) {
        const Encoding encoding = tokenizer.encode(row.prompt, false, row.promptPlain);
        return {row.prompt, {encoding.ids.begin(), encoding.ids.end()}};
    }
    const std::size_t count = std::min(row.ids.size(), kPromptTokens);
    return {tokenizer.decode({row.ids.data(), count}, true),
            {row.ids.begin(), row.ids.begin() + static_cast<std::ptrdiff_t>(count)}};
}

std::vector<int64_t> answerEnds(const Tokenizer& tokenizer, const std::optional<ChatFormat>& chat) {
    std::vector<int64_t> ids;
    if (chat) ids.assign(chat->stopIds().begin(), chat->stopIds().end());
    if (tokenizer.specialTokens().eos) ids.push_back(*tokenizer.specialTokens().eos);
    return ids;
}

Result<std::string> answerFrom(LanguageModel& model, const Tokenizer& tokenizer, const RowPrompt& start,
                               const std::vector<int64_t>& ends, int64_t tokens) {
    GeneratorSettings how;
    how.maxNewTokens = tokens;
    how.stopIds = ends;
    LATHE_TRY(const auto ids, generate(model, start.ids, how, [](int64_t) { return true; }));
    const std::vector<int32_t> narrow(ids.begin(), ids.end());
    return tokenizer.decode(narrow, true);
}

}  // namespace lathe
