// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a dataset as named fields, whatever it is: json, jsonl, csv, tsv, text, conll, a folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/base/json.h"
#include "core/base/note.h"

namespace lathe {

/// One row. `values[i]` belongs to RecordSet::columns[i]; JSON values keep their type (lists of messages).
struct Record {
    std::vector<OrderedJson> values;
    uint64_t line = 0;  ///< 1-based line in the file where the row starts; the row number for a JSON array
};

struct RecordSet {
    std::filesystem::path path;
    std::string format;                ///< json jsonl csv tsv text conll folder
    std::vector<std::string> columns;  ///< names; "0", "1", … where there is no header
    bool hasHeader = true;             ///< false: columns are addressed by index
    std::string encoding = "UTF-8";    ///< as detected
    std::vector<Record> records;       ///< all rows, or the first of them
    uint64_t rows = 0;                 ///< rows read
    std::size_t bytesNeeded = 0;       ///< how much of the file a limit's rows were found in; 0 = all of it
    std::vector<Note> notes;           ///< what was guessed or passed over in the file as a whole
};

/// What one row of a plain text file is. Document: a stretch between blank lines, its own line breaks kept; a
/// file without any blank line holds one document a line. Line: every line that is not blank.
enum class TextUnit { Document, Line };

struct ReadSettings {
    std::string format = "auto";    ///< or a format's name
    std::string encoding = "auto";  ///< or a name of decodeText's
    int64_t limit = 0;              ///< rows; 0 = all. A large file is read only as far as they reach
    TextUnit textUnit = TextUnit::Document;
    int64_t keep = 0;  ///< rows kept, the first ones; the others are checked and counted. 0 = all
};

/// DataInvalid with file:line:column for the first row that does not parse; an empty file is an error. Tables
/// may come without a header; a JSON file may hold an array, one object with one array in it, or one object a
/// line. Text of other encodings becomes UTF-8. A row that is a bare JSON string has one column, "text".
Result<RecordSet> readRecords(const std::filesystem::path& path, const ReadSettings& settings = {});

/// Gets the next rows of a file in `records`, every row with all columns known so far.
using TakeRows = std::function<Result<void>(const RecordSet& rows)>;

/// Reads a file again that readRecords has looked at with the same settings, without holding more than a few
/// of its rows. Columns keep the places they have in `seen`. Errors of `take` end the reading.
Result<void> readBatches(const RecordSet& seen, const ReadSettings& settings, const TakeRows& take);

/// Where a record stands, for errors: "rows.csv:17", "rows.json, row 17".
std::string recordPlace(const RecordSet& records, const Record& record);

}  // namespace lathe
