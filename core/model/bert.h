// SPDX-License-Identifier: GPL-3.0-or-later
// BERT and the MiniLM sentence encoders: an encoder that reads a text in both directions.
#pragma once

#include "core/model/language_model.h"

namespace lathe {

/// model_type "bert" (spec §3.6). HeadKind::SequenceClassification gives BertForSequenceClassification, or
/// the body with its pooler alone with 0 labels; HeadKind::LanguageModel is Unsupported. Dropout is
/// config.json's.
const Architecture& bertArchitecture();

}  // namespace lathe
