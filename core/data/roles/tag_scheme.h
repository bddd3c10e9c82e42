// SPDX-License-Identifier: GPL-3.0-or-later
// Schemes of tags: what the prefix of a tag says of its word's place in an entity.
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

namespace lathe {

/// A tag as seqeval's default mode reads it.
struct TagParts {
    char place = 'O';       ///< B begins, I is inside, E ends, S is single, O is outside
    std::string_view kind;  ///< "PER" of B-PER and of a bare PER; "_" of a bare B; empty outside. A view of
                            ///< the tag
};

/// BIO, IOB1, BIOES/IOBES; BILOU's L and U are E and S, the M of BMES is I. A tag without a prefix is inside
/// an entity of that name, so that neighbours with one name are one entity.
TagParts tagParts(std::string_view tag);
/// The kind would be a view of freed memory.
template <std::same_as<std::string> Text>
TagParts tagParts(Text&&) = delete;

enum class TagScheme {
    Prefixed,  ///< B-PER, I-PER, … or B, I, O alone
    Bare,      ///< PER, LOC and O
    None,      ///< numbers or parts of speech: the tags name no entities
};
TagScheme tagSchemeOf(const std::vector<std::string>& tags);

}  // namespace lathe
