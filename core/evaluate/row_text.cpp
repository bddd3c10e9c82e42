// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/evaluate/row_text.h"

#include <algorithm>

#include "core/data/encode/label_ids.h"
#include "core/data/encode/row_encoder.h"
#include "core/data/roles/labels.h"

namespace lathe {
namespace {

std::vector<int32_t> targetsIn(const std::vector<int32_t>& targets) {
    std::vector<int32_t> found;
    std::copy_if(targets.begin(), targets.end(), std::back_inserter(found),
                 [](int32_t target) { return target != kNoTarget; });
    return found;
}

}  // namespace

RowText::RowText(const std::string& task, const std::vector<std::string>& labels, const Tokenizer& tokenizer)
    : m_shape(rowShapeOf(task).value()),
      m_hidden(task == kMaskedTask),
      m_labels(labels),
      m_tokenizer(tokenizer) {
}

void RowText::hideMarks(const ChatFormat& format) {
    const std::string mark = "\x01";  // a question that no format has in its own words
    const Conversation asked({{"user", mark}});
    const auto chat = format.render(asked, true);
    const std::string rendered = chat.ok() ? chat.value().text : std::string();
    const std::size_t place = rendered.find(mark);
    if (place == std::string::npos) return;  // prompts are shown as the template writes them
    m_opening = rendered.substr(0, place);
    m_ending = rendered.substr(place + mark.size());
}

std::string RowText::question(const std::string& prompt) const {
    const bool plain = prompt.size() > m_opening.size() + m_ending.size() && prompt.starts_with(m_opening) &&
                       prompt.ends_with(m_ending);
    return plain ? prompt.substr(m_opening.size(), prompt.size() - m_opening.size() - m_ending.size())
                 : prompt;
}

std::string RowText::pieces(const std::vector<int32_t>& ids) const {
    std::string text;
    for (const int32_t id : ids) text += (text.empty() ? "" : " · ") + readablePiece(m_tokenizer, id);
    return text;
}

std::string RowText::learnt(const std::vector<int32_t>& targets) const {
    return m_tokenizer.decode(targetsIn(targets), true);
}

std::string RowText::tagged(const Example& row, const std::vector<int32_t>& tags) const {
    std::string text;
    std::size_t word = 0;
    for (std::size_t begin = 0; begin < row.targets.size() && word < tags.size(); ++begin) {
        if (row.targets[begin] == kNoTarget) continue;
        const std::string& tag = m_labels[static_cast<std::size_t>(tags[word++])];
        if (tag == "O") continue;
        std::size_t end = begin + 1;
        while (end < row.targets.size() && row.targets[end] == kNoTarget) ++end;
        std::string spelled = m_tokenizer.decode({row.ids.data() + begin, end - begin}, true);
        spelled.erase(0, spelled.find_first_not_of(' '));
        text += (text.empty() ? "" : " ") + spelled + " [" + tag + "]";
    }
    return text.empty() ? "O" : text;
}

EvaluatedRow RowText::describe(const Example& row) const {
    EvaluatedRow words;
    words.line = static_cast<int64_t>(row.line);
    words.text = row.text;
    switch (m_shape) {
        case RowShape::Text:
            if (m_hidden) {
                words.text = m_tokenizer.decode(row.ids, false);
                words.expected = pieces(targetsIn(row.targets));
            }
            break;
        case RowShape::Conversation:
        case RowShape::Preference:
            words.text = question(row.prompt);
            words.expected = learnt(row.targets);
            break;
        case RowShape::Prompt:
            words.expected = row.answer;
            break;
        case RowShape::Labelled:
            words.expected = labelWords(row, m_labels);
            break;
        case RowShape::Tagged:
            words.expected = tagged(row, targetsIn(row.targets));
            break;
        case RowShape::Pair:
            words.text = m_tokenizer.decode(row.ids, true);
            words.expected = m_tokenizer.decode(row.decoderTargets, true);
            break;
    }
    return words;
}

RowOutcome RowText::outcome(const Example& row, const RowScore& score) const {
    RowOutcome outcome{score.loss, "", std::nullopt};
    if (score.value) outcome.got = numberText(*score.value);
    if (score.output.empty()) return outcome;
    outcome.probability = score.probability;
    if (m_shape == RowShape::Tagged)
        outcome.got = tagged(row, score.output);
    else if (m_shape != RowShape::Labelled)
        outcome.got = learnt(score.output.front() == 0 ? row.targets : row.rejected.targets);
    else if (score.output.front() == kNoLabel)
        outcome.got = labelList({});
    else
        outcome.got = labelList(score.output, m_labels);
    return outcome;
}

}  // namespace lathe
