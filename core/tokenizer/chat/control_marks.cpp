// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat/control_marks.h"

#include <algorithm>

namespace lathe {
namespace {

/// The first of the 32 noncharacters U+FDD0 to U+FDEF that the predicate accepts; the last one if none.
template <class Accepts>
std::string pickNoncharacter(Accepts accepts) {
    std::string text = "\xEF\xB7\x90";
    while (text.back() != '\xAF' && !accepts(text)) ++text.back();
    return text;
}

template <class Visit>
bool anyText(const OrderedJson& value, Visit visit) {
    if (value.is_string()) return visit(value.get_ref<const std::string&>());
    if (!value.is_structured()) return false;
    return std::any_of(value.begin(), value.end(),
                       [&](const OrderedJson& item) { return anyText(item, visit); });
}

}  // namespace

ControlMarks::ControlMarks(const Tokenizer& tokenizer) {
    for (const auto& [text, id] : tokenizer.controlTokens())
        if (!text.empty()) m_byFirstByte[static_cast<unsigned char>(text.front())].push_back(text);
    for (auto& marks : m_byFirstByte)
        std::sort(marks.begin(), marks.end(),
                  [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

std::size_t ControlMarks::lengthAt(std::string_view text, std::size_t at) const {
    for (const std::string& mark : m_byFirstByte[static_cast<unsigned char>(text[at])])
        if (text.substr(at).starts_with(mark)) return mark.size();
    return 0;
}

std::size_t ControlMarks::endOfLast(std::string_view text) const {
    for (std::size_t at = text.size(); at-- > 0;)
        if (const std::size_t length = lengthAt(text, at)) return at + length;
    return 0;
}

void HiddenMarks::hide(OrderedJson& value) {
    const auto spellsOut = [&](const std::string& text) {
        for (std::size_t at = 0; at < text.size(); ++at)
            if (m_marks.lengthAt(text, at)) return true;
        return false;
    };
    if (!anyText(value, spellsOut)) return;
    m_sentinel = pickNoncharacter([&](const std::string& candidate) {
        return !anyText(value,
                        [&](const std::string& text) { return text.find(candidate) != std::string::npos; });
    });
    hideIn(value);
}

void HiddenMarks::hideIn(OrderedJson& value) {
    if (value.is_structured()) {
        for (auto& item : value) hideIn(item);
        return;
    }
    if (!value.is_string()) return;
    auto& text = value.get_ref<std::string&>();
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = m_marks.lengthAt(text, at);
        if (length > 0) text.insert(at, m_sentinel);
        at += length > 0 ? m_sentinel.size() + length : 1;
    }
}

void HiddenMarks::reveal(RenderedChat& chat) const {
    if (!any()) return;
    std::string text;
    std::vector<std::size_t> taken;  // where sentinels were in the text as rendered
    std::size_t from = 0;
    for (auto at = chat.text.find(m_sentinel); at != std::string::npos;
         at = chat.text.find(m_sentinel, from)) {
        text.append(chat.text, from, at - from);
        taken.push_back(at);
        from = at + m_sentinel.size();
        const std::size_t length = from < chat.text.size() ? m_marks.lengthAt(chat.text, from) : 0;
        const auto begin = static_cast<uint32_t>(text.size());
        if (length > 0) chat.plain.push_back({begin, begin + static_cast<uint32_t>(length)});
    }
    text.append(chat.text, from);
    const auto moved = [&](std::size_t place) {
        const auto before = std::lower_bound(taken.begin(), taken.end(), place) - taken.begin();
        return place - static_cast<std::size_t>(before) * m_sentinel.size();
    };
    for (auto& answer : chat.answers) {
        answer.begin = moved(answer.begin);
        answer.end = moved(answer.end);
    }
    chat.text = std::move(text);
}

}  // namespace lathe
