// SPDX-License-Identifier: GPL-3.0-or-later
// Rows of a dataset file as named fields, whatever the file: json, jsonl, csv, tsv, text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/json.h"

namespace lathe {

/// One row. `values[i]` belongs to RecordSet::columns[i]; JSON values keep their type (lists of messages).
struct Record {
    std::vector<Json> values;
    uint64_t line = 0;  ///< 1-based line in the file where the row starts; the row number for a JSON array
};

struct RecordSet {
    std::filesystem::path path;
    std::string format;                ///< json jsonl csv tsv text
    std::vector<std::string> columns;  ///< names; "0", "1", … where there is no header
    bool hasHeader = true;             ///< false: columns are addressed by index
    std::string encoding = "UTF-8";    ///< as detected
    std::vector<Record> records;
};

/// Reads up to `limit` rows (0 = all). `format` is "auto" or a format's name. DataInvalid with file:line:column
/// for the first row that does not parse; an empty file is an error.
Result<RecordSet> readRecords(const std::filesystem::path& path, const std::string& format, int64_t limit);

}  // namespace lathe
