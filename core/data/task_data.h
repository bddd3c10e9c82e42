// SPDX-License-Identifier: GPL-3.0-or-later
// Records become token rows with targets, as the recipe's task asks; what was cut or dropped is counted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/note.h"
#include "core/config/recipe.h"
#include "core/data/record_reader.h"
#include "core/tokenizer/chat_format.h"

namespace lathe {

constexpr int32_t kNoTarget = -100;

/// The worse answer of a preference row with the prompt before it. Vectors have one entry a token.
struct RejectedAnswer {
    std::vector<int32_t> ids, typeIds;
    std::vector<int32_t> targets;  ///< as Example::targets
    std::string text;              ///< as people read it
};

/// Log-probabilities of a preference row's answers, summed over their tokens, under the model that a run
/// started from.
struct ReferenceScores {
    double chosen = 0, rejected = 0;
};

/// One row as the trainer sees it. Vectors have one entry a token. Of preference rows ids, typeIds and
/// targets are the prompt with the better answer.
struct Example {
    std::vector<int32_t> ids;
    std::vector<int32_t> typeIds;
    /// Per position what is to be learnt AT that position (unshifted), kNoTarget elsewhere: the id; for
    /// token_classification the tag of the word that begins there; for masked_language_modeling, until it is
    /// masked, the id wherever it may be hidden. Empty for classification and sequence_to_sequence.
    std::vector<int32_t> targets;
    RejectedAnswer rejected;         ///< preference rows; else empty
    int64_t promptLength = 0;        ///< preference rows: leading tokens both answers share as their prompt
    double margin = 0;               ///< reward_model: by how much the better answer is to lead
    ReferenceScores reference;       ///< preference: filled in before training
    std::vector<int64_t> documents;  ///< lengths of the rows joined in this one; empty: it is one text
    std::vector<int32_t> decoderTargets;  ///< sequence_to_sequence: the target text, its end token included
    int64_t label = -1;                   ///< classification by one label: class id
    std::optional<std::vector<int32_t>> labels;  ///< … by several labels: their ids, ascending
    std::optional<double> value;                 ///< … by a number
    std::string text;                            ///< as people read it, for previews and predictions
    /// What generation starts from, rendered and unencoded: instruction and preference rows, and prompts,
    /// whose ids are this text's and whose `text` is the last question alone.
    std::string prompt;
    std::vector<TextSpan> promptPlain;  ///< where the prompt spells out control tokens as text
    std::string answer;                 ///< prompts: the wanted answer, where the row has one
    uint64_t line = 0;                  ///< in the file
};

struct DataReport {
    int64_t rows = 0;                      ///< usable rows
    int64_t dropped = 0;                   ///< rows left out (no target left, empty text)
    int64_t cut = 0;                       ///< rows cut at max_length
    std::vector<std::string> reasons;      ///< for the first few dropped rows: "line 417: empty answer"
    std::vector<int64_t> lengthHistogram;  ///< bins of kHistogramBin tokens, before cutting
    std::map<std::string, int64_t> labelCounts;
    std::vector<Note> notes;    ///< what was ignored, guessed or changed in the rows
    int64_t tokens = 0;         ///< after cutting
    int64_t trainedTokens = 0;  ///< positions with a target
};
constexpr int64_t kHistogramBin = 16;

/// What the user is told about rows: those left out, those cut at data.maxLength, and the report's notes.
std::vector<Note> rowNotes(const DataReport& report, const DataSettings& data);

/// How masked_language_modeling hides tokens.
struct Masking {
    int32_t maskId = 0;
    int32_t vocabulary = 0;
};

struct TaskData {
    std::vector<Example> train;
    std::vector<Example> validation;
    std::vector<std::string>
        labels;  ///< class or tag names by id, sorted; empty for numbers and language tasks
    std::optional<Masking>
        masking;  ///< of training rows, anew in each epoch; validation rows are masked already
    DataReport trainReport;
    DataReport validationReport;
    std::map<std::string, std::string> columns;  ///< role → column as used (given or guessed)
    std::vector<std::string> availableColumns;
    std::string format, encoding;
    std::optional<ChatFormat> chat;  ///< of conversational tasks
};

/// How many of the first rows of each part are wanted in memory.
struct RowsKept {
    std::size_t train = SIZE_MAX, validation = SIZE_MAX;
};

/// Loads and encodes both parts of recipe.data. A fraction for validation takes rows by a shuffle from
/// recipe.data.splitSeed, of classes the same share of each. All rows are encoded and counted, whatever is
/// kept of them. Errors: DataInvalid (missing column, empty file, unseen label, unparsable row), FileMissing.
Result<TaskData> loadTaskData(const Recipe& recipe, const Tokenizer& tokenizer, const RowsKept& kept = {});

/// The rows of one more file for an already trained task (evaluate, predict): labels are given, not made.
Result<std::vector<Example>> loadRows(const Recipe& recipe, const std::filesystem::path& file,
                                      const std::vector<std::string>& labels, bool needLabels,
                                      const Tokenizer& tokenizer, DataReport& report);

}  // namespace lathe
