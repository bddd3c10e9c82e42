// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/encode/truncation.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace lathe {
namespace {

/// Tokens of one text between the added ones.
struct Run {
    std::size_t begin = 0, size = 0;
};

std::vector<Run> textRuns(const Encoding& encoding, const Tokenizer& tokenizer) {
    std::vector<Run> runs;
    bool inside = false;
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
        const bool added =
            encoding.offsets[i].begin == encoding.offsets[i].end && tokenizer.isSpecial(encoding.ids[i]);
        // Two texts may touch without a token between them; then their types differ.
        const bool newText = inside && encoding.typeIds[i] != encoding.typeIds[i - 1];
        if (!added && (!inside || newText)) runs.push_back({i, 0});
        if (!added) ++runs.back().size;
        inside = !added;
    }
    return runs;
}

/// What is left of two texts of sizes a and b when both may have `room` tokens together.
std::pair<std::size_t, std::size_t> shareRoom(std::size_t a, std::size_t b, std::size_t room) {
    if (a + b <= room) return {a, b};
    const std::size_t shorter = std::min(a, b);
    std::size_t first = shorter;
    std::size_t second = shorter > room ? shorter : std::max(shorter, room - shorter);
    if (first + second > room) {
        first = room / 2;
        second = first + room % 2;
    }
    return a > b ? std::pair{second, first} : std::pair{first, second};
}

template <class T>
void erase(std::vector<T>& values, std::size_t begin, std::size_t end) {
    values.erase(values.begin() + static_cast<std::ptrdiff_t>(begin),
                 values.begin() + static_cast<std::ptrdiff_t>(end));
}

}  // namespace

bool truncate(Encoding& encoding, std::size_t maxLength, const Tokenizer& tokenizer) {
    if (encoding.ids.size() <= maxLength) return false;
    const auto runs = textRuns(encoding, tokenizer);
    std::size_t texts = 0;
    for (const auto& run : runs) texts += run.size;
    const std::size_t added = encoding.ids.size() - texts;
    const std::size_t room = maxLength > added ? maxLength - added : 0;

    std::vector<std::size_t> kept(runs.size(), 0);
    if (runs.size() == 2) {
        std::tie(kept[0], kept[1]) = shareRoom(runs[0].size, runs[1].size, room);
    } else if (!runs.empty()) {
        kept[0] = std::min(runs[0].size, room);
    }
    for (std::size_t i = runs.size(); i-- > 0;) {
        const std::size_t begin = runs[i].begin + kept[i], end = runs[i].begin + runs[i].size;
        erase(encoding.ids, begin, end);
        erase(encoding.typeIds, begin, end);
        erase(encoding.offsets, begin, end);
    }
    return true;
}

}  // namespace lathe
