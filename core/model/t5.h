// SPDX-License-Identifier: GPL-3.0-or-later
// T5: an encoder reads the source, a decoder that looks back at it writes the target (methods.md, "T5").
#pragma once

#include "core/model/language_model.h"

namespace lathe {

/// HeadKind::SequenceToSequence gives T5ForConditionalGeneration, plain and gated (v1.1, Flan-T5). Its
/// hidden() and step() are the decoder's. Blocks count through: those of the encoder, then the decoder's.
const Architecture& t5Architecture();

}  // namespace lathe
